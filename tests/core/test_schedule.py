"""Schedules against an oracle that writes every open minute of every day down, over clock changes in five zones."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.place import Holiday, Schedule, Window
from edge.core.schedule import is_open, local, problems

ZONES = ("Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia")
"""Whole-hour changes on both sides of the ocean, half an hour, a change at Ramadan, and a zone that once skipped a day."""
YEARS = (2011, 2024, 2026, 2027)


def open_minutes(schedule: Schedule, first: date, days: int) -> set[tuple[date, int]]:
    """The oracle: (day, minute of the local day) of every open minute, window by window."""
    ours = {h.date: h.windows for h in reversed(schedule.holidays)}
    found: set[tuple[date, int]] = set()
    for n in range(-1, days + 1):
        day = first + timedelta(days=n)
        weekly = [(w.start, w.end) for w in schedule.windows if day.weekday() in w.days]
        for start, end in ours.get(day.isoformat(), weekly):
            if start < end:
                found |= {(day, m) for m in range(start, end)}
            elif end < start:
                found |= {(day, m) for m in range(start, 1440)}
                found |= {(day + timedelta(days=1), m) for m in range(end)}
    return found


def changes(zone: str, year: int) -> list[datetime]:
    """The hours (UTC) in which this zone's clocks change in a year."""
    tz = ZoneInfo(zone)
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=h) for h in range(8760)]
    return [b for a, b in itertools.pairwise(hours) if a.astimezone(tz).utcoffset() != b.astimezone(tz).utcoffset()]


CHANGES = [(zone, at) for zone in ZONES for year in YEARS for at in changes(zone, year)]
minute = st.one_of(st.integers(0, 1440), st.sampled_from([0, 60, 119, 120, 121, 150, 180, 1439, 1440]))
window = st.builds(
    Window, days=st.sets(st.integers(0, 6), min_size=1).map(lambda d: tuple(sorted(d))), start=minute, end=minute
)  # fmt: skip


@st.composite
def around_a_change(draw: st.DrawFn) -> tuple[str, datetime, Schedule]:
    zone, at = draw(st.sampled_from(CHANGES))
    begin = at - timedelta(days=1, minutes=draw(st.integers(0, 600)))
    days = [(begin + timedelta(days=n)).date().isoformat() for n in range(4)]
    holidays = draw(
        st.lists(
            st.builds(Holiday, date=st.sampled_from(days), windows=st.lists(st.tuples(minute, minute), max_size=2).map(tuple)),
            max_size=2,
            unique_by=lambda h: h.date,
        )
    )
    windows = draw(st.lists(window, max_size=3))
    return zone, begin, Schedule(name="s", windows=tuple(windows), holidays=tuple(holidays))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(around_a_change())
def test_every_minute_around_a_clock_change_is_as_the_oracle_says(case: tuple[str, datetime, Schedule]) -> None:
    zone, begin, schedule = case
    tz = ZoneInfo(zone)
    oracle = open_minutes(schedule, begin.date() - timedelta(days=1), 6)
    shut_days = {h.date for h in schedule.holidays}
    for n in range(3 * 1440):
        here = (begin + timedelta(minutes=n)).astimezone(tz)
        opened, by_holiday = is_open(schedule, here)
        assert opened == ((here.date(), here.hour * 60 + here.minute) in oracle), here
        if not opened:
            assert by_holiday == (here.date().isoformat() in shut_days)


@pytest.mark.parametrize("zone", ZONES)
def test_a_whole_year_is_as_the_oracle_says(zone: str) -> None:
    schedule = Schedule(
        name="s",
        windows=(
            Window(days=(0, 1, 2, 3, 4), start=480, end=1080),
            Window(days=(4, 5), start=1320, end=180),
            Window(days=(6,), start=90, end=150),
        ),
        holidays=(
            Holiday(date="2026-01-01"),
            Holiday(date="2026-03-29", windows=((120, 180),)),
            Holiday(date="2026-12-24", windows=((480, 720), (1380, 60))),
        ),
    )
    tz = ZoneInfo(zone)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    oracle = open_minutes(schedule, date(2025, 12, 30), 369)
    for n in range(0, 365 * 1440, 11):
        at = begin + timedelta(minutes=n)
        here = at.astimezone(tz)
        assert local(int(at.timestamp() * 1000), zone) == here
        assert is_open(schedule, here)[0] == ((here.date(), here.hour * 60 + here.minute) in oracle), here


@pytest.mark.parametrize(
    ("schedule", "field"),
    [
        (Schedule(name="s", windows=(Window(days=(), start=0, end=60),)), "windows[0].days"),
        (Schedule(name="s", windows=(Window(days=(7,), start=0, end=60),)), "windows[0].days"),
        (Schedule(name="s", windows=(Window(days=(0,), start=-1, end=60),)), "windows[0].start"),
        (Schedule(name="s", windows=(Window(days=(0,), start=0, end=1441),)), "windows[0].end"),
        (Schedule(name="s", windows=(Window(days=(0,), start=60, end=60),)), "windows[0].end"),
        (Schedule(name="s", holidays=(Holiday(date="24.12.2026"),)), "holidays[0].date"),
        (Schedule(name="s", holidays=(Holiday(date="20261224"),)), "holidays[0].date"),
        (Schedule(name="s", holidays=(Holiday(date="2026-W52-4"),)), "holidays[0].date"),
        (Schedule(name="s", holidays=(Holiday(date="2026-02-30"),)), "holidays[0].date"),
        (Schedule(name="s", holidays=(Holiday(date="2026-12-24"), Holiday(date="2026-12-24", windows=((0, 60),)))), "holidays[1].date"),
        (Schedule(name="s", holidays=(Holiday(date="2026-12-24", windows=((60, 60),)),)), "holidays[0].windows"),
        (Schedule(name="s", holidays=(Holiday(date="2026-12-24", windows=((0, 1500),)),)), "holidays[0].windows"),
    ],
)  # fmt: skip
def test_nonsense_in_a_schedule_is_named(schedule: Schedule, field: str) -> None:
    assert [f for f, _ in problems(schedule)] == [field]


def test_a_whole_day_and_a_night_make_sense() -> None:
    good = Schedule(name="s", windows=(Window(days=(0,), start=0, end=1440), Window(days=(1,), start=1320, end=360)))
    assert problems(good) == []
