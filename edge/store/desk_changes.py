"""Changes made at the desk to what central holds too: waiting for its word, accepted, or refused with both values."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from edge.core.merge import DeskChange
from edge.ports import Disagreement

_COLUMNS = "id, op, entity, row, base, fields, actor, at"
_encode = msgspec.json.Encoder().encode


class DeskChanges:
    """ports.DeskChanges on SQLite, on the connection of the roster's writer."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def note(self, change: DeskChange, *, forget_earlier: bool = False) -> None:
        if forget_earlier:
            self._db.execute("DELETE FROM desk_change WHERE entity = ? AND row = ?", (change.type, change.row))
        self._db.execute(
            f"INSERT INTO desk_change ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (change.id, change.op, change.type, change.row, change.base, _encode(change.fields).decode(), change.actor, change.at),
        )

    def waiting(self, limit: int, max_bytes: int) -> list[DeskChange]:
        found, size = list[DeskChange](), 0
        for row in self._db.execute(f"SELECT {_COLUMNS} FROM desk_change WHERE state = 'waiting' ORDER BY n LIMIT ?", (limit,)):
            size += len(row[5]) + 200
            if found and size > max_bytes:
                break
            found.append(_change(row))
        return found

    def over(self, entity: str, row: str) -> list[DeskChange]:
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM desk_change WHERE entity = ? AND row = ? AND state = 'waiting' ORDER BY n", (entity, row)
        ).fetchall()
        return [_change(each) for each in rows]

    def any(self, entity: str, row: str) -> bool:
        sql = "SELECT 1 FROM desk_change WHERE entity = ? AND row = ? LIMIT 1"
        return self._db.execute(sql, (entity, row)).fetchone() is not None

    def asked(self, id: str) -> DeskChange | None:
        row = self._db.execute(f"SELECT {_COLUMNS} FROM desk_change WHERE id = ? AND state = 'waiting'", (id,)).fetchone()
        return _change(row) if row else None

    def accepted(self, id: str, at: int, without: tuple[str, ...] = ()) -> None:
        self._db.execute("UPDATE desk_change SET state = 'accepted', decided_at = ? WHERE id = ?", (at, id))
        for field in without:
            self._db.execute("UPDATE desk_change SET fields = json_remove(fields, '$.' || ?) WHERE id = ?", (field, id))

    def refused(self, disagreement: Disagreement, at: int) -> None:
        d, c = disagreement, disagreement.change
        self._db.execute(
            f"INSERT INTO desk_change ({_COLUMNS}, state, code, reason, theirs, decided_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'refused', ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET state = 'refused', code = excluded.code, reason = excluded.reason,"
            " theirs = excluded.theirs, decided_at = excluded.decided_at",
            (
                c.id, c.op, c.type, c.row, c.base, _encode(c.fields).decode(), c.actor, c.at,
                d.code[:60], d.reason[:300], _encode(d.theirs).decode(), at,
            ),
        )  # fmt: skip

    def disagreement(self, id: str) -> Disagreement | None:
        row = self._db.execute(
            f"SELECT {_COLUMNS}, code, reason, theirs FROM desk_change WHERE id = ? AND state = 'refused'", (id,)
        ).fetchone()
        return (
            Disagreement(change=_change(row[:8]), code=row[8], reason=row[9], theirs=msgspec.json.decode(row[10])) if row else None
        )

    def forget(self, id: str) -> None:
        self._db.execute("DELETE FROM desk_change WHERE id = ?", (id,))

    def forget_accepted(self, before: int) -> None:
        self._db.execute("DELETE FROM desk_change WHERE state = 'accepted' AND decided_at < ?", (before,))

    def forget_row(self, entity: str, row: str) -> None:
        self._db.execute("DELETE FROM desk_change WHERE entity = ? AND row = ?", (entity, row))

    def ask_again(self) -> list[DeskChange]:
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM desk_change WHERE state = 'accepted' ORDER BY n").fetchall()
        self._db.execute("UPDATE desk_change SET state = 'waiting', decided_at = NULL WHERE state = 'accepted'")
        return [_change(row) for row in rows]


def _change(row: tuple[Any, ...]) -> DeskChange:
    id, op, entity, of, base, fields, actor, at = row
    return DeskChange(id=id, op=op, type=entity, row=of, base=base, fields=msgspec.json.decode(fields), actor=actor, at=at)
