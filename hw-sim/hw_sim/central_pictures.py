"""The pictures of readings that edges sent: parts put together, checked, kept until whom they show is erased."""

from __future__ import annotations

import hashlib
import sqlite3

from edge.sync.wire import Evidence

SCHEMA = """
CREATE TABLE IF NOT EXISTS evidence (
  edge TEXT NOT NULL, log_id TEXT NOT NULL, seq INTEGER NOT NULL, jpeg BLOB NOT NULL, PRIMARY KEY (edge, log_id, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS erased (customer TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
"""
_PARTS_LIMIT = 1024


class Pictures:
    """Of the store's database. An edge sends one picture at a time, so a part of another one ends the one before."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._coming: dict[str, tuple[tuple[str, int, str, int], dict[int, bytes]]] = {}

    def take(self, edge: str, part: Evidence) -> bool:
        """Is this picture here now, durably. Raises ValueError for parts that are not what they should be."""
        if not 0 <= part.i < part.n <= _PARTS_LIMIT:
            raise ValueError(f"part {part.i} of {part.n}")
        of = (part.log_id, part.seq, part.sha256, part.n)
        was, parts = self._coming.get(edge, (of, {}))
        if was != of:
            parts = {}
        parts[part.i] = part.jpeg
        self._coming[edge] = of, parts
        if len(parts) < part.n:
            return False
        del self._coming[edge]
        jpeg = b"".join(parts[i] for i in range(part.n))
        if hashlib.sha256(jpeg).hexdigest() != part.sha256:
            raise ValueError("the picture is not the one that was sent")
        if not self._shows_erased(edge, part):
            self._db.execute("INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?)", (edge, part.log_id, part.seq, jpeg))
        return True

    def last(self, edge: str, log_id: str) -> int:
        """The last event of a log whose picture is here; 0: none."""
        found = self._db.execute("SELECT max(seq) FROM evidence WHERE edge = ? AND log_id = ?", (edge, log_id)).fetchone()
        return found[0] or 0

    def newest(self, limit: int) -> list[tuple[str, str, int, int]]:
        """(edge, log id, event, bytes), the last ones first."""
        return self._db.execute(
            "SELECT edge, log_id, seq, length(jpeg) FROM evidence ORDER BY rowid DESC LIMIT ?", (limit,)
        ).fetchall()

    def jpeg(self, log_id: str, seq: int) -> bytes | None:
        found = self._db.execute("SELECT jpeg FROM evidence WHERE log_id = ? AND seq = ?", (log_id, seq)).fetchone()
        return found[0] if found else None

    def erase(self, customer: str) -> None:
        """Somebody was erased at an edge: what shows them goes, and what still comes is not kept."""
        self._db.execute("INSERT OR IGNORE INTO erased VALUES (?)", (customer,))
        self._db.execute(
            "DELETE FROM evidence WHERE (edge, log_id, seq) IN (SELECT edge, log_id, seq FROM event WHERE body ->> '$.customer' = ?)",
            (customer,),
        )

    def _shows_erased(self, edge: str, part: Evidence) -> bool:
        return bool(self._db.execute(
            "SELECT 1 FROM event JOIN erased ON customer = body ->> '$.customer' WHERE edge = ? AND log_id = ? AND seq = ?",
            (edge, part.log_id, part.seq),
        ).fetchone())  # fmt: skip
