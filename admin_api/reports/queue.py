"""Exports as jobs: asked for, waiting, made one at a time by a process of their own, written down, kept for a day, gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from admin_api.current import Current
from admin_api.edge_client import EdgeClient
from admin_api.errors import error_of
from admin_api.reads.database import Database
from admin_api.reports.filters import conditions, in_words
from admin_api.reports.jobs import Job, JobState, JobStore
from admin_api.reports.order import Order, Said, StatementOf
from admin_api.tls import desk_folder
from edge import logs
from edge.commands.base import Command
from edge.commands.exports import NoteExport, NoteScheduled
from edge.core.errors import Busy, Forbidden, HouseError, NotFound, Unavailable
from edge.core.model import EVERYTHING, Scope
from edge.core.saved import ExportArea, ExportFormat
from edge.core.schedule import local

log = logs.get("exports")

KEPT_MS = 24 * 3_600_000
MOST_FILES, MOST_BYTES = 20, 1 << 30
"""Files kept until they are fetched or a day old; the oldest go first."""
MOST_WAITING = 20
LONGEST_S = 3600
"""A file that takes longer is given up."""
NOTE_TRIES, NOTE_PAUSE_S = 3, 2.0
TIDY_S = 60.0
STATEMENT_AREAS = (ExportArea.ENTRIES, ExportArea.BOOKINGS, ExportArea.PAYMENTS)

OVER = (JobState.FAILED, JobState.CANCELLED, JobState.INTERRUPTED, JobState.EXPIRED)


@dataclass(frozen=True)
class _Kept:
    """What of a job is in memory alone: whose session it runs under, the password of its file, and
    what who asked is restricted to."""

    token: str = ""
    password: str = ""
    scope: Scope = EVERYTHING


class _Cancelled(Exception):
    """Somebody took it back while it was made."""


class Exports:
    """The queue of one desk. now: ms since 1970."""

    def __init__(self, current: Current, edge: EdgeClient, database: Database, now: Callable[[], int]) -> None:
        self._current, self._edge, self._database, self.now = current, edge, database, now
        self.store: JobStore
        self._folder: Path | None = None
        self._kept: dict[str, _Kept] = {}
        self._running: tuple[Job, asyncio.subprocess.Process] | None = None
        self._cancelled: set[str] = set()
        self._opening: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._ended = asyncio.Event()

    # ------------------------------------------------------------------------------------------------ open, close

    async def ready(self) -> JobStore:
        """The store, opened when it is first needed. Raises Unavailable."""
        if self._folder is None:
            if self._opening is None or self._opening.done():
                self._opening = asyncio.create_task(self._open(), name="desk.db")
            await asyncio.shield(self._opening)  # who gives up waiting leaves no half-open file behind
        return self.store

    async def _open(self) -> None:
        try:
            home = desk_folder(self._current.now)
            folder = home / "exports"
            folder.mkdir(mode=0o700, exist_ok=True)
        except (HouseError, OSError) as error:
            raise Unavailable(f"there is no room for exports: {error}") from error
        store = JobStore(home / "desk.db")
        await store.open()
        await self._begin_again(store, folder)
        self.store, self._folder = store, folder

    async def _begin_again(self, store: JobStore, folder: Path) -> None:
        """After a restart: what was under way is over, but for the calendar's, which nobody would ask for again."""
        for job in await store.in_state(JobState.WAITING, JobState.RUNNING):
            again = bool(job.schedule)
            state = JobState.WAITING if again else JobState.INTERRUPTED
            problem = "" if again else "the desk was restarted meanwhile: ask for it again"
            await store.put(
                replace(job, state=state, progress=0.0, rows=0, problem=problem, ended_at=None if again else self.now())
            )
        files = {job.id for job in await store.in_state(JobState.DONE)}
        await asyncio.to_thread(_clear_but, folder, files)

    async def close(self) -> None:
        if self._opening is not None:
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._folder is not None:
            await self.store.close()

    # ------------------------------------------------------------------------------------------------ for who asks

    async def ask(self, job: Job, *, token: str = "", password: str = "", scope: Scope = EVERYTHING) -> Job:
        """Put a new job into the queue. Raises Busy when there are too many."""
        store = await self.ready()
        if len(await store.in_state(JobState.WAITING)) >= MOST_WAITING:
            raise Busy(f"{MOST_WAITING} exports are waiting already; try again when some are made")
        self._kept[job.id] = _Kept(token, password, scope)
        await store.put(job)
        self._news.set()
        return job

    def new(
        self, *, format: ExportFormat, owner: str, operator: str, stem: str, area: ExportArea | None = None,
        filters: dict[str, str] | None = None, statement: StatementOf | None = None, schedule: str = "", folder: str = "",
        plain: bool = False, protected: bool = False,
    ) -> Job:  # fmt: skip
        """A job as it begins. stem: what its file is called, before the time."""
        now = self.now()
        name = f"{stem}-{local(now, self._current.now.site.time_zone):%Y-%m-%d-%H%M%S}.{format.value}{'.zip' if protected else ''}"
        return Job(
            id=uuid4().hex, owner=owner, operator=operator, schedule=schedule, folder=folder, area=area, format=format,
            filters=filters or {}, statement=statement, plain=plain, protected=protected, made_at=now, name=name,
        )  # fmt: skip

    async def jobs(self) -> list[Job]:
        """The newest first."""
        store = await self.ready()
        await self._tidy()
        return [self._fresh(job) for job in await store.every()]

    async def job(self, id: str) -> Job:
        """Raises NotFound."""
        store = await self.ready()
        found = await store.get(id)
        if found is None:
            raise NotFound(f"there is no export {id[:80]}", field="id")
        if found.state is JobState.DONE and found.expires_at is not None and found.expires_at <= self.now():
            await self._tidy()
            found = await store.get(id) or found
        return self._fresh(found)

    async def wait(self, id: str, seconds: float) -> Job:
        """The job when it is over, or as it is after so long. Raises NotFound."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    ended = self._ended
                    if (job := await self.job(id)).state not in (JobState.WAITING, JobState.RUNNING):
                        return job
                    await ended.wait()
        return await self.job(id)

    def _say_ended(self) -> None:
        self._ended.set()
        self._ended = asyncio.Event()

    def _fresh(self, job: Job) -> Job:
        return self._running[0] if self._running and self._running[0].id == job.id else job

    def file(self, job: Job) -> Path:
        """Raises NotFound while there is none, or no more."""
        if self._folder is None or job.state is not JobState.DONE or job.schedule:
            raise NotFound(
                f"this export has no file here ({job.state.value}){f': {job.problem}' if job.problem else ''}", field="id"
            )
        return self._folder / job.id / job.name

    async def remove(self, id: str) -> None:
        """Cancel it, or remove what it left. Raises NotFound."""
        job = await self.job(id)
        if job.state in (JobState.WAITING, JobState.RUNNING):
            self._cancelled.add(id)
            if self._running and self._running[0].id == id:
                with contextlib.suppress(ProcessLookupError):
                    self._running[1].kill()
                return
            await self._over(job, JobState.CANCELLED, "cancelled")
            self._cancelled.discard(id)
            return
        self._clear(job)
        await self.store.forget(id)

    # ------------------------------------------------------------------------------------------------ making them

    async def run(self) -> None:
        """Make what waits, one at a time; between them see to what is old. Runs for as long as the desk does."""
        while True:
            self._news.clear()
            try:
                store = await self.ready()
                waiting = await store.in_state(JobState.WAITING)
                if waiting:
                    await self._make(waiting[0])
                    continue
                await self._tidy()
            except Unavailable as error:
                log.warning("exports", problem=error.message)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TIDY_S):
                    await self._news.wait()

    async def _make(self, job: Job) -> None:
        """One job from waiting to its end, whatever that is."""
        folder = self._place(job)
        job = await self.store.put(replace(job, state=JobState.RUNNING))
        try:
            if job.schedule:
                self.allowed(job.folder)
            said = await self._made(job, folder)
            job = replace(job, rows=said.rows, size=said.size, progress=1.0)
            await self._write_down(job)
            if job.schedule:
                await asyncio.to_thread(self._hand_over, job, folder)
            if job.id in self._cancelled:
                raise _Cancelled
        except _Cancelled:
            await self._over(job, JobState.CANCELLED, "cancelled")
        except HouseError as error:
            log.warning("export failed", id=job.id, why=error.message)
            await self._over(job, JobState.FAILED, error.message)
        else:
            now = self.now()
            await self.store.put(
                replace(job, state=JobState.DONE, ended_at=now, expires_at=None if job.schedule else now + KEPT_MS)
            )
            self._forget_kept(job)
            await self._tidy()
            self._say_ended()

    def _place(self, job: Job) -> Path:
        assert self._folder is not None
        place = self._folder / job.id
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o700)
        return place

    async def _made(self, job: Job, folder: Path) -> Said:
        """What the child said last. Raises its error, or Unavailable when it ended without a word."""
        site, kept = self._current.now.site, self._kept.get(job.id, _Kept())
        terms, values, words = list[str](), list[Any](), ""
        if job.area is not None:
            said: dict[str, Any] = {"now": job.made_at, "tz": site.time_zone, "scope": kept.scope}
            terms, values = await conditions(self._database, job.area, job.filters, **said)
            words = await in_words(self._database, job.area, job.filters, **said)
        order = Order(
            state=str(Path(self._current.now.state)), folder=str(folder), name=job.name, format=job.format,
            site=site.name, tz=site.time_zone, operator=job.operator, now=job.made_at, area=job.area, terms=terms, values=values, words=words,
            statement=job.statement, plain=job.plain, password=kept.password, scope=kept.scope,
        )  # fmt: skip
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "admin_api.reports.child", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        self._running = (job, child)
        try:
            async with asyncio.timeout(LONGEST_S):
                last = await self._heard(job, child, order)
                code = await child.wait()
        except TimeoutError as error:
            raise Unavailable("it took longer than an hour and was given up: narrow the list") from error
        finally:
            self._running = None
            if child.returncode is None:
                child.kill()
                await child.wait()
        if job.id in self._cancelled:
            raise _Cancelled
        if last.code:
            raise error_of(last.code, last.message, last.field)
        if not last.done:
            raise Unavailable(f"the process that made it ended by itself ({code}); the log says more")
        return last

    async def _heard(self, job: Job, child: asyncio.subprocess.Process, order: Order) -> Said:
        assert child.stdin is not None
        assert child.stdout is not None
        if job.id in self._cancelled:
            child.kill()
        with contextlib.suppress(ConnectionError):
            child.stdin.write(msgspec.json.encode(order))
            await child.stdin.drain()
        child.stdin.close()
        last = Said()
        async for line in child.stdout:
            last = msgspec.json.decode(line, type=Said)
            self._running = (replace(job, progress=last.share, rows=last.rows), child)
        return last

    async def _write_down(self, job: Job) -> None:
        """The line in the audit. Without it there is no file: raises what edge says."""
        kept, command = self._kept.get(job.id, _Kept()), _note(job)
        for left in reversed(range(NOTE_TRIES)):
            try:
                await self._edge.send(command, token=kept.token, request=f"export-{job.id}")
                return
            except (Unavailable, Busy) as error:
                if not left:
                    raise Unavailable(f"it could not be written down that this was exported: {error.message}") from error
                await asyncio.sleep(NOTE_PAUSE_S)

    def _hand_over(self, job: Job, folder: Path) -> None:
        """Put a scheduled export's file where its record says. Raises Forbidden, Unavailable."""
        target = self.allowed(job.folder)
        source, part = folder / job.name, target / f".{job.name}.part"
        try:
            shutil.copyfile(source, part)
            os.replace(part, target / job.name)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise Unavailable(f"{target}: the file cannot be put there ({error.strerror})") from error
        shutil.rmtree(folder, ignore_errors=True)

    def allowed(self, folder: str) -> Path:
        """Where a scheduled export may put its file, links followed. Raises Forbidden; Unavailable when it is not there."""
        target = Path(folder)
        try:
            real = target.resolve(strict=True)
        except OSError as error:
            raise Unavailable(f"{folder}: there is no such folder ({error.strerror})") from error
        roots = [Path(root).resolve() for root in self._current.now.desk.export_folders]
        if not any(real.is_relative_to(root) for root in roots):
            raise Forbidden(f"{folder} is not below one of desk.export_folders in the settings", field="folder")
        return real

    # ------------------------------------------------------------------------------------------------ keeping them

    async def _over(self, job: Job, state: JobState, problem: str) -> None:
        self._cancelled.discard(job.id)
        self._clear(job)
        await self.store.put(replace(job, state=state, problem=problem, ended_at=self.now(), expires_at=None, size=0))
        self._say_ended()

    def _clear(self, job: Job) -> None:
        self._forget_kept(job)
        if self._folder is not None:
            shutil.rmtree(self._folder / job.id, ignore_errors=True)

    def _forget_kept(self, job: Job) -> None:
        self._kept.pop(job.id, None)

    async def _tidy(self) -> None:
        """Files that are a day old go, and the oldest above the bounds."""
        now, files, size = self.now(), 0, 0
        for job in reversed(await self.store.in_state(JobState.DONE)):
            if job.schedule:
                continue
            files, size = files + 1, size + job.size
            why = ""
            if job.expires_at is not None and job.expires_at <= now:
                why = "it was kept for a day"
            elif files > 1 and (files > MOST_FILES or size > MOST_BYTES):
                why = f"it made room for newer ones: at most {MOST_FILES} files and {MOST_BYTES >> 30} GB are kept"
            if why:
                files, size = files - 1, size - job.size
                self._clear(job)
                await self.store.put(replace(job, state=JobState.EXPIRED, problem=why))
        await self.store.forget_oldest()


def _note(job: Job) -> Command:
    """The line of the audit that this export leaves."""
    if job.schedule:
        return NoteScheduled(id=job.id, schedule=job.schedule, rows=job.rows, file=f"{job.folder}/{job.name}")
    of = job.statement
    filters = tuple(job.filters.items())
    areas = (job.area,) if job.area else STATEMENT_AREAS
    if of is not None:
        areas = (*areas, ExportArea.CUSTOMERS if of.customer else ExportArea.COMPANIES)
        filters = (("from", str(of.since)), ("to", str(of.until)))
    return NoteExport(
        id=job.id, areas=areas, format=job.format, filters=filters, rows=job.rows, protected=job.protected,
        statement=(of.customer or of.company) if of else "",
    )  # fmt: skip


def _clear_but(folder: Path, keep: set[str]) -> None:
    for left in folder.iterdir():
        if left.name not in keep:
            shutil.rmtree(left, ignore_errors=True)
