"""A reading of a plate opens for one registered plate, exactly or by look-alikes, and never for one of two."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edge.core.plate import folded, plate_key, registered_match

plates = st.text("0OQD1IL8B5S2ZAK7", min_size=2, max_size=7)


@st.composite
def look_alikes(draw: st.DrawFn) -> tuple[str, str, str]:
    """Three plates that fold to the same."""
    shape = draw(st.lists(st.sampled_from(["0ODQ", "1IL", "8B", "5S", "2Z", "K"]), min_size=3, max_size=6))
    first, second, third = ("".join(draw(st.sampled_from(c)) for c in shape) for _ in range(3))
    return first, second, third


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(plates, min_size=1, max_size=4), st.sets(plates, max_size=6))
def test_a_match_explains_the_reading_and_is_the_only_one_that_does(candidates: list[str], registered: set[str]) -> None:
    found, count = registered_match(candidates, registered)
    explaining = {r for r in registered if any(folded(r) == folded(c) for c in candidates)}
    if found is None:
        assert count == len(explaining) != 1
    else:
        assert found in registered
        assert count == 1
        assert explaining == {found} or found == candidates[0], "of two that explain it, only the very one that was read"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(plates, st.sets(plates, max_size=6), st.lists(plates, max_size=3))
def test_an_exact_hit_of_the_best_reading_wins_whatever_else_is_registered(plate: str, others: set[str], more: list[str]) -> None:
    assert registered_match([plate, *more], {plate, *others}) == (plate, 1)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(look_alikes())
def test_two_registered_look_alikes_are_never_accepted_for_a_third_reading(three: tuple[str, str, str]) -> None:
    first, second, read = three
    assume(len(set(three)) == 3)
    assert registered_match([read], {first, second}) == (None, 2)
    assert registered_match([read], {first}) == (first, 1)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(plates, max_size=4), st.sets(plates, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_what_is_registered_does_not_matter(candidates: list[str], registered: set[str], chance) -> None:  # type: ignore[no-untyped-def]
    mixed = sorted(registered)
    chance.shuffle(mixed)
    assert registered_match(candidates, mixed) == registered_match(candidates, registered)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=30))
def test_a_key_is_its_own_key_and_folding_twice_is_folding_once(text: str) -> None:
    key = plate_key(text)
    assert key == "" or (2 <= len(key) <= 10 and key.isascii() and key.isalnum() and key == key.upper())
    assert plate_key(key) == key
    assert folded(folded(key)) == folded(key)
    assert len(folded(key)) == len(key)


def test_a_plate_one_letter_apart_is_not_taken_for_a_registered_one() -> None:
    assert registered_match(["WX1234A"], {"WX1234K"}) == (None, 0)
    assert registered_match(["WXO234"], {"WX0234"}) == ("WX0234", 1)
    assert registered_match(["WXO234"], {"WX0234", "WXQ234"}) == (None, 2)
