"""What the desk and the process that reads a file say to each other: one order in, lines of progress out. JSON."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from admin_api.imports.mapping import Column
from edge.core.importing import ImportKind


class What(StrEnum):
    """LOOK: the columns and the first rows. CHECK: every row, into rows.db."""

    LOOK = "look"
    CHECK = "check"


class Order(Struct, frozen=True, kw_only=True):
    """One file to be looked at. folder: of the import, with the file in it; mapping: name of a column -> field. now: ms."""

    what: What
    state: str
    folder: str
    kind: ImportKind
    encoding: str = ""
    delimiter: str = ""
    mapping: dict[str, str | None] = {}
    make_missing: bool = False
    tz: str = "UTC"
    now: int = 0


class Counts(Struct, frozen=True, kw_only=True):
    """Rows of a file by what would become of them."""

    rows: int = 0
    new: int = 0
    duplicate: int = 0
    wrong: int = 0


class Seen(Struct, frozen=True, kw_only=True):
    """What a file turned out to be. guessed: nobody said in which encoding it is; head: the row with the titles; first: rows below it."""

    format: str
    encoding: str = ""
    encoding_guessed: bool = False
    delimiter: str = ""
    sheet: str = ""
    head: int = 1
    columns: list[Column] = []
    first: list[list[str]] = []


class Said(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the process: rows so far; in the end what it saw or counted, or the problem."""

    rows: int = 0
    seen: Seen | None = None
    counts: Counts | None = None
    code: str = ""
    message: str = ""
    field: str = ""
