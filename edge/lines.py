"""Lines of the journal that are written beside what happens: a door that moves does not wait for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from edge import logs
from edge.core.errors import StoreError
from edge.core.event import Event, EventKind
from edge.ports import Clock
from edge.store.journal import JournalTransaction
from edge.store.writer import Writer

log = logs.get("lines")


class Lines:
    """The lines of one part (a door, the emergency input), in the order they are said. One that cannot be written is given to `hold`."""

    def __init__(self, name: str, journal: Writer[JournalTransaction], clock: Clock) -> None:
        self._name, self._journal, self._clock = name, journal, clock
        self._under_way: set[asyncio.Task[Any]] = set()
        self.on_event: Callable[[], None] = lambda: None
        self.hold: Callable[[Event], None] = lambda event: None
        """Takes a line that could not be written."""

    def say(self, kind: EventKind, code: str, *, door: str = "", note: str = "") -> None:
        """Write this down, now but without waiting for it."""
        now = self._clock.now()
        event = Event(
            at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=kind, code=code, door=door, note=note[:300]
        )
        line = asyncio.create_task(self._write(event), name=f"journal {self._name}")
        self._under_way.add(line)
        line.add_done_callback(self._under_way.discard)

    async def written(self) -> None:
        """Returns when nothing is under way any more."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _write(self, event: Event) -> None:
        try:
            await self._journal.write(lambda tx: tx.record(event))
        except StoreError as error:
            log.error("line not written", part=self._name, code=event.code, error=error.message)
            self.hold(event)
            return
        self.on_event()
