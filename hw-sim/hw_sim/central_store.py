"""The simulated central server's own database: edges and their cursors, every event once, the roster with its revisions."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

from edge.core.merge import RosterOp

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, rev INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS log (
  edge TEXT NOT NULL, log_id TEXT NOT NULL, cursor INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (edge, log_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
  edge TEXT NOT NULL, log_id TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (edge, log_id, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS dead (edge TEXT NOT NULL, log_id TEXT NOT NULL, seq INTEGER NOT NULL, code TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS row (
  type TEXT NOT NULL, id TEXT NOT NULL, ver INTEGER NOT NULL, rev INTEGER NOT NULL, op TEXT NOT NULL, fields TEXT NOT NULL,
  PRIMARY KEY (type, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS row_by_rev ON row (rev);
"""


class Taken(Struct, frozen=True):
    """What became of a batch: the cursor now, the chain hash there, and what was refused as (seq, code)."""

    cursor: int
    hash: bytes
    refused: tuple[tuple[int, str], ...]


class CentralStore:
    """Durable on return of every call (WAL, FULL): an ack says what the disk has."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)
        self._db.execute("INSERT OR IGNORE INTO meta VALUES (1, ?, 0)", (uuid.uuid4().hex[:12],))

    def close(self) -> None:
        self._db.close()

    # ------------------------------------------------------------------------------------------------ events

    def cursor(self, edge: str, log_id: str, first_seq: int) -> tuple[int, bytes]:
        """Where this log stands here; a log that is new here begins before its first event kept."""
        row = self._db.execute("SELECT cursor, hash FROM log WHERE edge = ? AND log_id = ?", (edge, log_id)).fetchone()
        return (row[0], row[1]) if row else (first_seq - 1, b"")

    def take(self, edge: str, log_id: str, first: int, before: bytes, events: list[bytes]) -> Taken:
        """Store a batch that follows the cursor (or overlaps it), once each, and move the cursor in the same transaction.

        A gap changes nothing: the old cursor is the answer. An event that makes no sense goes to the dead letters and counts
        as taken. The chain of hashes is checked as it grows.
        """
        self._db.execute("BEGIN IMMEDIATE")
        try:
            taken = self._take(edge, log_id, first, before, events)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return taken

    def _take(self, edge: str, log_id: str, first: int, before: bytes, events: list[bytes]) -> Taken:
        row = self._db.execute("SELECT cursor, hash FROM log WHERE edge = ? AND log_id = ?", (edge, log_id)).fetchone()
        cursor, digest = row or (first - 1, before)
        if first > cursor + 1:
            return Taken(cursor, digest, ())
        refused = []
        for seq, body in enumerate(events, first):
            if seq <= cursor:
                continue
            code = _wrong(seq, body)
            if code:
                refused.append((seq, code))
                self._db.execute(
                    "INSERT INTO dead VALUES (?, ?, ?, ?, ?)", (edge, log_id, seq, code, body.decode("utf-8", "replace"))
                )
            else:
                self._db.execute("INSERT INTO event VALUES (?, ?, ?, ?)", (edge, log_id, seq, body.decode()))
            digest = _digest(digest, body)
            cursor = seq
        self._db.execute("INSERT OR REPLACE INTO log VALUES (?, ?, ?, ?)", (edge, log_id, cursor, digest))
        return Taken(cursor, digest, tuple(refused))

    def events_of(self, log_id: str) -> list[dict[str, Any]]:
        """Every event of one log, in order."""
        rows = self._db.execute("SELECT body FROM event WHERE log_id = ? ORDER BY seq", (log_id,)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def cursor_of(self, log_id: str) -> int:
        """Where one log stands here."""
        row = self._db.execute("SELECT cursor FROM log WHERE log_id = ?", (log_id,)).fetchone()
        return row[0] if row else 0

    def logs_of(self, edge: str) -> list[tuple[str, int, bytes]]:
        """(log id, cursor, hash there) of every log of an edge."""
        return self._db.execute("SELECT log_id, cursor, hash FROM log WHERE edge = ?", (edge,)).fetchall()

    def count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM event").fetchone()[0])

    def cursors(self) -> list[tuple[str, str, int]]:
        return self._db.execute("SELECT edge, log_id, cursor FROM log").fetchall()

    def dead_letters(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM dead").fetchone()[0])

    # ------------------------------------------------------------------------------------------------ roster

    def position(self) -> tuple[str, int]:
        epoch, rev = self._db.execute("SELECT epoch, rev FROM meta").fetchone()
        return epoch, rev

    def new_epoch(self) -> None:
        """What a restore of central does: every edge takes a snapshot."""
        self._db.execute("UPDATE meta SET epoch = ?", (uuid.uuid4().hex[:12],))

    def edit(self, changes: Iterable[tuple[str, str, str, dict[str, Any]]]) -> tuple[int, int]:
        """(op, type, id, fields) rows in one revision each; returns (rev before, rev after)."""
        self._db.execute("BEGIN IMMEDIATE")
        _, before = self.position()
        rev = before
        for op, kind, id, fields in changes:
            rev += 1
            row = self._db.execute("SELECT ver, fields FROM row WHERE type = ? AND id = ?", (kind, id)).fetchone()
            merged = {**json.loads(row[1]), **fields} if row and op == "put" else fields
            self._db.execute(
                "INSERT OR REPLACE INTO row VALUES (?, ?, ?, ?, ?, ?)",
                (kind, id, row[0] + 1 if row else 1, rev, op, json.dumps(merged)),
            )
        self._db.execute("UPDATE meta SET rev = ?", (rev,))
        self._db.execute("COMMIT")
        return before, rev

    def ops_after(self, rev: int, upto: int | None = None) -> list[tuple[int, RosterOp]]:
        """(rev, row) of everything that changed after a revision, oldest first."""
        rows = self._db.execute(
            "SELECT rev, op, type, id, ver, fields FROM row WHERE rev > ? AND rev <= ifnull(?, rev) ORDER BY rev", (rev, upto)
        ).fetchall()
        return [(r[0], RosterOp(op=r[1], type=r[2], id=r[3], ver=r[4], fields=json.loads(r[5]))) for r in rows]

    def snapshot(self) -> list[RosterOp]:
        return [op for _, op in self.ops_after(-1) if op.op == "put"]


def _digest(before: bytes, body: bytes) -> bytes:
    """The chain hash of an event. One that names were taken out of before it was sent says which it had with them."""
    try:
        event = json.loads(body)
        erased = event.get("erased") if isinstance(event, dict) else None
        return bytes.fromhex(erased) if erased else hashlib.sha256(before + body).digest()
    except (ValueError, TypeError):
        return hashlib.sha256(before + body).digest()


def _wrong(seq: int, body: bytes) -> str:
    """Why an event cannot be taken, or nothing."""
    try:
        event = json.loads(body)
    except ValueError:
        return "not_json"
    return "" if isinstance(event, dict) and event.get("seq") == seq and "kind" in event else "not_an_event"
