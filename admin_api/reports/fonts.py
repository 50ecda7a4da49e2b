"""The two fonts that everything is printed with: DejaVu Sans, shipped here, so that Żółć, Ελένη and Зоя print on any machine.

DejaVu covers Latin, Greek, Cyrillic, Armenian and Georgian. It has no Chinese, Japanese or Korean, and what is written from right to
left or joins its letters (Hebrew, Arabic) would need shaping: such letters are printed as empty boxes rather than wrongly.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).parent / "fonts"
REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
BOX = "□"
_FROM_THE_RIGHT = frozenset({"R", "AL", "AN"})


def name(bold: bool) -> str:
    """The font's name, known to reportlab when this returns."""
    return _registered(BOLD if bold else REGULAR)


def file(bold: bool) -> Path:
    return FOLDER / f"{BOLD if bold else REGULAR}.ttf"


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide this text prints, in the unit of size."""
    return float(pdfmetrics.stringWidth(text, name(bold), size))


def printable(text: str) -> str:
    """The text as it can be printed: composed, one space between words, a box for each letter the font cannot set right."""
    composed = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(letter if _can_set(letter) else BOX for letter in composed)


@cache
def _can_set(letter: str) -> bool:
    known = ord(letter) in pdfmetrics.getFont(name(False)).face.charToGlyph
    return known and letter.isprintable() and unicodedata.bidirectional(letter) not in _FROM_THE_RIGHT


@cache
def _registered(font: str) -> str:
    pdfmetrics.registerFont(TTFont(font, str(FOLDER / f"{font}.ttf")))
    return font
