"""The live page: doors, what was decided last, events as they come, who is inside, how the parts are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Stream

from admin_api.auth import SIGNED_IN, Session, needs, parts_of, session_of
from admin_api.board import Board
from admin_api.console import words
from admin_api.console.alerts import AlertStrip, strip_of
from admin_api.console.forms import request_of
from admin_api.console.language import _
from admin_api.console.page import AnyRequest, Page, macro, render, render_piece, times_of
from admin_api.console.sections import sections_of
from admin_api.console.times import Times
from admin_api.console.views import EventView, event_view
from admin_api.edge_health import EdgeReport, Part
from admin_api.parts import Parts
from admin_api.reads.journal import EventQuery, decoded
from admin_api.rest.doors import Unlocked
from admin_api.rest.events import event_stream, resume_from, still_the_same
from edge.commands.doors import UnlockDoor
from edge.core.door import DoorState, Hold
from edge.core.errors import Busy, Unavailable
from edge.core.event import EventKind
from edge.core.model import Permission
from edge.core.place import AccessPoint, Mode

SHOWN = 40
REFRESH_S = 0.5


@dataclass(frozen=True, kw_only=True)
class DoorView:
    """An access point as a card: its door's state in words, and what was decided there last."""

    id: str
    name: str
    way: str
    door: str
    state: str
    state_long: str
    tone: str
    mode: str
    last: EventView | None
    request: str


@dataclass(frozen=True, kw_only=True)
class ZoneView:
    """Who is inside a zone, as a number; doubtful: how many of them by an unclear reading."""

    id: str
    name: str
    inside: int
    doubtful: int


@dataclass(frozen=True, kw_only=True)
class LivePage(Page):
    """The guard's page."""

    template = "live.html"
    doors: tuple[DoorView, ...]
    zones: tuple[ZoneView, ...]
    events: tuple[EventView, ...]
    health: HealthView
    alerts: AlertStrip | None
    seq: int
    may_open: bool
    sees_events: bool


@dataclass(frozen=True, kw_only=True)
class HealthView:
    """How the edge is: up, trouble, down (a part of it), or gone; parts that are not up, and how many are."""

    state: str
    version: str
    up: int
    parts: tuple[tuple[str, str, str], ...]
    """(name, state, detail) of those with trouble."""


@dataclass(frozen=True, kw_only=True)
class OpenPage(Page):
    """Open once with a reason, as a page of its own: after a mistake, or without scripts."""

    template = "open_once.html"
    point: AccessPoint
    problem: str
    reason: str
    request: str


@dataclass(frozen=True, kw_only=True)
class OpenedPiece(Page):
    """What came of opening."""

    template = "opened_piece.html"
    opened: bool
    seq: int
    point: str
    request: str


def zone_views(board: Board) -> tuple[ZoneView, ...]:
    counts = {o.zone: o for o in board.inside}
    return tuple(
        ZoneView(
            id=z.id,
            name=z.name,
            inside=counts[z.id].inside if z.id in counts else 0,
            doubtful=counts[z.id].doubtful if z.id in counts else 0,
        )
        for z in board.zones.values()
    )


def door_view(board: Board, point: AccessPoint, times: Times, session: Session) -> DoorView:
    now = board.door(point.door)
    state = DoorState(now.state)
    said = words.DOOR_STATES[state]
    outside = _("outside")
    start = board.zones[point.from_zone].name if point.from_zone in board.zones else outside
    end = board.zones[point.to_zone].name if point.to_zone in board.zones else outside
    last = board.last.get(point.id) if session.may(Permission.EVENTS_VIEW) else None
    photo = board.photos.get(last.customer or "", "") if last and session.may(Permission.CUSTOMERS_VIEW) else ""
    return DoorView(
        id=point.id,
        name=point.name,
        way=f"{start[:1].upper()}{start[1:]} → {end}",
        door=point.door,
        state=said.short,
        state_long=" ".join(
            (said.long, *(words.HOLDS[Hold(h)] for h in now.held_by), *((f"{now.fault.capitalize()}.",) if now.fault else ()))
        ),
        tone=words.DOOR_TONES[state],
        mode=_("Out of service") if not point.in_service else words.MODES[point.mode] if point.mode is not Mode.NORMAL else "",
        last=event_view(last, times, photo) if last else None,
        request=uuid4().hex,
    )


def health_view(report: EdgeReport | None) -> HealthView:
    if report is None:
        return HealthView(state="gone", version="", up=0, parts=())
    bad = tuple((words.part(p.kind, p.name), p.state, _detail(p)) for p in report.parts if p.state != "up")
    return HealthView(state=report.state, version=report.version, up=len(report.parts) - len(bad), parts=bad)


def _detail(part: Part) -> str:
    """What there is to say about a part; its name stands above it already."""
    return part.detail.removeprefix(f"{part.kind} {part.name}: ").replace("`", "")


@get("/", opt=SIGNED_IN)
async def live_page(request: AnyRequest) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    if not session.may(Permission.DOORS_VIEW):
        first = next((href for _mark, href, _label in sections_of(session)), None)
        return Redirect(first or "/nothing", status_code=303)
    board = await parts.boards.look(parts, session.token, at_least=await parts.journal.head())
    times, sees = times_of(parts), session.may(Permission.EVENTS_VIEW)
    events = await parts.journal.events(EventQuery(limit=SHOWN, before=board.seq + 1)) if sees else None
    page = LivePage(
        title=_("Live"),
        section="live",
        doors=tuple(door_view(board, p, times, session) for p in board.points),
        zones=zone_views(board),
        events=tuple(event_view(e, times) for e in events.items) if events else (),
        health=health_view(board.report),
        alerts=strip_of(board.alerts, times) if session.may(Permission.ALERTS_VIEW) else None,
        seq=board.seq,
        may_open=session.may(Permission.DOORS_OPEN),
        sees_events=sees,
    )
    return await render(request, page)


