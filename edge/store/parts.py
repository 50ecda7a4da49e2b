"""The parts of one snapshot of central's as they come in, any order, some twice, kept over a power cut so that none comes again."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from pathlib import Path

from edge.core.errors import StoreError
from edge.store.files import MODE_PRIVATE, make_readable
from edge.store.sealed import seal, unseal

LIMIT = 20_000
"""Parts of one snapshot."""
Of = tuple[str, str, int, int, str]
"""(id, epoch, rev, number of parts, SHA-256 in hex over their rows) of a snapshot."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS snapshot (id TEXT NOT NULL, epoch TEXT NOT NULL, rev INTEGER NOT NULL, n INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS part (i INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
"""


class Parts:
    """A file of its own beside the databases, sealed part by part, since codes are among the rows. A damaged one is thrown away: central
    sends the parts again."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key
        try:
            self._open()
        except sqlite3.Error:
            self._discard()
            self._open()

    def _open(self) -> None:
        make_readable(self._path, MODE_PRIVATE)
        self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA wal_autocheckpoint = 256")
        self._db.executescript(_SCHEMA)
        row = self._db.execute("SELECT id, epoch, rev, n, sha256 FROM snapshot").fetchone()
        self._of: Of | None = row
        self._have = {i for (i,) in self._db.execute("SELECT i FROM part")}
        self._first = 0

    def _discard(self) -> None:
        for end in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)

    def take(self, of: Of, i: int, rows: bytes) -> bool:
        """Keep a part; True once all are there. One of another snapshot starts afresh. Raises ValueError for one that cannot be."""
        if not 0 <= i < of[3] <= LIMIT:
            raise ValueError(f"part {i} of {of[3]}")
        try:
            if of != self._of:
                self.forget()
                self._db.execute("INSERT INTO snapshot VALUES (?, ?, ?, ?, ?)", of)
                self._of = of
            if i not in self._have:
                self._db.execute("INSERT INTO part VALUES (?, ?)", (i, seal(self._key, zlib.compress(rows, 6), f"part {i}")))
                self._have.add(i)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: a snapshot of central cannot be kept: {error}") from error
        return len(self._have) == of[3]

    @property
    def first(self) -> int:
        """So many are there from the first on, without a gap."""
        while self._first in self._have:
            self._first += 1
        return self._first

    def rows(self) -> list[bytes]:
        """All of them in order. Raises ValueError, and forgets them, when they are not what their digest says."""
        found, digest = list[bytes](), hashlib.sha256()
        for i in range(len(self._have)):
            body = read(self._db, self._key, i)
            digest.update(body)
            found.append(body)
        if self._of is None or digest.hexdigest() != self._of[4]:
            self.forget()
            raise ValueError("the parts do not add up to the digest")
        return found

    def part(self, i: int) -> bytes:
        """The rows of one part."""
        return read(self._db, self._key, i)

    @property
    def waiting(self) -> int:
        return len(self._have)

    def forget(self) -> None:
        """Begin anew."""
        self._db.execute("DELETE FROM part")
        self._db.execute("DELETE FROM snapshot")
        self._of, self._have, self._first = None, set(), 0

    def close(self) -> None:
        self._db.close()


def read(db: sqlite3.Connection, key: bytes, i: int) -> bytes:
    """The rows of one part; nothing when they are not what was put there."""
    row = db.execute("SELECT body FROM part WHERE i = ?", (i,)).fetchone()
    plain = unseal(key, row[0], f"part {i}") if row else None
    try:
        return zlib.decompress(plain) if plain is not None else b""
    except zlib.error:
        return b""
