"""Hours as a picture: a week of seven rows, and the months that have holidays in them. What is typed is looked at while it is typed."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date, get_day_names
from litestar import Response, get
from litestar.params import FromQuery
from markupsafe import Markup

from admin_api.auth import needs
from admin_api.console import hours, words
from admin_api.console.language import _, locale
from admin_api.console.page import AnyRequest, env, macro
from edge.core.errors import Invalid
from edge.core.model import Permission
from edge.core.place import Holiday, Window

DAY = 1440
"""Minutes."""
MONTHS = 12
"""Months shown at most."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """An opening of one day, in minutes from midnight; says: in words."""

    start: int
    length: int
    says: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """A day of the week and its openings; what runs over midnight begins the next row too."""

    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, kw_only=True)
class MonthDay:
    """number 0: of another month. mark: closed, hours or nothing."""

    number: int
    mark: str = ""
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class Month:
    name: str
    heads: tuple[str, ...]
    weeks: tuple[tuple[MonthDay, ...], ...]


def week_of(windows: Sequence[Window]) -> tuple[Row, ...]:
    """Monday first."""
    names, spans = get_day_names("abbreviated", locale=locale()), list[list[Span]]([] for _day in range(7))
    for window in windows:
        for day in window.days:
            if window.end > window.start:
                spans[day].append(_span(window.start, window.end))
                continue
            spans[day].append(_span(window.start, DAY))
            if window.end:
                spans[(day + 1) % 7].append(_span(0, window.end))
    return tuple(Row(label=names[day].rstrip("."), spans=tuple(sorted(spans[day], key=lambda s: s.start))) for day in range(7))


def _span(start: int, end: int) -> Span:
    return Span(start=start, length=end - start, says=f"{start // 60:02}:{start % 60:02}–{end // 60:02}:{end % 60:02}")


def months_of(holidays: Sequence[Holiday]) -> tuple[Month, ...]:
    """Those that have a holiday in them, in order."""
    named = {date.fromisoformat(h.date): h for h in holidays}
    heads = tuple(get_day_names("narrow", context="stand-alone", locale=locale())[day] for day in range(7))
    return tuple(
        Month(
            name=format_date(date(year, month, 1), "LLLL y", locale=locale()), heads=heads,
            weeks=tuple(tuple(_day(day, month, named) for day in week) for week in Calendar().monthdatescalendar(year, month)),
        )
        for year, month in sorted({(day.year, day.month) for day in named})[:MONTHS]
    )  # fmt: skip


def _day(day: date, month: int, named: dict[date, Holiday]) -> MonthDay:
    if day.month != month:
        return MonthDay(number=0)
    if day not in named:
        return MonthDay(number=day.day)
    holiday = named[day]
    open_then = hours.write_holidays((holiday,)).removeprefix(f"{holiday.date} ").removeprefix(holiday.name).strip()
    when = open_then or _("closed")
    said = f"{holiday.name}: {when}" if holiday.name else when
    return MonthDay(number=day.day, mark="hours" if holiday.windows else "closed", says=said)


def picture(kind: str, text: str) -> Markup:
    """What stands below the box: the week or the months of what is in it, or what is wrong with it."""
    try:
        if kind == "windows":
            return macro("week.html", "week", week_of(hours.read_windows(text, kind)))
        return macro("week.html", "months", months_of(hours.read_holidays(text, kind)))
    except (Invalid, ValueError) as error:
        return macro(
            "week.html", "wrong", words.sentence(error.message if isinstance(error, Invalid) else _("There is no such day"))
        )


env.globals.update(week_picture=picture)


@get("/site/schedules/week", opt=needs(Permission.SITE_VIEW))
async def week_piece(request: AnyRequest, windows: FromQuery[str] = "", holidays: FromQuery[str] = "") -> Response[str]:
    """The picture of what is being typed, for htmx."""
    kind = "holidays" if "holidays" in request.query_params else "windows"
    return Response(str(picture(kind, (holidays or windows)[:4000])), media_type="text/html")


HANDLERS = (week_piece,)
