"""The central server over REST: how this edge stands with it, what it did not take, and what is to become of that."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.edge_health import EdgeReport
from admin_api.parts import Parts
from admin_api.reads import sync
from admin_api.reads.cursor import Page
from admin_api.reads.sync import DisagreementView, Numbers, RefusedEvent, RefusedRow
from admin_api.rest.common import AnyRequest, number, refusals, request_id
from edge.commands.dead_letters import ResendEvent
from edge.commands.disagreements import AskAgain, KeepTheirs
from edge.core.errors import Forbidden
from edge.core.event import Event
from edge.core.model import Permission


class Standing(Struct, frozen=True, kw_only=True):
    """How this edge stands with central. state: alone (there is none in the settings), up, down, or unknown while nobody can say; since (ms);
    problem: why it is down.

    acked of last_event: how far central has the journal; epoch, rev: of central's list that is here, which was last known to be complete
    at complete_at (ms); connections: so far; waiting: what is still to be decided.
    """

    state: str
    since: int | None
    problem: str
    first_event: int
    last_event: int
    acked: int
    connections: int
    epoch: str
    rev: int
    complete_at: int | None
    waiting: Numbers


class AgainRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is asked again; the audit keeps it."""

    reason: str = ""


async def standing(parts: Parts, session: Session) -> Standing:
    """From the files, with what the edge says of its link."""
    report = await _report(parts, session) if parts.settings.sync else None
    part = next((p for p in report.parts if p.kind == "sync"), None) if report else None
    known = part is not None and part.state in ("up", "down")
    ((seq, first, acked, connections),) = await parts.database.fetch("SELECT seq, first_seq, acked, connections FROM head")
    ((epoch, rev, complete),) = await parts.database.fetch("SELECT epoch, central_rev, synced_at FROM roster.head")
    return Standing(
        state="alone" if parts.settings.sync is None else part.state if part and known else "unknown", since=part.since if part else None,
        problem=part.detail if part and part.state == "down" else "", first_event=first, last_event=seq, acked=acked,
        connections=connections, epoch=epoch, rev=rev, complete_at=complete, waiting=await sync.numbers(parts.database),
    )  # fmt: skip


async def _report(parts: Parts, session: Session) -> EdgeReport | None:
    """What the edge says of itself; nothing while it is down, or to whom it is not said."""
    try:
        return await parts.health.look(session.token)
    except Forbidden:
        return None


def whole_site(parts: Parts) -> None:
    """What central did not take is about the whole site. Raises Forbidden for who is restricted to a part of it."""
    if not parts.scope.everything:
        raise Forbidden("this is about the whole site, and you are restricted to a part of it")


def kinds_of(session: Session) -> list[str]:
    """The kinds of records of which this user sees what was changed."""
    return sync.kinds_seen(session.row.rights)


@get("/sync", opt=needs(Permission.SITE_VIEW), tags=["sync"], responses=refusals(), operation_id="getSync")
async def get_sync(request: AnyRequest) -> Standing:
    """How this edge stands with the central server."""
    return await standing(parts_of(request), session_of(request))


@get(
    "/sync/disagreements", opt=needs(Permission.SITE_VIEW), tags=["sync"], responses=refusals(), operation_id="listDisagreement",
)  # fmt: skip
async def list_disagreements(request: AnyRequest, after: FromQuery[str] = "", limit: FromQuery[int] = 50) -> Page[DisagreementView]:
    """Changes made here that central refused, the oldest first, with both values; of kinds of records that you may see."""
    parts = parts_of(request)
    whole_site(parts)
    return await sync.disagreements(parts.database, kinds_of(session_of(request)), after=number(after), limit=limit)


@post(
    "/sync/disagreements/{change_id:str}/keep-theirs", opt=needs(Permission.CUSTOMERS_VIEW), tags=["sync"],
    responses=refusals(404), status_code=204, operation_id="keepTheirs",
)  # fmt: skip
async def keep_theirs(request: AnyRequest, change_id: FromPath[str]) -> Response[None]:
    """Leave the record as central has it. Needs the right to change records of its kind, too."""
    command = KeepTheirs(id=change_id)
    await parts_of(request).edge.send(command, token=session_of(request).token, request=request_id(request))
    return Response(None, status_code=204)


@post(
    "/sync/disagreements/{change_id:str}/ask-again", opt=needs(Permission.CUSTOMERS_VIEW), tags=["sync"],
    responses=refusals(404, 409, 413), status_code=204, operation_id="askAgain",
)  # fmt: skip
async def ask_again(request: AnyRequest, change_id: FromPath[str], data: JSONBody[AgainRequest]) -> Response[None]:
    """Make the change once more, on the record as it is now; central decides again. Needs the right to change records of its kind, too."""
    command = AskAgain(id=change_id, reason=data.reason)
    await parts_of(request).edge.send(command, token=session_of(request).token, request=request_id(request))
    return Response(None, status_code=204)


@get("/sync/refused-rows", opt=needs(Permission.SITE_VIEW), tags=["sync"], responses=refusals(), operation_id="listRefusedRow")
async def list_refused_rows(request: AnyRequest, after: FromQuery[str] = "", limit: FromQuery[int] = 50) -> Page[RefusedRow]:
    """Rows of central's that could not be taken here, and why; of kinds of records that you may see. They are asked for again every hour."""
    parts = parts_of(request)
    whole_site(parts)
    return await sync.refused_rows(parts.database, kinds_of(session_of(request)), after=after, limit=limit)


@get(
    "/sync/refused-events", opt=needs(Permission.EVENTS_VIEW), tags=["sync"], responses=refusals(), operation_id="listRefusedEvent"
)
async def list_refused_events(request: AnyRequest, after: FromQuery[str] = "", limit: FromQuery[int] = 50) -> Page[RefusedEvent]:
    """Events that central refused, newest first. They stay in the journal."""
    parts = parts_of(request)
    whole_site(parts)
    return await sync.refused_events(parts.database, before=number(after), limit=limit)


@post(
    "/events/{seq:int}/resend", opt=needs(Permission.SITE_MANAGE), tags=["sync"], responses=refusals(404, 409), status_code=200,
    operation_id="resendEvent",
)  # fmt: skip
async def resend_event(request: AnyRequest, seq: FromPath[int]) -> Event:
    """Send an event that central refused once more, carried by a new one, which is the answer. Once for each event."""
    return await parts_of(request).edge.ask(
        ResendEvent(event=seq), Event, token=session_of(request).token, request=request_id(request)
    )


HANDLERS = (
    get_sync, list_disagreements, keep_theirs, ask_again, list_refused_rows, list_refused_events, resend_event,
)  # fmt: skip
