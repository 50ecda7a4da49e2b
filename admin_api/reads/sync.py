"""What stands between this edge and the central server: changes that wait or were refused, rows and events that were not taken."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from admin_api.reads.cursor import Page
from admin_api.reads.database import Database
from edge.core.merge import SYNCED
from edge.core.model import Card, Permission, Vehicle
from edge.core.place import Booking, RevokedPass
from edge.store.tables import TABLES

VIEWS = {
    "customer": Permission.CUSTOMERS_VIEW, "group": Permission.CUSTOMERS_VIEW, "customerlist": Permission.CUSTOMERS_VIEW,
    "company": Permission.COMPANIES_VIEW, "card": Permission.CARDS_VIEW, "vehicle": Permission.VEHICLES_VIEW,
    "booking": Permission.BOOKINGS_VIEW,
}  # fmt: skip
"""Who may see what was changed of a kind; of every other kind, who sees the site."""
WAITING, REFUSED = "waiting", "refused"


class Numbers(Struct, frozen=True, kw_only=True):
    """How many of each there are: changes that wait for central, changes that it refused, rows and events that were not taken."""

    changes_waiting: int
    disagreements: int
    refused_rows: int
    refused_events: int


class DisagreementView(Struct, frozen=True, kw_only=True):
    """A change that central refused. op: put or delete; name: of the record as it is here (null: there is none any more).

    fields: what was wanted here; theirs: what central has in them; code: changed_since, blocked, deleted, unknown_row, unknown_type,
    refused or another of central's, reason in its words; actor and at (ms): who made it and when.
    """

    id: str
    op: str
    type: str
    row: str
    name: str | None
    fields: dict[str, Any]
    theirs: dict[str, Any]
    code: str
    reason: str
    actor: str
    at: int


class RefusedRow(Struct, frozen=True, kw_only=True):
    """A row of central's that could not be taken, and why. name: of the record as it is here (null: there is none)."""

    type: str
    id: str
    name: str | None
    problem: str


class RefusedEvent(Struct, frozen=True, kw_only=True):
    """An event that central refused. at (ms): when it said so, in the event `told`; resent: the event that carries it once more."""

    event: int
    code: str
    told: int
    at: int | None
    resent: int | None


def kinds_seen(rights: Collection[str]) -> list[str]:
    """The kinds of records of which somebody with these rights sees changes."""
    return [kind for kind in SYNCED if VIEWS.get(kind, Permission.SITE_VIEW).value in rights]


async def numbers(database: Database) -> Numbers:
    ((waiting, refused, rows, events),) = await database.fetch(
        "SELECT (SELECT count(*) FROM roster.desk_change WHERE state = 'waiting'),"
        " (SELECT count(*) FROM roster.desk_change WHERE state = 'refused'),"
        " (SELECT count(*) FROM roster.central_row WHERE problem <> ''), (SELECT count(*) FROM dead_letter WHERE resent IS NULL)"
    )
    return Numbers(changes_waiting=waiting, disagreements=refused, refused_rows=rows, refused_events=events)


async def disagreements(
    database: Database, kinds: list[str], *, after: int | None = None, limit: int = 50
) -> Page[DisagreementView]:
    """Of these kinds, the oldest first; `next` is what to go on after."""
    limit = max(1, min(limit, 200))
    rows = await database.fetch(
        "SELECT n, id, op, entity, row, fields, theirs, code, reason, actor, at FROM roster.desk_change"
        " WHERE state = 'refused' AND n > ? AND entity IN (SELECT value FROM json_each(?)) ORDER BY n LIMIT ?",
        (after or 0, msgspec.json.encode(kinds).decode(), limit + 1),
    )
    following, rows = str(rows[limit - 1][0]) if len(rows) > limit else None, rows[:limit]
    called = await names(database, [(row[3], row[4]) for row in rows])
    items = [
        DisagreementView(
            id=id, op=op, type=kind, row=of, name=called.get((kind, of)), fields=msgspec.json.decode(fields),
            theirs=msgspec.json.decode(theirs), code=code, reason=reason, actor=actor, at=at,
        )
        for _n, id, op, kind, of, fields, theirs, code, reason, actor, at in rows
    ]  # fmt: skip
    return Page(items=items, next=following)


async def refused_rows(database: Database, kinds: list[str], *, after: str = "", limit: int = 50) -> Page[RefusedRow]:
    """Of these kinds and those that this version does not know; `next` is what to go on after."""
    limit = max(1, min(limit, 200))
    hidden = [kind for kind in SYNCED if kind not in kinds]
    rows = await database.fetch(
        "SELECT entity, id, problem FROM roster.central_row WHERE problem <> '' AND entity || '/' || id > ?"
        " AND entity NOT IN (SELECT value FROM json_each(?)) ORDER BY entity || '/' || id LIMIT ?",
        (after, msgspec.json.encode(hidden).decode(), limit + 1),
    )
    following, rows = f"{rows[limit - 1][0]}/{rows[limit - 1][1]}" if len(rows) > limit else None, rows[:limit]
    called = await names(database, [(kind, id) for kind, id, _ in rows])
    items = [RefusedRow(type=kind, id=id, name=called.get((kind, id)), problem=problem) for kind, id, problem in rows]
    return Page(items=items, next=following)


async def refused_events(database: Database, *, before: int | None = None, limit: int = 50) -> Page[RefusedEvent]:
    """Newest first; `next` is what to go on before."""
    limit = max(1, min(limit, 200))
    rows = await database.fetch(
        "SELECT d.seq, d.code, d.told, e.at, d.resent FROM dead_letter d LEFT JOIN event e ON e.seq = d.told"
        " WHERE d.seq < ? ORDER BY d.seq DESC LIMIT ?",
        (before if before is not None else 1 << 62, limit + 1),
    )
    items = [RefusedEvent(event=seq, code=code, told=told, at=at, resent=resent) for seq, code, told, at, resent in rows[:limit]]
    return Page(items=items, next=str(items[-1].event) if len(rows) > limit else None)


async def states(database: Database, kind: str, ids: list[str]) -> dict[str, str]:
    """Record -> WAITING or REFUSED, of those that central has not taken as they are here; refused is said first."""
    rows = await database.fetch(
        "SELECT row, min(state) FROM roster.desk_change WHERE entity = ? AND row IN (SELECT value FROM json_each(?))"
        " AND state IN ('refused', 'waiting') GROUP BY row",
        (kind, msgspec.json.encode(ids).decode()),
    )
    return dict(rows)


async def names(database: Database, records: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(kind, id) -> what it is called, of those that are here: one read for each kind among them."""
    ids: dict[str, list[str]] = {}
    for kind, id in records:
        ids.setdefault(kind, []).append(id)
    found = {}
    for kind in ids.keys() & SYNCED.keys():
        rows = await database.fetch(
            f"SELECT id, {_CALLED.get(SYNCED[kind], 'name')} FROM roster.{TABLES[SYNCED[kind]].name}"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(ids[kind]).decode(),),
        )
        found.update({(kind, id): name for id, name in rows})
    return found


_CALLED = {Card: "'…' || last4", Vehicle: "plate", Booking: "note", RevokedPass: "id"}
"""What stands for a name where a record has none."""
