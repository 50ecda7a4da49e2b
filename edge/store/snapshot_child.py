"""The child that reads a large snapshot, out of the gate's way: what is as it was it leaves out, what is new it makes ready for the tables.

`python -m edge.store.snapshot_child STATE KINDS`; frames on standard output: 4 bytes, big-endian, the length of a marshalled (what, ...) behind them.
("gone", [(entity, id)]), ("version", [(ver, entity, id)]) of rows that are otherwise the same, ("new", part, entity, rows of the table, {child
table: rows}, rows of central_row, [(card, sealed code)]), ("first", [operation as JSON]) of what those behind it refer to, ("ops", [...]) for the
rest, ("end", highest customer number) or ("bad", why).
"""

from __future__ import annotations

import hashlib
import marshal
import sqlite3
import sys
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from edge.core.credential import last4, lookup_key
from edge.core.errors import HouseError
from edge.core.merge import SYNCED, RosterOp, record_of, row_hash
from edge.core.model import Card, CredentialKind
from edge.core.people import Customer
from edge.store.files import Files, connect
from edge.store.parts import Parts
from edge.store.sealed import seal, sealing_key
from edge.store.secrets import LOOKUP_KEY
from edge.store.tables import TABLES, child_rows, to_row

_BAD = "the parts do not add up to the digest"


class _Number(Struct, frozen=True):
    number: Any = 0


class _Name(Struct):
    """Which row an operation is about, and the number of a customer."""

    type: str
    id: str
    fields: _Number = _Number()


_names, _ops = msgspec.json.Decoder(list[_Name]), msgspec.json.Decoder(list[RosterOp])


