"""Every camera in a grid, as it sees now."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get

from admin_api.auth import needs, parts_of, session_of
from admin_api.console.language import _
from admin_api.console.page import AnyRequest, Page, render
from admin_api.console.sections import tabs_of
from edge.core.model import Permission
from edge.core.place import AccessPoint


@dataclass(frozen=True, kw_only=True)
class CameraView:
    """A camera; trouble: what is wrong with it, in a sentence."""

    name: str
    point: str
    point_id: str
    trouble: str


@dataclass(frozen=True, kw_only=True)
class CamerasPage(Page):
    """The grid. The pictures come by themselves; without a script each is one of now."""

    template = "cameras.html"
    path: str
    tabs: tuple[tuple[str, str], ...]
    cameras: tuple[CameraView, ...]


@get("/cameras", opt=needs(Permission.DOORS_VIEW))
async def cameras_page(request: AnyRequest) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    points, report = await parts.roster.every(AccessPoint), await parts.health.look(session.token)
    bad = {p.name: p.detail for p in report.parts if p.kind == "reader" and p.state != "up"} if report else {}
    page = CamerasPage(
        title=_("Cameras"), section="live", path="/cameras", tabs=tabs_of("live", session),
        cameras=tuple(
            CameraView(name=c.name, point=c.point.name, point_id=c.point.id, trouble=bad.get(c.name, ""))
            for c in parts.cameras.at(points)
        ),
    )  # fmt: skip
    return await render(request, page)


HANDLERS = (cameras_page,)
