"""The site: zones, schedules, access profiles, access points."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, Patch, changed, handles, made, text
from edge.commands.sensible import sensible
from edge.core.alerts import AlertRule
from edge.core.errors import Invalid
from edge.core.model import Actor, Moment, Permission, Record
from edge.core.place import POLICY_ID, AccessPoint, Mode, Profile, Schedule, SitePolicy, Zone
from edge.core.tariff import Tariff
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


class AddTariff(_Add, tag="tariffs.add", frozen=True, kw_only=True):
    record: ClassVar = Tariff


class EditTariff(_Edit, tag="tariffs.edit", frozen=True, kw_only=True):
    record: ClassVar = Tariff


class DeleteTariff(_Delete, tag="tariffs.delete", frozen=True, kw_only=True):
    record: ClassVar = Tariff


class AddAlertRule(_Add, tag="alert_rules.add", frozen=True, kw_only=True):
    record: ClassVar = AlertRule


class EditAlertRule(_Edit, tag="alert_rules.edit", frozen=True, kw_only=True):
    record: ClassVar = AlertRule


class DeleteAlertRule(_Delete, tag="alert_rules.delete", frozen=True, kw_only=True):
    """Back to the table's own threshold and window."""

    record: ClassVar = AlertRule


class EditPolicy(Command, tag="site.edit", frozen=True, kw_only=True):
    """Change what holds for the whole site; there is one policy, with its defaults until the first change."""

    right: ClassVar = Permission.SITE_MANAGE
    changes: Patch
    ver: int | None = None
    reason: str = ""


class SetMode(Command, tag="modes.set", frozen=True, kw_only=True):
    """Lock down, let pass freely, take cards only, or back to normal: an access point, a zone, or (both left out) the whole site.

    until (ms since 1970): when it ends by itself; left out, it holds until somebody sets another. The next reading goes by it.
    """

    right: ClassVar = Permission.DOORS_MODE
    mode: Mode
    access_point: str | None = None
    zone: str | None = None
    until: int | None = None
    reason: str


@handles(EditPolicy)
def edit_policy(tx: RosterTx, command: EditPolicy, actor: Actor, now: Moment) -> Record:
    return tx.put(sensible(tx, changed(policy(tx), command.changes, command.ver)))


@handles(SetMode)
def set_mode(tx: RosterTx, command: SetMode, actor: Actor, now: Moment) -> Record:
    if command.access_point and command.zone:
        raise Invalid("an access point or a zone, not both", field="zone")
    text(command.reason, "reason", required=True, longest=300)
    if command.until is not None and command.until <= now.wall:
        raise Invalid("this has passed already", field="until")
    target: AccessPoint | Zone | SitePolicy
    if command.access_point:
        target = tx.get(AccessPoint, command.access_point)
    else:
        target = tx.get(Zone, command.zone) if command.zone else policy(tx)
    return tx.put(msgspec.structs.replace(target, mode=command.mode, mode_until=command.until))


def policy(tx: RosterTx) -> SitePolicy:
    """The site's policy, or its defaults."""
    return tx.find(SitePolicy, id=POLICY_ID) or SitePolicy(id=POLICY_ID)


@handles(AddZone, AddSchedule, AddProfile, AddAccessPoint, AddTariff, AddAlertRule)
def add(tx: RosterTx, command: _Add, actor: Actor, now: Moment) -> Record:
    return tx.put(sensible(tx, made(command.record, command.fields, id=tx.new_id())))


@handles(EditZone, EditSchedule, EditProfile, EditAccessPoint, EditTariff, EditAlertRule)
def edit(tx: RosterTx, command: _Edit, actor: Actor, now: Moment) -> Record:
    return tx.put(sensible(tx, changed(tx.get(command.record, command.id), command.changes, command.ver)))


@handles(DeleteZone, DeleteSchedule, DeleteProfile, DeleteAccessPoint, DeleteTariff, DeleteAlertRule)
def delete(tx: RosterTx, command: _Delete, actor: Actor, now: Moment) -> None:
    tx.delete(tx.get(command.record, command.id))
