"""A quarter of a million customers with cards and plates from central: the first load, the same again, a delta; and decisions meanwhile."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from time import perf_counter
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benches.site import code, uuid
from benches.table import Figure, at_least, at_most, bench
from edge.bridge import SyncBridge
from edge.clock import SystemClock
from edge.core.credential import lookup_key
from edge.core.merge import RosterOp, record_of
from edge.core.model import Card, CredentialKind
from edge.identity import new_code, new_token, uuid7
from edge.store.create import open_stores
from edge.store.facts import FactsReader
from edge.store.files import Files, connect
from edge.store.journal import JournalTransaction
from edge.store.roster import Identity, RosterTransaction
from edge.store.sealed import SealedCodes, sealing_key
from edge.store.secrets import LOOKUP_KEY, Secrets
from edge.store.tables import TABLES, child_rows, to_row
from edge.store.writer import Writer
from edge.sync import wire

CUSTOMERS, PART_ROWS, DELTA_ROWS = 250_000, 200, 1_000
KEPT = (CredentialKind.QR,)


def operations(count: int) -> Iterator[RosterOp]:
    """Everything central holds, as the reference central sends it: kinds as they refer to one another, each by id."""

    def put(kind: str, id: str, **fields: Any) -> RosterOp:
        return RosterOp(op="put", type=kind, id=id, ver=1, fields=fields)

    yield put("zone", "z", name="Garage")
    yield put("profile", "p", name="All hours", zones=[{"zone": "z"}])
    for i in sorted(range(count), key=lambda i: uuid("customer", i)):
        yield put("customer", uuid("customer", i), name=f"Member {i}", number=i + 1, email=f"member{i}@example.org", profiles=["p"])
    for i in sorted(range(count), key=lambda i: uuid("card", i)):
        yield put("card", uuid("card", i), customer=uuid("customer", i), code=code(i), username=f"member{i}")
    for i in sorted(range(count), key=lambda i: uuid("vehicle", i)):
        yield put("vehicle", uuid("vehicle", i), plate=f"ZH {i + 1000}", customer=uuid("customer", i))


def written() -> int:
    """Bytes this process and its ended children handed to the disk so far."""
    found = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(found["write_bytes"])


class Loaded:
    """An edge's stores with the bridge of the sync, in a new folder."""

    def __init__(self, folder: Path) -> None:
        self.files = Files(folder)
        open_stores(self.files, uuid7())
        self.secrets = Secrets(self.files.secrets)
        key = self.secrets.key(LOOKUP_KEY)
        codes = SealedCodes(self.secrets, sealing_key(self.files.codes_key), KEPT)
        identity = Identity(uuid7, new_token, new_code)

        def roster() -> tuple[sqlite3.Connection, RosterTransaction]:
            db = connect(self.files.roster)
            return db, RosterTransaction(db, key, identity, codes, self.secrets, synced=True)

        def journal() -> tuple[sqlite3.Connection, JournalTransaction]:
            db = connect(self.files.journal, attach={"roster": self.files.roster})
            return db, JournalTransaction(db, FactsReader(db, key, "UTC"))

        self.roster, self.journal = Writer("roster", self.files.roster, roster), Writer("journal", self.files.journal, journal)

    async def start(self) -> None:
        await self.roster.start()
        await self.journal.start()
        self.bridge = SyncBridge(self.journal, self.roster, SystemClock(0), uuid7, self.files, KEPT, lambda: None)

    async def stop(self) -> None:
        await self.roster.stop()
        await self.journal.stop()
        self.secrets.close()

    async def take(self, payloads: list[bytes], keys: Any, rev: int) -> None:
        """Whole messages: decompressed, verified, decoded, kept, applied."""
        for payload in payloads:
            body = wire.verify("t", wire.unpack(payload, wire.DEFLATED), keys)
            part = wire.decode(body, wire.SnapshotPart)
            await self.bridge.stage(part.id, part.epoch, rev, part.n, part.sha256, part.i, bytes(part.rows))
        assert await self.bridge.apply_snapshot("epoch", rev) == []


def messages(key: Ed25519PrivateKey) -> list[bytes]:
    ops = list(operations(CUSTOMERS))
    chunks = [msgspec.json.encode(ops[i : i + PART_ROWS]) for i in range(0, len(ops), PART_ROWS)]
    sha = hashlib.sha256(b"".join(chunks)).hexdigest()
    found = []
    for i, chunk in enumerate(chunks):
        part = wire.SnapshotPart(
            connection=1, id=sha[:16], epoch="epoch", rev=1, i=i, n=len(chunks), sha256=sha, rows=msgspec.Raw(chunk)
        )
        found.append(zlib.compress(wire.sign("t", msgspec.json.encode(part), "k", key)))
    return found


