"""The first step: what the site is called, and by which clock it lives."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.response import Redirect

from admin_api.auth import parts_of, session_of
from admin_api.console.account import ZONES
from admin_api.console.first_run.steps import MANAGE, PATH, StepPage, progress, steps_of
from admin_api.console.forms import Field, Form, blank, parse, request_of, typed
from admin_api.console.language import LANGUAGES, N_, _
from admin_api.console.page import AnyRequest, render, times_of
from admin_api.errors import problem_of
from edge.commands.site import EditPolicy
from edge.core.errors import HouseError, Invalid, NotSignedIn

HERE = f"{PATH}/site"


@dataclass(frozen=True, kw_only=True)
class SitePage(StepPage):
    """Name, time zone and language."""

    template = "first_run_site.html"


def _fields() -> tuple[Field, ...]:
    return (
        Field(name="site_name", label=N_("Name of the site"), required=True, hint=N_("On every page, pass and receipt.")),
        Field(name="time_zone", label=N_("Time zone"), required=True, choices=tuple((z, z) for z in ZONES), hint=N_("Hours, holidays and daily limits go by it.")),
        Field(name="language", label=N_("Language"), kind="select", choices=tuple(LANGUAGES.items()), hint=N_("Everybody may choose another for themselves.")),
    )  # fmt: skip


async def _page(request: AnyRequest, form: Form) -> SitePage:
    now = await progress(parts_of(request))
    return SitePage(title=_("Set up this site"), section="site", steps=steps_of(now, "site"), form=form)


@get(HERE, opt=MANAGE)
async def site_step(request: AnyRequest) -> Response[str]:
    settings = parts_of(request).settings
    form = blank(_fields(), action=HERE, submit=_("Next"), back="/", site_name=settings.site.name, time_zone=settings.site.time_zone, language=settings.desk.language)  # fmt: skip
    return await render(request, await _page(request, form))


@post(HERE, opt=MANAGE, status_code=200)
async def save_site(request: AnyRequest) -> Response[str]:
    parts, data = parts_of(request), await request.form()
    try:
        changes = parse(_fields(), data, times_of(parts))
        for field in ("site_name", "time_zone"):
            if not changes[field]:
                raise Invalid("this cannot be empty", field=field)
        await parts.edge.send(EditPolicy(changes=changes), token=session_of(request).token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(_fields(), data, action=HERE, submit=_("Next"), back="/", error=error)
        return await render(request, await _page(request, form), status=problem_of(error).status)
    return Redirect(f"{PATH}/door", status_code=303)


HANDLERS = (site_step, save_site)
