"""The site: zones, schedules, access profiles, access points."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, Patch, R, changed, handles, made, text
from edge.core.errors import Invalid, NotFound
from edge.core.model import Actor, Moment, Permission, Record
from edge.core.place import AccessPoint, Profile, Schedule, Zone
from edge.core.schedule import problems
from edge.ports import RosterTx


class _Add(Command, frozen=True, kw_only=True):
    right: ClassVar = Permission.SITE_MANAGE
    record: ClassVar[type[Record]]
    fields: Patch


class _Edit(Command, frozen=True, kw_only=True):
    right: ClassVar = Permission.SITE_MANAGE
    record: ClassVar[type[Record]]
    id: str
    changes: Patch
    ver: int | None = None
    reason: str = ""


class _Delete(Command, frozen=True, kw_only=True):
    """Remove it; refused while something refers to it."""

    right: ClassVar = Permission.SITE_MANAGE
    record: ClassVar[type[Record]]
    id: str
    reason: str = ""


class AddZone(_Add, tag="zones.add", frozen=True, kw_only=True):
    record: ClassVar = Zone


class EditZone(_Edit, tag="zones.edit", frozen=True, kw_only=True):
    record: ClassVar = Zone


class DeleteZone(_Delete, tag="zones.delete", frozen=True, kw_only=True):
    record: ClassVar = Zone


class AddSchedule(_Add, tag="schedules.add", frozen=True, kw_only=True):
    record: ClassVar = Schedule


class EditSchedule(_Edit, tag="schedules.edit", frozen=True, kw_only=True):
    record: ClassVar = Schedule


class DeleteSchedule(_Delete, tag="schedules.delete", frozen=True, kw_only=True):
    record: ClassVar = Schedule


class AddProfile(_Add, tag="profiles.add", frozen=True, kw_only=True):
    record: ClassVar = Profile


class EditProfile(_Edit, tag="profiles.edit", frozen=True, kw_only=True):
    record: ClassVar = Profile


class DeleteProfile(_Delete, tag="profiles.delete", frozen=True, kw_only=True):
    record: ClassVar = Profile


class AddAccessPoint(_Add, tag="access_points.add", frozen=True, kw_only=True):
    record: ClassVar = AccessPoint


class EditAccessPoint(_Edit, tag="access_points.edit", frozen=True, kw_only=True):
    record: ClassVar = AccessPoint


class DeleteAccessPoint(_Delete, tag="access_points.delete", frozen=True, kw_only=True):
    record: ClassVar = AccessPoint


@handles(AddZone, AddSchedule, AddProfile, AddAccessPoint)
def add(tx: RosterTx, command: _Add, actor: Actor, now: Moment) -> Record:
    return tx.put(sensible(tx, made(command.record, command.fields, id=tx.new_id())))


@handles(EditZone, EditSchedule, EditProfile, EditAccessPoint)
def edit(tx: RosterTx, command: _Edit, actor: Actor, now: Moment) -> Record:
    return tx.put(sensible(tx, changed(tx.get(command.record, command.id), command.changes, command.ver)))


@handles(DeleteZone, DeleteSchedule, DeleteProfile, DeleteAccessPoint)
def delete(tx: RosterTx, command: _Delete, actor: Actor, now: Moment) -> None:
    tx.delete(tx.get(command.record, command.id))


def sensible(tx: RosterTx, record: R) -> R:
    """A rule that makes no sense is refused when it is saved, naming field and reason, never at the gate."""
    if isinstance(record, Zone):
        _no_zone_around_itself(tx, record)
        if record.antipassback_minutes < 0:
            raise Invalid("zero or more minutes", field="antipassback_minutes")
    if isinstance(record, Schedule):
        for field, message in problems(record):
            raise Invalid(message, field=field)
    if isinstance(record, AccessPoint):
        if not 100 <= record.strike_ms <= 120_000:
            raise Invalid("between 100 ms and two minutes", field="strike_ms")
        if record.from_zone is not None and record.from_zone == record.to_zone:
            raise Invalid("it leads from a zone to another one, or outside", field="to_zone")
        if not record.door.strip():
            raise Invalid("name the door it is a side of, as the settings name it", field="door")
        if not record.kinds:
            raise Invalid("accept at least one kind of credential", field="kinds")
    return msgspec.structs.replace(record, name=text(record.name, "name", required=True))  # type: ignore[attr-defined]


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
