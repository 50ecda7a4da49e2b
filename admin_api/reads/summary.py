"""What one looks for first on a customer's record: where they are, when they were last seen, what they hold and what they owe."""

from __future__ import annotations

from collections import Counter

import msgspec
from msgspec import Struct

from admin_api.reads.conditions import Query
from admin_api.reads.entries import EntryQuery
from admin_api.reads.journal import EventQuery, JournalReads
from admin_api.reads.roster import RosterReads
from edge.core.event import Event, EventKind
from edge.core.model import Card, CardStatus, Permission, Vehicle
from edge.core.people import Customer
from edge.core.place import Booking, BookingState, Zone

MOST = 200
"""Cards, vehicles, bookings and unpaid visits looked at."""


class Inside(Struct, frozen=True, kw_only=True):
    """A zone somebody is in, and since when (ms)."""

    zone: str
    name: str
    since: int


class Summary(Struct, frozen=True, kw_only=True):
    """One customer at a glance; what the role may not see is left out.

    seen_at: let through last (ms). cards, vehicles: how many of them may be used now; valid_until: when the last of these ends (ms;
    None with some of them: no end). due: what is unpaid, in minor units by currency. next_booking: the running one, or the next.
    last: the newest decision about them.
    """

    customer: str
    status: str
    portal_blocked: bool = False
    inside: list[Inside] = []
    seen_at: int | None = None
    cards: int = 0
    vehicles: int = 0
    valid_until: int | None = None
    due: dict[str, int] = {}
    next_booking: Booking | None = None
    last: Event | None = None


async def summary(
    roster: RosterReads, journal: JournalReads, customer: Customer, now: int, rights: frozenset[Permission]
) -> Summary:
    """Of a customer, as somebody with these rights sees it."""
    mine = Query(filters=(("customer", customer.id),), limit=MOST)
    cards = (await roster.listing(Card, mine)).items if Permission.CARDS_VIEW in rights else []
    vehicles = (await roster.listing(Vehicle, mine)).items if Permission.VEHICLES_VIEW in rights else []
    things: tuple[Card | Vehicle, ...] = (*cards, *vehicles)
    usable = [thing for thing in things if _usable(thing, now)]
    ends = [thing.valid_to for thing in usable]
    bookings = (await roster.listing(Booking, mine)).items if Permission.BOOKINGS_VIEW in rights else []
    booked = [b for b in bookings if b.state is BookingState.CONFIRMED and b.to_at > now]
    said = Summary(
        customer=customer.id, status="deleted" if customer.deleted_at else customer.status.value, portal_blocked=customer.portal_blocked,
        cards=sum(isinstance(t, Card) for t in usable), vehicles=sum(isinstance(t, Vehicle) for t in usable), valid_until=None if None in ends else max((e for e in ends if e), default=None),
        next_booking=min(booked, key=lambda b: b.from_at, default=None),
    )  # fmt: skip
    if Permission.EVENTS_VIEW not in rights:
        return said
    return await _with_visits(said, roster, journal, rights)


def _usable(thing: Card | Vehicle, now: int) -> bool:
    begun, ended = thing.valid_from is None or thing.valid_from <= now, thing.valid_to is not None and thing.valid_to <= now
    return thing.status is CardStatus.ACTIVE and begun and not ended


async def _with_visits(said: Summary, roster: RosterReads, journal: JournalReads, rights: frozenset[Permission]) -> Summary:
    names = await roster.names(Zone)
    visits = (await journal.entries(EntryQuery(customer=said.customer, open=True, limit=MOST))).items
    seen, _ = (await journal.presence([said.customer])).get(said.customer, (None, None))
    last = (await journal.events(EventQuery(customer=said.customer, kind=EventKind.DECISION, limit=1))).items
    due: Counter[str] = Counter()
    if Permission.PAYMENTS_VIEW in rights:
        for visit in (await journal.entries(EntryQuery(customer=said.customer, payment="unpaid", limit=MOST))).items:
            if visit.total is not None:
                due[visit.currency] += visit.total - visit.paid
    return msgspec.structs.replace(
        said, inside=[Inside(zone=v.zone, name=names.get(v.zone, ""), since=v.in_at) for v in visits], seen_at=seen, due=dict(due),
        last=last[0] if last else None,
    )  # fmt: skip
