"""Visits: the list with its filters, one with both its events, ended by hand."""

from __future__ import annotations

from typing import Literal

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.reads.cursor import Page
from admin_api.reads.entries import EntryQuery, Visit
from admin_api.rest.common import AnyRequest, Reasoned, number, refusals, request_id
from admin_api.rest.saved_filters import saved_values, together
from edge.commands.presence import Corrected, CorrectPresence
from edge.core.errors import Conflict
from edge.core.event import Event
from edge.core.model import Permission
from edge.core.payment import Payment
from edge.core.people import PersonKind
from edge.core.saved import ExportArea

Paid = Literal["none", "unpaid", "pending", "paid", "refunded"]
Flag = Literal["doubtful", "ghost", "void", "corrected"]


class EntryDetail(Struct, frozen=True, kw_only=True):
    """A visit with the event in, the event out and its payments (for who may see payments)."""

    entry: Visit
    event_in: Event
    event_out: Event | None = None
    payments: list[Payment] = []


@get("/entries", opt=needs(Permission.EVENTS_VIEW), tags=["entries"], responses=refusals(), operation_id="listEntry")
async def list_entries(
    request: AnyRequest, customer: FromQuery[str] = "", holder: FromQuery[str] = "", zone: FromQuery[str] = "",
    open: FromQuery[bool | None] = None, company: FromQuery[str] = "", tag: FromQuery[str] = "",
    person: FromQuery[PersonKind | None] = None, access_point: FromQuery[str] = "", flag: FromQuery[Flag | None] = None,
    payment: FromQuery[Paid | None] = None, since: FromQuery[int | None] = None, until: FromQuery[int | None] = None,
    left_since: FromQuery[int | None] = None, left_until: FromQuery[int | None] = None, least: FromQuery[int | None] = None,
    most: FromQuery[int | None] = None, saved: FromQuery[str] = "", after: FromQuery[str] = "", limit: FromQuery[int] = 50,
) -> Page[Visit]:  # fmt: skip
    """Visits, newest first, with what they came to and what was paid. open: who is inside now.

    holder: a card or vehicle; person: of people of this kind; access_point: came in or went out there; since and until: came in;
    left_since and left_until: went out (ms since 1970 UTC, the end exclusive); least and most: what it came to, in minor units;
    saved: a saved filter, together with the other parameters, which win.
    A page looks back over 50 000 visits at most and may come with few or none: go on with `next` as `after` until there is none.
    """
    given = {
        "customer": customer, "holder": holder, "zone": zone, "open": open, "company": company, "tag": tag,
        "person": person.value if person else "", "access_point": access_point, "flag": flag, "payment": payment, "since": since,
        "until": until, "left_since": left_since, "left_until": left_until, "least": least, "most": most,
    }  # fmt: skip
    wanted = together(await saved_values(request, ExportArea.ENTRIES, saved), given)
    query = EntryQuery(point=wanted.pop("access_point", ""), **wanted, before=number(after), limit=limit)
    return await parts_of(request).journal.entries(query)


@get("/entries/{seq:int}", opt=needs(Permission.EVENTS_VIEW), tags=["entries"], responses=refusals(404), operation_id="getEntry")
async def get_entry(request: AnyRequest, seq: FromPath[int]) -> EntryDetail:
    """One visit with its events, their evidence, and its payments. seq: of the event in."""
    journal = parts_of(request).journal
    visit = await journal.entry(seq)
    sees_money = session_of(request).may(Permission.PAYMENTS_VIEW)
    return EntryDetail(
        entry=visit,
        event_in=await journal.event(seq),
        event_out=await journal.event(visit.out_seq) if visit.out_seq else None,
        payments=(await journal.payments(entry=seq, limit=200)).items if sees_money else [],
    )


@post(
    "/entries/{seq:int}/close", opt=needs(Permission.PRESENCE_CORRECT), tags=["entries"], responses=refusals(404, 409, 413),
    status_code=200, operation_id="closeEntry",
)  # fmt: skip
async def close_entry(request: AnyRequest, seq: FromPath[int], data: JSONBody[Reasoned]) -> Corrected:
    """End an open visit by hand: its holder is outside. Spends no use, opens no door. Idempotency-Key: a retry ends nothing else."""
    visit = await parts_of(request).journal.entry(seq)
    if visit.out_at is not None:
        raise Conflict("this visit has ended already", field="seq")
    command = CorrectPresence(holder=visit.holder, reason=data.reason)
    return await parts_of(request).edge.ask(command, Corrected, token=session_of(request).token, request=request_id(request))


HANDLERS = (list_entries, get_entry, close_entry)
