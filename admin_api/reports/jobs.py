"""desk.db: the desk's scratch. Exports and how they are; when the calendar was last looked at; how each user likes each list. It may be deleted at any time."""

from __future__ import annotations

import os
import sqlite3
from enum import StrEnum
from pathlib import Path
from typing import Any

import aiosqlite
import msgspec
from msgspec import Struct

from admin_api.reports.order import StatementOf
from edge.core.errors import Unavailable
from edge.core.saved import ExportArea, ExportFormat

VERSION = 2
MOST_JOBS = 200
"""Exports remembered, with or without their file; the oldest are forgotten."""
_SCHEMA = f"""
CREATE TABLE job (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL, operator TEXT NOT NULL, schedule TEXT NOT NULL, folder TEXT NOT NULL, area TEXT, format TEXT NOT NULL,
  filters TEXT NOT NULL, statement TEXT NOT NULL, plain INTEGER NOT NULL, protected INTEGER NOT NULL, state TEXT NOT NULL,
  progress REAL NOT NULL, rows INTEGER NOT NULL, size INTEGER NOT NULL, made_at INTEGER NOT NULL, ended_at INTEGER, expires_at INTEGER,
  name TEXT NOT NULL, problem TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE looked (schedule TEXT PRIMARY KEY, cron TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE look (user TEXT NOT NULL, list TEXT NOT NULL, rows INTEGER NOT NULL, columns TEXT, PRIMARY KEY (user, list)) STRICT, WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""


class JobState(StrEnum):
    """DONE: there is a file. EXPIRED: there was one. INTERRUPTED: the desk ended meanwhile."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    EXPIRED = "expired"


class Job(Struct, frozen=True, kw_only=True):
    """An export. progress: 0 to 1; size in bytes; times in ms. schedule: the id of the scheduled export it is of, whose file
    goes to `folder`; statement: not a list.

    problem: why there is no file (any more). name: what the file is called.
    """

    id: str
    owner: str
    operator: str
    schedule: str = ""
    folder: str = ""
    area: ExportArea | None = None
    format: ExportFormat
    filters: dict[str, str] = {}
    statement: StatementOf | None = None
    plain: bool = False
    protected: bool = False
    state: JobState = JobState.WAITING
    progress: float = 0.0
    rows: int = 0
    size: int = 0
    made_at: int
    ended_at: int | None = None
    expires_at: int | None = None
    name: str
    problem: str = ""


_COLUMNS = Job.__struct_fields__
_LIST = f"SELECT {', '.join(_COLUMNS)} FROM job"


class JobStore:
    """The few rows of desk.db."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: aiosqlite.Connection | None = None

    async def open(self) -> None:
        """Open or make it; one that is damaged or of another version is begun anew. Raises Unavailable."""
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            if not await self._opened():
                for path in (self._path, *(self._path.with_name(f"{self._path.name}-{end}") for end in ("wal", "shm"))):
                    path.unlink(missing_ok=True)
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
                if not await self._opened():
                    raise Unavailable("desk.db cannot be made")
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(f"{self._path}: cannot be opened ({error}); can the desk write there?") from error

    async def _opened(self) -> bool:
        db = await aiosqlite.connect(self._path, isolation_level=None)
        try:
            await db.execute("PRAGMA journal_mode = WAL")
            ((version,),) = await db.execute_fetchall("PRAGMA user_version")
            tables = await db.execute_fetchall("SELECT name FROM sqlite_master LIMIT 1")
            if version == 0 and not tables:
                await db.executescript(_SCHEMA)
            elif version != VERSION:
                await db.close()
                return False
        except sqlite3.DatabaseError:
            await db.close()
            return False
        self._db = db
        return True

    @property
    def db(self) -> aiosqlite.Connection:
        if self._db is None:
            raise Unavailable("exports are not ready yet; try again in a moment")
        return self._db

    async def close(self) -> None:
        if self._db is not None:
            db, self._db = self._db, None
            await db.close()

    async def put(self, job: Job) -> Job:
        row = [_kept(name, getattr(job, name)) for name in _COLUMNS]
        await self.db.execute(f"INSERT OR REPLACE INTO job VALUES ({', '.join('?' * len(row))})", row)
        return job

    async def get(self, id: str) -> Job | None:
        found = await self._jobs("WHERE id = ?", id)
        return found[0] if found else None

    async def every(self) -> list[Job]:
        """The newest first."""
        return await self._jobs("ORDER BY made_at DESC, id DESC")

    async def in_state(self, *states: JobState) -> list[Job]:
        """The oldest first."""
        marks = ", ".join("?" * len(states))
        return await self._jobs(f"WHERE state IN ({marks}) ORDER BY made_at, id", *(s.value for s in states))

    async def forget(self, id: str) -> None:
        await self.db.execute("DELETE FROM job WHERE id = ?", (id,))

    async def forget_oldest(self) -> None:
        """Those beyond MOST_JOBS that have no file and are over."""
        await self.db.execute(
            "DELETE FROM job WHERE state NOT IN ('waiting', 'running', 'done')"
            " AND id NOT IN (SELECT id FROM job ORDER BY made_at DESC, id DESC LIMIT ?)",
            (MOST_JOBS,),
        )

    async def _jobs(self, tail: str, *values: str) -> list[Job]:
        try:
            rows = await self.db.execute_fetchall(f"{_LIST} {tail}", values)
        except sqlite3.Error as error:
            raise Unavailable(f"desk.db cannot be read ({error})") from error
        return [_job(tuple(row)) for row in rows]

    async def looked(self) -> dict[str, tuple[str, int]]:
        """Scheduled export -> (its cron then, up to when (ms) its runs are made)."""
        return {id: (cron, at) for id, cron, at in await self.db.execute_fetchall("SELECT schedule, cron, at FROM looked")}

    async def look(self, schedule: str, cron: str, at: int) -> None:
        await self.db.execute("INSERT OR REPLACE INTO looked VALUES (?, ?, ?)", (schedule, cron, at))

    async def look_no_more(self, schedule: str) -> None:
        await self.db.execute("DELETE FROM looked WHERE schedule = ?", (schedule,))


def _kept(name: str, value: Any) -> Any:
    if name == "filters" or isinstance(value, StatementOf):
        return msgspec.json.encode(value).decode()
    if name == "statement":
        return ""
    if isinstance(value, bool):
        return int(value)
    return value.value if isinstance(value, StrEnum) else value


def _job(row: tuple[Any, ...]) -> Job:
    fields = dict(zip(_COLUMNS, row, strict=True))
    fields["filters"] = msgspec.json.decode(fields["filters"])
    fields["statement"] = msgspec.json.decode(fields["statement"]) if fields["statement"] else None
    fields |= {"plain": bool(fields["plain"]), "protected": bool(fields["protected"])}
    return msgspec.convert(fields, Job)
