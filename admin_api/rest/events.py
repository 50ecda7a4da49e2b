"""What happened: the list with its filters, one event, the live stream, visits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.live import Line
from admin_api.parts import Parts
from admin_api.reads.cursor import Page
from admin_api.reads.journal import EventQuery
from admin_api.rest.common import AnyRequest, number, refusals, request_id
from admin_api.rest.saved_filters import saved_values, together
from edge.commands.doors import ExplainEvent
from edge.commands.remedies import ApplyRemedy, Remedied
from edge.core.decide import Explanation
from edge.core.event import Event, EventKind
from edge.core.judgement import Outcome, Remedy
from edge.core.model import CredentialKind, Permission
from edge.core.people import PersonKind
from edge.core.saved import ExportArea

HEARTBEAT_S = 15.0


@get("/events", opt=needs(Permission.EVENTS_VIEW), tags=["events"], responses=refusals(), operation_id="listEvent")
async def list_events(
    request: AnyRequest,
    customer: FromQuery[str] = "",
    access_point: FromQuery[str] = "",
    card: FromQuery[str] = "",
    kind: FromQuery[EventKind | None] = None,
    outcome: FromQuery[Outcome | None] = None,
    reason: FromQuery[str] = "",
    zone: FromQuery[str] = "",
    reader: FromQuery[str] = "",
    credential: FromQuery[CredentialKind | None] = None,
    company: FromQuery[str] = "",
    tag: FromQuery[str] = "",
    person: FromQuery[PersonKind | None] = None,
    since: FromQuery[int | None] = None,
    until: FromQuery[int | None] = None,
    saved: FromQuery[str] = "",
    after: FromQuery[str] = "",
    limit: FromQuery[int] = 50,
) -> Page[Event]:
    """Newest first. since and until: ms since 1970 UTC, until exclusive; reason: the code of a decision or event; tag: of the customer or vehicle;
    saved: a saved filter, together with the other parameters, which win.

    A page looks back over 50 000 events at most and may come with few or none: go on with `next` as `after` until there is none.
    """
    given = {
        "customer": customer, "access_point": access_point, "card": card, "kind": kind, "reason": reason, "outcome": outcome, "zone": zone,
        "reader": reader, "credential": credential, "company": company, "tag": tag, "person": person, "since": since, "until": until,
    }  # fmt: skip
    wanted = together(await saved_values(request, ExportArea.EVENTS, saved), {n: getattr(v, "value", v) for n, v in given.items()})
    query = EventQuery(code=wanted.pop("reason", ""), **wanted, before=number(after), limit=limit)
    return await parts_of(request).journal.events(query)


@get("/events/{seq:int}", opt=needs(Permission.EVENTS_VIEW), tags=["events"], responses=refusals(404), operation_id="getEvent")
async def get_event(request: AnyRequest, seq: FromPath[int]) -> Event:
    """One event with the facts its decision was made from."""
    return await parts_of(request).journal.event(seq)


@get(
    "/events/stream",
    opt=needs(Permission.EVENTS_VIEW),
    tags=["events"],
    media_type="text/event-stream",
    responses=refusals(),
    operation_id="streamEvents",
)
async def stream_events(request: AnyRequest, after: FromQuery[int | None] = None) -> Stream:
    """Events as they come (server-sent events; id is the seq, data the event). Last-Event-ID or `after` goes on behind that seq."""
    parts, session = parts_of(request), session_of(request)
    return event_stream(api_lines(parts, session.token, resume_from(request, after)))


async def api_lines(parts: Parts, token: str, after: int | None) -> AsyncIterator[bytes]:
    """The stream as bytes: every event once, in order; a comment when quiet; ends when the session does."""
    yield b"retry: 1000\n\n"
    async with parts.hub.listen(after) as lines:
        async for line in with_heartbeat(lines, parts, token):
            yield b": still here\n\n" if line is None else f"id: {line[0]}\nevent: event\ndata: {line[1]}\n\n".encode()


async def with_heartbeat(lines: AsyncIterator[Line | None], parts: Parts, token: str) -> AsyncIterator[Line | None]:
    """Pass lines on; None every 15 s, when also the session is looked at: a stream does not outlive it."""
    clock = asyncio.get_running_loop().time
    checked = clock()
    async for line in lines:
        if line is not None and await parts.journal.sees(line[0]):
            yield line
        if clock() - checked >= HEARTBEAT_S:
            checked = clock()
            if not await still_the_same(parts, token):
                return
            yield None


async def still_the_same(parts: Parts, token: str) -> bool:
    """Is the session live, and restricted to what it was when its stream began."""
    who = await parts.roster.session(token, parts.now())
    return who is not None and who.scope == parts.scope


def event_stream(content: AsyncIterator[bytes]) -> Stream:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(content, media_type="text/event-stream", headers=headers)


def resume_from(request: AnyRequest, after: int | None) -> int | None:
    """Behind which seq a stream goes on: what the browser heard last, else what the address says, else from now."""
    heard = number(request.headers.get("last-event-id", ""), "Last-Event-ID")
    return after if heard is None else heard


@get(
    "/events/{seq:int}/explanation",
    opt=needs(Permission.EVENTS_VIEW),
    tags=["events"],
    responses=refusals(404),
    operation_id="explainEvent",
)
async def explain_event(request: AnyRequest, seq: FromPath[int]) -> Explanation:
    """What every rule saw in the facts that the event kept, at its access point as it is set up now."""
    return await parts_of(request).edge.ask(ExplainEvent(event=seq), Explanation, token=session_of(request).token)


class RemedyRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which remedy of the refusal's, why, and what it needs to know (docs/decision.md). open: judge again and open if granted."""

    remedy: Remedy
    reason: str
    fields: dict[str, Any] = {}
    open: bool = True


@post(
    "/events/{seq:int}/remedy", opt=needs(Permission.EVENTS_VIEW), tags=["events"], responses=refusals(404, 409, 413),
    status_code=200, operation_id="remedyEvent",
)  # fmt: skip
async def remedy_event(request: AnyRequest, seq: FromPath[int], data: JSONBody[RemedyRequest]) -> Remedied:
    """Correct what the refusal was for; the same reading is judged again, and the door opens if it is granted now.

    Needs the right of what it corrects, and doors.open. Idempotency-Key: a retry gets the first answer and opens nothing."""
    command = ApplyRemedy(event=seq, remedy=data.remedy, reason=data.reason, fields=data.fields, open=data.open)
    return await parts_of(request).edge.ask(command, Remedied, token=session_of(request).token, request=request_id(request))


HANDLERS = (list_events, get_event, explain_event, remedy_event, stream_events)
