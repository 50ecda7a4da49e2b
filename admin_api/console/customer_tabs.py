"""The tabs of a customer's record: the lists of the console with this customer's rows, and two small ones of the record itself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from admin_api.auth import Session
from admin_api.console import addresses, words
from admin_api.console.language import _
from admin_api.console.lists.happened import ENTRIES, EVENTS, PAYMENTS
from admin_api.console.lists.looks import look_of
from admin_api.console.lists.office import AUDIT
from admin_api.console.lists.records import state
from admin_api.console.lists.sheet import Asked, Cell, Column, Here, Row, Sheet
from admin_api.console.lists.things import BOOKINGS, CARDS, VEHICLES
from admin_api.console.times import Times
from admin_api.parts import Parts
from edge.core.model import Permission
from edge.core.people import Company, Customer
from edge.core.saved import ExportArea, ExportFormat

ROWS = 25
"""Rows of a tab."""


@dataclass(frozen=True, kw_only=True)
class Add:
    """A button above a tab."""

    href: str
    label: str
    plus: bool = True


@dataclass(frozen=True, kw_only=True)
class TabLink:
    """count: None where it is not counted."""

    name: str
    label: str
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Tab:
    """The open one. whole: the list that it is a part of; area and formats: what an export is made of; filters: of this customer."""

    name: str
    label: str
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    places: tuple[tuple[str, tuple[str, ...]], ...] = ()
    adds: tuple[Add, ...] = ()
    whole: str = ""
    area: str = ""
    formats: tuple[str, ...] = ()
    filters: str = ""
    following: str = ""
    back: str = ""
    empty: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Part:
    """A tab that is a list. by: its filter of a customer; own: the columns that say whose a row is, or what."""

    sheet: Sheet
    own: frozenset[str]
    by: str = "customer"


PARTS = {
    "events": Part(EVENTS, frozenset({"who"})),
    "vehicles": Part(VEHICLES, frozenset({"whose", "company"})),
    "cards": Part(CARDS, frozenset({"whose", "company"})),
    "entries": Part(ENTRIES, frozenset({"who", "company"})),
    "bookings": Part(BOOKINGS, frozenset({"whose"})),
    "payments": Part(PAYMENTS, frozenset({"who"})),
    "history": Part(AUDIT, frozenset({"record"}), "entity_id"),
}
ORDER = ("events", "vehicles", "cards", "entries", "companies", "addresses", "bookings", "payments", "history")


async def tabs(parts: Parts, session: Session, customer: Customer) -> tuple[TabLink, ...]:
    """Those that this user may see, with how much is behind them."""
    held = await parts.roster.held_by(customer.id)
    counts = {**held, "companies": len(_companies(customer)), "addresses": len(customer.addresses)}
    own = {"companies": (_("Companies"), Permission.COMPANIES_VIEW), "addresses": (_("Addresses"), Permission.CUSTOMERS_VIEW)}
    found = []
    for name in ORDER:
        label, right = own[name] if name in own else (PARTS[name].sheet.title(), PARTS[name].sheet.right)
        if right is None or session.may(right):
            found.append(TabLink(name=name, label=_("History") if name == "history" else label, count=counts.get(name)))
    return tuple(found)


async def tab_of(parts: Parts, session: Session, customer: Customer, link: TabLink, after: str, times: Times) -> Tab:
    """What the open tab shows. Raises Invalid for a page that there is not."""
    if link.name == "companies":
        return await _companies_tab(parts, session, customer, link)
    if link.name == "addresses":
        return _addresses_tab(session, customer, link)
    part, here = PARTS[link.name], Here(parts=parts, session=session, times=times, given={"customer": customer.id})
    sheet, filters = part.sheet, {part.by: customer.id}
    look = await look_of(parts, session.user, sheet.name)
    found = await sheet.rows(here, Asked(filters=filters, after=after, limit=ROWS))
    address, area = f"/customers/{customer.id}?tab={link.name}", sheet.area
    exports = area is not None and session.may(area.right)
    return Tab(
        name=link.name, label=link.label, columns=tuple(c for c in look.shown(sheet.columns()) if c.name not in part.own), rows=found.rows,
        adds=_adds(session, customer, link.name, bool(found.rows)), whole=f"{sheet.path}?{urlencode(filters)}",
        area=area.value if area and exports else "", formats=_formats(area) if exports else (), filters=urlencode(filters),
        following=f"{address}&{urlencode({'after': found.following})}#tabs" if found.following else "", back=f"{address}#tabs" if after else "",
        empty=_empty(link.name),
    )  # fmt: skip


def _formats(area: ExportArea | None) -> tuple[str, ...]:
    return tuple(f.value for f in ExportFormat if f is not ExportFormat.VCF or area is ExportArea.CUSTOMERS)


def _empty(name: str) -> tuple[str, str]:
    return {
        "events": (_("No events yet"), _("Every reading of their cards and vehicles shows here.")),
        "vehicles": (_("No vehicles"), _("A vehicle's plate opens like a card, wherever plates are read.")),
        "cards": (_("No access cards"), _("A QR code, a barcode, a card or a tag that opens.")),
        "entries": (_("No entries yet"), _("A visit begins when they are let in.")),
        "bookings": (_("No bookings"), _("A booking lets a customer into a zone from a time to a time.")),
        "payments": (_("No payments"), _("What they pay for a visit shows here.")),
        "history": (_("No history"), _("Nobody has changed this record yet.")),
    }[name]


def _adds(session: Session, customer: Customer, name: str, some: bool) -> tuple[Add, ...]:
    here, found = f"/customers/{customer.id}", list[Add]()
    if customer.deleted_at:
        return ()
    if name == "cards":
        if some and session.may(Permission.CARDS_REVEAL):
            found.append(Add(href=f"{here}/cards/print", label=_("Print cards"), plus=False))
        if session.may(Permission.CARDS_MANAGE):
            found.append(Add(href=f"{here}/cards/new", label=_("Add access card")))
    if name == "vehicles" and session.may(Permission.VEHICLES_MANAGE):
        found.append(Add(href=f"{here}/vehicles/new", label=_("Add vehicle")))
    return tuple(found)


# ---------------------------------------------------------------------------------------------------- of the record itself


def _companies(customer: Customer) -> tuple[str, ...]:
    """All of theirs, the primary one first."""
    return ((customer.company,) if customer.company else ()) + customer.companies


async def _companies_tab(parts: Parts, session: Session, customer: Customer, link: TabLink) -> Tab:
    manages, edits = session.may(Permission.COMPANIES_MANAGE), session.may(Permission.CUSTOMERS_EDIT) and not customer.deleted_at
    rows = []
    for id in _companies(customer):
        company = await parts.roster.find(Company, id)
        if company is None:
            continue  # outside of what this user sees
        cells = {
            "name": Cell(text=company.name, href=f"/companies/{id}" if manages else f"/customers?company={id}"),
            "status": Cell(text=_("Deleted"), tone="no") if company.deleted_at else state(company.status.value),
            "primary": Cell(text=_("Primary"), tone="info") if id == customer.company else Cell(text=_("Further")),
            "people": Cell(text=_("Show"), href=f"/customers?company={id}"),
        }
        rows.append(Row(id=id, cells=cells))
    columns = (
        Column(name="name", label=_("Name")), Column(name="status", label=_("Status")), Column(name="primary", label=_("For them")),
        Column(name="people", label=_("Customers")),
    )  # fmt: skip
    change = Add(href=f"/customers/{customer.id}/edit#f-company", label=_("Change companies"), plus=False)
    return Tab(
        name=link.name, label=link.label, columns=columns, rows=tuple(rows), adds=(change,) if edits else (),
        empty=(_("No company"), _("A company's status counts for everybody in it.")),
    )  # fmt: skip


def _addresses_tab(session: Session, customer: Customer, link: TabLink) -> Tab:
    edits = session.may(Permission.CUSTOMERS_EDIT) and not customer.deleted_at
    change = Add(href=f"/customers/{customer.id}/edit#f-addresses", label=_("Change addresses"), plus=False)
    places = tuple((words.ADDRESSES[a.kind], addresses.lines(a)) for a in customer.addresses)
    return Tab(
        name=link.name, label=link.label, places=places, adds=(change,) if edits else (),
        empty=(_("No addresses"), _("Where they live or work, where a card or a bill is sent.")),
    )  # fmt: skip
