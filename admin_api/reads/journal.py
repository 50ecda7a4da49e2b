"""Who did: events newest first in bounded looks, what comes after a number, visits, who is inside, last decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from admin_api.reads.conditions import seq_at
from admin_api.reads.cursor import Page
from admin_api.reads.database import Connection, Database
from admin_api.reads.entries import CHAIN, LOOKS_BACK, OF_COMPANY, OF_KIND, TAGGED, EntryQuery, Visit, entries, entry
from admin_api.reads.scope import also, within
from edge.core.errors import NotFound
from edge.core.event import Event
from edge.core.model import EVERYTHING, Scope
from edge.core.payment import Payment

LIVE_LOOKS_BACK = 20_000

_event = msgspec.json.Decoder(Event)


@dataclass(frozen=True, kw_only=True)
class EventQuery:
    """Filters of the event list. before: older than this seq; since and until in ms, until exclusive.

    Of a customer, or a card or vehicle (card); the rest as in EVENT_FILTERS.
    """

    customer: str = ""
    card: str = ""
    access_point: str = ""
    kind: str = ""
    code: str = ""
    outcome: str = ""
    zone: str = ""
    reader: str = ""
    credential: str = ""
    company: str = ""
    tag: str = ""
    person: str = ""
    since: int | None = None
    until: int | None = None
    before: int | None = None
    limit: int = 50


class JournalReads:
    """The journal as somebody sees it who is restricted to a scope: what is outside is not there."""

    def __init__(self, database: Database, scope: Scope = EVERYTHING) -> None:
        self._db, self._scope = database, scope

    async def head(self) -> int:
        """The seq of the last event."""
        rows = await self._db.fetch("SELECT seq FROM head")
        return int(rows[0][0]) if rows else 0

    async def event(self, seq: int) -> Event:
        """Raises NotFound."""
        terms, values = also("event", self._scope, "e")
        rows = await self._db.fetch(f"SELECT body FROM event e WHERE seq = ? {terms}", (seq, *values))
        if not rows:
            raise NotFound(f"there is no event {seq}", field="seq")
        return _event.decode(rows[0][0])

    async def sees(self, seq: int) -> bool:
        """Is this event within the scope."""
        if self._scope.everything:
            return True
        terms, values = also("event", self._scope, "e")
        return bool(await self._db.fetch(f"SELECT 1 FROM event e WHERE seq = ? {terms}", (seq, *values)))

    async def by_numbers(self, numbers: Iterable[int]) -> dict[int, Event]:
        """Those of these events that are kept and within the scope."""
        terms, values = also("event", self._scope, "e")
        wanted = msgspec.json.encode(list(numbers)).decode()
        rows = await self._db.fetch(
            f"SELECT body FROM event e WHERE seq IN (SELECT value FROM json_each(?)) {terms}", (wanted, *values)
        )
        return {event.seq: event for event in (_event.decode(body) for (body,) in rows)}

    async def events(self, query: EventQuery) -> Page[Event]:
        """Newest first. A page looks at LOOKS_BACK events at most; `next` goes on where it stopped, even when it found nothing."""
        limit = max(1, min(query.limit, 200))
        if query.customer or query.card:
            return await self._events_of(query, limit)
        top = query.before - 1 if query.before is not None else await self.head()
        if query.until is not None:
            top = min(top, await seq_at(self._db, query.until) - 1)
        least = await seq_at(self._db, query.since) - 1 if query.since is not None else 0
        floor = max(least, top - LOOKS_BACK)
        terms, values = _conditions(query, self._scope)
        rows = await self._db.fetch(
            f"SELECT e.seq, e.body FROM event e WHERE e.seq <= ? AND e.seq > ? {terms} ORDER BY e.seq DESC LIMIT ?",
            (top, floor, *values, limit + 1),
        )
        more = len(rows) > limit
        rows = rows[:limit]
        following = str(rows[-1][0]) if more else str(floor + 1) if floor > least else None
        return Page(items=[_event.decode(body) for _, body in rows], next=following)

    async def _events_of(self, query: EventQuery, limit: int) -> Page[Event]:
        """Along the chains of a customer's cards and vehicles, or of one of them."""
        terms, values = _conditions(query, self._scope)
        before = query.before if query.before is not None else 1 << 62
        rows = await self._db.fetch(
            f"{CHAIN} SELECT e.seq, e.body FROM chain c CROSS JOIN event e ON e.seq = c.seq WHERE e.seq < ? {terms} LIMIT ?",
            (query.customer, query.card, LOOKS_BACK, before, *values, limit + 1),
        )
        following = str(rows[limit - 1][0]) if len(rows) > limit else None
        return Page(items=[_event.decode(body) for _, body in rows[:limit]], next=following)

    async def entries(self, query: EntryQuery) -> Page[Visit]:
        """Visits, the newest first; `next` is the event in to go on below."""
        return await entries(self._db, query, self._scope)

    async def entry(self, seq: int) -> Visit:
        """Raises NotFound."""
        return await entry(self._db, seq, self._scope)

    async def payments(
        self, *, state: str = "", entry: int | None = None, since: int | None = None, until: int | None = None,
        before: int | None = None, limit: int = 50, customer: str = "", company: str = "",
    ) -> Page[Payment]:  # fmt: skip
        """Newest first; `next` is the payment to go on below."""
        limit = max(1, min(limit, 200))
        terms, values = ["1"], list[Any]()
        wanted = (("state =", state or None), ("entry =", entry), ("taken_at >=", since), ("taken_at <", until), ("id <", before))
        for term, value in wanted:
            if value is not None:
                terms.append(f"{term} ?")
                values.append(value)
        whose = "(SELECT customer FROM entry WHERE in_seq = p.entry)"
        for term, value in ((f"{whose} = ?", customer), (f"{whose} IN {OF_COMPANY}", company)):
            if value:
                terms.append(term)
                values += [value] * term.count("?")
        mine, of_scope = within("payment", self._scope, "p")
        terms += mine
        values += of_scope
        rows = await self._db.fetch(
            f"SELECT {', '.join(Payment.__struct_fields__)} FROM payment p WHERE {' AND '.join(terms)} ORDER BY id DESC LIMIT ?",
            (*values, limit + 1),
        )
        found = [msgspec.convert(dict(zip(Payment.__struct_fields__, r, strict=True)), Payment) for r in rows[:limit]]
        return Page(items=found, next=str(found[-1].id) if len(rows) > limit else None)

    async def customers_of(self, entries: list[int]) -> dict[int, str]:
        """Visit (the event in) -> whose it is, of those that are a customer's."""
        rows = await self._db.fetch(
            "SELECT in_seq, customer FROM entry WHERE customer IS NOT NULL AND in_seq IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(entries).decode(),),
        )
        return dict(rows)

    async def last_decisions(self, points: list[str]) -> dict[str, Event]:
        """Access point -> what was decided there last, looking back LIVE_LOOKS_BACK events."""
        terms, values = also("event", self._scope, "e")
        rows = await self._db.fetch(
            "SELECT (SELECT body FROM event e WHERE access_point = p.value AND kind IN ('decision', 'operator')"
            f" AND seq > (SELECT seq FROM head) - ? {terms} ORDER BY seq DESC LIMIT 1), p.value FROM json_each(?) p",
            (LIVE_LOOKS_BACK, *values, msgspec.json.encode(points).decode()),
        )
        return {point: _event.decode(body) for body, point in rows if body}

    async def presence(self, customers: list[str]) -> dict[str, tuple[int | None, str | None]]:
        """Customer -> (last let through at, zone they are in now), by their cards and vehicles."""
        rows = await self._db.fetch(
            "SELECT c.value, max(max(ifnull(w.last_at, 0), ifnull((SELECT at FROM event WHERE seq = w.last_seq AND outcome = 'granted'), 0))),"
            # (CROSS and IN, so that the few are looked up: as a join it went through every card there is)
            " max(w.visits ->> '$[#-1][1]') FROM json_each(?) c CROSS JOIN presence w ON w.holder IN (SELECT id FROM roster.card"
            " WHERE customer = c.value UNION ALL SELECT id FROM roster.vehicle WHERE customer = c.value) GROUP BY c.value",
            (msgspec.json.encode(customers).decode(),),
        )
        zones = self._scope.zones
        return {customer: (seen or None, zone if not zones or zone in zones else None) for customer, seen, zone in rows}

    async def last_uses(self, holders: list[str]) -> dict[str, tuple[int | None, int]]:
        """Card or vehicle -> (last let through at, entries spent), of those that were ever used."""
        rows = await self._db.fetch(
            "SELECT holder, last_at, spent FROM presence WHERE holder IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(holders).decode(),),
        )
        return {holder: (at, spent) for holder, at, spent in rows}


