"""Rows for a file: walked by key in short reads, so that no read stays open while the edge writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from admin_api.reads.where import addresses, shared_memory
from admin_api.reports.areas import Area
from admin_api.reports.columns import Row
from edge.core.errors import Unavailable
from edge.store.files import Files

ROWS = 1000
"""Rows of the table that one read looks at, at most."""
FEWEST = 50
LONG_S = 0.06
"""A read that takes longer is followed by one of half as many rows: reads end within 100 ms, on a slow card too."""


class Reader:
    """One read-only connection for the whole of an export; between two reads it holds nothing."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._shared = shared_memory(files)
        self.db = self._open()

    def _open(self) -> sqlite3.Connection:
        journal, roster = addresses(self._files, self._shared)
        try:
            db = sqlite3.connect(journal, uri=True, isolation_level=None, cached_statements=16)
            db.execute("PRAGMA busy_timeout = 5000")
            db.execute(f"PRAGMA locking_mode = {'NORMAL' if self._shared[1] else 'EXCLUSIVE'}")
            db.execute(f"PRAGMA main.locking_mode = {'NORMAL' if self._shared[0] else 'EXCLUSIVE'}")
            db.execute("ATTACH DATABASE ? AS roster", (roster,))
            for schema in ("main", "roster"):
                db.execute(f"PRAGMA {schema}.cache_size = -4000")
            db.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            raise Unavailable(f"the site's files cannot be opened ({error})") from error
        return db

    def fetch(self, sql: str, values: tuple[Any, ...] = ()) -> list[Row]:
        """All rows of one short read. Raises Unavailable."""
        try:
            rows: list[Row] = self.db.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            raise Unavailable(f"the site's files cannot be read just now ({error}); try again") from error
        if 0 in self._shared and (now := shared_memory(self._files)) != self._shared:
            # The edge came up meanwhile, and what was read without locks may be torn.
            self.db.close()
            self._shared, self.db = now, self._open()
            return self.fetch(sql, values)
        return rows

    def close(self) -> None:
        self.db.close()


def batches(
    reader: Reader, area: Area, select: str, terms: list[str], values: list[Any],
    progress: Callable[[float], None] = lambda share: None, *, key_at: int | None = None,
) -> Iterator[list[Row]]:  # fmt: skip
    """The rows of an area that meet all terms, in the order of its key. progress hears the share of the table looked at.

    Each round looks at so many rows by the key's index, whether they meet the terms or not: a rare filter makes no long read.
    key_at: where the key is among the columns, when nearly all rows meet the terms: then each row is looked at once.
    """
    key, (way, until, order) = area.key, ("<", ">=", " DESC") if area.down else (">", "<=", "")
    met = "".join(f" AND {term}" for term in terms)
    done = _done(reader, area)
    last: tuple[Any, ...] = ()
    size, seen = ROWS, 0
    while True:
        begun = perf_counter()
        behind = f"{key} {way} ?" if last else "1"
        ends: list[Row] = []
        if key_at is None:
            ends = reader.fetch(
                f"SELECT {key} FROM {area.base} WHERE {behind} ORDER BY {key}{order} LIMIT 1 OFFSET {size - 1}", last
            )
        upto, end = (f" AND {key} {until} ?", ends[0]) if ends else ("", ())
        most = f" LIMIT {size}" if key_at is not None else ""
        rows = reader.fetch(
            f"SELECT {select} FROM {area.base}{area.join} WHERE {behind}{upto}{met} ORDER BY {key}{order}{most}",
            (*last, *end, *values),
        )
        if key_at is not None and len(rows) == size:
            ends = [(rows[-1][key_at],)]
        took = perf_counter() - begun
        if rows:
            yield rows
        if not ends:
            progress(1.0)
            return
        last, seen = ends[0], seen + size
        progress(done(last, seen))
        size = max(FEWEST, size // 2) if took > LONG_S else min(ROWS, size * 2)


def _done(reader: Reader, area: Area) -> Callable[[tuple[Any, ...], int], float]:
    """How much is done, from the last key and how many rows were seen. Numbered lines are not counted: that would read them all."""
    if area.down:
        ((first, top),) = reader.fetch(
            f"SELECT (SELECT min({area.key}) FROM {area.base}), (SELECT max({area.key}) FROM {area.base})"
        )
        span = max(1, (top or 0) - (first or 0))
        return lambda last, seen: (top - last[0]) / span
    ((total,),) = reader.fetch(f"SELECT count(*) FROM {area.base}")
    return lambda last, seen: min(1.0, seen / max(1, total))
