"""CSV: UTF-8 with a mark that spreadsheets know it by, commas, lines of CR LF. No cell is a formula (CWE-1236)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from operator import itemgetter
from typing import IO, Any

from admin_api.reports.columns import Batches, Clock, Column, Head, Kind, Row

CLOCK = Clock.TEXT
RISKY = frozenset("=+-@\t\r")
_FIRST = itemgetter(slice(0, 1))
"""A cell that begins with one of these is worked out by spreadsheets; an apostrophe before it makes it text."""


def write(file: IO[bytes], head: Head, columns: Sequence[Column], rows: Batches) -> None:
    """The head in lines of its own (two cells each, an empty line behind), the titles, the rows. Numbers stay numbers."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=False)
    to = csv.writer(text)
    if not head.plain:
        to.writerows((word, safe(value)) for word, value in head.lines())
        to.writerow(())
    to.writerow([c.title for c in columns])
    typed = [i for i, c in enumerate(columns) if c.kind is Kind.TEXT]
    for batch in rows:
        to.writerows(_safe_rows(batch, typed))
    text.flush()
    text.detach()


def safe(value: str) -> str:
    return f"'{value}" if value[:1] in RISKY else value


def _safe_rows(batch: list[Row], typed: list[int]) -> list[Row]:
    """The rows with an apostrophe where one is needed. A column at a time: most have not one risky cell, which this finds in C."""
    by_column: list[Sequence[Any]] = list(zip(*batch, strict=True))
    changed = False
    for i in typed:
        cells = by_column[i]
        if not RISKY.isdisjoint(map(_FIRST, cells)):
            by_column[i], changed = [safe(cell) for cell in cells], True
    return list(zip(*by_column, strict=True)) if changed else batch
