"""Who may: records of the roster by id and as lists, search and filters, and the sessions that the desk validates."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from admin_api.reads.conditions import ALWAYS, SOFT_DELETED, Query, conditions, ordered
from admin_api.reads.cursor import Page, from_cursor, to_cursor
from admin_api.reads.database import Database, Row
from edge.core.errors import NotFound
from edge.core.model import Record
from edge.core.people import Merge
from edge.core.searching import phone_key
from edge.store.tables import TABLES, Table

R = TypeVar("R", bound=Record)
LARGEST_PAGE = 200


@dataclass(frozen=True)
class SessionRow:
    """A live session with its user and what the role allows."""

    user: str
    login: str
    name: str
    role: str
    rights: frozenset[str]
    seen_at: int
    expires_at: int


class RosterReads:
    """The roster as the desk sees it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # ------------------------------------------------------------------------------------------------ records

    async def get(self, kind: type[R], id: str) -> R:
        """Raises NotFound."""
        found = await self._records(kind, "WHERE t.id = ?", (id,))
        if not found:
            raise NotFound(f"there is no {TABLES[kind].entity} {id[:80]}", field="id")
        return found[0]

    async def find(self, kind: type[R], id: str | None) -> R | None:
        found = await self._records(kind, "WHERE t.id = ?", (id,)) if id else []
        return found[0] if found else None

    async def every(self, kind: type[R], most: int = 1000) -> list[R]:
        """All of a kind there are few of, in the order of its list; deleted ones left out."""
        where = "WHERE t.deleted_at IS NULL" if kind in SOFT_DELETED else ""
        return await self._records(kind, f"{where} ORDER BY {ordered(kind, Query())[1]}, t.id LIMIT ?", (most,))

    async def listing(self, kind: type[R], query: Query) -> Page[R]:
        """One page, in the order asked for. Raises Invalid for a filter, sort or cursor that is none."""
        limit = max(1, min(query.limit, LARGEST_PAGE))
        name, sort, descending = ordered(kind, query)
        found = await conditions(self._db, kind, query)
        terms, values = list(found.terms), list(found.values)
        order = "DESC" if descending else "ASC"
        if query.after:
            value, last = from_cursor(query.after)
            terms.append(f"({sort}, t.id) {'<' if descending else '>'} (?, ?)")
            values += [value, last]
        where = f"WHERE {' AND '.join(terms)}" if terms else ""
        plus = "+" if found.few else ""  # (an index on the sort would walk the whole table for a few finds)
        tail = f"{where} ORDER BY {plus}{sort} {order}, {plus}t.id {order} LIMIT ?"
        records = await self._records(kind, tail, (*values, limit + 1))
        more, records = len(records) > limit, records[:limit]
        return Page(items=records, next=_cursor_of(name, records[-1]) if more else None)

    async def count(self, kind: type[Record], query: Query, most: int = 1000) -> int:
        """How many match, counted up to `most`: a total must not stall the page."""
        found = await conditions(self._db, kind, query)
        rows = await self._db.fetch(
            f"SELECT count(*) FROM (SELECT 1 FROM roster.{TABLES[kind].name} t {found.where} LIMIT ?)", (*found.values, most)
        )
        return int(rows[0][0])

    async def matching(self, kind: type[Record], query: Query, most: int) -> list[str]:
        """The ids of all that match, up to so many."""
        found = await conditions(self._db, kind, query)
        rows = await self._db.fetch(f"SELECT t.id FROM roster.{TABLES[kind].name} t {found.where} LIMIT ?", (*found.values, most))
        return [row[0] for row in rows]

    async def held_by(self, customer: str) -> dict[str, int]:
        """How many cards, vehicles, bookings and guests somebody has."""
        counted = {
            "cards": "card WHERE customer",
            "vehicles": "vehicle WHERE customer",
            "bookings": "booking WHERE customer",
            "guests": "customer WHERE host",
        }
        rows = await self._db.fetch(
            f"SELECT {', '.join(f'(SELECT count(*) FROM roster.{tail} = ?1)' for tail in counted.values())}", (customer,)
        )
        return dict(zip(counted, rows[0], strict=True))

    async def merges(self, customer: str) -> list[Merge]:
        """Those that a customer was part of, newest first."""
        return await self._records(
            Merge, "WHERE t.kept = ?1 OR t.other = ?1 ORDER BY t.merged_at DESC, t.id DESC LIMIT 100", (customer,)
        )

    async def same(self, field: str, value: str, but: str = "") -> tuple[str, str] | None:
        """(id, name) of a customer with this e-mail address or mobile number ("email", "mobile") who is not deleted and is not `but`."""
        column = "mobile_key" if field == "mobile" else field
        key = phone_key(value) if field == "mobile" else value.strip().casefold()
        rows = await self._db.fetch(
            f"SELECT id, name FROM roster.customer WHERE {column} = ? AND {column} <> '' AND deleted_at IS NULL AND id <> ? LIMIT 1",
            (key, but),
        )
        return (rows[0][0], rows[0][1]) if rows else None

    async def _records(self, kind: type[R], tail: str, values: tuple[Any, ...]) -> list[R]:
        table = TABLES[kind]
        columns = ", ".join(f"t.{c}" for c in table.columns)
        async with self._db.connection() as db:
            rows = await db.fetch(f"SELECT {columns} FROM roster.{table.name} t {tail}", values)
            ids = msgspec.json.encode([row[0] for row in rows]).decode()
            children: dict[str, list[Row]] = {}
            if rows:
                for field, child in table.children.items():
                    children[field] = await db.fetch(
                        f"SELECT {child.owner}, {', '.join(child.columns)} FROM roster.{child.table}"
                        f" WHERE {child.owner} IN (SELECT value FROM json_each(?)) ORDER BY {child.columns[0]}",
                        (ids,),
                    )
        return [_record(kind, table, row, children) for row in rows]

    # ------------------------------------------------------------------------------------------------ names

    async def names(self, kind: type[Record]) -> dict[str, str]:
        """id -> name of a kind there are few of (at most 1000)."""
        rows = await self._db.fetch(f"SELECT id, name FROM roster.{TABLES[kind].name} LIMIT 1000")
        return dict(rows)

    async def customer_names(self, ids: list[str]) -> dict[str, str]:
        rows = await self._db.fetch(
            "SELECT id, name FROM roster.customer WHERE id IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(ids).decode(),),
        )
        return dict(rows)

    async def history(self, id: str, limit: int = 20) -> list[tuple[int, str, str, str]]:
        """(at, actor, command, reason) of the last changes to a record, newest first."""
        return [
            (at, actor, command, reason)
            for at, actor, command, reason in await self._db.fetch(
                "SELECT at, actor, command, reason FROM roster.change WHERE entity_id = ? ORDER BY rev DESC LIMIT ?", (id, limit)
            )
        ]

    # ------------------------------------------------------------------------------------------------ who is asking

    async def session(self, token: str, now: int) -> SessionRow | None:
        """The live session of a token, or None: unknown, expired, or of a user who is not active."""
        rows = await self._db.fetch(
            "SELECT u.id, u.login, u.name, r.name, r.rights, s.seen_at, s.expires_at FROM roster.session s"
            " JOIN roster.user u ON u.id = s.user JOIN roster.role r ON r.id = u.role"
            " WHERE s.token_hash = ? AND s.expires_at > ? AND u.active = 1",
            (hashlib.sha256(token.encode()).digest(), now),
        )
        if not rows:
            return None
        user, login, name, role, rights, seen, expires = rows[0]
        return SessionRow(user, login, name or login, role, frozenset(msgspec.json.decode(rights, type=list[str])), seen, expires)

    async def has_users(self) -> bool:
        return bool(await self._db.fetch("SELECT 1 FROM roster.user WHERE active = 1 LIMIT 1"))


