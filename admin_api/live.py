"""Events as they come, for every browser from one poll: look at data_version, read what is new, hand it to each listener."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from admin_api.reads.database import Connection
from admin_api.reads.journal import events_after
from edge import logs
from edge.core.errors import HouseError
from edge.store.files import Files

log = logs.get("live")

POLL_S = 0.2
PATIENCE_S = 1.0
QUEUE = 500
"""Events a listener may be behind; beyond it, it is let go and resumes by its last seq."""
LISTENERS = 200

Line = tuple[int, str]
"""(seq, body as stored)."""


class Listener:
    """One stream: everything after `since`, in order, each once."""

    def __init__(self, since: int) -> None:
        self.since = since
        self.queue: asyncio.Queue[Line | None] = asyncio.Queue(QUEUE + 1)
        self.gone = False

    def offer(self, line: Line) -> None:
        if self.gone:
            return
        if self.queue.qsize() >= QUEUE:
            self.end()
        else:
            self.queue.put_nowait(line)

    def end(self) -> None:
        """No more: the stream closes when it has drained."""
        if not self.gone:
            self.gone = True
            self.queue.put_nowait(None)


class Hub:
    """The one poll loop. It rests while nobody listens."""

    def __init__(self, files: Files) -> None:
        self._db = Connection(files)
        self._listeners: set[Listener] = set()
        self._wanted = asyncio.Event()
        self._last = 0
        self._version = -1
        self._joining = asyncio.Lock()
        self._closed = False

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def close(self) -> None:
        """End every stream; browsers come back by themselves."""
        self._closed = True
        for listener in tuple(self._listeners):
            listener.end()

    async def aclose(self) -> None:
        self.close()
        await self._db.close()

    @contextlib.asynccontextmanager
    async def listen(self, after: int | None) -> AsyncIterator[AsyncIterator[Line | None]]:
        """Lines after this seq (None: from now on), None about every `PATIENCE_S` when there is nothing new. Ends when too far behind."""
        async with self._joining:
            if not self._listeners:
                self._last = await self._head()
            listener = Listener(self._last)
            if self._closed or len(self._listeners) >= LISTENERS:
                listener.end()
            self._listeners.add(listener)
            self._wanted.set()
        start = listener.since if after is None else min(after, listener.since)
        try:
            yield self._lines(listener, start)
        finally:
            self._listeners.discard(listener)
            if not self._listeners:
                self._wanted.clear()

    async def _lines(self, listener: Listener, start: int) -> AsyncIterator[Line | None]:
        """First what is in the file up to where the queue begins, then the queue: no gap, nothing twice."""
        at = start
        while at < listener.since and not listener.gone:
            lines = [line for line in await events_after(self._db, at) if line[0] <= listener.since]
            if not lines:
                break
            for line in lines:
                yield line
            at = lines[-1][0]
        while True:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    line_or_end = await listener.queue.get()
            except TimeoutError:
                yield None
                continue
            if line_or_end is None:
                return
            yield line_or_end

    async def run(self) -> None:
        """For ever. Files that cannot be read are looked at again in a second; listeners keep what they have."""
        while not self._closed:
            await self._wanted.wait()
            try:
                await self._look()
                await asyncio.sleep(POLL_S)
            except HouseError as error:
                log.warning("journal not readable", error=error.message)
                await asyncio.sleep(1.0)

    async def _look(self) -> None:
        async with self._joining:
            version = (await self._db.fetch("PRAGMA main.data_version"))[0][0]
            if version == self._version:
                return
            self._version = version
            if await self._head() < self._last:
                self._last = await self._head()  # another journal was put in place: go on from its end
            while lines := await events_after(self._db, self._last):
                self._last = lines[-1][0]
                for listener in self._listeners:
                    for line in lines:
                        listener.offer(line)

    async def _head(self) -> int:
        rows = await self._db.fetch("SELECT seq FROM head")
        return int(rows[0][0]) if rows else 0
