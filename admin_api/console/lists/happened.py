"""The lists of what happened: events, entries, payments. Newest first, as the journal has them."""

from __future__ import annotations

from typing import Any

from admin_api.console import words
from admin_api.console.language import _
from admin_api.console.lists import terms
from admin_api.console.lists.records import companies, one_customer, person, points, zones
from admin_api.console.lists.sheet import Asked, Cell, Column, Filter, FilterKind, Found, Here, Row, Sheet
from admin_api.console.views import event_view
from admin_api.reads.entries import EntryQuery, Visit
from admin_api.reads.journal import EventQuery
from admin_api.reports.filters import values_of
from edge.core.errors import Invalid
from edge.core.judgement import Outcome
from edge.core.model import Permission
from edge.core.money import shown
from edge.core.payment import PaymentState
from edge.core.place import Zone
from edge.core.saved import ExportArea

K = FilterKind


def _before(after: str) -> int | None:
    """Raises Invalid."""
    if after and not (after.isdecimal() and len(after) < 18):
        raise Invalid("the link to this page is broken: go back to the list", field="after")
    return int(after) if after else None


def _values(here: Here, area: ExportArea, asked: Asked) -> dict[str, Any]:
    return values_of(area, asked.filters, now=here.parts.now(), tz=here.times.tz)


# ---------------------------------------------------------------------------------------------------- events


def _event_columns() -> tuple[Column, ...]:
    return (
        Column(name="when", label=_("When")), Column(name="who", label=_("Who")), Column(name="what", label=_("What")),
        Column(name="where", label=_("Where")), Column(name="shown", label=_("Shown")), Column(name="note", label=_("Note")),
        Column(name="kind", label=_("Kind"), shown=False), Column(name="reader", label=_("Reader"), shown=False),
        Column(name="number", label=_("No."), shown=False, right=True),
    )  # fmt: skip


async def _event_filters(here: Here) -> tuple[Filter, ...]:
    outcomes = ((Outcome.GRANTED.value, _("Granted")), (Outcome.DENIED.value, _("Denied")))
    reasons = tuple((r.value, said.short) for r, said in words.REASONS.items())
    readers = tuple((r.name, r.name) for r in here.parts.settings.reader)
    return (
        Filter(name="outcome", label=_("Outcome"), kind=K.CHOICE, any=_("Any outcome"), choices=outcomes, first=True),
        Filter(name="kind", label=_("Kind"), kind=K.CHOICE, any=_("Any kind"), choices=terms.choices(words.EVENT_KINDS), first=True),
        Filter(name="access_point", label=_("Access point"), kind=K.CHOICE, any=_("Anywhere"), choices=await points(here), first=True),
        Filter(name="at", label=_("Time"), kind=K.DATES, since="since", until="until", first=True),
        Filter(name="reason", label=_("Reason"), kind=K.CHOICE, any=_("Any reason"), choices=reasons),
        Filter(name="zone", label=_("Zone"), kind=K.CHOICE, any=_("Any zone"), choices=await zones(here)),
        Filter(name="reader", label=_("Reader"), kind=K.CHOICE, any=_("Any reader"), choices=readers),
        Filter(name="credential", label=_("Shown"), kind=K.CHOICE, any=_("Any credential"), choices=terms.choices(words.KINDS)),
        Filter(name="company", label=_("Company"), kind=K.CHOICE, any=_("Any company"), choices=(await companies(here, ""))[1:]),
        Filter(name="person", label=_("Of whom"), kind=K.CHOICE, any=_("Anybody"), choices=terms.choices(terms.person_kinds())),
        Filter(name="tag", label=_("Tag")),
        Filter(name="customer", label=_("Customer"), kind=K.CHOICE, any=_("Any customer"), choices=await one_customer(here)),
    )  # fmt: skip


async def _events(here: Here, asked: Asked) -> Found:
    values = _values(here, ExportArea.EVENTS, asked)
    code = values.pop("reason", "")
    page = await here.parts.journal.events(EventQuery(**values, code=code, before=_before(asked.after), limit=asked.limit))
    rows = []
    for event in page.items:
        view = event_view(event, here.times)
        cells = {
            "when": Cell(text=view.clock, sub="" if view.today else view.day, href=f"/events/{event.seq}", mark=view.mark), "who": person(event.customer, view.who),
            "what": Cell(text=view.short), "where": Cell(text=view.where), "shown": Cell(text=view.shown), "note": Cell(text=view.note),
            "kind": Cell(text=view.kind), "reader": Cell(text=event.reader), "number": Cell(text=str(event.seq), look="num"),
        }  # fmt: skip
        rows.append(Row(id=str(event.seq), cells=cells, tone=view.tone))
    return Found(rows=tuple(rows), following=page.next)


