"""Folding is what it says, for every character there is."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from edge.core.searching import MARK, digits, fold, marked


def by_the_book(text: str) -> str:
    """Case folded, decomposed, without anything that combines or that nobody sees; control characters part words."""
    unseen = [0x7F, 0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    plain = {chr(n): " " for n in range(0x20)} | {chr(n): "" for n in unseen}
    plain |= {"ł": "l", "đ": "d", "ø": "o", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
    bare = unicodedata.normalize("NFKD", "".join(plain.get(c, c) for c in text.casefold()))
    return " ".join("".join(plain.get(c, c) for c in bare if not unicodedata.combining(c)).split())


def test_every_character_of_the_first_plane_folds_by_the_book() -> None:
    for start in range(0, 0xE000, 0x100):
        for point in range(start, start + 0x100):
            if not 0xD800 <= point < 0xE000:
                text = f"a{chr(point)} É"
                assert fold(text) == by_the_book(text), hex(point)


@given(st.text(st.characters(exclude_categories=("Co", "Cs"))))
def test_any_text_folds_by_the_book(text: str) -> None:
    folded = fold(text)
    assert folded == by_the_book(text)
    assert marked(text).replace(MARK, "") == folded
    assert digits(text) == "".join(c for c in text if c in "0123456789")
