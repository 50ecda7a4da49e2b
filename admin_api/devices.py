"""The site's devices: what hangs where, how each is, when it was last heard of."""

from __future__ import annotations

import asyncio

import msgspec
from msgspec import Struct

from admin_api.auth import Session
from admin_api.edge_health import Part
from admin_api.parts import Parts
from edge.core.device import CameraReader, Device, DeviceKind, DeviceSettings, GpioDoor, LineDoor, SerialReader, kind_of, masked
from edge.core.model import Permission
from edge.core.place import AccessPoint


class DeviceNow(Struct, frozen=True, kw_only=True):
    """One device, as it is now. driver, connection, place, serial_number: as it was set up. id: of one that was set up from the console
    (empty: it stands in the settings file), which may be changed by it.

    access_points: names of those it serves. state: up, trouble, down, or unknown while the edge is not running; since (ms), with
    detail (a reader's speed, a door's fault). changes: how often that changed since the edge started. last_at: when a reader was last
    shown something, or a door last asked to open, and was answered (ms).
    """

    name: str
    kind: DeviceKind
    driver: str
    connection: str
    place: str = ""
    serial_number: str = ""
    access_points: list[str] = []
    state: str = "unknown"
    detail: str = ""
    since: int = 0
    changes: int = 0
    last_at: int | None = None
    id: str = ""


async def devices(parts: Parts, session: Session) -> list[DeviceNow]:
    """Every reader, camera and door of the settings that this user sees, by name."""
    points, kept, report = await asyncio.gather(
        parts.roster.every(AccessPoint), parts.roster.every(Device), parts.health.look(session.token)
    )
    ids = {device.wired: device.id for device in kept}
    last = await parts.journal.last_decisions([p.id for p in points]) if session.may(Permission.EVENTS_VIEW) else {}
    now = {(part.kind, part.name): part for part in report.parts} if report else {}
    found = []
    for device in (*parts.settings.reader, *parts.settings.door):
        kind = kind_of(device)
        if isinstance(device, SerialReader | CameraReader):
            mine = [p for p in points if device.access_point in (p.name, p.id)]
        else:
            mine = [p for p in points if p.door == device.name]
        if (parts.scope.zones or parts.scope.tags) and not mine:
            continue  # it serves zones that this user does not see
        part = now.get(("door" if kind is DeviceKind.DOOR else "reader", device.name))
        heard = [last[p.id] for p in mine if p.id in last]
        if kind is not DeviceKind.DOOR:
            heard = [event for event in heard if event.reader == device.name]
        found.append(
            DeviceNow(
                name=device.name, kind=kind, driver=str(device.__struct_config__.tag), connection=_connection(device),
                place=device.place, serial_number=device.serial_number, access_points=sorted(p.name for p in mine),
                state=part.state if part else "unknown", detail=_said(part) if part else "", since=part.since if part else 0,
                changes=part.count if part else 0, last_at=max((event.at for event in heard), default=None), id=ids.get(device, ""),
            )
        )  # fmt: skip
    return sorted(found, key=lambda device: (device.name.casefold(), device.kind))


def _said(part: Part) -> str:
    """What a part says of itself, without its own name before it."""
    return part.detail.removeprefix(f"{part.kind} {part.name}: ").removeprefix(f"camera {part.name}: ")


def _connection(device: DeviceSettings) -> str:
    """Where it is plugged in; a camera's address without its password."""
    match device:
        case SerialReader():
            return device.port
        case CameraReader():
            scheme, separator, rest = device.source.partition("://")
            return f"{scheme}{separator}{rest.rpartition('@')[2]}" if separator else device.source
        case GpioDoor():
            return f"{device.chip} line {device.relay_line}"
        case LineDoor():
            return device.address


def bare(device: Device) -> Device:
    """A device as it is shown: a camera's address without its password."""
    if not isinstance(device.wired, CameraReader):
        return device
    return msgspec.structs.replace(device, wired=msgspec.structs.replace(device.wired, source=masked(device.wired.source)))
