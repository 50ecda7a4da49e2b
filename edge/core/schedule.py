"""When: is an instant inside a weekly schedule, in the site's own time zone, over midnight and over DST changes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from edge.core.place import Schedule

DAY = 24 * 60


class Day(NamedTuple):
    """A schedule on one date: minutes of it that are open, [from, to), from windows that start on it and from the night before."""

    spans: tuple[tuple[int, int], ...]
    night: tuple[tuple[int, int], ...]
    holiday: bool


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=16)
def local(at: int, tz: str) -> datetime:
    """The site's local time of an instant in ms. (Remembered: the rules of one decision ask for the same instant.)"""
    return datetime.fromtimestamp(at / 1000, zone(tz))


def is_open(schedule: Schedule, at: datetime) -> tuple[bool, bool]:
    """(open now, decided by a holiday). Windows are wall-clock: in a DST gap the skipped minutes do not exist, in a repeat both count.

    A window belongs to the day it starts on; the part after midnight of an overnight window is decided by that day (so a
    holiday closes the night that begins on it, not the one that ends on it). Ends are exclusive; start = end opens nothing.
    """
    minute = at.hour * 60 + at.minute
    spans, night, holiday = _day(schedule, at.date())
    for start, end in spans:
        if start <= minute < end:
            return True, holiday
    for start, end in night:
        if start <= minute < end:
            return True, False
    return False, holiday


@lru_cache(maxsize=1024)
def _day(schedule: Schedule, day: date) -> Day:
    """Worked out once a day for each schedule."""
    spans, holiday = _starting(schedule, day)
    night, _ = _starting(schedule, day - timedelta(days=1))
    return Day(spans, tuple((start - DAY, end - DAY) for start, end in night if end > DAY), holiday)


def _starting(schedule: Schedule, day: date) -> tuple[tuple[tuple[int, int], ...], bool]:
    """The windows that start on a day, in minutes from its midnight; and is it a holiday, which has windows of its own."""
    text = day.isoformat()
    holiday = next((h for h in schedule.holidays if h.date == text), None)
    weekday = day.weekday()
    windows = holiday.windows if holiday else [(w.start, w.end) for w in schedule.windows if weekday in w.days]
    return tuple((start, end + DAY if end < start else end) for start, end in windows), holiday is not None


def problems(schedule: Schedule) -> list[tuple[str, str]]:
    """What makes no sense in a schedule, as (field, message); empty when it may be saved."""
    found = []
    for i, window in enumerate(schedule.windows):
        if not window.days or any(d not in range(7) for d in window.days):
            found.append((f"windows[{i}].days", "days run from 0 (Monday) to 6 (Sunday); name at least one"))
        found += [
            (f"windows[{i}].{f}", "minutes of a day run from 0 to 1440")
            for f, v in (("start", window.start), ("end", window.end))
            if not 0 <= v <= DAY
        ]
        if window.start == window.end:
            found.append((f"windows[{i}].end", "a window that ends when it starts opens nothing; for a whole day use 0 to 1440"))
    for i, holiday in enumerate(schedule.holidays):
        if not _is_date(holiday.date):
            found.append((f"holidays[{i}].date", "a date is written YYYY-MM-DD"))
        if any(holiday.date == other.date for other in schedule.holidays[:i]):
            found.append((f"holidays[{i}].date", "this day is there already; give it all its windows in one place"))
        found += [
            (f"holidays[{i}].windows", "minutes of a day run from 0 to 1440, and a window opens something")
            for start, end in holiday.windows
            if not (0 <= start <= DAY and 0 <= end <= DAY and start != end)
        ]
    return found


def _is_date(text: str) -> bool:
    """YYYY-MM-DD and nothing else that ISO 8601 allows: days are compared as text."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
