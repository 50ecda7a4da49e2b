"""A reading's way through the house: decide and write down in one commit, then pulse, then show, then nudge the sync."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec

from edge import logs
from edge.commands.doors import Admission, Awaited, Unlocking, admit, admit_or_wait, alarm_event, decision_event, write_decision
from edge.commands.presence import void_passage
from edge.core.decide import decide
from edge.core.errors import DeviceLost, StoreError
from edge.core.event import Event, EventKind
from edge.core.facts import Facts
from edge.core.judgement import Decision, Outcome, Reason
from edge.core.model import Moment, Reading
from edge.core.presence import fold, moves
from edge.core.rules_use import today
from edge.door_post import DoorPost
from edge.health import Health, State
from edge.pairing import Pairs
from edge.ports import Clock, DoorWord, Reader
from edge.store.facts import FactsReader
from edge.store.journal import JournalTransaction
from edge.store.site import Site
from edge.store.writer import Writer

log = logs.get("gate")

LATE_LIMIT = 1000
"""Decisions held in memory while the journal cannot be written; beyond it the oldest is lost, loudly."""


class _Held(NamedTuple):
    """A line that waits for the disk. For a decision what it was made of, and whether the door was moved all the same."""

    event: Event
    facts: Facts | None = None
    decision: Decision | None = None
    at: Moment | None = None
    opened: bool = False
    note: str = ""


class Gate:
    """All access points of this edge: what every reader hands its readings to."""

    def __init__(
        self,
        journal: Writer[JournalTransaction],
        clock: Clock,
        health: Health,
        fallback: Callable[[], FactsReader],
    ) -> None:
        self._journal, self._clock, self._health = journal, clock, health
        self.doors: dict[str, DoorPost] = {}
        self._fallback = fallback
        self._reader: FactsReader | None = None
        """Reads while the journal cannot be written; let go once it can."""
        self._late: deque[_Held] = deque()
        self._voiding: set[asyncio.Task[None]] = set()
        self._pairs = Pairs(self._serve_late)
        self.on_decided: Callable[[Reading, Admission], Awaitable[None]] = _nobody
        """Told of a decision that was made later, so that its reader can show it."""
        self.on_event: Callable[[], None] = lambda: None

    def add(self, door: DoorPost) -> None:
        """Move this door from now on, in place of one of the same name."""
        door.lines.hold = self.hold
        door.on_unused = self.unused
        self.doors[door.name] = door

    def say(self, door: str) -> DoorWord:
        """What a door says of itself now (ports.DoorsSay)."""
        post = self.doors.get(door)
        return post.word() if post else DoorWord(fault="no such door in the settings")

    async def serve(self, reading: Reading) -> Admission | None:
        """Decide, write down, and only then open. Returns when the door has taken the command (or cannot be moved).

        None: nothing is decided yet, because the PIN or the plate that belongs to this card may still come.
        """
        joined = self._pairs.join(reading)
        admission = await self._decide(joined, waits=True)
        if isinstance(admission, Awaited):
            self._pairs.wait(joined, admission)
            return None
        return admission

    async def serve_now(self, reading: Reading) -> Admission:
        """The same without waiting for anything that may belong to it."""
        admission = await self._decide(reading, waits=False)
        assert isinstance(admission, Admission)  # only who may wait is kept waiting
        return admission

    async def _serve_late(self, reading: Reading) -> None:
        """What it waited for did not come: decide without it, and tell its reader."""
        await self.on_decided(reading, await self.serve_now(reading))

    async def _decide(self, reading: Reading, *, waits: bool) -> Admission | Awaited:
        now = self._clock.now()
        work = admit_or_wait if waits else admit
        if self._late:
            await self._write_late()
        try:
            admission: Admission | Awaited = await self._journal.write(lambda tx: work(tx, reading, now=now, doors=self.say))
        except StoreError as error:
            return await self._without_journal(reading, now, error)
        if isinstance(admission, Awaited):
            return admission
        decision = admission.decision
        if decision.granted:
            await self.open(admission.event, decision.strike_ms)
        log.debug("decided", access_point=reading.access_point, reason=decision.reason.value, seq=admission.event.seq)
        self.on_event()
        return admission

    async def open(self, cause: Event, strike_ms: int) -> bool:
        """Pulse the door of an event that is in the journal. A door that does not take it is written down and alarms."""
        try:
            await self._post(cause.door).open(strike_ms, cause)
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
            await self._void(cause)
            return False
        return True

    def unused(self, cause: Event) -> None:
        """A door was released for this passage and never opened."""
        task = asyncio.create_task(self._void(cause), name="void a passage")
        self._voiding.add(task)
        task.add_done_callback(self._voiding.discard)

    async def _void(self, cause: Event) -> None:
        """The passage did not take place: its visit is void and its use is given back, if the site wants that."""
        now = self._clock.now()
        try:
            voided = await self._journal.write(lambda tx: void_passage(tx, cause, now))
        except StoreError as error:  # the use stays spent; the event says that the door was released
            log.error("a passage that did not take place was not taken back", seq=cause.seq, error=error.message)
            return
        if voided:
            self.on_event()

    async def open_by_operator(self, unlocking: Unlocking) -> bool:
        """Pulse the door of an operator's opening that is in the journal; False when the door did not take it."""
        point = unlocking.access_point
        now = self._clock.now()
        cause = Event(seq=unlocking.event_seq, at=now.wall, kind=EventKind.OPERATOR, code="granted_by_operator", access_point=point.id,
                      access_point_name=point.name, door=point.door)  # fmt: skip
        opened = await self.open(cause, point.strike_ms)
        self.on_event()
        return opened

    async def hold_open(self, door: str, until_ms: int | None, cause: str) -> None:
        """Hold a door open for an operator until a time (ms; None: until `lock`), once that is in the journal. Raises DeviceLost."""
        await self._post(door).hold_open(until_ms, cause)

    async def lock(self, door: str) -> None:
        """End an operator's hold and any strike of a door. Raises DeviceLost; Invalid while the emergency input holds it open."""
        await self._post(door).lock()

    def drives(self, door: str) -> bool:
        """Is a door of this name in the settings."""
        return door in self.doors

    def _post(self, door: str) -> DoorPost:
        post = self.doors.get(door)
        if post is None:
            raise DeviceLost(f"door {door}: not in the settings")
        return post

    async def _without_journal(self, reading: Reading, now: Moment, error: StoreError) -> Admission:
        """The disk is full or dead: decide from what can be read; the door's policy says whether a grant opens."""
        try:
            reader = self._reader = self._reader or self._fallback()
            revs = reader.revs()
            facts = self._after_held(reader.facts(reading, revs, now, self.say), reader.site(revs[1]))
        except (sqlite3.Error, StoreError) as worse:
            self._reader = None
            return self._without_anything(reading, now, worse)
        decision = decide(facts, now.wall)
        event = msgspec.structs.replace(decision_event(facts, decision, now), late=True)
        post = self.doors.get(event.door)
        opened = False
        if decision.granted and post and post.opens_unjournaled:
            try:
                await post.open(decision.strike_ms)
                opened = True
            except DeviceLost as lost:
                log.error("door not opened", door=event.door, error=lost.message)
        note = "" if opened or not decision.granted else "not opened: the journal could not be written"
        self._hold(_Held(event, facts, decision, now, opened, note))
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
        facts = Facts(reading=reading, place=None)
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

    def _after_held(self, facts: Facts, site: Site) -> Facts:
        """The facts with the passages that wait for the disk counted in: a last use is spent once, written or not."""
        where = facts.where
        for line in self._late:
            held = line.facts
            if held and held.holder and facts.holder and line.decision and line.opened and held.holder.id == facts.holder.id:
                at, effects = line.event.at, line.decision.effects
                moved = moves(where, effects, site.around(effects.enter), today(held, at))
                where = fold(where, moved, seq=0, at=at)
        return msgspec.structs.replace(facts, where=where)

    def _as_now(self, tx: JournalTransaction, held: Facts, at: Moment) -> Facts:
        """The facts of a held line with the card's whereabouts as the lines written before it left them."""
        found = tx.facts(held.reading, at, self.say)
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
                if line.facts and line.decision and line.at:
                    facts = self._as_now(tx, line.facts, line.at)
                    write_decision(tx, facts, line.decision, line.at, opened=line.opened, late=True, note=line.note)
                else:
                    tx.record(line.event)

        try:
            await self._journal.write(write)
        except StoreError:
            self._late.extendleft(reversed(held))
            return
        self._reader = None
        self._health.set("journal", "writing", State.UP, f"{len(held)} held lines were written")


async def _nobody(reading: Reading, admission: Admission) -> None:
    """Nobody shows it."""


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
        if admission:
            await self.driver.show(admission.decision)

    def up(self, detail: str = "") -> None:
        self._health.set("reader", self.name, State.UP, detail)

    def trouble(self, detail: str) -> None:
        self._health.set("reader", self.name, State.TROUBLE, detail)
