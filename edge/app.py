"""Building an edge: opens in one order, stops in the mirror. Every task has a name; one that ends is news."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from edge import __version__, logs
from edge.access_point import Gate
from edge.alerting import Alerting
from edge.backups import Backups
from edge.bridge import CommandBridge, SyncBridge
from edge.clock import SystemClock
from edge.commands.doors import Admission
from edge.commands.site import policy as site_policy
from edge.commands.users import DEFAULT_ROLES
from edge.control import Control
from edge.control_socket import ControlSocket
from edge.core.device import CameraReader, Device
from edge.core.errors import Busy, StoreError
from edge.core.event import Event, EventKind
from edge.core.model import Reading, Role
from edge.core.place import AccessPoint
from edge.devices import Devices
from edge.door_post import DoorPost
from edge.emergency import EmergencyPost
from edge.erasing import Eraser
from edge.finding import Finder
from edge.health import Health, State
from edge.identity import new_code, new_token, uuid7
from edge.passwords import Passwords
from edge.photos import Photos
from edge.second_factor import SecondFactors
from edge.settings import Settings, with_console
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

INDEX_ROWS, INDEX_REST_S = 200, 0.01
LONGEST_AWAY_S = 1.5
"""Between two tries to reach the broker: one that is back has its edges again within two seconds, and they are spread over these."""
SWITCH_INTERVAL_S = 0.0005
"""How soon a busy thread gives way: a decision must not wait 5 ms for somebody's loop (measured: admit p50 43 -> 3.5 ms)."""


