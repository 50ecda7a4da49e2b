"""Visits: who was where, since when, until when, and what it came to; newest first, in bounded looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from admin_api.reads.conditions import seq_at
from admin_api.reads.cursor import Page
from admin_api.reads.scope import also
from edge.core.errors import NotFound
from edge.core.model import EVERYTHING, Scope

if TYPE_CHECKING:  # the process that writes exports reads these tables, and has no use for the desk's connections
    from admin_api.reads.database import Database

LOOKS_BACK = 50_000
"""Events or visits one page looks at, at most: a rare filter answers with fewer and says where to go on."""

OF_COMPANY = (
    "(SELECT id FROM roster.customer WHERE company = ? UNION ALL SELECT customer FROM roster.company_member WHERE company = ?)"
)
TAGGED = "(SELECT owner FROM roster.tagged WHERE tag = lower(?))"
OF_KIND = "(SELECT id FROM roster.customer WHERE kind = ?)"
"""Ids of customers and things: of a company, with a tag, of a kind of person."""

PAYMENT = """CASE WHEN n.flag = 'void' THEN 'none'
 WHEN EXISTS (SELECT 1 FROM payment WHERE entry = n.in_seq AND state = 'pending') THEN 'pending'
 WHEN n.paid > 0 AND iif(n.total IS NULL, n.settled_at IS NOT NULL, n.paid >= n.total) THEN 'paid'
 WHEN EXISTS (SELECT 1 FROM payment WHERE entry = n.in_seq AND refunded > 0) THEN 'refunded'
 WHEN n.total > n.paid OR n.paid > 0 OR (n.out_at IS NULL AND (SELECT tariff FROM roster.zone WHERE id = n.zone) IS NOT NULL) THEN 'unpaid'
 ELSE 'none' END"""

CHAIN = """WITH RECURSIVE chain(seq) AS (
  SELECT last_seq FROM presence WHERE last_seq > 0 AND holder IN (
    SELECT id FROM roster.card WHERE customer = ?1 OR id = ?2 UNION ALL SELECT id FROM roster.vehicle WHERE customer = ?1 OR id = ?2)
  UNION ALL SELECT e.prev FROM chain c JOIN event e ON e.seq = c.seq WHERE e.prev > 0
  ORDER BY 1 DESC LIMIT ?3)"""
"""The events of a customer's cards and vehicles (?1), or of one of them (?2), newest first: each event names the one before it,
and the ORDER BY makes the walk over several chains a merge."""


@dataclass(frozen=True, kw_only=True)
class EntryQuery:
    """Filters of the list of visits. Of a customer, or of a card or vehicle (holder); of people of a company, with a tag or of a kind (person).

    open: who is in now, or not; point: the access point they came in or went out by; since and until: came in (ms, until
    exclusive); left_since and left_until: went out; payment: as in Visit; least and most: what it came to, in minor units.
    before: the event in to go on below.
    """

    customer: str = ""
    holder: str = ""
    zone: str = ""
    open: bool | None = None
    company: str = ""
    tag: str = ""
    person: str = ""
    point: str = ""
    flag: str = ""
    payment: str = ""
    since: int | None = None
    until: int | None = None
    left_since: int | None = None
    left_until: int | None = None
    least: int | None = None
    most: int | None = None
    before: int | None = None
    limit: int = 50


ENTRY_FILTERS = {
    "holder": "n.holder = ?",
    "zone": "n.zone = ?",
    "company": f"n.customer IN {OF_COMPANY}",
    "tag": f"(n.customer IN {TAGGED} OR n.holder IN {TAGGED} OR (SELECT access_point FROM event WHERE seq = n.in_seq) IN {TAGGED})",
    "person": f"n.customer IN {OF_KIND}",
    "point": "? IN ((SELECT access_point FROM event WHERE seq = n.in_seq), (SELECT access_point FROM event WHERE seq = n.out_seq))",
    "flag": "n.flag = ?",
    "payment": f"({PAYMENT}) = ?",
    "left_since": "n.out_at >= ?",
    "left_until": "n.out_at < ?",
    "least": "n.total >= ?",
    "most": "n.total <= ?",
}
"""Filter of the list of visits -> its condition."""


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


async def entries(database: Database, query: EntryQuery, scope: Scope = EVERYTHING) -> Page[Visit]:
    """Newest first. A page looks at LOOKS_BACK visits at most; `next` goes on where it stopped, even when it found nothing."""
    limit = max(1, min(query.limit, 200))
    top = query.before if query.before is not None else 1 << 62
    if query.until is not None:
        top = min(top, await seq_at(database, query.until))
    least = await seq_at(database, query.since) if query.since is not None else 0
    terms, values = _conditions(query, scope)
    floor, chain, source, first = least, "", "entry n", list[Any]()
    if query.customer:
        chain, source, first = CHAIN, "chain c CROSS JOIN entry n ON n.in_seq = c.seq", [query.customer, "", LOOKS_BACK]
    elif values:
        rows = await database.fetch(
            "SELECT in_seq FROM entry WHERE in_seq < ? ORDER BY in_seq DESC LIMIT 1 OFFSET ?", (top, LOOKS_BACK)
        )
        floor = max(least, rows[0][0] + 1) if rows else least
    rows = await database.fetch(
        f"{chain} SELECT n.in_seq, n.holder, n.customer, n.label, n.zone, n.in_at, n.out_at, n.out_seq, n.flag,"
        f" n.total, n.paid, n.currency, {PAYMENT} FROM {source}"
        f" WHERE n.in_seq < ? AND n.in_seq >= ? {terms} ORDER BY n.in_seq DESC LIMIT ?",
        (*first, top, floor, *values, limit + 1),
    )
    visits = [msgspec.convert(dict(zip(Visit.__struct_fields__, r, strict=True)), Visit) for r in rows[:limit]]
    more = visits[-1].in_seq if len(rows) > limit else floor if floor > least else None
    return Page(items=visits, next=str(more) if more is not None else None)


async def entry(database: Database, seq: int, scope: Scope = EVERYTHING) -> Visit:
    """Raises NotFound."""
    found = (await entries(database, EntryQuery(before=seq + 1, limit=1), scope)).items
    if not found or found[0].in_seq != seq:
        raise NotFound(f"there is no entry {seq}", field="entry")
    return found[0]


def _conditions(query: EntryQuery, scope: Scope) -> tuple[str, list[Any]]:
    terms, values = also("entry", scope, "n")
    if query.open is not None:
        terms += f" AND n.out_at IS {'' if query.open else 'NOT '}NULL"
    for name, term in ENTRY_FILTERS.items():
        value = getattr(query, name)
        if value not in ("", None):
            terms += f" AND {term}"
            values += [value] * term.count("?")
    return terms, values
