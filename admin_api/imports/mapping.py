"""Which column is which field: guessed from the words above it and from what is in it, with how sure that is."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

from msgspec import Struct

from admin_api.imports.fields import FIELDS, IGNORED, Field
from edge.commands.tidy import EMAIL
from edge.core.importing import ImportKind
from edge.core.searching import digits, fold

SURE, LIKELY, SEEN, LEAST = 1.0, 0.8, 0.6, 0.6
"""Scores: the very word; a word among others or nearly it; only what is in it speaks for it. Below the last nothing is guessed."""
_BETWEEN = re.compile(r"[^0-9a-z%]+")


class Column(Struct, frozen=True, kw_only=True):
    """A column of a file. name: what it is called in a mapping (its title, told apart where two are alike); field: the guess, or None;
    score: 0 to 1; sample: a few of its values."""

    name: str
    title: str
    field: str | None = None
    score: float = 0.0
    sample: tuple[str, ...] = ()


def columns_of(kind: ImportKind, titles: list[str], rows: list[list[str]]) -> list[Column]:
    """The columns with the best guess for each; no field is guessed twice. rows: the first ones of the file."""
    samples = [tuple(row[at] for row in rows if at < len(row) and row[at])[:5] for at in range(len(titles))]
    scored = sorted(
        (
            (-score, order, at, field.name)
            for at, title in enumerate(titles)
            for order, field in enumerate(FIELDS[kind])
            if (score := score_of(field, title, samples[at])) >= LEAST
        )
    )
    guessed: dict[int, tuple[str, float]] = {}
    taken = set[str]()
    for minus, _, at, name in scored:
        if at not in guessed and name not in taken:
            guessed[at] = (name, -minus)
            taken.add(name)
    return [
        Column(name=name, title=titles[at], field=guessed.get(at, (None, 0.0))[0], score=round(guessed.get(at, ("", 0.0))[1], 2),
               sample=samples[at])
        for at, name in enumerate(names_of(titles))
    ]  # fmt: skip


def names_of(titles: list[str]) -> list[str]:
    """A name for each column: its title, numbered where it is not the first of that title, "column 3" where it has none."""
    names: list[str] = []
    for at, title in enumerate(titles, 1):
        name, again = title or f"column {at}", 2
        while name in names:
            name, again = f"{title or f'column {at}'} ({again})", again + 1
        names.append(name)
    return names


def known_titles(kind: ImportKind, row: list[str]) -> int:
    """How many cells of a row are what columns are called."""
    return sum(any(plain(cell) in words_of(field) for field in FIELDS[kind]) for cell in row if cell and len(cell) < 60)


def score_of(field: Field, title: str, sample: tuple[str, ...]) -> float:
    """How sure it is that a column is this field."""
    said = plain(title)
    if said in IGNORED:
        return 0.0
    words = words_of(field)
    if said and said in words:
        return SURE - 0.01 * min(words.index(said), 5)
    if said and max(_near(said, word) for word in words) >= 0.86:
        return LIKELY
    if said and any(len(word) > 3 and f" {word} " in f" {said} " for word in words):
        return LIKELY - 0.1
    return SEEN if sample and _looks(field.name, sample) else 0.0


def plain(text: str) -> str:
    """Folded, with nothing but a space between words: "E-Mail:" is "e mail"."""
    return _BETWEEN.sub(" ", fold(text)).strip()


@lru_cache(maxsize=128)
def words_of(field: Field) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(plain(word) for word in field.words), plain(field.name.replace("_", " ")))))


def _near(one: str, other: str) -> float:
    """Alike to 1, for words long enough that a slip is no other word."""
    if min(len(one), len(other)) < 5:
        return 0.0
    return SequenceMatcher(None, one, other).ratio()


def _looks(field: str, sample: tuple[str, ...]) -> bool:
    if field == "email":
        return all(EMAIL.fullmatch(cell.strip()) for cell in sample)
    if field == "mobile":
        return all(cell.lstrip().startswith(("+", "00")) and 8 <= len(digits(cell)) <= 15 for cell in sample)
    return False
