"""One's own account: who one is here, where one is signed in, the second factor, and what one may do."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from markupsafe import Markup

from admin_api.auth import SIGNED_IN, parts_of, session_of
from admin_api.console import words
from admin_api.console.credentials import qr_svg
from admin_api.console.forms import sentence
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.errors import problem_of
from admin_api.reads.sessions import open_sessions
from edge.commands.account import ConfirmSecondFactor, EndSession, EnrolSecondFactor, RecoveryCodes, Seed
from edge.core.errors import HouseError, Invalid
from edge.core.model import Permission, User

NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, kw_only=True)
class SessionView:
    """A session in the list."""

    id: str
    client: str
    since: str
    seen: str
    here: bool


@dataclass(frozen=True, kw_only=True)
class MePage(Page):
    """Who one is here, until when, and what one may do. problem: why the second factor was not begun."""

    template = "me.html"
    login: str
    until: str
    rights: tuple[str, ...]
    sessions: tuple[SessionView, ...]
    second_factor: bool
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class SecondFactorPage(Page):
    """The seed as a QR code with a form for the first code; or, when that was right, the recovery codes."""

    template = "second_factor.html"
    seed: str = ""
    qr: Markup | None = None
    codes: tuple[str, ...] = ()
    problem: str = ""


@get("/me", opt=SIGNED_IN)
async def me_page(request: AnyRequest) -> Response[str]:
    return await render(request, await _me(request))


async def _me(request: AnyRequest, problem: str = "") -> MePage:
    parts, session = parts_of(request), session_of(request)
    row, times = session.row, times_of(parts)
    user = await parts.roster.get(User, session.user)
    mine = await open_sessions(parts.database, parts.now(), user=session.user, token=session.token)
    return MePage(
        title="Your account",
        section="me",
        login=row.login,
        until=times.short(row.expires_at),
        rights=tuple(words.PERMISSIONS[right] for right in Permission if right.value in row.rights),
        sessions=tuple(
            SessionView(
                id=s.id, client=s.client, since=times.short(s.created_at), seen=f"{times.ago(s.seen_at)} ago", here=s.current
            )
            for s in mine
        ),
        second_factor=user.second_factor,
        problem=problem,
    )


@post("/me/sessions/{session_id:str}/end", opt=SIGNED_IN, status_code=303)
async def end_session(request: AnyRequest, session_id: FromPath[str]) -> Redirect:
    """Sign out there."""
    await parts_of(request).edge.send(EndSession(id=session_id), token=session_of(request).token)
    return Redirect("/me?done=session-ended", status_code=303)


@post("/me/second-factor", opt=SIGNED_IN, status_code=200)
async def enrol(request: AnyRequest) -> Response[str]:
    """Begin: the seed is shown this once."""
    data = await request.form()
    command = EnrolSecondFactor(password=str(data.get("password", ""))[:300])
    try:
        made = await parts_of(request).edge.ask(command, Seed, token=session_of(request).token)
    except HouseError as error:
        problem = "The password is wrong." if error.code == "not_signed_in" else sentence(error.message)
        return await render(request, await _me(request, problem), status=problem_of(error).status)
    page = SecondFactorPage(title="Second factor", section="me", seed=made.seed, qr=qr_svg(made.uri))
    return await render(request, page, headers=NO_STORE)


@post("/me/second-factor/confirm", opt=SIGNED_IN, status_code=200)
async def confirm(request: AnyRequest) -> Response[str]:
    """The first code; the recovery codes are shown this once."""
    data = await request.form()
    command = ConfirmSecondFactor(code=str(data.get("code", ""))[:40])
    try:
        made = await parts_of(request).edge.ask(command, RecoveryCodes, token=session_of(request).token)
    except Invalid as error:
        page = SecondFactorPage(title="Second factor", section="me", problem=sentence(error.message))
        return await render(request, page, status=400)
    page = SecondFactorPage(title="Second factor", section="me", codes=made.codes)
    return await render(request, page, headers=NO_STORE)


HANDLERS = (me_page, end_session, enrol, confirm)
