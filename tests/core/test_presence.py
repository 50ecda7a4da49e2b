"""Presence is a fold: whatever people do, counts never go below nothing, and replaying gives the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.judgement import Effects, Whereabouts
from edge.core.presence import Step, step

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


def walked(walk: list[tuple[str, int]]) -> list[tuple[Step, list[str]]]:
    """Each step with the zones of the visits open after it, kept as the journal keeps them."""
    where, visits, at, found = Whereabouts(), list[tuple[int, str]](), 1_790_000_000_000, []
    for seq, (name, wait) in enumerate(walk, 1):
        at += wait
        effects = MOVES[name]
        taken = step(where, effects, AROUND[effects.enter], seq=seq, at=at, today=f"day {at // 86_400_000}")
        ended = (*taken.ghosts, *taken.closes)
        assert set(ended) <= set(visits), "only a visit that is open can end"
        assert len(ended) == len(set(ended)), "and only once"
        visits = [v for v in visits if v not in ended]
        if taken.opens is not None:
            visits.append((seq, taken.opens))
        where = taken.where
        assert list(where.visits) == visits
        found.append((taken, [zone for _, zone in visits]))
    return found


@settings(max_examples=300, deadline=None, derandomize=True)
@given(walks)
def test_at_most_one_visit_is_open_in_a_zone_and_only_around_where_one_is(walk: list[tuple[str, int]]) -> None:
    for taken, visits in walked(walk):
        assert len(visits) == len(set(visits))
        assert set(visits) <= set(AROUND[taken.where.zone])
        assert taken.where.zone is None or taken.where.zone in visits


@settings(max_examples=300, deadline=None, derandomize=True)
@given(walks)
def test_what_is_spent_grows_by_one_with_each_way_in_and_never_shrinks(walk: list[tuple[str, int]]) -> None:
    spent = 0
    today: dict[str, int] = {}
    for (name, _), (taken, _) in zip(walk, walked(walk), strict=True):
        if MOVES[name].spend:
            spent += 1
            today[taken.where.day] = today.get(taken.where.day, 0) + 1
            assert taken.where.spent_today == today[taken.where.day]
        assert taken.where.spent == spent
        assert taken.where.spent_today <= spent


@settings(max_examples=100, deadline=None, derandomize=True)
@given(walks)
def test_replaying_gives_the_same(walk: list[tuple[str, int]]) -> None:
    assert walked(walk) == walked(walk)


def test_a_second_way_in_ends_the_first_visit_as_a_ghost_and_opens_another() -> None:
    (_, _), (second, visits) = walked([("into the garage", 0), ("into the garage", 1000)])
    assert (second.ghosts, second.opens, visits) == (((1, "garage"),), "garage", ["garage"])


def test_going_up_to_the_deck_keeps_the_visit_to_the_garage_open() -> None:
    steps = walked([("into the garage", 0), ("up to the deck", 1), ("down from the deck", 1), ("out of the garage", 1)])
    assert [visits for _, visits in steps] == [["garage"], ["garage", "deck"], ["garage"], []]


def test_who_comes_down_without_having_been_seen_in_the_garage_is_in_it_now() -> None:
    ((taken, visits),) = walked([("down from the deck", 0)])
    assert (taken.opens, visits, taken.where.spent) == ("garage", ["garage"], 0)
