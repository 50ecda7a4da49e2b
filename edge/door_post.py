"""One door: its driver, its state by the table of core.door, its lines in the journal. The clock and the timers are here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from msgspec import Struct

from edge import logs
from edge.core import door as table
from edge.core import nuisance
from edge.core.door import Act, Do, DoorNow, DoorRules, DoorState, Hold, Turn
from edge.core.errors import DeviceLost, Invalid
from edge.core.event import Event, EventKind
from edge.core.nuisance import Group, Once, Summary
from edge.health import Health, State
from edge.lines import Lines
from edge.ports import Clock, Door, DoorWord
from edge.store.journal import JournalTransaction
from edge.store.writer import Writer

log = logs.get("door")

STAYS_S = 5.0
"""An alarm that was counted and still stands after so long is no bounce: it is told."""
LOOK_AGAIN_S = 600.0
"""A hold that is to end at a time of day is looked at this often: the clock may be set meanwhile."""


class DoorCare(Struct, frozen=True, kw_only=True):
    """How one door is watched; from its settings."""

    rules: DoorRules = DoorRules()
    exit_ms: int = 5000
    emergency: bool = False
    fails: str = "secure"
    group_ms: int = 60_000


class DoorPost:
    """One door. It is a ports.DoorSink for its driver, and what the gate, the emergency input and an operator's hold speak to."""

    def __init__(
        self,
        driver: Door,
        journal: Writer[JournalTransaction],
        clock: Clock,
        health: Health,
        *,
        opens_unjournaled: bool,
        care: DoorCare | None = None,
    ) -> None:
        self.driver = driver
        self.name = driver.name
        self.opens_unjournaled = opens_unjournaled
        self.care = care or DoorCare()
        self.since = 0
        self.fault = "not connected yet"
        self.lines = Lines(f"door {self.name}", journal, clock)
        self._clock, self._health = clock, health
        self._now = DoorNow()
        self._holds: dict[Hold, str] = {}
        self._opens = 0
        """How often it was asked to open: a re-locking that was decided before must not undo a later opening."""
        self._causes: list[Event] = []
        """The passages that this release is for, until it opens."""
        self.on_unused: Callable[[Event], None] = lambda cause: None
        """Told of a passage whose door was released and is known not to have opened."""
        self._timer: asyncio.TimerHandle | None = None
        self._hold_timer: asyncio.TimerHandle | None = None
        self._told_timer: asyncio.TimerHandle | None = None
        self._groups: dict[str, Group] = {}
        self._hushed = False
        """The alarm it is in was counted, not written; nor is what it comes back to."""
        self._under_way: set[asyncio.Task[Any]] = set()

    @property
    def state(self) -> DoorState:
        return self._now.state

    @property
    def held_by(self) -> tuple[str, ...]:
        """Who holds it open: operator, emergency."""
        return tuple(self._holds)

    def word(self) -> DoorWord:
        """What it says of itself to a decision."""
        return DoorWord(fault=self.fault, closed=self._now.closed, emergency=Hold.EMERGENCY in self._holds)

    async def run(self) -> None:
        try:
            await self.driver.run(self)
        finally:
            self.fault = "its line is down"
            self._turn(table.lost)

    async def close(self) -> None:
        """No timers any more; what was counted and not told is written."""
        for timer in (self._timer, self._hold_timer, self._told_timer):
            if timer:
                timer.cancel()
        for code in list(self._groups):
            self._tell(code)
        while self._under_way:
            await asyncio.wait(self._under_way)
        await self.lines.written()

    # ------------------------------------------------------------------------------------------------ releasing

    async def open(self, strike_ms: int, cause: Event | None = None) -> None:
        """Release the door; returns when the device has taken it. cause: the passage it is for. Raises DeviceLost."""
        self._opens += 1
        if cause:
            self._causes.append(cause)
        self._set(table.asked(self._now, self._at(), strike_ms))
        await self.driver.open(strike_ms)
        self._turn(lambda door, at, rules: table.struck(door, at, strike_ms, rules))

    async def hold_open(self, until_ms: int | None, cause: str) -> None:
        """Hold it open for an operator until a time (ms since 1970; None: until `lock`). Never queued: raises DeviceLost, and then it is not held."""
        self._begin_hold(Hold.OPERATOR, cause)
        try:
            await self.driver.hold()
        except DeviceLost:
            self._end_hold(Hold.OPERATOR)
            if not self._holds:
                self._turn(table.hold_over)
            raise
        self._turn(table.held_released)
        if self._hold_timer:
            self._hold_timer.cancel()
            self._hold_timer = None
        self.lines.say(EventKind.DOOR, "hold_open", door=self.name, note=cause)
        if until_ms is not None:
            self._look_at_hold(until_ms)

    async def lock(self) -> None:
        """End an operator's hold and any strike, now. Raises DeviceLost; Invalid while the emergency input holds it open."""
        if Hold.EMERGENCY in self._holds:
            raise Invalid("the emergency input holds this door open", field="door")
        await self.driver.lock()
        held = self._end_hold(Hold.OPERATOR)
        self._turn(table.locked)
        if held:
            self.lines.say(EventKind.DOOR, "hold_over", door=self.name, note="locked by hand")

    def emergency(self, on: bool) -> None:
        """The emergency input went on or off. At once, with no line written before; a door that is away is held open when it is back."""
        if on:
            self._begin_hold(Hold.EMERGENCY, "")
            self._beside(self._hold_released())
        elif self._end_hold(Hold.EMERGENCY) and not self._holds:
            self._turn(table.hold_over)
            self._beside(self._rest())

    def _begin_hold(self, hold: Hold, cause: str) -> None:
        self._opens += 1
        self._holds[hold] = cause
        self._set(table.asked_to_hold(self._now))

    def _end_hold(self, hold: Hold) -> bool:
        """Was it held by this one."""
        if hold is Hold.OPERATOR and self._hold_timer:
            self._hold_timer.cancel()
            self._hold_timer = None
        return self._holds.pop(hold, None) is not None

    def _look_at_hold(self, until_ms: int) -> None:
        left = (until_ms - self._clock.now().wall) / 1000
        if left > 0:
            self._hold_timer = asyncio.get_running_loop().call_later(min(left, LOOK_AGAIN_S), self._look_at_hold, until_ms)
            return
        self._end_hold(Hold.OPERATOR)
        self.lines.say(EventKind.DOOR, "hold_over", door=self.name, note="its time is over")
        if not self._holds:
            self._turn(table.hold_over)
            self._beside(self._rest())

    async def _hold_released(self) -> None:
        """Tell the device to hold; one that does not take it alarms, and is told again when it is back."""
        try:
            await self.driver.hold()
        except DeviceLost as error:
            log.error("door not held open", door=self.name, error=error.message)
            self.lines.say(EventKind.ALARM, "door_not_opened", door=self.name, note=error.message)
            return
        self._turn(table.held_released)

    async def _rest(self) -> None:
        """Tell the device to lock, unless somebody has asked it to open since."""
        opens = self._opens
        await asyncio.sleep(0)
        if opens != self._opens or self._holds:
            return
        try:
            await self.driver.lock()
        except DeviceLost as error:  # a pulse ends by itself, and a hold is ended when the line is back
            log.warning("door not told to lock", door=self.name, error=error.message)

    async def _let_out(self) -> None:
        try:
            await self.open(self.care.exit_ms)
        except DeviceLost as error:
            self.lines.say(EventKind.ALARM, "door_not_opened", door=self.name, note=f"exit button: {error.message}")

    # ------------------------------------------------------------------------------------------------ ports.DoorSink

    def contact(self, closed: bool | None) -> None:
        self._turn(lambda door, at, rules: table.contact(door, closed, at, rules))

    def exit_pressed(self) -> None:
        """The exit button: it opens with no decision, whatever the mode, and is written down beside it."""
        self._beside(self._let_out())
        self.lines.say(EventKind.DOOR, "exit_button", door=self.name)

    def up(self, detail: str = "") -> None:
        new = bool(self.fault)
        self.fault = ""
        self._health.set("door", self.name, State.UP, detail)
        self._turn(table.back)
        if new:  # what the device does and what the house wants are made one again
            self._beside(self._hold_released() if self._holds else self._rest())

    def trouble(self, detail: str) -> None:
        self._health.set("door", self.name, State.TROUBLE, detail)

    # ------------------------------------------------------------------------------------------------ the table

    def _at(self) -> int:
        return int(asyncio.get_running_loop().time() * 1000)

    def _set(self, door: DoorNow) -> None:
        """The machine as it is now, and its next deadline."""
        if door.state is not self._now.state:
            self.since = self._clock.now().wall
            log.debug("door", door=self.name, state=door.state.value)
        if self._causes and door.state is not DoorState.UNLOCKED and self._now.state is DoorState.UNLOCKED:
            unused, self._causes = self._causes if door.state is DoorState.LOCKED else [], []
            for cause in unused:
                self.on_unused(cause)
        self._now = door
        if self._timer:
            self._timer.cancel()
            self._timer = None
        due = table.due(door)
        if due is not None:
            # a millisecond later, so that it is due when it comes; never at once for ever
            self._timer = asyncio.get_running_loop().call_later(max(1, due + 1 - self._at()) / 1000, self._elapsed)

    def _elapsed(self) -> None:
        self._timer = None
        self._turn(lambda door, at, rules: (door, ()))

    def _turn(self, hear: Callable[[DoorNow, int, DoorRules], Turn]) -> None:
        """What was due goes first, then what was heard; then what is to be done about both."""
        at, rules = self._at(), self.care.rules
        before = self._now
        door, due_acts = table.elapsed(before, at, rules)
        door, acts = hear(door, at, rules)
        self._set(door)
        for act in (*due_acts, *acts):
            self._do(act, before, at)

    def _do(self, act: Act, before: DoorNow, at: int) -> None:
        match act.do:
            case Do.WRITE | Do.ALARM:
                self._write_state(act.state, at - before.locked_at if before.locked_at is not None else None)
            case Do.WARN if not self._hushed:
                self.lines.say(EventKind.DOOR, "door_pre_alarm", door=self.name)
            case Do.RELOCK:
                self._beside(self._rest())
            case Do.BUZZ | Do.QUIET:
                self._beside(self._buzz(act.do is Do.BUZZ))
            case _:
                pass

    async def _buzz(self, on: bool) -> None:
        try:
            await self.driver.buzz(on)
        except DeviceLost as error:
            log.warning("buzzer", door=self.name, error=error.message)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=f"door {self.name}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    # ------------------------------------------------------------------------------------------------ its lines

    def _write_state(self, state: DoorState, after_lock: int | None) -> None:
        """A line of the state; alarms that come again within the window are counted, and so is what they come back to."""
        code = f"door_{state.value}"
        if code in nuisance.GROUPED:
            once = Once(self._clock.now().wall, after_lock if state is DoorState.FORCED else None)
            self._groups[code], written = nuisance.raised(self._groups.get(code), code, once, self.care.group_ms)
            self._hushed = not written
            if self._hushed:
                since = self.since
                asyncio.get_running_loop().call_later(STAYS_S, self._still, code, since)
            self._tell_later()
        elif state is DoorState.UNLOCKED:
            self._hushed = False
            self._end(nuisance.FORCED)
        if self._hushed:
            return
        kind = EventKind.ALARM if state in (DoorState.FORCED, DoorState.HELD) else EventKind.DOOR
        self.lines.say(kind, code, door=self.name, note=self._about(state, code))

    def _about(self, state: DoorState, code: str) -> str:
        if state is DoorState.OFFLINE and self.care.fails == "safe":
            return "it fails safe: without power it is not locked"
        group = self._groups.get(code)
        cause = nuisance.likely(code, group.past) if group else None
        return f"likely: {cause.value}" if cause else ""

    def _tell_later(self) -> None:
        if self._told_timer:
            self._told_timer.cancel()
            self._told_timer = None
        now, window = self._clock.now().wall, self.care.group_ms
        due = [at for g in self._groups.values() if (at := nuisance.due(g, window)) is not None]
        if due and window:
            wait = min(max(1, min(due) + 1 - now), window + 1)  # at most a window, whatever the clock was set to
            self._told_timer = asyncio.get_running_loop().call_later(wait / 1000, self._tell_due)

    def _tell_due(self) -> None:
        self._told_timer = None
        now, window = self._clock.now().wall, self.care.group_ms
        for code, group in list(self._groups.items()):
            at = nuisance.due(group, window)
            if at is not None and not now < at <= now + window:
                self._tell(code)
        self._tell_later()

    def _still(self, code: str, since: int) -> None:
        group = self._groups.get(code)
        if self.since == since and f"door_{self.state.value}" == code and group and group.untold:
            self._tell(code)
            self._tell_later()

    def _end(self, code: str) -> None:
        """Somebody was let in: a forced opening after that is news."""
        group = self._groups.get(code)
        if group and group.running:
            self._groups[code], summary = nuisance.ended(group, self._clock.now().wall)
            self._say_summary(summary)

    def _tell(self, code: str) -> None:
        self._groups[code], summary = nuisance.told(self._groups[code], self._clock.now().wall)
        if summary is None and self._hushed:  # the journal ends with how the door is
            self._hushed = False
            self.lines.say(EventKind.DOOR, f"door_{self.state.value}", door=self.name)
        self._say_summary(summary)

    def _say_summary(self, summary: Summary | None) -> None:
        if summary:
            self.lines.say(EventKind.ALARM, "door_nuisance", door=self.name, note=_in_short(summary, self.state))


def _in_short(said: Summary, state: DoorState) -> str:
    cause = f"; likely: {said.cause.value}" if said.cause else ""
    return f"{said.code} {said.more} more times, {said.count} in all{cause}; now {state.value}"
