"""How every part is: one line each, told when it changes. Health is asked for over the socket and shown in the console."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from edge import logs

log = logs.get("health")


class State(StrEnum):
    UP = "up"
    TROUBLE = "trouble"
    DOWN = "down"


class Part(Struct, frozen=True, kw_only=True):
    """One part: a reader, a door, the broker link, a database. since and at in ms; count: how often it changed state."""

    name: str
    kind: str
    state: State
    detail: str = ""
    since: int = 0
    at: int = 0
    count: int = 0


class Health:
    """The state of all parts. TROUBLE is taken back by the next `up`."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._parts: dict[str, Part] = {}

    def set(self, kind: str, name: str, state: State, detail: str = "") -> bool:
        """Record how a part is; True when its state or detail is news."""
        key, now = f"{kind} {name}", self._now()
        before = self._parts.get(key)
        if before and before.state is state and (before.detail == detail or not detail):
            self._parts[key] = Part(
                name=name, kind=kind, state=state, detail=before.detail, since=before.since, at=now, count=before.count
            )
            return False
        changed = before is None or before.state is not state
        self._parts[key] = Part(
            name=name,
            kind=kind,
            state=state,
            detail=detail,
            since=now if changed or before is None else before.since,
            at=now,
            count=(before.count if before else 0) + changed,
        )
        say = log.info if state is State.UP else log.warning
        say("part", kind=kind, name=name, state=state.value, detail=detail)
        return True

    def forget(self, kind: str, name: str) -> None:
        """This part is not there any more."""
        self._parts.pop(f"{kind} {name}", None)

    def parts(self) -> tuple[Part, ...]:
        return tuple(sorted(self._parts.values(), key=lambda p: (p.kind, p.name)))

    def worst(self) -> State:
        states = {p.state for p in self._parts.values()}
        return State.DOWN if State.DOWN in states else State.TROUBLE if State.TROUBLE in states else State.UP
