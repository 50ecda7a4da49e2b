"""What the site is called and looks like, set here in place of what the settings file says."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.response import Redirect

from admin_api.auth import needs, parts_of, session_of
from admin_api.console.account import ZONES
from admin_api.console.form_page import FormPage
from admin_api.console.forms import Field, Form, conflicting, filled, parse, request_of, typed, ver_of
from admin_api.console.language import LANGUAGES, N_, _
from admin_api.console.page import AnyRequest, render, times_of
from admin_api.console.sections import tabs_of
from admin_api.errors import problem_of
from admin_api.parts import Parts
from edge.commands.site import EditPolicy
from edge.core.errors import Conflict, HouseError, NotSignedIn
from edge.core.model import Permission
from edge.core.place import POLICY_ID, SitePolicy

PATH = "/site/settings"
MANAGE = needs(Permission.SITE_MANAGE)


def fields_of(parts: Parts) -> tuple[Field, ...]:
    """Each says what counts while it is empty."""
    file = parts.current.file
    languages = (
        ("", _("%(language)s, as the settings file says") % {"language": LANGUAGES[file.desk.language]}),
        *LANGUAGES.items(),
    )
    return (
        Field(name="site_name", label=N_("Name of the site"), hint=_("On every page, pass and receipt. Empty: %(name)s.") % {"name": file.site.name}),
        Field(name="time_zone", label=N_("Time zone"), choices=tuple((z, z) for z in ZONES), hint=_("Hours, holidays and daily limits go by it. Empty: %(zone)s.") % {"zone": file.site.time_zone}),
        Field(name="language", label=N_("Language"), kind="select", choices=languages, hint=N_("For who has chosen none and whose browser asks for none that there is.")),
        Field(name="accent", label=N_("Colour"), kind="colour", hint=N_("Of buttons and links, dark enough to be read on white. Empty: the product's own.")),
    )  # fmt: skip


async def policy_of(parts: Parts) -> SitePolicy:
    """The site's policy, or its defaults."""
    return await parts.roster.find(SitePolicy, POLICY_ID) or SitePolicy(id=POLICY_ID)


async def _form(parts: Parts) -> Form:
    policy = await policy_of(parts)
    return filled(fields_of(parts), policy, times_of(parts), action=PATH, submit=_("Save"), back="/", ver=policy.ver)


@get(PATH, opt=MANAGE)
async def settings_page(request: AnyRequest) -> Response[str]:
    return await render(request, _page(request, await _form(parts_of(request))))


@post(PATH, opt=MANAGE, status_code=200)
async def save_settings(request: AnyRequest) -> Response[str]:
    parts, data = parts_of(request), await request.form()
    fields = fields_of(parts)
    try:
        command = EditPolicy(changes=parse(fields, data, times_of(parts)), ver=ver_of(data))
        await parts.edge.send(command, token=session_of(request).token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(fields, data, action=PATH, submit=_("Save"), back="/", error=error)
        if isinstance(error, Conflict) and error.field == "ver":
            form = conflicting(form, await _form(parts))
        return await render(request, _page(request, form), status=problem_of(error).status)
    return Redirect(f"{PATH}?done=saved", status_code=303)


def _page(request: AnyRequest, form: Form) -> FormPage:
    return FormPage(
        title=_("Settings"), section="system", form=form, path=PATH, tabs=tabs_of("system", session_of(request)),
        lead=_("What counts from the next page and the next reading on. What is wired to which address stays in the settings file; its logo too."),
    )  # fmt: skip


HANDLERS = (settings_page, save_settings)
