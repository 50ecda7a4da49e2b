"""What holds for the whole site, as one form under headings."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.response import Redirect

from admin_api.auth import needs, parts_of, session_of
from admin_api.console import customers
from admin_api.console.form_page import FormPage
from admin_api.console.forms import Field, Form, conflicting, filled, parse, request_of, typed, ver_of
from admin_api.console.language import N_, _
from admin_api.console.page import AnyRequest, render, times_of
from admin_api.console.sections import tabs_of
from admin_api.errors import problem_of
from edge.commands.site import EditPolicy
from edge.core.errors import Conflict, HouseError, NotSignedIn
from edge.core.model import Permission
from edge.core.people import REQUIRABLE
from edge.core.place import POLICY_ID, SitePolicy

PATH = "/site/policy"
PEOPLE, GATE, PINS, MONEY = N_("Customers"), N_("At the gate"), N_("PINs"), N_("Payments")


async def fields_of(request: AnyRequest) -> tuple[Field, ...]:
    asked = await customers.customer_fields(parts_of(request), session_of(request))
    needed = tuple((f.name, _(f.label)) for f in asked if f.name in REQUIRABLE)
    return (
        Field(name="required", label=N_("Every customer must have"), kind="checks", choices=needed, wide=True, group=PEOPLE, hint=N_("Beside the name. Guests and walk-ins need the name alone; who lacks something already keeps their access.")),
        Field(name="shared_email", label=N_("Two customers may have the same e-mail address"), kind="check", wide=True, group=PEOPLE),
        Field(name="shared_mobile", label=N_("Two customers may have the same mobile number"), kind="check", wide=True, group=PEOPLE),
        Field(name="newsletter", label=N_("New customers get the newsletter unless they say no"), kind="check", wide=True, group=PEOPLE, hint=N_("In many countries they have to say yes first.")),
        Field(name="give_back_unused", label=N_("An entry counts only when the door was opened"), kind="check", wide=True, group=GATE, hint=N_("When the contact says that it never was, the visit is void and the entry is given back.")),
        Field(name="companion_s", label=N_("Time for the second person"), kind="number", required=True, group=GATE, hint=N_("Seconds in which a host, an escort, a guardian or the second of two shows their card.")),
        Field(name="pair_s", label=N_("Time for the PIN or the plate"), kind="number", required=True, group=GATE, hint=N_("Seconds after the card that it belongs to.")),
        Field(name="doubtful_hours", label=N_("A visit is unclear after"), kind="number", required=True, group=GATE, hint=N_("Hours. Who is still inside then has probably left without being seen.")),
        Field(name="pin_tries", label=N_("Wrong PINs in a row"), kind="number", required=True, group=PINS, hint=N_("So many lock the card's PIN.")),
        Field(name="pin_lock_minutes", label=N_("Locked for"), kind="number", required=True, group=PINS, hint=N_("Minutes.")),
        Field(name="overdue_days", label=N_("Days an account may be overdue"), kind="number", required=True, group=MONEY, hint=N_("After so many its holders stay outside. 0: from the first day.")),
    )  # fmt: skip


async def _held(request: AnyRequest) -> SitePolicy:
    """The policy, or its defaults until somebody changes it."""
    return await parts_of(request).roster.find(SitePolicy, POLICY_ID) or SitePolicy(id=POLICY_ID)


async def _form(request: AnyRequest) -> Form:
    held = await _held(request)
    return filled(
        await fields_of(request), held, times_of(parts_of(request)), action=PATH, submit=_("Save"), back=PATH, ver=held.ver
    )


def _page(request: AnyRequest, form: Form) -> FormPage:
    return FormPage(
        title=_("Site policy"), section="system", form=form, tabs=tabs_of("system", session_of(request)), path=PATH,
        lead=_("What holds for the whole site, from the next reading on."),
    )  # fmt: skip


@get(PATH, opt=needs(Permission.SITE_MANAGE))
async def policy_page(request: AnyRequest) -> Response[str]:
    return await render(request, _page(request, await _form(request)))


@post(PATH, opt=needs(Permission.SITE_MANAGE), status_code=200)
async def edit_policy(request: AnyRequest) -> Response[str]:
    parts, data, fields = parts_of(request), await request.form(), await fields_of(request)
    try:
        command = EditPolicy(changes=parse(fields, data, times_of(parts)), ver=ver_of(data))
        await parts.edge.send(command, token=session_of(request).token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(fields, data, action=PATH, submit=_("Save"), back=PATH, error=error)
        if isinstance(error, Conflict) and error.field == "ver":
            form = conflicting(form, await _form(request))
        return await render(request, _page(request, form), status=problem_of(error).status)
    return Redirect(f"{PATH}?done=saved", status_code=303)


HANDLERS = (policy_page, edit_policy)
