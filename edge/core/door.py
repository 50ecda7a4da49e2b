"""The door as a table: what it is, and what it becomes when something happens. Unknown is a state, never shown as open or closed."""

from __future__ import annotations

from enum import StrEnum


class DoorState(StrEnum):
    UNKNOWN = "unknown"
    OFFLINE = "offline"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    OPENED = "opened"
    FORCED = "forced"


class DoorInput(StrEnum):
    """What a door hears: a strike began or ended, its contact, its line."""

    STRIKE = "strike"
    STRIKE_OVER = "strike_over"
    OPEN = "open"
    CLOSED = "closed"
    NO_CONTACT = "no_contact"
    LOST = "lost"
    BACK = "back"


S, I = DoorState, DoorInput  # noqa: E741 - a table reads better with short names

TABLE: dict[tuple[DoorState, DoorInput], DoorState] = {
    (S.UNKNOWN, I.CLOSED): S.LOCKED,
    (S.UNKNOWN, I.OPEN): S.OPENED,
    (S.UNKNOWN, I.STRIKE): S.UNLOCKED,
    (S.LOCKED, I.STRIKE): S.UNLOCKED,
    (S.LOCKED, I.OPEN): S.FORCED,
    (S.UNLOCKED, I.OPEN): S.OPENED,
    (S.UNLOCKED, I.STRIKE_OVER): S.LOCKED,
    (S.OPENED, I.CLOSED): S.LOCKED,
    (S.FORCED, I.CLOSED): S.LOCKED,
    (S.FORCED, I.STRIKE): S.OPENED,
    **{(s, I.LOST): S.OFFLINE for s in S},
    **{(s, I.NO_CONTACT): S.UNKNOWN for s in S if s is not S.OFFLINE},
    (S.OFFLINE, I.BACK): S.UNKNOWN,
    (S.OFFLINE, I.CLOSED): S.LOCKED,
    (S.OFFLINE, I.OPEN): S.OPENED,
}
"""A pair that is not here changes nothing."""


def after(state: DoorState, heard: DoorInput) -> DoorState:
    return TABLE.get((state, heard), state)
