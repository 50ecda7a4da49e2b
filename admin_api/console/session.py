"""Signing in and out, the theme, and the site's certificate authority to download."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from admin_api import auth
from admin_api.auth import ANYBODY, SIGNED_IN, Typed, csrf_of, parts_of, session_cookie, session_of
from admin_api.console import resume
from admin_api.console.back import back_of
from admin_api.console.language import COOKIE, LANGUAGES, _, language_of, speak
from admin_api.console.page import THEMES, AnyRequest, Page, render, render_now, signed_in
from admin_api.console.words import sentence
from admin_api.errors import TooMany, problem_of, retry_after
from edge.commands.users import SignOut
from edge.core.errors import Busy, Invalid, NotFound, NotSignedIn, SecondFactorNeeded, Unavailable

KEPT = {"Cache-Control": "public, max-age=86400"}


@dataclass(frozen=True, kw_only=True)
class SignInPage(Page):
    """Name and password. empty: there is nobody yet who could sign in. step: the second one, where a code is asked for;
    typed: a form that is sent on afterwards."""

    template = "sign_in.html"
    login: str = ""
    following: str = "/"
    problem: str = ""
    empty: bool = False
    authority: bool = False
    step: str = ""
    typed: str = ""
    languages: tuple[tuple[str, str], ...] = tuple(LANGUAGES.items())


async def _page(
    request: AnyRequest, *, login: str = "", following: str = "/", problem: str = "", step: str = "", typed: str = ""
) -> SignInPage:
    parts = parts_of(request)
    try:
        empty = not await parts.roster.has_users()
    except (Unavailable, Busy) as error:
        empty, problem = False, problem or sentence(error.message)
    return SignInPage(
        title=_("Sign in"),
        login=login,
        following=back_of(following, "/"),
        problem=problem,
        empty=empty,
        authority=parts.authority is not None,
        step=step,
        typed=typed,
    )


def signed_out(request: AnyRequest, form: Typed) -> Response[str]:
    """The sign-in page in answer to a form that came too late: it carries what was typed."""
    speak(language_of(request))
    problem = _("You were signed out meanwhile. Sign in again: nothing you typed is lost.")
    page = SignInPage(
        title=_("Sign in"), problem=problem, typed=resume.written(form), authority=parts_of(request).authority is not None
    )
    return render_now(request, page, status=401)


@get("/sign-in", opt=ANYBODY)
async def sign_in_page(request: AnyRequest) -> Response[str]:
    following = back_of(request.query_params.get("next", "/"), "/")
    if signed_in(request):
        return Redirect(following, status_code=303)
    language = request.query_params.get("language", "")
    if language in LANGUAGES:
        answer: Response[str] = Redirect(f"/sign-in?{urlencode({'next': following})}", status_code=303)
        answer.set_cookie(_kept_here(request, COOKIE, language))
        return answer
    return await render(request, await _page(request, following=following))


@post("/sign-in", opt=ANYBODY, status_code=200)
async def sign_in(request: AnyRequest) -> Response[str]:
    form = await request.form()
    login, following = str(form.get("login", ""))[:200], back_of(str(form.get("next", "/")), "/")
    password, code, step = str(form.get("password", "")), str(form.get("code", "")).strip(), str(form.get("step", ""))
    carried = str(form.get("typed", ""))
    parts = parts_of(request)
    if step:
        kept = parts.half_signed_in.take(step)
        if kept is None:
            page = await _page(
                request, login=login, following=following, typed=carried, problem=_("That took too long. Sign in again.")
            )
            return await render(request, page, status=401)
        login, password = kept
    try:
        signed = await auth.sign_in(parts, request, login, password, code)
    except SecondFactorNeeded as error:
        step, problem = parts.half_signed_in.keep(login, password), sentence(error.message) if code else ""
        page = await _page(request, login=login, following=following, problem=problem, step=step, typed=carried)
        return await render(request, page, status=401 if code else 200)
    except (NotSignedIn, Invalid, TooMany, Unavailable, Busy) as error:
        message = {"not_signed_in": _("Name or password is wrong."), "invalid": _("Enter both name and password.")}.get(
            error.code, sentence(error.message)
        )
        page = await _page(request, login=login, following=following, problem=message, typed=carried)
        return await render(request, page, status=problem_of(error).status, headers=retry_after(error))
    kept_form = resume.read(carried)
    answer: Response[str] = (
        resume.resumed(request, kept_form, csrf_of(signed.token)) if kept_form else Redirect(following, status_code=303)
    )
    answer.set_cookie(session_cookie(parts, signed.token))
    return answer


@post("/sign-out", opt=SIGNED_IN, status_code=303)
async def sign_out(request: AnyRequest) -> Redirect:
    parts = parts_of(request)
    answer = Redirect("/sign-in?done=signed-out", status_code=303)
    await parts.views.flush()  # what this session saw can be said by this session alone
    await parts.edge.send(SignOut(), token=session_of(request).token)
    answer.set_cookie(session_cookie(parts, ""))
    return answer


@post("/theme", opt=ANYBODY, status_code=303)
async def set_theme(request: AnyRequest) -> Redirect:
    """Light, dark or as the device says; kept in a cookie, so the first paint is right."""
    form = await request.form()
    theme = str(form.get("theme", ""))
    answer = Redirect(back_of(str(form.get("back", "/")), "/"), status_code=303)
    if theme in THEMES:
        answer.set_cookie(_kept_here(request, "theme", theme))
    return answer


def _kept_here(request: AnyRequest, key: str, value: str) -> Cookie:
    """A choice that this device keeps for a year; nothing that identifies anybody."""
    return Cookie(key=key, value=value, max_age=365 * 86400, path="/", samesite="lax", secure=parts_of(request).secure)


@get("/site-ca.crt", opt=ANYBODY)
async def site_authority(request: AnyRequest) -> Response[bytes]:
    """The authority that browsers on this site are to trust; not secret."""
    authority = parts_of(request).authority
    if authority is None:
        raise NotFound("this desk has no authority of its own")
    headers = {"Content-Disposition": 'attachment; filename="site-ca.crt"'}
    return Response(authority.read_bytes(), media_type="application/x-x509-ca-cert", headers=headers)


@get("/brand.css", opt=ANYBODY)
async def brand_css(request: AnyRequest) -> Response[str]:
    """The site's own colours; the address carries what they are."""
    return Response(parts_of(request).brand.css, media_type="text/css; charset=utf-8", headers=KEPT)


@get("/logo", opt=ANYBODY)
async def logo(request: AnyRequest) -> Response[bytes]:
    """The site's own logo. Raises NotFound where it has none."""
    brand = parts_of(request).brand
    if not brand.logo:
        raise NotFound("this site has no logo of its own")
    return Response(brand.logo, media_type=brand.logo_type, headers=KEPT)


@get("/alive", opt=ANYBODY)
async def alive(request: AnyRequest) -> Response[str]:
    """Is the desk up; says nothing else."""
    return Response("ok\n", media_type="text/plain")


HANDLERS = (sign_in_page, sign_in, sign_out, set_theme, site_authority, brand_css, logo, alive)
