"""The second step: a door, the zone it leads to and its access points, in one form; then whether it answers, and a try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from litestar import Response, get, post
from litestar.response import Redirect

from admin_api.auth import needs, parts_of, session_of
from admin_api.console import words
from admin_api.console.device_fields import wired_of
from admin_api.console.devices import found_of
from admin_api.console.first_run.steps import MANAGE, PATH, StepPage, asked, progress, steps_of
from admin_api.console.forms import Field, Form, blank, parse, request_of, typed
from admin_api.console.language import N_, _
from admin_api.console.page import AnyRequest, render, render_piece, times_of
from admin_api.errors import problem_of
from admin_api.parts import Parts
from admin_api.rest.doors import Unlocked
from edge.commands.base import Command
from edge.commands.devices import AddDevice, EditDevice
from edge.commands.doors import UnlockDoor
from edge.commands.site import AddAccessPoint, AddZone
from edge.core.device import Device, DeviceKind, DeviceSettings, kind_of
from edge.core.door import DoorState
from edge.core.errors import HouseError, Invalid, NotSignedIn
from edge.core.model import Permission
from edge.core.place import AccessPoint, Zone

HERE = f"{PATH}/door"
DRIVERS = ("line", "gpio")


@dataclass(frozen=True, kw_only=True)
class DoorView:
    """A door that is there: how it is, and why it cannot be moved. point: an access point by which to try it."""

    name: str
    point: str
    state: str
    tone: str
    fault: str


@dataclass(frozen=True, kw_only=True)
class DoorPage(StepPage):
    """The form of a door (folded where there is one already), and those there are."""

    template = "first_run_door.html"
    driver: str
    doors: tuple[DoorView, ...]
    request: str


async def _fields(request: AnyRequest, driver: str) -> tuple[Field, ...]:
    if driver == "gpio":
        found = await found_of(request)
        chips = tuple((chip, chip) for chip in found.chips) if found else ()
        wires: tuple[Field, ...] = (
            Field(name="chip", label=N_("GPIO chip"), required=True, choices=chips, hint=N_("Such as /dev/gpiochip0.")),
            Field(name="relay_line", label=N_("Line of the relay"), kind="number", required=True),
            Field(name="contact_line", label=N_("Line of the door contact"), kind="number", hint=N_("Empty: it has none.")),
            Field(name="exit_line", label=N_("Line of the exit button"), kind="number", hint=N_("Empty: it has none.")),
        )
    else:
        wires = (Field(name="address", label=N_("Address of the door board"), required=True, hint=N_("As in 192.168.1.40:4001.")),)
    return (
        Field(name="name", label=N_("Name of the door"), required=True),
        *wires,
        Field(name="zone", label=N_("It leads to"), required=True, hint=N_("The area behind it, such as Car park or Club house.")),
        Field(name="way_out", label=N_("People also show something on their way out"), kind="check", wide=True),
    )


async def views(request: AnyRequest) -> tuple[DoorView, ...]:
    """Every door that has an access point and is set up."""
    parts = parts_of(request)
    points, report = await parts.roster.every(AccessPoint), await parts.health.look(session_of(request).token)
    doors = {d.name for d in parts.settings.door}
    first = {point.door: point for point in reversed(points) if point.door in doors}
    now = {door.name: door for door in report.doors} if report else {}
    found = []
    for name, point in sorted(first.items()):
        state = DoorState(now[name].state) if name in now else DoorState.UNKNOWN
        fault = now[name].fault if name in now else _("it is not known yet how it is")
        said, tone = words.DOOR_STATES[state].short, words.DOOR_TONES[state]
        found.append(DoorView(name=name, point=point.id, state=said, tone=tone, fault=fault))
    return tuple(found)


async def _page(request: AnyRequest, form: Form, driver: str) -> DoorPage:
    now = await progress(parts_of(request))
    return DoorPage(
        title=_("Set up this site"), section="site", steps=steps_of(now, "door"), form=form, driver=driver, doors=await views(request), request=uuid4().hex,
    )  # fmt: skip


@get(HERE, opt=MANAGE)
async def door_step(request: AnyRequest) -> Response[str]:
    driver = "gpio" if asked(request, "driver") == "gpio" else "line"
    zones = await parts_of(request).roster.every(Zone, 1)
    values = {"name": _("Main entrance"), "zone": zones[0].name if zones else _("Inside")}
    form = blank(await _fields(request, driver), action=f"{HERE}?driver={driver}", submit=_("Set it up"), back="/", **values)
    return await render(request, await _page(request, form, driver))


@get(f"{HERE}/state", opt=MANAGE)
async def door_state(request: AnyRequest) -> Response[str]:
    """How the doors are, as a piece that is asked for again and again."""
    form = Form(action="", submit="", inputs=(), request=uuid4().hex)
    return await render_piece(request, await _page(request, form, "line"), "first_run_doors.html")


@post(HERE, opt=MANAGE, status_code=200)
async def set_up_door(request: AnyRequest) -> Response[str]:
    """The door first, since most can be wrong with it; then zone and access points. What is there already is taken as it is."""
    parts, data = parts_of(request), await request.form()
    driver = "gpio" if asked(request, "driver") == "gpio" else "line"
    fields = await _fields(request, driver)
    try:
        values = parse(fields, data, times_of(parts))
        await _set_up(request, driver, values, request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(fields, data, action=f"{HERE}?driver={driver}", submit=_("Set it up"), back="/", error=error)
        return await render(request, await _page(request, form, driver), status=problem_of(error).status)
    return Redirect(f"{HERE}?done=set-up", status_code=303)


async def _set_up(request: AnyRequest, driver: str, values: Mapping[str, Any], id: str) -> None:
    """Raises HouseError. id: of the request; each command has one of its own that follows from it, so that a retry does nothing twice."""
    parts, token = parts_of(request), session_of(request).token
    name, zone_name = str(values["name"]).strip(), str(values["zone"]).strip()
    if not zone_name:
        raise Invalid("this cannot be empty", field="zone")
    wired = wired_of(driver, {k: v for k, v in values.items() if k not in ("zone", "way_out")})
    await parts.edge.send(await _device_command(parts, wired), token=token, request=f"{id[:40]}-door")
    zone = next((z.id for z in await parts.roster.every(Zone) if z.name == zone_name), None)
    if zone is None:
        made = await parts.edge.send(AddZone(fields={"name": zone_name}), token=token, request=f"{id[:40]}-zone")
        zone = made["id"]
    there = {p.name for p in await parts.roster.every(AccessPoint)}
    ways = [(_("%(door)s in") % {"door": name}, "to_zone")]
    if values.get("way_out"):
        ways.append((_("%(door)s out") % {"door": name}, "from_zone"))
    for at, (point, end) in enumerate(ways):
        if point not in there:
            fields = {"name": point, "door": name, end: zone}
            await parts.edge.send(AddAccessPoint(fields=fields), token=token, request=f"{id[:40]}-way{at}")


async def _device_command(parts: Parts, wired: DeviceSettings) -> Command:
    """Set it up, or if there is one of this name already: wire it so."""
    for device in await parts.roster.every(Device):
        if device.wired.name == wired.name and kind_of(device.wired) is DeviceKind.DOOR:
            return EditDevice(id=device.id, wired=wired)
    return AddDevice(wired=wired)


@post(f"{HERE}/try", opt=needs(Permission.DOORS_OPEN), status_code=303)
async def try_door(request: AnyRequest) -> Redirect:
    """Open it once."""
    parts, data = parts_of(request), await request.form()
    command = UnlockDoor(access_point=str(data.get("point", "")), reason=_("Tried out at the set-up"))
    opened = await parts.edge.ask(command, Unlocked, token=session_of(request).token, request=request_of(data))
    return Redirect(f"{HERE}?done={'opened' if opened.opened or opened.again else 'not-opened'}", status_code=303)


HANDLERS = (door_step, door_state, set_up_door, try_door)
