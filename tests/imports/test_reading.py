"""Files as they come: every encoding and delimiter, titles anywhere at the top, and what is no file of people at all."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_api.imports.reading import HUGE_CELL, LONGEST_CELL, MOST_COLUMNS, Opened
from admin_api.imports.text import clean
from edge.core.errors import Invalid
from edge.core.importing import ImportKind

HEAD = "Imię;Nazwisko;E-mail\n"
POLISH = HEAD + "Żółć;Gęślą;jazn@example.org\n"


def read(
    folder: Path, data: bytes, kind: ImportKind = ImportKind.CUSTOMERS, encoding: str = ""
) -> tuple[Opened, list[tuple[int, list[str]]]]:
    path = folder / "file"
    path.write_bytes(data)
    opened = Opened(path, kind, encoding)
    rows = list(opened.rows())
    opened.close()
    return opened, rows


def refusal(folder: Path, data: bytes, encoding: str = "") -> Invalid:
    with pytest.raises(Invalid) as caught:
        read(folder, data, encoding=encoding)
    return caught.value


@pytest.mark.feature("X-28")
@pytest.mark.parametrize(
    ("codec", "said", "guessed"),
    [
        ("utf-8", "UTF-8", False),
        ("utf-8-sig", "UTF-8", False),
        ("utf-16", "UTF-16", False),
        ("utf-16-le", "UTF-16", True),
        ("utf-16-be", "UTF-16", True),
        ("cp1250", "Windows-1250", True),
    ],
)
def test_every_encoding_is_found_and_said(tmp_path: Path, codec: str, said: str, guessed: bool) -> None:
    opened, rows = read(tmp_path, POLISH.encode(codec))
    assert rows == [(2, ["Żółć", "Gęślą", "jazn@example.org"])]
    assert (opened.source.encoding, opened.source.guessed, opened.source.titles) == (said, guessed, ["Imię", "Nazwisko", "E-mail"])


def test_french_in_windows_1252_is_not_taken_for_polish(tmp_path: Path) -> None:
    opened, rows = read(tmp_path, "prénom;nom\nJoël;Çelik-Bœuf\n".encode("cp1252"))
    assert opened.source.encoding == "Windows-1252" and rows == [(2, ["Joël", "Çelik-Bœuf"])]


def test_an_encoding_that_somebody_names_counts_and_a_wrong_one_is_said(tmp_path: Path) -> None:
    data = "first name;last name\nJan;Żak\n".encode("cp1250")
    assert read(tmp_path, data, encoding="Windows-1250")[1] == [(2, ["Jan", "Żak"])]
    assert refusal(tmp_path, data, encoding="UTF-8").field == "encoding"
    assert "one of UTF-8" in str(refusal(tmp_path, data, encoding="EBCDIC"))


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_sense_of_the_titles(tmp_path: Path, delimiter: str) -> None:
    text = delimiter.join(("name", "e-mail", "notes")) + "\n" + delimiter.join(("Ada", "a@b.example", '"one, two; three"')) + "\n"
    opened, rows = read(tmp_path, text.encode())
    assert opened.source.delimiter == delimiter and rows[0][1] == ["Ada", "a@b.example", "one, two; three"]


def test_rows_keep_the_number_a_spreadsheet_gives_them_and_empty_ones_are_passed_over(tmp_path: Path) -> None:
    opened, rows = read(tmp_path, b"Club members 2026\n\nname,email\nAda,a@b.example\n,\n\nBob,b@b.example,surplus\n")
    assert opened.source.head == 3 and opened.source.titles == ["name", "email"]
    assert rows == [(4, ["Ada", "a@b.example"]), (7, ["Bob", "b@b.example", "surplus"])]


def test_an_export_of_ours_is_read_below_its_head(tmp_path: Path) -> None:
    data = "\ufeffSite,Test\nList,Customers\nFilters,\nMade by,Ada\nMade,2026-11-22 (Europe/Warsaw)\n\nNumber,Name,E-mail,Mobile\n17,'=Ada,a@b.example,'+48 1\n"
    opened, rows = read(tmp_path, data.encode())
    assert opened.source.head == 7 and rows == [(8, ["17", "=Ada", "a@b.example", "+48 1"])]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\n\n \n", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "xls"),
        (b"PK\x03\x04 not really", "damaged"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "neither"),
        (b'name\n"' + b"x" * (HUGE_CELL + 10), "quote"),
        (";".join(f"c{n}" for n in range(MOST_COLUMNS + 1)).encode() + b"\n", "columns"),
    ],
    ids=["empty", "blank", "xls", "broken", "pdf", "png", "open-quote", "wide"],
)  # fmt: skip
def test_what_is_no_file_of_rows_is_refused_by_name(tmp_path: Path, data: bytes, says: str) -> None:
    error = refusal(tmp_path, data)
    assert error.field == "file" and says in str(error)


def book(make: Callable[[openpyxl.Workbook], object]) -> bytes:
    made, to = openpyxl.Workbook(), io.BytesIO()
    make(made)
    made.save(to)
    return to.getvalue()


@pytest.mark.feature("X-28")
def test_a_workbook_is_read_from_the_sheet_that_has_the_titles(tmp_path: Path) -> None:
    def make(made: openpyxl.Workbook) -> None:
        made.worksheets[0].append(["Read me first", date(2026, 1, 1)])
        sheet = made.create_sheet("Members")
        sheet.append(["Name", "Mobile", "Born", "Valid to", "Discount", "VIP"])
        sheet.append(["=1+1", 48600100200, date(1980, 5, 1), datetime(2026, 5, 1, 14, 30), 12.5, True])
        sheet.append(["Ada\u200b", 7.0, None, None, None, None])
        sheet["A2"].data_type = "s"

    opened, rows = read(tmp_path, book(make))
    assert opened.source.sheet == "Members" and opened.source.format == "xlsx"
    assert rows == [
        (2, ["=1+1", "48600100200", "1980-05-01", "2026-05-01 14:30", "12.5", "true"]),
        (3, ["Ada", "7"]),
    ]


def test_a_formula_is_what_it_came_to_and_never_run(tmp_path: Path) -> None:
    def make(made: openpyxl.Workbook) -> None:
        made.worksheets[0].append(["name", "email"])
        made.worksheets[0].append(['=HYPERLINK("http://x","Ada")', "a@b.example"])

    assert read(tmp_path, book(make))[1] == [(2, ["", "a@b.example"])], "nobody has worked it out yet"


def test_a_workbook_that_would_be_huge_is_not_unpacked(tmp_path: Path) -> None:
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            for _ in range(40):
                part.write(b" " * (1 << 20))
    assert len(to.getvalue()) < 200_000 and "too large when it is unpacked" in str(refusal(tmp_path, to.getvalue()))


def test_a_workbook_with_entities_that_grow_is_refused(tmp_path: Path) -> None:
    """A billion laughs: the parser breaks it off."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 50}">' for n in range(9))
    original = io.BytesIO(book(lambda made: made.worksheets[0].append(["name", "email"])))
    to = io.BytesIO()
    with zipfile.ZipFile(original) as source, zipfile.ZipFile(to, "w") as target:
        for part in source.infolist():
            data = source.read(part)
            if part.filename.endswith("sheet1.xml"):
                data = data.replace(b"<worksheet", f"<!DOCTYPE x [{laughs}]><worksheet".encode(), 1).replace(b"name", b"&l8;")
            target.writestr(part.filename, data)
    try:
        _, rows = read(tmp_path, to.getvalue())
    except Invalid:
        return
    assert sum(len(cell) for _, row in rows for cell in row) < 10_000