@get("/live/stream", opt=needs(Permission.DOORS_VIEW), media_type="text/event-stream")
async def live_stream(request: AnyRequest, after: FromQuery[int | None] = None) -> Stream:
    """Pieces of the live page as things happen: event lines with their seq as id, and fragments by element id."""
    return event_stream(_pieces(parts_of(request), session_of(request), resume_from(request, after)))


async def _pieces(parts: Parts, session: Session, after: int | None) -> AsyncIterator[bytes]:
    sent: dict[str, str] = {}
    clock = asyncio.get_running_loop().time
    sees = session.may(Permission.EVENTS_VIEW)
    looked, newest = -REFRESH_S, 0
    yield b"retry: 1000\n\n"
    async with parts.hub.listen(after) as lines:
        async for line in with_pauses(lines, parts, session.token):
            if line is not None and sees and await parts.journal.sees(line[0]):
                newest = line[0]
                event = decoded(line[1])
                view = event_view(event, times_of(parts))
                yield _message("line", str(macro("live_parts.html", "event_line", view)), newest)
                if event.access_point and event.kind in (EventKind.DECISION, EventKind.OPERATOR):
                    name = f"last-{event.access_point}"
                    if event.customer and session.may(Permission.CUSTOMERS_VIEW):
                        photo = (await parts.roster.photos([event.customer])).get(event.customer, "")
                        view = event_view(event, times_of(parts), photo)
                    sent[name] = str(macro("live_parts.html", "last", view))
                    yield _fragment(name, sent[name])
            if line is None or clock() - looked >= REFRESH_S:
                looked = clock()
                for name, html in await _fragments(parts, session, newest):
                    if sent.get(name) != html:
                        sent[name] = html
                        yield _fragment(name, html)


def _fragment(name: str, html: str) -> bytes:
    return _message("fragment", msgspec.json.encode({"id": name, "html": html}).decode(), None)


async def with_pauses(
    lines: AsyncIterator[tuple[int, str] | None], parts: Parts, token: str
) -> AsyncIterator[tuple[int, str] | None]:
    """Lines, a None in every pause of a second, and the end when the session ends."""
    checked = asyncio.get_running_loop().time()
    async for line in lines:
        yield line
        now = asyncio.get_running_loop().time()
        if now - checked >= 15:
            checked = now
            if not await still_the_same(parts, token):
                return


async def _fragments(parts: Parts, session: Session, newest: int) -> list[tuple[str, str]]:
    try:
        board = await parts.boards.look(parts, session.token)
    except (Unavailable, Busy):
        return [("banner", str(macro("live_parts.html", "banner", False)))]
    times = times_of(parts)
    found = [
        ("banner", str(macro("live_parts.html", "banner", board.report is not None))),
        ("inside", str(macro("live_parts.html", "inside", zone_views(board)))),
        ("health", str(macro("live_parts.html", "health", health_view(board.report)))),
    ]
    if session.may(Permission.ALERTS_VIEW):
        found.append(("alerts", str(macro("live_parts.html", "alert_strip", strip_of(board.alerts, times)))))
    for point in board.points:
        view = door_view(board, point, times, session)
        found.append((f"state-{point.id}", str(macro("live_parts.html", "door_state", view))))
        if board.seq >= newest:  # an older board must not take back what the stream has said already
            found.append((f"last-{point.id}", str(macro("live_parts.html", "last", view.last))))
    return found


def _message(event: str, data: str, id: int | None) -> bytes:
    """One server-sent event; every line of data has its own prefix."""
    head = f"id: {id}\n" if id is not None else ""
    body = "".join(f"data: {line}\n" for line in data.splitlines() if line.strip())
    return f"{head}event: {event}\n{body}\n".encode()


@get("/access-points/{point:str}/open", opt=needs(Permission.DOORS_OPEN))
async def open_page(request: AnyRequest, point: FromPath[str]) -> Response[str]:
    return await _open_page(request, point, "", "", "")


@post("/access-points/{point:str}/open", opt=needs(Permission.DOORS_OPEN), status_code=200)
async def open_once(request: AnyRequest, point: FromPath[str]) -> Response[str]:
    """Open once; the reason goes into the journal."""
    form = await request.form()
    reason, by_htmx = str(form.get("reason", "")).strip(), bool(request.headers.get("hx-request"))
    if not reason:
        if by_htmx:
            return Response("", status_code=204)
        return await _open_page(request, point, _("Say why: the journal keeps it."), reason, request_of(form))
    done = await parts_of(request).edge.ask(
        UnlockDoor(access_point=point, reason=reason), Unlocked, token=session_of(request).token, request=request_of(form)
    )
    if by_htmx:
        return await render_piece(
            request,
            OpenedPiece(title="", opened=done.opened or done.again, seq=done.event, point=point, request=uuid4().hex),
            "opened_piece.html",
        )
    return Redirect(f"/?done={'opened' if done.opened or done.again else 'not-opened'}", status_code=303)


async def _open_page(request: AnyRequest, point: str, problem: str, reason: str, id: str) -> Response[str]:
    found = await parts_of(request).roster.get(AccessPoint, point)
    page = OpenPage(
        title=_("Open %(name)s") % {"name": found.name},
        section="live",
        point=found,
        problem=problem,
        reason=reason,
        request=id or uuid4().hex,
    )
    return await render(request, page, status=400 if problem else 200)


HANDLERS = (live_page, live_stream, open_page, open_once)
