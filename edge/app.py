"""Building an edge: opens in one order, stops in the mirror. Every task has a name; one that ends is news."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from edge import __version__, logs
from edge.access_point import Gate, ReaderPost
from edge.alerting import Alerting
from edge.backups import Backups
from edge.bridge import SyncBridge
from edge.clock import SystemClock
from edge.commands.doors import Admission
from edge.commands.users import DEFAULT_ROLES
from edge.control import Control
from edge.control_socket import ControlSocket
from edge.core.door import DoorRules
from edge.core.errors import NotFound, StoreError
from edge.core.event import Event, EventKind
from edge.core.model import Reading, Role
from edge.core.place import AccessPoint
from edge.door_post import DoorCare, DoorPost
from edge.drivers.catalog import make_door, make_emergency, make_readers
from edge.emergency import EmergencyPost
from edge.erasing import Eraser
from edge.health import Health, State
from edge.identity import new_code, new_token, uuid7
from edge.lines import Lines
from edge.passwords import Passwords
from edge.photos import Photos
from edge.ports import Camera
from edge.second_factor import SecondFactors
from edge.settings import CameraReader, DoorSettings, Settings
from edge.settings import Sync as SyncSettings
from edge.store.create import open_stores
from edge.store.facts import FactsReader
from edge.store.files import Files, connect, make_readable
from edge.store.journal import JournalTransaction
from edge.store.roster import Identity, RosterTransaction
from edge.store.sealed import SealedCodes, sealing_key
from edge.store.secrets import LOOKUP_KEY, Secrets
from edge.store.writer import Writer
from edge.supervise import keep, notify, watchdog_interval
from edge.webhooks import Webhooks

if TYPE_CHECKING:
    from edge.sync.session import Session

log = logs.get("app")

SWITCH_INTERVAL_S = 0.0005
"""How soon a busy thread gives way: a decision must not wait 5 ms for somebody's loop (measured: admit p50 43 -> 3.5 ms)."""


