"""The door as a table: what it is, what it becomes when something happens, and what is done about it.

Unknown is a state, never shown as open or shut. TABLE is the law; the functions below it keep what the table cannot: what the
contact said last, what releases the door, and when something is due. No clock: every `at` is milliseconds of one steady clock,
handed in. A caller hears something, does the acts that come back, and calls `elapsed` when `due` says so.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from edge.core.model import Value


class Hold(StrEnum):
    """Who holds a door released."""

    OPERATOR = "operator"
    EMERGENCY = "emergency"


class DoorState(StrEnum):
    """unlocked: released, and not known to stand open. held: open for too long. forced: opened without having been released."""

    UNKNOWN = "unknown"
    OFFLINE = "offline"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    OPENED = "opened"
    HELD = "held"
    FORCED = "forced"


class DoorInput(StrEnum):
    """What a door hears. `_released`: something releases it at that moment (a strike, a hold, the emergency input)."""

    STRIKE = "strike"
    HOLD = "hold"
    REST = "rest"
    REST_UNSEEN = "rest_unseen"
    OPEN = "open"
    OPEN_RELEASED = "open_released"
    CLOSED = "closed"
    CLOSED_RELEASED = "closed_released"
    NO_CONTACT = "no_contact"
    NO_CONTACT_RELEASED = "no_contact_released"
    PRE_ALARM = "pre_alarm"
    TOO_LONG = "too_long"
    LOST = "lost"
    BACK = "back"


class Do(StrEnum):
    """What is done about it. write, alarm: a line `door_STATE`; warn: a line `door_pre_alarm`; watch: begin to count how long it is open."""

    WRITE = "write"
    ALARM = "alarm"
    WARN = "warn"
    RELOCK = "relock"
    WATCH = "watch"
    UNWATCH = "unwatch"
    BUZZ = "buzz"
    QUIET = "quiet"


class Row(NamedTuple):
    """A line of the table: the next state, and what is done."""

    to: DoorState
    do: tuple[Do, ...] = ()


S, I, D = DoorState, DoorInput, Do  # noqa: E741 - a table reads better with short names
W, A, X = D.WRITE, D.ALARM, D.UNWATCH

TABLE: dict[tuple[DoorState, DoorInput], Row] = {
    (S.UNKNOWN, I.STRIKE): Row(S.UNLOCKED, (W,)),
    (S.UNKNOWN, I.HOLD): Row(S.UNLOCKED, (W,)),
    (S.UNKNOWN, I.OPEN): Row(S.OPENED, (W, D.WATCH)),
    (S.UNKNOWN, I.OPEN_RELEASED): Row(S.OPENED, (W, D.RELOCK, D.WATCH)),
    (S.UNKNOWN, I.CLOSED): Row(S.LOCKED, (W,)),
    (S.UNKNOWN, I.CLOSED_RELEASED): Row(S.UNLOCKED, (W,)),
    (S.LOCKED, I.STRIKE): Row(S.UNLOCKED, (W,)),
    (S.LOCKED, I.HOLD): Row(S.UNLOCKED, (W,)),
    (S.LOCKED, I.OPEN): Row(S.FORCED, (A,)),
    (S.LOCKED, I.OPEN_RELEASED): Row(S.OPENED, (W, D.RELOCK, D.WATCH)),
    (S.LOCKED, I.NO_CONTACT): Row(S.UNKNOWN, (W,)),
    (S.LOCKED, I.NO_CONTACT_RELEASED): Row(S.UNKNOWN, (W,)),
    (S.UNLOCKED, I.OPEN_RELEASED): Row(S.OPENED, (W, D.RELOCK, D.WATCH)),
    (S.UNLOCKED, I.REST): Row(S.LOCKED, (W,)),
    (S.UNLOCKED, I.REST_UNSEEN): Row(S.UNKNOWN, (W,)),
    (S.OPENED, I.STRIKE): Row(S.OPENED, (X, D.WATCH)),
    (S.OPENED, I.HOLD): Row(S.OPENED, (X,)),
    (S.OPENED, I.REST): Row(S.OPENED, (D.WATCH,)),
    (S.OPENED, I.PRE_ALARM): Row(S.OPENED, (D.WARN, D.BUZZ)),
    (S.OPENED, I.TOO_LONG): Row(S.HELD, (A, D.BUZZ)),
    (S.FORCED, I.STRIKE): Row(S.OPENED, (W, D.WATCH)),
    (S.HELD, I.HOLD): Row(S.OPENED, (W, X)),
    (S.FORCED, I.HOLD): Row(S.OPENED, (W, X)),
    **{(s, I.CLOSED): Row(S.LOCKED, (W, X)) for s in (S.OPENED, S.HELD, S.FORCED)},
    **{(s, I.CLOSED_RELEASED): Row(S.UNLOCKED, (W, X)) for s in (S.OPENED, S.HELD, S.FORCED)},
    **{(s, I.NO_CONTACT): Row(S.UNKNOWN, (W, X)) for s in (S.OPENED, S.HELD, S.FORCED)},
    **{(s, I.NO_CONTACT_RELEASED): Row(S.UNLOCKED, (W, X)) for s in (S.OPENED, S.HELD, S.FORCED)},
    **{(s, I.LOST): Row(S.OFFLINE, (W, X)) for s in S if s is not S.OFFLINE},
    (S.OFFLINE, I.BACK): Row(S.UNKNOWN, (W,)),
    (S.OFFLINE, I.CLOSED): Row(S.LOCKED, (W,)),
    (S.OFFLINE, I.CLOSED_RELEASED): Row(S.UNLOCKED, (W,)),
    (S.OFFLINE, I.OPEN): Row(S.OPENED, (W, D.WATCH)),
    (S.OFFLINE, I.OPEN_RELEASED): Row(S.OPENED, (W, D.WATCH)),
}
"""A pair that is not here changes nothing and does nothing."""


class DoorRules(Value, frozen=True, kw_only=True):
    """How one door is watched, in ms. held_ms 0: it may stand open. pre_alarm_ms: so long before the alarm it buzzes (0: not)."""

    relock_on_open: bool = True
    held_ms: int = 30_000
    pre_alarm_ms: int = 10_000
    debounce_ms: int = 50


class DoorNow(Value, frozen=True, kw_only=True):
    """One door at one moment.

    contact: its settled word (None: nobody knows). hold: it is held released. strike_until: a strike releases it until then.
    pending, settle_at: the contact says this, and is believed from then on. warn_at, late_at: when it has been open too long.
    locked_at: when it was last found shut and locked.
    """

    state: DoorState = DoorState.UNKNOWN
    contact: bool | None = None
    hold: bool = False
    strike_until: int | None = None
    pending: bool | None = None
    settle_at: int | None = None
    warn_at: int | None = None
    late_at: int | None = None
    buzzing: bool = False
    locked_at: int | None = None

    @property
    def released(self) -> bool:
        return self.hold or self.strike_until is not None

    @property
    def closed(self) -> bool | None:
        """For an interlock: shut and locked; a released door is not."""
        return None if self.state in (S.UNKNOWN, S.OFFLINE) else self.state is S.LOCKED


class Act(NamedTuple):
    """Something to be done, and the state the door was in by then."""

    do: Do
    state: DoorState


Turn = tuple[DoorNow, tuple[Act, ...]]
_replace = msgspec.structs.replace


# ---------------------------------------------------------------------------------------------------- what it hears


def asked(door: DoorNow, at: int, ms: int) -> DoorNow:
    """Somebody is about to release it for so long: from now on it may open, whatever the device answers. A longer strike stays."""
    return _replace(door, strike_until=max(door.strike_until or 0, at + ms))


def struck(door: DoorNow, at: int, ms: int, rules: DoorRules) -> Turn:
    """The device has taken a strike of so long."""
    relocked = door.state is S.OPENED and door.strike_until is None  # it was opened before the device had answered
    return _turn(door if relocked else asked(door, at, ms), I.STRIKE, at, rules)


def asked_to_hold(door: DoorNow) -> DoorNow:
    """Somebody wants it held released, from now on, whatever the device answers."""
    return _replace(door, hold=True)


def held_released(door: DoorNow, at: int, rules: DoorRules) -> Turn:
    """The device has taken the hold (which may be over by then)."""
    return (door, ()) if not door.hold else _turn(door, I.HOLD, at, rules)


def hold_over(door: DoorNow, at: int, rules: DoorRules) -> Turn:
    """Nobody holds it any more; a strike that still runs goes on."""
    return _rest(_replace(door, hold=False), at, rules)


def locked(door: DoorNow, at: int, rules: DoorRules) -> Turn:
    """It was told to lock: no hold and no strike."""
    return _rest(_replace(door, hold=False, strike_until=None), at, rules)


def contact(door: DoorNow, closed: bool | None, at: int, rules: DoorRules) -> Turn:
    """The contact said something. Its first word counts at once, a change when it has stayed for debounce_ms."""
    if closed is door.contact:
        return _replace(door, pending=None, settle_at=None), ()
    if door.contact is None or not rules.debounce_ms:
        return _settled(door, closed, at, rules)
    if door.settle_at is not None and door.pending is closed:
        return door, ()
    return _replace(door, pending=closed, settle_at=at + rules.debounce_ms), ()


def lost(door: DoorNow, at: int, rules: DoorRules) -> Turn:
    """Its line is down: nobody knows anything. A hold is still wanted when it is back."""
    return _turn(_replace(door, contact=None, strike_until=None, pending=None, settle_at=None), I.LOST, at, rules)


def back(door: DoorNow, at: int, rules: DoorRules) -> Turn:
    """Its line is up again; the contact has not spoken yet."""
    return _turn(door, I.BACK, at, rules)


# ---------------------------------------------------------------------------------------------------- what is due


def due(door: DoorNow) -> int | None:
    """When `elapsed` is to be called next; None: nothing is awaited."""
    return min((at for at, _ in _awaited(door)), default=None)


def elapsed(door: DoorNow, at: int, rules: DoorRules) -> Turn:
    """Everything that was due by now, in order, each at its own time."""
    acts: tuple[Act, ...] = ()
    while (first := min(_awaited(door), default=None)) and first[0] <= at:
        door, done = _happens(door, first[1], first[0], rules)
        acts += done
    return door, acts


def _awaited(door: DoorNow) -> list[tuple[int, str]]:
    found = []
    if door.settle_at is not None:
        found.append((door.settle_at, "settle"))
    # A strike does not end between the opening of the door and the moment it is believed: that would call it forced.
    opening = door.settle_at is not None and door.pending is False
    if door.strike_until is not None and not opening:
        found.append((door.strike_until, "strike"))
    if door.warn_at is not None:
        found.append((door.warn_at, "warn"))
    if door.late_at is not None:
        found.append((door.late_at, "late"))
    return found


def _happens(door: DoorNow, what: str, at: int, rules: DoorRules) -> Turn:
    if what == "settle":
        return _settled(door, door.pending, at, rules)
    if what == "strike":
        return _rest(_replace(door, strike_until=None), at, rules)
    if what == "warn":
        return _turn(_replace(door, warn_at=None), I.PRE_ALARM, at, rules)
    return _turn(_replace(door, warn_at=None, late_at=None), I.TOO_LONG, at, rules)


# ---------------------------------------------------------------------------------------------------- by the table


def _settled(door: DoorNow, closed: bool | None, at: int, rules: DoorRules) -> Turn:
    door = _replace(door, contact=closed, pending=None, settle_at=None)
    if closed is None:
        return _turn(door, I.NO_CONTACT_RELEASED if door.released else I.NO_CONTACT, at, rules)
    if closed:
        return _turn(door, I.CLOSED_RELEASED if door.released else I.CLOSED, at, rules)
    return _turn(door, I.OPEN_RELEASED if door.released else I.OPEN, at, rules)


def _rest(door: DoorNow, at: int, rules: DoorRules) -> Turn:
    """Nothing releases it, unless something still does."""
    if door.released:
        return door, ()
    return _turn(door, I.REST_UNSEEN if door.contact is None else I.REST, at, rules)


def _turn(door: DoorNow, heard: DoorInput, at: int, rules: DoorRules) -> Turn:
    row = TABLE.get((door.state, heard))
    if row is None:
        return door, ()
    door = _replace(door, state=row.to, locked_at=at if row.to is S.LOCKED else door.locked_at)
    acts: list[Act] = []
    for do in row.do:
        door, happens = _done(door, do, at, rules)
        acts += [Act(one, row.to) for one in happens]
    return door, tuple(acts)


def _done(door: DoorNow, do: Do, at: int, rules: DoorRules) -> tuple[DoorNow, tuple[Do, ...]]:
    """What the machine itself keeps of an act, and what is left for the caller to do."""
    if do is D.WATCH:
        if door.hold or not rules.held_ms or door.late_at is not None:
            return door, ()
        late = at + rules.held_ms
        return _replace(door, late_at=late, warn_at=late - rules.pre_alarm_ms if rules.pre_alarm_ms else None), ()
    if do is D.UNWATCH:
        quiet = (D.QUIET,) if door.buzzing else ()
        return _replace(door, late_at=None, warn_at=None, buzzing=False), quiet
    if do is D.RELOCK:
        if door.hold or not rules.relock_on_open:
            return door, ()
        return _replace(door, strike_until=None), (do,)
    if do is D.BUZZ:
        return _replace(door, buzzing=True), () if door.buzzing else (do,)
    return door, (do,)
