"""A reading's way through the house: decide and write down in one commit, then pulse, then show, then nudge the sync."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from edge import logs
from edge.commands.doors import Admission, Unlocking, admit, alarm_event, decision_event
from edge.core.decide import decide
from edge.core.door import DoorInput, DoorState, after
from edge.core.errors import DeviceLost, StoreError
from edge.core.event import Event, EventKind
from edge.core.judgement import Decision, Effects, Facts, Outcome, Reason
from edge.core.model import Moment, Reading
from edge.core.presence import step
from edge.core.rules import today
from edge.health import Health, State
from edge.ports import Clock, Door, Reader
from edge.store.facts import FactsReader
from edge.store.journal import JournalTransaction
from edge.store.writer import Writer

log = logs.get("gate")

LATE_LIMIT = 1000
"""Decisions held in memory while the journal cannot be written; beyond it the oldest is lost, loudly."""


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


class _Held(NamedTuple):
    """A line that waits for the disk. For a decision its facts and alarms, and, when the door was moved all the same, its effects."""

    event: Event
    facts: Facts | None = None
    alarms: tuple[Reason, ...] = ()
    passage: Effects | None = None


class Gate:
    """All access points of this edge: what every reader hands its readings to."""

    def __init__(
        self,
        journal: Writer[JournalTransaction],
        doors: dict[str, DoorPost],
        clock: Clock,
        health: Health,
        fallback: Callable[[], FactsReader],
    ) -> None:
        self._journal, self._doors, self._clock, self._health = journal, doors, clock, health
        self._fallback = fallback
        self._reader: FactsReader | None = None
        """Reads while the journal cannot be written; let go once it can."""
        self._late: deque[_Held] = deque()
        self.on_event: Callable[[], None] = lambda: None
        for post in doors.values():
            post.hold = self.hold

    def door_fault(self, door: str) -> str:
        """Why a door cannot be opened now; empty when it can."""
        post = self._doors.get(door)
        return post.fault if post else "no such door in the settings"

    async def serve(self, reading: Reading) -> Admission:
        """Decide, write down, and only then open. Returns when the door has taken the command (or cannot be moved)."""
        now = self._clock.now()
        if self._late:
            await self._write_late()
        try:
            admission = await self._journal.write(lambda tx: admit(tx, reading, now=now, door_fault=self.door_fault))
        except StoreError as error:
            return await self._without_journal(reading, now, error)
        decision = admission.decision
        if decision.granted:
            await self.open(admission.event, decision.strike_ms)
        log.debug("decided", access_point=reading.access_point, reason=decision.reason.value, seq=admission.event.seq)
        self.on_event()
        return admission

    async def open(self, cause: Event, strike_ms: int) -> bool:
        """Pulse the door of an event that is in the journal. A door that does not take it is written down and alarms."""
        try:
            post = self._doors.get(cause.door)
            if post is None:
                raise DeviceLost(f"door {cause.door}: not in the settings")
            await post.open(strike_ms)
        except DeviceLost as error:
            log.error("door not opened", door=cause.door, seq=cause.seq, error=error.message)
            alarm = msgspec.structs.replace(
                alarm_event(cause, "door_not_opened"), at=self._clock.now().wall, note=error.message[:300]
            )
            try:
                await self._journal.write(lambda tx: tx.record(alarm))
            except StoreError as failed:
                log.error("alarm not written", code=alarm.code, error=failed.message)
                self.hold(alarm)
            return False
        return True

    async def open_by_operator(self, unlocking: Unlocking) -> bool:
        """Pulse the door of an operator's opening that is in the journal; False when the door did not take it."""
        point = unlocking.access_point
        now = self._clock.now()
        cause = Event(seq=unlocking.event_seq, at=now.wall, kind=EventKind.OPERATOR, code="granted_by_operator", access_point=point.id,
                      access_point_name=point.name, door=point.door)  # fmt: skip
        opened = await self.open(cause, point.strike_ms)
        self.on_event()
        return opened

    async def _without_journal(self, reading: Reading, now: Moment, error: StoreError) -> Admission:
        """The disk is full or dead: decide from what can be read; the door's policy says whether a grant opens."""
        try:
            reader = self._reader = self._reader or self._fallback()
            facts = self._after_held(reader.facts(reading, reader.revs(), self.door_fault))
        except (sqlite3.Error, StoreError) as worse:
            self._reader = None
            return self._without_anything(reading, now, worse)
        decision = decide(facts, now.wall)
        event = msgspec.structs.replace(decision_event(facts, decision, now), late=True)
        post = self._doors.get(event.door)
        opened = False
        if decision.granted and post and post.opens_unjournaled:
            try:
                await post.open(decision.strike_ms)
                opened = True
            except DeviceLost as lost:
                log.error("door not opened", door=event.door, error=lost.message)
        if decision.granted and not opened:
            event = msgspec.structs.replace(event, note="not opened: the journal could not be written")
        self._hold(_Held(event, facts, decision.alarms, decision.effects if opened else None))
        log.error(
            "journal cannot be written",
            error=error.message,
            held=len(self._late),
            policy_opens=bool(post and post.opens_unjournaled),
        )
        self._health.set("journal", "writing", State.DOWN, f"{error.message} {len(self._late)} lines are held in memory.")
        return Admission(event=event, decision=decision)

    def _without_anything(self, reading: Reading, now: Moment, error: Exception) -> Admission:
        """Not even reading works: nobody is let in, the line is held, the rest of the house goes on."""
        facts = Facts(reading=reading, point=None)
        decision = Decision(outcome=Outcome.DENIED, reason=Reason.INTERNAL_ERROR, alarms=(Reason.INTERNAL_ERROR,))
        event = msgspec.structs.replace(decision_event(facts, decision, now), late=True, note="the databases could not be read")
        self._hold(_Held(event))
        log.error("databases cannot be read", error=str(error), held=len(self._late))
        self._health.set(
            "journal", "writing", State.DOWN, f"the databases cannot be read: {error}. `gatelatch doctor` looks closer."
        )
        return Admission(event=event, decision=decision)

    def hold(self, event: Event) -> None:
        """Keep a line that could not be written until the disk is back."""
        self._hold(_Held(msgspec.structs.replace(event, late=True)))

    def _hold(self, line: _Held) -> None:
        if len(self._late) >= LATE_LIMIT:
            self._late.popleft()
            log.error("a held line was lost: the journal cannot be written for too long", held=LATE_LIMIT)
        self._late.append(line)

    def _after_held(self, facts: Facts) -> Facts:
        """The facts with the passages that wait for the disk counted in: a last use is spent once, written or not."""
        where = facts.where
        for line in self._late:
            held = line.facts
            if held and line.passage and held.holder and facts.holder and held.holder.id == facts.holder.id:
                at = line.event.at
                where = step(where, line.passage, (), seq=0, at=at, today=today(held, at)).where
        return msgspec.structs.replace(facts, where=msgspec.structs.replace(where, visits=facts.where.visits))

    def _as_now(self, tx: JournalTransaction, held: Facts) -> Facts:
        """The facts of a held line with the card's whereabouts as the lines written before it left them."""
        found = tx.facts(held.reading, self.door_fault)
        same = found.holder and held.holder and found.holder.id == held.holder.id
        return msgspec.structs.replace(held, where=found.where) if same else held

    async def catch_up(self) -> None:
        """Write what is held, if the disk is back. Called now and then, so that it needs no reading to be tried."""
        if self._late:
            await self._write_late()

    async def _write_late(self) -> None:
        """The disk is back: what was held goes in, marked late, in order."""
        held, self._late = list(self._late), deque()

        def write(tx: JournalTransaction) -> None:
            for line in held:
                facts = self._as_now(tx, line.facts) if line.facts else None
                prev = facts.where.last_seq if facts and facts.holder else 0
                event = last = tx.record(msgspec.structs.replace(line.event, prev=prev))
                for reason in line.alarms:
                    alarm = msgspec.structs.replace(alarm_event(event, reason.value, prev=last.seq), late=True)
                    last = tx.record(alarm)
                if facts:
                    tx.follow(facts, line.passage, event, last_seq=last.seq)

        try:
            await self._journal.write(write)
        except StoreError:
            self._late.extendleft(reversed(held))
            return
        self._reader = None
        self._health.set("journal", "writing", State.UP, f"{len(held)} held lines were written")


class ReaderPost:
    """One reader: its driver, its health, its way to the gate. Also the ports.ReaderSink it speaks to."""

    def __init__(self, driver: Reader, gate: Gate, health: Health) -> None:
        self.driver = driver
        self.name = driver.name
        self._gate, self._health = gate, health

    async def run(self) -> None:
        await self.driver.run(self)

    async def deliver(self, reading: Reading) -> None:
        admission = await self._gate.serve(reading)
        await self.driver.show(admission.decision)

    def up(self, detail: str = "") -> None:
        self._health.set("reader", self.name, State.UP, detail)

    def trouble(self, detail: str) -> None:
        self._health.set("reader", self.name, State.TROUBLE, detail)


def _door_event(door: str, kind: EventKind, code: str, now: Moment) -> Event:
    return Event(at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=kind, code=code, door=door)