EVENTS = Sheet(
    name="events", path="/events", section="list", right=Permission.EVENTS_VIEW, title=lambda: _("Events"), columns=_event_columns,
    filters=_event_filters, rows=_events, area=ExportArea.EVENTS,
    empty=lambda: (_("No events"), _("Nothing matches, or nothing has happened yet.")),
)  # fmt: skip


# ---------------------------------------------------------------------------------------------------- entries


def _entry_columns() -> tuple[Column, ...]:
    return (
        Column(name="came", label=_("Came in")), Column(name="who", label=_("Who")), Column(name="zone", label=_("Zone")),
        Column(name="left", label=_("Left")), Column(name="stayed", label=_("Stayed"), right=True), Column(name="label", label=_("Card or vehicle")),
        Column(name="amount", label=_("Amount"), right=True), Column(name="payment", label=_("Payment")), Column(name="flag", label=_("Remark")),
        Column(name="company", label=_("Company"), shown=False),
    )  # fmt: skip


async def _entry_filters(here: Here) -> tuple[Filter, ...]:
    return (
        Filter(name="open", label=_("Inside now"), kind=K.YES, any=_("Inside or left"), first=True),
        Filter(name="zone", label=_("Zone"), kind=K.CHOICE, any=_("Any zone"), choices=await zones(here), first=True),
        Filter(name="payment", label=_("Payment"), kind=K.CHOICE, any=_("Any payment"), choices=terms.choices(terms.payment_states()), first=True),
        Filter(name="came", label=_("Came in"), kind=K.DATES, since="since", until="until", first=True),
        Filter(name="left", label=_("Left"), kind=K.DATES, since="left_since", until="left_until"),
        Filter(name="access_point", label=_("Access point"), kind=K.CHOICE, any=_("Anywhere"), choices=await points(here)),
        Filter(name="company", label=_("Company"), kind=K.CHOICE, any=_("Any company"), choices=(await companies(here, ""))[1:]),
        Filter(name="person", label=_("Of whom"), kind=K.CHOICE, any=_("Anybody"), choices=terms.choices(terms.person_kinds())),
        Filter(name="tag", label=_("Tag")),
        Filter(name="least", label=_("Amount from"), kind=K.AMOUNT), Filter(name="most", label=_("Amount up to"), kind=K.AMOUNT),
        Filter(name="flag", label=_("Remark"), kind=K.CHOICE, any=_("Any remark"), choices=terms.choices(words.FLAGS)),
        Filter(name="customer", label=_("Customer"), kind=K.CHOICE, any=_("Any customer"), choices=await one_customer(here)),
    )  # fmt: skip


async def _entries(here: Here, asked: Asked) -> Found:
    query = EntryQuery(**_renamed(_values(here, ExportArea.ENTRIES, asked)), before=_before(asked.after), limit=asked.limit)
    page = await here.parts.journal.entries(query)
    return Found(rows=await _entry_rows(here, page.items), following=page.next)


def _renamed(values: dict[str, Any]) -> dict[str, Any]:
    """What the export calls an access point, the query calls a point."""
    return {"point" if name == "access_point" else name: value for name, value in values.items()}


async def _entry_rows(here: Here, visits: list[Visit]) -> tuple[Row, ...]:
    parts, times, said, rows = here.parts, here.times, words.FLAGS, []
    names = await parts.roster.customer_names([v.customer for v in visits if v.customer])
    where = await parts.roster.names(Zone)
    firms = await parts.roster.company_names([v.customer for v in visits if v.customer])
    pays = here.session.may(Permission.PAYMENTS_VIEW)
    for visit in visits:
        payment, tone = words.PAYMENT_STATES[visit.payment]
        amount = visit.paid if visit.total is None else visit.total
        cells = {
            "came": Cell(text=times.short(visit.in_at), href=f"/entries/{visit.in_seq}" if pays else f"/events/{visit.in_seq}"),
            "who": person(visit.customer, names.get(visit.customer or "", "")) if names.get(visit.customer or "") else Cell(text=visit.label),
            "zone": Cell(text=where.get(visit.zone, _("a zone that is gone"))),
            "left": Cell(text=times.short(visit.out_at), href=f"/events/{visit.out_seq}" if visit.out_seq else "") if visit.out_at
            else Cell(text=_("Inside"), tone="info"),
            "stayed": Cell(text=times.lasted(visit.in_at, visit.out_at), look="num"), "label": Cell(text=visit.label),
            "amount": Cell(text=shown(amount, visit.currency) if visit.currency else "", look="num"),
            "payment": Cell(text=payment, tone=tone if payment else ""), "flag": Cell(text=said.get(visit.flag, "")),
            "company": Cell(text=firms.get(visit.customer or "", "")),
        }  # fmt: skip
        rows.append(Row(id=str(visit.in_seq), cells=cells))
    return tuple(rows)


