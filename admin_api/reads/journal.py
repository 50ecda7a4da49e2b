"""Who did: events newest first in bounded looks, what comes after a number, visits, who is inside, last decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from admin_api.reads.cursor import Page
from admin_api.reads.database import Connection, Database
from edge.core.errors import NotFound
from edge.core.model import Event

LOOKS_BACK = 50_000
"""Events one page looks at, at most: a rare filter answers with fewer and says where to go on."""
LIVE_LOOKS_BACK = 20_000

_event = msgspec.json.Decoder(Event)


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
    """A visit: who, which zone, in and out with the events that say so. flag: '' or doubtful or ghost."""

    id: int
    holder: str
    customer: str | None
    label: str
    zone: str
    in_at: int
    in_seq: int
    out_at: int | None = None
    out_seq: int | None = None
    flag: str = ""


class Occupancy(Struct, frozen=True, kw_only=True):
    """How many are in a zone, and how many of them only by a doubtful reading."""

    zone: str
    inside: int
    doubtful: int


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
        top = query.before - 1 if query.before is not None else await self.head()
        floor = max(0, top - LOOKS_BACK)
        terms, values = _conditions(query)
        if query.customer:
            floor = 0  # the customer's own index: nothing else is looked at
        rows = await self._db.fetch(
            f"SELECT seq, body FROM event WHERE seq <= ? AND seq > ? {terms} ORDER BY seq DESC LIMIT ?",
            (top, floor, *values, limit + 1),
        )
        more = len(rows) > limit
        rows = rows[:limit]
        following = str(rows[-1][0]) if more else str(floor + 1) if floor > 0 else None
        return Page(items=[_event.decode(body) for _, body in rows], next=following)

    async def entries(
        self, *, customer: str = "", zone: str = "", open: bool | None = None, before: int | None = None, limit: int = 50
    ) -> Page[Visit]:
        """Visits, the newest first; `next` is the id to go on below."""
        limit = max(1, min(limit, 200))
        terms, values = ["1"], list[Any]()
        for column, value in (("customer", customer), ("zone", zone)):
            if value:
                terms.append(f"{column} = ?")
                values.append(value)
        if open is not None:
            terms.append("out_at IS NULL" if open else "out_at IS NOT NULL")
        if before is not None:
            terms.append("id < ?")
            values.append(before)
        rows = await self._db.fetch(
            "SELECT id, holder, customer, label, zone, in_at, in_seq, out_at, out_seq, flag FROM entry"
            f" WHERE {' AND '.join(terms)} ORDER BY id DESC LIMIT ?",
            (*values, limit + 1),
        )
        visits = [msgspec.convert(dict(zip(Visit.__struct_fields__, r, strict=True)), Visit) for r in rows[:limit]]
        return Page(items=visits, next=str(visits[-1].id) if len(rows) > limit else None)

    async def occupancy(self) -> list[Occupancy]:
        rows = await self._db.fetch("SELECT zone, count(*), sum(flag = 'doubtful') FROM entry WHERE out_at IS NULL GROUP BY zone")
        return [Occupancy(zone=zone, inside=inside, doubtful=doubtful) for zone, inside, doubtful in rows]

    async def last_decisions(self, points: list[str]) -> dict[str, Event]:
        """Access point -> what was decided there last, looking back LIVE_LOOKS_BACK events."""
        rows = await self._db.fetch(
            "SELECT (SELECT body FROM event WHERE access_point = p.value AND kind IN ('decision', 'operator')"
            " AND seq > (SELECT seq FROM head) - ? ORDER BY seq DESC LIMIT 1), p.value FROM json_each(?) p",
            (LIVE_LOOKS_BACK, msgspec.json.encode(points).decode()),
        )
        return {point: _event.decode(body) for body, point in rows if body}

    async def presence(self, customers: list[str]) -> dict[str, tuple[int | None, str | None]]:
        """Customer -> (last let through at, zone they are in now)."""
        rows = await self._db.fetch(
            "SELECT c.value, (SELECT at FROM event WHERE customer = c.value AND code LIKE 'granted%' ORDER BY seq DESC LIMIT 1),"
            " (SELECT zone FROM entry WHERE customer = c.value AND out_at IS NULL ORDER BY in_at DESC LIMIT 1) FROM json_each(?) c",
            (msgspec.json.encode(customers).decode(),),
        )
        return {customer: (seen, zone) for customer, seen, zone in rows}


async def events_after(db: Connection, seq: int, limit: int = 500) -> list[tuple[int, str]]:
    """(seq, body) in order."""
    return [(s, b) for s, b in await db.fetch("SELECT seq, body FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))]


def decoded(body: str) -> Event:
    return _event.decode(body)


def _conditions(query: EventQuery) -> tuple[str, list[Any]]:
    terms, values = "", list[Any]()
    for column in ("customer", "access_point", "card", "kind", "code"):
        value = getattr(query, column)
        if value:
            terms += f" AND {column} = ?"
            values.append(value)
    if query.outcome:
        terms += " AND body ->> '$.outcome' = ?"
        values.append(query.outcome)
    for column, value in (("at >=", query.since), ("at <", query.until)):
        if value is not None:
            terms += f" AND {column} ?"
            values.append(value)
    return terms, values
