"""Setting up a reader, camera or door: what is plugged in, the form of its driver, changing it and taking it out."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from admin_api.auth import needs, parts_of, session_of
from admin_api.console.device_fields import DRIVERS, MORE, drivers, fields_of, start_of, values_of, wired_of
from admin_api.console.form_page import FormPage
from admin_api.console.forms import Field, Form, blank, conflicting, filled_with, parse, request_of, typed, ver_of
from admin_api.console.language import _
from admin_api.console.page import AnyRequest, Page, render, render_piece, times_of
from admin_api.console.words.said import Said
from admin_api.devices import bare
from admin_api.errors import problem_of
from admin_api.parts import Parts
from edge.commands.devices import AddDevice, DeleteDevice, EditDevice, FindDevices, FoundDevices
from edge.core.device import Device, DeviceSettings, kind_of
from edge.core.errors import Conflict, HouseError, NotFound, NotSignedIn, Unavailable
from edge.core.model import Permission

MANAGE = needs(Permission.SITE_MANAGE)
LIST, NEW = "/site/devices", "/site/devices/new"


@dataclass(frozen=True, kw_only=True)
class DeviceNewPage(Page):
    """What may be set up. found: what is plugged in and nobody uses; None: the edge could not be asked."""

    template = "device_new.html"
    drivers: tuple[tuple[str, Said], ...]
    found: FoundDevices | None


async def found_of(request: AnyRequest, *, listen: bool = False) -> FoundDevices | None:
    """What is plugged in and not set up; None while the edge is down."""
    try:
        return await parts_of(request).edge.ask(FindDevices(listen=listen), FoundDevices, token=session_of(request).token)
    except Unavailable:
        return None


@get(NEW, opt=MANAGE)
async def new_device(request: AnyRequest) -> Response[str]:
    """What is it; or with `driver` its form. instead: of one in the settings file, as "door:north"; port, source, chip: to begin with."""
    parts, given = parts_of(request), request.query_params
    driver = given.get("driver", "")
    file = _in_the_file(parts, given.get("instead", ""))
    if file is not None:
        driver = str(file.__struct_config__.tag)
    if driver not in DRIVERS:
        page = DeviceNewPage(
            title=_("Set up a device"), section="site", drivers=tuple(drivers().items()), found=await found_of(request)
        )
        return await render(request, page)
    values = start_of(driver) | {
        key: given[key][:300] for key in ("port", "baud", "source", "chip", "access_point") if key in given
    }
    if file is not None:
        values = await values_of(parts, bare(Device(wired=file)).wired)
    form = blank(await fields_of(parts, driver), action=f"{NEW}?driver={driver}", submit=_("Set it up"), back=LIST, **values)
    return await render(request, _page(form, drivers()[driver].short, drivers()[driver].long))


@get(f"{NEW}/found", opt=MANAGE)
async def found_devices(request: AnyRequest) -> Response[str]:
    """What is plugged in, as a piece: somebody is plugging in, and it is asked for again and again."""
    page = DeviceNewPage(title="", drivers=(), found=await found_of(request, listen=True))
    return await render_piece(request, page, "device_found.html")


@post(NEW, opt=MANAGE, status_code=200)
async def add_device(request: AnyRequest) -> Response[str]:
    parts, data, driver = parts_of(request), await request.form(), request.query_params.get("driver", "")
    if driver not in DRIVERS:
        raise NotFound("there is no such driver", field="driver")
    fields = await fields_of(parts, driver)
    try:
        command = AddDevice(wired=wired_of(driver, parse(fields, data, times_of(parts))))
        await parts.edge.send(command, token=session_of(request).token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(fields, data, action=f"{NEW}?driver={driver}", submit=_("Set it up"), back=LIST, error=error)
        return await render(request, _page(form, drivers()[driver].short, drivers()[driver].long), status=problem_of(error).status)
    return Redirect(f"{LIST}?done=set-up", status_code=303)


@get(LIST + "/{device_id:str}", opt=MANAGE)
async def device_form(request: AnyRequest, device_id: FromPath[str]) -> Response[str]:
    parts = parts_of(request)
    device = bare(await parts.roster.get(Device, device_id))
    _fields, form = await _now(parts, device)
    return await render(request, _page(form, device.name, drivers()[_driver(device)].short, device))


@post(LIST + "/{device_id:str}", opt=MANAGE, status_code=200)
async def edit_device(request: AnyRequest, device_id: FromPath[str]) -> Response[str]:
    parts, data = parts_of(request), await request.form()
    device = bare(await parts.roster.get(Device, device_id))
    fields, now = await _now(parts, device)
    try:
        wired = wired_of(_driver(device), parse(fields, data, times_of(parts)))
        command = EditDevice(id=device_id, wired=wired, ver=ver_of(data))
        await parts.edge.send(command, token=session_of(request).token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(fields, data, action=now.action, submit=now.submit, back=LIST, error=error)
        if isinstance(error, Conflict) and error.field == "ver":
            form = conflicting(form, now)
        return await render(
            request, _page(form, device.name, drivers()[_driver(device)].short, device), status=problem_of(error).status
        )
    return Redirect(f"{LIST}?done=saved", status_code=303)


@post(LIST + "/{device_id:str}/delete", opt=MANAGE, status_code=303)
async def delete_device(request: AnyRequest, device_id: FromPath[str]) -> Redirect:
    data = await request.form()
    await parts_of(request).edge.send(DeleteDevice(id=device_id), token=session_of(request).token, request=request_of(data))
    return Redirect(f"{LIST}?done=taken-out", status_code=303)


def _driver(device: Device) -> str:
    return str(device.wired.__struct_config__.tag)


async def _now(parts: Parts, device: Device) -> tuple[tuple[Field, ...], Form]:
    """The fields of a device, and its form as it is now."""
    fields, values = await fields_of(parts, _driver(device)), await values_of(parts, device.wired)
    form = filled_with(fields, values, times_of(parts), action=f"{LIST}/{device.id}", submit=_("Save"), back=LIST, ver=device.ver)
    return fields, form


def _in_the_file(parts: Parts, named: str) -> DeviceSettings | None:
    """A device of the settings file by "reader:name", "camera:name" or "door:name"."""
    kind, _colon, name = named.partition(":")
    devices: tuple[DeviceSettings, ...] = (*parts.current.file.reader, *parts.current.file.door)
    return next((d for d in devices if d.name == name and kind_of(d) == kind), None)


def _page(form: Form, title: str, lead: str, device: Device | None = None) -> FormPage:
    return FormPage(
        title=title, section="site", form=form, parent=_("Devices"), parent_href=LIST, lead=lead, folded=(MORE,),
        delete_to=f"{LIST}/{device.id}/delete" if device else "", delete_word=_("Take it out…"),
        delete_says=_("It stops at once. Where the settings file has one of this name, that one works again.") if device else "",
    )  # fmt: skip


HANDLERS = (new_device, found_devices, add_device, device_form, edit_device, delete_device)
