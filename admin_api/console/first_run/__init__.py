"""First run: from nothing to a door that opens, step by step. Each step makes it so, whatever is there; what is done is seen from what there is."""

from __future__ import annotations

from litestar import get
from litestar.response import Redirect

from admin_api.auth import parts_of
from admin_api.console.first_run import card, door, reader, site
from admin_api.console.first_run.steps import MANAGE, PATH, progress
from admin_api.console.page import AnyRequest


@get(PATH, opt=MANAGE)
async def first_run(request: AnyRequest) -> Redirect:
    """To the first step that is not done."""
    now = await progress(parts_of(request))
    return Redirect(f"{PATH}/{now.following}", status_code=303)


HANDLERS = (first_run, *site.HANDLERS, *door.HANDLERS, *reader.HANDLERS, *card.HANDLERS)
