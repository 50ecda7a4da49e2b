"""Cameras over REST: which there are, what they see now, and the pictures that were kept with events."""

from __future__ import annotations

import asyncio

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.cameras import CameraAt
from admin_api.rest.common import AnyRequest, refusals
from edge.core.errors import NotFound
from edge.core.model import Permission
from edge.core.place import AccessPoint

JPEG = "image/jpeg"
NO_STORE = {"Cache-Control": "no-store"}


class CameraShown(Struct, frozen=True, kw_only=True):
    """A camera: its name as a reader, the access point it looks at, and how it is (up, trouble, down; unknown while edge is down)."""

    name: str
    access_point: str
    access_point_name: str
    state: str
    detail: str = ""


@get("/cameras", opt=needs(Permission.DOORS_VIEW), tags=["doors"], responses=refusals(), operation_id="listCamera")
async def list_cameras(request: AnyRequest) -> list[CameraShown]:
    """Every camera with how it is."""
    parts, session = parts_of(request), session_of(request)
    points, report = await parts.roster.every(AccessPoint), await parts.health.look(session.token)
    states = {p.name: p for p in report.parts if p.kind == "reader"} if report else {}
    return [
        CameraShown(
            name=c.name, access_point=c.point.id, access_point_name=c.point.name,
            state=states[c.name].state if c.name in states else "unknown", detail=states[c.name].detail if c.name in states else "",
        )
        for c in parts.cameras.at(points)
    ]  # fmt: skip


@get(
    "/cameras/{name:str}/picture", opt=needs(Permission.DOORS_VIEW), tags=["doors"], responses=refusals(404), media_type=JPEG,
    operation_id="getCameraPicture",
)  # fmt: skip
async def get_picture(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """What a camera sees now, as a small JPEG. Nothing of it is kept."""
    parts, session = parts_of(request), session_of(request)
    camera = await camera_named(request, name)
    return Response(await parts.cameras.picture(camera, session.token), media_type=JPEG, headers=NO_STORE)


async def camera_named(request: AnyRequest, name: str) -> CameraAt:
    """One that who asks may see. Raises NotFound."""
    parts = parts_of(request)
    found = next((c for c in parts.cameras.at(await parts.roster.every(AccessPoint)) if c.name == name), None)
    if found is None:
        raise NotFound(f"there is no camera {name[:80]}", field="name")
    return found


@get(
    "/events/{seq:int}/picture", opt=needs(Permission.EVENTS_VIEW), tags=["events"], responses=refusals(404), media_type=JPEG,
    operation_id="getEventPicture",
)  # fmt: skip
async def get_event_picture(request: AnyRequest, seq: FromPath[int]) -> Response[bytes]:
    """The picture kept with a reading. 404: there was none, or newer ones have taken its place, or whom it showed was erased."""
    parts = parts_of(request)
    event = await parts.journal.event(seq)
    picture = await asyncio.to_thread(parts.cameras.kept(event).read_bytes)
    return Response(picture, media_type=JPEG, headers={"Cache-Control": "private, max-age=3600"})


HANDLERS = (list_cameras, get_picture, get_event_picture)
