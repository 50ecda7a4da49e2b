"""Alarms that come again and again: the first is written, the rest are counted, and a cause is named where one is likely."""

from __future__ import annotations

import pytest

from edge.core import nuisance
from edge.core.nuisance import DAY_MS, FORCED, HELD, KEPT, OFFLINE, Cause, Group, Once, Summary

WINDOW = 300_000


def raised(times: list[int], code: str = FORCED, window: int = WINDOW) -> tuple[Group, list[bool]]:
    group, written = None, []
    for at in times:
        group, line = nuisance.raised(group, code, Once(at), window)
        written.append(line)
    assert group
    return group, written


def test_the_first_is_written_and_the_others_of_its_window_are_counted() -> None:
    group, written = raised([1000, 1100, 1200])
    assert written == [True, False, False]
    assert (group.count, group.untold, group.first_at, group.told_at) == (3, 2, 1000, 1000)
    assert nuisance.due(group, WINDOW) == 301_000


def test_when_the_window_is_over_the_count_is_told_once() -> None:
    group, _ = raised([1000, 1100, 1200])
    group, said = nuisance.told(group, 301_000)
    assert said == Summary(code=FORCED, more=2, count=3, first_at=1000, cause=Cause.CONTACT_LOOSE)
    assert (group.untold, group.told_at) == (0, 301_000)
    group, said = nuisance.told(group, 601_000)
    assert (said, group.running) == (None, False)
    assert nuisance.due(group, WINDOW) is None
    assert nuisance.raised(group, FORCED, Once(601_001), WINDOW)[1] is True, "the next one is news"


def test_one_that_goes_on_is_told_once_a_window_with_the_whole_count() -> None:
    group, _ = raised([0, 10])
    group, _ = nuisance.told(group, WINDOW)
    group, written = nuisance.raised(group, FORCED, Once(WINDOW + 5), WINDOW)
    assert not written
    _, said = nuisance.told(group, 2 * WINDOW)
    assert said and (said.more, said.count, said.first_at) == (1, 3, 0)


def test_when_something_else_happened_what_was_counted_is_told_and_the_next_one_is_news() -> None:
    group, _ = raised([1000, 1100, 1200])
    group, said = nuisance.ended(group, 2000)
    assert said and (said.more, said.count) == (2, 3)
    assert not group.running
    assert nuisance.raised(group, FORCED, Once(2001), WINDOW)[1] is True
    alone, said = nuisance.ended(raised([1000])[0], 2000)
    assert (alone.running, said) == (False, None)


def test_one_alone_needs_no_summary() -> None:
    group, _ = raised([1000])
    group, said = nuisance.told(group, 301_000)
    assert (said, group.running) == (None, False)


def test_the_end_of_the_window_is_outside_it() -> None:
    assert raised([0, WINDOW - 1])[1] == [True, False]
    assert raised([0, WINDOW])[1] == [True, True]


def test_with_no_window_every_one_is_written() -> None:
    assert raised([1, 1, 2], window=0)[1] == [True, True, True]


def test_a_new_group_counts_anew_but_remembers_what_was() -> None:
    group, _ = raised([0, 1, WINDOW * 3])
    assert (group.count, group.first_at, group.untold, len(group.past)) == (1, WINDOW * 3, 0, 3)


def test_what_is_remembered_is_bounded() -> None:
    group, _ = raised(list(range(KEPT + 10)))
    assert (len(group.past), group.past[0].at, group.count) == (KEPT, 10, KEPT + 10)


def test_nothing_is_due_of_nothing() -> None:
    assert nuisance.due(None, WINDOW) is None


@pytest.mark.parametrize(
    ("code", "past", "cause"),
    [
        (FORCED, [(0, 2000)], Cause.BOUNCED),
        (FORCED, [(0, 2001)], None),
        (FORCED, [(0, None)], None),
        (FORCED, [(0, 500), (600_000, 90_000)], None),
        (FORCED, [(0, 500), (600_000, 90_000), (1_200_000, 1)], Cause.BOUNCED),
        (FORCED, [(0, 500), (30_000, 500), (60_000, 500)], Cause.CONTACT_LOOSE),
        (FORCED, [(0, 9000), (30_000, 9000), (60_001, 9000)], None),
        (FORCED, [(0, 9000), (500_000, 9000), (500_001, 9000)], None),
        (FORCED, [], None),
        (OFFLINE, [(0, None), (300_000, None), (600_000, None)], Cause.LINE_LOOSE),
        (OFFLINE, [(0, None), (300_000, None), (600_001, None)], None),
        (OFFLINE, [(0, None), (1, None)], None),
        (HELD, [(0, None), (DAY_MS, None), (2 * DAY_MS + 5, None)], Cause.CLOSER_WEAK),
        (HELD, [(0, None), (DAY_MS, None), (3 * DAY_MS, None)], None),
        (HELD, [(0, None), (3 * DAY_MS, None), (4 * DAY_MS, None), (5 * DAY_MS, None)], Cause.CLOSER_WEAK),
        (HELD, [(0, None), (1, None), (2, None), (DAY_MS - 1, None)], None),
        (HELD, [(0, None), (DAY_MS, None)], None),
        (HELD, [(0, None), (3 * DAY_MS, None), (4 * DAY_MS, None)], None),
        (FORCED, [(900_000, 9000), (930_000, 9000), (960_000, 9000)], Cause.CONTACT_LOOSE),
        (HELD, [], None),
        ("door_opened", [(0, None), (DAY_MS, None), (2 * DAY_MS, None)], None),
    ],
)  # fmt: skip
def test_the_likely_cause(code: str, past: list[tuple[int, int | None]], cause: Cause | None) -> None:
    assert nuisance.likely(code, tuple(Once(at, after) for at, after in past)) is cause
