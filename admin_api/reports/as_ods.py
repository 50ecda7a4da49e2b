"""OpenDocument spreadsheet, written row by row into the zip: memory does not grow with the rows. (ODF 1.3, part 3.)"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from admin_api.reports.columns import Batches, Clock, Column, Head, Kind

CLOCK = Clock.TEXT
MIME = "application/vnd.oasis.opendocument.spreadsheet"
MOST_ROWS = 1_048_575
"""Rows below the titles that LibreOffice shows on one sheet."""
UNSAID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""What XML cannot hold."""
_SPACES = re.compile("^ | $|  +")
_NS = "urn:oasis:names:tc:opendocument:xmlns"
_CONTENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="{_NS}:office:1.0" xmlns:table="{_NS}:table:1.0" xmlns:text="{_NS}:text:1.0"
 xmlns:style="{_NS}:style:1.0" xmlns:number="{_NS}:datastyle:1.0" xmlns:fo="{_NS}:xsl-fo-compatible:1.0" office:version="1.3">
<office:automatic-styles>
<number:date-style style:name="when"><number:year number:style="long"/><number:text>-</number:text><number:month number:style="long"/>\
<number:text>-</number:text><number:day number:style="long"/><number:text> </number:text><number:hours number:style="long"/>\
<number:text>:</number:text><number:minutes number:style="long"/><number:text>:</number:text><number:seconds number:style="long"/></number:date-style>
<style:style style:name="time" style:family="table-cell" style:data-style-name="when"/>
<style:style style:name="title" style:family="table-cell"><style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="wide" style:family="table-column"><style:table-column-properties style:column-width="4.5cm"/></style:style>
</office:automatic-styles><office:body><office:spreadsheet>
"""
_MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="{_NS}:manifest:1.0" manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MIME}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""


def write(file: IO[bytes], head: Head, columns: Sequence[Column], rows: Batches) -> None:
    """The first sheet says what this is; the rows are on the second (and further ones)."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=3) as made:
        # First, and not compressed: programs look at these very bytes to know what the file is.
        made.writestr(zipfile.ZipInfo("mimetype", _DATE), MIME, zipfile.ZIP_STORED)
        made.writestr(zipfile.ZipInfo("META-INF/manifest.xml", _DATE), _MANIFEST, zipfile.ZIP_DEFLATED)
        made.writestr(zipfile.ZipInfo("meta.xml", _DATE), _meta(head), zipfile.ZIP_DEFLATED)
        content = zipfile.ZipInfo("content.xml", _DATE)
        content.compress_type = zipfile.ZIP_DEFLATED
        with made.open(content, "w", force_zip64=True) as to:
            _content(to, head, columns, rows)


_DATE = (1980, 1, 1, 0, 0, 0)


def _content(to: IO[bytes], head: Head, columns: Sequence[Column], rows: Batches) -> None:
    to.write(_CONTENT.encode())
    to.write(
        f'<table:table table:name="About"><table:table-column table:style-name="wide" table:number-columns-repeated="2"/>{_NL}'.encode()
    )
    for word, value in head.lines():
        to.write(f"{_ROW}{_text(word, 'title')}{_text(value)}{_END}{_NL}".encode())
    to.write(f"</table:table>{_NL}".encode())
    titles = f"{_ROW}{''.join(_text(c.title, 'title') for c in columns)}{_END}{_NL}"
    times = [c.kind is Kind.TIME for c in columns]

    def begin(number: int) -> None:
        name = head.title if number == 1 else f"{head.title} {number}"
        wide = f'<table:table-column table:style-name="wide" table:number-columns-repeated="{len(columns)}"/>'
        to.write(f"<table:table table:name={quoteattr(name)}>{wide}{titles}".encode())

    number, at = 1, 0
    begin(number)
    for batch in rows:
        lines = list[str]()
        for row in batch:
            if at == MOST_ROWS:
                to.write("".join(lines).encode())
                lines, number, at = [], number + 1, 0
                to.write(f"</table:table>{_NL}".encode())
                begin(number)
            at += 1
            lines.append(f"{_ROW}{''.join([_cell(value, time) for value, time in zip(row, times, strict=True)])}{_END}{_NL}")
        to.write("".join(lines).encode())
    to.write(b"</table:table></office:spreadsheet></office:body></office:document-content>\n")


_NL, _ROW, _END, _EMPTY = "\n", "<table:table-row>", "</table:table-row>", "<table:table-cell/>"


def _cell(value: Any, time: bool) -> str:
    if value is None or value == "":
        return _EMPTY
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value!r}"><text:p>{value}</text:p></table:table-cell>'
    if time:
        date = value.replace(" ", "T")
        return (
            f'<table:table-cell table:style-name="time" office:value-type="date" office:date-value="{date}">'
            f"<text:p>{value}</text:p></table:table-cell>"
        )
    return _text(value)


def _text(value: str, style: str = "") -> str:
    said = escape(UNSAID.sub("", value))
    if "  " in said or said[:1] == " " or said[-1:] == " ":  # XML would make one space of several
        said = _SPACES.sub(lambda found: f'<text:s text:c="{len(found[0])}"/>', said)
    lines = "".join(f"<text:p>{line}</text:p>" for line in said.splitlines()) or "<text:p/>"
    named = f' table:style-name="{style}"' if style else ""
    return f'<table:table-cell{named} office:value-type="string">{lines}</table:table-cell>'


def _meta(head: Head) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-meta xmlns:office="{_NS}:office:1.0" xmlns:meta="{_NS}:meta:1.0"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3"><office:meta><meta:generator>Gatelatch</meta:generator>'
        f"<dc:title>{escape(UNSAID.sub('', f'{head.site}: {head.title}'))}</dc:title>"
        f"<dc:creator>{escape(UNSAID.sub('', head.operator))}</dc:creator></office:meta></office:document-meta>\n"
    )
