"""Who may: records of the roster by id and as lists, search and filters, and the sessions that the desk validates."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

import msgspec

from admin_api.reads.cursor import Page, from_cursor, to_cursor
from edge.core.alerts import AlertRule
from edge.core.errors import NotFound
from edge.core.model import Card, Record, Role, User, Vehicle
from edge.core.people import Company, Customer, CustomerList, Group
from edge.core.place import AccessPoint, Booking, PassKey, Profile, Schedule, Zone
from edge.core.plate import plate_key
from edge.core.saved import ScheduledExport
from edge.core.tariff import Tariff
from edge.store.tables import TABLES, Table

if TYPE_CHECKING:  # the process that writes exports has the filters from here, and no use for the desk's connections
    from admin_api.reads.database import Database, Row

R = TypeVar("R", bound=Record)
LARGEST_PAGE = 200


@dataclass(frozen=True)
class Listed:
    """How one kind of record is listed: sort expression, columns searched for any part, columns that may be filtered by."""

    sort: str
    search: tuple[str, ...]
    filters: tuple[str, ...] = ()


LISTED: dict[type[Record], Listed] = {
    Customer: Listed("t.name COLLATE NOCASE", ("name", "email", "phone"), ("status", "company")),
    Company: Listed("t.name COLLATE NOCASE", ("name",), ("status",)),
    Group: Listed("t.name COLLATE NOCASE", ("name",)),
    CustomerList: Listed("t.name COLLATE NOCASE", ("name",)),
    Card: Listed("t.created_at", ("username", "last4"), ("status", "customer", "company", "kind")),
    Vehicle: Listed("t.plate_key", ("plate_key", "brand", "model", "colour"), ("status", "customer", "company")),
    Zone: Listed("t.name COLLATE NOCASE", ("name",)),
    Schedule: Listed("t.name COLLATE NOCASE", ("name",)),
    Profile: Listed("t.name COLLATE NOCASE", ("name",)),
    AccessPoint: Listed("t.name COLLATE NOCASE", ("name", "door")),
    AlertRule: Listed("t.kind", ("kind",)),
    Tariff: Listed("t.name COLLATE NOCASE", ("name",)),
    Booking: Listed("t.from_at", ("note",), ("customer", "zone")),
    PassKey: Listed("t.id", ("id", "name")),
    User: Listed("t.login", ("login", "name")),
    Role: Listed("t.name COLLATE NOCASE", ("name",)),
    ScheduledExport: Listed("t.name COLLATE NOCASE", ("name", "area")),
}

SOFT_DELETED = (Customer, Company)
"""Kinds whose rows stay when deleted; lists leave them out unless asked."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """What a list is asked for. equal: column -> value; inside: only those with an open visit (customers)."""

    q: str = ""
    equal: tuple[tuple[str, str], ...] = ()
    group: str = ""
    inside: bool | None = None
    deleted: bool = False
    after: str = ""
    limit: int = 50


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
        return await self._records(kind, f"{where} ORDER BY {LISTED[kind].sort}, t.id LIMIT ?", (most,))

    async def listing(self, kind: type[R], query: Query) -> Page[R]:
        """One page, in the order of its list. Raises Invalid for a cursor that is none."""
        listed = LISTED[kind]
        limit = max(1, min(query.limit, LARGEST_PAGE))
        terms, values = _conditions(kind, query)
        if query.after:
            value, last = from_cursor(query.after)
            terms.append(f"({listed.sort}, t.id) > (?, ?)")
            values += [value, last]
        where = f"WHERE {' AND '.join(terms)}" if terms else ""
        found = await self._records(kind, f"{where} ORDER BY {listed.sort}, t.id LIMIT ?", (*values, limit + 1))
        more = len(found) > limit
        found = found[:limit]
        return Page(items=found, next=_cursor_of(kind, found[-1]) if more else None)

    async def count(self, kind: type[Record], query: Query, most: int = 1000) -> int:
        """How many match, counted up to `most`: a total must not stall the page."""
        terms, values = _conditions(kind, query)
        where = f"WHERE {' AND '.join(terms)}" if terms else ""
        rows = await self._db.fetch(
            f"SELECT count(*) FROM (SELECT 1 FROM roster.{TABLES[kind].name} t {where} LIMIT ?)", (*values, most)
        )
        return int(rows[0][0])

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


def _conditions(kind: type[Record], query: Query) -> tuple[list[str], list[Any]]:
    listed = LISTED[kind]
    terms: list[str] = []
    values: list[Any] = []
    for column, value in query.equal:
        if column not in listed.filters:
            raise NotFound(f"{TABLES[kind].entity} lists are not filtered by {column}")
        terms.append(f"t.{column} = ?")
        values.append(value)
    if kind in SOFT_DELETED:
        terms.append("t.deleted_at IS NOT NULL" if query.deleted else "t.deleted_at IS NULL")
    if query.group:
        terms.append("t.id IN (SELECT customer FROM roster.group_member WHERE member_of = ?)")
        values.append(query.group)
    if query.inside is not None:
        terms.append(
            f"t.id {'IN' if query.inside else 'NOT IN'} (SELECT customer FROM entry WHERE out_at IS NULL AND customer IS NOT NULL)"
        )
    for word in query.q.split()[:6]:
        term, found = _search(kind, listed, word)
        terms.append(term)
        values += found
    return terms, values


def _search(kind: type[Record], listed: Listed, word: str) -> tuple[str, list[Any]]:
    """One word, in any of the columns; customers also by number, plate, and what is known of their cards."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    like = f"%{escaped}%"
    terms = [f"t.{column} LIKE ? ESCAPE '\\'" for column in listed.search]
    values: list[Any] = [like] * len(listed.search)
    if kind is Vehicle and plate_key(word):
        terms.append("t.plate_key LIKE ?")
        values.append(f"%{plate_key(word)}%")
    if kind is Customer:
        number = word.removeprefix("#")
        if number.isdecimal() and len(number) < 18 and not number.startswith("0"):
            terms.append("t.number = ?")
            values.append(int(number))
        if plate_key(word):
            terms.append("t.id IN (SELECT customer FROM roster.vehicle WHERE plate_key = ?)")
            values.append(plate_key(word))
    return f"({' OR '.join(terms)})", values


def _cursor_of(kind: type[Record], record: Record) -> str:
    column = LISTED[kind].sort.removeprefix("t.").split()[0]
    return to_cursor(getattr(record, column), record.id)


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
