"""Excel, written row by row (XlsxWriter, constant memory). What is text stays text: nothing is taken for a formula or an address."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from admin_api.reports.columns import Batches, Clock, Column, Head, Kind

CLOCK = Clock.SERIAL
MOST_ROWS = 1_048_575
"""Rows below the titles that one sheet holds; what is more goes on a further one."""
LONGEST_CELL = 32_767
_WIDTH = {Kind.TEXT: 22, Kind.CODE: 13, Kind.NUMBER: 11, Kind.TIME: 19}


def write(file: IO[bytes], head: Head, columns: Sequence[Column], rows: Batches) -> None:
    """The first sheet says what this is; the rows are on the second (and further ones), titles stay in view."""
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        # Its scratch beside the file: /tmp may be memory.
        "tmpdir": str(Path(file.name).parent),
    }  # fmt: skip
    book = xlsxwriter.Workbook(file, options)
    bold, when = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    about = book.add_worksheet("About")
    about.set_column(0, 0, 12)
    about.set_column(1, 1, 80)
    for line, (word, value) in enumerate(head.lines()):
        about.write_string(line, 0, word, bold)
        about.write_string(line, 1, value[:LONGEST_CELL])

    def sheet(number: int) -> Worksheet:
        made = book.add_worksheet(f"{head.title}{f' {number}' if number > 1 else ''}"[:31])
        for at, column in enumerate(columns):
            made.set_column(at, at, _WIDTH[column.kind], when if column.kind is Kind.TIME else None)
            made.write_string(0, at, column.title, bold)
        made.freeze_panes(1, 0)
        return made

    texts = [(i, c.kind) for i, c in enumerate(columns)]
    number, at = 1, 0
    present = sheet(number)
    for batch in rows:
        string, figure = present._write_string, present._write_number
        for row in batch:
            if at == MOST_ROWS:
                number, at = number + 1, 0
                present = sheet(number)
                string, figure = present._write_string, present._write_number
            at += 1
            for i, kind in texts:
                value = row[i]
                if value is None or value == "":
                    continue
                if value.__class__ is str:
                    string(at, i, value if len(value) <= LONGEST_CELL else value[:LONGEST_CELL])
                else:
                    figure(at, i, value, when if kind is Kind.TIME else None)
    book.close()
