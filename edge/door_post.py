"""One door: its driver, its state by the table, its lines in the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from edge import logs
from edge.core.door import DoorInput, DoorState, after
from edge.core.errors import StoreError
from edge.core.event import Event, EventKind
from edge.core.model import Moment
from edge.health import Health, State
from edge.ports import Clock, Door, DoorWord
from edge.store.journal import JournalTransaction
from edge.store.writer import Writer

log = logs.get("door")


class DoorPost:
    """One door: its driver, its state by the table, its lines in the journal."""

    def __init__(
        self, driver: Door, journal: Writer[JournalTransaction], clock: Clock, health: Health, *, opens_unjournaled: bool
    ) -> None:
        self.driver = driver
        self.name = driver.name
        self.opens_unjournaled = opens_unjournaled
        self.state = DoorState.UNKNOWN
        self.since = 0
        self.fault = "not connected yet"
        self._journal, self._clock, self._health = journal, clock, health
        self._strike: asyncio.TimerHandle | None = None
        self._lines: set[asyncio.Task[Any]] = set()
        self.on_event: Callable[[], None] = lambda: None
        self.hold: Callable[[Event], None] = lambda event: None
        """Takes a line that could not be written."""

    async def run(self) -> None:
        try:
            await self.driver.run(self)
        finally:
            self.fault = "its line is down"
            self._hear(DoorInput.LOST)

    async def open(self, strike_ms: int) -> None:
        """Release the door; returns when the device has taken it. Raises DeviceLost."""
        await self.driver.open(strike_ms)
        self._hear(DoorInput.STRIKE)
        if self._strike:
            self._strike.cancel()
        self._strike = asyncio.get_running_loop().call_later(strike_ms / 1000, self._hear, DoorInput.STRIKE_OVER)

    def word(self) -> DoorWord:
        """What it says of itself to a decision."""
        closed = {DoorState.LOCKED: True, DoorState.OPENED: False, DoorState.FORCED: False, DoorState.UNLOCKED: False}
        return DoorWord(fault=self.fault, closed=closed.get(self.state))

    # ports.DoorSink

    def contact(self, closed: bool | None) -> None:
        self._hear(DoorInput.NO_CONTACT if closed is None else DoorInput.CLOSED if closed else DoorInput.OPEN)

    def up(self, detail: str = "") -> None:
        self.fault = ""
        self._health.set("door", self.name, State.UP, detail)
        self._hear(DoorInput.BACK)

    def trouble(self, detail: str) -> None:
        self._health.set("door", self.name, State.TROUBLE, detail)

    def _hear(self, heard: DoorInput) -> None:
        before, self.state = self.state, after(self.state, heard)
        if self.state is before:
            return
        now = self._clock.now()
        self.since = now.wall
        log.debug("door", door=self.name, state=self.state.value)
        kind = EventKind.ALARM if self.state is DoorState.FORCED else EventKind.DOOR
        event = _door_event(self.name, kind, f"door_{self.state.value}", now)
        line = asyncio.create_task(self._write(event), name=f"journal door {self.name}")
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)

    async def _write(self, event: Event) -> None:
        try:
            await self._journal.write(lambda tx: tx.record(event))
        except StoreError as error:
            log.error("door line not written", door=self.name, code=event.code, error=error.message)
            self.hold(event)
            return
        self.on_event()


def _door_event(door: str, kind: EventKind, code: str, now: Moment) -> Event:
    return Event(at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=kind, code=code, door=door)
