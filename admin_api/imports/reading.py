"""A file as rows of text, one after the other: csv in whatever encoding, or xlsx. Bounded: what is larger is refused by name."""

from __future__ import annotations

import csv
import itertools
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from admin_api.imports.mapping import known_titles
from admin_api.imports.text import ENCODINGS, clean, encoding_of, shown
from edge.core.errors import Invalid
from edge.core.importing import ImportKind

MOST_ROWS = 200_000
MOST_COLUMNS = 200
LONGEST_CELL = 4000
"""Characters: no field is longer. A longer cell makes its row wrong; one of a megabyte is a quote that nobody closed."""
HUGE_CELL = 1 << 20
TITLES_WITHIN = 12
"""The titles are in one of the first rows."""
MOST_UNZIPPED, MOST_STRINGS, MOST_PARTS = 512 << 20, 32 << 20, 2000
"""Bytes of an xlsx when it is unpacked, bytes of its shared texts (they are held in memory), files in it."""
DELIMITERS = (";", ",", "\t", "|")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Source:
    """What a file turned out to be. encoding: as people call it, empty of a spreadsheet; guessed: nobody said; head: number of
    the row with the titles."""

    format: str
    encoding: str
    guessed: bool
    delimiter: str
    sheet: str
    head: int
    titles: list[str]


Row = tuple[int, list[str]]
"""(number of the row as a spreadsheet counts it, cells)."""


class Opened:
    """A file that is being read: what it is, and the rows below the titles."""

    def __init__(self, path: Path, kind: ImportKind, encoding: str = "", delimiter: str = "") -> None:
        """encoding: of ENCODINGS; delimiter: of DELIMITERS; empty: looked for. Raises Invalid for what cannot be read."""
        self._path = path
        with path.open("rb") as file:
            head = file.read(8)
        if not head:
            raise Invalid("the file is empty", field="file")
        if head.startswith(_OLD_EXCEL):
            raise Invalid(
                "this is a workbook of an old Excel (xls) or a protected one: save it as xlsx without a password, or as csv",
                field="file",
            )
        self._close: Callable[[], object] = _nothing
        if head.startswith(b"PK"):
            self.source, self._rows = self._sheet(kind)
        elif head.startswith(b"%PDF"):
            raise Invalid("this is a PDF: csv and xlsx can be read", field="file")
        else:
            self.source, self._rows = self._text(kind, encoding, delimiter)

    def rows(self) -> Iterator[Row]:
        """Every row that is not empty. Raises Invalid where the file breaks off."""
        for count, (number, cells) in enumerate(self._rows):
            if count >= MOST_ROWS:
                raise Invalid(f"more than {MOST_ROWS} rows: make several files of it", field="file")
            yield number, cells

    def close(self) -> None:
        self._close()

    # ------------------------------------------------------------------------------------------------ csv

    def _text(self, kind: ImportKind, wanted: str, delimiter: str) -> tuple[Source, Iterator[Row]]:
        if wanted and wanted not in ENCODINGS:
            raise Invalid(f"one of {', '.join(ENCODINGS)}", field="encoding")
        if delimiter and delimiter not in DELIMITERS:
            raise Invalid("a semicolon, comma, tab or bar", field="delimiter")
        codec, guessed = (ENCODINGS[wanted], False) if wanted else encoding_of(self._path)
        file = self._path.open(encoding=codec, errors="strict" if wanted else "replace", newline="")
        self._close = file.close
        try:
            sample = file.read(1 << 16)
        except UnicodeError as error:
            raise Invalid(f"this file is not {wanted}", field="encoding") from error
        delimiter = delimiter or _delimiter(sample, kind)
        file.seek(0)
        csv.field_size_limit(HUGE_CELL)
        number, titles, rows = _with_titles(_csv_rows(file, delimiter), kind)
        return Source("csv", shown(codec), guessed, delimiter, "", number, titles), rows

    # ------------------------------------------------------------------------------------------------ xlsx

    def _sheet(self, kind: ImportKind) -> tuple[Source, Iterator[Row]]:
        import openpyxl  # csv does not pay for it

        _looks_sound(self._path)
        file = self._path.open("rb")  # (by its name it would be refused: it has no ending here)
        self._close = file.close
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            best: tuple[int, Any] | None = None
            for sheet in book.worksheets[:20]:
                top = itertools.islice(_sheet_rows(sheet), TITLES_WITHIN)
                score = max((known_titles(kind, cells) for _, cells in top), default=-1)
                if score >= 0 and (best is None or score > best[0]):
                    best = (score, sheet)
            if best is None:
                raise Invalid("no sheet of this workbook has a row in it", field="file")
            number, titles, rows = _with_titles(_sheet_rows(best[1]), kind)
        except Invalid:
            raise
        except Exception as error:  # openpyxl lets whatever comes up inside a broken file through, of any type
            raise Invalid(
                f"this workbook cannot be read ({type(error).__name__}): save it anew as xlsx, or as csv", field="file"
            ) from error
        return Source("xlsx", "", False, "", best[1].title, number, titles), rows


