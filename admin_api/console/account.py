"""One's own account: who one is here, where one is signed in, the second factor, and what one may do."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import available_timezones

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from markupsafe import Markup

from admin_api.auth import SIGNED_IN, parts_of, session_of
from admin_api.console import words
from admin_api.console.credentials import qr_svg
from admin_api.console.language import LANGUAGES, _
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.console.words import sentence
from admin_api.errors import problem_of
from admin_api.reads.sessions import open_sessions
from edge.commands.account import ConfirmSecondFactor, EndSession, EnrolSecondFactor, RecoveryCodes, Seed, SetPreferences
from edge.core.errors import HouseError, Invalid
from edge.core.model import Permission, User

ZONES = tuple(sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))))
"""What is offered; every other zone of the tz database may be typed."""
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
    """Who one is here, until when, and what one may do. problem: why the second factor was not begun; wrong: what is wrong with the
    preferences."""

    template = "me.html"
    login: str
    until: str
    rights: tuple[str, ...]
    sessions: tuple[SessionView, ...]
    second_factor: bool
    languages: tuple[tuple[str, str], ...]
    language: str
    time_zone: str
    time_zones: tuple[str, ...]
    site_time_zone: str
    problem: str = ""
    wrong: str = ""


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


async def _me(request: AnyRequest, problem: str = "", wrong: str = "", typed: tuple[str, str] | None = None) -> MePage:
    parts, session = parts_of(request), session_of(request)
    row, times = session.row, times_of(parts)
    user = await parts.roster.get(User, session.user)
    language, time_zone = typed or (user.language, user.time_zone)
    mine = await open_sessions(parts.database, parts.now(), user=session.user, token=session.token)
    return MePage(
        title=_("Your account"),
        section="me",
        login=row.login,
        until=times.short(row.expires_at),
        rights=tuple(words.PERMISSIONS[right] for right in Permission if right.value in row.rights),
        sessions=tuple(
            SessionView(id=s.id, client=s.client, since=times.short(s.created_at), seen=times.ago(s.seen_at), here=s.current)
            for s in mine
        ),
        second_factor=user.second_factor,
        languages=tuple(LANGUAGES.items()),
        language=language,
        time_zone=time_zone,
        time_zones=ZONES,
        site_time_zone=parts.settings.site.time_zone,
        problem=problem,
        wrong=wrong,
    )


@post("/me/preferences", opt=SIGNED_IN, status_code=200)
async def set_preferences(request: AnyRequest) -> Response[str]:
    """Language and time zone, from the next page on."""
    data = await request.form()
    language, time_zone = str(data.get("language", "")), str(data.get("time_zone", "")).strip()
    try:
        command = SetPreferences(language=language, time_zone=time_zone)
        await parts_of(request).edge.ask(command, User, token=session_of(request).token)
    except Invalid as error:
        page = await _me(request, wrong=sentence(error.message), typed=(language, time_zone))
        return await render(request, page, status=problem_of(error).status)
    return Redirect("/me?done=saved", status_code=303)


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
        problem = _("The password is wrong.") if error.code == "not_signed_in" else sentence(error.message)
        return await render(request, await _me(request, problem), status=problem_of(error).status)
    page = SecondFactorPage(title=_("Second factor"), section="me", seed=made.seed, qr=qr_svg(made.uri))
    return await render(request, page, headers=NO_STORE)


@post("/me/second-factor/confirm", opt=SIGNED_IN, status_code=200)
async def confirm(request: AnyRequest) -> Response[str]:
    """The first code; the recovery codes are shown this once."""
    data = await request.form()
    command = ConfirmSecondFactor(code=str(data.get("code", ""))[:40])
    try:
        made = await parts_of(request).edge.ask(command, RecoveryCodes, token=session_of(request).token)
    except Invalid as error:
        page = SecondFactorPage(title=_("Second factor"), section="me", problem=sentence(error.message))
        return await render(request, page, status=400)
    page = SecondFactorPage(title=_("Second factor"), section="me", codes=made.codes)
    return await render(request, page, headers=NO_STORE)


HANDLERS = (me_page, set_preferences, end_session, enrol, confirm)
