"""The list of customers: search as one types, filters, paging; and a new customer in one screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromQuery
from litestar.response import Redirect

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.console import credentials, words
from admin_api.console.forms import Field, Form, blank, parse, request_of, typed
from admin_api.console.language import N_, _
from admin_api.console.page import AnyRequest, Page, render, render_piece, times_of
from admin_api.console.times import Times
from admin_api.console.views import status_tone
from admin_api.errors import problem_of
from admin_api.parts import Parts
from admin_api.reads.conditions import Query
from edge.commands.credentials import AddCard, AddVehicle, CardMade
from edge.commands.customers import AddCustomer
from edge.core.errors import HouseError, NotSignedIn
from edge.core.model import CredentialKind, Permission, Status, Vehicle
from edge.core.people import Company, Customer, Group
from edge.core.place import POLICY_ID, Profile, SitePolicy, Zone

PAGE = 50
COUNTED = 1000


@dataclass(frozen=True, kw_only=True)
class CustomerRow:
    """One customer in the list."""

    id: str
    number: int
    name: str
    email: str
    phone: str
    company: str
    status: str
    tone: str
    inside: str
    seen: str


@dataclass(frozen=True, kw_only=True)
class CustomersPage(Page):
    """The list with its filters as they are set."""

    template = "customers.html"
    rows: tuple[CustomerRow, ...]
    q: str
    status: str
    company: str
    inside: str
    deleted: bool
    companies: tuple[tuple[str, str], ...]
    total: str
    following: str
    filtered: bool
    short: bool


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


async def rows_of(parts: Parts, customers: list[Customer], times: Times) -> tuple[CustomerRow, ...]:
    presence = await parts.journal.presence([c.id for c in customers])
    companies = await parts.roster.names(Company)
    zones = await parts.roster.names(Zone)
    rows = []
    for customer in customers:
        seen, zone = presence.get(customer.id, (None, None))
        status = "deleted" if customer.deleted_at else customer.status.value
        rows.append(
            CustomerRow(
                id=customer.id,
                number=customer.number,
                name=customer.name,
                email=customer.email,
                phone=customer.phone,
                company=companies.get(customer.company or "", ""),
                status=status_words(status),
                tone=status_tone(status),
                inside=zones.get(zone, "inside") if zone else "",
                seen=times.short(seen),
            )
        )
    return tuple(rows)


def status_words(status: str) -> str:
    return _("Deleted") if status == "deleted" else words.STATUS[Status(status)]


@get("/customers", opt=needs(Permission.CUSTOMERS_VIEW))
async def customers_page(
    request: AnyRequest,
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
    company: FromQuery[str] = "",
    inside: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    q = q.strip()[:100]
    short = len(q) == 1 and not q.isdigit()
    deleted = status == "deleted"
    chosen = (("status", "" if deleted else status), ("company", company), ("inside", True if inside == "yes" else None))
    filters = tuple((name, value) for name, value in chosen if value)
    query = Query(q="" if short else q, filters=filters, deleted=deleted, after=after, limit=PAGE)
    found = await parts.roster.listing(Customer, query)
    total = await parts.roster.count(Customer, query, COUNTED + 1)
    kept = {k: v for k, v in (("q", q), ("status", status), ("company", company), ("inside", inside)) if v}
    sees_companies = session.may(Permission.COMPANIES_VIEW)
    page = CustomersPage(
        title="Customers",
        section="people",
        rows=await rows_of(parts, found.items, times_of(parts)),
        q=q,
        status=status,
        company=company,
        inside=inside,
        deleted=deleted,
        companies=tuple((c.id, c.name) for c in await parts.roster.every(Company)) if sees_companies else (),
        total=f"more than {COUNTED}" if total > COUNTED else str(total),
        following=f"/customers?{urlencode({**kept, 'after': found.next})}" if found.next else "",
        filtered=bool(kept),
        short=short,
    )
    if request.headers.get("hx-target") == "results":
        return await render_piece(request, page, "customers_results.html")
    return await render(request, page)


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


HANDLERS = (customers_page, new_page, add_customer)