def test_an_archive_of_something_else_is_no_workbook(tmp_path: Path) -> None:
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w") as archive:
        archive.writestr("holiday.jpg", b"x")
    assert "not a workbook" in str(refusal(tmp_path, to.getvalue()))


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("  Ada   Lovelace ", "Ada Lovelace"), ("A\u200bd\u200da", "Ada"), ("\u202eadA\u202c", "adA"), ("\ufeffAda", "Ada"), ("Ada\u00a0L", "Ada L"),
        ("שרה כהן", "שרה כהן"), ("محمد", "محمد"), ("e\u0301", "é"), ("'=1+1", "=1+1"), ("O'Neil", "O'Neil"), ("a\tb\nc", "a b c"), ("\x07bell", "\x07bell"),
    ],
)  # fmt: skip
def test_what_cannot_be_seen_goes_and_what_can_stays(cell: str, kept: str) -> None:
    assert clean(cell) == kept


_CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Cn", "Co")), max_size=30)


@given(
    st.lists(st.lists(_CELLS, min_size=3, max_size=3), max_size=8),
    st.sampled_from([";", ",", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_is_written_as_csv_comes_back(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]], delimiter: str, codec: str
) -> None:
    to = io.StringIO(newline="")
    writer = csv.writer(to, delimiter=delimiter)
    writer.writerow(["first name", "last name", "e-mail"])
    writer.writerows(cells)
    folder = tmp_path_factory.mktemp("csv")
    _, rows = read(folder, to.getvalue().encode(codec))
    assert [row for _, row in rows] == [[clean(cell) for cell in row] for row in cells if any(clean(cell) for cell in row)]


def test_a_cell_as_long_as_allowed_is_read_whole(tmp_path: Path) -> None:
    assert len(read(tmp_path, b"name\n" + b"x" * LONGEST_CELL)[1][0][1][0]) == LONGEST_CELL
