"""The list of devices: readers, cameras and doors, how each is, and what may be tried with it."""

from __future__ import annotations

from urllib.parse import urlencode

from admin_api.console.language import _
from admin_api.console.lists.sheet import Asked, Cell, Column, Filter, FilterKind, Found, Here, New, Row, RowAction, Sheet
from admin_api.devices import DeviceNow, devices
from edge.core.device import DeviceKind
from edge.core.model import Permission
from edge.core.place import AccessPoint


def kinds() -> dict[DeviceKind, str]:
    return {DeviceKind.READER: _("Reader"), DeviceKind.CAMERA: _("Camera"), DeviceKind.DOOR: _("Door")}


def states() -> dict[str, tuple[str, str]]:
    """How a device is, with its tone."""
    return {
        "up": (_("Works"), "ok"),
        "trouble": (_("Trouble"), "warn"),
        "down": (_("Down"), "no"),
        "unknown": (_("Not known"), "dim"),
    }


def _columns() -> tuple[Column, ...]:
    return (
        Column(name="name", label=_("Name")), Column(name="kind", label=_("Kind")), Column(name="state", label=_("State")),
        Column(name="since", label=_("Since")), Column(name="points", label=_("Access points")), Column(name="place", label=_("Place")),
        Column(name="serial", label=_("Serial number")), Column(name="last", label=_("Last used")),
        Column(name="connection", label=_("Connection"), shown=False), Column(name="driver", label=_("Driver"), shown=False),
        Column(name="changes", label=_("Changes since the start"), shown=False, right=True),
    )  # fmt: skip


async def _filters(here: Here) -> tuple[Filter, ...]:
    said = tuple((state, word) for state, (word, _tone) in states().items())
    return (
        Filter(name="kind", label=_("Kind"), kind=FilterKind.CHOICE, any=_("Any kind"), choices=tuple((k.value, w) for k, w in kinds().items()), first=True),
        Filter(name="state", label=_("State"), kind=FilterKind.CHOICE, any=_("Any state"), choices=said, first=True),
    )  # fmt: skip


async def _rows(here: Here, asked: Asked) -> Found:
    points = {p.name: p.id for p in await here.parts.roster.every(AccessPoint)}
    said, called = states(), kinds()
    manages = here.session.may(Permission.SITE_MANAGE)
    found = [d for d in await devices(here.parts, here.session) if _matches(d, asked)]
    rows = tuple(
        Row(id=f"{d.kind}-{d.name}", cells={
            "name": Cell(text=d.name, href=f"/site/devices/{d.id}" if d.id and manages else ""), "kind": Cell(text=called[d.kind]),
            "state": Cell(text=said[d.state][0], tone=said[d.state][1], sub=d.detail if d.state != "up" else ""),
            "since": Cell(text=here.times.short(d.since) if d.since else ""), "points": Cell(text=", ".join(d.access_points)),
            "place": Cell(text=d.place), "serial": Cell(text=d.serial_number), "last": Cell(text=here.times.short(d.last_at) if d.last_at else ""),
            "connection": Cell(text=d.connection), "driver": Cell(text=d.driver), "changes": Cell(text=str(d.changes), look="num"),
        }, menu=_menu(here, d, points))
        for d in found
    )  # fmt: skip
    return Found(rows=rows, total=len(rows))


def _matches(device: DeviceNow, asked: Asked) -> bool:
    words = asked.q.casefold().split()
    text = " ".join((device.name, device.place, device.serial_number, *device.access_points)).casefold()
    wanted = (
        asked.filters.get("kind", device.kind.value) == device.kind.value
        and asked.filters.get("state", device.state) == device.state
    )
    return wanted and all(word in text for word in words)


def _menu(here: Here, device: DeviceNow, points: dict[str, str]) -> tuple[RowAction, ...]:
    """Ways to try it: see through it, move it, or look at what it said."""
    menu = [RowAction(label=_("See what it sees"), href="/cameras")] if device.kind is DeviceKind.CAMERA else []
    if device.kind is DeviceKind.DOOR and here.session.may(Permission.DOORS_OPEN):
        menu += [
            RowAction(label=_("Open %(name)s once…") % {"name": point}, href=f"/access-points/{points[point]}/open")
            for point in device.access_points
            if point in points
        ]
    if device.kind is not DeviceKind.DOOR and here.session.may(Permission.EVENTS_VIEW):
        menu.append(RowAction(label=_("What it read"), href=f"/events?reader={device.name}"))
    if here.session.may(Permission.SITE_MANAGE):
        own = (
            f"/site/devices/{device.id}"
            if device.id
            else f"/site/devices/new?{urlencode({'instead': f'{device.kind}:{device.name}'})}"
        )
        menu.append(RowAction(label=_("Change…"), href=own))
    return tuple(menu)


DEVICES = Sheet(
    name="devices", path="/site/devices", section="site", right=Permission.DOORS_VIEW, title=lambda: _("Devices"), columns=_columns,
    filters=_filters, rows=_rows, search=lambda: _("Name, place, serial number or access point"),
    lead=lambda: _("Readers, cameras and doors: what hangs where, and how each is."), new=lambda: New(href="/site/devices/new", label=_("Set up a device"), right=Permission.SITE_MANAGE),
    empty=lambda: (_("No devices yet"), _("Plug in a scanner, or name a door board: it works as soon as it is set up.")),
)  # fmt: skip

SHEETS = (DEVICES,)