class Reader:
    """Compares a snapshot with the roster as it is committed, whose writer waits meanwhile."""

    def __init__(self, files: Files, kinds: Iterable[str]) -> None:
        self._roster = connect(files.roster, read_only=True)
        self._key = sealing_key(files.codes_key)
        self._parts = Parts(files.parts, self._key, read_only=True)
        secrets = sqlite3.connect(f"{files.secrets.absolute().as_uri()}?mode=ro", uri=True)
        (self._secret,) = secrets.execute("SELECT value FROM secret WHERE name = ?", (LOOKUP_KEY,)).fetchone()
        secrets.close()
        self._kept = frozenset(CredentialKind(kind) for kind in kinds)
        (epoch,) = self._roster.execute("SELECT epoch FROM head").fetchone()
        counts_anew = self._parts.of is not None and self._parts.of[1] != epoch
        self._known = {(e, i): (-1 if counts_anew else v, h, p) for e, i, v, h, p in self._roster.execute(
            "SELECT entity, id, ver, hash, problem FROM central_row"
        )}  # fmt: skip
        self._careful = {
            (e, r) for e, r in self._roster.execute("SELECT DISTINCT entity, row FROM desk_change WHERE state <> 'refused'")
        }
        self._erased = {i for (i,) in self._roster.execute("SELECT id FROM customer WHERE erased_at IS NOT NULL")}
        (next_number,) = self._roster.execute("SELECT next_number FROM head").fetchone()
        self._highest = next_number - 1
        self._numbers = count(next_number)
        self._empty: dict[str, bool] = {}

    def run(self) -> None:
        *_, n, sha256 = self._parts.of or (0, "")
        digest, within, held = hashlib.sha256(), {kind: list[int]() for kind in SYNCED}, set[tuple[str, str]]()
        others: list[int] = []
        for i in range(n):
            body = self._parts.part(i)
            digest.update(body)
            names = _names.decode(body or b"[]")
            for kind in {name.type for name in names}:
                within.get(kind, others).append(i)
            given = [name.fields.number for name in names if name.type == "customer" and isinstance(name.fields.number, int)]
            self._highest = max(self._highest, *given, 0)
            if self._known:
                held.update((name.type, name.id) for name in names)
        if digest.hexdigest() != sha256:
            _say("bad", _BAD)
            return
        gone = [row for row, (_, hash, problem) in self._known.items() if row not in held and (hash is not None or problem)]
        _say("gone", gone)
        self._numbers = count(self._highest + 1)  # who has none gets one after those whose numbers are given
        for kind, numbers in within.items():
            for i in numbers:
                self._part(i, kind, [op for op in self._read(i) if op.type == kind])
        strange = [op for i in dict.fromkeys(others) for op in self._read(i) if op.type not in SYNCED]
        _say("ops", [msgspec.json.encode(op) for op in strange])
        _say("end", next(self._numbers) - 1)

    def _read(self, i: int) -> list[RosterOp]:
        return _ops.decode(self._parts.part(i) or b"[]")

    def _part(self, i: int, kind: str, ops: list[RosterOp]) -> None:
        table = TABLES[SYNCED[kind]]
        rows, central, codes, rest, versions = [], [], list[tuple[str, bytes]](), list[bytes](), list[tuple[int, str, str]]()
        children: dict[str, list[tuple[Any, ...]]] = {child.table: [] for child in table.children.values()}
        for op in ops:
            hash = row_hash(op)
            known = self._known.get((kind, op.id))
            if known is not None and self._same(op, known, hash):
                if known[0] != op.ver:
                    versions.append((op.ver, kind, op.id))
                continue
            record, code = self._new(op, known)
            if record is None:
                rest.append(msgspec.json.encode(op))
                continue
            if isinstance(record, Customer) and not record.number:
                record = msgspec.structs.replace(record, number=next(self._numbers))
            if isinstance(record, Card) and code is not None:
                record = msgspec.structs.replace(record, last4=last4(code))
                rows.append((*to_row(table, record), lookup_key(self._secret, record.kind, code)))
                if record.kind in self._kept:
                    codes.append((record.id, seal(self._key, code.encode(), record.id)))
            else:
                rows.append(to_row(table, record))
            for name, child in table.children.items():
                if getattr(record, name):
                    children[child.table] += child_rows(child, record, name)
            central.append((kind, op.id, op.ver, hash, op.hold))
        if versions:
            _say("version", versions)
        if rows:
            _say("new", i, kind, rows, {table: found for table, found in children.items() if found}, central, codes)
        if rest:
            _say("first" if table.config else "ops", rest)

    def _same(self, op: RosterOp, known: tuple[int, int | None, str], hash: int) -> bool:
        ver, before, problem = known
        if op.ver < ver:
            return True
        if problem or before != hash or (op.type, op.id) in self._careful:
            return False
        if op.type != "card":
            return True
        try:
            record, code = record_of(op)
        except HouseError:
            return False
        row = self._roster.execute("SELECT key FROM card WHERE id = ?", (op.id,)).fetchone()
        return row is not None and code is not None and row[0] == lookup_key(self._secret, record.kind, code)  # type: ignore[attr-defined]

    def _new(self, op: RosterOp, known: object) -> tuple[Any, str | None]:
        """The record of a row that nothing here knows of, with its card's code; (None, None): it has to be looked at one by one."""
        if op.op != "put" or known is not None or not 0 <= op.ver < 1 << 63 or (op.type, op.id) in self._careful:
            return None, None
        if TABLES[SYNCED[op.type]].config or op.fields.get("host"):  # few; and whoever it is may come later
            return None, None
        if not self._is_empty(op.type) and self._roster.execute(
            f"SELECT 1 FROM {TABLES[SYNCED[op.type]].name} WHERE id = ?", (op.id,)
        ).fetchone():  # fmt: skip
            return None, None
        try:
            record, code = record_of(op)
        except HouseError:
            return None, None
        if self._erased and getattr(record, "customer", None) in self._erased:
            return None, None
        record = msgspec.structs.replace(record, ver=1)
        lists = {name: tuple(dict.fromkeys(listed)) for name in TABLES[type(record)].children if (listed := getattr(record, name))}
        return msgspec.structs.replace(record, **lists) if lists else record, code

    def _is_empty(self, kind: str) -> bool:
        if kind not in self._empty:
            self._empty[kind] = self._roster.execute(f"SELECT 1 FROM {TABLES[SYNCED[kind]].name} LIMIT 1").fetchone() is None
        return self._empty[kind]


def _say(*said: Any) -> None:
    body = marshal.dumps(said)
    sys.stdout.buffer.write(len(body).to_bytes(4, "big") + body)


if __name__ == "__main__":
    try:
        Reader(Files(Path(sys.argv[1])), sys.argv[2].split(",") if sys.argv[2] else ()).run()
    except (HouseError, sqlite3.Error, OSError, msgspec.DecodeError) as error:
        _say("bad", str(error)[:300])
    sys.stdout.buffer.flush()
