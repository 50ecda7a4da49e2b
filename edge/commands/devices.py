"""Readers and doors that are set up from the console: added, changed, taken out; and what is plugged in but not set up yet."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, handles
from edge.core.device import CameraReader, Device, DeviceSettings, SerialReader, problems, unmasked
from edge.core.errors import Conflict, Invalid, NotFound
from edge.core.model import Actor, Moment, Permission, Value
from edge.core.place import AccessPoint
from edge.ports import RosterTx


class AddDevice(Command, tag="devices.add", frozen=True, kw_only=True):
    """Set up a reader or door; it works from the answer on. One of the same name in the settings file makes way for it."""

    right: ClassVar = Permission.SITE_MANAGE
    wired: DeviceSettings
    reason: str = ""


class EditDevice(Command, tag="devices.edit", frozen=True, kw_only=True):
    """Change one; it alone stops and starts again. A password of an address that is sent back masked stays as it was."""

    right: ClassVar = Permission.SITE_MANAGE
    id: str
    wired: DeviceSettings
    ver: int | None = None
    reason: str = ""


class DeleteDevice(Command, tag="devices.delete", frozen=True, kw_only=True):
    """Take one out; where the settings file has one of this name, that one works again."""

    right: ClassVar = Permission.SITE_MANAGE
    id: str
    reason: str = ""


class FindDevices(Command, tag="devices.find", frozen=True, kw_only=True):
    """What is plugged in and not set up: serial ports, cameras, GPIO chips. listen: the ports are listened to for a while, and the
    next question hears at which of them a reader has spoken."""

    right: ClassVar = Permission.SITE_MANAGE
    listen: bool = False


class FoundPort(Value, frozen=True, kw_only=True):
    """A serial port that nobody uses. heard: what a reader sent over it last; baud: at which speed that could be read (0: nothing was).

    garbled: something came that cannot be read yet, so the next speed is tried. endless: what came had no end by which a code is told
    from the next. problem: why the port cannot be opened.
    """

    port: str
    heard: str = ""
    baud: int = 0
    garbled: bool = False
    endless: bool = False
    problem: str = ""


class FoundDevices(Value, frozen=True, kw_only=True):
    """What is plugged in and not set up."""

    ports: tuple[FoundPort, ...] = ()
    cameras: tuple[str, ...] = ()
    chips: tuple[str, ...] = ()


@handles(AddDevice)
def add_device(tx: RosterTx, command: AddDevice, actor: Actor, now: Moment) -> Device:
    return tx.put(_sensible(tx, Device(id=tx.new_id(), wired=command.wired)))


@handles(EditDevice)
def edit_device(tx: RosterTx, command: EditDevice, actor: Actor, now: Moment) -> Device:
    before = tx.get(Device, command.id)
    if command.ver is not None and command.ver != before.ver:
        raise Conflict(
            f"it was changed in the meantime (it is at version {before.ver}, you started from {command.ver})", field="ver"
        )
    return tx.put(_sensible(tx, msgspec.structs.replace(before, wired=unmasked(command.wired, before.wired))))


@handles(DeleteDevice)
def delete_device(tx: RosterTx, command: DeleteDevice, actor: Actor, now: Moment) -> None:
    tx.delete(tx.get(Device, command.id))


def _sensible(tx: RosterTx, device: Device) -> Device:
    """Raises Invalid for the first field that makes no sense, NotFound for an access point that is not there."""
    wired = device.wired
    for field, message in problems(wired):
        raise Invalid(message, field=field)
    if isinstance(wired, SerialReader | CameraReader):
        point = wired.access_point
        if tx.find(AccessPoint, id=point) is None and tx.find(AccessPoint, name=point) is None:
            raise NotFound("there is no such access point", field="access_point")
    return device
