"""What an import did, row by row, in the commits that did it: enough to take it all back."""

from __future__ import annotations

import sqlite3

from edge.core.importing import Op
from edge.ports import ImportedRow


class ImportedRows:
    """ports.ImportedRows on SQLite, on the connection of the roster's writer."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def last(self, id: str) -> int:
        """The number of the last row that was done; 0: none."""
        (row,) = self._db.execute("SELECT max(row) FROM import_row WHERE import = ?", (id,)).fetchone()
        return row or 0

    def note(self, id: str, row: ImportedRow) -> None:
        values = (id, row.row, row.part, row.op.value, row.entity, row.record, row.before, row.problem)
        self._db.execute("INSERT INTO import_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)", values)

    def newest_first(self, id: str, below: int, limit: int) -> list[ImportedRow]:
        """Those not taken back yet, from the row before `below` on."""
        rows = self._db.execute(
            "SELECT row, part, op, entity, record, before, problem FROM import_row"
            " WHERE import = ? AND row < ? AND NOT back ORDER BY row DESC, part DESC LIMIT ?",
            (id, below, limit),
        ).fetchall()
        return [
            ImportedRow(row=row, part=part, op=Op(op), entity=entity, record=record, before=before, problem=problem)
            for row, part, op, entity, record, before, problem in rows
        ]

    def taken_back(self, id: str, row: ImportedRow, kept: str) -> None:
        """kept: what was left as it is, and why; empty: all is as it was."""
        self._db.execute(
            "UPDATE import_row SET back = 1, problem = ? WHERE import = ? AND row = ? AND part = ?",
            (kept or row.problem, id, row.row, row.part),
        )

    def counts(self, id: str) -> dict[str, int]:
        """How many rows of each op; "kept": those that an undo left as they are."""
        found = dict(
            self._db.execute("SELECT op, count(*) FROM import_row WHERE import = ? AND part = 0 GROUP BY op", (id,)).fetchall()
        )
        (kept,) = self._db.execute(
            "SELECT count(*) FROM import_row WHERE import = ? AND back AND problem <> '' AND op IN ('made', 'changed')", (id,)
        ).fetchone()
        return found | {"kept": kept}

    def forget(self, before: int, most: int) -> None:
        """Rows of imports that ended before this time, at most so many."""
        self._db.execute(
            "DELETE FROM import_row WHERE (import, row, part) IN (SELECT r.import, r.row, r.part FROM import i"
            " JOIN import_row r ON r.import = i.id WHERE i.ended_at < ? LIMIT ?)",
            (before, most),
        )

    def made_for(self, id: str) -> frozenset[str]:
        """The companies, groups and lists that this import made."""
        rows = self._db.execute("SELECT record FROM import_row WHERE import = ? AND part < 0", (id,)).fetchall()
        return frozenset(record for (record,) in rows)
