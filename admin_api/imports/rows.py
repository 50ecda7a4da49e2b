"""rows.db: the rows of one file as they were checked, beside the file. Written by the process that checks, read by the desk."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from admin_api.imports.checking import Checked, RowProblem
from admin_api.imports.order import Counts
from edge.commands.import_row import StagedRow
from edge.core.errors import NotFound
from edge.core.importing import Twins

FILE, ROWS = "file", "rows.db"
_SCHEMA = """
CREATE TABLE row (
  n INTEGER PRIMARY KEY, state TEXT NOT NULL, title TEXT NOT NULL, staged TEXT NOT NULL, twin TEXT NOT NULL, twin_name TEXT NOT NULL,
  twin_by TEXT NOT NULL, problems TEXT NOT NULL, cells TEXT NOT NULL, choice TEXT NOT NULL DEFAULT ''
) STRICT;
"""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class RowState(StrEnum):
    NEW = "new"
    DUPLICATE = "duplicate"
    WRONG = "wrong"


class Choice(StrEnum):
    """What becomes of a row that duplicates a record."""

    SKIP = "skip"
    UPDATE = "update"
    NEW = "new"


class Twin(Struct, frozen=True, kw_only=True):
    """The record that a row duplicates, and by which field."""

    id: str
    name: str
    by: str


class ShownRow(Struct, frozen=True, kw_only=True):
    """A row of the file. row: its number there; cells: as they are there; fields, names: what would be written; choice: for this row
    alone, None: as for all."""

    row: int
    state: RowState
    title: str
    cells: list[str]
    fields: dict[str, object]
    names: dict[str, tuple[str, ...]]
    twin: Twin | None
    problems: list[RowProblem]
    choice: Choice | None


class Outlook(Struct, frozen=True, kw_only=True):
    """How many rows would be added, taken over into a record, passed over, or are wrong."""

    added: int
    changed: int
    skipped: int
    wrong: int


class RowFile:
    """The rows of one import. Every call is short; none is made on the desk's own loop. Raises NotFound while nothing was checked."""

    def __init__(self, path: Path, *, new: bool = False) -> None:
        if not new and not path.exists():
            raise NotFound("its rows are not checked yet", field="id")
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA synchronous = OFF")  # scratch: after a power cut the file is checked anew
        if new:
            self._db.executescript(f"PRAGMA journal_mode = OFF; {_SCHEMA}")

    def add(self, rows: Iterable[tuple[Checked, list[str]]]) -> None:
        encode = msgspec.json.encode
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT INTO row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
            (
                (
                    c.staged.row, c.state, c.title, encode(c.staged).decode(), c.twin, c.twin_name, c.twin_by,
                    encode(c.problems).decode(), encode(cells).decode(),
                )
                for c, cells in rows
            ),
        )  # fmt: skip
        self._db.execute("COMMIT")

    def finish(self) -> None:
        self._db.executescript("CREATE INDEX row_by_state ON row (state, n); PRAGMA journal_mode = DELETE;")

    def page(self, only: str, after: int, limit: int) -> list[ShownRow]:
        """Rows behind this number, of one state or (empty) of all."""
        term, values = ("state = ? AND ", (only, after, limit)) if only else ("", (after, limit))
        rows = self._db.execute(
            f"SELECT n, state, title, staged, twin, twin_name, twin_by, problems, choice, cells FROM row WHERE {term}n > ? ORDER BY n LIMIT ?",  # noqa: S608
            values,
        ).fetchall()
        return [_shown(row) for row in rows]

    def choose(self, number: int, choice: Choice | None) -> ShownRow:
        """Raises NotFound."""
        self._db.execute("UPDATE row SET choice = ? WHERE n = ?", (choice.value if choice else "", number))
        found = self.page("", number - 1, 1)
        if not found or found[0].row != number:
            raise NotFound(f"the file has no row {number}", field="row")
        return found[0]

    def staged(self, after: int, limit: int, twins: Twins) -> list[StagedRow]:
        """The rows to be written behind this one, as they are sent. Wrong ones are left out."""
        rows = self._db.execute(
            "SELECT staged, twin, choice FROM row WHERE n > ? AND state <> 'wrong' ORDER BY n LIMIT ?", (after, limit)
        ).fetchall()
        return [_to_send(msgspec.json.decode(staged, type=StagedRow), twin, choice, twins) for staged, twin, choice in rows]

    def refuse(self, number: int, problem: RowProblem) -> None:
        """The edge refused this row: it is among the wrong ones from now on."""
        self._db.execute(
            "UPDATE row SET state = 'wrong', problems = ? WHERE n = ?", (msgspec.json.encode([problem]).decode(), number)
        )

    def counts(self) -> Counts:
        """As they are now: what the edge refused is among the wrong ones."""
        found = dict(self._db.execute("SELECT state, count(*) FROM row GROUP BY state").fetchall())
        return Counts(rows=sum(found.values()), **found)

    def outlook(self, twins: Twins) -> Outlook:
        """What would be done with the rows as they stand, with this for duplicates of which nothing else is said."""
        found = dict.fromkeys(("new", "update", "skip", "wrong"), 0)
        for state, choice, count in self._db.execute("SELECT state, choice, count(*) FROM row GROUP BY state, choice"):
            found[_becomes(state, choice, twins)] += count
        return Outlook(added=found["new"], changed=found["update"], skipped=found["skip"], wrong=found["wrong"])

    def wrong(self, titles: list[str], to: IO[str]) -> None:
        """The wrong rows as they came, with their number and what is wrong: to be mended and brought back."""
        writer = csv.writer(to)
        writer.writerow([*titles, "row", "why"])
        for number, cells, problems in self._db.execute("SELECT n, cells, problems FROM row WHERE state = 'wrong' ORDER BY n"):
            row = msgspec.json.decode(cells, type=list[str])[: len(titles)]
            why = "; ".join(
                f"{p.field}: {p.message}" if p.field else p.message for p in msgspec.json.decode(problems, type=list[RowProblem])
            )
            writer.writerow([*(_safe(cell) for cell in row), *[""] * (len(titles) - len(row)), str(number), why])

    def close(self) -> None:
        self._db.close()


def _becomes(state: str, choice: str, twins: Twins) -> str:
    """new, update, skip or wrong."""
    if state != RowState.DUPLICATE:
        return "wrong" if state == RowState.WRONG else "skip" if choice == Choice.SKIP else "new"
    return choice or twins.value


def _to_send(staged: StagedRow, twin: str, choice: str, twins: Twins) -> StagedRow:
    wanted = choice or (twins.value if twin else "")
    if wanted == Choice.SKIP:
        return StagedRow(row=staged.row, of=twin, skip=True)
    return msgspec.structs.replace(staged, of=twin if wanted == Choice.UPDATE else "")


def _shown(row: tuple[int, str, str, str, str, str, str, str, str, str]) -> ShownRow:
    number, state, title, staged, twin, name, by, problems, choice, cells = row
    sent = msgspec.json.decode(staged, type=StagedRow)
    return ShownRow(
        row=number, state=RowState(state), title=title, cells=msgspec.json.decode(cells, type=list[str]), fields=sent.fields, names=sent.names,
        twin=Twin(id=twin, name=name, by=by) if twin else None, problems=msgspec.json.decode(problems, type=list[RowProblem]),
        choice=Choice(choice) if choice else None,
    )  # fmt: skip


def _safe(cell: str) -> str:
    """No spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
