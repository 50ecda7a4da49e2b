"""The filters of an export: the list's own, as words and values; checked before anything is made, said in words above the table."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from admin_api.reads.roster import LISTED, Query, _conditions
from admin_api.reports.areas import AREAS, Area
from edge.core.errors import HouseError, Invalid
from edge.core.people import Company, Customer
from edge.core.saved import ExportArea
from edge.core.schedule import local, zone

_BACK = re.compile(r"-(\d{1,4})([hdw])")
_UNIT_MS = {"h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
_NAMED = {"customer": "customer", "company": "company", "group": "customer_group", "zone": "zone", "access_point": "access_point"}
"""Filters by the id of something that has a name."""


def known(area: Area) -> frozenset[str]:
    """The names of all filters of an area."""
    found = {name for name, _, _ in area.own}
    if area.kind is not None:
        found |= {"q", *LISTED[area.kind].filters}
        found |= {"group", "inside"} if area.kind is Customer else set()
        found |= {"deleted"} if area.kind in (Customer, Company) else set()
    return frozenset(found)


def conditions(which: ExportArea, filters: Mapping[str, str], *, now: int, tz: str) -> tuple[list[str], list[Any]]:
    """SQL terms and their values. since and until: ms, a date of the site, or so long before now (-7d). Raises Invalid."""
    area, left = AREAS[which], {name: value for name, value in filters.items() if value != ""}
    names = known(area)
    if odd := sorted(set(left) - names):
        raise Invalid(
            f"{which.value} are not filtered by {odd[0][:40]}; by {', '.join(sorted(names))}", field=f"filters.{odd[0][:40]}"
        )
    terms, values = list[str](), list[Any]()
    for name, what, sql in area.own:
        if name in left:
            terms.append(sql)
            values.append(_value(what, left.pop(name), f"filters.{name}", now, tz))
    if area.kind is not None:
        query = _query(area.kind, left)
        # The one place where the filters of a list and of its export meet.
        try:
            more, found = _conditions(area.kind, query)
        except HouseError as error:
            raise Invalid(error.message, field=f"filters.{error.field}") from error
        terms, values = terms + more, values + found
    return terms, values


def _query(kind: Any, filters: Mapping[str, str]) -> Query:
    return Query(
        q=filters.get("q", ""),
        equal=tuple((name, value) for name, value in filters.items() if name in LISTED[kind].filters),
        group=filters.get("group", ""),
        inside=_truth(filters["inside"], "filters.inside") if "inside" in filters else None,
        deleted="deleted" in filters and _truth(filters["deleted"], "filters.deleted"),
    )


def _value(what: type[Any] | Literal["when"], text: str, field: str, now: int, tz: str) -> Any:
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


def in_words(db: sqlite3.Connection, which: ExportArea, filters: Mapping[str, str], *, now: int, tz: str) -> str:
    """As people read them: names for ids, the site's time for instants."""
    times = {name for name, what, _ in AREAS[which].own if what == "when"}
    said = []
    for name, value in filters.items():
        if value == "":
            continue
        if name in times:
            value = local(when(value, name, now=now, tz=tz), tz).strftime("%Y-%m-%d %H:%M")
        elif name in _NAMED:
            row = db.execute(f"SELECT name FROM roster.{_NAMED[name]} WHERE id = ?", (value,)).fetchone()
            value = row[0] if row else value
        said.append(f"{name.replace('_', ' ')}: {value}")
    return "; ".join(said)
