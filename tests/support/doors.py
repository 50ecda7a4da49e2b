"""A door and its rules, as the tests of its state machine speak of them."""

from __future__ import annotations

from edge.core import door as table
from edge.core.door import DoorNow, DoorRules, DoorState, Turn

S = DoorState
RULES = DoorRules(held_ms=30_000, pre_alarm_ms=10_000, debounce_ms=50)
SHUT = DoorNow(state=S.LOCKED, contact=True, locked_at=0)


def said(turn: Turn) -> list[tuple[str, str]]:
    """The acts of a turn as (what is done, state)."""
    return [(act.do.value, act.state.value) for act in turn[1]]


def strike(door: DoorNow, at: int, ms: int = 3000, rules: DoorRules = RULES) -> DoorNow:
    return table.struck(table.asked(door, at, ms), at, ms, rules)[0]


def moved(door: DoorNow, closed: bool | None, at: int, rules: DoorRules = RULES) -> Turn:
    """The contact changes and stays so."""
    door, first = table.contact(door, closed, at, rules)
    door, then = table.elapsed(door, at + rules.debounce_ms, rules)
    return door, (*first, *then)


def opened(at: int = 1000, rules: DoorRules = RULES) -> DoorNow:
    """A door that was released at 0 and opened."""
    return moved(strike(SHUT, 0, rules=rules), False, at, rules)[0]
