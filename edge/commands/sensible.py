"""What makes no sense is refused when it is saved, naming field and reason, never at the gate."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import available_timezones

import msgspec

from edge.commands.base import R, text
from edge.commands.tidy import tags_of
from edge.core import colour, tariff
from edge.core.alerts import ALERTS, AlertRule
from edge.core.errors import Invalid, NotFound
from edge.core.model import LANGUAGES, Record
from edge.core.people import REQUIRABLE
from edge.core.place import AccessPoint, Mode, ModeHours, Schedule, SitePolicy, Zone
from edge.core.schedule import problems
from edge.core.tariff import Tariff
from edge.ports import RosterTx

Problem = tuple[str, str]


def sensible(tx: RosterTx, record: R) -> R:
    """The record as it is kept. Raises Invalid for the first field that makes no sense, NotFound for what it refers to in vain."""
    for field, message in _problems(tx, record):
        raise Invalid(message, field=field)
    if isinstance(record, AccessPoint):
        record = msgspec.structs.replace(record, tags=tags_of(record.tags))
    if hasattr(record, "name"):
        return msgspec.structs.replace(record, name=text(record.name, "name", required=True))
    return record


def _problems(tx: RosterTx, record: Record) -> Iterable[Problem]:
    match record:
        case Zone():
            _no_zone_around_itself(tx, record)
            yield from _zone(record)
            yield from _modes(tx, record.mode, record.mode_until, record.mode_hours)
        case Schedule():
            yield from problems(record)
        case Tariff():
            yield from tariff.problems(record)
        case AccessPoint():
            yield from _access_point(record)
            yield from _modes(tx, record.mode, record.mode_until, record.mode_hours)
        case AlertRule():
            yield from _alert_rule(record)
        case SitePolicy():
            yield from _policy(record)
            yield from _modes(tx, record.mode, record.mode_until, record.mode_hours)


def _alert_rule(rule: AlertRule) -> Iterable[Problem]:
    least = 1 if ALERTS[rule.kind].of else 0
    if not least <= rule.threshold <= 1_000_000:
        yield "threshold", f"between {least} and 1000000"
    if not 0 <= rule.window_minutes <= 1440:
        yield "window_minutes", "between 0 and 1440 minutes"


def _zone(zone: Zone) -> Iterable[Problem]:
    if zone.antipassback_minutes < 0:
        yield "antipassback_minutes", "zero or more minutes"
    if zone.capacity is not None and zone.capacity < 1:
        yield "capacity", "at least one; leave it out for no limit"
    if zone.reserved < 0:
        yield "reserved", "zero or more places"
    if zone.reserved and (zone.capacity is None or zone.reserved > zone.capacity):
        yield "reserved", "no more places can be kept than the capacity has"
    if zone.guardian_below is not None and not 1 <= zone.guardian_below <= 30:
        yield "guardian_below", "an age in years, 1 to 30; leave it out to ask for no guardian"


def _access_point(point: AccessPoint) -> Iterable[Problem]:
    for field in ("strike_ms", "accessible_strike_ms"):
        if not 100 <= getattr(point, field) <= 120_000:
            yield field, "between 100 ms and two minutes"
    if point.from_zone is not None and point.from_zone == point.to_zone:
        yield "to_zone", "it leads from a zone to another one, or outside"
    if not point.door.strip() or not point.door.isprintable() or len(point.door) > 60:
        yield "door", "name the door it is a side of, as the settings name it"
    if not point.kinds:
        yield "kinds", "accept at least one kind of credential"
    if not 0 <= point.plate_floor <= 1:
        yield "plate_floor", "a confidence from 0 to 1"
    if point.pin_free and not point.pin:
        yield "pin_free", "hours without a PIN make sense only where one is asked for"
    if point.door in point.interlock:
        yield "interlock", "a door cannot wait for itself to be shut"
    if point.data_minutes is not None and point.data_minutes < 1:
        yield "data_minutes", "at least one minute; leave it out for any age"


def _policy(policy: SitePolicy) -> Iterable[Problem]:
    for field, least, most in (
        ("pin_tries", 1, 20), ("pin_lock_minutes", 1, 1440), ("overdue_days", 0, 3650), ("companion_s", 1, 120), ("pair_s", 1, 60),
        ("doubtful_hours", 1, 8760),
    ):  # fmt: skip
        if not least <= getattr(policy, field) <= most:
            yield field, f"between {least} and {most}"
    if odd := sorted(set(policy.required) - REQUIRABLE):
        yield "required", f"{odd[0]} cannot be required; any of {', '.join(sorted(REQUIRABLE))} can"
    if policy.site_name != " ".join(policy.site_name.split()) or len(policy.site_name) > 60 or not policy.site_name.isprintable():
        yield "site_name", "at most 60 characters that can be shown, one space between words"
    if policy.time_zone and policy.time_zone not in available_timezones():
        yield "time_zone", "there is no such zone; write it as in Europe/Warsaw"
    if policy.accent:
        try:
            colour.check(policy.accent)
        except Invalid as error:
            yield "accent", error.message
    if policy.language and policy.language not in LANGUAGES:
        yield "language", f"there is no such language here; one of {', '.join(LANGUAGES)}"


def _modes(tx: RosterTx, mode: Mode, until: int | None, hours: tuple[ModeHours, ...]) -> Iterable[Problem]:
    for i, line in enumerate(hours):
        if tx.find(Schedule, id=line.schedule) is None:
            yield f"mode_hours[{i}].schedule", "there is no such schedule"
        if line.mode is Mode.NORMAL:
            yield f"mode_hours[{i}].mode", "normal is what holds outside of all hours; leave the line out"


def _no_zone_around_itself(tx: RosterTx, zone: Zone) -> None:
    seen, parent = {zone.id}, zone.parent
    while parent is not None:
        if parent in seen:
            raise Invalid("a zone cannot lie within itself", field="parent")
        seen.add(parent)
        around = tx.find(Zone, id=parent)
        if around is None:
            raise NotFound(f"there is no zone {parent}", field="parent")
        parent = around.parent