ENTRIES = Sheet(
    name="entries", path="/entries", section="list", right=Permission.EVENTS_VIEW, title=lambda: _("Entries"), columns=_entry_columns,
    filters=_entry_filters, rows=_entries, area=ExportArea.ENTRIES, lead=lambda: _("Visits: who was where, from when to when, and what it came to."),
    empty=lambda: (_("No entries"), _("Nothing matches, or nobody has come in yet.")),
)  # fmt: skip


# ---------------------------------------------------------------------------------------------------- payments


def _payment_columns() -> tuple[Column, ...]:
    return (
        Column(name="taken", label=_("Taken")), Column(name="who", label=_("Who")), Column(name="amount", label=_("Amount"), right=True), Column(name="state", label=_("State")),
        Column(name="method", label=_("Method")), Column(name="entry", label=_("Entry")), Column(name="refunded", label=_("Refunded"), right=True),
        Column(name="by", label=_("Taken by")), Column(name="note", label=_("Note")), Column(name="number", label=_("No."), right=True),
    )  # fmt: skip


async def _payment_filters(here: Here) -> tuple[Filter, ...]:
    states = tuple((s.value, words.PAYMENT_STATES[s.value][0]) for s in PaymentState)
    return (
        Filter(name="state", label=_("State"), kind=K.CHOICE, any=_("Any state"), choices=states, first=True),
        Filter(name="taken", label=_("Taken"), kind=K.DATES, since="since", until="until", first=True),
        Filter(name="company", label=_("Company"), kind=K.CHOICE, any=_("Any company"), choices=(await companies(here, ""))[1:]),
        Filter(name="customer", label=_("Customer"), kind=K.CHOICE, any=_("Any customer"), choices=await one_customer(here)),
    )  # fmt: skip


async def _payments(here: Here, asked: Asked) -> Found:
    page = await here.parts.journal.payments(
        **_values(here, ExportArea.PAYMENTS, asked), before=_before(asked.after), limit=asked.limit
    )
    of = await here.parts.journal.customers_of([payment.entry for payment in page.items])
    names, rows = await here.parts.roster.customer_names(list(of.values())), []
    for payment in page.items:
        payer = of.get(payment.entry, "")
        said, tone = words.PAYMENT_STATES[payment.state.value]
        cells = {
            "taken": Cell(text=here.times.short(payment.taken_at), href=f"/entries/{payment.entry}"),
            "who": person(payer, names.get(payer, "")),
            "amount": Cell(text=shown(payment.amount, payment.currency), look="num"), "state": Cell(text=said, tone=tone),
            "method": Cell(text=words.METHODS[payment.method]), "entry": Cell(text=str(payment.entry), href=f"/events/{payment.entry}"),
            "refunded": Cell(text=shown(payment.refunded, payment.currency) if payment.refunded else "", look="num"),
            "by": Cell(text=payment.taken_by), "note": Cell(text=payment.note), "number": Cell(text=str(payment.id), look="num"),
        }  # fmt: skip
        rows.append(Row(id=str(payment.id), cells=cells))
    return Found(rows=tuple(rows), following=page.next)


PAYMENTS = Sheet(
    name="payments", path="/payments", section="list", right=Permission.PAYMENTS_VIEW, title=lambda: _("Payments"), columns=_payment_columns,
    filters=_payment_filters, rows=_payments, area=ExportArea.PAYMENTS,
    empty=lambda: (_("No payments"), _("Nothing matches, or nothing was paid yet.")),
)  # fmt: skip

SHEETS = (EVENTS, ENTRIES, PAYMENTS)