def _cursor_of(sort: str, record: Record) -> str:
    value = getattr(record, sort)
    if value is None:  # as the sort's expression has it
        value = ALWAYS if sort == "valid_to" else 0
    return to_cursor(value, record.id)


def _record(kind: type[R], table: Table, row: Row, children: dict[str, list[Row]]) -> R:
    """A record from its row and the rows of its lists. JSON columns hold lists; 0 and 1 are bools where the type says so."""
    shapes = _shapes(kind)
    fields: dict[str, Any] = {}
    for name, value in zip(table.columns, row, strict=True):
        as_json, is_bool, _ = shapes[name]
        fields[name] = msgspec.json.decode(value) if as_json else bool(value) if is_bool else value
    for name, child in table.children.items():
        mine = [r[1:] for r in children.get(name, []) if r[0] == row[0]]
        plain = shapes[name][2] is str
        fields[name] = [r[0] if plain else dict(zip(child.columns, r, strict=True)) for r in mine]
    return msgspec.convert(fields, kind)


@lru_cache(maxsize=32)
def _shapes(kind: type[Record]) -> dict[str, tuple[bool, bool, Any]]:
    """Per field: is it a list, is it a bool, what its elements are."""
    found = {}
    for field in msgspec.structs.fields(kind):
        listed = get_origin(field.type) is tuple
        found[field.name] = (listed, field.type is bool, get_args(field.type)[0] if listed else None)
    return found
