"""A new customer in one screen: who, and if wanted a first card and a vehicle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.response import Redirect

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.console import credentials, words
from admin_api.console.forms import Field, Form, blank, parse, request_of, typed
from admin_api.console.language import N_, _
from admin_api.console.lists import terms
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.errors import problem_of
from admin_api.parts import Parts
from admin_api.reads.conditions import Query
from edge.commands.companies import AddGroup
from edge.commands.credentials import AddCard, AddVehicle, CardMade
from edge.commands.customers import AddCustomer
from edge.core.errors import HouseError, Invalid, NotSignedIn
from edge.core.model import CredentialKind, Permission, Status, User, Vehicle
from edge.core.people import Company, Customer, CustomerList, Group, Sex
from edge.core.place import POLICY_ID, Profile, SitePolicy

CONTACT, BELONGS, ACCESS, PERSON, PAPERWORK = N_("Contact"), N_("Belongs to"), N_("Access"), N_("Person"), N_("Paperwork")
LATER = frozenset({PERSON, PAPERWORK})
"""Headings that a new customer's screen keeps folded."""


@dataclass(frozen=True, kw_only=True)
class NewCustomerPage(Page):
    """One screen: who, and if wanted a first card and a vehicle."""

    template = "customer_new.html"
    form: Form
    card: Form | None
    vehicle: Form | None
    kind: str
    kinds: tuple[tuple[str, str], ...]
    wants_card: bool
    plate: str
    later: frozenset[str] = LATER


