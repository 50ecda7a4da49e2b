"""Presence is a fold: whatever people do, counts never go below nothing, and replaying gives the same."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.presence import Effects, Moves, Visit, Whereabouts, counts, fold, moves

AROUND = {None: (), "garage": ("garage",), "deck": ("deck", "garage"), "gym": ("gym",)}
"""The deck lies in the garage; the gym beside it."""
MOVES = {
    "into the garage": Effects(enter="garage", spend=True),
    "into the garage, doubtful": Effects(enter="garage", spend=True, doubtful=True),
    "out of the garage": Effects(leave="garage"),
    "up to the deck": Effects(leave="garage", enter="deck", spend=True),
    "down from the deck": Effects(leave="deck", enter="garage"),
    "into the gym": Effects(enter="gym", spend=True),
    "from garage to gym": Effects(leave="garage", enter="gym", spend=True),
    "out of the gym": Effects(leave="gym"),
}
walks = st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.integers(0, 90_000_000)), max_size=30)


def walked(walk: list[tuple[str, int]]) -> list[tuple[Moves, Whereabouts]]:
    """Each passage's moves and the whereabouts after it."""
    where, at, found = Whereabouts(), 1_790_000_000_000, []
    for seq, (name, wait) in enumerate(walk, 1):
        at += wait
        effects = MOVES[name]
        before = {v.seq for v in where.visits}
        moved = moves(where, effects, AROUND[effects.enter], at // 86_400_000)
        ended = (*moved.closes, *moved.ghosts)
        assert set(ended) <= before, "only a visit that is open can end"
        assert len(ended) == len(set(ended)), "and only once"
        where = fold(where, moved, seq=seq, at=at)
        assert {v.seq for v in where.visits} <= (before - set(ended)) | {seq}
        found.append((moved, where))
    return found


def zones(where: Whereabouts) -> list[str]:
    return [v.zone for v in where.visits]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(walks)
def test_at_most_one_visit_is_open_in_a_zone_and_only_around_where_one_is(walk: list[tuple[str, int]]) -> None:
    for (name, _), (_, where) in zip(walk, walked(walk), strict=True):
        assert len(zones(where)) == len(set(zones(where)))
        assert where.zone == MOVES[name].enter
        assert set(zones(where)) <= set(AROUND[where.zone])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(walks)
def test_what_is_spent_grows_by_one_with_each_way_in_and_never_shrinks(walk: list[tuple[str, int]]) -> None:
    spent = 0
    days: dict[int, int] = {}
    for (name, _), (moved, where) in zip(walk, walked(walk), strict=True):
        if MOVES[name].spend:
            spent += 1
            days[moved.day] = days.get(moved.day, 0) + 1
            assert where.day == moved.day
            assert where.today == days[where.day]
        assert where.spent == spent
        assert where.today <= where.week <= spent
        assert where.today <= where.month <= spent


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(st.dates(date(2026, 1, 1), date(2026, 3, 31)), min_size=1, max_size=25), st.dates(date(2026, 1, 1), date(2026, 4, 30))
)
def test_uses_are_counted_by_the_calendars_day_week_and_month(uses: list[date], now: date) -> None:
    where, uses = Whereabouts(), sorted(uses)
    for seq, day in enumerate(uses, 1):
        where = fold(where, Moves(enter="gym", stays=seq > 1, spend=1, day=day.toordinal()), seq=seq, at=seq)
    now = max(now, uses[-1])
    same = [
        [d for d in uses if d == now],
        [d for d in uses if d.isocalendar()[:2] == now.isocalendar()[:2]],
        [d for d in uses if (d.year, d.month) == (now.year, now.month)],
    ]
    assert counts(where, now.toordinal()) == tuple(len(s) for s in same)


def test_nobody_who_never_came_has_uses() -> None:
    assert counts(Whereabouts(), date(2026, 1, 1).toordinal()) == (0, 0, 0)


@pytest.mark.parametrize(("day", "left"), [(date(2026, 11, 23), (0, 0, 0)), (date(2026, 11, 24), (1, 1, 1))])
def test_a_use_given_back_is_taken_from_the_total_and_from_its_own_day(day: date, left: tuple[int, int, int]) -> None:
    monday = date(2026, 11, 23).toordinal()
    one = fold(Whereabouts(), Moves(enter="gym", spend=1, day=monday), seq=1, at=10)
    back = fold(one, Moves(voids=(1,), spend=-1, day=day.toordinal()), seq=2, at=20)
    assert (back.spent, back.visits, back.last_at) == (0, (), 10)
    assert (back.today, back.week, back.month) == left


def test_no_more_is_given_back_than_was_spent() -> None:
    back = fold(Whereabouts(), Moves(spend=-1, day=0), seq=1, at=10)
    assert (back.spent, back.today, back.week, back.month) == (0, 0, 0, 0)


def test_a_second_way_in_ends_the_first_visit_as_a_ghost_and_opens_another() -> None:
    _, (second, where) = walked([("into the garage", 0), ("into the garage", 1000)])
    assert (second.ghosts, second.closes, second.stays) == ((1,), (), False)
    assert where.visits == (Visit(2, "garage", 1_790_000_001_000),)
    assert (where.zone, where.since, where.spent) == ("garage", 1_790_000_001_000, 2)


def test_going_up_to_the_deck_keeps_the_visit_to_the_garage_open() -> None:
    steps = walked([("into the garage", 0), ("up to the deck", 1), ("down from the deck", 1), ("out of the garage", 1)])
    assert [zones(where) for _, where in steps] == [["garage"], ["garage", "deck"], ["garage"], []]
    assert [moved.stays for moved, _ in steps] == [False, False, True, False]
    assert [moved.closes for moved, _ in steps] == [(), (), (2,), (1,)]


def test_who_comes_down_without_having_been_seen_in_the_garage_is_in_it_now() -> None:
    ((moved, where),) = walked([("down from the deck", 0)])
    assert (moved.stays, zones(where), where.spent) == (False, ["garage"], 0)
    assert (where.last_at, where.day) == (None, 0)


def test_what_is_kept_with_the_event_says_all_that_changed() -> None:
    effects = Effects(enter="gym", spend=True, doubtful=True, slice=7, pin=-1)
    assert moves(Whereabouts(), effects, ("gym",), 739_000) == Moves(
        enter="gym", doubtful=True, spend=1, day=739_000, slice=7, pin=-1
    )


def test_the_chain_of_events_is_not_the_folds_business() -> None:
    assert fold(Whereabouts(last_seq=4), Moves(enter="gym"), seq=9, at=1).last_seq == 4
