"""The lists of people: customers and their guests, companies, groups, lists of people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from admin_api.console import words
from admin_api.console.language import _, ngettext
from admin_api.console.lists import terms
from admin_api.console.lists.records import companies, groups, lists, person, profiles, records, state
from admin_api.console.lists.sheet import Asked, Cell, Column, Filter, FilterKind, Found, Here, New, Row, RowAction, Sheet
from admin_api.console.marks import marks_of
from admin_api.console.views import status_tone
from edge.core.model import Permission, Status
from edge.core.people import Company, Customer, CustomerList, Group
from edge.core.place import Profile, Zone
from edge.core.saved import ExportArea

K = FilterKind


def _customer_columns() -> tuple[Column, ...]:
    return (
        Column(name="name", label=_("Name"), sort="name"), Column(name="status", label=_("Status"), sort="status"),
        Column(name="contact", label=_("Contact"), sort="email"), Column(name="company", label=_("Company")),
        Column(name="inside", label=_("Inside")), Column(name="seen", label=_("Last seen")),
        Column(name="groups", label=_("Groups"), shown=False), Column(name="tags", label=_("Tags"), shown=False),
        Column(name="profiles", label=_("Access profiles"), shown=False), Column(name="kind", label=_("Kind"), shown=False),
        Column(name="systems", label=_("Other systems"), shown=False), Column(name="city", label=_("City"), shown=False),
        Column(name="created", label=_("On record since"), sort="created_at", shown=False),
        Column(name="number", label=_("No."), sort="number", right=True),
    )  # fmt: skip


async def _customer_filters(here: Here) -> tuple[Filter, ...]:
    return (
        Filter(name="status", label=_("Status"), kind=K.CHOICE, any=_("Any status"), choices=terms.choices(words.STATUS), first=True),
        Filter(name="company", label=_("Company"), kind=K.CHOICE, any=_("Any company"), choices=await companies(here, _("In no company")), first=True),
        Filter(name="inside", label=_("Inside now"), kind=K.YES, any=_("Anywhere"), first=True),
        Filter(name="group", label=_("Group"), kind=K.CHOICE, any=_("Any group"), choices=await groups(here)),
        Filter(name="list", label=_("List"), kind=K.CHOICE, any=_("Any list"), choices=await lists(here)),
        Filter(name="profile", label=_("Access profile"), kind=K.CHOICE, any=_("Any profile"), choices=await profiles(here)),
        Filter(name="tag", label=_("Tag")),
        Filter(name="card_status", label=_("With a card that is"), kind=K.CHOICE, any=_("Any card"), choices=terms.choices(words.CARD_STATUS)),
        Filter(name="visited", label=_("Last visit"), kind=K.DATES), Filter(name="entered", label=_("Came in"), kind=K.DATES),
        Filter(name="exited", label=_("Went out"), kind=K.DATES), Filter(name="created", label=_("On record since"), kind=K.DATES),
        Filter(name="leaving", label=_("Booking ends"), kind=K.DATES),
        Filter(name="first_name", label=_("First name")), Filter(name="last_name", label=_("Last name")), Filter(name="email", label=_("E-mail")),
        Filter(name="phone", label=_("Any phone number")), Filter(name="contact", label=_("Contact person")), Filter(name="street", label=_("Street")),
        Filter(name="postal_code", label=_("Postal code")), Filter(name="city", label=_("City")), Filter(name="country", label=_("Country code")),
        Filter(name="company_name", label=_("Company's name")),
        Filter(name="kind", label=_("Kind"), kind=K.CHOICE, any=_("Any kind"), choices=terms.choices(terms.person_kinds())),
        Filter(name="source", label=_("How they came"), kind=K.CHOICE, any=_("Any way"), choices=terms.choices(terms.sources())),
        Filter(name="language", label=_("Language"), kind=K.CHOICE, any=_("Any language"), choices=terms.languages()),
        Filter(name="finding", label=_("To put right"), kind=K.CHOICE, any=_("Anything"), choices=terms.choices(terms.findings())),
        Filter(name="blocklisted", label=_("On the block list"), kind=K.YES, any=_("On the block list or not")),
        Filter(name="portal_blocked", label=_("No pass on a phone"), kind=K.YES, any=_("Pass on a phone or not")),
        Filter(name="deleted", label=_("Deleted"), kind=K.YES, any=_("Not deleted")),
    )  # fmt: skip


async def _customer_rows(here: Here, customers: list[Customer]) -> tuple[Row, ...]:
    parts = here.parts
    presence = await parts.journal.presence([c.id for c in customers])
    names, zones = await parts.roster.names(Company), await parts.roster.names(Zone)
    held, groups_of = await parts.roster.names(Profile), await parts.roster.names(Group)
    kinds, marks, rows = terms.person_kinds(), await marks_of(parts, "customer", [c.id for c in customers]), []
    for one in customers:
        seen, zone = presence.get(one.id, (None, None))
        status = Cell(text=_("Deleted"), tone="no") if one.deleted_at else state(one.status.value)
        status = replace(status, sub=marks.get(one.id, ""))
        cells = {
            "name": Cell(text=one.name, href=f"/customers/{one.id}"), "status": status,
            "contact": Cell(text=one.email or one.mobile or one.phone, sub=(one.mobile or one.phone) if one.email else ""),
            "company": Cell(text=names.get(one.company or "", "")),
            "inside": Cell(text=zones.get(zone, _("inside")) if zone else "", tone="info" if zone else ""),
            "seen": Cell(text=here.times.short(seen) if seen else ""),
            "groups": Cell(text=", ".join(groups_of.get(g, "") for g in one.groups)), "tags": Cell(text=", ".join(one.tags)),
            "profiles": Cell(text=", ".join(held.get(p, "") for p in one.profiles)), "kind": Cell(text=kinds[one.kind]),
            "systems": Cell(text=", ".join(dict.fromkeys(i.system for i in one.identities))),
            "city": Cell(text=", ".join(dict.fromkeys(a.city for a in one.addresses if a.city))),
            "created": Cell(text=here.times.date(one.created_at)), "number": Cell(text=str(one.number), look="num"),
        }  # fmt: skip
        rows.append(Row(id=one.id, cells=cells, menu=_customer_menu(here, one)))
    return tuple(rows)


def _customer_menu(here: Here, one: Customer) -> tuple[RowAction, ...]:
    """What may be done with a customer from their line."""
    may, at = here.session.may, f"/customers/{one.id}"
    if one.deleted_at:
        return (
            (RowAction(label=_("Restore"), post=f"{at}/restore"),) if may(Permission.CUSTOMERS_DELETE) and not one.erased_at else ()
        )
    menu = [RowAction(label=_("Edit"), href=f"{at}/edit")] if may(Permission.CUSTOMERS_EDIT) else []
    if may(Permission.CARDS_MANAGE):
        menu.append(RowAction(label=_("Add access card"), href=f"{at}/cards/new"))
    if may(Permission.VEHICLES_MANAGE):
        menu.append(RowAction(label=_("Add vehicle"), href=f"{at}/vehicles/new"))
    if may(Permission.EVENTS_VIEW):
        menu.append(RowAction(label=_("Events"), href=f"{at}?tab=events"))
    if may(Permission.CUSTOMERS_EDIT):
        active = one.status is Status.ACTIVE
        label, to = (_("Set inactive"), "inactive") if active else (_("Set active"), "active")
        menu.append(RowAction(label=label, post=f"{at}/status", name="to", value=to))
    if may(Permission.CUSTOMERS_DELETE):
        menu.append(RowAction(label=_("Delete"), post=f"{at}/delete"))
    return tuple(menu)


async def _customers(here: Here, asked: Asked) -> Found:
    return await records(here, asked, Customer, _customer_rows, area=ExportArea.CUSTOMERS)


CUSTOMERS = Sheet(
    name="customers", path="/customers", section="people", right=Permission.CUSTOMERS_VIEW, title=lambda: _("Customers"),
    columns=_customer_columns, filters=_customer_filters, rows=_customers, area=ExportArea.CUSTOMERS, bulk=True,
    search=lambda: _("Name, e-mail, phone, number or plate"),
    counted=lambda n: ngettext("%(n)s customer", "%(n)s customers", n) % {"n": n},
    empty=lambda: (_("No customers yet"), _("A customer is a person who may come in, with access cards and vehicles.")),
    new=lambda: New(href="/customers/new", label=_("New customer"), right=Permission.CUSTOMERS_ADD),
)  # fmt: skip


# ---------------------------------------------------------------------------------------------------- guests


def _guest_columns() -> tuple[Column, ...]:
    return (
        Column(name="name", label=_("Name"), sort="name"), Column(name="kind", label=_("Kind")), Column(name="host", label=_("Host")),
        Column(name="status", label=_("Status"), sort="status"), Column(name="inside", label=_("Inside")),
        Column(name="seen", label=_("Last seen")), Column(name="contact", label=_("Contact"), shown=False),
        Column(name="created", label=_("Invited"), sort="created_at"),
    )  # fmt: skip


async def _guest_filters(here: Here) -> tuple[Filter, ...]:
    kinds = tuple((k.value, w) for k, w in terms.person_kinds().items() if k.visits)
    return (
        Filter(name="kind", label=_("Kind"), kind=K.CHOICE, any=_("Any kind"), choices=kinds, first=True),
        Filter(name="inside", label=_("Inside now"), kind=K.YES, any=_("Anywhere"), first=True),
        Filter(name="status", label=_("Status"), kind=K.CHOICE, any=_("Any status"), choices=terms.choices(words.STATUS)),
        Filter(name="created", label=_("Invited"), kind=K.DATES),
        Filter(name="visited", label=_("Last visit"), kind=K.DATES),
    )  # fmt: skip


async def _guest_rows(here: Here, guests: list[Customer]) -> tuple[Row, ...]:
    def again(guest: Customer) -> tuple[RowAction, ...]:
        may = here.session.may(Permission.CUSTOMERS_ADD) and not guest.deleted_at
        return (RowAction(label=_("Invite again"), href=f"/guests/new?again={guest.id}"),) if may else ()

    hosts = await here.parts.roster.customer_names([g.host for g in guests if g.host])
    rows = await _customer_rows(here, guests)
    return tuple(
        Row(id=row.id, cells={**row.cells, "host": person(guest.host, hosts.get(guest.host or "", ""))}, menu=(*again(guest), *row.menu))
        for row, guest in zip(rows, guests, strict=True)
    )  # fmt: skip


async def _guests(here: Here, asked: Asked) -> Found:
    return await records(
        here, asked, Customer, _guest_rows, area=ExportArea.CUSTOMERS, fixed=(("visitor", True),), by_itself="-created_at"
    )


GUESTS = Sheet(
    name="guests", path="/guests", section="people", right=Permission.CUSTOMERS_VIEW, title=lambda: _("Guests"), columns=_guest_columns,
    filters=_guest_filters, rows=_guests, search=lambda: _("Name, e-mail, phone or plate"),
    lead=lambda: _("Guests, deliveries, contractors and services, with whom they come to."),
    counted=lambda n: ngettext("%(n)s guest", "%(n)s guests", n) % {"n": n},
    empty=lambda: (_("No guests yet"), _("A guest has a host, a time and a pass of their own.")),
    new=lambda: New(href="/guests/new", label=_("Invite a guest"), right=Permission.CUSTOMERS_ADD),
)  # fmt: skip


# ---------------------------------------------------------------------------------------------------- companies, groups, lists


def _company_columns() -> tuple[Column, ...]:
    return (
        Column(name="name", label=_("Name"), sort="name"), Column(name="status", label=_("Status"), sort="status"),
        Column(name="notes", label=_("Notes")), Column(name="profiles", label=_("Access profiles")),
        Column(name="overdue", label=_("Overdue since")), Column(name="people", label=_("Customers")),
    )  # fmt: skip


async def _company_filters(here: Here) -> tuple[Filter, ...]:
    return (
        Filter(
            name="status", label=_("Status"), kind=K.CHOICE, any=_("Any status"), choices=terms.choices(words.STATUS), first=True
        ),
    )


async def _company_rows(here: Here, found: list[Company]) -> tuple[Row, ...]:
    held, edits = await here.parts.roster.names(Profile), here.session.may(Permission.COMPANIES_MANAGE)
    return tuple(
        Row(id=c.id, cells={
            "name": Cell(text=c.name, href=f"/companies/{c.id}" if edits else f"/customers?company={c.id}"),
            "status": Cell(text=words.STATUS[c.status], tone=status_tone(c.status.value)), "notes": Cell(text=c.description),
            "profiles": Cell(text=", ".join(held.get(p, "") for p in c.profiles)),
            "overdue": Cell(text=here.times.date(c.overdue_since) if c.overdue_since else "", tone="warn" if c.overdue_since else ""),
            "people": Cell(text=_("Show"), href=f"/customers?company={c.id}"),
        })
        for c in found
    )  # fmt: skip


async def _companies(here: Here, asked: Asked) -> Found:
    return await records(here, asked, Company, _company_rows, area=ExportArea.COMPANIES)


COMPANIES = Sheet(
    name="companies", path="/companies", section="people", right=Permission.COMPANIES_VIEW, title=lambda: _("Companies"),
    columns=_company_columns, filters=_company_filters, rows=_companies, area=ExportArea.COMPANIES, search=lambda: _("Name of a company"),
    lead=lambda: _("A company's status counts for everybody in it."),
    counted=lambda n: ngettext("%(n)s company", "%(n)s companies", n) % {"n": n},
    empty=lambda: (_("No companies yet"), _("Customers, cards and vehicles may belong to a company.")),
    new=lambda: New(href="/companies/new", label=_("New company"), right=Permission.COMPANIES_MANAGE),
)  # fmt: skip


def _named(path: str, by: str, edit: Permission) -> Callable[[Here, list[Group] | list[CustomerList]], Awaitable[tuple[Row, ...]]]:
    """Rows of groups and of lists."""

    async def rows(here: Here, found: list[Group] | list[CustomerList]) -> tuple[Row, ...]:
        held, edits = await here.parts.roster.names(Profile), here.session.may(edit)
        return tuple(
            Row(id=g.id, cells={
                "name": Cell(text=g.name, href=f"{path}/{g.id}" if edits else f"/customers?{by}={g.id}"), "notes": Cell(text=g.description),
                "profiles": Cell(text=", ".join(held.get(p, "") for p in getattr(g, "profiles", ()))),
                "people": Cell(text=_("Show"), href=f"/customers?{by}={g.id}"),
            })
            for g in found
        )  # fmt: skip

    return rows


async def _groups(here: Here, asked: Asked) -> Found:
    return await records(here, asked, Group, _named("/groups", "group", Permission.CUSTOMERS_EDIT))


async def _lists(here: Here, asked: Asked) -> Found:
    return await records(here, asked, CustomerList, _named("/lists", "list", Permission.CUSTOMERS_EDIT))


GROUPS = Sheet(
    name="groups", path="/groups", section="people", right=Permission.CUSTOMERS_VIEW, title=lambda: _("Groups"), rows=_groups,
    columns=lambda: (
        Column(name="name", label=_("Name"), sort="name"), Column(name="notes", label=_("Notes")),
        Column(name="profiles", label=_("Access profiles")), Column(name="people", label=_("Customers")),
    ),
    lead=lambda: _("Customers in a group share its access profiles."), search=lambda: _("Name of a group"),
    counted=lambda n: ngettext("%(n)s group", "%(n)s groups", n) % {"n": n},
    empty=lambda: (_("No groups yet"), _("Customers in a group share its access profiles.")),
    new=lambda: New(href="/groups/new", label=_("New group"), right=Permission.CUSTOMERS_EDIT),
)  # fmt: skip

LISTS = Sheet(
    name="lists", path="/lists", section="people", right=Permission.CUSTOMERS_VIEW, title=lambda: _("Lists"), rows=_lists,
    columns=lambda: (
        Column(name="name", label=_("Name"), sort="name"), Column(name="notes", label=_("Notes")), Column(name="people", label=_("Customers")),
    ),
    lead=lambda: _("A list opens nothing: wardens, whom to write to about the regatta."), search=lambda: _("Name of a list"),
    counted=lambda n: ngettext("%(n)s list", "%(n)s lists", n) % {"n": n},
    empty=lambda: (_("No lists yet"), _("A list opens nothing: wardens, whom to write to about the regatta.")),
    new=lambda: New(href="/lists/new", label=_("New list"), right=Permission.CUSTOMERS_EDIT),
)  # fmt: skip

SHEETS = (CUSTOMERS, GUESTS, COMPANIES, GROUPS, LISTS)
