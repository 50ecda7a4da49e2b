"""Colours as people write them (#2f4fc4), and whether text of one can be read on another (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re

from edge.core.errors import Invalid

Rgb = tuple[int, int, int]

WHITE: Rgb = (255, 255, 255)
READABLE = 4.5
"""Contrast that text needs (WCAG 2.2 AA)."""


def parse(text: str) -> Rgb | None:
    """Six hexadecimal digits behind a #; None for anything else."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        return None
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def written(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    """So much (0 to 1) of one in the other."""
    return tuple(round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def contrast(one: Rgb, other: Rgb) -> float:
    """From 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def check(text: str) -> None:
    """Raises Invalid for what cannot be the colour of buttons and links, whose words are white."""
    colour = parse(text)
    if colour is None:
        raise Invalid("write a colour as six digits, such as #2f4fc4")
    if (found := contrast(colour, WHITE)) < READABLE:
        raise Invalid(f"too light to be read on white (contrast {found:.1f}, {READABLE} is needed): take a darker one")


def _luminance(colour: Rgb) -> float:
    parts = [c / 255 for c in colour]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
