"""Taking in what the child made ready of a large snapshot: rows that nothing here knew of, a part of one kind at a time."""

from __future__ import annotations

import contextlib
import marshal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from edge.core.errors import Invalid
from edge.core.merge import SYNCED
from edge.store import search
from edge.store.files import Files
from edge.store.sealed import Codes
from edge.store.tables import TABLES, Table

LARGE_PARTS = 25
"""From so many parts on a child reads a snapshot; fewer are sooner read here than a child is started."""
CACHE_KB = 65_536
"""So large is the cache while a snapshot comes in, so that a page is written once."""
CODES_AT_ONCE = 20_000


@contextlib.contextmanager
def frames(files: Files, kinds: Sequence[str], beat: Callable[[], None]) -> Iterator[Iterator[tuple[Any, ...]]]:
    """What the child says, frame by frame; each is a beat. Raises Invalid when it ends before its end."""
    child = subprocess.Popen(
        [sys.executable, "-m", "edge.store.snapshot_child", str(files.folder), ",".join(kinds)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert child.stdout is not None
    try:
        yield _read(child.stdout, beat)
    finally:
        child.kill()
        child.stdout.close()
        child.wait()


def _read(stream: IO[bytes], beat: Callable[[], None]) -> Iterator[tuple[Any, ...]]:
    while True:
        head = stream.read(4)
        body = stream.read(int.from_bytes(head, "big")) if len(head) == 4 else b""
        if not body or len(body) < int.from_bytes(head, "big"):
            raise Invalid("the process that reads it ended by itself")
        said: tuple[Any, ...] = marshal.loads(body)  # noqa: S302 - of our own child, over a pipe
        beat()
        yield said
        if said[0] in ("end", "bad"):
            return


class ArrivingRows:
    """ports.ArrivingRows on SQLite, on the connection of the roster's writer."""

    def __init__(self, db: sqlite3.Connection, codes: Codes) -> None:
        self._db, self._codes = db, codes
        self._sealed: list[tuple[str, bytes]] = []

    @contextlib.contextmanager
    def room(self) -> Iterator[None]:
        (before,) = self._db.execute("PRAGMA cache_size").fetchone()
        self._db.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        self._sealed.clear()
        try:
            afterwards = self._lighten()
            yield
            for sql in afterwards:
                self._db.execute(sql)
            self._add_up()
            self._codes.keep_sealed(self._sealed)
        finally:
            self._db.execute(f"PRAGMA cache_size = {before}")

    def _add_up(self) -> None:
        count = digest = 0
        for (hash,) in self._db.execute("SELECT hash FROM central_row WHERE hash IS NOT NULL"):
            count, digest = count + 1, digest ^ hash
        self._db.execute("UPDATE central_digest SET count = ?, digest = ?", (count, digest))

    def _lighten(self) -> list[str]:
        """Indexes of empty tables are built at the end, in order instead of row by row, and the digest is added up at the end instead of by its
        triggers. Returns the statements that put them back; undone with the transaction when that comes to nothing."""
        taken = [("TRIGGER", name) for name in ("central_row_new", "central_row_away", "central_row_changed")]
        for name in dict.fromkeys(name for kind in SYNCED.values() for name in _tables(TABLES[kind])):
            if self._db.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() is None:
                found = self._db.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (name,)
                )
                taken += [("INDEX", index) for (index,) in found.fetchall()]
        back = []
        for what, name in taken:
            back += [sql for (sql,) in self._db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchall()]
            self._db.execute(f"DROP {what} {name}")
        return back

    def add(
        self, entity: str, rows: list[Any], children: dict[str, list[Any]], central: list[Any], codes: list[tuple[str, bytes]]
    ) -> bool:
        table, db = TABLES[SYNCED[entity]], self._db
        columns = table.written + (("key",) if entity == "card" else ())
        db.execute("SAVEPOINT part")
        try:
            db.executemany(f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
            for child in table.children.values():
                if found := children.get(child.table):
                    marks = ", ".join("?" * (1 + len(child.columns)))
                    db.executemany(f"INSERT INTO {child.table} ({child.owner}, {', '.join(child.columns)}) VALUES ({marks})", found)
            db.executemany("INSERT INTO central_row (entity, id, ver, hash, held) VALUES (?, ?, ?, ?, ?)", central)
        except sqlite3.IntegrityError:
            db.execute("ROLLBACK TO part")
            return False
        finally:
            db.execute("RELEASE part")
        self._sealed += codes
        if len(self._sealed) >= CODES_AT_ONCE:
            self._codes.keep_sealed(self._sealed)
            self._sealed.clear()
        return True

    def versions(self, rows: list[tuple[int, str, str]]) -> None:
        self._db.executemany("UPDATE central_row SET ver = ? WHERE entity = ? AND id = ?", rows)

    def owe_search(self) -> None:
        search.owe(self._db)

    def catch_up_search(self, limit: int) -> bool:
        """Take up to so many rows into the index of the search; True: there are more."""
        return search.catch_up(self._db, limit)


def _tables(table: Table) -> tuple[str, ...]:
    """Where the rows of a kind are."""
    return (table.name, *(child.table for child in table.children.values()))