def bare(folder: Path) -> float:
    """The same rows, ready made, into a new SQLite file, indexes last; seconds."""
    files = Files(folder)
    open_stores(files, uuid7())
    source = connect(files.roster)
    indexes = [sql for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")]
    tables = dict(
        source.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search%' AND name NOT LIKE 'sqlite%'"
        )
    )
    rows: dict[str, list[Any]] = {}
    for op in operations(CUSTOMERS):
        record, text = record_of(op)
        table = TABLES[type(record)]
        extra = (lookup_key(b"k" * 32, CredentialKind.QR, text),) if isinstance(record, Card) and text else ()
        rows.setdefault(
            f"INSERT INTO {table.name} ({', '.join(table.written + (('key',) if extra else ()))}) VALUES ({', '.join('?' * (len(table.written) + len(extra)))})",
            [],
        ).append(to_row(table, record) + extra)
        for name, child in table.children.items():
            for row in child_rows(child, record, name):
                rows.setdefault(
                    f"INSERT INTO {child.table} ({child.owner}, {', '.join(child.columns)}) VALUES ({', '.join('?' * len(row))})",
                    [],
                ).append(row)
    db = sqlite3.connect(folder / "bare.db", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA cache_size = -65536")
    for sql in tables.values():
        db.execute(sql)
    begun = perf_counter()
    db.execute("BEGIN")
    for sql, found in rows.items():
        db.executemany(sql, found)
    for sql in indexes:
        if not any(word in sql for word in ("searched", "search")):
            db.execute(sql)
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    took = perf_counter() - begun
    db.close()
    return took


@bench("snapshot", "snapshot/bytes", "snapshot-same", "delta")
def snapshots() -> Iterator[Figure]:
    folder = Path(mkdtemp(prefix="bench-snapshot-"))
    try:
        yield from _snapshots(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _snapshots(folder: Path) -> Iterator[Figure]:
    limit = bare(folder / "bare")
    size = (folder / "bare" / "bare.db").stat().st_size
    key = Ed25519PrivateKey.generate()
    payloads, keys = messages(key), {"k": key.public_key()}

    async def load() -> tuple[float, int, int, float, float]:
        edge = Loaded(folder / "edge")
        await edge.start()
        bytes_before, begun = written(), perf_counter()
        await edge.take(payloads, keys, 1)
        await edge.roster.empty_wal()
        took, first = perf_counter() - begun, written() - bytes_before
        bytes_before = written()
        await edge.take(payloads, keys, 2)
        await edge.roster.empty_wal()
        same = written() - bytes_before
        changed = [msgspec.structs.replace(op, ver=2, fields=op.fields | {"phone": "+41 21 000 00 00"})
                   for op in list(operations(DELTA_ROWS))[2 : 2 + DELTA_ROWS]]  # fmt: skip
        begun = perf_counter()
        assert await edge.bridge.apply_delta(tuple(changed), "epoch", 3) == []
        delta = perf_counter() - begun
        await edge.stop()
        db = connect(folder / "edge" / "roster.db")
        rows = [(f"+41 {i}", op.id) for i, op in enumerate(changed)]
        begun = perf_counter()
        db.execute("BEGIN")
        db.executemany("UPDATE customer SET phone = ?, ver = ver + 1 WHERE id = ?", rows)
        db.execute("COMMIT")
        return took, first, same, delta, perf_counter() - begun

    took, first, same, delta, plain = asyncio.run(load())
    roster = (folder / "edge" / "roster.db").stat().st_size
    note = f"{took:.1f} s for {3 * CUSTOMERS} rows; roster {roster >> 20} MB, bare {size >> 20} MB, {os.cpu_count()} cores"
    yield at_least("snapshot", 3 * CUSTOMERS / took, 3 * CUSTOMERS / limit, 0.4, "rows/s", note=note)
    yield at_most("snapshot/bytes", first / 2**20, roster / 2**20, 2.0, "MB", note="written, for the file's size")
    yield at_most("snapshot-same", same / 2**20, first / 2**20, 0.05, "MB")
    yield at_least("delta", DELTA_ROWS / delta, DELTA_ROWS / plain, 0.6, "rows/s", note=f"{1000 * delta:.0f} ms")
