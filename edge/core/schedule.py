"""When: is an instant inside a weekly schedule, in the site's own time zone, over midnight and over DST changes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from edge.core.place import Schedule

DAY = 24 * 60


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(at: int, tz: str) -> datetime:
    """The site's local time of an instant in ms."""
    return datetime.fromtimestamp(at / 1000, zone(tz))


def is_open(schedule: Schedule, at: datetime) -> tuple[bool, bool]:
    """(open now, decided by a holiday). Windows are wall-clock: in a DST gap the skipped minutes do not exist, in a repeat both count.

    A window belongs to the day it starts on; the part after midnight of an overnight window is decided by that day (so a
    holiday closes the night that begins on it, not the one that ends on it). Ends are exclusive; start = end opens nothing.
    """
    minute = at.hour * 60 + at.minute
    today = at.date()
    opened, holiday = _spans_cover(schedule, today, minute)
    if opened:
        return True, holiday
    night, _ = _spans_cover(schedule, today - timedelta(days=1), minute + DAY)
    return night, holiday and not night


def _spans_cover(schedule: Schedule, day: date, minute: int) -> tuple[bool, bool]:
    """Does a window that starts on this day cover this minute counted from its midnight; and is the day a holiday."""
    if schedule.holidays:
        text = day.isoformat()
        for holiday in schedule.holidays:
            if holiday.date == text:
                return any(_covers(start, end, minute) for start, end in holiday.windows), True
    weekday = day.weekday()
    for window in schedule.windows:
        if weekday in window.days and _covers(window.start, window.end, minute):
            return True, False
    return False, False


def _covers(start: int, end: int, minute: int) -> bool:
    if end < start:
        end += DAY
    return start <= minute < end


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
