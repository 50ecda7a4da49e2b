"""The lists of what opens, and when: access cards, vehicles, bookings."""

from __future__ import annotations

from admin_api.console import words
from admin_api.console.language import _, ngettext
from admin_api.console.lists import terms
from admin_api.console.lists.records import companies, one_customer, person, records, zones
from admin_api.console.lists.sheet import Asked, Cell, Column, Filter, FilterKind, Found, Here, Row, RowAction, Sheet
from admin_api.console.marks import marks_of
from admin_api.console.times import Times
from admin_api.console.views import status_tone
from edge.core.model import Card, CardStatus, CredentialKind, Permission, Vehicle
from edge.core.people import Company
from edge.core.place import Booking, BookingState, Profile, Zone
from edge.core.saved import ExportArea

K = FilterKind


def until(start: int | None, end: int | None, times: Times) -> str:
    """How long something is valid, in words."""
    if start is None and end is None:
        return _("Always")
    if end is None:
        return _("From %(time)s") % {"time": times.short(start)}
    if start is None:
        return _("Until %(time)s") % {"time": times.short(end)}
    return _("%(start)s to %(end)s") % {"start": times.short(start), "end": times.short(end)}


def _over(end: int | None, now: int) -> str:
    return "warn" if end is not None and end <= now else ""


# ---------------------------------------------------------------------------------------------------- cards


def _card_columns() -> tuple[Column, ...]:
    return (
        Column(name="card", label=_("Card"), sort="kind"), Column(name="status", label=_("Status"), sort="status"),
        Column(name="whose", label=_("Customer")), Column(name="username", label=_("User name"), sort="username"),
        Column(name="company", label=_("Company"), shown=False), Column(name="valid", label=_("Valid"), sort="valid_to"),
        Column(name="used", label=_("Last use")), Column(name="uses", label=_("Entries")),
        Column(name="profiles", label=_("Access profiles"), shown=False),
        Column(name="made", label=_("Made"), sort="created_at", shown=False),
    )  # fmt: skip


async def _card_filters(here: Here) -> tuple[Filter, ...]:
    return (
        Filter(name="status", label=_("Status"), kind=K.CHOICE, any=_("Any status"), choices=terms.choices(words.CARD_STATUS), first=True),
        Filter(name="kind", label=_("Kind"), kind=K.CHOICE, any=_("Any kind"), choices=terms.choices(words.KINDS), first=True),
        Filter(name="company", label=_("Company"), kind=K.CHOICE, any=_("Any company"), choices=await companies(here, _("Of no company"))),
        Filter(name="expires", label=_("End of validity"), kind=K.DATES), Filter(name="used", label=_("Last use"), kind=K.DATES),
        Filter(name="customer", label=_("Customer"), kind=K.CHOICE, any=_("Any customer"), choices=await one_customer(here)),
    )  # fmt: skip


async def _card_rows(here: Here, cards: list[Card]) -> tuple[Row, ...]:
    parts, times = here.parts, here.times
    names = await parts.roster.customer_names([c.customer for c in cards if c.customer])
    firms, held = await parts.roster.names(Company), await parts.roster.names(Profile)
    used = await parts.journal.last_uses([c.id for c in cards])
    marks = await marks_of(parts, "card", [c.id for c in cards])
    edits, rows = here.session.may(Permission.CARDS_MANAGE), []
    for card in cards:
        at, spent = used.get(card.id, (None, 0))
        uses = _("%(spent)s of %(uses)s") % {"spent": spent, "uses": card.uses} if card.uses is not None else ""
        cells = {
            "card": Cell(text=f"{words.KINDS[card.kind]} …{card.last4}", href=f"/cards/{card.id}/edit" if edits else ""),
            "status": Cell(text=words.CARD_STATUS[card.status], tone=status_tone(card.status.value), sub=marks.get(card.id, "")),
            "whose": person(card.customer, names.get(card.customer or "", "")), "username": Cell(text=card.username),
            "company": Cell(text=firms.get(card.company or "", "")),
            "valid": Cell(text=until(card.valid_from, card.valid_to, times), tone=_over(card.valid_to, times.now)),
            "used": Cell(text=times.short(at) if at else ""), "uses": Cell(text=uses, look="num"),
            "profiles": Cell(text=", ".join(held.get(p, "") for p in card.profiles)), "made": Cell(text=times.date(card.created_at)),
        }  # fmt: skip
        rows.append(Row(id=card.id, cells=cells, menu=_card_menu(here, card)))
    return tuple(rows)


