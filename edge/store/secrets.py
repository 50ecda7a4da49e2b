"""secrets.db: the keys, password hashes and sealed codes that edge alone reads. Rarely written, durable."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from edge.store.files import MODE_PRIVATE, connect, create_or_migrate

LOOKUP_KEY = "lookup-key"


class Secrets:
    """Values by name. Safe from any thread; each write is one durable commit."""

    def __init__(self, path: Path) -> None:
        create_or_migrate(path, "secrets", mode=MODE_PRIVATE)
        self._db: sqlite3.Connection = connect(path)
        self._db.execute("PRAGMA wal_autocheckpoint = 1000")  # no writer thread looks after this file; a backup only reads it
        self._lock = threading.Lock()

    def get(self, name: str) -> bytes | None:
        with self._lock:
            row = self._db.execute("SELECT value FROM secret WHERE name = ?", (name,)).fetchone()
        return bytes(row[0]) if row else None

    def put(self, name: str, value: bytes) -> None:
        with self._lock:
            self._db.execute("INSERT INTO secret VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2", (name, value))

    def key(self, name: str) -> bytes:
        """A 32-byte key, made from the system's randomness the first time it is asked for."""
        found = self.get(name)
        if found is None:
            found = os.urandom(32)
            self.put(name, found)
        return found

    def put_codes(self, changes: Iterable[tuple[str, bytes | None]]) -> None:
        """Sealed codes by card, in one commit; None erases."""
        with self._changing():
            for card, sealed in changes:
                if sealed is None:
                    self._db.execute("DELETE FROM card_code WHERE card = ?", (card,))
                else:
                    self._db.execute(
                        "INSERT INTO card_code VALUES (?1, ?2) ON CONFLICT (card) DO UPDATE SET sealed = ?2", (card, sealed)
                    )

    def code(self, card: str) -> bytes | None:
        """The sealed code of a card."""
        with self._lock:
            row = self._db.execute("SELECT sealed FROM card_code WHERE card = ?", (card,)).fetchone()
        return bytes(row[0]) if row else None

    # ------------------------------------------------------------------------------------------------ second factors

    def second_factor(self, user: str) -> tuple[str, bool, int] | None:
        """(seed, confirmed, last slice taken)."""
        with self._lock:
            row = self._db.execute("SELECT seed, confirmed, last_slice FROM second_factor WHERE user = ?", (user,)).fetchone()
        return (row[0], bool(row[1]), row[2]) if row else None

    def put_second_factor(self, user: str, seed: str) -> None:
        """A seed that is not confirmed yet, in place of any other such."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO second_factor VALUES (?, ?, 0, 0)", (user, seed))

    def confirm_second_factor(self, user: str, slice: int, recovery: Iterable[bytes]) -> None:
        """From now on it is asked for. recovery: hashes, in place of all before. One commit."""
        with self._changing():
            self._db.execute("UPDATE second_factor SET confirmed = 1, last_slice = ? WHERE user = ?", (slice, user))
            self._db.execute("DELETE FROM recovery_code WHERE user = ?", (user,))
            self._db.executemany("INSERT INTO recovery_code VALUES (?, ?)", [(user, each) for each in recovery])

    def take_slice(self, user: str, slice: int) -> bool:
        """False when this slice or a later one was taken already."""
        with self._lock:
            done = self._db.execute(
                "UPDATE second_factor SET last_slice = ?1 WHERE user = ?2 AND last_slice < ?1 AND confirmed = 1", (slice, user)
            )
        return done.rowcount == 1

    def take_recovery_code(self, user: str, hash: bytes) -> bool:
        """Each is good once."""
        with self._lock:
            done = self._db.execute("DELETE FROM recovery_code WHERE user = ? AND hash = ?", (user, hash))
        return done.rowcount == 1

    def forget_second_factor(self, user: str) -> None:
        with self._changing():
            self._db.execute("DELETE FROM second_factor WHERE user = ?", (user,))
            self._db.execute("DELETE FROM recovery_code WHERE user = ?", (user,))

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Several statements as one durable commit, or none."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        with self._lock:
            self._db.close()
