"""Imports: a file's rows staged at the desk, applied in small steps, and taken back as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from edge.core.model import Permission, Record


class ImportKind(StrEnum):
    """What the rows of a file are."""

    CUSTOMERS = "customers"
    CARDS = "cards"
    VEHICLES = "vehicles"

    @property
    def rights(self) -> tuple[Permission, ...]:
        """Rights that an import of these needs beside imports.manage."""
        return _RIGHTS[self]


def name_key(name: str) -> str:
    """What makes two names of companies, groups, lists or profiles the same."""
    return " ".join(name.split()).casefold()


def by_name(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    """(id, name) as name_key -> id; empty where several have the name."""
    found: dict[str, str] = {}
    for id, name in named:
        key = name_key(name)
        found[key] = "" if key in found else id
    return found


_RIGHTS = {
    ImportKind.CUSTOMERS: (Permission.CUSTOMERS_ADD, Permission.CUSTOMERS_EDIT),
    ImportKind.CARDS: (Permission.CARDS_MANAGE,),
    ImportKind.VEHICLES: (Permission.VEHICLES_MANAGE,),
}


class ImportState(StrEnum):
    """APPLYING and UNDOING: half of it is in the tables. A crash leaves these, and the desk sees to them when it starts."""

    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"


class Twins(StrEnum):
    """What becomes of a row that is on record already: passed over, or its fields are taken over into the record."""

    SKIP = "skip"
    UPDATE = "update"


class Op(StrEnum):
    """What became of one row. SAME: on record already, and nothing of it differs."""

    MADE = "made"
    CHANGED = "changed"
    SAME = "same"
    SKIPPED = "skipped"
    WRONG = "wrong"


class Import(Record, frozen=True, kw_only=True):
    """One application of a file. What it made and changed stands in import_row, from the same commits.

    file: its name; rows: how many are sent; twins: for those that turn out to be on record only now; skip_wrong: rows that are
    refused are left out (else the first one ends the import and it is undone); make_missing: companies, groups and lists that
    are not there are made. made .. wrong: how many, once it is over; kept: rows that an undo left as they are; problem: why it
    was undone. begun_at, ended_at: ms.
    """

    kind: ImportKind
    file: str = ""
    rows: int = 0
    twins: Twins = Twins.SKIP
    skip_wrong: bool = False
    make_missing: bool = False
    state: ImportState = ImportState.APPLYING
    begun_at: int = 0
    begun_by: str = ""
    ended_at: int | None = None
    made: int = 0
    changed: int = 0
    same: int = 0
    skipped: int = 0
    wrong: int = 0
    kept: int = 0
    problem: str = ""
