"""Read-only connections to both files, a few, reopened when a restore has put other files in their place."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiosqlite

from admin_api.reads.where import addresses, inode
from edge import logs
from edge.core.errors import Busy, Invalid, Unavailable
from edge.store.files import Files

log = logs.get("reads")

Row = tuple[Any, ...]
CONNECTIONS = 3
LONGEST_READ_S = 2.0
"""A read that takes longer is broken off: a reader that stays lets the WAL grow."""


class Connection:
    """One connection: the journal as main, the roster attached, both `mode=ro` and query_only."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._paths = tuple(str(path) for path in (files.journal, files.roster))  # looked at before each read: made once
        self._db: aiosqlite.Connection | None = None
        self._opened: list[int] = []
        self._shared: list[int] = []

    async def fetch(self, sql: str, values: Sequence[Any] = (), *, again: bool = True) -> list[Row]:
        """All rows. Raises Unavailable when the files cannot be read (again: twice), Busy when it takes too long."""
        db = await self._ready()
        try:
            async with asyncio.timeout(LONGEST_READ_S):
                rows: list[Row] = list(await db.execute_fetchall(sql, values))  # type: ignore[arg-type]
        except TimeoutError as error:
            await db.interrupt()
            raise Busy("this takes too long to look up; narrow the search") from error
        except OverflowError as error:
            raise Invalid("a number is larger than any that is kept here") from error
        except sqlite3.OperationalError as error:
            await self.close()
            if again:  # the edge came up or went, and these are no longer the files that were opened: once more with new eyes
                return await self.fetch(sql, values, again=False)
            log.warning("read failed", error=str(error))
            raise Unavailable(f"the site's files cannot be read just now ({error}); try again in a moment") from error
        if (
            0 in self._shared and self._shared_memory() != self._shared
        ):  # the edge came up meanwhile: what was read without locks may be torn
            return await self.fetch(sql, values)
        return rows

    def _shared_memory(self) -> list[int]:
        return [inode(f"{path}-shm") for path in self._paths]

    async def _ready(self) -> aiosqlite.Connection:
        try:
            now, shared = [inode(path) for path in self._paths], self._shared_memory()
        except OSError as error:
            raise Unavailable(f"the site's files cannot be read: {error.strerror}") from error
        if 0 in now:
            raise Unavailable("the site has no data yet: start the edge once, it makes its files")
        # A -shm that is another one now belongs to an edge that our view of the WAL knows nothing of.
        renewed = any(new and new != old for new, old in zip(shared, self._shared, strict=False))
        if self._db is not None and (self._opened != now or renewed):
            await self.close()
        if self._db is None:
            self._db = await self._open(shared)
            self._opened, self._shared = now, shared
        return self._db

    async def _open(self, shared: list[int]) -> aiosqlite.Connection:
        """shared: the inodes of the -shm files.

        Where one was lost (a power cut may take it) no edge has the file open, and we cannot make it. Such a file is read with its
        WAL, but without locks and with the index of the WAL in our own memory; `fetch` looks afterwards whether an edge came.
        """
        uri, attached = addresses(self._files, shared)
        try:
            db = await aiosqlite.connect(uri, uri=True, isolation_level=None, cached_statements=128)
        except sqlite3.Error as error:
            raise Unavailable(f"the journal cannot be opened ({error}); `gatelatch doctor` says more") from error
        try:
            await db.execute("PRAGMA busy_timeout = 2000")
            await db.execute(f"PRAGMA locking_mode = {'NORMAL' if shared[1] else 'EXCLUSIVE'}")  # of what is attached below, too
            await db.execute(f"PRAGMA main.locking_mode = {'NORMAL' if shared[0] else 'EXCLUSIVE'}")
            await db.execute("ATTACH DATABASE ? AS roster", (attached,))
            for schema in ("main", "roster"):
                await db.execute(f"PRAGMA {schema}.cache_size = -2000")
            await db.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            await db.close()
            raise Unavailable(f"the roster cannot be opened ({error}); `gatelatch doctor` says more") from error
        return db

    async def close(self) -> None:
        if self._db is not None:
            db, self._db = self._db, None
            await db.close()


class Database:
    """The few connections that all requests share; who comes when all are in use waits."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._all = [Connection(files) for _ in range(CONNECTIONS)]
        self._free: asyncio.Queue[Connection] = asyncio.Queue()
        for connection in self._all:
            self._free.put_nowait(connection)

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        connection = await self._free.get()
        try:
            yield connection
        finally:
            self._free.put_nowait(connection)

    async def fetch(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        async with self.connection() as connection:
            return await connection.fetch(sql, values)

    async def close(self) -> None:
        for connection in self._all:
            await connection.close()