async def events_after(db: Connection, seq: int, limit: int = 500) -> list[tuple[int, str]]:
    """(seq, body) in order."""
    return [(s, b) for s, b in await db.fetch("SELECT seq, body FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))]


def decoded(body: str) -> Event:
    return _event.decode(body)


EVENT_FILTERS = {
    "access_point": "e.access_point = ?",
    "kind": "e.kind = ?",
    "code": "e.code = ?",
    "outcome": "e.outcome = ?",
    "zone": "e.body ->> '$.zone' = ?",
    "reader": "e.body ->> '$.reader' = ?",
    "credential": "e.body ->> '$.credential' = ?",
    "company": f"e.customer IN {OF_COMPANY}",
    "tag": f"(e.customer IN {TAGGED} OR e.card IN {TAGGED} OR e.access_point IN {TAGGED})",
    "person": f"e.customer IN {OF_KIND}",
}
"""Filter of the event list -> its condition: access point, zone, reader, credential kind, company, tag, kind of person."""


def _conditions(query: EventQuery, scope: Scope) -> tuple[str, list[Any]]:
    terms, values = also("event", scope, "e")
    for name, term in EVENT_FILTERS.items():
        if value := getattr(query, name):
            terms += f" AND {term}"
            values += [value] * term.count("?")
    for column, value in (("e.at >=", query.since), ("e.at <", query.until)):
        if value is not None:
            terms += f" AND {column} ?"
            values.append(value)
    return terms, values
