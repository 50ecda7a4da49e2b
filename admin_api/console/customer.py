"""One customer: who they are and whether they may enter, with tabs for events, vehicles, cards and entries; editing and deleting."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.console import addresses, words
from admin_api.console.back import back_of, done
from admin_api.console.customers import customer_fields, status_words
from admin_api.console.forms import Form, conflicting, filled, parse, request_of, typed, ver_of
from admin_api.console.language import N_, _
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.console.times import Times, money
from admin_api.console.views import EventView, event_view, status_tone
from admin_api.errors import problem_of
from admin_api.parts import Parts
from admin_api.reads.conditions import Query
from admin_api.reads.entries import EntryQuery, Visit
from admin_api.reads.journal import EventQuery
from edge.commands.customers import DeleteCustomer, EditCustomer, RestoreCustomer
from edge.core.errors import Conflict, HouseError, NotSignedIn
from edge.core.model import Card, CredentialKind, Permission, Status, Vehicle
from edge.core.people import Company, Customer, Group
from edge.core.place import Profile, Zone

TABS: tuple[tuple[str, str, Permission], ...] = (
    ("events", N_("Events"), Permission.EVENTS_VIEW),
    ("vehicles", N_("Vehicles"), Permission.VEHICLES_VIEW),
    ("cards", N_("Cards"), Permission.CARDS_VIEW),
    ("entries", N_("Entries"), Permission.EVENTS_VIEW),
    ("history", N_("History"), Permission.AUDIT_VIEW),
)


@dataclass(frozen=True, kw_only=True)
class CardView:
    """An access card in a list."""

    id: str
    kind: str
    username: str
    last4: str
    status: str
    tone: str
    validity: str
    profiles: str
    uses: str
    on_phone: bool


@dataclass(frozen=True, kw_only=True)
class VehicleView:
    """A vehicle in a list."""

    id: str
    plate: str
    country: str
    what: str
    colour: str
    year: str
    status: str
    tone: str
    validity: str


@dataclass(frozen=True, kw_only=True)
class EntryView:
    """A visit: in, out, how long, with the events that say so."""

    zone: str
    came: str
    left: str
    lasted: str
    in_seq: int
    out_seq: int | None
    flag: str
    who: str = ""
    amount: str = ""
    payment: str = ""
    tone: str = "dim"


@dataclass(frozen=True, kw_only=True)
class HistoryView:
    at: str
    actor: str
    did: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class TabContent:
    """What the open tab shows; following: where its older part is."""

    events: tuple[EventView, ...] = ()
    vehicles: tuple[VehicleView, ...] = ()
    cards: tuple[CardView, ...] = ()
    entries: tuple[EntryView, ...] = ()
    history: tuple[HistoryView, ...] = ()
    following: str = ""


@dataclass(frozen=True, kw_only=True)
class CustomerPage(Page):
    """The record page."""

    template = "customer.html"
    customer: Customer
    status: str
    tone: str
    company: str
    groups: str
    profiles: str
    language: str
    addresses: tuple[tuple[str, str], ...]
    created: str
    seen: str
    seen_ago: str
    inside: str
    inside_since: str
    tabs: tuple[tuple[str, str], ...]
    tab: str
    content: TabContent


@dataclass(frozen=True, kw_only=True)
class FormPage(Page):
    """One form on a page of its own. delete_to: where its delete button posts, if there is one."""

    template = "form_page.html"
    form: Form
    parent: str = ""
    parent_href: str = ""
    lead: str = ""
    delete_to: str = ""
    delete_says: str = ""


@get("/customers/{customer_id:str}", opt=needs(Permission.CUSTOMERS_VIEW))
async def customer_page(
    request: AnyRequest, customer_id: FromPath[str], tab: FromQuery[str] = "", after: FromQuery[str] = ""
) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    customer = await parts.roster.get(Customer, customer_id)
    parts.views.saw(session.user, session.token, customer.id, parts.now())
    return await render(request, await _page(parts, session, customer, tab, after))


async def _page(parts: Parts, session: Session, customer: Customer, tab: str, after: str) -> CustomerPage:
    times = times_of(parts)
    tabs = tuple((name, _(label)) for name, label, right in TABS if session.may(right))
    tab = tab if tab in dict(tabs) else tabs[0][0] if tabs else ""
    company = await parts.roster.find(Company, customer.company)
    seen, _zone = (await parts.journal.presence([customer.id])).get(customer.id, (None, None))
    open_visits = (await parts.journal.entries(EntryQuery(customer=customer.id, open=True, limit=5))).items
    zones = await parts.roster.names(Zone)
    groups, profiles = await parts.roster.names(Group), await parts.roster.names(Profile)
    status = "deleted" if customer.deleted_at else customer.status.value
    content = await _tab(parts, customer, tab, after, times, zones, profiles)
    return CustomerPage(
        title=customer.name,
        section="people",
        customer=customer,
        status=status_words(status),
        tone=status_tone(status),
        company=company.name if company else "",
        groups=", ".join(groups.get(g, g) for g in customer.groups),
        profiles=", ".join(profiles.get(p, p) for p in customer.profiles),
        language=words.LANGUAGES.get(customer.language, customer.language),
        addresses=tuple((words.ADDRESSES[a.kind], addresses.shown(a)) for a in customer.addresses),
        created=times.date(customer.created_at),
        seen=times.short(seen),
        seen_ago=times.ago(seen) if seen else "",
        inside=", ".join(dict.fromkeys(zones.get(v.zone, _("a zone")) for v in open_visits)),
        inside_since=times.short(open_visits[-1].in_at) if open_visits else "",
        tabs=tabs,
        tab=tab,
        content=content,
    )


async def _tab(
    parts: Parts, customer: Customer, tab: str, after: str, times: Times, zones: dict[str, str], profiles: dict[str, str]
) -> TabContent:
    before = int(after) if after.isdecimal() and len(after) < 18 else None
    link = f"/customers/{customer.id}?tab={tab}&after="
    match tab:
        case "events":
            events = await parts.journal.events(EventQuery(customer=customer.id, before=before, limit=30))
            lines = tuple(event_view(e, times) for e in events.items)
            return TabContent(events=lines, following=link + events.next if events.next else "")
        case "vehicles":
            vehicles = await parts.roster.listing(Vehicle, Query(filters=(("customer", customer.id),), limit=200))
            return TabContent(vehicles=tuple(vehicle_view(v, times) for v in vehicles.items))
        case "cards":
            cards = await parts.roster.listing(Card, Query(filters=(("customer", customer.id),), limit=200))
            return TabContent(cards=tuple(card_view(c, times, profiles) for c in cards.items))
        case "entries":
            visits = await parts.journal.entries(EntryQuery(customer=customer.id, before=before, limit=30))
            shown = tuple(entry_view(v, times, zones) for v in visits.items)
            return TabContent(entries=shown, following=link + visits.next if visits.next else "")
        case "history":
            changes = await parts.roster.history(customer.id)
            return TabContent(
                history=tuple(HistoryView(at=times.full(a), actor=w, did=words.change(c), reason=r) for a, w, c, r in changes)
            )
    return TabContent()


def card_view(card: Card, times: Times, profiles: dict[str, str]) -> CardView:
    limits = [_("%(count)s in all") % {"count": card.uses}] if card.uses is not None else []
    limits += [_("%(count)s a day") % {"count": card.daily_limit}] if card.daily_limit is not None else []
    return CardView(
        id=card.id,
        kind=words.KINDS[card.kind],
        username=card.username,
        last4=card.last4,
        status=words.CARD_STATUS[card.status],
        tone=status_tone(card.status.value),
        validity=validity(card.valid_from, card.valid_to, times),
        profiles=", ".join(profiles.get(p, p) for p in card.profiles),
        uses=", ".join(limits) or _("No limit"),
        on_phone=card.kind is CredentialKind.ROTATING_QR,
    )


def vehicle_view(vehicle: Vehicle, times: Times) -> VehicleView:
    return VehicleView(
        id=vehicle.id,
        plate=vehicle.plate,
        country=vehicle.country,
        what=f"{vehicle.brand} {vehicle.model}".strip(),
        colour=vehicle.colour,
        year=str(vehicle.year or ""),
        status=words.CARD_STATUS[vehicle.status],
        tone=status_tone(vehicle.status.value),
        validity=validity(vehicle.valid_from, vehicle.valid_to, times),
    )


def entry_view(visit: Visit, times: Times, zones: dict[str, str]) -> EntryView:
    payment, tone = words.PAYMENT_STATES[visit.payment]
    return EntryView(
        zone=zones.get(visit.zone, _("a zone that is gone")),
        came=times.short(visit.in_at),
        left=times.short(visit.out_at) if visit.out_at else "",
        lasted=times.lasted(visit.in_at, visit.out_at),
        in_seq=visit.in_seq,
        out_seq=visit.out_seq,
        flag=words.FLAGS.get(visit.flag, ""),
        who=visit.label,
        amount=money(visit.paid if visit.total is None else visit.total, visit.currency) if visit.currency else "",
        payment=payment,
        tone=tone,
    )


def validity(start: int | None, end: int | None, times: Times) -> str:
    if start is None and end is None:
        return _("Always")
    if end is None:
        return _("From %(start)s") % {"start": times.short(start)}
    if start is None:
        return _("Until %(end)s") % {"end": times.short(end)}
    return _("%(start)s to %(end)s") % {"start": times.short(start), "end": times.short(end)}


# ---------------------------------------------------------------------------------------------------- changes


@get("/customers/{customer_id:str}/edit", opt=needs(Permission.CUSTOMERS_EDIT))
async def edit_page(request: AnyRequest, customer_id: FromPath[str]) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    customer = await parts.roster.get(Customer, customer_id)
    fields = await customer_fields(parts, session)
    back = f"/customers/{customer.id}"
    form = filled(fields, customer, times_of(parts), action=f"{back}/edit", submit=_("Save"), back=back, ver=customer.ver)
    return await render(request, _edit_page(session, customer, form))


def _edit_page(session: Session, customer: Customer, form: Form) -> FormPage:
    deletable = session.may(Permission.CUSTOMERS_DELETE) and not customer.deleted_at
    return FormPage(
        title=_("Edit %(name)s") % {"name": customer.name}, section="people", form=form, parent=customer.name, parent_href=f"/customers/{customer.id}",
        delete_to=f"/customers/{customer.id}/delete" if deletable else "",
        delete_says=_("Cards and vehicles stop opening at the next reading. Entries and events stay, and it can be taken back."),
    )  # fmt: skip


@post("/customers/{customer_id:str}/edit", opt=needs(Permission.CUSTOMERS_EDIT), status_code=200)
async def edit_customer(request: AnyRequest, customer_id: FromPath[str]) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    data = await request.form()
    fields = await customer_fields(parts, session)
    back = f"/customers/{customer_id}"
    try:
        changes = parse(fields, data, times_of(parts))
        command = EditCustomer(id=customer_id, changes=changes, ver=ver_of(data))
        await parts.edge.ask(command, Customer, token=session.token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        now = await parts.roster.get(Customer, customer_id)
        form = typed(fields, data, action=f"{back}/edit", submit=_("Save"), back=back, error=error)
        if isinstance(error, Conflict) and error.field == "ver":
            theirs = filled(fields, now, times_of(parts), action=f"{back}/edit", submit=_("Save"), back=back, ver=now.ver)
            form = conflicting(form, theirs)
        return await render(request, _edit_page(session, now, form), status=problem_of(error).status)
    return Redirect(f"{back}?done=saved", status_code=303)


@post("/customers/{customer_id:str}/status", opt=needs(Permission.CUSTOMERS_EDIT), status_code=303)
async def set_status(request: AnyRequest, customer_id: FromPath[str]) -> Redirect:
    """The switch on the record page: active or inactive, from the next reading on."""
    parts, data = parts_of(request), await request.form()
    wanted = Status.ACTIVE if str(data.get("to", "")) == "active" else Status.INACTIVE
    command = EditCustomer(id=customer_id, changes={"status": wanted.value}, reason="Set on the customer's page.")
    await parts.edge.ask(command, Customer, token=session_of(request).token, request=request_of(data))
    word = "activated" if wanted is Status.ACTIVE else "deactivated"
    return Redirect(done(back_of(str(data.get("back", "")), f"/customers/{customer_id}"), word), status_code=303)


@post("/customers/{customer_id:str}/delete", opt=needs(Permission.CUSTOMERS_DELETE), status_code=303)
async def delete_customer(request: AnyRequest, customer_id: FromPath[str]) -> Redirect:
    data = await request.form()
    await parts_of(request).edge.send(DeleteCustomer(id=customer_id), token=session_of(request).token, request=request_of(data))
    return Redirect(done(back_of(str(data.get("back", "")), f"/customers/{customer_id}"), "deleted"), status_code=303)


@post("/customers/{customer_id:str}/restore", opt=needs(Permission.CUSTOMERS_DELETE), status_code=303)
async def restore_customer(request: AnyRequest, customer_id: FromPath[str]) -> Redirect:
    data = await request.form()
    await parts_of(request).edge.send(RestoreCustomer(id=customer_id), token=session_of(request).token, request=request_of(data))
    return Redirect(done(back_of(str(data.get("back", "")), f"/customers/{customer_id}"), "restored"), status_code=303)


HANDLERS = (customer_page, edit_page, edit_customer, set_status, delete_customer, restore_customer)
