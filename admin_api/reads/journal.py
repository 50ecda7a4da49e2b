"""Who did: events newest first in bounded looks, what comes after a number, visits, who is inside, last decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from admin_api.reads.cursor import Page
from edge.core.errors import NotFound
from edge.core.event import Event
from edge.core.payment import Payment

if TYPE_CHECKING:  # as in roster.py
    from admin_api.reads.database import Connection, Database

LOOKS_BACK = 50_000
"""Events one page looks at, at most: a rare filter answers with fewer and says where to go on."""
LIVE_LOOKS_BACK = 20_000

_event = msgspec.json.Decoder(Event)

PAYMENT = """CASE WHEN n.flag = 'void' THEN 'none'
 WHEN EXISTS (SELECT 1 FROM payment WHERE entry = n.in_seq AND state = 'pending') THEN 'pending'
 WHEN n.paid > 0 AND iif(n.total IS NULL, n.settled_at IS NOT NULL, n.paid >= n.total) THEN 'paid'
 WHEN EXISTS (SELECT 1 FROM payment WHERE entry = n.in_seq AND refunded > 0) THEN 'refunded'
 WHEN n.total > n.paid OR n.paid > 0 OR (n.out_at IS NULL AND (SELECT tariff FROM roster.zone WHERE id = n.zone) IS NOT NULL) THEN 'unpaid'
 ELSE 'none' END"""

_CHAIN = """WITH RECURSIVE chain(seq) AS (
  SELECT last_seq FROM presence WHERE last_seq > 0 AND holder IN (
    SELECT id FROM roster.card WHERE customer = ?1 OR id = ?2 UNION ALL SELECT id FROM roster.vehicle WHERE customer = ?1 OR id = ?2)
  UNION ALL SELECT e.prev FROM chain c JOIN event e ON e.seq = c.seq WHERE e.prev > 0
  ORDER BY 1 DESC LIMIT ?3)"""
"""The events of a customer's cards and vehicles (?1), or of one of them (?2), newest first: each event names the one before it,
and the ORDER BY makes the walk over several chains a merge."""


@dataclass(frozen=True, kw_only=True)
class EventQuery:
    """Filters of the event list. before: older than this seq; since and until in ms, until exclusive."""

    customer: str = ""
    access_point: str = ""
    card: str = ""
    kind: str = ""
    code: str = ""
    outcome: str = ""
    since: int | None = None
    until: int | None = None
    before: int | None = None
    limit: int = 50


class Visit(Struct, frozen=True, kw_only=True):
    """A visit, known by the event in: who, which zone, in and out. flag: '' or doubtful or ghost or void or corrected.

    total: what it came to when it ended in a zone with a tariff, paid: payments less refunds, both in minor units of `currency`.
    payment: none (nothing to pay), unpaid (something is due, or will be), pending, paid or refunded.
    """

    in_seq: int
    holder: str
    customer: str | None
    label: str
    zone: str
    in_at: int
    out_at: int | None = None
    out_seq: int | None = None
    flag: str = ""
    total: int | None = None
    paid: int = 0
    currency: str = ""
    payment: str = "none"


class JournalReads:
    """The journal as the desk sees it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def head(self) -> int:
        """The seq of the last event."""
        rows = await self._db.fetch("SELECT seq FROM head")
        return int(rows[0][0]) if rows else 0

    async def event(self, seq: int) -> Event:
        """Raises NotFound."""
        rows = await self._db.fetch("SELECT body FROM event WHERE seq = ?", (seq,))
        if not rows:
            raise NotFound(f"there is no event {seq}", field="seq")
        return _event.decode(rows[0][0])

    async def events(self, query: EventQuery) -> Page[Event]:
        """Newest first. A page looks at LOOKS_BACK events at most; `next` goes on where it stopped, even when it found nothing."""
        limit = max(1, min(query.limit, 200))
        if query.customer or query.card:
            return await self._events_of(query, limit)
        top = query.before - 1 if query.before is not None else await self.head()
        floor = max(0, top - LOOKS_BACK)
        terms, values = _conditions(query)
        rows = await self._db.fetch(
            f"SELECT seq, body FROM event WHERE seq <= ? AND seq > ? {terms} ORDER BY seq DESC LIMIT ?",
            (top, floor, *values, limit + 1),
        )
        more = len(rows) > limit
        rows = rows[:limit]
        following = str(rows[-1][0]) if more else str(floor + 1) if floor > 0 else None
        return Page(items=[_event.decode(body) for _, body in rows], next=following)

    async def _events_of(self, query: EventQuery, limit: int) -> Page[Event]:
        """Along the chains of a customer's cards and vehicles, or of one of them."""
        terms, values = _conditions(query)
        before = query.before if query.before is not None else 1 << 62
        rows = await self._db.fetch(
            f"{_CHAIN} SELECT e.seq, e.body FROM chain c CROSS JOIN event e ON e.seq = c.seq WHERE e.seq < ? {terms} LIMIT ?",
            (query.customer, query.card, LOOKS_BACK, before, *values, limit + 1),
        )
        following = str(rows[limit - 1][0]) if len(rows) > limit else None
        return Page(items=[_event.decode(body) for _, body in rows[:limit]], next=following)

    async def entries(
        self, *, customer: str = "", zone: str = "", open: bool | None = None, before: int | None = None, limit: int = 50
    ) -> Page[Visit]:
        """Visits, the newest first; `next` is the event in to go on below."""
        limit = max(1, min(limit, 200))
        terms, values = ["1"], list[Any]()
        if zone:
            terms.append("n.zone = ?")
            values.append(zone)
        if open is not None:
            terms.append("n.out_at IS NULL" if open else "n.out_at IS NOT NULL")
        if before is not None:
            terms.append("n.in_seq < ?")
            values.append(before)
        chain, source, first = "", "entry n", list[Any]()
        if customer:
            chain, source, first = _CHAIN, "chain c CROSS JOIN entry n ON n.in_seq = c.seq", [customer, "", LOOKS_BACK]
        rows = await self._db.fetch(
            f"{chain} SELECT n.in_seq, n.holder, n.customer, n.label, n.zone, n.in_at, n.out_at, n.out_seq, n.flag,"
            f" n.total, n.paid, n.currency, {PAYMENT} FROM {source}"
            f" WHERE {' AND '.join(terms)} ORDER BY n.in_seq DESC LIMIT ?",
            (*first, *values, limit + 1),
        )
        visits = [msgspec.convert(dict(zip(Visit.__struct_fields__, r, strict=True)), Visit) for r in rows[:limit]]
        return Page(items=visits, next=str(visits[-1].in_seq) if len(rows) > limit else None)

    async def entry(self, seq: int) -> Visit:
        """Raises NotFound."""
        found = (await self.entries(before=seq + 1, limit=1)).items
        if not found or found[0].in_seq != seq:
            raise NotFound(f"there is no entry {seq}", field="entry")
        return found[0]

    async def payments(
        self, *, state: str = "", entry: int | None = None, since: int | None = None, until: int | None = None,
        before: int | None = None, limit: int = 50,
    ) -> Page[Payment]:  # fmt: skip
        """Newest first; `next` is the payment to go on below."""
        limit = max(1, min(limit, 200))
        terms, values = ["1"], list[Any]()
        wanted = (("state =", state or None), ("entry =", entry), ("taken_at >=", since), ("taken_at <", until), ("id <", before))
        for term, value in wanted:
            if value is not None:
                terms.append(f"{term} ?")
                values.append(value)
        rows = await self._db.fetch(
            f"SELECT {', '.join(Payment.__struct_fields__)} FROM payment WHERE {' AND '.join(terms)} ORDER BY id DESC LIMIT ?",
            (*values, limit + 1),
        )
        found = [msgspec.convert(dict(zip(Payment.__struct_fields__, r, strict=True)), Payment) for r in rows[:limit]]
        return Page(items=found, next=str(found[-1].id) if len(rows) > limit else None)

    async def last_decisions(self, points: list[str]) -> dict[str, Event]:
        """Access point -> what was decided there last, looking back LIVE_LOOKS_BACK events."""
        rows = await self._db.fetch(
            "SELECT (SELECT body FROM event WHERE access_point = p.value AND kind IN ('decision', 'operator')"
            " AND seq > (SELECT seq FROM head) - ? ORDER BY seq DESC LIMIT 1), p.value FROM json_each(?) p",
            (LIVE_LOOKS_BACK, msgspec.json.encode(points).decode()),
        )
        return {point: _event.decode(body) for body, point in rows if body}

    async def presence(self, customers: list[str]) -> dict[str, tuple[int | None, str | None]]:
        """Customer -> (last let through at, zone they are in now), by their cards and vehicles."""
        rows = await self._db.fetch(
            "SELECT c.value, max(max(ifnull(w.last_at, 0), ifnull((SELECT at FROM event WHERE seq = w.last_seq AND outcome = 'granted'), 0))),"
            " max(w.visits ->> '$[#-1][1]') FROM json_each(?) c JOIN (SELECT id, customer FROM roster.card UNION ALL SELECT id, customer FROM roster.vehicle) h"
            " ON h.customer = c.value JOIN presence w ON w.holder = h.id GROUP BY c.value",
            (msgspec.json.encode(customers).decode(),),
        )
        return {customer: (seen or None, zone) for customer, seen, zone in rows}


async def events_after(db: Connection, seq: int, limit: int = 500) -> list[tuple[int, str]]:
    """(seq, body) in order."""
    return [(s, b) for s, b in await db.fetch("SELECT seq, body FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))]


def decoded(body: str) -> Event:
    return _event.decode(body)


def _conditions(query: EventQuery) -> tuple[str, list[Any]]:
    terms, values = "", list[Any]()
    for column in ("access_point", "kind", "code", "outcome"):
        value = getattr(query, column)
        if value:
            terms += f" AND {column} = ?"
            values.append(value)
    for column, value in (("at >=", query.since), ("at <", query.until)):
        if value is not None:
            terms += f" AND {column} ?"
            values.append(value)
    return terms, values
