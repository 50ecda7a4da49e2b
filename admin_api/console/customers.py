"""A new customer in one screen: who, and if wanted a first card and a vehicle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.response import Redirect

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.console import credentials, words
from admin_api.console.forms import Field, Form, blank, parse, request_of, typed
from admin_api.console.language import N_, _
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.errors import problem_of
from admin_api.parts import Parts
from edge.commands.credentials import AddCard, AddVehicle, CardMade
from edge.commands.customers import AddCustomer
from edge.core.errors import HouseError, NotSignedIn
from edge.core.model import CredentialKind, Permission, Status, Vehicle
from edge.core.people import Company, Customer, Group
from edge.core.place import POLICY_ID, Profile, SitePolicy


@dataclass(frozen=True, kw_only=True)
class NewCustomerPage(Page):
    """One screen: who, and if wanted a first card and a vehicle."""

    template = "customer_new.html"
    form: Form
    card: Form | None
    vehicle: Form | None
    wants_card: bool
    plate: str


async def customer_fields(parts: Parts, session: Session) -> tuple[Field, ...]:
    companies = [(c.id, c.name) for c in await parts.roster.every(Company)] if session.may(Permission.COMPANIES_VIEW) else []
    groups = [(g.id, g.name) for g in await parts.roster.every(Group)]
    needed = (await parts.roster.find(SitePolicy, POLICY_ID) or SitePolicy()).required
    fields = [
        Field(name="name", label=N_("Name"), required=True),
        Field(name="email", label=N_("E-mail"), kind="email", required="email" in needed),
        Field(name="mobile", label=N_("Mobile"), kind="tel", required="mobile" in needed),
        Field(name="phone", label=N_("Phone"), kind="tel", required="phone" in needed),
        Field(name="status", label=N_("Status"), kind="select", choices=tuple((s.value, w) for s, w in words.STATUS.items()), hint=N_("Only active customers may enter.")),
        Field(name="company", label=N_("Company"), kind="select", choices=(("", _("None")), *companies), empty=None),
        Field(name="language", label=N_("Language"), kind="select", choices=tuple(words.LANGUAGES.items())),
        Field(name="addresses", label=N_("Addresses"), kind="addresses", wide=True, hint=N_("One a line, such as home: Nabrzeżna 4; 00-001; Warszawa; PL")),
        Field(name="description", label=N_("Notes"), kind="textarea", wide=True),
    ]  # fmt: skip
    if groups:
        fields.append(Field(name="groups", label=N_("Groups"), kind="checks", choices=tuple(groups), wide=True))
    profiles = await profile_field(parts)
    if profiles:
        fields.append(profiles)
    if not session.may(Permission.COMPANIES_VIEW):
        fields = [f for f in fields if f.name != "company"]
    return tuple(fields)


async def profile_field(parts: Parts) -> Field | None:
    profiles = tuple((p.id, p.name) for p in await parts.roster.every(Profile))
    if not profiles:
        return None
    return Field(
        name="profiles", label=N_("Access profiles"), kind="checks", choices=profiles, wide=True, hint=N_("Which zones, and when.")
    )


def status_words(status: str) -> str:
    return _("Deleted") if status == "deleted" else words.STATUS[Status(status)]


# ---------------------------------------------------------------------------------------------------- new


@get("/customers/new", opt=needs(Permission.CUSTOMERS_ADD))
async def new_page(request: AnyRequest) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    fields = await customer_fields(parts, session)
    form = blank(fields, action="/customers/new", submit=_("Save customer"), back="/customers", status="active", language="en")
    return await render(request, await _new_page(parts, session, form, wants_card=False, plate=""))


async def _new_page(parts: Parts, session: Session, form: Form, *, wants_card: bool, plate: str) -> NewCustomerPage:
    card = blank((), action="", submit="", back="") if session.may(Permission.CARDS_MANAGE) else None
    vehicle = blank((), action="", submit="", back="") if session.may(Permission.VEHICLES_MANAGE) else None
    return NewCustomerPage(
        title=_("New customer"), section="people", form=form, card=card, vehicle=vehicle, wants_card=wants_card, plate=plate
    )


@post("/customers/new", opt=needs(Permission.CUSTOMERS_ADD), status_code=200)
async def add_customer(request: AnyRequest) -> Response[str]:
    """Customer first, then card and vehicle: what was saved stays saved, and the page goes on with what was not."""
    parts, session = parts_of(request), session_of(request)
    data = await request.form()
    fields = await customer_fields(parts, session)
    id = request_of(data)
    wants_card, plate = "card" in data, str(data.get("plate", "")).strip()
    try:
        values = parse(fields, data, times_of(parts))
        customer = await parts.edge.ask(AddCustomer(fields=values), Customer, token=session.token, request=id)
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(fields, data, action="/customers/new", submit=_("Save customer"), back="/customers", error=error)
        page = await _new_page(parts, session, form, wants_card=wants_card, plate=plate)
        return await render(request, page, status=problem_of(error).status)
    return await _add_first(request, customer, data, id, wants_card=wants_card, plate=plate)


async def _add_first(
    request: AnyRequest, customer: Customer, data: FormMultiDict, id: str, *, wants_card: bool, plate: str
) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    made: CardMade | None = None
    try:
        if wants_card:
            fields: dict[str, Any] = {"customer": customer.id, "kind": CredentialKind.QR.value, "username": customer.name}
            made = await parts.edge.ask(AddCard(fields=fields), CardMade, token=session.token, request=f"{id}-card")
        if plate:
            await parts.edge.ask(
                AddVehicle(fields={"customer": customer.id, "plate": plate}), Vehicle, token=session.token, request=f"{id}-car"
            )
    except HouseError as error:
        if made is None and wants_card:
            return Redirect(f"/customers/{customer.id}?done=added", status_code=303)
        return await credentials.vehicle_refused(request, customer, plate, error, made)
    if made is not None and made.code:
        return await credentials.card_made(request, customer, made)
    return Redirect(f"/customers/{customer.id}?done=added", status_code=303)


HANDLERS = (new_page, add_customer)
