"""Sending the rows of an import to the edge, a step at a time; and having it taken back.

One step is under way at a time: between two of them comes whoever else waits for the roster.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from admin_api.edge_client import EdgeClient
from admin_api.imports.checking import RowProblem
from admin_api.imports.jobs import ImportJob, Result
from admin_api.imports.rows import RowFile
from edge import logs
from edge.commands.base import Command
from edge.commands.import_row import StagedRow
from edge.commands.imports import MOST_ROWS, BeginImport, EndImport, StepImport, Stepped, UndoImport, Undone
from edge.commands.wire import LARGEST
from edge.core.errors import Busy, HouseError, Unavailable
from edge.core.importing import Import

log = logs.get("imports")

T = TypeVar("T")
PAUSE_S = 0.5
"""Before something is asked again of an edge that is down."""
READ_AT_ONCE = 2000
FEWEST = 20
ROOM = LARGEST // 2
"""Bytes of rows in a step."""


class Stopped(Exception):
    """It is not applied: why, in words for people. What was done of it is to be taken back."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Applying:
    """One import on its way into the roster. token: under whose session; empty: the house takes back what is half applied.

    waits: hears what it is waited for, when the edge is down."""

    def __init__(self, edge: EdgeClient, token: str, waits: Callable[[str], None] = lambda why: None) -> None:
        self._edge, self._token, self._waits = edge, token, waits

    async def run(self, job: ImportJob, rows: RowFile, note: Callable[[ImportJob], None], cancelled: Callable[[], bool]) -> None:
        """All rows. note hears how far it is. Raises Stopped."""
        total = job.counts.new + job.counts.duplicate
        begin = BeginImport(
            kind=job.kind, file=job.file, rows=total, twins=job.twins, skip_wrong=job.skip_wrong, make_missing=job.make_missing
        )
        # The id is bound to this application: an edge that restarts as it answers does not begin a second one.
        begun = await self._sure(begin, Import, f"import-{job.id}-{uuid4().hex[:16]}")
        job = replace(job, applied=begun.id, result=Result())
        note(job)
        after, many, queue, done = 0, FEWEST * 5, list[StagedRow](), 0
        while True:
            if len(queue) < many:
                read = await asyncio.to_thread(rows.staged, queue[-1].row if queue else after, READ_AT_ONCE, job.twins)
                queue += read
            if not queue:
                break
            if cancelled():
                raise Stopped("cancelled")
            sent = _fitting(queue[:many])
            stepped = await self._sure(StepImport(id=begun.id, rows=tuple(sent)), Stepped)
            reached = sum(row.row <= stepped.upto for row in sent)
            after, queue, done = stepped.upto, queue[reached:], done + reached
            many = max(FEWEST, min(MOST_ROWS, reached + reached // 8 + 4 if reached < len(sent) else many * 2))
            for refused in stepped.refused:
                await asyncio.to_thread(rows.refuse, refused.row, RowProblem(field=refused.field, message=refused.message))
            job = replace(job, result=_added(job.result, stepped), progress=round(done / max(1, total), 3))
            note(job)
            if stepped.stopped:
                first = stepped.refused[0]
                raise Stopped(f"row {first.row}{f', {first.field}' if first.field else ''}: {first.message}")
        await self._sure(EndImport(id=begun.id), Import)

    async def take_back(self, id: str, reason: str, note: Callable[[Undone], None]) -> None:
        """Until nothing of it is left, or only what was changed since. Raises HouseError."""
        below: int | None = None
        while True:
            command = (
                UndoImport(id=id, reason=reason[:300]) if below is None else UndoImport(id=id, below=below, reason=reason[:300])
            )
            undone = await self._patiently(command, Undone)
            note(undone)
            if undone.done:
                return
            below, self._token = undone.below, ""  # it is half undone now: the house may end that, whatever becomes of the session

    async def _sure(self, command: Command, result: type[T], request: str = "") -> T:
        """The answer; what is refused ends the application. Raises Stopped."""
        try:
            return await self._patiently(command, result, request)
        except HouseError as error:
            raise Stopped(error.message) from error

    async def _patiently(self, command: Command, result: type[T], request: str = "") -> T:
        """An edge that is down comes back: rows that it did are passed over when they are sent again. Raises HouseError."""
        request, waited = request or uuid4().hex, False
        while True:
            try:
                return await self._edge.ask(command, result, token=self._token, request=request)
            except (Unavailable, Busy) as error:
                if not waited:
                    log.info("import waits", why=error.message)
                    self._waits(f"waiting: {error.message}")
                waited = True
                await asyncio.sleep(PAUSE_S)


def _added(result: Result, stepped: Stepped) -> Result:
    return replace(
        result, made=result.made + stepped.made, changed=result.changed + stepped.changed, same=result.same + stepped.same,
        skipped=result.skipped + stepped.skipped, refused=result.refused + len(stepped.refused),
    )  # fmt: skip


def _fitting(rows: list[StagedRow]) -> list[StagedRow]:
    """As many of these as a message of the socket holds, one at least."""
    size, sent = 0, list[StagedRow]()
    for row in rows:
        size += len(msgspec.json.encode(row))
        if sent and size > ROOM:
            break
        sent.append(row)
    return sent
