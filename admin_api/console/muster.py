"""The muster list: everybody inside by zone, to print and tick off when the place must be left. Works while the edge is down."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get

from admin_api.auth import needs, parts_of
from admin_api.console.language import _
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.reads.presence import Muster, muster
from edge.core.model import Permission


@dataclass(frozen=True, kw_only=True)
class MusterPage(Page):
    """Everybody inside at a time."""

    template = "muster.html"
    found: Muster
    when: str


@get("/muster", opt=needs(Permission.PRESENCE_VIEW))
async def muster_page(request: AnyRequest) -> Response[str]:
    parts = parts_of(request)
    found = await muster(parts.database, parts.settings.site.name, parts.now(), parts.scope)
    page = MusterPage(title=_("Muster list"), section="live", found=found, when=times_of(parts).full(found.at))
    return await render(request, page, headers={"Cache-Control": "no-store"})


HANDLERS = (muster_page,)
