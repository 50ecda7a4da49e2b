"""What a guard does with a door from the live page: open it once, hold it open, lock it, lock down; each with a reason that the journal keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.console.forms import request_of
from admin_api.console.language import _
from admin_api.console.page import AnyRequest, Page, render, render_piece
from admin_api.rest.doors import Unlocked
from edge.commands.base import Command
from edge.commands.doors import HoldDoor, LockDoor, UnlockDoor
from edge.commands.site import SetMode
from edge.core.door import Hold
from edge.core.errors import Forbidden, Invalid
from edge.core.model import Permission
from edge.core.place import AccessPoint, Mode


@dataclass(frozen=True, kw_only=True)
class ActView:
    """A button of an access point. says: what it will change; tone: primary, danger or nothing."""

    name: str
    label: str
    says: str
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class ActPage(Page):
    """The same as a page of its own: after a mistake, or without scripts."""

    template = "act.html"
    point: AccessPoint
    acts: tuple[ActView, ...]
    problem: str
    reason: str
    request: str


@dataclass(frozen=True, kw_only=True)
class ActPiece(Page):
    """What came of it, with the form ready for the next time."""

    template = "act_piece.html"
    said: str
    well: bool
    point: str
    acts: tuple[ActView, ...]
    request: str


COMMANDS: dict[str, tuple[Permission, Callable[[str, str], Command]]] = {
    "open": (Permission.DOORS_OPEN, lambda point, reason: UnlockDoor(access_point=point, reason=reason)),
    "hold": (Permission.DOORS_MODE, lambda point, reason: HoldDoor(access_point=point, reason=reason)),
    "lock": (Permission.DOORS_MODE, lambda point, reason: LockDoor(access_point=point, reason=reason)),
    "lock-down": (Permission.DOORS_MODE, lambda point, reason: SetMode(mode=Mode.LOCKED_DOWN, access_point=point, reason=reason)),
    "normal": (Permission.DOORS_MODE, lambda point, reason: SetMode(mode=Mode.NORMAL, access_point=point, reason=reason)),
}
"""What may be done: the right it takes, and the command for an access point and a reason."""


def acts(point: AccessPoint, held: bool, session: Session) -> tuple[ActView, ...]:
    """Those that make sense now and that this user may. held: an operator holds it open."""
    locked = point.mode is Mode.LOCKED_DOWN
    offered = (
        ActView(name="open", label=_("Open once"), says=_("Releases the door once, now."), tone="primary"),
        ActView(name="lock", label=_("End the hold"), says=_("Locks the door again, now."))
        if held
        else ActView(name="hold", label=_("Hold open"), says=_("Holds the door open until the hold is ended. Who passes is not counted meanwhile.")),
        ActView(name="normal", label=_("Back to normal"), says=_("Ends the mode that was set by hand: the rules decide again."))
        if point.mode is not Mode.NORMAL
        else ActView(name="lock-down", label=_("Lock down"), says=_("Nobody without an override passes, from the next reading on."), tone="danger"),
    )  # fmt: skip
    return tuple(act for act in offered if session.may(COMMANDS[act.name][0]) and not (act.name == "hold" and locked))


@get("/access-points/{point:str}/open", opt=needs(Permission.DOORS_OPEN))
async def act_page(request: AnyRequest, point: FromPath[str]) -> Response[str]:
    return await _page(request, point, "", "", "")


@post("/access-points/{point:str}/act", opt=needs(Permission.DOORS_OPEN), status_code=200)
async def act(request: AnyRequest, point: FromPath[str]) -> Response[str]:
    """One of COMMANDS, now; each asks for its own right besides."""
    parts, session, form = parts_of(request), session_of(request), await request.form()
    name, reason = str(form.get("do", "open")), str(form.get("reason", "")).strip()
    by_htmx = bool(request.headers.get("hx-request"))
    if name not in COMMANDS:
        raise Invalid(_("choose what to do"), field="do")
    right, command = COMMANDS[name]
    if not session.may(right):
        raise Forbidden(f"your role ({session.row.role}) does not include {right.value}")
    if not reason:
        if by_htmx:
            return Response("", status_code=204)
        return await _page(request, point, _("Say why: the journal keeps it."), reason, request_of(form))
    said, well, notice = await _done(request, name, command(point, reason), request_of(form))
    if not by_htmx:
        return Redirect(f"/?done={notice}", status_code=303)
    found = await parts.roster.get(AccessPoint, point)
    report = await parts.health.look(session.token)
    held = any(d.name == found.door and Hold.OPERATOR in d.held_by for d in report.doors) if report else False
    held = {"hold": True, "lock": False}.get(name, held)  # what was just done is newer than the report
    piece = ActPiece(title="", said=said, well=well, point=point, acts=acts(found, held, session), request=uuid4().hex)
    return await render_piece(request, piece, piece.template)


async def _done(request: AnyRequest, name: str, command: Command, id: str) -> tuple[str, bool, str]:
    """(what to say, was it done, the word for a page's notice)."""
    edge, token = parts_of(request).edge, session_of(request).token
    if name != "open":
        await edge.send(command, token=token, request=id)
        return _("Done; written down with your reason."), True, "done"
    opened = await edge.ask(command, Unlocked, token=token, request=id)
    if opened.opened or opened.again:
        return _("Opened; written down as event %(seq)s.") % {"seq": opened.event}, True, "opened"
    return _("Written down, but the door did not take it."), False, "not-opened"


async def _page(request: AnyRequest, point: str, problem: str, reason: str, id: str) -> Response[str]:
    found = await parts_of(request).roster.get(AccessPoint, point)
    page = ActPage(
        title=found.name, section="live", point=found, acts=acts(found, False, session_of(request)), problem=problem, reason=reason,
        request=id or uuid4().hex,
    )  # fmt: skip
    return await render(request, page, status=400 if problem else 200)


HANDLERS = (act_page, act)
