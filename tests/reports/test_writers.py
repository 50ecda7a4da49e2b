"""Each format holds the cells it was given, and no cell is a formula; what reads them here is not what wrote them."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
import pyzipper

from admin_api.reports import as_csv, as_html, as_ods, as_pdf, as_vcf, as_xlsx
from admin_api.reports.columns import EXCEL_EPOCH, Column, Head, Kind
from admin_api.reports.sealed import seal
from edge.core.errors import Invalid

COLUMNS = (Column("Name", "n"), Column("Uses", "u", Kind.NUMBER), Column("Since", "s", Kind.TIME), Column("Note", "t"))
HEAD = Head(
    site="Höfen & <Söhne>",
    title="Customers",
    filters="status: active",
    operator="Ada",
    at="2026-11-22 14:00:00",
    zone="Europe/Warsaw",
)
NASTY = (
    "=1+1",
    "+48 601",
    "-2",
    "@SUM(A1)",
    "\tx",
    "\rx",
    '=HYPERLINK("http://x")',
    'a,b;"c"\nd',
    "Żółć <b>&amp;",
    "  two  spaces ",
    "0012",
    "x" * 40_000,
)


def rows(time: Any) -> list[list[tuple[Any, ...]]]:
    return [[(text, i, time, text[::-1])] for i, text in enumerate(NASTY)] + [
        [("Empty", None, None, ""), ("Money", 12.5, time, "")]
    ]


def written(writer: Any, path: Path, time: Any = "2026-11-22 14:00:00", head: Head = HEAD, **more: Any) -> Path:
    with path.open("xb") as file:
        writer.write(file, head, more.get("columns", COLUMNS), more.get("batches", rows(time)))
    return path


def flat(time: Any) -> list[tuple[Any, ...]]:
    return [row for batch in rows(time) for row in batch]


@pytest.mark.feature("S003-43")
def test_xlsx_holds_every_cell_as_text_number_or_date(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(as_xlsx, tmp_path / "a.xlsx", EXCEL_EPOCH + 20_000.5))
    about, sheet = book.worksheets
    assert [(a.value, b.value) for a, b in about.iter_rows(max_col=2)] == list(HEAD.lines())
    found = list(sheet.iter_rows())
    assert [cell.value for cell in found[0]] == [c.title for c in COLUMNS]
    for cells, (name, uses, since, note) in zip(found[1:], flat(1), strict=True):
        assert cells[0].data_type != "f" and cells[3].data_type != "f"
        # A carriage return is written _x000D_, as Excel does, which openpyxl gives back as it stands.
        assert [(c.value or "").replace("_x000D_", "\r") for c in (cells[0], cells[3])] == [name[:32_767], note[:32_767]]
        assert cells[1].value == uses
        assert (cells[2].value is not None) == (since is not None)
        assert since is None or (cells[2].is_date and str(cells[2].value) == "2024-10-04 12:00:00")


def test_csv_holds_every_cell_and_no_formula(tmp_path: Path) -> None:
    data = written(as_csv, tmp_path / "a.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfSite,")
    found = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [tuple(row) for row in found[:5]] == list(HEAD.lines())
    assert found[5] == [] and found[6] == [c.title for c in COLUMNS]
    for row, (name, uses, since, note) in zip(found[7:], flat("2026-11-22 14:00:00"), strict=True):
        assert row == [as_csv.safe(name), "" if uses is None else str(uses), since or "", as_csv.safe(note)]
        assert not any(cell[:1] and cell[0] in "=+-@\t\r" for cell in row)
    plain = Head(**{**{f: getattr(HEAD, f) for f in HEAD.__dataclass_fields__}, "plain": True})
    assert written(as_csv, tmp_path / "b.csv", head=plain).read_bytes().startswith(b"\xef\xbb\xbfName,Uses")


def test_the_head_of_a_csv_is_no_formula_either(tmp_path: Path) -> None:
    head = Head(site="=1+1", title="T", filters="", operator="-x", at="now", zone="UTC")
    assert b"'=1+1" in written(as_csv, tmp_path / "a.csv", head=head).read_bytes()


OFFICE, TABLE, TEXT = (f"{{urn:oasis:names:tc:opendocument:xmlns:{n}:1.0}}" for n in ("office", "table", "text"))


def cells_of(row: ET.Element) -> list[Any]:
    found = []
    for cell in row:
        kind = cell.get(f"{OFFICE}value-type")
        if kind == "float":
            found.append(float(cell.get(f"{OFFICE}value", "")))
        elif kind == "date":
            found.append(cell.get(f"{OFFICE}date-value"))
        else:
            found.append("\n".join(said(p) for p in cell.findall(f"{TEXT}p")))
        assert cell.get(f"{TABLE}formula") is None
    return found


def said(p: ET.Element) -> str:
    return (p.text or "") + "".join(" " * int(s.get(f"{TEXT}c", "1")) + (s.tail or "") for s in p)


@pytest.mark.feature("S004-26")
def test_ods_is_a_sound_zip_with_every_cell(tmp_path: Path) -> None:
    path = written(as_ods, tmp_path / "a.ods")
    raw = path.read_bytes()
    assert raw[30:38] == b"mimetype" and raw[38 : 38 + len(as_ods.MIME)] == as_ods.MIME.encode(), "first, plain, no extra field"
    with zipfile.ZipFile(path) as made:
        assert made.testzip() is None and made.infolist()[0].compress_type == zipfile.ZIP_STORED
        listed = {
            e.get(next(k for k in e.attrib if k.endswith("full-path"))) for e in ET.fromstring(made.read("META-INF/manifest.xml"))
        }
        assert listed - {"/"} == set(made.namelist()) - {"mimetype", "META-INF/manifest.xml"}
        assert HEAD.site in "".join(ET.fromstring(made.read("meta.xml")).itertext())
        content = ET.fromstring(made.read("content.xml"))
    about, sheet = content.iter(f"{TABLE}table")
    assert [tuple(cells_of(r)) for r in about.iter(f"{TABLE}table-row")] == list(HEAD.lines())
    found = [cells_of(r) for r in sheet.iter(f"{TABLE}table-row")]
    assert found[0] == [c.title for c in COLUMNS]
    for cells, (name, uses, since, note) in zip(found[1:], flat("2026-11-22 14:00:00"), strict=True):
        assert cells[1:3] == ["" if uses is None else uses, since.replace(" ", "T") if since else ""]
        assert [cells[0], cells[3]] == ["\n".join(name.splitlines()).replace("\t", "\t"), "\n".join(note.splitlines())]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="not run: LibreOffice is not installed")
@pytest.mark.parametrize(("writer", "ending"), [(as_ods, "ods"), (as_xlsx, "xlsx")])
def test_libreoffice_opens_it(tmp_path: Path, writer: Any, ending: str) -> None:
    path = written(writer, tmp_path / f"a.{ending}", "2026-11-22 14:00:00" if ending == "ods" else 45_000.5)
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/home", "--headless", "--convert-to",
               "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2", "--outdir", str(tmp_path), str(path)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    (made,) = tmp_path.glob("*.csv")
    text = made.read_text("utf-8")
    assert "Name,Uses" in text and "=1+1" in text and "Żółć <b>&amp;" in text


def test_html_shows_what_was_typed_and_runs_nothing(tmp_path: Path) -> None:
    html = written(as_html, tmp_path / "a.html").read_text("utf-8")
    assert "<b>" not in html and "<Söhne>" not in html and "<script" not in html

    class Cells(HTMLParser):
        found: list[str] = []  # noqa: RUF012
        inside = False

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            self.inside = tag == "td"
            if self.inside:
                self.found.append("")

        def handle_endtag(self, tag: str) -> None:
            self.inside = False

        def handle_data(self, data: str) -> None:
            if self.inside:
                self.found[-1] += data

    parser = Cells()
    parser.feed(html)
    wanted = ["" if v is None else str(v) for row in flat("2026-11-22 14:00:00") for v in row]
    assert [c.replace("\r", "\n") for c in parser.found] == [w.replace("\r", "\n") for w in wanted]


def card(name: str, note: str = "") -> tuple[Any, ...]:
    return ("0190a6f0-0000-7000-8000-000000000001", 7, name, "Zoë", "Łukasz;Jr", "z@example.org", "+48 601 222 333", "", "", "",
            "A, B; C", '[{"street":"Long, 1","city":"Gdynia","postal_code":"81-001","country":"PL"}]', "1980-02-03", "pl", note, "vip\x1fa,b")  # fmt: skip


def unfolded(data: bytes) -> list[str]:
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    return data.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


@pytest.mark.feature("S004-26")
def test_vcf_folds_and_escapes(tmp_path: Path) -> None:
    note = "first line\nEND:VCARD\r\nBEGIN:VCARD; and, more\\ " + "ż" * 200
    data = written(
        as_vcf, tmp_path / "a.vcf", batches=[[card("Zoë Łukasz"), card("Two", note)]], columns=as_vcf.COLUMNS
    ).read_bytes()
    lines = unfolded(data)
    assert lines.count("BEGIN:VCARD") == lines.count("END:VCARD") == 2
    assert lines[1] == "VERSION:4.0" and "FN:Zoë Łukasz" in lines and "N:Łukasz\\;Jr;Zoë;;;" in lines
    assert "ORG:A\\, B\\; C" in lines and "ADR;TYPE=home:;;Long\\, 1;Gdynia;;81-001;PL" in lines
    assert "CATEGORIES:vip,a\\,b" in lines and "BDAY:19800203" in lines and "TEL;VALUE=text;TYPE=work:+48 601 222 333" in lines
    assert f"NOTE:first line\\nEND:VCARD\\nBEGIN:VCARD\\; and\\, more\\\\ {'ż' * 200}" in lines


@pytest.mark.feature("S000-34")
def test_pdf_repeats_its_titles_numbers_its_pages_and_ends_at_5000_rows(tmp_path: Path) -> None:
    some = [[(f"Żaneta {i}", i, "2026-11-22 14:00:00", "n") for i in range(n, n + 1000)] for n in range(0, 5000, 1000)]
    document = pypdfium2.PdfDocument(written(as_pdf, tmp_path / "a.pdf", batches=some))
    pages = [page.get_textpage().get_text_bounded() for page in document]
    assert len(pages) > 50
    for number, text in enumerate(pages, 1):
        assert "Since" in text and f"Page {number}" in text
    assert "status: active" in pages[0] and "Europe/Warsaw" in pages[0] and "Żaneta 4999" in pages[-1]
    with pytest.raises(Invalid, match="xlsx"):
        written(as_pdf, tmp_path / "b.pdf", batches=[*some, [("one more", 1, "", "")]])


def test_a_password_is_needed_to_open_what_was_sealed(tmp_path: Path) -> None:
    plain = tmp_path / "list.csv"
    plain.write_bytes(b"secret" * 100_000)
    seal(plain, "list.csv", "correct horse", tmp_path / "list.zip")
    assert not plain.exists()
    with pyzipper.AESZipFile(tmp_path / "list.zip") as made:
        assert made.infolist()[0].wz_aes_strength == 3, "AES-256"
        with pytest.raises(RuntimeError):
            made.read("list.csv")
        with pytest.raises(RuntimeError):
            made.read("list.csv", pwd=b"wrong horse")
        assert made.read("list.csv", pwd=b"correct horse") == b"secret" * 100_000