class Edge:
    """A running edge: what tests, benches and the command line hold on to."""

    def __init__(self, settings: Settings, *, problem: str = "", make_clock: Callable[[int], SystemClock] = SystemClock) -> None:
        self.settings = self._file = settings
        self._make_clock = make_clock
        self.files = Files(Path(settings.state))
        self.problem = problem
        self.clock: SystemClock
        self.health: Health
        self.roster: Writer[RosterTransaction]
        self.journal: Writer[JournalTransaction]
        self.gate: Gate
        self.devices: Devices
        self.finder: Finder
        self.secrets: Secrets
        self.control: Control
        self.socket: ControlSocket
        self.session: Session
        self._nudges: list[Callable[[], None]] = []
        self._on_change: list[Callable[[], None]] = []
        self._indexing = asyncio.Event()

    # ------------------------------------------------------------------------------------------------ start and stop

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Edge]:
        """Everything up on entry, everything closed in the mirror on exit. A part that breaks ends the whole with its error."""
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        async with AsyncExitStack() as stack:
            await self._open_stores(stack)
            self._build_gate()
            stack.push_async_callback(self.devices.close)
            stack.push_async_callback(self.finder.let_go)
            await self.look_at_settings()
            await self._note("edge_started", f"version {__version__}")
            self.control = control = await self._open_control(stack)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            started = [tasks.create_task(run, name=name) for name, run in self._parts(control)]
            self.devices.start(tasks)
            notify(f"READY=1\nSTATUS=edge {__version__} decides")
            log.info(
                "ready", version=__version__, state=str(self.files.folder), readers=len(self.devices.readers), doors=len(self.doors)
            )
            try:
                yield self
            finally:
                notify("STOPPING=1")
                self.devices.stop()
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
            return db, RosterTransaction(db, key, identity, codes, self.secrets, synced=self._file.sync is not None)

        def open_journal() -> tuple[sqlite3.Connection, JournalTransaction]:
            db = connect(files.journal, attach={"roster": files.roster})
            return db, JournalTransaction(db, FactsReader(db, key, tz))

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
        high, boot = await self.journal.write(lambda tx: (tx.wall_high, tx.unset_in()))
        self.clock = self._make_clock(high)
        if boot == self.clock.boot:
            self.clock.doubt()
        self.health = Health(lambda: self.clock.now().wall)
        await self.roster.write(_first_roles)

    def _build_gate(self) -> None:
        self.gate = Gate(self.journal, self.clock, self.health, self._fallback)
        self.gate.on_event = self._nudge
        self.gate.on_decided = self._show
        self.devices = Devices(self.gate, self.journal, self.clock, self.health, self.files.evidence)
        self.devices.on_event = self._nudge
        self.finder = Finder(lambda: self.settings)

    async def _show(self, reading: Reading, admission: Admission) -> None:
        """A decision that waited for something is shown by the reader it came from."""
        reader = self.devices.readers.get(reading.reader)
        if reader:
            await reader.driver.show(admission.decision)

    async def look_at_settings(self) -> None:
        """Go by what was set from the console, over the file: at the start, and after every such change."""
        policy, devices, points = await self.roster.write(lambda tx: (site_policy(tx), tx.every(Device), tx.every(AccessPoint)))
        settings, left_out = with_console(self._file, policy, devices)
        names = {point.id: point.name for point in points}  # readings say the name, whichever way their reader is told
        readers = (msgspec.structs.replace(r, access_point=names.get(r.access_point, r.access_point)) for r in settings.reader)
        self.settings = msgspec.structs.replace(settings, reader=tuple(readers))
        problem = " ".join(p for p in (self.problem, left_out) if p)
        self.health.set("settings", "file", State.TROUBLE if problem else State.UP, problem)
        await self.finder.let_go()
        await self.devices.adopt(self.settings)

    async def _open_control(self, stack: AsyncExitStack) -> Control:
        passwords = Passwords(self.secrets)
        stack.callback(passwords.close)
        factors = SecondFactors(self.secrets, lambda: self.settings.site.name)
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
        control.watch, control.find, control.on_settings = self.devices.watch, self.finder.find, self.look_at_settings
        self.socket = ControlSocket(self.files.socket, control.do)
        await self.socket.start()
        stack.push_async_callback(self.socket.stop)
        return control

    def _parts(self, control: Control) -> list[tuple[str, Any]]:
        control.on_change = self._changed
        parts: list[tuple[str, Any]] = [("life", self._life()), ("clock", self._watch_clock())]
        if self._file.sync:
            session = self._sync(self._file.sync, control)
            parts.append(("sync", keep("sync", "central", session.run, self.health, LONGEST_AWAY_S)))
        parts.append(("index", self._index()))
        parts.append(("alerts", self._alerting().run()))
        parts.append(("webhooks", self._webhooks(control).run()))
        parts.append(("erasing", self._eraser(control).run()))
        parts.append(("backups", control.backups.run()))
        return parts

    def _alerting(self) -> Alerting:
        synced = self._file.sync is not None
        alerting = Alerting(self.journal, self.clock, self.health, self.files.folder, cameras=self._cameras, synced=synced)
        alerting.on_event = self._nudge
        self.on_event(alerting.nudge)
        return alerting

    def _cameras(self) -> frozenset[str]:
        return frozenset(r.name for r in self.settings.reader if isinstance(r, CameraReader))

    def _eraser(self, control: Control) -> Eraser:
        eraser = Eraser(self.roster, self.journal, self.clock, self.files.evidence, self._photos)
        control.on_erase = eraser.nudge
        return eraser

    def _webhooks(self, control: Control) -> Webhooks:
        def secret(id: str) -> bytes:
            return self.secrets.key(f"webhook-{id}")

        told = Webhooks(self.journal, self.clock, secret, lambda: self.settings.site.name)
        told.on_event = self._nudge
        self.on_event(told.nudge)
        self._on_change.append(told.changed)
        return told

    def _sync(self, settings: SyncSettings, control: Control) -> Session:
        """The session with central; made when one is configured, so that an edge alone never loads MQTT."""
        from edge.sync.session import Session

        def report(up: bool, detail: str) -> None:
            self.health.set("sync", "central", State.UP if up else State.DOWN, detail)

        store = SyncBridge(
            self.journal, self.roster, self.clock, uuid7, self.files, self.settings.cards.keep_codes, self._indexing.set
        )
        session = Session(settings, store, self.clock, report, CommandBridge(control))
        self.on_event(session.nudge)
        self.session = session
        self._on_change.append(session.changed)
        return session

    # ------------------------------------------------------------------------------------------------ standing tasks

    async def _life(self) -> None:
        """The watchdog is fed only when the loop, both writers and so the decision path have answered."""
        every = watchdog_interval() or 5.0
        while True:
            with contextlib.suppress(StoreError):  # it answered; what is wrong is said below
                await self.journal.write(lambda tx: tx.wall_high)
            with contextlib.suppress(StoreError):
                await self._roster_alive(every)
            notify("WATCHDOG=1")
            await self.gate.catch_up()
            for writer in (self.journal, self.roster):
                full = writer.wal_bytes > WAL_ALARM_BYTES
                state = State.DOWN if writer.problem else State.TROUBLE if full else State.UP
                detail = writer.problem or (f"the WAL holds {writer.wal_bytes >> 20} MB: a reader stays too long" if full else "")
                self.health.set("database", writer.name, state, detail)
            await asyncio.sleep(every)

    async def _roster_alive(self, every: float) -> None:
        """It has answered, or goes on with something that takes long: a snapshot of central's is one transaction."""
        answer = asyncio.create_task(self.roster.write(lambda tx: tx.rev))
        while not answer.done():
            beats = self.roster.beats
            await asyncio.wait({answer}, timeout=every)
            if not answer.done() and self.roster.beats != beats:
                notify("WATCHDOG=1")
        answer.result()

    async def _index(self) -> None:
        """What came in with a large snapshot is taken into the index of the search, in pieces between which the gate goes on."""
        while True:
            self._indexing.clear()
            with contextlib.suppress(StoreError, Busy):  # tried again with the next snapshot, and at every start
                more = True
                while more:
                    more = await self.roster.write(lambda tx: tx.arriving.catch_up_search(INDEX_ROWS), patient=True)
                    await asyncio.sleep(INDEX_REST_S)
            await self._indexing.wait()

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

    @property
    def doors(self) -> dict[str, DoorPost]:
        """By name."""
        return self.devices.doors

    @property
    def emergency(self) -> EmergencyPost | None:
        """The emergency input, where there is one."""
        return self.devices.emergency

    def on_event(self, nudge: Callable[[], None]) -> None:
        """Call this whenever the journal has grown."""
        self._nudges.append(nudge)

    def _changed(self) -> None:
        for tell in self._on_change:
            tell()

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


def _first_roles(tx: RosterTransaction) -> None:
    for name, rights in DEFAULT_ROLES.items():
        if tx.find(Role, name=name) is None:
            tx.put(Role(id=tx.new_id(), name=name, rights=tuple(sorted(r.value for r in rights))))
