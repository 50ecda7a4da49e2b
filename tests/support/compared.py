"""The edge's files beside central's: every event once and in its own bytes, every row as central has it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from hw_sim.central_store import CentralStore
from msgspec import Struct

from edge.core.credential import lookup_key
from edge.core.merge import SYNCED, RosterOp, record_of
from edge.core.model import Card
from edge.store import rows
from edge.store.files import Files, connect
from edge.store.secrets import LOOKUP_KEY, Secrets
from edge.store.tables import TABLES


class Compared(Struct, frozen=True, kw_only=True):
    """lost: events that central lacks; doubled: that it has more than once; altered: in other bytes, dead letters too; differing: rows."""

    events: int
    lost: int
    doubled: int
    altered: int
    rows: int
    differing: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not (self.lost or self.doubled or self.altered or self.differing)


@contextlib.contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(connect(path, read_only=True)) as db:
        yield db


def cursors(journal: sqlite3.Connection, roster: sqlite3.Connection) -> tuple[bool, tuple[str, int]]:
    """(does the edge believe that central has every event and has decided every change made here, its place in central's roster)."""
    seq, acked = journal.execute("SELECT seq, acked FROM head").fetchone()
    (waiting,) = roster.execute("SELECT count(*) FROM desk_change WHERE state = 'waiting'").fetchone()
    return seq == acked and not waiting, roster.execute("SELECT epoch, central_rev FROM head").fetchone()


def compare(files: Files, central: Path) -> Compared:
    """Of an edge that stands still. Events after the edge's cursor (its own stop) are not central's yet."""
    with _open(files.journal) as journal:
        acked = journal.execute("SELECT acked FROM head").fetchone()[0]
        here = dict(journal.execute("SELECT seq, body FROM event WHERE seq <= ?", (acked,)).fetchall())
    with contextlib.closing(sqlite3.connect(central)) as db:
        there = db.execute("SELECT seq, body FROM event WHERE seq <= ?", (acked,)).fetchall()
        dead = db.execute("SELECT count(*) FROM dead").fetchone()[0]
    store = CentralStore(central)
    try:
        ops = [op for _, op in store.ops_after(-1)]
    finally:
        store.close()
    return Compared(
        events=len(here),
        lost=len(here.keys() - {seq for seq, _ in there}),
        doubled=len(there) - len({seq for seq, _ in there}),
        altered=dead + sum(here.get(seq) != body for seq, body in there),
        rows=len(ops),
        differing=tuple(line for line in _rows(files, ops) if line),
    )


def _rows(files: Files, ops: list[RosterOp]) -> Iterator[str]:
    secrets = Secrets(files.secrets)
    with contextlib.closing(secrets), _open(files.roster) as db:
        key = secrets.key(LOOKUP_KEY)
        for op in ops:
            yield _row(db, key, op)
        held = {(op.type, op.id) for op in ops}
        for kind, id in db.execute("SELECT entity, id FROM central_row").fetchall():  # tombstones among them
            if (kind, id) not in held:
                yield _row(db, key, RosterOp(op="delete", type=kind, id=id, ver=0))


def _row(db: sqlite3.Connection, key: bytes, op: RosterOp) -> str:
    """What is different about one row, or nothing."""
    here = rows.read(db, TABLES[SYNCED[op.type]], "id", op.id)
    if op.op != "put":
        return "" if here is None or getattr(here, "deleted_at", None) else f"{op.type} {op.id} is still here"
    if here is None:
        return f"{op.type} {op.id} is missing"
    record, code = record_of(op)
    said = [name for name in op.fields if name in record.__struct_fields__]
    if wrong := [name for name in (*said, *_deleted(here)) if getattr(here, name) != getattr(record, name)]:
        return f"{op.type} {op.id} differs in {', '.join(wrong)}"
    if isinstance(record, Card) and code is not None:
        kept = db.execute("SELECT key FROM card WHERE id = ?", (op.id,)).fetchone()[0]
        return "" if kept == lookup_key(key, record.kind, code) else f"card {op.id} has another code"
    return ""


def _deleted(record: Struct) -> tuple[str, ...]:
    return ("deleted_at",) if "deleted_at" in record.__struct_fields__ else ()
