"""The face of a card: where its words and its code stand, in millimetres, for paper and for pictures alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import segno
import zxingcpp

from admin_api.reports import fonts
from edge.core.errors import Invalid
from edge.core.model import CredentialKind

POINT = 0.3528
"""A typographic point in millimetres."""
INK, DIM = 0.0, 0.38
"""Greys: 0 is black. Code and names are black; what may be overlooked is grey."""
FINEST_MM = 0.19
"""The narrowest bar or module that an office printer and a camera at arm's length still agree about."""
QR_QUIET, BAR_QUIET = 4, 10


@dataclass(frozen=True, kw_only=True)
class CardFace:
    """What is on a card. code is what the reader sees; other kinds than QR and barcode have words alone. valid_to: as people read it."""

    site: str
    name: str
    label: str = ""
    kind: CredentialKind = CredentialKind.QR
    code: str = ""
    last4: str = ""
    valid_to: str = ""


@dataclass(frozen=True)
class Size:
    """A card's or label's width and height, mm."""

    width: float
    height: float


ID_1 = Size(85.6, 54.0)
"""The wallet size of ISO/IEC 7810."""


@dataclass(frozen=True)
class Words:
    """Text from its left end on its base line. size in points."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    grey: float = INK


@dataclass(frozen=True)
class Modules:
    """The dark parts of a code, as rectangles (column, row, columns, rows) of a grid whose first corner is x, y and whose step is `step`."""

    x: float
    y: float
    step: float
    parts: tuple[tuple[int, int, int, float], ...]


Shape = Words | Modules


def drawing(face: CardFace, size: Size) -> tuple[Shape, ...]:
    """A card's shapes; y grows downwards from the top left corner. Raises Invalid when its code does not fit this size."""
    small = size.height < 30
    pad = 1.6 if small else 3.0 if size.height < 40 else 5.0
    if face.kind is CredentialKind.BARCODE:
        return _with_bars(face, size, pad)
    if face.kind is CredentialKind.QR:
        return _with_qr(face, size, pad)
    return tuple(_words(face, pad, pad, size.width - 2 * pad, size.height - 2 * pad, small=small))


def _with_qr(face: CardFace, size: Size, pad: float) -> tuple[Shape, ...]:
    rows = qr_rows(face.code)
    # The quiet zone may reach to the card's edge: paper is white there too.
    side = min(size.height - 1.0, size.width * 0.48)
    step = side / (len(rows) + 2 * QR_QUIET)
    _refuse_too_fine(step, face)
    x, y = size.width - side + QR_QUIET * step - 0.5, (size.height - side) / 2 + QR_QUIET * step
    words = _words(face, pad, pad, x - pad - 1.5, size.height - 2 * pad, small=size.height < 30)
    return (*words, Modules(x, y, step, tuple((c, r, n, 1.0) for r, row in enumerate(rows) for c, n in _runs(row))))


def _with_bars(face: CardFace, size: Size, pad: float) -> tuple[Shape, ...]:
    bars = bar_row(face.code)
    step = min((size.width - 2.0) / (len(bars) + 2 * BAR_QUIET), 0.5)
    _refuse_too_fine(step, face)
    tall = size.height * (0.42 if size.height < 30 else 0.36)
    x, y = (size.width - len(bars) * step) / 2, size.height - pad - tall
    words = _words(face, pad, pad, size.width - 2 * pad, size.height - 2 * pad - tall - 1.0, small=size.height < 40)
    return (*words, Modules(x, y, step, tuple((c, 0, n, tall / step) for c, n in _runs(bars))))


def _refuse_too_fine(step: float, face: CardFace) -> None:
    if step < FINEST_MM:
        raise Invalid(
            f"the code of the card …{face.last4} is too long for this size: its bars would be {step:.2f} mm. Take a larger layout",
            field="layout",
        )


def qr_rows(code: str) -> list[bytes]:
    """The modules of a QR code, row by row, 1 for dark. Error correction M survives a fold and a scratch. Raises Invalid."""
    try:
        return [bytes(row) for row in segno.make_qr(code, error="m", boost_error=False).matrix]
    except ValueError as error:
        raise Invalid(f"this code cannot be a QR code: {error}", field="code") from error