def _nothing() -> None:
    return


def _csv_rows(file: Any, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(file, delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Invalid(f"row {number} cannot be read ({error}): is there a quote that is not closed?", field="file") from error
        except UnicodeError as error:
            # The file is decoded ahead of the rows, a piece at a time.
            at = number + (error.object[: error.start].count(b"\n") if isinstance(error, UnicodeDecodeError) else 0)
            raise Invalid(f"row {at} is in another encoding than the rest", field="encoding") from error
        yield number, [clean(cell) for cell in row]


def _sheet_rows(sheet: Any) -> Iterator[Row]:
    try:
        sheet.reset_dimensions()  # what a file says of its size may be anything, and each row would be filled up to it
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, [_cell(value) for value in row[: MOST_COLUMNS + 1]]
    except Invalid:
        raise
    except Exception as error:  # as above: the file is broken further down
        raise Invalid(
            f"this workbook cannot be read ({type(error).__name__}): save it anew as xlsx, or as csv", field="file"
        ) from error


def _cell(value: Any) -> str:
    """What is in a cell of a spreadsheet, as one would type it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ", timespec="minutes")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _with_titles(rows: Iterator[Row], kind: ImportKind) -> tuple[int, list[str], Iterator[Row]]:
    """(number of the row with the titles, titles, the rows below it): of the first rows the one that knows most titles."""
    top = [row for row in itertools.islice(rows, TITLES_WITHIN) if any(row[1])]
    if not top:
        raise Invalid("the file is empty", field="file")
    at = max(range(len(top)), key=lambda i: (known_titles(kind, top[i][1]), -i))
    number, titles = top[at]
    while titles and not titles[-1]:
        titles.pop()
    if len(titles) > MOST_COLUMNS:
        raise Invalid(f"more than {MOST_COLUMNS} columns", field="file")
    below = itertools.chain(top[at + 1 :], (row for row in rows if any(row[1])))
    return number, [title[:80] for title in titles], below


def _delimiter(sample: str, kind: ImportKind) -> str:
    """The one that splits the first lines into most known titles, then into most cells."""
    lines = sample.splitlines()[:TITLES_WITHIN]

    def score(delimiter: str) -> tuple[int, int]:
        rows = list(csv.reader(lines, delimiter=delimiter))
        return max((known_titles(kind, [clean(c) for c in row]) for row in rows), default=0), max(map(len, rows), default=0)

    try:
        return max(DELIMITERS, key=score)
    except csv.Error as error:
        raise Invalid(f"the first rows cannot be read ({error}): is there a quote that is not closed?", field="file") from error


def _looks_sound(path: Path) -> None:
    """Raises Invalid for an archive that is no workbook, or would be huge when unpacked. Sizes are as announced: what is longer is cut off there."""
    try:
        with closing(zipfile.ZipFile(path)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Invalid("this workbook is damaged: save it anew as xlsx, or as csv", field="file") from error
    if "[Content_Types].xml" not in {part.filename for part in parts}:
        raise Invalid("this is an archive, not a workbook", field="file")
    strings = sum(part.file_size for part in parts if "sharedstrings" in part.filename.lower())
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNZIPPED or strings > MOST_STRINGS:
        raise Invalid("this workbook is too large when it is unpacked: save it as csv", field="file")
