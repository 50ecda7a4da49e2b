"""How far central's word is applied here: its position, and which version of which row it last sent."""

from __future__ import annotations

import sqlite3


class CentralRows:
    """ports.CentralRows on SQLite, on the connection of the roster's writer."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def position(self) -> tuple[str, int]:
        epoch, rev = self._db.execute("SELECT epoch, central_rev FROM head").fetchone()
        return epoch, rev

    def set_position(self, epoch: str, rev: int) -> None:
        self._db.execute("UPDATE head SET epoch = ?, central_rev = ?", (epoch, rev))

    def in_step(self, at: int) -> None:
        self._db.execute("UPDATE head SET synced_at = max(ifnull(synced_at, 0), ?)", (at,))

    def version(self, entity: str, id: str) -> int | None:
        row = self._db.execute("SELECT ver FROM central_row WHERE entity = ? AND id = ?", (entity, id)).fetchone()
        return row[0] if row else None

    def rows(self) -> list[tuple[str, str]]:
        return self._db.execute("SELECT entity, id FROM central_row").fetchall()

    def came(self, entity: str, id: str, ver: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO central_row VALUES (?, ?, ?)", (entity, id, ver))

    def forget(self, entity: str, id: str) -> None:
        self._db.execute("DELETE FROM central_row WHERE entity = ? AND id = ?", (entity, id))

    def forget_versions(self) -> None:
        self._db.execute("UPDATE central_row SET ver = -1")
