"""The site's devices over REST."""

from __future__ import annotations

from litestar import get

from admin_api.auth import needs, parts_of, session_of
from admin_api.devices import Device, devices
from admin_api.rest.common import AnyRequest, refusals
from edge.core.model import Permission


@get("/devices", opt=needs(Permission.DOORS_VIEW), tags=["doors"], responses=refusals(), operation_id="listDevice")
async def list_devices(request: AnyRequest) -> list[Device]:
    """Every reader, camera and door of the settings, by name. With the edge down: what the settings say, state unknown."""
    return await devices(parts_of(request), session_of(request))


HANDLERS = (list_devices,)
