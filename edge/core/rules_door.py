"""Rules about the door, its mode and its reader. One rule a sentence; the order is in rules.py."""

from __future__ import annotations

from datetime import datetime

from edge.core.facts import Facts, Plan
from edge.core.finding import FREE_PASSAGE, REFUSAL, Finding
from edge.core.judgement import Reason as R
from edge.core.model import Channel
from edge.core.place import Mode
from edge.core.schedule import is_open, local


def mode_of(facts: Facts, now: int) -> Mode:
    """The mode in force: a lock-down anywhere wins; else the first that is not normal, of access point, zones (inner first), site."""
    place = facts.place
    if place is None or not place.plans:
        return Mode.NORMAL
    at = local(now, place.tz)
    first = Mode.NORMAL
    for plan in place.plans:
        mode = in_force(plan, now, at)
        if mode is Mode.LOCKED_DOWN:
            return mode
        if first is Mode.NORMAL:
            first = mode
    return first


def in_force(plan: Plan, now: int, at: datetime) -> Mode:
    """What one plan says now (at: in site time): what was set by hand until it ends, then what its hours say, the first that is open."""
    by_hand = plan.mode is not Mode.NORMAL if plan.until is None else now < plan.until
    if by_hand:
        return plan.mode
    for mode, hours in plan.hours:
        if is_open(hours, at)[0]:
            return mode
    return Mode.NORMAL


def door_in_service(facts: Facts, now: int) -> Finding | None:
    """The access point exists, is in service, and its door reports no fault that makes opening unsafe."""
    point = facts.point
    return None if point and point.in_service and not facts.door_fault else REFUSAL[R.OUT_OF_SERVICE]


def mode_allows(facts: Facts, now: int) -> Finding | None:
    """A lock-down refuses all but the profiles that override it and the pedestrian way out; free passage grants."""
    mode = mode_of(facts, now)
    if mode is Mode.LOCKED_DOWN:
        place = facts.place
        if place and place.free_way_out and not place.point.lock_exit:
            return None
        return None if any(r.lockdown_override for r in facts.rights) else REFUSAL[R.LOCKED_DOWN]
    return FREE_PASSAGE if mode is Mode.FREE_PASSAGE else None


def reader_is_trusted(facts: Facts, now: int) -> Finding | None:
    """The reader was not opened by anybody, and is on a secured channel where the access point asks for one."""
    channel, point = facts.reading.channel, facts.point
    if channel is Channel.TAMPERED or (point and point.secure_reader and channel is not Channel.SECURE):
        return REFUSAL[R.READER_INSECURE]
    return None
