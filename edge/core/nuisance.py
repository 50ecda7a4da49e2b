"""An alarm that comes again and again is one alarm with a count and a likely cause. Pure; times in ms, handed in.

A door says `forced` forty times a minute when its contact is loose. The journal gets the first line, then one summary for each
window in which there were more, and nothing for each bounce.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise

import msgspec

from edge.core.model import Value

FORCED, HELD, OFFLINE = "door_forced", "door_held", "door_offline"
GROUPED = frozenset({FORCED, HELD, OFFLINE})
"""The codes that are grouped."""

BOUNCE_MS = 2_000
OFTEN = 3
MINUTE_MS, TEN_MINUTES_MS, DAY_MS = 60_000, 600_000, 86_400_000
KEPT = 64
"""Alarms remembered for each door and code; the oldest is forgotten first."""


class Cause(StrEnum):
    """What is likely behind it. bounced: it opens again just after it locked (the door bounces, or the contact is set too near)."""

    BOUNCED = "bounced"
    CONTACT_LOOSE = "contact_loose"
    CLOSER_WEAK = "closer_weak"
    LINE_LOOSE = "line_loose"


class Once(Value, frozen=True):
    """An alarm at a time; after_lock: ms since the door was found locked (None: not known)."""

    at: int
    after_lock: int | None = None


class Group(Value, frozen=True, kw_only=True):
    """Alarms of one code at one door. told_at: the last line about them; untold: how many since; past: the last ones, oldest first."""

    code: str
    told_at: int
    first_at: int
    untold: int = 0
    count: int = 1
    running: bool = True
    past: tuple[Once, ...] = ()


class Summary(Value, frozen=True, kw_only=True):
    """A line for many: so many more since it was last told, so many in all since first_at."""

    code: str
    more: int
    count: int
    first_at: int
    cause: Cause | None


def raised(group: Group | None, code: str, once: Once, window_ms: int) -> tuple[Group, bool]:
    """(the group with this alarm in it, is it written as a line of its own). window_ms 0: every one is."""
    past = (*(group.past if group else ()), once)[-KEPT:]
    if group is None or not group.running or once.at >= group.told_at + window_ms:
        return Group(code=code, told_at=once.at, first_at=once.at, past=past), True
    return msgspec.structs.replace(group, untold=group.untold + 1, count=group.count + 1, past=past), False


def due(group: Group | None, window_ms: int) -> int | None:
    """When `told` is to be asked next."""
    return group.told_at + window_ms if group and group.running else None


def told(group: Group, at: int) -> tuple[Group, Summary | None]:
    """A window is over: what is to be said of the alarms in it. None when there were none; then the group ends."""
    if not group.untold:
        return msgspec.structs.replace(group, running=False), None
    said = Summary(
        code=group.code, more=group.untold, count=group.count, first_at=group.first_at, cause=likely(group.code, group.past)
    )
    return msgspec.structs.replace(group, told_at=at, untold=0), said


def ended(group: Group, at: int) -> tuple[Group, Summary | None]:
    """Something else happened in between (somebody was let in): what was counted is told, and the next one is news."""
    group, said = told(group, at)
    return msgspec.structs.replace(group, running=False), said


def likely(code: str, past: tuple[Once, ...]) -> Cause | None:
    """The likely cause of alarms of this code, oldest first; None when nothing speaks for one."""
    if code == FORCED:
        bounced = [o for o in past if o.after_lock is not None and o.after_lock <= BOUNCE_MS]
        if _often_within(past, MINUTE_MS):
            return Cause.CONTACT_LOOSE
        return Cause.BOUNCED if 2 * len(bounced) > len(past) else None
    if code == OFFLINE:
        return Cause.LINE_LOOSE if _often_within(past, TEN_MINUTES_MS) else None
    return Cause.CLOSER_WEAK if code == HELD and _days_in_a_row(past) >= OFTEN else None


def _often_within(past: tuple[Once, ...], span: int) -> bool:
    """Were there OFTEN of them within this span, at the end."""
    return len(past) >= OFTEN and past[-1].at - past[-OFTEN].at <= span


def _days_in_a_row(past: tuple[Once, ...]) -> int:
    """On how many days in a row, up to the last one, there was one."""
    days = sorted({o.at // DAY_MS for o in past})
    run = 1 if days else 0
    for before, day in pairwise(days):
        run = run + 1 if day == before + 1 else 1
    return run
