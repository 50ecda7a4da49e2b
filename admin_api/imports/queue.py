"""Imports of one desk: files that came in, read and checked by a child, applied by edge in steps, undone as a whole."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from admin_api.current import Current
from admin_api.edge_client import EdgeClient
from admin_api.errors import error_of
from admin_api.imports.applying import Applying, Stopped
from admin_api.imports.jobs import UNDER_WAY, ImportJob, JobFolder, JobState
from admin_api.imports.order import Order, Said, Seen, What
from admin_api.imports.rows import FILE, ROWS, RowFile
from admin_api.reads.database import Database
from admin_api.tls import desk_folder
from edge import logs
from edge.core.errors import Busy, Conflict, HouseError, Invalid, NotFound, Unavailable
from edge.core.importing import ImportKind, ImportState, Twins

log = logs.get("imports")

KEPT_MS = 7 * 24 * 3_600_000
MOST_IMPORTS = 30
LARGEST = 32 << 20
"""Bytes of a file."""
LOOK_S, CHECK_S = 30, 1800
AGAIN_S = 60.0
MOST_KEPT = 200
"""Lines about records that an undo left as they are; how many there are is said in any case."""


@dataclass(frozen=True)
class _Task:
    """Something to be done with an import. token: of who asked; empty: the house itself."""

    id: str
    what: JobState
    token: str = ""
    reason: str = ""


class Imports:
    """now: ms since 1970. One thing is done at a time: a check, an application, an undo."""

    def __init__(self, current: Current, edge: EdgeClient, database: Database, now: Callable[[], int]) -> None:
        self._current, self._edge, self._database, self.now = current, edge, database, now
        self._folder: JobFolder | None = None
        self._jobs: dict[str, ImportJob] = {}
        self._todo: asyncio.Queue[_Task] = asyncio.Queue()
        self._child: tuple[str, asyncio.subprocess.Process] | None = None
        self._cancelled: set[str] = set()
        self._changed = asyncio.Event()

    # ------------------------------------------------------------------------------------------------ for who asks

    def folder(self) -> JobFolder:
        """Opened when first needed. Raises Unavailable."""
        if self._folder is None:
            try:
                folder = JobFolder(desk_folder(self._current.now) / "imports")
                jobs = folder.load()
            except (HouseError, OSError) as error:
                raise Unavailable(f"there is no room for imports: {error}") from error
            self._folder, self._jobs = folder, {job.id: job for job in jobs}
            for job in jobs:
                if job.state is JobState.CHECKING:
                    self._todo.put_nowait(_Task(job.id, JobState.CHECKING))
                elif job.state in UNDER_WAY:
                    self._todo.put_nowait(
                        _Task(job.id, JobState.UNDOING, reason="the desk was restarted meanwhile: apply it again")
                    )
        return self._folder

    def all(self) -> list[ImportJob]:
        """The newest first."""
        self.folder()
        self._tidy()
        return sorted(self._jobs.values(), key=lambda job: (job.made_at, job.id), reverse=True)

    def get(self, id: str) -> ImportJob:
        """Raises NotFound."""
        self.folder()
        if id not in self._jobs:
            raise NotFound(f"there is no import {id[:80]}", field="id")
        return self._jobs[id]

    async def wait(self, id: str, seconds: float) -> ImportJob:
        """The import when nothing is under way with it, or as it is after so long. Raises NotFound."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (job := self.get(id)).state in UNDER_WAY:
                    await self._changed.wait()
                return job
        return self.get(id)

    def place(self) -> tuple[str, Path]:
        """(id, path) for a file that comes in. Raises Busy, Unavailable."""
        folder = self.folder()
        self._tidy()
        if len(self._jobs) >= MOST_IMPORTS:
            raise Busy(f"{MOST_IMPORTS} imports are kept already: remove some")
        id = uuid4().hex
        return id, folder.make(id) / FILE

    def forget_place(self, id: str) -> None:
        """The file did not come in."""
        self.folder().remove(id)

    async def add(self, id: str, *, kind: ImportKind, file: str, owner: str, operator: str, encoding: str = "") -> ImportJob:
        """Look at a file that is there, and have it checked by the mapping that is guessed. Raises Invalid for what cannot be read."""
        folder = self.folder()
        try:
            seen = await self._look(self._order(id, kind, What.LOOK, encoding=encoding))
        except BaseException:
            folder.remove(id)
            raise
        now = self.now()
        job = ImportJob(
            id=id, owner=owner, operator=operator, kind=kind, file=file, size=(folder.of(id) / FILE).stat().st_size, seen=seen,
            encoding=encoding, mapping={c.name: c.field for c in seen.columns}, made_at=now, expires_at=now + KEPT_MS,
        )  # fmt: skip
        self._keep(job)
        self._todo.put_nowait(_Task(id, JobState.CHECKING))
        return job

    async def remap(
        self, id: str, mapping: dict[str, str | None], *, make_missing: bool, encoding: str = "", delimiter: str = ""
    ) -> ImportJob:
        """Check it again by another mapping; read otherwise, its columns may be others, and those are guessed. Raises Conflict once
        it is applied, Invalid for what cannot be read so."""
        self.ready(id)
        job = self._idle(id)
        seen, encoding, delimiter = job.seen, encoding or job.encoding, delimiter or job.delimiter
        if (encoding, delimiter) != (job.encoding, job.delimiter):
            seen = await self._look(self._order(id, job.kind, What.LOOK, encoding=encoding, delimiter=delimiter))
            mapping = _carried_over(mapping, seen)
            job = self._idle(id)  # (it may have been applied meanwhile)
        job = self._keep(
            replace(job, mapping=mapping, make_missing=make_missing, encoding=encoding, delimiter=delimiter, seen=seen,
                    state=JobState.CHECKING, problem="", progress=0.0)
        )  # fmt: skip
        self._todo.put_nowait(_Task(id, JobState.CHECKING))
        return job

    def apply(self, id: str, *, twins: Twins, skip_wrong: bool, token: str) -> ImportJob:
        """Raises Conflict while it is not ready, or has wrong rows that are not to be left out."""
        job = self._idle(id)
        if job.state not in (JobState.READY, JobState.UNDONE):
            raise Conflict(f"it cannot be applied: {job.problem or job.state.value}", field="id")
        if job.counts.wrong and not skip_wrong:
            raise Conflict(f"{job.counts.wrong} rows are wrong: mend them, or leave them out", field="skip_wrong")
        if not job.counts.new + job.counts.duplicate:
            raise Conflict("there is no row in it that could be applied", field="id")
        job = self._keep(
            replace(job, state=JobState.APPLYING, twins=twins, skip_wrong=skip_wrong, progress=0.0, problem="", kept=[], applied="")
        )
        self._todo.put_nowait(_Task(id, JobState.APPLYING, token))
        return job

    def undo(self, id: str, *, token: str, reason: str) -> ImportJob:
        """Take back one that was applied. Raises Conflict."""
        job = self._idle(id)
        if job.state is not JobState.APPLIED:
            raise Conflict(f"it is {job.state.value}: only what was applied is taken back", field="id")
        job = self._keep(replace(job, state=JobState.UNDOING, progress=0.0, problem=reason))
        self._todo.put_nowait(_Task(id, JobState.UNDOING, token, reason))
        return job

    def remove(self, id: str) -> None:
        """Cancel what is under way (what was applied is undone), or forget it with its file. Raises Conflict while it is undone."""
        job = self.get(id)
        if job.state is JobState.UNDOING:
            raise Conflict("it is being undone just now", field="id")
        if job.state in UNDER_WAY:
            self._cancelled.add(id)
            if self._child and self._child[0] == id:
                with contextlib.suppress(ProcessLookupError):
                    self._child[1].kill()
            return
        self._forget(id)

    def ready(self, id: str) -> None:
        """Raises Conflict while something is under way, or once it is applied."""
        if self._idle(id).state is JobState.APPLIED:
            raise Conflict("it is applied already", field="id")

    def rows(self, id: str) -> RowFile:
        """For one look, off the loop. Raises NotFound."""
        return RowFile(self.folder().of(self.get(id).id) / ROWS)

    # ------------------------------------------------------------------------------------------------ doing it

    async def run(self) -> None:
        """Do what is asked for, one thing after the other, for as long as the desk runs. First whatever was left half applied."""
        while True:
            try:
                self.folder()
                await self._find_half_applied()
                break
            except (Unavailable, Busy) as error:
                log.info("imports", problem=error.message)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S):
                    await self._changed.wait()
        while True:
            task = await self._todo.get()
            job = self._jobs.get(task.id)
            if job is not None:
                await self._do(job, task)
                self._cancelled.discard(task.id)
                self._say()

    async def _find_half_applied(self) -> None:
        """What the roster says is half applied and nobody here knows of: the desk's files were lost. It is undone."""
        if not await self._edge.reachable():
            raise Unavailable("nothing can be undone before the edge runs")
        known = {job.applied for job in self._jobs.values() if job.state in UNDER_WAY}
        rows = await self._database.fetch(
            "SELECT id FROM roster.import WHERE state IN (?, ?)", (ImportState.APPLYING.value, ImportState.UNDOING.value)
        )
        for (id,) in rows:
            if id not in known:
                await Applying(self._edge, "").take_back(id, "the desk's own files were lost meanwhile", lambda undone: None)

    async def _do(self, job: ImportJob, task: _Task) -> None:
        try:
            if task.what is JobState.CHECKING:
                await self._check(job)
            elif task.what is JobState.APPLYING:
                await self._apply(job, task.token)
            else:
                await self._undo(job, task.token, task.reason)
        except HouseError as error:
            log.warning("import failed", id=job.id, why=error.message)
            self._keep(replace(self._jobs[job.id], state=JobState.FAILED, problem=error.message, ended_at=self.now()))
        if job.id in self._cancelled and self._jobs[job.id].state in (JobState.FAILED, JobState.READY):
            self._forget(job.id)

    async def _look(self, order: Order) -> Seen:
        said = await self._asked(order, LOOK_S)
        assert said.seen is not None
        return said.seen

    async def _check(self, job: ImportJob) -> None:
        if job.id in self._cancelled:
            self._forget(job.id)
            return
        order = replace(
            self._order(job.id, job.kind, What.CHECK, encoding=job.encoding, delimiter=job.delimiter),
            mapping=job.mapping,
            make_missing=job.make_missing,
        )
        said = await self._asked(order, CHECK_S, job)
        assert said.counts is not None
        self._keep(replace(job, state=JobState.READY, counts=said.counts, progress=1.0, problem="", applied=""))

    async def _apply(self, job: ImportJob, token: str) -> None:
        def note(now: ImportJob) -> None:
            known = self._jobs[now.id].applied == now.applied
            self._note(now) if known else self._keep(now)

        applying = Applying(self._edge, token, lambda why: self._note(replace(self._jobs[job.id], problem=why)))
        rows, why = await asyncio.to_thread(self.rows, job.id), ""
        try:
            await applying.run(job, rows, note, lambda: job.id in self._cancelled)
        except Stopped as stopped:
            why = stopped.why
        finally:
            counts = await asyncio.to_thread(rows.counts)  # what the edge refused is among the wrong ones now
            rows.close()
        job = replace(self._jobs[job.id], counts=counts)
        if why:
            log.warning("import stopped", id=job.id, why=why)
            await self._undo(job, "", why)
        else:
            self._keep(replace(job, state=JobState.APPLIED, progress=1.0, problem="", ended_at=self.now()))

    async def _undo(self, job: ImportJob, token: str, reason: str) -> None:
        if not token and await self._is_whole(job.applied):
            self._keep(replace(job, state=JobState.APPLIED, progress=1.0, problem="", ended_at=self.now()))
            return
        job = self._keep(replace(job, state=JobState.UNDOING, problem=reason))
        kept = list[str]()
        if job.applied:
            total, back = max(1, job.counts.new + job.counts.duplicate), 0

            def note(undone: int, left: list[str]) -> None:
                nonlocal back
                back += undone
                kept.extend(left)
                self._note(replace(self._jobs[job.id], progress=round(max(0.0, 1 - back / total), 3)))

            await Applying(self._edge, token).take_back(
                job.applied, reason, lambda done: note(done.back, [f"row {k.row}: {k.message}" for k in done.kept])
            )
        result = replace(job.result, kept=len(kept))
        self._keep(replace(job, state=JobState.UNDONE, kept=kept[:MOST_KEPT], result=result, progress=0.0, ended_at=self.now()))

    async def _is_whole(self, applied: str) -> bool:
        """The desk ended between the edge's last word and its own."""
        rows = await self._database.fetch(
            "SELECT 1 FROM roster.import WHERE id = ? AND state = ?", (applied, ImportState.APPLIED.value)
        )
        return bool(rows)

    # ------------------------------------------------------------------------------------------------ the child

    def _order(self, id: str, kind: ImportKind, what: What, *, encoding: str, delimiter: str = "") -> Order:
        return Order(
            what=what, state=str(Path(self._current.now.state)), folder=str(self.folder().of(id)), kind=kind, encoding=encoding,
            delimiter=delimiter, tz=self._current.now.site.time_zone, now=self.now(),
        )  # fmt: skip

    async def _asked(self, order: Order, within_s: float, job: ImportJob | None = None) -> Said:
        """What the child said last. Raises its error; Invalid when it took too long or ended without a word."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "admin_api.imports.child", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            start_new_session=True, limit=1 << 20,
        )  # fmt: skip
        if job is not None:
            self._child = (job.id, child)
        last = Said()
        try:
            async with asyncio.timeout(within_s):
                last = await self._heard(child, order, job)
                await child.wait()
        except (TimeoutError, ValueError) as error:
            raise Invalid("this file takes too long to read: save it as csv, or make several of it", field="file") from error
        finally:
            self._child = None if job is not None else self._child
            if child.returncode is None:
                child.kill()
                await child.wait()
        if last.code:
            raise error_of(last.code, last.message, last.field)
        if last.seen is None and last.counts is None:
            raise Invalid("this file cannot be read: the process that did ended by itself", field="file")
        return last

    async def _heard(self, child: asyncio.subprocess.Process, order: Order, job: ImportJob | None) -> Said:
        assert child.stdin is not None
        assert child.stdout is not None
        with contextlib.suppress(ConnectionError):
            child.stdin.write(msgspec.json.encode(order))
            await child.stdin.drain()
        child.stdin.close()
        last = Said()
        async for line in child.stdout:
            last = msgspec.json.decode(line, type=Said)
            if job is not None and last.rows:
                self._note(replace(job, counts=replace(job.counts, rows=last.rows)))
        return last

    # ------------------------------------------------------------------------------------------------ keeping them

    def _idle(self, id: str) -> ImportJob:
        job = self.get(id)
        if job.state in UNDER_WAY:
            raise Conflict(f"it is {job.state.value} just now", field="id")
        return job

    def _keep(self, job: ImportJob) -> ImportJob:
        """On disk as well."""
        self._note(job)
        self.folder().put(job)
        return job

    def _note(self, job: ImportJob) -> None:
        self._jobs[job.id] = job
        self._say()

    def _say(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _forget(self, id: str) -> None:
        self._jobs.pop(id, None)
        self.folder().remove(id)
        self._say()

    def _tidy(self) -> None:
        """A week old and nothing under way: gone."""
        for job in list(self._jobs.values()):
            if job.expires_at <= self.now() and job.state not in UNDER_WAY:
                self._forget(job.id)


def _carried_over(mapping: dict[str, str | None], seen: Seen) -> dict[str, str | None]:
    """What was said of columns that are still there; of others the guess, where no column has that field already."""
    kept = {column.name: mapping[column.name] for column in seen.columns if column.name in mapping}
    taken = set(kept.values())
    return {c.name: kept.get(c.name, None if c.field in taken else c.field) for c in seen.columns}
