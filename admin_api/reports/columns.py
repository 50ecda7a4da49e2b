"""A column of an export: its title and the SQL it comes from, so that rows leave the database as they go into the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from edge.core.money import DIGITS

Row = tuple[Any, ...]
Batches = Iterable[list[Row]]
"""Rows in order, so many at a time as one read gave."""

DAY_MS = 86_400_000
EXCEL_EPOCH = 25569
"""1 January 1970 as spreadsheets count days."""
FROM_YEAR, YEARS_AHEAD = 1990, 15
"""Between these the site's clock changes are known to the database; beyond, the nearest offset is taken."""


class Kind(Enum):
    """TEXT: what somebody typed. CODE: text of the house's own making. TIME: an instant in ms."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    TIME = "time"


class Clock(Enum):
    """How a writer wants times: as text in the site's zone, or as days since 1900, which spreadsheets show as a date."""

    TEXT = "text"
    SERIAL = "serial"


@dataclass(frozen=True)
class Column:
    """paper: it is also on the PDF, which has room for few."""

    title: str
    sql: str
    kind: Kind = Kind.TEXT
    paper: bool = False


@dataclass(frozen=True)
class Head:
    """What stands above an export: of what, by which filters, who had it made, when (in the site's zone, `zone`).

    plain: leave it out where the format has no place of its own for it (csv): for programs.
    """

    site: str
    title: str
    filters: str
    operator: str
    at: str
    zone: str
    plain: bool = False

    def lines(self) -> tuple[tuple[str, str], ...]:
        return (
            ("Site", self.site), ("List", self.title), ("Filters", self.filters or "none"), ("Made by", self.operator),
            ("Made at", f"{self.at} ({self.zone})"),
        )  # fmt: skip


def selected(columns: Iterable[Column], clock: Clock, tz: str, now: int) -> str:
    """The columns as SQL. What somebody typed is never NULL: writers look at its first letter."""

    def one(column: Column) -> str:
        if column.kind is Kind.TIME:
            return instant(column.sql, clock, tz, now)
        return f"ifnull({column.sql}, '')" if column.kind is Kind.TEXT else column.sql

    return ", ".join(one(column) for column in columns)


def instant(sql: str, clock: Clock, tz: str, now: int) -> str:
    """An instant in ms as the site's clock showed it."""
    shifted = f"({sql} + {_offset(sql, tz, now)})"
    if clock is Clock.SERIAL:
        return f"{shifted} / {DAY_MS}.0 + {EXCEL_EPOCH}"
    return f"strftime('%Y-%m-%d %H:%M:%S', {shifted} / 1000, 'unixepoch')"


def yes(sql: str) -> str:
    """yes or no."""
    return f"CASE WHEN {sql} THEN 'yes' ELSE 'no' END"


def money(amount: str, currency: str) -> str:
    """An amount in minor units as a number of the currency."""
    odd = " ".join(f"WHEN '{code}' THEN {10**digits}.0" for code, digits in sorted(DIGITS.items()))
    return f"{amount} / CASE {currency} {odd} ELSE 100.0 END"


def _offset(sql: str, tz: str, now: int) -> str:
    """The zone's offset in ms at an instant, as SQL: the seasons nearest to now are asked for first, since most rows are of them."""
    seasons = _seasons(tz, datetime.fromtimestamp(now / 1000, UTC).year)
    if len(seasons) == 1:
        return str(seasons[0][2])
    near = sorted(seasons, key=lambda s: min(abs(s[0] - now), abs(s[1] - now)))
    when = " ".join(f"WHEN {sql} >= {begins} AND {sql} < {ends} THEN {offset}" for begins, ends, offset in near)
    return f"CASE {when} END"


@lru_cache(maxsize=4)
def _seasons(tz: str, year: int) -> list[tuple[int, int, int]]:
    """(from, to, offset), all in ms: without a gap, the first and last without an end."""
    zone = ZoneInfo(tz)

    def offset(at: int) -> int:
        found = datetime.fromtimestamp(at, zone).utcoffset()
        return int((found or timedelta()).total_seconds()) * 1000

    made: list[tuple[int, int, int]] = []
    begins, at = -(1 << 62), int(datetime(FROM_YEAR, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(year + YEARS_AHEAD, 1, 1, tzinfo=UTC).timestamp())
    present = offset(at)
    for step in range(at, end, 7 * 86400):
        if offset(step + 7 * 86400) == present:
            continue
        low, high = step, step + 7 * 86400  # the change is after low, at high at the latest
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == present else (low, middle)
        made.append((begins, high * 1000, present))
        begins, present = high * 1000, offset(high)
    return [*made, (begins, 1 << 62, present)]


def flat(batches: Batches) -> Iterator[Row]:
    """One row after the other."""
    for rows in batches:
        yield from rows
