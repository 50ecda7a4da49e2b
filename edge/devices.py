"""The readers and doors that are wired now: each part started, stopped and exchanged by itself while the others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from edge.access_point import Gate, ReaderPost
from edge.core.device import CameraReader, DoorSettings, ReaderSettings
from edge.core.door import DoorRules
from edge.core.errors import NotFound
from edge.core.place import AccessPoint
from edge.door_post import DoorCare, DoorPost
from edge.drivers.catalog import make_door, make_emergency, make_readers
from edge.emergency import EmergencyPost
from edge.health import Health, State
from edge.lines import Lines
from edge.ports import Camera, Clock, Reader
from edge.settings import Settings
from edge.store.journal import JournalTransaction
from edge.store.writer import Writer
from edge.supervise import keep

Run = Callable[[], Awaitable[None]]
Key = tuple[str, str]
"""(kind, name), as health says them."""


class Devices:
    """All of them, by name. A door is in the gate from the moment it is made; parts run once there is a group to run in."""

    def __init__(self, gate: Gate, journal: Writer[JournalTransaction], clock: Clock, health: Health, evidence: Path) -> None:
        self._gate, self._journal, self._clock, self._health, self._evidence = gate, journal, clock, health, evidence
        self.doors: dict[str, DoorPost] = gate.doors
        self.readers: dict[str, ReaderPost] = {}
        self.emergency: EmergencyPost | None = None
        self.settings = Settings()
        self.on_event: Callable[[], None] = lambda: None
        self._runs: dict[Key, Run] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._changing = asyncio.Lock()

    def start(self, group: asyncio.TaskGroup) -> None:
        """Run every part that there is, and from now on each as it comes."""
        self._group = group
        for key in self._runs:
            self._start(key)

    def stop(self) -> None:
        """Ask every part to end; the group says when they have."""
        for task in self._tasks.values():
            task.cancel()

    async def adopt(self, settings: Settings) -> None:
        """Make it so: what is gone or changed stops, what is new starts, the rest is not touched. Raises SettingsError for what no driver takes."""
        async with self._changing:
            before, self.settings = self.settings, settings
            await self._change_doors(before.door, settings.door)
            if settings.emergency and self.emergency is None:
                self._add_emergency(settings)
            await self._change_readers(before.reader, settings.reader)

    async def watch(self, reader: str, point: AccessPoint) -> bytes:
        """What a camera at this access point sees now. Raises NotFound, DeviceLost."""
        post = self.readers.get(reader)
        there = any(r.name == reader and r.access_point in (point.name, point.id) for r in self.settings.reader)
        if post is None or not there or not isinstance(post.driver, Camera):
            raise NotFound(f"there is no camera {reader[:80]} at {point.name}", field="reader")
        return await post.driver.picture()

    async def close(self) -> None:
        """Every door's last lines are written; call it when nothing runs any more."""
        for door in self.doors.values():
            await door.close()
        if self.emergency:
            await self.emergency.lines.written()

    # ------------------------------------------------------------------------------------------------ doors

    async def _change_doors(self, before: tuple[DoorSettings, ...], after: tuple[DoorSettings, ...]) -> None:
        for door in before:
            if door not in after:
                await self._take_out("door", door.name)
                await self.doors.pop(door.name).close()
        for door in after:
            if door not in before:
                self._add_door(door)

    def _add_door(self, settings: DoorSettings) -> None:
        opens = settings.when_journal_fails == "open"
        post = DoorPost(
            make_door(settings), self._journal, self._clock, self._health, opens_unjournaled=opens, care=_care(settings)
        )
        post.lines.on_event = self._happened
        self._gate.add(post)
        if self.emergency:
            self.emergency.tell(post)
        self._put_in("door", post.name, post.run)

    def _add_emergency(self, settings: Settings) -> None:
        assert settings.emergency
        lines = Lines("emergency input", self._journal, self._clock)
        lines.on_event, lines.hold = self._happened, self._gate.hold
        self.emergency = EmergencyPost(make_emergency(settings.emergency), self.doors, self._health, lines)
        self._put_in("emergency", self.emergency.driver.name, self.emergency.run)

    # ------------------------------------------------------------------------------------------------ readers

    async def _change_readers(self, before: tuple[ReaderSettings, ...], after: tuple[ReaderSettings, ...]) -> None:
        """Cameras share one child, so they change together."""
        gone: list[ReaderSettings] = [r for r in before if r not in after and not isinstance(r, CameraReader)]
        new: list[ReaderSettings] = [r for r in after if r not in before and not isinstance(r, CameraReader)]
        seeing, to_see = (tuple(r for r in readers if isinstance(r, CameraReader)) for readers in (before, after))
        if seeing != to_see:
            gone += seeing
            new += to_see
            if seeing:
                await self._take_out("eyes", "cameras")
        for reader in gone:
            await self._take_out("reader", reader.name)
            self.readers.pop(reader.name, None)
        drivers, shared = make_readers(tuple(new), self._evidence)
        for name, run in shared:
            self._put_in("eyes", name, partial(self._shared, name, run))
        for driver in drivers:
            self._add_reader(driver)

    def _add_reader(self, driver: Reader) -> None:
        post = self.readers[driver.name] = ReaderPost(driver, self._gate, self._health)
        self._put_in("reader", post.name, post.run)

    async def _shared(self, name: str, run: Run) -> None:
        self._health.set("eyes", name, State.UP, "started")
        await run()

    # ------------------------------------------------------------------------------------------------ parts

    def _put_in(self, kind: str, name: str, run: Run) -> None:
        self._runs[kind, name] = run
        if self._group:
            self._start((kind, name))

    def _start(self, key: Key) -> None:
        assert self._group
        kind, name = key
        self._tasks[key] = self._group.create_task(keep(kind, name, self._runs[key], self._health), name=f"{kind} {name}")

    async def _take_out(self, kind: str, name: str) -> None:
        self._runs.pop((kind, name), None)
        task = self._tasks.pop((kind, name), None)
        if task:
            task.cancel()
            await asyncio.wait([task])
        self._health.forget(kind, name)

    def _happened(self) -> None:
        self.on_event()


def _care(door: DoorSettings) -> DoorCare:
    rules = DoorRules(
        relock_on_open=door.relock_on_open,
        held_ms=round(door.held_after_s * 1000),
        pre_alarm_ms=round(door.pre_alarm_s * 1000),
        debounce_ms=door.debounce_ms,
    )
    return DoorCare(
        rules=rules, exit_ms=door.exit_ms, emergency=door.emergency, fails=door.fails, group_ms=round(door.group_s * 1000)
    )
