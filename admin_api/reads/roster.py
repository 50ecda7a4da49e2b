"""Who may: records of the roster by id and as lists, search and filters, and the sessions that the desk validates."""

from __future__ import annotations

from collections.abc import Callable
from enum import EnumType
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from admin_api.reads.conditions import ALWAYS, SOFT_DELETED, Query, conditions, ordered
from admin_api.reads.cursor import Page, from_cursor, to_cursor
from admin_api.reads.database import Database, Row
from admin_api.reads.scope import also, source
from edge.core.errors import NotFound
from edge.core.model import EVERYTHING, Record, Scope
from edge.core.people import Erasure, Merge
from edge.core.searching import phone_key
from edge.store.tables import TABLES, Child, is_json
from edge.store.who import Who, who_of, who_sql

R = TypeVar("R", bound=Record)
LARGEST_PAGE = 200


class RosterReads:
    """The roster as somebody sees it who is restricted to a scope: what is outside is not there."""

    def __init__(self, database: Database, scope: Scope = EVERYTHING) -> None:
        self._db, self._scope = database, scope

    # ------------------------------------------------------------------------------------------------ records

    async def get(self, kind: type[R], id: str) -> R:
        """Raises NotFound."""
        found = await self._records(kind, "WHERE t.id = ?", (id,))
        if not found:
            raise NotFound(f"there is no {TABLES[kind].said} {id[:80]}", field="id")
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
            side = "<" if descending else ">"
            terms += [
                f"{sort} {side}= ?",
                f"({sort}, t.id) {side} (?, ?)",
            ]  # the first lets an index begin there: the pair alone does not
            values += [value, value, last]
        where = f"WHERE {' AND '.join(terms)}" if terms else ""
        plus = "+" if found.few else ""  # (an index on the sort would walk the whole table for a few finds)
        table, first = source(TABLES[kind].name, self._scope)
        page = f"SELECT t.id FROM {table} t {where} ORDER BY {plus}{sort} {order}, {plus}t.id {order} LIMIT ?"
        rows = await self._db.fetch(  # (the ids first: a sort without an index would make all columns and lists of every row it passes)
            f"SELECT {_columns(kind)} FROM roster.{TABLES[kind].name} t WHERE t.id IN ({page}) ORDER BY {sort} {order}, t.id {order}",
            (*first, *values, limit + 1),
        )
        records = [_record(kind, row) for row in rows]
        more, records = len(records) > limit, records[:limit]
        return Page(items=records, next=_cursor_of(name, records[-1]) if more else None)

    async def count(self, kind: type[Record], query: Query, most: int = 1000) -> int:
        """How many match, counted up to `most`: a total must not stall the page."""
        found = await conditions(self._db, kind, query)
        table, first = source(TABLES[kind].name, self._scope)
        rows = await self._db.fetch(
            f"SELECT count(*) FROM (SELECT 1 FROM {table} t {found.where} LIMIT ?)", (*first, *found.values, most)
        )
        return int(rows[0][0])

    async def matching(self, kind: type[Record], query: Query, most: int) -> list[str]:
        """The ids of all that match, up to so many."""
        found = await conditions(self._db, kind, query)
        table, first = source(TABLES[kind].name, self._scope)
        rows = await self._db.fetch(f"SELECT t.id FROM {table} t {found.where} LIMIT ?", (*first, *found.values, most))
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
            Merge, "WHERE ? IN (t.kept, t.other) ORDER BY t.merged_at DESC, t.id DESC LIMIT 100", (customer,)
        )

    async def erasure(self, customer: str) -> Erasure:
        """That of a customer. Raises NotFound."""
        found = await self._records(Erasure, "WHERE t.customer = ?", (customer,))
        if not found:
            raise NotFound("nobody has erased this customer", field="id")
        return found[0]

    async def same(self, field: str, value: str, but: str = "") -> tuple[str, str] | None:
        """(id, name) of a customer with this e-mail address or mobile number ("email", "mobile") who is not deleted and is not `but`.

        Of somebody outside of the scope neither is said.
        """
        column = "mobile_key" if field == "mobile" else field
        key = phone_key(value) if field == "mobile" else value.strip().casefold()
        terms, more = also("customer", self._scope, "t")
        rows = await self._db.fetch(
            f"SELECT id, name, (1 {terms}) FROM roster.customer t"
            f" WHERE {column} = ? AND {column} <> '' AND deleted_at IS NULL AND id <> ? LIMIT 1",
            (*more, key, but),
        )
        if not rows:
            return None
        return (rows[0][0], rows[0][1]) if rows[0][2] else ("", "somebody else")

    async def _records(self, kind: type[R], tail: str, values: tuple[Any, ...]) -> list[R]:
        """In one statement, lists and all: each further one would be another turn to the connection's thread."""
        seen, first = source(TABLES[kind].name, self._scope)
        rows = await self._db.fetch(f"SELECT {_columns(kind)} FROM {seen} t {tail}", (*first, *values))
        return [_record(kind, row) for row in rows]

    # ------------------------------------------------------------------------------------------------ names

    async def names(self, kind: type[Record]) -> dict[str, str]:
        """id -> name of a kind there are few of (at most 1000)."""
        table, values = source(TABLES[kind].name, self._scope)
        rows = await self._db.fetch(f"SELECT id, name FROM {table} LIMIT 1000", values)
        return dict(rows)

    async def customer_names(self, ids: list[str]) -> dict[str, str]:
        table, values = source("customer", self._scope)
        rows = await self._db.fetch(
            f"SELECT id, name FROM {table} WHERE id IN (SELECT value FROM json_each(?))",
            (*values, msgspec.json.encode(ids).decode()),
        )
        return dict(rows)

    async def company_names(self, ids: list[str]) -> dict[str, str]:
        """Customer -> the name of their primary company, of those who have one."""
        (table, values), (firms, more) = source("customer", self._scope), source("company", self._scope)
        rows = await self._db.fetch(
            f"SELECT c.id, f.name FROM {table} c JOIN {firms} f ON f.id = c.company WHERE c.id IN (SELECT value FROM json_each(?))",
            (*values, *more, msgspec.json.encode(ids).decode()),
        )
        return dict(rows)

    async def photos(self, ids: list[str]) -> dict[str, str]:
        """Customer -> their photo, of those who have one."""
        table, values = source("customer", self._scope)
        rows = await self._db.fetch(
            f"SELECT id, photo FROM {table} WHERE photo <> '' AND id IN (SELECT value FROM json_each(?))",
            (*values, msgspec.json.encode(ids).decode()),
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

    async def session(self, token: str, now: int) -> Who | None:
        """Who is behind the token of a live session or API key, or None: unknown, expired, revoked, or of a user who is not active."""
        rows = await self._db.fetch(*who_sql("roster", token, now))
        return who_of(rows[0]) if rows else None

    async def has_users(self) -> bool:
        return bool(await self._db.fetch("SELECT 1 FROM roster.user WHERE active = 1 LIMIT 1"))


def _cursor_of(sort: str, record: Record) -> str:
    value = getattr(record, sort)
    if value is None:  # as the sort's expression has it
        value = ALWAYS if sort == "valid_to" else 0
    return to_cursor(value, record.id)


@lru_cache(maxsize=64)
def _columns(kind: type[Record]) -> str:
    """What is selected of a table `t`: its columns, then its lists."""
    table = TABLES[kind]
    return ", ".join((*(f"t.{c}" for c in table.columns), *(_list_sql(child) for child in table.children.values())))


def _list_sql(child: Child) -> str:
    """The elements of a list as JSON."""
    first, *more = child.columns
    pairs = ", ".join(f"'{column}', {column}" for column in child.columns)
    element = f"json_object({pairs})" if more else first
    own = f"SELECT {', '.join(child.columns)} FROM roster.{child.table} WHERE {child.owner} = t.id ORDER BY {first}"
    return f"(SELECT json_group_array({element}) FROM ({own}))"


def _record(kind: type[R], row: Row) -> R:
    """A record from its row, as edge wrote it: what is stored needs no check again, only its types."""
    fields = {
        name: value if turn is None or value is None else turn(value) for (name, turn), value in zip(_turns(kind), row, strict=True)
    }
    return kind(**fields)


@lru_cache(maxsize=32)
def _turns(kind: type[Record]) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    """Per column: what makes the field of it (None: it is the field)."""
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    return tuple((name, _turn(types[name])) for name in (*TABLES[kind].columns, *TABLES[kind].children))


def _turn(type: Any) -> Callable[[Any], Any] | None:
    if is_json(type):
        decode = msgspec.json.Decoder(type).decode
        return lambda text: () if text == "[]" else decode(text)
    if type is bool:
        return bool
    if isinstance(type, EnumType):
        return {str(member): member for member in list[Any](type)}.__getitem__
    return None
