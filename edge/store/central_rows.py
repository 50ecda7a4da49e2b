"""How far central's word is applied here: its position, and what it last said of which row."""

from __future__ import annotations

import sqlite3

from edge.core.merge import SYNCED, RosterOp, row_hash
from edge.ports import RosterPosition, Said
from edge.store.tables import TABLES


class CentralRows:
    """ports.CentralRows on SQLite, on the connection of the roster's writer. synced: is there a central server in the settings."""

    def __init__(self, db: sqlite3.Connection, *, synced: bool) -> None:
        self._db = db
        self.synced = synced
        self.speaking = False

    def position(self) -> tuple[str, int]:
        epoch, rev = self._db.execute("SELECT epoch, central_rev FROM head").fetchone()
        return epoch, rev

    def where(self) -> RosterPosition:
        epoch, rev, count, digest = self._db.execute(
            "SELECT epoch, central_rev, count, digest FROM head, central_digest"
        ).fetchone()
        return RosterPosition(epoch=epoch, rev=rev, count=count, digest=digest)

    def set_position(self, epoch: str, rev: int) -> None:
        self._db.execute("UPDATE head SET epoch = ?, central_rev = ?", (epoch, rev))

    def in_step(self, at: int) -> None:
        self._db.execute("UPDATE head SET synced_at = max(ifnull(synced_at, 0), ?)", (at,))

    def said(self, entity: str, id: str) -> Said | None:
        row = self._db.execute(
            "SELECT ver, hash, held, problem FROM central_row WHERE entity = ? AND id = ?", (entity, id)
        ).fetchone()
        return Said(ver=row[0], hash=row[1], held=bool(row[2]), problem=row[3]) if row else None

    def rows(self) -> list[tuple[str, str]]:
        return self._db.execute("SELECT entity, id FROM central_row WHERE hash IS NOT NULL OR problem <> ''").fetchall()

    def unsaid(self, entity: str) -> list[str]:
        sql = f"SELECT id FROM {TABLES[SYNCED[entity]].name} t WHERE NOT EXISTS (SELECT 1 FROM central_row WHERE entity = ? AND id = t.id)"
        return [id for (id,) in self._db.execute(sql, (entity,))]

    def came(self, op: RosterOp, at: int, problem: str = "") -> None:
        put = op.op == "put"
        self._db.execute(
            "INSERT INTO central_row (entity, id, ver, hash, gone_at, held, problem) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
            " ON CONFLICT (entity, id) DO UPDATE SET ver = ?3, hash = ?4, gone_at = ?5, held = ?6, problem = ?7",
            (op.type, op.id, op.ver, row_hash(op) if put else None, None if put else at, put and op.hold, problem[:300]),
        )

    def forget(self, entity: str, id: str) -> None:
        self._db.execute("DELETE FROM central_row WHERE entity = ? AND id = ?", (entity, id))

    def stays(self, entity: str, id: str, at: int, problem: str) -> None:
        self._db.execute(
            "UPDATE central_row SET hash = NULL, held = 0, gone_at = ?, problem = ? WHERE entity = ? AND id = ?",
            (at, problem[:300], entity, id),
        )

    def refused(self, limit: int) -> list[tuple[str, str, str]]:
        sql = "SELECT entity, id, problem FROM central_row WHERE problem <> '' ORDER BY entity, id LIMIT ?"
        return self._db.execute(sql, (limit,)).fetchall()

    def forget_versions(self) -> None:
        self._db.execute("UPDATE central_row SET ver = -1")

    def forget_gone(self, before: int) -> None:
        self._db.execute("DELETE FROM central_row WHERE gone_at < ? AND problem = ''", (before,))
