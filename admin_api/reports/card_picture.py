"""A card as a picture to send, and its QR code alone to put on something else. PNG."""

from __future__ import annotations

import io

import segno
from PIL import Image, ImageDraw, ImageFont

from admin_api.reports import fonts
from admin_api.reports.card_face import ID_1, POINT, CardFace, Size, Words, drawing

DOTS_PER_MM = 16
"""About 400 dots an inch: a module of the code is ten dots and more."""


def card_png(face: CardFace, size: Size = ID_1) -> bytes:
    """The card in wallet size. Raises Invalid when its code does not fit."""
    picture = Image.new("L", (round(size.width * DOTS_PER_MM), round(size.height * DOTS_PER_MM)), 255)
    pen = ImageDraw.Draw(picture)
    for shape in drawing(face, size):
        if isinstance(shape, Words):
            font = ImageFont.truetype(
                fonts.file(shape.bold), shape.size * POINT * DOTS_PER_MM, layout_engine=ImageFont.Layout.BASIC
            )
            pen.text(
                (shape.x * DOTS_PER_MM, shape.y * DOTS_PER_MM), shape.text, fill=round(shape.grey * 255), font=font, anchor="ls"
            )
            continue
        # Whole dots for a module: a step of 10.4 dots would draw some narrower than others.
        step = max(1, int(shape.step * DOTS_PER_MM))
        spread = max(column + columns for column, _, columns, _ in shape.parts)
        left = round((shape.x + spread * shape.step / 2) * DOTS_PER_MM - spread * step / 2)
        top = round(shape.y * DOTS_PER_MM)
        for column, row, columns, rows in shape.parts:
            x, y = left + column * step, top + row * step
            pen.rectangle((x, y, x + columns * step - 1, y + round(rows * step) - 1), fill=0)
    return _png(picture)


def qr_png(code: str, *, scale: int = 12) -> bytes:
    """The QR code alone with its quiet zone. Raises ValueError when it is too long for one."""
    made = io.BytesIO()
    segno.make_qr(code, error="m", boost_error=False).save(made, kind="png", scale=scale, border=4, dark="#000", light="#fff")
    return made.getvalue()


def _png(picture: Image.Image) -> bytes:
    made = io.BytesIO()
    picture.save(made, "PNG", optimize=True, dpi=(DOTS_PER_MM * 25.4, DOTS_PER_MM * 25.4))
    return made.getvalue()