def _card_menu(here: Here, card: Card) -> tuple[RowAction, ...]:
    menu = []
    if here.session.may(Permission.CARDS_MANAGE):
        menu.append(RowAction(label=_("Edit"), href=f"/cards/{card.id}/edit"))
        if card.status is CardStatus.ACTIVE:
            menu.append(RowAction(label=_("Suspend"), post=f"/cards/{card.id}/status", name="to", value="suspended"))
            menu.append(RowAction(label=_("Report lost"), post=f"/cards/{card.id}/status", name="to", value="lost"))
        else:
            menu.append(RowAction(label=_("Set active"), post=f"/cards/{card.id}/status", name="to", value="active"))
        if card.kind is CredentialKind.ROTATING_QR:
            menu.append(RowAction(label=_("Put on phone"), href=f"/cards/{card.id}/phone"))
    if here.session.may(Permission.CARDS_REVEAL) and card.customer:
        menu.append(RowAction(label=_("Print"), href=f"/customers/{card.customer}/cards/print?card={card.id}"))
    return tuple(menu)


async def _cards(here: Here, asked: Asked) -> Found:
    return await records(here, asked, Card, _card_rows, area=ExportArea.CARDS, by_itself="-created_at")


CARDS = Sheet(
    name="cards", path="/cards", section="people", right=Permission.CARDS_VIEW, title=lambda: _("Access cards"), columns=_card_columns,
    filters=_card_filters, rows=_cards, area=ExportArea.CARDS, search=lambda: _("Customer, user name or last four of the code"),
    counted=lambda n: ngettext("%(n)s access card", "%(n)s access cards", n) % {"n": n},
    empty=lambda: (_("No access cards yet"), _("A QR code, a barcode, a card or a tag that opens. Add one on its customer's page.")),
)  # fmt: skip


# ---------------------------------------------------------------------------------------------------- vehicles


def _vehicle_columns() -> tuple[Column, ...]:
    return (
        Column(name="plate", label=_("Plate"), sort="plate_key"), Column(name="status", label=_("Status"), sort="status"),
        Column(name="whose", label=_("Customer")), Column(name="brand", label=_("Brand"), sort="brand"),
        Column(name="model", label=_("Model"), sort="model"), Column(name="colour", label=_("Colour"), sort="colour"),
        Column(name="year", label=_("Year"), sort="year", right=True), Column(name="company", label=_("Company"), shown=False),
        Column(name="class", label=_("Class"), shown=False), Column(name="tags", label=_("Tags"), shown=False),
        Column(name="used", label=_("Last use"), shown=False), Column(name="valid", label=_("Valid"), shown=False),
        Column(name="made", label=_("On record since"), sort="created_at", shown=False),
    )  # fmt: skip


async def _vehicle_filters(here: Here) -> tuple[Filter, ...]:
    return (
        Filter(name="status", label=_("Status"), kind=K.CHOICE, any=_("Any status"), choices=terms.choices(words.CARD_STATUS), first=True),
        Filter(name="vehicle_class", label=_("Class"), kind=K.CHOICE, any=_("Any class"), choices=terms.choices(terms.vehicle_classes()), first=True),
        Filter(name="company", label=_("Company"), kind=K.CHOICE, any=_("Any company"), choices=await companies(here, _("Of no company"))),
        Filter(name="plate", label=_("Plate")), Filter(name="brand", label=_("Brand")), Filter(name="model", label=_("Model")),
        Filter(name="colour", label=_("Colour")), Filter(name="year", label=_("Year")), Filter(name="country", label=_("Country code")),
        Filter(name="tag", label=_("Tag")),
        Filter(name="customer", label=_("Customer"), kind=K.CHOICE, any=_("Any customer"), choices=await one_customer(here)),
    )  # fmt: skip


async def _vehicle_rows(here: Here, vehicles: list[Vehicle]) -> tuple[Row, ...]:
    parts, times = here.parts, here.times
    names = await parts.roster.customer_names([v.customer for v in vehicles if v.customer])
    firms, used = await parts.roster.names(Company), await parts.journal.last_uses([v.id for v in vehicles])
    marks = await marks_of(parts, "vehicle", [v.id for v in vehicles])
    classes, edits, rows = terms.vehicle_classes(), here.session.may(Permission.VEHICLES_MANAGE), []
    for vehicle in vehicles:
        at, _spent = used.get(vehicle.id, (None, 0))
        cells = {
            "plate": Cell(text=vehicle.plate, sub=vehicle.country, look="plate", href=f"/vehicles/{vehicle.id}/edit" if edits else ""),
            "status": Cell(text=words.CARD_STATUS[vehicle.status], tone=status_tone(vehicle.status.value), sub=marks.get(vehicle.id, "")),
            "whose": person(vehicle.customer, names.get(vehicle.customer or "", "")), "brand": Cell(text=vehicle.brand),
            "model": Cell(text=vehicle.model), "colour": Cell(text=vehicle.colour), "year": Cell(text=str(vehicle.year or ""), look="num"),
            "company": Cell(text=firms.get(vehicle.company or "", "")), "class": Cell(text=classes[vehicle.vehicle_class]),
            "tags": Cell(text=", ".join(vehicle.tags)), "used": Cell(text=times.short(at) if at else ""),
            "valid": Cell(text=until(vehicle.valid_from, vehicle.valid_to, times), tone=_over(vehicle.valid_to, times.now)),
            "made": Cell(text=times.date(vehicle.created_at)),
        }  # fmt: skip
        menu = (RowAction(label=_("Edit"), href=f"/vehicles/{vehicle.id}/edit"),) if edits else ()
        rows.append(Row(id=vehicle.id, cells=cells, menu=menu))
    return tuple(rows)