def bar_row(code: str) -> bytes:
    """The modules of a Code 128 barcode, 1 for dark, without the quiet zone. Raises Invalid."""
    if not code.isascii() or not code:
        raise Invalid("a barcode holds plain letters, digits and signs alone (ASCII)", field="code")
    try:
        made = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.Code128)
    except ValueError as error:
        raise Invalid(f"this code cannot be a barcode: {error}", field="code") from error
    dark: bytes = (np.asarray(made.to_image(scale=1))[0] < 128).astype(np.uint8).tobytes()
    return dark.strip(b"\0")


def _runs(row: bytes) -> Iterable[tuple[int, int]]:
    """(first, how many) of each run of ones: drawn as one, no hairline of white is left between neighbours."""
    start = -1
    for at, dark in enumerate((*row, 0)):
        if dark and start < 0:
            start = at
        elif not dark and start >= 0:
            yield start, at - start
            start = -1


# ---------------------------------------------------------------------------------------------------- words


def _words(face: CardFace, x: float, y: float, wide: float, tall: float, *, small: bool) -> list[Words]:
    """Site and name from the top, validity and last four from the bottom; what has no room between them is left out, never drawn over."""
    low, most = (4.0, 4) if small else (5.5, 6)
    top: list[tuple[list[str], float, bool, float]] = []
    if face.site:
        top.append((*_fitted(face.site, wide, 5.0 if small else 8.0, low, 1, False), False, DIM))
    top.append((*_fitted(face.name, wide, 7.5 if small else 15.0, low + 1, 2, True), True, INK))
    if face.label and face.label != face.name:
        top.append((*_fitted(face.label, wide, 5.0 if small else 9.0, low, 1, False), False, INK))
    feet = [
        text for text in (f"Valid until {face.valid_to}" if face.valid_to else "", f"…{face.last4}" if face.last4 else "") if text
    ]
    bottom = [(*_fitted(text, wide, 5.0 if small else 8.0, low, 1, False), False, DIM) for text in feet]

    made: list[Words] = []
    foot = y + tall
    for lines, size, bold, grey in reversed(bottom):
        if foot - y < size * POINT * 1.25 + (8 if small else 12) and made:
            break
        made.append(Words(x, foot - size * POINT * 0.25, lines[0], size, bold, grey))
        foot -= size * POINT * 1.35
    head = y
    for lines, size, bold, grey in top:
        for line in lines[:most]:
            if head + size * POINT * 1.2 > foot:
                return made
            made.append(Words(x, head + size * POINT * 0.95, line, size, bold, grey))
            head += size * POINT * 1.22
        head += size * POINT * 0.18
    return made


def _fitted(text: str, wide: float, size: float, smallest: float, lines: int, bold: bool) -> tuple[list[str], float]:
    """(lines, size): the text as large as it fits this width, on so many lines; what is still too long ends in an ellipsis."""
    text = fonts.printable(text)
    while True:
        broken = _broken(text, wide / POINT, size, bold)
        if len(broken) <= lines or size <= smallest:
            break
        size = max(smallest, size - 0.5)
    if len(broken) > lines:
        broken = [*broken[: lines - 1], " ".join(broken[lines - 1 :])]
    return [_cut(line, wide / POINT, size, bold) for line in broken], size


def _broken(text: str, wide: float, size: float, bold: bool) -> list[str]:
    made = [""]
    for word in text.split(" "):
        longer = f"{made[-1]} {word}".strip()
        if not made[-1] or fonts.width(longer, size, bold=bold) <= wide:
            made[-1] = longer
        else:
            made.append(word)
    # A single word that is wider than the line asks for a smaller size too.
    return made if all(fonts.width(line, size, bold=bold) <= wide for line in made) else [*made, ""]


def _cut(text: str, wide: float, size: float, bold: bool) -> str:
    text = text.strip()
    if fonts.width(text, size, bold=bold) <= wide:
        return text
    while text and fonts.width(f"{text}…", size, bold=bold) > wide:
        text = text[:-1].rstrip()
    return f"{text}…"
