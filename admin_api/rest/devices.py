"""The site's devices over REST: how each is, setting one up, changing it, taking it out, and what is plugged in."""

# Annotations are objects here, not text: the bodies are made from the settings' own types.

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.devices import DeviceNow, bare, devices
from admin_api.rest.common import AnyRequest, edited, if_match, refusals, request_id, versioned
from edge.commands.devices import AddDevice, DeleteDevice, EditDevice, FindDevices, FoundDevices
from edge.core.device import Device, DeviceSettings
from edge.core.model import Permission

TAGS = ["doors"]


class DeviceFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a device is wired, as in the settings file."""

    wired: DeviceSettings


@get("/devices", opt=needs(Permission.DOORS_VIEW), tags=TAGS, responses=refusals(), operation_id="listDevice")
async def list_devices(request: AnyRequest) -> list[DeviceNow]:
    """Every reader, camera and door that is set up, by name. With the edge down: as it was set up, state unknown."""
    return await devices(parts_of(request), session_of(request))


@get("/devices/{record_id:str}", opt=needs(Permission.SITE_VIEW), tags=TAGS, responses=refusals(404), operation_id="getDevice")
async def get_device(request: AnyRequest, record_id: FromPath[str]) -> Response[Device]:
    """A device that was set up from here; the password of a camera's address is masked."""
    return versioned(bare(await parts_of(request).roster.get(Device, record_id)))


@post("/devices", opt=needs(Permission.SITE_MANAGE), tags=TAGS, responses=refusals(404, 409), operation_id="addDevice")
async def add_device(request: AnyRequest, data: JSONBody[DeviceFields]) -> Response[Device]:
    """Set up a reader, camera or door. It works from the answer on; one of the same name in the settings file makes way for it."""
    command, token = AddDevice(wired=data.wired), session_of(request).token
    made = await parts_of(request).edge.ask(command, Device, token=token, request=request_id(request))
    return versioned(bare(made), 201)


@patch("/devices/{record_id:str}", opt=needs(Permission.SITE_MANAGE), tags=TAGS, responses=refusals(404, 409, 412), operation_id="editDevice")  # fmt: skip
async def edit_device(request: AnyRequest, record_id: FromPath[str], data: JSONBody[DeviceFields]) -> Response[Device]:
    """Change a device; it alone stops and starts again. An address with its password masked keeps the password."""
    return await edited(request, EditDevice(id=record_id, wired=data.wired, ver=if_match(request)), Device, bare)


@delete("/devices/{record_id:str}", opt=needs(Permission.SITE_MANAGE), tags=TAGS, responses=refusals(404), operation_id="deleteDevice")  # fmt: skip
async def delete_device(request: AnyRequest, record_id: FromPath[str]) -> None:
    """Take a device out. Where the settings file has one of its name, that one works again."""
    await parts_of(request).edge.send(DeleteDevice(id=record_id), token=session_of(request).token, request=request_id(request))


@post("/devices/find", opt=needs(Permission.SITE_MANAGE), tags=TAGS, responses=refusals(), status_code=200, operation_id="findDevice")  # fmt: skip
async def find_devices(request: AnyRequest, listen: FromQuery[bool] = False) -> FoundDevices:
    """What is plugged in and not set up. With `listen` the serial ports are listened to for 20 s: show a code to a reader and ask again."""
    return await parts_of(request).edge.ask(FindDevices(listen=listen), FoundDevices, token=session_of(request).token)


HANDLERS = (list_devices, get_device, add_device, edit_device, delete_device, find_devices)
