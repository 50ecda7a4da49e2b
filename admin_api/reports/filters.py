"""The filters of an export: those of the list itself, as words; made into conditions by the desk, and said in words above the table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from admin_api.reads.conditions import SOFT_DELETED, Query
from admin_api.reads.conditions import conditions as of_list
from admin_api.reads.database import Database
from admin_api.reads.entries import ENTRY_FILTERS, OF_COMPANY
from admin_api.reads.filters import parameters, typed
from admin_api.reads.journal import EVENT_FILTERS
from admin_api.reads.scope import source, within
from admin_api.reports.areas import AREAS
from edge.core.errors import Invalid
from edge.core.model import EVERYTHING, Record, Scope
from edge.core.saved import ExportArea
from edge.core.schedule import local, zone
from edge.store.tables import TABLES

_BACK = re.compile(r"-(\d{1,4})([hdw])")
_UNIT_MS = {"h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
_NAMED = {
    "customer": "customer", "company": "company", "group": "customer_group", "list": "customer_list", "profile": "profile",
    "zone": "zone", "access_point": "access_point", "host": "customer", "review": "access_review",
}  # fmt: skip
"""Filters by the id of something that has a name."""

_ONE_OF = {
    ExportArea.ENTRIES: "entry",
    ExportArea.EVENTS: "event",
    ExportArea.PAYMENTS: "payment",
    ExportArea.REVIEWS: "review_item",
}

What = type[Any] | Literal["when"]
_TYPES: dict[str, What] = {"least": int, "most": int, "left_since": "when", "left_until": "when"}


def _renamed(table: Mapping[str, str], **names: str) -> dict[str, tuple[What, str]]:
    """The filters of a list of the journal, under the names that REST has for them."""
    return {names.get(name, name): (_TYPES.get(name, str), sql) for name, sql in table.items()}


OWN: dict[ExportArea, dict[str, tuple[What, str]]] = {
    ExportArea.ENTRIES: {
        "customer": (str, "n.customer = ?"), "open": (bool, "(n.out_at IS NULL) = ?"), "since": ("when", "n.in_at >= ?"),
        "until": ("when", "n.in_at < ?"), **_renamed(ENTRY_FILTERS, point="access_point"),
    },
    ExportArea.EVENTS: {
        "customer": (str, "e.customer = ?"), "card": (str, "e.card = ?"), "since": ("when", "e.at >= ?"), "until": ("when", "e.at < ?"),
        **_renamed(EVENT_FILTERS, code="reason"),
    },
    ExportArea.PAYMENTS: {
        "customer": (str, "n.customer = ?"), "company": (str, f"n.customer IN {OF_COMPANY}"), "entry": (int, "p.entry = ?"),
        "state": (str, "p.state = ?"), "since": ("when", "p.taken_at >= ?"), "until": ("when", "p.taken_at < ?"),
    },
    ExportArea.REVIEWS: {
        "review": (str, "t.review = ?"), "verdict": (str, "t.verdict = ?"), "customer": (str, "t.customer = ?"),
    },
}  # fmt: skip
"""The filters of what is no record: name -> (what its value is, SQL with a ? for each time it needs the value)."""


def known(which: ExportArea) -> frozenset[str]:
    """The names of all filters of an area."""
    kind = AREAS[which].kind
    if kind is None:
        return frozenset(OWN[which])
    return frozenset({"q", *parameters(kind)} | ({"deleted"} if kind in SOFT_DELETED else set()))


async def conditions(
    database: Database, which: ExportArea, filters: Mapping[str, str], *, now: int, tz: str, scope: Scope = EVERYTHING
) -> tuple[list[str], list[Any]]:
    """SQL terms and their values, of what lies within the scope. Instants: ms, a date of the site, or so long before now (-7d).

    Raises Invalid.
    """
    terms, values = await _conditions(database, which, filters, now, tz)
    seen, of_scope = of_the_scope(which, scope)
    return [*terms, *seen], [*values, *of_scope]


def of_the_scope(which: ExportArea, scope: Scope) -> tuple[list[str], list[Any]]:
    """The rows of an area that somebody sees who is restricted to a scope."""
    kind = AREAS[which].kind
    return within(TABLES[kind].name if kind else _ONE_OF[which], scope, AREAS[which].base.rpartition(" ")[2])


async def _conditions(
    database: Database, which: ExportArea, filters: Mapping[str, str], now: int, tz: str
) -> tuple[list[str], list[Any]]:
    wanted = {name: value for name, value in filters.items() if value != ""}
    names = known(which)
    if odd := sorted(set(wanted) - names):
        raise Invalid(
            f"{which.value} are not filtered by {odd[0][:40]}; by {', '.join(sorted(names))}", field=f"filters.{odd[0][:40]}"
        )
    kind = AREAS[which].kind
    if kind is not None:
        query = _query(kind, wanted, now, tz)
        try:
            found = await of_list(database, kind, query)
        except Invalid as error:
            raise Invalid(error.message, field=f"filters.{error.field}") from error
        return list(found.terms), list(found.values)
    terms, values = list[str](), list[Any]()
    for name, (what, sql) in OWN[which].items():
        if name in wanted:
            terms.append(sql)
            values += [_value(what, wanted[name], f"filters.{name}", now, tz)] * sql.count("?")
    return terms, values


def values_of(which: ExportArea, filters: Mapping[str, str], *, now: int, tz: str) -> dict[str, Any]:
    """Filters written as words, as the list takes them: name -> value. Raises Invalid."""
    kind, found = AREAS[which].kind, dict[str, Any]()
    if kind is not None:
        query = _query(kind, filters, now, tz)
        return {"q": query.q, "deleted": query.deleted, **dict(query.filters)}
    for name, value in filters.items():
        if name in OWN[which]:
            what = OWN[which][name][0]
            found[name] = _truth(value, name) if what is bool else _value(what, value, name, now, tz)
    return found


def _query(kind: type[Record], wanted: Mapping[str, str], now: int, tz: str) -> Query:
    """What the list would be asked for."""
    types = parameters(kind)
    made = []
    for name, value in wanted.items():
        if name in types:
            text: Any = when(value, f"filters.{name}", now=now, tz=tz) if _is_instant(name, types[name][0]) else value
            try:
                made.append((name, typed(types, name, text)))
            except Invalid as error:
                raise Invalid(error.message, field=f"filters.{name}") from error
    deleted = "deleted" in wanted and _truth(wanted["deleted"], "filters.deleted")
    return Query(q=wanted.get("q", ""), filters=tuple(made), deleted=deleted)


def _is_instant(name: str, what: Any) -> bool:
    return what is int and name.endswith(("_from", "_to", "_since"))


def _value(what: What, text: str, field: str, now: int, tz: str) -> Any:
    if what == "when":
        return when(text, field, now=now, tz=tz)
    if what is bool:
        return int(_truth(text, field))
    if what is int:
        if not text.isdecimal() or len(text) > 18:
            raise Invalid("a whole number", field=field)
        return int(text)
    return text


def _truth(text: str, field: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise Invalid("true or false", field=field)
    return text.lower() == "true"


def when(text: str, field: str, *, now: int, tz: str) -> int:
    """An instant in ms: as such, a date or date and time of the site's clock, or so many hours, days or weeks back. Raises Invalid."""
    if text.isdecimal() and len(text) <= 18:
        return int(text)
    if back := _BACK.fullmatch(text):
        return now - int(back[1]) * _UNIT_MS[back[2]]
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=zone(tz)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise Invalid("ms since 1970, a date such as 2026-05-01, or so long ago: -12h, -7d, -4w", field=field) from error


async def in_words(
    database: Database, which: ExportArea, filters: Mapping[str, str], *, now: int, tz: str, scope: Scope = EVERYTHING
) -> str:
    """As people read them: names for ids within the scope, the site's time for instants."""
    kind = AREAS[which].kind
    types: dict[str, Any] = {n: t for n, (t, _) in (parameters(kind) if kind else OWN[which]).items()}
    said = []
    for name, value in filters.items():
        what = types.get(name)
        if value == "":
            continue
        if what == "when" or _is_instant(name, what):
            at = when(value, name, now=now, tz=tz)
            value = local(at, tz).strftime("%Y-%m-%d %H:%M") if abs(at) < 1 << 47 else value
        elif name == "ids":
            name, value = "chosen", str(len(value.split(",")))
        elif name in _NAMED:
            table, seen = source(_NAMED[name], scope)
            rows = await database.fetch(f"SELECT name FROM {table} WHERE id = ?", (*seen, value))
            value = rows[0][0] if rows else value
        said.append(f"{name.replace('_', ' ')}: {value}")
    return "; ".join(said)