async def customer_fields(parts: Parts, session: Session, customer: Customer | None = None) -> tuple[Field, ...]:
    """What of a customer is in a form and on their page, as this user may see it, under its headings. customer: whose form it is."""
    roster, sees_companies = parts.roster, session.may(Permission.COMPANIES_VIEW)
    companies = tuple((c.id, c.name) for c in await roster.every(Company)) if sees_companies else ()
    groups = tuple((g.id, g.name) for g in await roster.every(Group))
    lists = tuple((one.id, one.name) for one in await roster.every(CustomerList))
    manager, sees_users = customer.account_manager if customer else None, session.may(Permission.USERS_VIEW)
    users = tuple((u.id, u.name or u.login) for u in await roster.every(User) if sees_users or u.id == manager)
    needed = (await roster.find(SitePolicy, POLICY_ID) or SitePolicy()).required
    profiles, host = await profile_field(parts), await roster.find(Customer, customer.host) if customer else None
    fields = [
        Field(name="name", label=N_("Name"), required=True),
        Field(name="kind", label=N_("Kind"), kind="select", choices=terms.choices(terms.person_kinds())),
        Field(name="first_name", label=N_("First name")),
        Field(name="last_name", label=N_("Last name")),
        Field(name="description", label=N_("Notes"), kind="textarea", wide=True),
        Field(name="email", label=N_("E-mail"), kind="email", group=CONTACT, check=_check("email", customer)),
        Field(name="mobile", label=N_("Mobile"), kind="tel", group=CONTACT, check=_check("mobile", customer)),
        Field(name="phone", label=N_("Phone"), kind="tel", group=CONTACT),
        Field(name="evening_phone", label=N_("Evening phone"), kind="tel", group=CONTACT, hint=N_("The one to ring when something is up at the gate.")),
        Field(name="fax", label=N_("Fax"), kind="tel", group=CONTACT),
        Field(name="contact_person", label=N_("Contact person"), group=CONTACT, hint=N_("Whom to ask about this customer.")),
        Field(name="language", label=N_("Language"), kind="select", choices=tuple(words.LANGUAGES.items()), group=CONTACT),
        Field(name="addresses", label=N_("Addresses"), kind="addresses", wide=True, group=CONTACT, hint=N_("One a line, such as home: Nabrzeżna 4; 00-001; Warszawa; PL")),
        Field(name="company", label=N_("Company"), kind="select", choices=(("", _("None")), *companies), empty=None, group=BELONGS),
        Field(name="host", label=N_("Host"), kind="person", group=BELONGS, empty=None, choices=((host.id, f"#{host.number} {host.name}"),) if host else (), hint=N_("Number of the customer they come to.")),
        Field(name="companies", label=N_("Further companies"), kind="checks", choices=companies, wide=True, group=BELONGS),
        Field(name="groups", label=N_("Groups"), kind="checks", choices=groups, wide=True, group=BELONGS, adds="/customers/groups" if session.may(Permission.CUSTOMERS_EDIT) else ""),
        Field(name="lists", label=N_("Lists"), kind="checks", choices=lists, wide=True, group=BELONGS),
        Field(name="tags", label=N_("Tags"), kind="words", wide=True, group=BELONGS, hint=N_("With commas between.")),
        Field(name="status", label=N_("Status"), kind="select", choices=terms.choices(words.STATUS), hint=N_("Only active customers may enter."), group=ACCESS),
        *((replace(profiles, group=ACCESS),) if profiles else ()),
        Field(name="blocklisted", label=N_("Blocklisted"), kind="check", group=ACCESS, hint=N_("Refused at every door.")),
        Field(name="portal_blocked", label=N_("No pass on a phone"), kind="check", group=ACCESS, hint=N_("Cards and vehicles go on opening.")),
        Field(name="accessible", label=N_("Needs more time"), kind="check", group=ACCESS, hint=N_("Doors stay released for longer.")),
        Field(name="born", label=N_("Born"), kind="date", group=PERSON),
        Field(name="sex", label=N_("Sex"), kind="select", choices=terms.choices(_sexes()), group=PERSON),
        Field(name="citizenship", label=N_("Citizenship"), group=PERSON, hint=N_("Two letters, such as PL.")),
        Field(name="discount", label=N_("Discount"), kind="percent", group=PAPERWORK, hint=N_("Percent off tariffs.")),
        Field(name="payment_days", label=N_("Payment days"), kind="number", group=PAPERWORK, hint=N_("Until an invoice is due. Empty: as agreed.")),
        Field(name="account_manager", label=N_("Account manager"), kind="select", choices=(("", _("Nobody")), *users), empty=None, group=PAPERWORK),
        Field(name="source", label=N_("How they came"), kind="select", choices=terms.choices(terms.sources()), group=PAPERWORK),
        Field(name="origin_site", label=N_("Site of origin"), group=PAPERWORK),
    ]  # fmt: skip
    hidden = {f.name for f in fields if f.kind == "checks" and not f.choices and not f.adds}
    hidden |= set() if sees_companies else {"company", "companies"}
    asked = N_("This site requires it; for a walk-in or a guest the name is enough.")
    return tuple(replace(f, hint=f.hint or asked) if f.name in needed else f for f in fields if f.name not in hidden)


def _check(name: str, customer: Customer | None) -> str:
    return f"/customers/check?field={name}&but={customer.id if customer else ''}"


def _sexes() -> dict[Sex, str]:
    return {Sex.UNSAID: _("Not said"), Sex.FEMALE: _("Female"), Sex.MALE: _("Male"), Sex.OTHER: _("Other")}


async def with_host(parts: Parts, values: dict[str, Any]) -> dict[str, Any]:
    """What was typed as the host's number becomes who that is. Raises Invalid."""
    typed_host = values.get("host")
    if typed_host is None or await parts.roster.find(Customer, typed_host):
        return values
    number = typed_host.strip().removeprefix("#").partition(" ")[0]
    found = await parts.roster.listing(Customer, Query(filters=(("number", int(number)),), limit=1)) if number.isdecimal() and len(number) < 10 else None  # fmt: skip
    if found is None or not found.items:
        raise Invalid(_("nobody has this number: it stands on their page"), field="host")
    return {**values, "host": found.items[0].id}


