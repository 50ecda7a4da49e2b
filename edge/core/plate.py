"""Number plates: canonical form, classes of look-alike characters, and when a reading is one registered plate."""

from __future__ import annotations

import re
from collections.abc import Iterable

_KEEP = re.compile(r"[^0-9A-Z]")
_FOLD = str.maketrans("ODQILBSZ", "00011852")
MIN_LENGTH, MAX_LENGTH = 2, 10


def plate_key(text: str) -> str:
    """Upper case, letters and digits alone; empty when nothing of 2 to 10 characters is left."""
    key = _KEEP.sub("", text.upper())
    return key if MIN_LENGTH <= len(key) <= MAX_LENGTH else ""


def folded(key: str) -> str:
    """The key with look-alikes made one: O D Q = 0, I L = 1, B = 8, S = 5, Z = 2."""
    return key.translate(_FOLD)


def registered_match(candidates: Iterable[str], registered: Iterable[str]) -> tuple[str | None, int]:
    """Which registered plate explains a reading, and how many do: (plate or None, count).

    candidates: plate keys read, best first. An exact hit on the best candidate wins alone; otherwise the folded
    candidates must meet exactly one registered plate. Edit distance is never used: it cross-accepts.
    """
    keys = tuple(candidates)
    known = set(registered)
    if keys and keys[0] in known:
        return keys[0], 1
    folds = {folded(k) for k in keys}
    hits = sorted(k for k in known if folded(k) in folds)
    return (hits[0], 1) if len(hits) == 1 else (None, len(hits))
