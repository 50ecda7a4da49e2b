"""The live page: doors, what was decided last, events as they come, who is inside, how the parts are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import msgspec
from litestar import Response, get
from litestar.params import FromQuery
from litestar.response import Redirect, Stream

from admin_api.auth import SIGNED_IN, Session, needs, parts_of, session_of
from admin_api.board import Board
from admin_api.console import words
from admin_api.console.acts import ActView, acts
from admin_api.console.alerts import AlertStrip, strip_of
from admin_api.console.language import _
from admin_api.console.page import AnyRequest, Page, macro, render, times_of
from admin_api.console.remedies import one_step
from admin_api.console.sections import sections_of, tabs_of
from admin_api.console.times import Times
from admin_api.console.views import EventView, event_view
from admin_api.edge_health import EdgeReport, Part
from admin_api.parts import Parts
from admin_api.reads.journal import EventQuery, decoded
from admin_api.reads.presence import Occupancy
from admin_api.rest.events import event_stream, resume_from, still_the_same
from edge.core.door import DoorState, Hold
from edge.core.errors import Busy, Unavailable
from edge.core.event import EventKind
from edge.core.model import Permission
from edge.core.place import AccessPoint, Mode, Zone

SHOWN = 40
REFRESH_S = 0.5
NEARLY_FULL = 90
"""Percent of a zone's capacity."""


@dataclass(frozen=True, kw_only=True)
class DoorView:
    """An access point as a card: its door's state in words, what was decided there last, and what may be done with it now."""

    id: str
    name: str
    way: str
    door: str
    state: str
    state_long: str
    tone: str
    mode: str
    last: EventView | None
    acts: tuple[ActView, ...]
    request: str


@dataclass(frozen=True, kw_only=True)
class ZoneView:
    """Who is inside a zone, as a number; doubtful: how many of them by an unclear reading. capacity None: it has none; share: of it, percent."""

    id: str
    name: str
    inside: int
    doubtful: int
    capacity: int | None = None
    share: int = 0
    tone: str = "ok"
    mode: str = ""


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
    sees_events: bool
    tabs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class HealthView:
    """How the edge is: up, trouble, down (a part of it), or gone; parts that are not up, and how many are."""

    state: str
    version: str
    up: int
    parts: tuple[tuple[str, str, str], ...]
    """(name, state, detail) of those with trouble."""


def zone_views(board: Board) -> tuple[ZoneView, ...]:
    counts = {o.zone: o for o in board.inside}
    return tuple(_zone_view(zone, counts.get(zone.id)) for zone in board.zones.values())


def _zone_view(zone: Zone, count: Occupancy | None) -> ZoneView:
    inside = count.inside if count else 0
    share = 100 * inside // zone.capacity if zone.capacity else 0
    return ZoneView(
        id=zone.id, name=zone.name, inside=inside, doubtful=count.doubtful if count else 0, capacity=zone.capacity, share=min(share, 100),
        tone="no" if share >= 100 else "warn" if share >= NEARLY_FULL else "ok",
        mode=words.MODES[zone.mode] if zone.mode is not Mode.NORMAL else "",
    )  # fmt: skip


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
        last=event_view(last, times, photo, one_step(last, session)) if last else None,
        acts=acts(point, Hold.OPERATOR in now.held_by, session),
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
        alerts=strip_of(board.alerts, times, session) if session.may(Permission.ALERTS_VIEW) else None,
        seq=board.seq,
        sees_events=sees,
        tabs=tabs_of("live", session),
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
                yield message("line", str(macro("live_parts.html", "event_line", view)), newest)
                if event.access_point and event.kind in (EventKind.DECISION, EventKind.OPERATOR):
                    name, photo = f"last-{event.access_point}", ""
                    if event.customer and session.may(Permission.CUSTOMERS_VIEW):
                        photo = (await parts.roster.photos([event.customer])).get(event.customer, "")
                    view = event_view(event, times_of(parts), photo, one_step(event, session))
                    sent[name] = str(macro("live_parts.html", "last", view, session.csrf))
                    yield _fragment(name, sent[name])
            if line is None or clock() - looked >= REFRESH_S:
                looked = clock()
                for name, html in await _fragments(parts, session, newest):
                    if sent.get(name) != html:
                        sent[name] = html
                        yield _fragment(name, html)


def _fragment(name: str, html: str) -> bytes:
    return message("fragment", msgspec.json.encode({"id": name, "html": html}).decode(), None)


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
        found.append(("alerts", str(macro("live_parts.html", "alert_strip", strip_of(board.alerts, times, session), session.csrf))))
    for point in board.points:
        view = door_view(board, point, times, session)
        found.append((f"state-{point.id}", str(macro("live_parts.html", "door_state", view))))
        found.append((f"acts-{point.id}", str(macro("live_parts.html", "acts", view, board.report is None))))
        if board.seq >= newest:  # an older board must not take back what the stream has said already
            found.append((f"last-{point.id}", str(macro("live_parts.html", "last", view.last, session.csrf))))
    return found


def message(event: str, data: str, id: int | None) -> bytes:
    """One server-sent event; every line of data has its own prefix."""
    head = f"id: {id}\n" if id is not None else ""
    body = "".join(f"data: {line}\n" for line in data.splitlines() if line.strip())
    return f"{head}event: {event}\n{body}\n".encode()


HANDLERS = (live_page, live_stream)
