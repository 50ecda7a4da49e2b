"""What a list is asked for, as conditions in SQL: one place for lists, counts, exports and bulk selections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from admin_api.reads.filters import FILTERS, ByIndex, Filter, Range
from admin_api.reads.searching import NOTHING, SEARCHED, Match, Terms, found, matching
from edge.core.alerts import AlertRule
from edge.core.device import Device
from edge.core.errors import Invalid
from edge.core.model import ApiKey, Card, Record, Role, User, Vehicle
from edge.core.people import Company, Customer, CustomerList, Group
from edge.core.place import AccessPoint, Booking, PassKey, Profile, Schedule, Zone
from edge.core.review import AccessReview, ReviewItem
from edge.core.saved import SavedFilter, ScheduledExport
from edge.core.tariff import Tariff
from edge.core.webhook import Webhook
from edge.store.tables import TABLES

if TYPE_CHECKING:  # the process that writes exports reads these tables, and has no use for the desk's connections
    from admin_api.reads.database import Database

NEVER, ALWAYS = -(1 << 62), 1 << 62
_NAME = "t.name COLLATE NOCASE"


@dataclass(frozen=True)
class Listed:
    """How one kind of record is listed: its sorts by name (the first is its own), columns searched for any part."""

    sorts: dict[str, str]
    search: tuple[str, ...]


_BY_NAME = {"name": _NAME}

LISTED: dict[type[Record], Listed] = {
    Customer: Listed(
        {"name": _NAME, "number": "t.number", "email": "t.email", "created_at": "t.created_at", "status": "t.status",
         "last_name": "t.last_name COLLATE NOCASE", "mobile": "t.mobile", "phone": "t.phone"},
        (),
    ),
    Company: Listed({"name": _NAME, "status": "t.status"}, ()),
    Group: Listed(_BY_NAME, ("name",)),
    CustomerList: Listed(_BY_NAME, ("name",)),
    Card: Listed(
        {"created_at": "t.created_at", "username": "t.username COLLATE NOCASE", "valid_to": "ifnull(t.valid_to, 1 << 62)", "status": "t.status", "kind": "t.kind"},
        (),
    ),
    Vehicle: Listed(
        {"plate_key": "t.plate_key", "brand": "t.brand COLLATE NOCASE", "model": "t.model COLLATE NOCASE", "colour": "t.colour COLLATE NOCASE",
         "year": "ifnull(t.year, 0)", "created_at": "t.created_at", "status": "t.status"},
        (),
    ),
    Zone: Listed(_BY_NAME, ("name",)),
    Schedule: Listed(_BY_NAME, ("name",)),
    Profile: Listed(_BY_NAME, ("name",)),
    AccessPoint: Listed(_BY_NAME, ("name", "door")),
    AlertRule: Listed({"kind": "t.kind"}, ("kind",)),
    Tariff: Listed(_BY_NAME, ("name",)),
    Device: Listed(_BY_NAME, ("name",)),
    Booking: Listed({"from_at": "t.from_at", "to_at": "t.to_at", "created_at": "t.created_at"}, ("note",)),
    PassKey: Listed({"id": "t.id"}, ("id", "name")),
    User: Listed({"login": "t.login", "name": _NAME}, ("login", "name")),
    Role: Listed(_BY_NAME, ("name",)),
    ApiKey: Listed(_BY_NAME, ("name",)),
    Webhook: Listed(_BY_NAME, ("name", "url")),
    AccessReview: Listed({"started_at": "t.started_at", "due_at": "t.due_at", "name": _NAME, "state": "t.state"}, ("name",)),
    ReviewItem: Listed({"number": "t.number", "at": "ifnull(t.at, 0)"}, ("number",)),
    SavedFilter: Listed(_BY_NAME, ("name", "area")),
    ScheduledExport: Listed(_BY_NAME, ("name", "area")),
}  # fmt: skip

SOFT_DELETED = (Customer, Company)
"""Kinds whose rows stay when deleted; lists leave them out unless asked."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """What a list is asked for. filters: (parameter, value) of filters.parameters; sort: a sort of the list, "-" before it: the other way round."""

    q: str = ""
    filters: tuple[tuple[str, Any], ...] = ()
    deleted: bool = False
    sort: str = ""
    after: str = ""
    limit: int = 50


@dataclass(frozen=True)
class Conditions:
    """terms on `t` to be ANDed, with their values. few: the list is best made from the finds and then sorted."""

    terms: tuple[str, ...]
    values: tuple[Any, ...]
    few: bool = False

    @property
    def where(self) -> str:
        return f"WHERE {' AND '.join(self.terms)}" if self.terms else ""


async def conditions(database: Database, kind: type[Record], query: Query) -> Conditions:
    """Raises Invalid for a filter that the list does not have."""
    terms: list[str] = []
    values: list[Any] = []
    few = False
    if kind in SOFT_DELETED:
        terms.append("t.deleted_at IS NOT NULL" if query.deleted else "t.deleted_at IS NULL")
    wanted = dict(query.filters)
    for one in FILTERS.get(kind, ()):
        if isinstance(one, Filter):
            if (value := wanted.pop(one.name, None)) is None:
                continue
            term, more = one.terms(value)
        elif isinstance(one, ByIndex):
            if not str(value := wanted.pop(one.name, None) or "").strip():
                continue
            (term, more), together = await _by_index(database, kind, one.match(value))
            few |= together
        else:
            start, end = wanted.pop(f"{one.name}_from", None), wanted.pop(f"{one.name}_to", None)
            if start is None and end is None:
                continue
            term, more = await _range(database, one, start, end)
        terms.append(term)
        values += more
    if wanted:
        raise Invalid(f"{TABLES[kind].entity} lists are not filtered by {next(iter(wanted))}", field=next(iter(wanted)))
    if query.q.strip():
        if kind in SEARCHED:
            (term, more), together = await found(database, kind, query.q)
            few |= together
            terms.append(term)
            values += more
        else:
            for word in query.q.split()[:6]:
                like, parts = _like(LISTED[kind], word)
                terms.append(like)
                values += parts
    return Conditions(tuple(terms), tuple(values), few)


async def _by_index(database: Database, kind: type[Record], match: Match | None) -> tuple[Terms, bool]:
    return (NOTHING, True) if match is None else await matching(database, kind, match)


async def _range(database: Database, one: Range, start: int | None, end: int | None) -> tuple[str, tuple[Any, ...]]:
    first, last = NEVER if start is None else start, ALWAYS if end is None else end
    if one.by_seq:
        first, last = await seq_at(database, first), await seq_at(database, last)
    return one.terms(first, last)


async def seq_at(database: Database, at: int) -> int:
    """The number of the first event at or after an instant; behind the last when there is none. Times of events never go back."""
    rows = await database.fetch("SELECT first_seq, seq FROM head")
    low, high = rows[0][0], rows[0][1] + 1
    async with database.connection() as db:
        while low < high:
            middle = (low + high) // 2
            rows = await db.fetch("SELECT at FROM event WHERE seq = ?", (middle,))
            if rows and rows[0][0] < at:
                low = middle + 1
            else:
                high = middle
    return int(low)


def _like(listed: Listed, word: str) -> tuple[str, list[Any]]:
    """One word, in any of the columns of a kind there are few of."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    terms = [f"t.{column} LIKE ? ESCAPE '\\'" for column in listed.search]
    return f"({' OR '.join(terms)})", [f"%{escaped}%"] * len(terms)


def ordered(kind: type[Record], query: Query) -> tuple[str, str, bool]:
    """(name, expression, descending) of the sort asked for. Raises Invalid."""
    sorts = LISTED[kind].sorts
    name = query.sort.removeprefix("-") or next(iter(sorts))
    if name not in sorts:
        raise Invalid(f"sorted by {', '.join(sorts)}, each with - before it for the other way round", field="sort")
    return name, sorts[name], query.sort.startswith("-")
