"""Alerts: alarms and troubles that wait for a person. ALERTS is the table; the rest turns what happened into raise, again and clear.

Two kinds of things raise: a sign (an event of the journal, which happened once) and a level (how a part or a count is now). An
alert is one row for each kind and subject until somebody has acknowledged it and what raised it is over. Pure: times in ms come in.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from edge.core.event import Event, EventKind
from edge.core.model import Record, Value


class AlertKind(StrEnum):
    DOOR_FORCED = "door_forced"
    DOOR_HELD = "door_held"
    DOOR_OFFLINE = "door_offline"
    EMERGENCY = "emergency"
    EMERGENCY_INPUT = "emergency_input"
    READER_OFFLINE = "reader_offline"
    CAMERA_BLIND = "camera_blind"
    DENIALS = "denials"
    CAPACITY = "capacity"
    DISK = "disk"
    DATABASE = "database"
    CLOCK = "clock"
    SYNC_BEHIND = "sync_behind"
    ALARM = "alarm"


class Severity(StrEnum):
    CRITICAL = "critical"
    WARNING = "warning"


class AlertSpec(Value, frozen=True, kw_only=True):
    """A line of the table, in words, with what an AlertRule may change. of: what threshold counts ("": it is not used).

    window_minutes: how long it must have lasted, or the time in which it is counted.
    """

    subject: str
    raised_by: str
    cleared_by: str
    severity: Severity
    threshold: int = 0
    of: str = ""
    window_minutes: int = 0


K, CRITICAL, WARNING = AlertKind, Severity.CRITICAL, Severity.WARNING

ALERTS: dict[AlertKind, AlertSpec] = {
    K.DOOR_FORCED: AlertSpec(
        subject="door", raised_by="event `door_forced`", cleared_by="the door is shut or released again", severity=CRITICAL
    ),
    K.DOOR_HELD: AlertSpec(
        subject="door", raised_by="event `door_held`", cleared_by="the door is shut or released again", severity=WARNING
    ),
    K.DOOR_OFFLINE: AlertSpec(
        subject="door", raised_by="the door's part in health is down", cleared_by="it is up", severity=WARNING, window_minutes=1
    ),
    K.EMERGENCY: AlertSpec(subject="site", raised_by="event `emergency_on`", cleared_by="event `emergency_off`", severity=CRITICAL),
    K.EMERGENCY_INPUT: AlertSpec(
        subject="input", raised_by="the emergency input cannot be heard", cleared_by="it is up", severity=CRITICAL
    ),
    K.READER_OFFLINE: AlertSpec(
        subject="reader", raised_by="the reader's part in health is down", cleared_by="it is up", severity=WARNING, window_minutes=1
    ),
    K.CAMERA_BLIND: AlertSpec(
        subject="camera", raised_by="the camera sees nothing, or the same picture", cleared_by="it sees again", severity=WARNING,
        window_minutes=1,
    ),
    K.DENIALS: AlertSpec(
        subject="access point", raised_by="so many refusals within the window", cleared_by="a window without a refusal",
        severity=WARNING, threshold=10, of="refusals", window_minutes=5,
    ),
    K.CAPACITY: AlertSpec(
        subject="zone", raised_by="so much of the zone's capacity is taken", cleared_by="less of it is", severity=WARNING,
        threshold=100, of="percent",
    ),
    K.DISK: AlertSpec(
        subject="folder", raised_by="less than this is free", cleared_by="more is free", severity=CRITICAL, threshold=500, of="MB free"
    ),
    K.DATABASE: AlertSpec(
        subject="database", raised_by="a database has trouble or was down", cleared_by="it is up", severity=CRITICAL
    ),
    K.CLOCK: AlertSpec(
        subject="site", raised_by="the clock is not set by the network", cleared_by="it is", severity=WARNING, window_minutes=10
    ),
    K.SYNC_BEHIND: AlertSpec(
        subject="central", raised_by="the line to central is down for the window, or so many events wait", cleared_by="neither",
        severity=WARNING, threshold=1000, of="events", window_minutes=30,
    ),
    K.ALARM: AlertSpec(
        subject="place and code", raised_by="any other alarm or fault (stolen card, duress, door not opened, ...)",
        cleared_by="its acknowledgement", severity=CRITICAL,
    ),
}  # fmt: skip
"""Every kind there is; docs/alerts.md prints this table."""

BY_EVENT = frozenset({K.DOOR_FORCED, K.DOOR_HELD, K.EMERGENCY, K.ALARM})
"""Kinds that signs raise; the others are levels."""

ENDED_BY_ACK = frozenset({K.ALARM})
"""Kinds that nothing but a person ends."""


class AlertRule(Record, frozen=True, kw_only=True):
    """What the site says of one kind of alert in place of the table: is it raised at all, from what threshold, within what window."""

    kind: AlertKind
    enabled: bool = True
    threshold: int = 0
    window_minutes: int = 0


class Alert(Value, frozen=True, kw_only=True):
    """One alert. id: the event that raised it. It waits until it is acknowledged and cleared."""

    id: int
    kind: AlertKind
    subject: str
    name: str
    raised_at: int
    last_at: int
    count: int = 1
    detail: str = ""
    acked_by: str = ""
    acked_at: int | None = None
    note: str = ""
    cleared_at: int | None = None


class Sign(Value, frozen=True, kw_only=True):
    """Something that happened: it raises (on) or clears an alert."""

    kind: AlertKind
    subject: str
    name: str
    on: bool
    at: int
    detail: str = ""


class Level(Value, frozen=True, kw_only=True):
    """How something is now. on None: it is bad, but not for long enough to say so."""

    kind: AlertKind
    subject: str
    name: str
    on: bool | None
    detail: str = ""


Rules = dict[AlertKind, AlertRule]


def rules_of(kept: Iterable[AlertRule]) -> Rules:
    """A rule for every kind: the site's own, else the table's."""
    found = {k: AlertRule(id="", kind=k, threshold=s.threshold, window_minutes=s.window_minutes) for k, s in ALERTS.items()}
    return found | {rule.kind: rule for rule in kept}


# ---------------------------------------------------------------------------------------------------- signs


_CLEARS_DOOR = frozenset({"door_locked", "door_unlocked"})
_OF_DOORS = (K.DOOR_FORCED, K.DOOR_HELD)
OWN_CODES = frozenset({"alert_raised", "alert_cleared", "alert_acknowledged"})
"""What alerts themselves write is not looked at by them."""


def signs_of(event: Event) -> tuple[Sign, ...]:
    """What an event says to the alerts."""
    if event.code in OWN_CODES:
        return ()
    if event.code in _CLEARS_DOOR:
        return tuple(_sign(kind, event, event.door, False) for kind in _OF_DOORS)
    if event.code in ("emergency_on", "emergency_off"):
        return (_sign(K.EMERGENCY, event, "", event.code == "emergency_on"),)
    code = event.note.split(" ", 1)[0] if event.code == "door_nuisance" else event.code
    for kind in _OF_DOORS:
        if code == kind.value:
            return (_sign(kind, event, event.door, True),)
    if code == "door_offline" or event.kind not in (EventKind.ALARM, EventKind.FAULT):
        return ()  # an offline door is a level: its part in health says so
    where = event.access_point_name or event.door
    return (_sign(K.ALARM, event, f"{where} {event.code}".strip(), True, name=where),)


def _sign(kind: AlertKind, event: Event, subject: str, on: bool, *, name: str = "") -> Sign:
    detail = event.code if kind is K.ALARM else event.note
    return Sign(kind=kind, subject=subject, name=name or subject, on=on, at=event.at, detail=detail)


# ---------------------------------------------------------------------------------------------------- the alerts themselves


class Change(StrEnum):
    RAISED = "raised"
    AGAIN = "again"
    CLEARED = "cleared"


class Changed(Value, frozen=True, kw_only=True):
    """What became of an alert. raised: its id is that of the event still to be written."""

    what: Change
    alert: Alert


def judge(
    waiting: Iterable[Alert], signs: Iterable[Sign], levels: Iterable[Level], rules: Rules, at: int, *, settled: bool
) -> tuple[Changed, ...]:
    """What all of this changes, one line for each alert that changes.

    waiting: alerts that are not both acknowledged and cleared. settled: every part has spoken since the start, so that a level
    that is not there any more (a reader that was taken out) is over.
    """
    before = {(a.kind, a.subject): a for a in waiting}
    now = dict(before)
    for sign in signs:
        _sign_counts(now, sign, rules)
    seen = set()
    for level in levels:
        seen.add((level.kind, level.subject))
        if level.on is not None:
            _level_counts(now, level, rules, at)
    for key, alert in now.items():
        gone = settled and alert.kind not in BY_EVENT and key not in seen
        if alert.cleared_at is None and (gone or not rules[alert.kind].enabled):
            now[key] = msgspec.structs.replace(alert, cleared_at=at)
    return tuple(_told(before.get(key), alert) for key, alert in now.items() if alert != before.get(key))


def _told(before: Alert | None, alert: Alert) -> Changed:
    if before is None:
        return Changed(what=Change.RAISED, alert=alert)
    over = alert.cleared_at is not None and before.cleared_at is None
    return Changed(what=Change.CLEARED if over else Change.AGAIN, alert=alert)


def _sign_counts(now: dict[tuple[AlertKind, str], Alert], sign: Sign, rules: Rules) -> None:
    alert = now.get((sign.kind, sign.subject))
    if not sign.on:
        if alert and alert.cleared_at is None:
            now[sign.kind, sign.subject] = msgspec.structs.replace(alert, cleared_at=sign.at)
        return
    if rules[sign.kind].enabled:
        _raise(now, alert, sign, sign.at)


def _level_counts(now: dict[tuple[AlertKind, str], Alert], level: Level, rules: Rules, at: int) -> None:
    alert = now.get((level.kind, level.subject))
    open = alert is not None and alert.cleared_at is None
    if level.on and not open and rules[level.kind].enabled:
        _raise(now, alert, level, at)
    elif not level.on and alert and open:
        now[level.kind, level.subject] = msgspec.structs.replace(alert, cleared_at=at)


def _raise(now: dict[tuple[AlertKind, str], Alert], alert: Alert | None, by: Sign | Level, at: int) -> None:
    if alert is None:
        alert = Alert(id=0, kind=by.kind, subject=by.subject, name=by.name, raised_at=at, last_at=at, detail=by.detail)
    else:
        alert = msgspec.structs.replace(alert, last_at=at, count=alert.count + 1, detail=by.detail or alert.detail, cleared_at=None)
    now[by.kind, by.subject] = alert


def acknowledged(alert: Alert, by: str, note: str, at: int) -> Alert:
    """Somebody has seen it and says what about it. A kind that nothing else ends is over with that."""
    over = alert.kind in ENDED_BY_ACK and alert.cleared_at is None
    return msgspec.structs.replace(alert, acked_by=by, acked_at=at, note=note, cleared_at=at if over else alert.cleared_at)
