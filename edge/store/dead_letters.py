"""Events that central refused: which, why, and whether they were sent again. In the journal's file."""

from __future__ import annotations

import sqlite3

from edge.core.event import DeadLetter


def get(db: sqlite3.Connection, seq: int) -> DeadLetter | None:
    row = db.execute("SELECT seq, code, told, resent FROM dead_letter WHERE seq = ?", (seq,)).fetchone()
    return DeadLetter(seq=row[0], code=row[1], told=row[2], resent=row[3]) if row else None


def keep(db: sqlite3.Connection, letter: DeadLetter) -> None:
    db.execute("INSERT OR REPLACE INTO dead_letter VALUES (?, ?, ?, ?)", (letter.seq, letter.code, letter.told, letter.resent))
