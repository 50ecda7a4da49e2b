"""One HTML page that needs nothing else: a table with a head. Everything in it is escaped; opened in a spreadsheet, cells are text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import IO

from admin_api.reports.columns import Batches, Clock, Column, Head, Kind

CLOCK = Clock.TEXT
_STYLE = (
    "body{font:14px system-ui,sans-serif;margin:2rem;color:#111}table{border-collapse:collapse}dl{display:grid;"
    "grid-template-columns:max-content auto;gap:.2rem 1rem}dt{color:#555}dd{margin:0}th,td{border:1px solid #ccc;padding:.25rem .5rem;"
    'text-align:left;vertical-align:top;white-space:pre-line}th{background:#f2f2f2;position:sticky;top:0}td{mso-number-format:"\\@"}'
    'td.n{text-align:right;mso-number-format:"General"}'
)


def write(file: IO[bytes], head: Head, columns: Sequence[Column], rows: Batches) -> None:
    title = escape(f"{head.title} – {head.site}")
    said = "".join(f"<dt>{word}</dt><dd>{escape(value)}</dd>" for word, value in head.lines())
    titles = "".join(f"<th>{escape(c.title)}</th>" for c in columns)
    file.write(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n<style>{_STYLE}</style></head>\n'
        f"<body><h1>{escape(head.title)}</h1><dl>{said}</dl>\n<table><thead><tr>{titles}</tr></thead><tbody>\n".encode()
    )
    opening = ['<td class="n">' if c.kind is Kind.NUMBER else "<td>" for c in columns]
    for batch in rows:
        lines = []
        for row in batch:
            cells = [f"{td}{'' if v is None else escape(str(v))}</td>" for td, v in zip(opening, row, strict=True)]
            lines.append(f"<tr>{''.join(cells)}</tr>\n")
        file.write("".join(lines).encode("utf-8", "replace"))
    file.write(b"</tbody></table></body></html>\n")