async def with_group(parts: Parts, session: Session, data: FormMultiDict) -> FormMultiDict:
    """The form after the group was made whose name was typed beside the others: its box is ticked. Raises what edge says."""
    name = " ".join(str(data.get("new_group", "")).split())
    if not name or not session.may(Permission.CUSTOMERS_EDIT):
        return data
    made = await parts.edge.ask(AddGroup(fields={"name": name}), Group, token=session.token, request=f"{request_of(data)}-group")
    return FormMultiDict([*((k, v) for k, v in data.multi_items() if k != "new_group"), ("groups", made.id)])


def with_unseen(fields: tuple[Field, ...], customer: Customer, values: dict[str, Any]) -> dict[str, Any]:
    """What a customer belongs to that this user does not see stays, and so does a choice that the form could not show."""
    found = dict(values)
    for field in (f for f in fields if f.name in values):
        seen, now = dict(field.choices), getattr(customer, field.name)
        if field.kind == "checks":
            found[field.name] = [*values[field.name], *(id for id in now if id not in seen)]
        elif field.kind == "select" and (now or "") not in seen and values[field.name] in (field.choices[0][0], field.empty):
            del found[field.name]
    return found


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


CARD_KINDS = (CredentialKind.QR, CredentialKind.ROTATING_QR)
"""What a new customer may be given at once: to print, or on their phone."""


@get("/customers/new", opt=needs(Permission.CUSTOMERS_ADD))
async def new_page(request: AnyRequest) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    fields = await customer_fields(parts, session)
    given = {"status": "active", "language": parts.settings.desk.language, "kind": "customer", "source": "telephone"}
    form = blank(fields, action="/customers/new", submit=_("Save customer"), back="/customers", **given)
    return await render(request, _new_page(session, form, FormMultiDict([])))


def _new_page(session: Session, form: Form, data: FormMultiDict) -> NewCustomerPage:
    card = blank((), action="", submit="", back="") if session.may(Permission.CARDS_MANAGE) else None
    vehicle = blank((), action="", submit="", back="") if session.may(Permission.VEHICLES_MANAGE) else None
    return NewCustomerPage(
        title=_("New customer"), section="people", form=form, card=card, vehicle=vehicle, wants_card="card" in data,
        kind=_card_kind(data).value, kinds=tuple((k.value, _(says)) for k, says in zip(CARD_KINDS, CARDS, strict=True)), plate=_plate(data),
    )  # fmt: skip


CARDS = (N_("QR code, to print or send"), N_("Rotating QR code, on their phone"))


def _card_kind(data: FormMultiDict) -> CredentialKind:
    wanted = str(data.get("card_kind", ""))
    return next((k for k in CARD_KINDS if k.value == wanted), CARD_KINDS[0])


def _plate(data: FormMultiDict) -> str:
    return str(data.get("plate", "")).strip()


@post("/customers/new", opt=needs(Permission.CUSTOMERS_ADD), status_code=200)
async def add_customer(request: AnyRequest) -> Response[str]:
    """Customer first, then card and vehicle: what was saved stays saved, and the page goes on with what was not."""
    parts, session = parts_of(request), session_of(request)
    data = await request.form()
    fields = await customer_fields(parts, session)
    id = request_of(data)
    try:
        parse(fields, data, times_of(parts))  # before anything is made
        data = await with_group(parts, session, data)
        values = await with_host(parts, parse(fields, data, times_of(parts)))
        customer = await parts.edge.ask(AddCustomer(fields=values), Customer, token=session.token, request=id)
    except NotSignedIn:
        raise
    except HouseError as error:
        fields = await customer_fields(parts, session)  # with a group that was made
        form = typed(fields, data, action="/customers/new", submit=_("Save customer"), back="/customers", error=error)
        return await render(request, _new_page(session, form, data), status=problem_of(error).status)
    return await _add_first(request, customer, data, id)


async def _add_first(request: AnyRequest, customer: Customer, data: FormMultiDict, id: str) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    wants_card, plate = "card" in data, _plate(data)
    made: CardMade | None = None
    try:
        if wants_card:
            fields: dict[str, Any] = {"customer": customer.id, "kind": _card_kind(data).value, "username": customer.name}
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
