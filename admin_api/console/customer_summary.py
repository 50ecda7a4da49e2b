"""What stands above a customer's record: where they are, what they hold and owe, and why they may not enter, if they may not."""

from __future__ import annotations

from dataclasses import dataclass

from admin_api.auth import Session
from admin_api.console import words
from admin_api.console.language import _, ngettext
from admin_api.console.times import Times, money
from admin_api.parts import Parts
from admin_api.reads.conditions import Query
from admin_api.reads.entries import EntryQuery
from admin_api.reads.summary import MOST, Summary, summary
from edge.core.judgement import Outcome
from edge.core.model import Card, CardStatus, Permission, Status, Vehicle
from edge.core.people import Company, Customer, Group
from edge.core.place import Zone


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One of the boxes. tone: of the large words; href: where they lead."""

    label: str
    says: str
    more: str = ""
    href: str = ""
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Hint:
    """Why somebody may not enter, in words, with a way to put it right; href empty: this user has none."""

    says: str
    href: str = ""
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Overview:
    facts: tuple[Fact, ...]
    hints: tuple[Hint, ...]


async def overview(parts: Parts, session: Session, customer: Customer, firm: Company | None, times: Times) -> Overview:
    """As somebody with these rights sees it."""
    found = await summary(parts.roster, parts.journal, customer, times.now, frozenset(p for p in Permission if session.may(p)))
    facts = _seen(found, times) if session.may(Permission.EVENTS_VIEW) else []
    if session.may(Permission.CARDS_VIEW) or session.may(Permission.VEHICLES_VIEW):
        facts.append(_valid(found, times))
    if session.may(Permission.EVENTS_VIEW) and session.may(Permission.PAYMENTS_VIEW):
        facts.append(await _due(parts, found))
    if found.next_booking is not None:
        where = (await parts.roster.names(Zone)).get(found.next_booking.zone, "")
        begun = found.next_booking.from_at <= times.now
        until, since = times.short(found.next_booking.to_at), times.short(found.next_booking.from_at)
        more = _("now, until %(time)s") % {"time": until} if begun else f"{since} – {until}"
        facts.append(Fact(label=_("Next booking"), says=where, more=more, href=f"/customers/{customer.id}?tab=bookings#tabs"))
    return Overview(facts=tuple(facts), hints=tuple(await _hints(parts, session, customer, firm, found, times)))


def _seen(found: Summary, times: Times) -> list[Fact]:
    zones = ", ".join(dict.fromkeys(i.name or _("a zone") for i in found.inside))
    since = times.short(min((i.since for i in found.inside), default=None))
    return [
        Fact(label=_("Now"), says=_("Inside: %(zones)s") % {"zones": zones}, more=_("since %(when)s") % {"when": since}, tone="info")
        if found.inside
        else Fact(label=_("Now"), says=_("Outside"), more=_("by the journal")),
        Fact(label=_("Last let through"), says=times.short(found.seen_at), more=times.ago(found.seen_at))
        if found.seen_at
        else Fact(label=_("Last let through"), says=_("Never"), more=_("no reading has opened yet")),
    ]  # fmt: skip


def _valid(found: Summary, times: Times) -> Fact:
    held = [ngettext("%(num)s access card", "%(num)s access cards", found.cards) % {"num": found.cards}] if found.cards else []
    held += [ngettext("%(num)s vehicle", "%(num)s vehicles", found.vehicles) % {"num": found.vehicles}] if found.vehicles else []
    if not held:
        return Fact(label=_("Valid until"), says="–", more=_("nothing that opens now"))
    end = times.date(found.valid_until) if found.valid_until is not None else _("No end")
    return Fact(label=_("Valid until"), says=end, more=", ".join(held))


async def _due(parts: Parts, found: Summary) -> Fact:
    """Leads to the visit that is unpaid, or to the list of them."""
    if not found.due:
        return Fact(label=_("Due"), says=_("Nothing"))
    query = EntryQuery(customer=found.customer, payment="unpaid", limit=MOST)
    owed = [v for v in (await parts.journal.entries(query)).items if v.total is not None]
    all_of_them = f"/entries?customer={found.customer}&payment=unpaid"
    return Fact(
        label=_("Due"), says=", ".join(money(amount, currency) for currency, amount in found.due.items()), tone="warn",
        more=ngettext("of %(num)s visit", "of %(num)s visits", len(owed)) % {"num": len(owed)},
        href=f"/entries/{owed[0].in_seq}" if len(owed) == 1 else all_of_them,
    )  # fmt: skip


async def _hints(
    parts: Parts, session: Session, customer: Customer, firm: Company | None, found: Summary, times: Times
) -> list[Hint]:
    if customer.deleted_at:
        return []
    why = await _why_not(parts, session, customer, firm, found, times)
    last, hints = found.last, [why] if why else []
    if last is not None and last.outcome is Outcome.DENIED:
        said = {"ago": times.ago(last.at), "where": last.access_point_name or last.door, "why": words.reason(last.code).short}
        hints.append(
            Hint(
                says=_("Refused %(ago)s at %(where)s: %(why)s") % said,
                href=f"/events/{last.seq}",
                label=_("Why, and what helps"),
            )
        )
    return hints


async def _why_not(
    parts: Parts, session: Session, customer: Customer, firm: Company | None, found: Summary, times: Times
) -> Hint | None:
    """The first thing that keeps them out whichever door they come to; None: nothing does."""
    edits, here = session.may(Permission.CUSTOMERS_EDIT), f"/customers/{customer.id}"
    if customer.blocklisted:
        return Hint(says=_("They may not enter: they are on the block list."), href=f"{here}/edit#f-blocklisted" if edits else "", label=_("Change it"))  # fmt: skip
    if customer.status is not Status.ACTIVE:
        state = words.STATUS[customer.status].lower()
        return Hint(says=_("They may not enter: the customer is %(state)s.") % {"state": state})
    if firm is not None and (firm.status is not Status.ACTIVE or firm.deleted_at):
        manages = session.may(Permission.COMPANIES_MANAGE)
        return Hint(says=_("They may not enter: the company %(name)s is not active.") % {"name": firm.name}, href=f"/companies/{firm.id}" if manages else "", label=_("To the company"))  # fmt: skip
    if not (session.may(Permission.CARDS_VIEW) and session.may(Permission.VEHICLES_VIEW)):
        return None
    mine = Query(filters=(("customer", customer.id),), limit=MOST)
    things: list[Card | Vehicle] = [
        *(await parts.roster.listing(Card, mine)).items,
        *(await parts.roster.listing(Vehicle, mine)).items,
    ]
    if not things:
        adds = session.may(Permission.CARDS_MANAGE)
        return Hint(says=_("They may not enter: they have no access card and no vehicle."), href=f"{here}/cards/new" if adds else "", label=_("Add access card"))  # fmt: skip
    if not found.cards + found.vehicles:
        return Hint(says=_unusable(things, times.now), href=f"{here}?tab=cards#tabs", label=_("To the access cards"))
    groups = [g for g in await parts.roster.every(Group) if g.id in customer.groups]
    if not any(holder.profiles for holder in (customer, *things, *groups, *((firm,) if firm else ()))):
        return Hint(says=_("They may not enter: nothing gives them an access profile."), href=f"{here}/edit#checks-profiles" if edits else "", label=_("Give one"))  # fmt: skip
    return None


def _unusable(things: list[Card | Vehicle], now: int) -> str:
    """Why none of them opens."""
    if all(t.valid_to is not None and t.valid_to <= now for t in things):
        return _("They may not enter: all their access cards and vehicles have expired.")
    if all(t.status is not CardStatus.ACTIVE for t in things):
        return _("They may not enter: none of their access cards and vehicles is active.")
    return _("They may not enter: none of their access cards and vehicles is valid now.")
