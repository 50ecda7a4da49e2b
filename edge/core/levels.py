"""How things are now, as alerts see it: refusals at an access point, parts of health, what is counted. Pure: times in ms come in."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from edge.core.alerts import AlertKind, AlertRule, Level, Rules
from edge.core.event import Event
from edge.core.judgement import Outcome
from edge.core.model import Value


class PartWord(Value, frozen=True, kw_only=True):
    """A part of health as it is: state up, trouble or down, since when (ms)."""

    kind: str
    name: str
    state: str
    since: int
    detail: str = ""


class ZoneCount(Value, frozen=True, kw_only=True):
    """How many are in a zone that has a capacity."""

    zone: str
    name: str
    inside: int
    capacity: int


class Counts(Value, frozen=True, kw_only=True):
    """What is counted now. free_mb None: nobody knows; unacked: events that central has not got (None: there is no central)."""

    zones: tuple[ZoneCount, ...] = ()
    free_mb: int | None = None
    unacked: int | None = None


class Denials(Value, frozen=True, kw_only=True):
    """When each access point refused, the last times of each; bounded in both."""

    times: dict[str, tuple[int, ...]] = msgspec.field(default_factory=dict)


MOST_PLACES, MOST_TIMES = 500, 1000


def denied(denials: Denials, event: Event, rule: AlertRule) -> Denials:
    """With this event counted, if it is a refusal."""
    where = event.access_point_name
    if event.outcome is not Outcome.DENIED or not where:
        return denials
    if where not in denials.times and len(denials.times) >= MOST_PLACES:
        return denials
    kept = (*denials.times.get(where, ()), event.at)[-max(1, min(rule.threshold, MOST_TIMES)) :]
    return Denials(times={**denials.times, where: kept})


def of_denials(denials: Denials, rule: AlertRule, raised: frozenset[str], at: int) -> tuple[Level, ...]:
    """On when so many are within the window; once raised, until the window is empty."""
    found = []
    for where, times in denials.times.items():
        recent = sum(1 for t in times if at - t < rule.window_minutes * 60_000)
        on = recent >= max(1, rule.threshold) or (where in raised and recent > 0)
        found.append(
            Level(kind=AlertKind.DENIALS, subject=where, name=where, on=on, detail=f"{recent} in {rule.window_minutes} min")
        )
    return tuple(found)


_PARTS: dict[str, AlertKind] = {
    "door": AlertKind.DOOR_OFFLINE, "reader": AlertKind.READER_OFFLINE, "emergency": AlertKind.EMERGENCY_INPUT, "database": AlertKind.DATABASE,
    "journal": AlertKind.DATABASE, "clock": AlertKind.CLOCK,
}  # fmt: skip
_BAD: dict[AlertKind, tuple[str, ...]] = {AlertKind.DATABASE: ("trouble", "down"), AlertKind.CLOCK: ("trouble", "down")}


def of_parts(parts: Iterable[PartWord], rules: Rules, cameras: frozenset[str], at: int) -> tuple[Level, ...]:
    """Health, as levels. cameras: the readers that are cameras."""
    found = []
    for part in parts:
        kind = _PARTS.get(part.kind)
        if kind is None:
            continue
        found.append(_level(kind, part, part.state in _BAD.get(kind, ("down",)), rules, at))
        if kind is AlertKind.READER_OFFLINE and part.name in cameras:
            found.append(_level(AlertKind.CAMERA_BLIND, part, part.state == "trouble", rules, at))
    return tuple(found)


def _level(kind: AlertKind, part: PartWord, bad: bool, rules: Rules, at: int) -> Level:
    return Level(kind=kind, subject=part.name, name=part.name, on=_lasting(part, bad, rules[kind], at), detail=part.detail)


def _lasting(part: PartWord, bad: bool, rule: AlertRule, at: int) -> bool | None:
    if not bad:
        return False
    return True if at - part.since >= rule.window_minutes * 60_000 else None


def of_counts(counts: Counts, parts: Iterable[PartWord], rules: Rules, at: int) -> tuple[Level, ...]:
    """Full zones, a full disk, a line to central that is behind."""
    percent, low, behind = (
        rules[AlertKind.CAPACITY].threshold,
        rules[AlertKind.DISK].threshold,
        rules[AlertKind.SYNC_BEHIND].threshold,
    )
    found = [
        Level(
            kind=AlertKind.CAPACITY, subject=z.zone, name=z.name, on=z.inside * 100 >= z.capacity * percent,
            detail=f"{z.inside} of {z.capacity}",
        )
        for z in counts.zones
    ]  # fmt: skip
    if counts.free_mb is not None:
        found.append(Level(kind=AlertKind.DISK, subject="", name="", on=counts.free_mb < low, detail=f"{counts.free_mb} MB free"))
    if counts.unacked is not None:
        line = next((p for p in parts if p.kind == "sync"), None)
        down = _lasting(line, line.state == "down", rules[AlertKind.SYNC_BEHIND], at) if line else False
        on = True if counts.unacked >= behind else down
        found.append(Level(kind=AlertKind.SYNC_BEHIND, subject="", name="", on=on, detail=f"{counts.unacked} events wait"))
    return tuple(found)
