"""Erasing a person from the console: the number once more, and why."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from admin_api.auth import needs, parts_of, session_of
from admin_api.console.form_page import FormPage
from admin_api.console.forms import Field, Form, blank, request_of, typed
from admin_api.console.language import N_, _
from admin_api.console.page import AnyRequest, render
from admin_api.errors import problem_of
from edge.commands.erasing import EraseCustomer
from edge.core.errors import HouseError, NotSignedIn
from edge.core.model import Permission
from edge.core.people import Customer

_FIELDS = (
    Field(
        name="confirm",
        label=N_("Customer number"),
        hint=N_("As it stands on their page, so that nobody erases the wrong one."),
        required=True,
    ),
    Field(name="reason", label=N_("Reason"), hint=N_("It is kept, so it may not name them."), required=True),
)
_LEAD = N_(
    "Who this was is taken out of everything: the record, cards, vehicles, past events, the history, pictures. Visits, bookings and payments "
    "stay, under the number. It cannot be taken back. Exported files and backups from before are yours to delete."
)


def _page(customer: Customer, form: Form) -> FormPage:
    return FormPage(
        title=_("Erase %(name)s") % {"name": customer.name}, section="people", form=form, parent=customer.name, parent_href=f"/customers/{customer.id}", lead=_(_LEAD)
    )  # fmt: skip


@get("/customers/{customer_id:str}/erase", opt=needs(Permission.CUSTOMERS_ERASE))
async def ask_page(request: AnyRequest, customer_id: FromPath[str]) -> Response[str]:
    customer = await parts_of(request).roster.get(Customer, customer_id)
    back = f"/customers/{customer.id}"
    return await render(request, _page(customer, blank(_FIELDS, action=f"{back}/erase", submit=_("Erase for good"), back=back)))


@post("/customers/{customer_id:str}/erase", opt=needs(Permission.CUSTOMERS_ERASE), status_code=200)
async def erase(request: AnyRequest, customer_id: FromPath[str]) -> Response[str]:
    parts, session, data = parts_of(request), session_of(request), await request.form()
    customer = await parts.roster.get(Customer, customer_id)
    back, number = f"/customers/{customer_id}", str(data.get("confirm", "")).strip().removeprefix("#")
    try:
        confirm = int(number) if number.isdecimal() and len(number) < 18 else 0
        command = EraseCustomer(id=customer_id, confirm=confirm, reason=str(data.get("reason", "")))
        await parts.edge.send(command, token=session.token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(_FIELDS, data, action=f"{back}/erase", submit=_("Erase for good"), back=back, error=error)
        return await render(request, _page(customer, form), status=problem_of(error).status)
    return Redirect(f"{back}?done=erased", status_code=303)


HANDLERS = (ask_page, erase)
