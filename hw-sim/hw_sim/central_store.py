"""The simulated central server's own database: edges and their cursors, every event once, the roster with its revisions."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from edge.core.merge import SYNCED, ChangeVerdict, DeskChange, RosterOp, Ruling, row_hash
from edge.sync import wire
from hw_sim import central_clock, central_pictures
from hw_sim.central_changes import BLOCKING, Row, Ruled, rule

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, rev INTEGER NOT NULL, horizon INTEGER NOT NULL,
  count INTEGER NOT NULL, digest INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS log (
  edge TEXT NOT NULL, log_id TEXT NOT NULL, cursor INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (edge, log_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
  edge TEXT NOT NULL, log_id TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (edge, log_id, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS dead (edge TEXT NOT NULL, log_id TEXT NOT NULL, seq INTEGER NOT NULL, code TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS row (
  type TEXT NOT NULL, id TEXT NOT NULL, ver INTEGER NOT NULL, rev INTEGER NOT NULL, op TEXT NOT NULL, fields TEXT NOT NULL,
  hold INTEGER NOT NULL, touched TEXT NOT NULL, PRIMARY KEY (type, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS row_by_rev ON row (rev);
CREATE INDEX IF NOT EXISTS customer_by_number ON row (fields ->> 'number') WHERE type = 'customer';
CREATE TABLE IF NOT EXISTS change (edge TEXT NOT NULL, id TEXT NOT NULL, verdict TEXT NOT NULL, said TEXT NOT NULL, PRIMARY KEY (edge, id)) STRICT;
"""


_TOLD = (b'"clock_adjusted"', b'"customer_erased"')
"""Codes of events that change what central makes of earlier ones."""
_ORDER = {kind: i for i, kind in enumerate(SYNCED)}


class Taken(Struct, frozen=True):
    """What became of a batch: the cursor now, the chain hash there, and what was refused as (seq, code)."""

    cursor: int
    hash: bytes
    refused: tuple[tuple[int, str], ...]


class _Line(Struct, frozen=True):
    """What central itself must know of an event."""

    seq: int
    kind: str
    erased: str = ""


Judge = Callable[[int, bytes], str]


def wrong(seq: int, body: bytes) -> str:
    """Why an event cannot be taken, or nothing."""
    try:
        body.decode()
        line = msgspec.json.decode(body, type=_Line)
    except msgspec.ValidationError:
        return "not_an_event"
    except (ValueError, RecursionError):
        return "not_json"
    return "" if line.seq == seq else "not_an_event"


