"""Keeping an eye on events and health, and turning them into alerts. The rules are core.alerts; the rows are in the journal."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from edge import logs
from edge.commands.alerts import Around, Looked, look
from edge.core.errors import Busy, StoreError
from edge.core.levels import PartWord
from edge.health import Health
from edge.ports import Clock
from edge.store.journal import JournalTransaction
from edge.store.writer import Writer

log = logs.get("alerts")

EVERY_S = 2.0
"""How often it looks when nothing happens: for how long something has lasted, counts, the disk."""
REST_S = 0.1
"""Between two looks, however much happens."""
SETTLED_S = 60.0
"""After so long every part has spoken: one that has not is not there any more."""


class Alerting:
    """Bounded: 500 events a look, counts of 500 access points. What it has seen is in the journal, so a restart loses nothing."""

    def __init__(
        self,
        journal: Writer[JournalTransaction],
        clock: Clock,
        health: Health,
        folder: Path,
        *,
        cameras: Callable[[], frozenset[str]],
        synced: bool,
    ) -> None:
        self._journal, self._clock, self._health, self._folder = journal, clock, health, folder
        self._cameras, self._synced = cameras, synced
        self._happened = asyncio.Event()
        self._looked = Looked()
        self.on_event: Callable[[], None] = lambda: None

    def nudge(self) -> None:
        """The journal has grown."""
        self._happened.set()

    async def run(self) -> None:
        """Look for ever. A journal that cannot be written is health's to say; the look comes again."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            self._happened.clear()
            try:
                await self._look(settled=loop.time() - began >= SETTLED_S)
            except (StoreError, Busy) as error:
                log.warning("alerts not looked at", error=error.message)
            await asyncio.sleep(REST_S)
            if not self._looked.more:
                try:
                    async with asyncio.timeout(EVERY_S):
                        await self._happened.wait()
                except TimeoutError:
                    pass

    async def _look(self, *, settled: bool) -> None:
        now, before = self._clock.now(), self._looked
        parts = tuple(
            PartWord(kind=p.kind, name=p.name, state=p.state.value, since=p.since, detail=p.detail) for p in self._health.parts()
        )
        around = Around(parts=parts, cameras=self._cameras(), free_mb=self._free_mb(), synced=self._synced, settled=settled)
        self._looked = await self._journal.write(lambda tx: look(tx, around, before, now))
        if self._looked.changed:
            self.on_event()

    def _free_mb(self) -> int | None:
        try:
            return shutil.disk_usage(self._folder).free >> 20
        except OSError as error:
            log.warning("free space not known", error=str(error))
            return None