class Edge:
    """A running edge: what tests, benches and the command line hold on to."""

    def __init__(self, settings: Settings, *, problem: str = "", make_clock: Callable[[int], SystemClock] = SystemClock) -> None:
        self.settings = settings
        self._make_clock = make_clock
        self.files = Files(Path(settings.state))
        self.problem = problem
        self.clock: SystemClock
        self.health: Health
        self.roster: Writer[RosterTransaction]
        self.journal: Writer[JournalTransaction]
        self.gate: Gate
        self.doors: dict[str, DoorPost] = {}
        self.emergency: EmergencyPost | None = None
        self.readers: dict[str, ReaderPost] = {}
        self.secrets: Secrets
        self.control: Control
        self.socket: ControlSocket
        self.session: Session
        self._nudges: list[Callable[[], None]] = []

    # ------------------------------------------------------------------------------------------------ start and stop

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Edge]:
        """Everything up on entry, everything closed in the mirror on exit. A part that breaks ends the whole with its error."""
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        async with AsyncExitStack() as stack:
            await self._open_stores(stack)
            self._build_gate()
            stack.push_async_callback(self._close_doors)
            await self._note("edge_started", f"version {__version__}")
            self.control = control = await self._open_control(stack)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            started = [tasks.create_task(run, name=name) for name, run in self._parts(control)]
            notify(f"READY=1\nSTATUS=edge {__version__} decides")
            log.info("ready", version=__version__, state=str(self.files.folder), readers=len(self.readers), doors=len(self.doors))
            try:
                yield self
            finally:
                notify("STOPPING=1")
                for task in started:
                    task.cancel()

    async def _open_stores(self, stack: AsyncExitStack) -> None:
        files = self.files
        os.umask(0o027)
        open_stores(files, uuid7())
        stack.callback(_close_files, files)
        self.secrets = Secrets(files.secrets)
        stack.callback(self.secrets.close)
        key = self.secrets.key(LOOKUP_KEY)
        codes = SealedCodes(self.secrets, sealing_key(files.codes_key), self.settings.cards.keep_codes)
        identity = Identity(uuid7, new_token, new_code)
        tz = self.settings.site.time_zone

        def open_roster() -> tuple[sqlite3.Connection, RosterTransaction]:
            db = connect(files.roster)
            return db, RosterTransaction(db, key, identity, codes, self.secrets)

        def open_journal() -> tuple[sqlite3.Connection, JournalTransaction]:
            db = connect(files.journal, attach={"roster": files.roster})
            return db, JournalTransaction(db, FactsReader(db, key, tz), tz)

        def fallback() -> FactsReader:
            return FactsReader(connect(files.journal, read_only=True, attach={"roster": files.roster}), key, tz)

        self._fallback = fallback
        self.roster = Writer("roster", files.roster, open_roster)
        self.journal = Writer("journal", files.journal, open_journal)
        for writer in (self.roster, self.journal):
            await writer.start()
            stack.push_async_callback(writer.stop)
        make_readable(files.roster)
        make_readable(files.journal)
        high = await self.journal.write(lambda tx: tx.wall_high)
        self.clock = self._make_clock(high)
        self.health = Health(lambda: self.clock.now().wall)
        self.health.set("settings", "file", State.TROUBLE if self.problem else State.UP, self.problem)
        await self.roster.write(_first_roles)

    async def _show(self, reading: Reading, admission: Admission) -> None:
        """A decision that waited for something is shown by the reader it came from."""
        reader = self.readers.get(reading.reader)
        if reader:
            await reader.driver.show(admission.decision)

    def _build_gate(self) -> None:
        for settings in self.settings.door:
            opens = settings.when_journal_fails == "open"
            post = DoorPost(
                make_door(settings), self.journal, self.clock, self.health, opens_unjournaled=opens, care=_care(settings)
            )
            self.doors[settings.name] = post
            post.lines.on_event = self._nudge
        self.gate = Gate(self.journal, self.doors, self.clock, self.health, self._fallback)
        self.gate.on_event = self._nudge
        self.gate.on_decided = self._show
        if self.settings.emergency:
            lines = Lines("emergency input", self.journal, self.clock)
            lines.on_event, lines.hold = self._nudge, self.gate.hold
            opened = [self.doors[d.name] for d in self.settings.door if d.emergency]
            self.emergency = EmergencyPost(make_emergency(self.settings.emergency), opened, self.health, lines)

    async def _close_doors(self) -> None:
        for door in self.doors.values():
            await door.close()
        if self.emergency:
            await self.emergency.lines.written()

    async def _open_control(self, stack: AsyncExitStack) -> Control:
        passwords = Passwords(self.secrets)
        stack.callback(passwords.close)
        factors = SecondFactors(self.secrets, self.settings.site.name)
        self._photos = Photos(self.files.photos, self.roster)
        control = Control(
            self.roster,
            self.journal,
            passwords,
            factors,
            self.gate,
            self.clock,
            self.report,
            self._photos,
            Backups(self.files, self.clock),
        )
        self.socket = ControlSocket(self.files.socket, control.do)
        await self.socket.start()
        stack.push_async_callback(self.socket.stop)
        return control

    async def _watch(self, reader: str, point: AccessPoint) -> bytes:
        """What a camera at this access point sees now. Raises NotFound, DeviceLost."""
        post = self.readers.get(reader)
        there = any(r.name == reader and r.access_point in (point.name, point.id) for r in self.settings.reader)
        if post is None or not there or not isinstance(post.driver, Camera):
            raise NotFound(f"there is no camera {reader[:80]} at {point.name}", field="reader")
        return await post.driver.picture()

    def _parts(self, control: Control) -> list[tuple[str, Any]]:
        parts: list[tuple[str, Any]] = [("life", self._life()), ("clock", self._watch_clock())]
        control.watch = self._watch
        drivers, shared = make_readers(self.settings.reader, self.files.folder / "evidence")
        for name, run in shared:
            parts.append((f"eyes {name}", keep("eyes", name, self._shared(name, run), self.health)))
        for driver in drivers:
            reader = ReaderPost(driver, self.gate, self.health)
            self.readers[reader.name] = reader
            parts.append((f"reader {reader.name}", keep("reader", reader.name, reader.run, self.health)))
        if self.settings.sync:
            parts.append(("sync", keep("sync", "central", self._sync(self.settings.sync).run, self.health)))
        parts.append(("alerts", self._alerting().run()))
        parts.append(("webhooks", self._webhooks(control).run()))
        parts.append(("erasing", self._eraser(control).run()))
        parts.append(("backups", control.backups.run()))
        if self.emergency:
            parts.append(("emergency", keep("emergency", self.emergency.driver.name, self.emergency.run, self.health)))
        for door in self.doors.values():
            parts.append((f"door {door.name}", keep("door", door.name, door.run, self.health)))
        return parts

    def _alerting(self) -> Alerting:
        cameras = frozenset(r.name for r in self.settings.reader if isinstance(r, CameraReader))
        synced = self.settings.sync is not None
        alerting = Alerting(self.journal, self.clock, self.health, self.files.folder, cameras=cameras, synced=synced)
        alerting.on_event = self._nudge
        self.on_event(alerting.nudge)
        return alerting

    def _eraser(self, control: Control) -> Eraser:
        eraser = Eraser(self.roster, self.journal, self.clock, self.files.folder / "evidence", self._photos)
        control.on_erase = eraser.nudge
        return eraser

    def _webhooks(self, control: Control) -> Webhooks:
        def secret(id: str) -> bytes:
            return self.secrets.key(f"webhook-{id}")

        told = Webhooks(self.journal, self.clock, secret, self.settings.site.name)
        told.on_event = self._nudge
        self.on_event(told.nudge)
        control.on_change = told.changed
        return told

    def _shared(self, name: str, run: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def started() -> None:
            self.health.set("eyes", name, State.UP, "started")
            await run()

        return started

    def _sync(self, settings: SyncSettings) -> Session:
        """The session with central; made when one is configured, so that an edge alone never loads MQTT."""
        from edge.sync.session import Session

        def report(up: bool, detail: str) -> None:
            self.health.set("sync", "central", State.UP if up else State.DOWN, detail)

        session = Session(settings, SyncBridge(self.journal, self.roster, self.clock, uuid7), self.clock, report)
        self.on_event(session.nudge)
        self.session = session
        return session

    # ------------------------------------------------------------------------------------------------ standing tasks

    async def _life(self) -> None:
        """The watchdog is fed only when the loop, both writers and so the decision path have answered."""
        every = watchdog_interval() or 5.0
        while True:
            with contextlib.suppress(StoreError):  # it answered; what is wrong is said below
                await self.journal.write(lambda tx: tx.wall_high)
            with contextlib.suppress(StoreError):
                await self.roster.write(lambda tx: tx.rev)
            notify("WATCHDOG=1")
            await self.gate.catch_up()
            for writer in (self.journal, self.roster):
                full = writer.wal_bytes > WAL_ALARM_BYTES
                state = State.DOWN if writer.problem else State.TROUBLE if full else State.UP
                detail = writer.problem or (f"the WAL holds {writer.wal_bytes >> 20} MB: a reader stays too long" if full else "")
                self.health.set("database", writer.name, state, detail)
            await asyncio.sleep(every)

    async def _watch_clock(self) -> None:
        self._show_clock()
        while True:
            await asyncio.sleep(1.0)
            jump = self.clock.look()
            if jump is None:
                continue
            log.warning("clock", moved_ms=jump.by_ms, trusted=jump.trusted)
            note = f"moved by {jump.by_ms} ms; {'trusted' if jump.trusted else 'not trusted'} now"
            if jump.trusted:
                await self._believe(self.clock.now().wall)
            await self._note("clock_adjusted", note)
            self._show_clock(note if abs(jump.by_ms) > 1 else "")

    async def _believe(self, now: int) -> None:
        """A trusted clock may lower the high-water mark: what was written ahead of time keeps its time, what follows has the true one."""
        try:
            await self.journal.write(lambda tx: tx.clock_corrected(now))
        except StoreError as error:
            log.error("the clock's correction was not kept", error=error.message)

    def _show_clock(self, note: str = "") -> None:
        if self.clock.trusted:
            self.health.set("clock", "wall", State.UP, note or "set by the network")
        else:
            self.health.set(
                "clock", "wall", State.TROUBLE, note or "not set by the network (no NTP): hours and validity go by it all the same"
            )

    async def _note(self, code: str, note: str) -> None:
        now = self.clock.now()
        event = Event(at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=EventKind.SYSTEM, code=code, note=note)
        try:
            await self.journal.write(lambda tx: tx.record(event))
        except StoreError as error:
            log.error("line not written", code=code, error=error.message)
            self.gate.hold(event)
        self._nudge()

    # ------------------------------------------------------------------------------------------------ for the rest of the house

    def on_event(self, nudge: Callable[[], None]) -> None:
        """Call this whenever the journal has grown."""
        self._nudges.append(nudge)

    def _nudge(self) -> None:
        for nudge in self._nudges:
            nudge()

    def report(self) -> dict[str, Any]:
        """Health as it goes over the socket."""
        return {
            "version": __version__,
            "state": self.health.worst().value,
            "parts": msgspec.to_builtins(self.health.parts()),
            "doors": [
                {
                    "name": d.name,
                    "state": d.state.value,
                    "since": d.since,
                    "fault": d.fault,
                    "held_by": d.held_by,
                    "fails": d.care.fails,
                }
                for d in self.doors.values()
            ],
        }


WAL_ALARM_BYTES = 64 << 20


def _close_files(files: Files) -> None:
    make_readable(files.roster)
    make_readable(files.journal)


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


def _first_roles(tx: RosterTransaction) -> None:
    for name, rights in DEFAULT_ROLES.items():
        if tx.find(Role, name=name) is None:
            tx.put(Role(id=tx.new_id(), name=name, rights=tuple(sorted(r.value for r in rights))))