class CentralStore:
    """Durable on return of every call (WAL, FULL): an ack says what the disk has."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA + central_clock.SCHEMA + central_pictures.SCHEMA)
        self.pictures = central_pictures.Pictures(self._db)
        self._db.execute("INSERT OR IGNORE INTO meta VALUES (1, ?, 0, 0, 0, 0)", (uuid.uuid4().hex[:12],))

    def close(self) -> None:
        self._db.close()

    # ------------------------------------------------------------------------------------------------ events

    def cursor(self, edge: str, log_id: str, first_seq: int) -> tuple[int, bytes]:
        """Where this log stands here. A log that is new here begins before its first event kept, and that is written down: of its
        first batches one may be lost, and then the next one is a gap."""
        self._db.execute("INSERT OR IGNORE INTO log VALUES (?, ?, ?, x'')", (edge, log_id, first_seq - 1))
        at, digest = self._db.execute("SELECT cursor, hash FROM log WHERE edge = ? AND log_id = ?", (edge, log_id)).fetchone()
        return at, digest

    def take(self, edge: str, log_id: str, first: int, before: bytes, events: list[bytes], judge: Judge = wrong) -> Taken:
        """Store a batch that follows the cursor (or overlaps it), once each, and move the cursor in the same transaction.

        A gap changes nothing: the old cursor is the answer. An event that makes no sense goes to the dead letters and counts
        as taken. The chain of hashes is checked as it grows. judge: why one is refused, or nothing.
        """
        with self._changing():
            return self._take(edge, log_id, first, before, events, judge)

    def _take(self, edge: str, log_id: str, first: int, before: bytes, events: list[bytes], judge: Judge) -> Taken:
        row = self._db.execute("SELECT cursor, hash FROM log WHERE edge = ? AND log_id = ?", (edge, log_id)).fetchone()
        cursor, digest = row or (0, b"")
        if first > cursor + 1:
            return Taken(cursor, digest, ())
        digest = digest or before  # of a new log
        kept, refused, answered, told = [], [], list[tuple[str, int]](), list[int]()
        for seq, body in enumerate(events, first):
            if seq <= cursor:
                continue
            code = judge(seq, body)
            if code:
                refused.append((edge, log_id, seq, code, body.decode("utf-8", "replace")))
            else:
                kept.append((edge, log_id, seq, body.decode()))
                if b'"again"' in body:  # it carries one that was refused here
                    answered.append((edge, json.loads(body).get("about")))
                if any(word in body for word in _TOLD):
                    told.append(seq)
            digest = _digest(digest, body)
            cursor = seq
        self._db.executemany("INSERT INTO event VALUES (?, ?, ?, ?)", kept)
        self._db.executemany("INSERT INTO dead VALUES (?, ?, ?, ?, ?)", refused)
        self._db.executemany("DELETE FROM dead WHERE edge = ? AND seq = ?", answered)
        for seq in told:
            central_clock.restate(self._db, edge, log_id, seq)
            self._erase(edge, log_id, seq)
        self._db.execute("INSERT OR REPLACE INTO log VALUES (?, ?, ?, ?)", (edge, log_id, cursor, digest))
        return Taken(cursor, digest, tuple((seq, code) for _, _, seq, code, _ in refused))

    def _erase(self, edge: str, log_id: str, seq: int) -> None:
        """What shows somebody who was erased at an edge goes."""
        code, customer = self._db.execute(
            "SELECT body ->> '$.code', body ->> '$.customer' FROM event WHERE edge = ? AND log_id = ? AND seq = ?",
            (edge, log_id, seq),
        ).fetchone()
        if code == "customer_erased" and customer:
            self.pictures.erase(customer)

    def restated(self, log_id: str) -> dict[int, int]:
        """Central's time (ms since 1970) of each event of a log that was written while the edge's clock was not set."""
        return central_clock.restated(self._db, log_id)

    def times_restated(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM restated").fetchone()[0])

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

    def dead(self, limit: int) -> list[tuple[str, str, int, str, str]]:
        """(edge, log id, seq, code, body) of the events that were refused, the last ones first."""
        return self._db.execute("SELECT edge, log_id, seq, code, body FROM dead ORDER BY rowid DESC LIMIT ?", (limit,)).fetchall()

    # ------------------------------------------------------------------------------------------------ backups

    def save(self, path: Path) -> None:
        """All of it as it stands, as a file; one that is there already is replaced."""
        path.unlink(missing_ok=True)
        self._db.execute("VACUUM INTO ?", (str(path),))

    def put_back(self, path: Path) -> None:
        """All of it as it was saved. Raises FileNotFoundError."""
        if not path.exists():
            raise FileNotFoundError(f"{path}: nothing was saved")
        with contextlib.closing(sqlite3.connect(path)) as saved:
            saved.backup(self._db)

    # ------------------------------------------------------------------------------------------------ roster

    def position(self) -> tuple[str, int]:
        epoch, rev = self._db.execute("SELECT epoch, rev FROM meta").fetchone()
        return epoch, rev

    def stands(self) -> wire.RosterPosition:
        """Position, number of rows and digest: what an edge with everything has."""
        epoch, rev, count, digest = self._db.execute("SELECT epoch, rev, count, digest FROM meta").fetchone()
        return wire.RosterPosition(epoch=epoch, rev=rev, count=count, digest=f"{digest & (1 << 64) - 1:016x}")

    def new_epoch(self) -> None:
        """What a restore of central does: every edge takes a snapshot."""
        self._db.execute("UPDATE meta SET epoch = ?", (uuid.uuid4().hex[:12],))

    def edit(self, changes: Iterable[tuple[str, str, str, dict[str, Any]]]) -> tuple[int, int]:
        """(op, type, id, fields) rows in one revision each; returns (rev before, rev after)."""
        with self._changing():
            _, before = self.position()
            for op, kind, id, fields in changes:
                old = self._row(kind, id)
                ver = old.ver + 1 if old else 1
                kept = old if old and op == "put" and old.op == "put" else Row(ver=0, op="put", fields={})
                hold = kept.hold
                for field in BLOCKING:
                    if field in fields:
                        hold = fields[field] not in ("active", False)
                touched = kept.touched | dict.fromkeys(fields, (ver, ""))
                self._put(kind, id, Row(ver=ver, op=op, fields=kept.fields | fields, hold=hold, touched=touched))
            return before, self.position()[1]

    def say_again(self, rows: Iterable[tuple[str, str]]) -> int:
        """Give these rows a new version, unchanged, so that an edge that could not take them hears them once more; the rev before."""
        with self._changing():
            _, before = self.position()
            for kind, id in rows:
                if old := self._row(kind, id):
                    self._put(kind, id, msgspec.structs.replace(old, ver=old.ver + 1))
            return before

    def change(self, edge: str, changes: Iterable[DeskChange], *, refuse: bool = False) -> tuple[int, list[ChangeVerdict]]:
        """Rule on changes from a desk, each once: (rev before, verdicts). A change that came before gets the word it got then."""
        with self._changing():
            _, before = self.position()
            return before, [self._change(edge, change, refuse) for change in changes]

    def _change(self, edge: str, change: DeskChange, refuse: bool) -> ChangeVerdict:
        said = self._db.execute("SELECT verdict FROM change WHERE edge = ? AND id = ?", (edge, change.id)).fetchone()
        if said:
            verdict = msgspec.json.decode(said[0], type=ChangeVerdict)
        else:
            ruled = Ruled(verdict=Ruling.REFUSED, code="refused", reason="central takes no changes now") if refuse else rule(
                self._row(change.type, change.row), change, edge
            )  # fmt: skip
            if ruled.row is not None:
                self._put(change.type, change.row, self._numbered(change, ruled.row))
            verdict = ChangeVerdict(id=change.id, verdict=ruled.verdict, lost=ruled.lost, code=ruled.code, reason=ruled.reason)
            self._db.execute(
                "INSERT INTO change VALUES (?, ?, ?, ?)",
                (edge, change.id, msgspec.json.encode(verdict).decode(), msgspec.json.encode(change).decode()),
            )
        row = self._row(change.type, change.row)
        return msgspec.structs.replace(verdict, row=_op(change.type, change.row, row) if row else None)

    def _numbered(self, change: DeskChange, row: Row) -> Row:
        """Two desks may give two new customers the same number: the second gets the next that is free."""
        number = row.fields.get("number")
        if change.type != "customer" or not number or "number" not in change.fields:
            return row
        taken = self._db.execute(
            "SELECT 1 FROM row WHERE type = 'customer' AND id <> ? AND fields ->> 'number' = ?", (change.row, number)
        ).fetchone()
        if not taken:
            return row
        (highest,) = self._db.execute("SELECT max(fields ->> 'number') FROM row WHERE type = 'customer'").fetchone()
        return msgspec.structs.replace(row, fields=row.fields | {"number": highest + 1})

    def conflicts(self) -> list[dict[str, Any]]:
        """Changes that were refused or taken in part, newest first, as (edge, type, row, verdict, lost, code, reason)."""
        found = []
        for edge, verdict, change in self._db.execute("SELECT edge, verdict, said FROM change ORDER BY rowid DESC"):
            ruled, asked = json.loads(verdict), json.loads(change)
            if ruled["verdict"] != "accepted":
                found.append({"edge": edge, "type": asked["type"], "row": asked["row"], "fields": asked.get("fields", {}), **ruled})
        return found

    def ruled(self, edge: str, id: str) -> bool:
        """Has a change been ruled on here."""
        return self._db.execute("SELECT 1 FROM change WHERE edge = ? AND id = ?", (edge, id)).fetchone() is not None

    def changes_heard(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM change").fetchone()[0])

    def forget_deleted(self) -> None:
        """Tombstones go, as 90 days after a delete: an edge that has not heard of them by then takes a snapshot."""
        with self._changing():
            (newest,) = self._db.execute("SELECT ifnull(max(rev), 0) FROM row WHERE op <> 'put'").fetchone()
            self._db.execute("DELETE FROM row WHERE op <> 'put'")
            self._db.execute("UPDATE meta SET horizon = max(horizon, ?)", (newest,))

    def horizon(self) -> int:
        """An edge that stands before this revision may have missed a delete."""
        return int(self._db.execute("SELECT horizon FROM meta").fetchone()[0])

    def ops_after(self, rev: int, upto: int | None = None) -> list[tuple[int, RosterOp]]:
        """(rev, row) of everything that changed after a revision, oldest first."""
        rows = self._db.execute(
            "SELECT rev, op, type, id, ver, fields, hold FROM row WHERE rev > ? AND rev <= ifnull(?, rev) ORDER BY rev", (rev, upto)
        ).fetchall()
        return [
            (
                r[0],
                RosterOp(op=r[1], type=r[2], id=r[3], ver=r[4], fields=json.loads(r[5]) if r[1] == "put" else {}, hold=bool(r[6])),
            )
            for r in rows
        ]

    def snapshot(self) -> list[RosterOp]:
        """All rows, in the order in which they refer to one another."""
        rows = [op for _, op in self.ops_after(-1) if op.op == "put"]
        return sorted(rows, key=lambda op: (_ORDER.get(op.type, len(_ORDER)), op.id))

    def row(self, kind: str, id: str) -> RosterOp | None:
        """One row as it is now."""
        row = self._row(kind, id)
        return _op(kind, id, row) if row else None

    def _row(self, kind: str, id: str) -> Row | None:
        row = self._db.execute("SELECT ver, op, fields, hold, touched FROM row WHERE type = ? AND id = ?", (kind, id)).fetchone()
        if row is None:
            return None
        touched = {field: (ver, by) for field, (ver, by) in json.loads(row[4]).items()}
        return Row(ver=row[0], op=row[1], fields=json.loads(row[2]), hold=bool(row[3]), touched=touched)

    def _put(self, kind: str, id: str, row: Row) -> None:
        count, digest = self._db.execute("SELECT count, digest FROM meta").fetchone()
        for each, by in ((self._row(kind, id), -1), (row, 1)):
            if each is not None and each.op == "put":
                count, digest = count + by, digest ^ row_hash(_op(kind, id, each))
        self._db.execute("UPDATE meta SET rev = rev + 1, count = ?, digest = ?", (count, digest))
        self._db.execute(
            "INSERT OR REPLACE INTO row SELECT ?, ?, ?, rev, ?, ?, ?, ? FROM meta",
            (kind, id, row.ver, row.op, json.dumps(row.fields), row.hold, json.dumps(row.touched)),
        )

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Several statements as one durable commit, or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _op(kind: str, id: str, row: Row) -> RosterOp:
    return RosterOp(op=row.op, type=kind, id=id, ver=row.ver, fields=row.fields if row.op == "put" else {}, hold=row.hold)


def _digest(before: bytes, body: bytes) -> bytes:
    """The chain hash of an event. One that names were taken out of before it was sent says which it had with them."""
    if b'"erased"' not in body:
        return hashlib.sha256(before + body).digest()
    try:
        erased = msgspec.json.decode(body, type=_Line).erased
        return bytes.fromhex(erased) if erased else hashlib.sha256(before + body).digest()
    except (ValueError, RecursionError):
        return hashlib.sha256(before + body).digest()