async def _vehicles(here: Here, asked: Asked) -> Found:
    return await records(here, asked, Vehicle, _vehicle_rows, area=ExportArea.VEHICLES)


VEHICLES = Sheet(
    name="vehicles", path="/vehicles", section="people", right=Permission.VEHICLES_VIEW, title=lambda: _("Vehicles"),
    columns=_vehicle_columns, filters=_vehicle_filters, rows=_vehicles, area=ExportArea.VEHICLES,
    search=lambda: _("Plate, brand, model, colour or customer"),
    counted=lambda n: ngettext("%(n)s vehicle", "%(n)s vehicles", n) % {"n": n},
    empty=lambda: (_("No vehicles yet"), _("A vehicle's plate opens like a card, wherever plates are read. Add one on its customer's page.")),
)  # fmt: skip


# ---------------------------------------------------------------------------------------------------- bookings


def _booking_columns() -> tuple[Column, ...]:
    return (
        Column(name="whose", label=_("Customer")), Column(name="zone", label=_("Zone")), Column(name="from", label=_("From"), sort="from_at"),
        Column(name="to", label=_("To"), sort="to_at"), Column(name="state", label=_("State")), Column(name="note", label=_("Note")),
        Column(name="by", label=_("Made by"), shown=False), Column(name="made", label=_("Made"), sort="created_at", shown=False),
    )  # fmt: skip


async def _booking_filters(here: Here) -> tuple[Filter, ...]:
    return (
        Filter(name="state", label=_("State"), kind=K.CHOICE, any=_("Any state"), choices=terms.choices(terms.booking_states()), first=True),
        Filter(name="zone", label=_("Zone"), kind=K.CHOICE, any=_("Any zone"), choices=await zones(here), first=True),
        Filter(name="starts", label=_("Begins"), kind=K.DATES), Filter(name="ends", label=_("Ends"), kind=K.DATES),
        Filter(name="customer", label=_("Customer"), kind=K.CHOICE, any=_("Any customer"), choices=await one_customer(here)),
    )  # fmt: skip


async def _booking_rows(here: Here, bookings: list[Booking]) -> tuple[Row, ...]:
    names = await here.parts.roster.customer_names([b.customer for b in bookings])
    where, said = await here.parts.roster.names(Zone), terms.booking_states()
    return tuple(
        Row(id=b.id, cells={
            "whose": person(b.customer, names.get(b.customer, "")), "zone": Cell(text=where.get(b.zone, "")),
            "from": Cell(text=here.times.short(b.from_at)), "to": Cell(text=here.times.short(b.to_at)),
            "state": Cell(text=said[b.state], tone="ok" if b.state is BookingState.CONFIRMED else "dim"), "note": Cell(text=b.note),
            "by": Cell(text=b.made_by), "made": Cell(text=here.times.short(b.created_at)),
        })
        for b in bookings
    )  # fmt: skip


async def _bookings(here: Here, asked: Asked) -> Found:
    return await records(here, asked, Booking, _booking_rows, area=ExportArea.BOOKINGS, by_itself="-from_at")


BOOKINGS = Sheet(
    name="bookings", path="/bookings", section="list", right=Permission.BOOKINGS_VIEW, title=lambda: _("Bookings"),
    columns=_booking_columns, filters=_booking_filters, rows=_bookings, area=ExportArea.BOOKINGS, search=lambda: _("Words of the note"),
    counted=lambda n: ngettext("%(n)s booking", "%(n)s bookings", n) % {"n": n},
    empty=lambda: (_("No bookings yet"), _("A booking lets a customer into a zone from a time to a time.")),
)  # fmt: skip

SHEETS = (CARDS, VEHICLES, BOOKINGS)
