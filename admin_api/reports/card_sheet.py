"""Cards and labels on paper: PDF sheets by layout, with cut marks where there is something to cut."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from admin_api.reports import fonts
from admin_api.reports.card_face import ID_1, CardFace, Shape, Size, Words, drawing
from edge.core.errors import Invalid

A4 = Size(210.0, 297.0)
MARK_MM, MARK_GAP_MM = 4.0, 1.5


@dataclass(frozen=True)
class Layout:
    """How cards stand on a page: so many columns and rows of this size, from this corner, this far apart."""

    page: Size
    card: Size
    columns: int = 1
    rows: int = 1
    left: float = 0.0
    top: float = 0.0
    apart: float = 0.0
    marks: bool = False

    @property
    def places(self) -> int:
        return self.columns * self.rows

    def place(self, number: int) -> tuple[float, float]:
        """The top left corner of a place, counted along the rows."""
        row, column = divmod(number, self.columns)
        return self.left + column * (self.card.width + self.apart), self.top + row * self.card.height


LAYOUTS: dict[str, Layout] = {
    "card": Layout(ID_1, ID_1),
    "sheet": Layout(A4, ID_1, 2, 5, left=19.4, top=13.5, marks=True),
    "labels-24": Layout(A4, Size(70.0, 36.0), 3, 8, top=4.5),
    "labels-65": Layout(A4, Size(38.1, 21.2), 5, 13, left=4.65, top=10.7, apart=2.55),
}


def write_pdf(faces: Iterable[CardFace], layout: Layout, to: IO[bytes], *, title: str = "Access cards") -> int:
    """Write the sheets; how many cards. Finished pages alone are kept, compressed, until the end (measured: 1000 cards, 8 MB).

    Raises Invalid for a code that does not fit the layout, and for no cards.
    """
    page = layout.page
    canvas = Canvas(to, pagesize=(page.width * mm, page.height * mm), pageCompression=1)
    canvas.setTitle(title)
    canvas.setCreator("Gatelatch")
    count, coming = 0, iter(faces)
    while sheet := list(itertools.islice(coming, layout.places)):
        if layout.marks:
            _cut_marks(canvas, layout)
        for number, face in enumerate(sheet):
            x, y = layout.place(number)
            for shape in drawing(face, layout.card):
                _draw(canvas, shape, x, y, page.height)
        count += len(sheet)
        canvas.showPage()
    if not count:
        raise Invalid("there are no cards to print", field="ids")
    canvas.save()
    return count


def _draw(canvas: Canvas, shape: Shape, x: float, y: float, tall: float) -> None:
    """A shape of a card whose corner is x, y; PDF counts upwards from the bottom of the page."""
    if isinstance(shape, Words):
        canvas.setFillGray(shape.grey)
        canvas.setFont(fonts.name(shape.bold), shape.size)
        canvas.drawString((x + shape.x) * mm, (tall - y - shape.y) * mm, shape.text)
        return
    path = canvas.beginPath()
    for column, row, columns, rows in shape.parts:
        left, bottom = x + shape.x + column * shape.step, tall - y - shape.y - (row + rows) * shape.step
        path.rect(left * mm, bottom * mm, columns * shape.step * mm, rows * shape.step * mm)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def _cut_marks(canvas: Canvas, layout: Layout) -> None:
    """Hairlines outside the block of cards, in line with every edge."""
    page, card = layout.page, layout.card
    right, bottom = layout.left + layout.columns * card.width, layout.top + layout.rows * card.height
    canvas.setStrokeGray(0)
    canvas.setLineWidth(0.25)
    lines = []
    for column in range(layout.columns + 1):
        x = layout.left + column * card.width
        lines += [
            (x, layout.top - MARK_GAP_MM - MARK_MM, x, layout.top - MARK_GAP_MM),
            (x, bottom + MARK_GAP_MM, x, bottom + MARK_GAP_MM + MARK_MM),
        ]
    for row in range(layout.rows + 1):
        y = layout.top + row * card.height
        lines += [
            (layout.left - MARK_GAP_MM - MARK_MM, y, layout.left - MARK_GAP_MM, y),
            (right + MARK_GAP_MM, y, right + MARK_GAP_MM + MARK_MM, y),
        ]
    canvas.lines([(x1 * mm, (page.height - y1) * mm, x2 * mm, (page.height - y2) * mm) for x1, y1, x2, y2 in lines])
