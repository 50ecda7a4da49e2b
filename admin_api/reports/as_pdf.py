"""PDF: a table on paper across, its titles on every page, pages numbered. At most 5 000 rows: paper is no place for more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from admin_api.reports import fonts
from admin_api.reports.columns import Batches, Clock, Column, Head, Kind, Row
from edge.core.errors import Invalid

CLOCK = Clock.TEXT
MOST_ROWS = 5000
WIDE, TALL = 297 * mm, 210 * mm
MARGIN, LINE, SIZE = 12 * mm, 4.4 * mm, 7.5
INK, DIM, RULE = 0.0, 0.4, 0.75
WIDEST = 0.3
"""Of the page, one column at most: a long note must not push the rest off it."""


def write(file: IO[bytes], head: Head, columns: Sequence[Column], rows: Batches) -> None:
    """columns: those with room on paper. Raises Invalid above 5 000 rows, naming the format that has room."""
    held: list[Row] = []
    for batch in rows:
        held += batch
        if len(held) > MOST_ROWS:
            raise Invalid(f"a PDF has at most {MOST_ROWS} rows: take xlsx, or narrow the list", field="format")
    sheet = Sheet(file, head)
    sheet.heading()
    sheet.table(columns, held)
    sheet.save()


class Sheet:
    """Pages being written from the top; what does not fit goes on the next one. Finished pages are kept compressed until the end."""

    def __init__(self, file: IO[bytes], head: Head) -> None:
        self._head = head
        self._canvas = Canvas(file, pagesize=(WIDE, TALL), pageCompression=1)
        self._canvas.setTitle(fonts.printable(f"{head.site}: {head.title}"))
        self._canvas.setAuthor(fonts.printable(head.operator))
        self._canvas.setCreator("Gatelatch")
        self._y, self._page = TALL - MARGIN, 1

    def heading(self) -> None:
        self._y -= 4 * mm
        self._say(MARGIN, self._head.title, 14, bold=True)
        self._y -= 2 * mm
        for word, value in self._head.lines():
            if word != "List":
                self._y -= LINE
                self._say(MARGIN, word, 8, grey=DIM)
                self._say(MARGIN + 24 * mm, value, 8, room=WIDE - 2 * MARGIN - 24 * mm)
        self._y -= LINE

    def section(self, title: str) -> None:
        """A heading within, together with the beginning of what follows."""
        if self._y - 4 * LINE < MARGIN + LINE:
            self._next_page()
        self._y -= 2 * LINE
        self._say(MARGIN, title, 10, bold=True)
        self._y -= LINE / 2

    def line(self, word: str, value: str, *, bold: bool = False) -> None:
        """A word and what it comes to."""
        if self._y - LINE < MARGIN + LINE:
            self._next_page()
        self._y -= LINE * 1.2
        self._say(MARGIN, word, 8.5, bold=bold)
        self._say(MARGIN + 90 * mm, value, 8.5, bold=bold, right=True)

    def table(self, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        """The rows, with the titles on every page."""
        shown = [[_shown(value) for value in row] for row in rows]
        places = _places(columns, shown)
        self._titles(columns, places)
        for row in shown:
            if self._y - LINE < MARGIN + LINE:
                self._next_page()
                self._titles(columns, places)
            self._y -= LINE
            for text, column, (x, wide) in zip(row, columns, places, strict=True):
                if text:
                    number = column.kind is Kind.NUMBER
                    self._say(x + wide if number else x, text, SIZE, room=wide, right=number)
        if not rows:
            self._y -= LINE
            self._say(MARGIN, "none", SIZE, grey=DIM)

    def save(self) -> None:
        self._foot()
        self._canvas.showPage()
        self._canvas.save()

    def _titles(self, columns: Sequence[Column], places: Sequence[tuple[float, float]]) -> None:
        self._y -= LINE * 1.2
        for column, (x, wide) in zip(columns, places, strict=True):
            number = column.kind is Kind.NUMBER
            self._say(x + wide if number else x, column.title, SIZE, bold=True, room=wide, right=number)
        self._canvas.setStrokeGray(RULE)
        self._canvas.setLineWidth(0.4)
        self._canvas.line(MARGIN, self._y - 1.2 * mm, WIDE - MARGIN, self._y - 1.2 * mm)
        self._y -= 0.8 * mm

    def _next_page(self) -> None:
        self._foot()
        self._canvas.showPage()
        self._page += 1
        self._y = TALL - MARGIN

    def _foot(self) -> None:
        y, self._y = self._y, MARGIN - 3 * mm
        self._say(
            MARGIN, f"{self._head.site} · {self._head.title} · {self._head.operator} · {self._head.at}", 7, grey=DIM, room=220 * mm
        )
        self._say(WIDE - MARGIN, f"Page {self._page}", 7, grey=DIM, right=True)
        self._y = y

    def _say(
        self, x: float, text: str, size: float, *, bold: bool = False, grey: float = INK, room: float = 0.0, right: bool = False
    ) -> None:
        text = fonts.printable(text)
        if room and fonts.width(text, size, bold=bold) > room:
            text = _cut(text, room, size, bold)
        self._canvas.setFont(fonts.name(bold), size)
        self._canvas.setFillGray(grey)
        (self._canvas.drawRightString if right else self._canvas.drawString)(x, self._y, text)


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return "" if value is None else str(value)


def _places(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[tuple[float, float]]:
    """(x, width) of each column: as wide as its longest text, all together as wide as the page at most."""
    gap, page = 2.5 * mm, WIDE - 2 * MARGIN
    wanted = []
    for i, column in enumerate(columns):
        longest = fonts.width(max((row[i] for row in rows), key=len, default="")[:120], SIZE) * 1.05
        wanted.append(min(max(longest, fonts.width(column.title, SIZE, bold=True)) + 1, page * WIDEST))
    share = min(1.0, (page - gap * (len(columns) - 1)) / sum(wanted))
    places, x = [], MARGIN
    for width in wanted:
        places.append((x, width * share))
        x += width * share + gap
    return places


def _cut(text: str, room: float, size: float, bold: bool) -> str:
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        if fonts.width(f"{text[:middle]}…", size, bold=bold) <= room:
            low = middle
        else:
            high = middle - 1
    return f"{text[:low].rstrip()}…"
