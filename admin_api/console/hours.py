"""Hours as lines of text: "Mon-Fri 07:00-19:00", and holidays "2026-12-24 Christmas Eve 08:00-12:00".

Days are written as the language of who reads them shortens them ("lun.-ven."); English ones are understood in every language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from babel.dates import get_day_names

from admin_api.console.language import SOURCE, locale, spoken
from edge.core.errors import Invalid
from edge.core.place import Holiday, Window

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})\b\s*")


def write_windows(windows: Sequence[Window]) -> str:
    return "\n".join(f"{_days(w.days)} {_clock(w.start)}-{_clock(w.end)}" for w in windows)


def write_holidays(holidays: Sequence[Holiday]) -> str:
    return "\n".join(
        " ".join(filter(None, (h.date, h.name, ", ".join(f"{_clock(a)}-{_clock(b)}" for a, b in h.windows)))) for h in holidays
    )


def read_windows(text: str, field: str) -> tuple[Window, ...]:
    """One window a line. Raises Invalid naming the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        days, spans = _SPAN.split(line, maxsplit=1)[0], _spans(line, number, field)
        if not spans:
            raise Invalid(f"line {number}: write days and hours, such as Mon-Fri 07:00-19:00", field=field)
        found += [Window(days=_read_days(days, number, field), start=a, end=b) for a, b in spans]
    return tuple(found)


def read_holidays(text: str, field: str) -> tuple[Holiday, ...]:
    """One day a line: date, name, and hours if it is not closed. Raises Invalid naming the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        date = _DATE.match(line.strip())
        if date is None:
            raise Invalid(f"line {number}: begin with the date, such as 2026-12-25 Christmas", field=field)
        rest = line.strip()[date.end() :]
        name = _SPAN.split(rest, maxsplit=1)[0].strip(" ,")
        found.append(Holiday(date=date[1], name=name, windows=_spans(rest, number, field)))
    return tuple(found)


def _spans(text: str, line: int, field: str) -> tuple[tuple[int, int], ...]:
    spans = []
    for a, b, c, d in _SPAN.findall(text):
        if int(b) > 59 or int(d) > 59:
            raise Invalid(f"line {line}: minutes run from 00 to 59", field=field)
        spans.append((int(a) * 60 + int(b), int(c) * 60 + int(d)))
    return tuple(spans)


def _read_days(text: str, line: int, field: str) -> tuple[int, ...]:
    days: list[int] = []
    for part in re.split(r"[\s,]+", text.strip()):
        if part.lower() in ("daily", "every", "day", "always"):
            days += range(7)
            continue
        first, dash, last = part.replace("–", "-").partition("-")
        try:
            a, b = _day(first), _day(last) if dash else _day(first)
        except ValueError as error:
            raise Invalid(f"line {line}: {part!r} is no day; write Mon to Sun, such as Mon-Fri", field=field) from error
        days += range(a, b + 1) if a <= b else [*range(a, 7), *range(b + 1)]
    return tuple(sorted(set(days)))


def _day(text: str) -> int:
    """Its number, Monday being 0. Raises ValueError."""
    said = text.strip().lower()
    for number, name in enumerate(_names()):
        if said.rstrip(".") and name.rstrip(".").lower() == said.rstrip("."):
            return number
    return [d.lower() for d in DAYS].index(said[:3])


def _names() -> tuple[str, ...]:
    """Monday to Sunday, short."""
    if spoken() == SOURCE:
        return DAYS
    names = get_day_names("abbreviated", "format", locale())
    return tuple(names[number] for number in range(7))


def _days(days: Sequence[int]) -> str:
    """Runs of three or more as a span."""
    found, left, names = [], sorted(days), _names()
    while left:
        run = [left[0]]
        while len(run) < len(left) and left[len(run)] == run[-1] + 1:
            run.append(left[len(run)])
        found.append(f"{names[run[0]]}-{names[run[-1]]}" if len(run) > 2 else ",".join(names[d] for d in run))
        left = left[len(run) :]
    return ",".join(found)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
