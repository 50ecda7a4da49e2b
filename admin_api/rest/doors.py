"""Doors: how they are, opening one, what would be decided; and how the edge is."""

from __future__ import annotations

import asyncio

from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.edge_health import EdgeReport
from admin_api.rest.common import AnyRequest, refusals, request_id
from edge.commands.doors import Explain, HoldDoor, LockDoor, UnlockDoor
from edge.core.decide import Explanation
from edge.core.errors import NotFound
from edge.core.event import Event
from edge.core.model import CredentialKind, Permission
from edge.core.place import AccessPoint


class UnlockRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; the journal keeps it."""

    reason: str


class Unlocked(Struct, frozen=True, kw_only=True):
    """event: the seq of its line; opened: the door took it; again: this request was done before and nothing moved now."""

    event: int
    opened: bool
    again: bool = False


class DoorView(Struct, frozen=True, kw_only=True):
    """A door: state (unknown while edge is down), its access points, what was decided last at each."""

    name: str
    state: str
    since: int
    fault: str
    access_points: list[AccessPoint]
    last: dict[str, Event]


class ExplainRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code at an access point (its name or id). at: another instant, ms since 1970."""

    access_point: str
    kind: CredentialKind
    code: str
    at: int | None = None


@get("/doors", opt=needs(Permission.DOORS_VIEW), tags=["doors"], responses=refusals(), operation_id="listDoor")
async def list_doors(request: AnyRequest) -> list[DoorView]:
    """Every door with its state, its access points and the last decision at each."""
    parts, session = parts_of(request), session_of(request)
    points, report = await asyncio.gather(parts.roster.every(AccessPoint), parts.health.look(session.token))
    last = await parts.journal.last_decisions([p.id for p in points]) if session.may(Permission.EVENTS_VIEW) else {}
    report = parts.report_of(report, points)
    states = {d.name: d for d in report.doors} if report else {}
    views = []
    for name in sorted({p.door for p in points} | set(states)):
        mine, now = [p for p in points if p.door == name], states.get(name)
        views.append(
            DoorView(
                name=name,
                state=now.state if now else "unknown",
                since=now.since if now else 0,
                fault=now.fault if now else "the edge does not know this door" if report else "the edge is not running",
                access_points=mine,
                last={p.id: last[p.id] for p in mine if p.id in last},
            )
        )
    return views


@get("/health", opt=needs(Permission.DOORS_VIEW), tags=["doors"], responses=refusals(), operation_id="getHealth")
async def get_health(request: AnyRequest) -> EdgeReport:
    """How every part of the edge is; 503 while it is down."""
    parts = parts_of(request)
    report = await parts.health.report(session_of(request).token)
    return parts.report_of(report, await parts.roster.every(AccessPoint)) or report


@post(
    "/access-points/{point:str}/unlock", opt=needs(Permission.DOORS_OPEN), tags=["doors"], responses=refusals(404, 413),
    status_code=200, operation_id="unlock",
)  # fmt: skip
async def unlock(request: AnyRequest, point: FromPath[str], data: JSONBody[UnlockRequest]) -> Unlocked:
    """Open once, now. Idempotency-Key: a retry does not open again."""
    command = UnlockDoor(access_point=point, reason=data.reason)
    return await parts_of(request).edge.ask(command, Unlocked, token=session_of(request).token, request=request_id(request))


@post(
    "/explain",
    opt=needs(Permission.EVENTS_VIEW),
    tags=["doors"],
    responses=refusals(404, 413),
    status_code=200,
    operation_id="explain",
)
async def explain(request: AnyRequest, data: JSONBody[ExplainRequest]) -> Explanation:
    """What would be decided about a code, and what each rule would see. Nothing opens, nothing is written down."""
    parts = parts_of(request)
    points = await parts.roster.every(AccessPoint)
    point = next((p for p in points if data.access_point in (p.id, p.name)), None)
    if point is None:
        raise NotFound(f"there is no access point {data.access_point[:80]}", field="access_point")
    command = Explain(access_point=point.name, kind=data.kind, code=data.code, at=data.at)
    return await parts.edge.ask(command, Explanation, token=session_of(request).token)


class HoldRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, and until when (ms since 1970; left out: until it is locked)."""

    reason: str
    until: int | None = None


class Ordered(Struct, frozen=True, kw_only=True):
    """event: the seq of its line; again: this request was done before and nothing moved now."""

    event: int
    again: bool = False


@post(
    "/access-points/{point:str}/hold", opt=needs(Permission.DOORS_MODE), tags=["doors"], responses=refusals(404, 409, 413),
    status_code=200, operation_id="hold",
)  # fmt: skip
async def hold(request: AnyRequest, point: FromPath[str], data: JSONBody[HoldRequest]) -> Ordered:
    """Hold the door open, now. Idempotency-Key: a retry does not hold it again."""
    command = HoldDoor(access_point=point, reason=data.reason, until=data.until)
    return await parts_of(request).edge.ask(command, Ordered, token=session_of(request).token, request=request_id(request))


@post(
    "/access-points/{point:str}/lock", opt=needs(Permission.DOORS_MODE), tags=["doors"], responses=refusals(404, 409, 413),
    status_code=200, operation_id="lock",
)  # fmt: skip
async def lock(request: AnyRequest, point: FromPath[str], data: JSONBody[UnlockRequest]) -> Ordered:
    """End a hold and any strike of the door, now."""
    command = LockDoor(access_point=point, reason=data.reason)
    return await parts_of(request).edge.ask(command, Ordered, token=session_of(request).token, request=request_id(request))


HANDLERS = (list_doors, get_health, unlock, hold, lock, explain)
