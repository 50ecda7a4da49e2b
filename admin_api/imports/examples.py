"""Files to begin with: for each kind the titles we know, and two rows as they are meant. Made when somebody asks for one."""

from __future__ import annotations

import csv
import io

import xlsxwriter

from edge.core.errors import NotFound
from edge.core.importing import ImportKind

ROWS: dict[ImportKind, tuple[tuple[str, ...], ...]] = {
    ImportKind.CUSTOMERS: (
        ("First name", "Last name", "E-mail", "Mobile", "Company", "Groups", "Access profiles", "Street", "Postal code", "City", "Country"),
        ("Ada", "Lovelace", "ada@example.org", "+44 7700 900100", "", "", "", "12 Harbour Street", "PO1 2AB", "Portsmouth", "GB"),
        ("Władysław", "Żółć", "wz@example.org", "+48 601 100 200", "", "", "", "Nabrzeżna 4", "80-001", "Gdańsk", "PL"),
    ),
    ImportKind.CARDS: (
        ("Customer e-mail", "Card name", "Kind", "Code", "Status", "Valid from", "Valid until", "Access profiles"),
        ("ada@example.org", "Ada, gym", "uid", "04A1B2C3D4", "active", "2026-05-01", "2026-09-30", ""),
        ("wz@example.org", "Żółć", "qr", "", "active", "", "", ""),
    ),
    ImportKind.VEHICLES: (
        ("Plate", "Country", "Customer e-mail", "Brand", "Model", "Year", "Colour", "Class", "Valid until"),
        ("GD 1234A", "PL", "wz@example.org", "Volvo", "XC60", "2021", "blue", "car", ""),
        ("AB12 CDE", "GB", "ada@example.org", "Renault", "Trafic", "2018", "white", "van", "2026-12-31"),
    ),
}  # fmt: skip
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def example(name: str) -> tuple[bytes, str]:
    """(the file, its media type) of a name such as customers.xlsx. Raises NotFound."""
    kind, _dot, ending = name.partition(".")
    if kind not in tuple(ImportKind) or ending not in TYPES:
        raise NotFound("examples are customers, cards or vehicles, as .csv or .xlsx", field="file")
    rows = ROWS[ImportKind(kind)]
    return (_csv(rows) if ending == "csv" else _xlsx(rows)), TYPES[ending]


def _csv(rows: tuple[tuple[str, ...], ...]) -> bytes:
    to = io.StringIO(newline="")
    csv.writer(to, delimiter=";").writerows(rows)
    return to.getvalue().encode("utf-8-sig")


def _xlsx(rows: tuple[tuple[str, ...], ...]) -> bytes:
    to = io.BytesIO()
    with xlsxwriter.Workbook(to, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        sheet.set_column(0, len(rows[0]) - 1, 20)
        for line, row in enumerate(rows):
            for at, cell in enumerate(row):
                sheet.write_string(line, at, cell, None if line else bold)
    return to.getvalue()
