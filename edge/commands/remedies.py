"""What helps against a refusal, as a command: it corrects the state, and the same reading is judged again before the door opens.

Two commits, the roster's first; the second is judged on what the first left, and both are done once for a request id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from edge.commands import bookings, companies, credentials, customers, passes, payments, presence, scope, site
from edge.commands.base import JOURNAL_HANDLERS, Command, Patch
from edge.commands.doors import Admission, write_decision
from edge.core.decide import decide
from edge.core.errors import Forbidden, Invalid
from edge.core.event import Event
from edge.core.judgement import Outcome, Reason, Remedy
from edge.core.model import Actor, Card, CredentialKind, Moment, Permission, Value
from edge.core.payment import PaymentMethod
from edge.core.people import Customer
from edge.core.place import AccessPoint, Mode, Zone
from edge.ports import DoorsSay, JournalTx, RosterTx

BOOKED_MINUTES = 60
"""For how long a booking made at the gate is, unless the request says otherwise."""


class ApplyRemedy(Command, tag="decisions.remedy", frozen=True, kw_only=True):
    """Correct what the refusal of this event was for, judge its reading again, and open the door if it is granted now.

    fields: what the remedy needs to know (docs/decision.md); open False: correct only. Needs the right of what it corrects,
    and doors.open to open.
    """

    right: ClassVar = Permission.EVENTS_VIEW
    event: int
    remedy: Remedy
    reason: str
    fields: Patch = msgspec.field(default_factory=dict)
    open: bool = True


class Remedied(Value, frozen=True, kw_only=True):
    """What came of it: the event of the new decision (0: none was asked for), its reason, and did the door take it."""

    event: int = 0
    reason: Reason | None = None
    granted: bool = False
    opened: bool = False
    changed: str = ""


M = Remedy
Cure = Callable[[RosterTx, Event, Patch, str, Moment], Command]


def _card(tx: RosterTx, event: Event, changes: Patch, reason: str) -> Command:
    """An edit of the event's card or vehicle."""
    id = _there(event.card, "the event names no card or vehicle")
    if event.credential == CredentialKind.PLATE.value:
        return credentials.EditVehicle(id=id, changes=changes, reason=reason)
    return credentials.EditCard(id=id, changes=changes, reason=reason)


def _customer(event: Event, changes: Patch, reason: str) -> Command:
    return customers.EditCustomer(id=_there(event.customer, "the event names no customer"), changes=changes, reason=reason)


def _company(event: Event) -> str:
    firm = event.facts.firm if event.facts else None
    return _there(firm.id if firm else None, "the event names no company")


def _point(event: Event, changes: Patch, reason: str) -> Command:
    return site.EditAccessPoint(id=_there(event.access_point, "the event names no access point"), changes=changes, reason=reason)


def _give_profile(tx: RosterTx, event: Event, fields: Patch, reason: str, now: Moment) -> Command:
    held = tx.get(Customer, _there(event.customer, "the event names no customer")).profiles
    return _customer(event, {"profiles": [*held, _field(fields, "profile")]}, reason)


def _add_uses(tx: RosterTx, event: Event, fields: Patch, reason: str, now: Moment) -> Command:
    """As many more as are asked for (one), on whichever limit refused."""
    more = fields.get("uses", 1)
    if not isinstance(more, int) or not 1 <= more <= 10_000:
        raise Invalid("between 1 and 10000", field="uses")
    card = tx.get(Card, _there(event.card, "the event names no card"))
    if event.code == Reason.DAILY_LIMIT.value:
        return _card(tx, event, {"daily_limit": (card.daily_limit or 0) + more}, reason)
    spent = event.facts.where.spent if event.facts and event.facts.where else 0
    changes: Patch = {} if card.uses is None else {"uses": max(card.uses, spent) + more}
    if card.period_limit is not None:
        changes["period_limit"] = card.period_limit + more
    return _card(tx, event, changes, reason)


def _end_lockdown(tx: RosterTx, event: Event, fields: Patch, reason: str, now: Moment) -> Command:
    """Of the access point, else of its zone, else of the site: the nearest that is locked down by hand."""
    point = tx.get(AccessPoint, _there(event.access_point, "the event names no access point"))
    if point.mode is Mode.LOCKED_DOWN:
        return site.SetMode(mode=Mode.NORMAL, access_point=point.id, reason=reason)
    zone = tx.find(Zone, id=event.zone) if event.zone else None
    while zone is not None and zone.mode is not Mode.LOCKED_DOWN:
        zone = tx.find(Zone, id=zone.parent) if zone.parent else None
    if zone is not None:
        return site.SetMode(mode=Mode.NORMAL, zone=zone.id, reason=reason)
    if site.policy(tx).mode is not Mode.LOCKED_DOWN:
        raise Invalid("no lock-down set by hand is in force; change the hours of the mode instead")
    return site.SetMode(mode=Mode.NORMAL, reason=reason)


def _accept_kind(tx: RosterTx, event: Event, fields: Patch, reason: str, now: Moment) -> Command:
    point = tx.get(AccessPoint, _there(event.access_point, "the event names no access point"))
    return _point(event, {"kinds": [*(k.value for k in point.kinds), event.credential]}, reason)


def _register(tx: RosterTx, event: Event, fields: Patch, reason: str, now: Moment) -> Command:
    """A card or vehicle for what was shown. The journal does not know codes: the request brings the code or the plate."""
    record = {k: v for k, v in fields.items() if k in ("customer", "company", "profiles", "username")}
    if event.credential == CredentialKind.PLATE.value:
        return credentials.AddVehicle(
            fields={**{k: v for k, v in record.items() if k != "username"}, "plate": _field(fields, "plate")}
        )
    return credentials.AddCard(fields={**record, "kind": event.credential}, code=_field(fields, "code"))


def _plate(tx: RosterTx, event: Event, fields: Patch, reason: str, now: Moment) -> Command:
    """The plate as it really is: of the vehicle named, or of a new one of the event's customer."""
    plate = _field(fields, "plate")
    if "vehicle" in fields:
        changes = {"plate": plate, **({"customer": fields["customer"]} if "customer" in fields else {})}
        return credentials.EditVehicle(id=fields["vehicle"], changes=changes, reason=reason)
    customer = fields.get("customer") or event.customer
    return credentials.AddVehicle(fields={"plate": plate, "customer": customer, "profiles": fields.get("profiles", [])})


def _book(tx: RosterTx, event: Event, fields: Patch, reason: str, now: Moment) -> Command:
    minutes = fields.get("minutes", BOOKED_MINUTES)
    if not isinstance(minutes, int) or not 1 <= minutes <= 7 * 1440:
        raise Invalid("between a minute and a week", field="minutes")
    fields = {
        "customer": _there(event.customer, "the event names no customer"), "zone": _there(event.zone, "the event names no zone"),
        "from_at": now.wall, "to_at": now.wall + minutes * 60_000, "note": reason,
    }  # fmt: skip
    return bookings.AddBooking(fields=fields, reason=reason)


def _clear_overdue(tx: RosterTx, event: Event, fields: Patch, reason: str, now: Moment) -> Command:
    if event.facts and event.facts.person and event.facts.person.overdue_since is not None:
        return _customer(event, {"overdue_since": None}, reason)
    return companies.EditCompany(id=_company(event), changes={"overdue_since": None})


IN_ROSTER: dict[Remedy, Cure] = {
    M.PUT_IN_SERVICE: lambda tx, e, f, r, now: _point(e, {"in_service": True}, r),
    M.END_LOCKDOWN: _end_lockdown,
    M.ACCEPT_KIND: _accept_kind,
    M.REGISTER_CREDENTIAL: _register,
    M.CORRECT_PLATE: _plate,
    M.ACTIVATE_CARD: lambda tx, e, f, r, now: _card(tx, e, {"status": "active"}, r),
    M.REPLACE_CARD: lambda tx, e, f, r, now: credentials.EditCard(
        id=_there(e.card, "the event names no card"), changes={"status": "active"}, code=_field(f, "code"), reason=r
    ),
    M.CHANGE_VALIDITY: lambda tx, e, f, r, now: _card(tx, e, {k: f[k] for k in ("valid_from", "valid_to") if k in f}, r),
    M.ACTIVATE_CUSTOMER: lambda tx, e, f, r, now: _customer(e, {"status": "active"}, r),
    M.RESTORE_CUSTOMER: lambda tx, e, f, r, now: customers.RestoreCustomer(id=_there(e.customer, "the event names no customer"), reason=r),
    M.ACTIVATE_COMPANY: lambda tx, e, f, r, now: companies.EditCompany(id=_company(e), changes={"status": "active"}),
    M.CLEAR_BLOCK: lambda tx, e, f, r, now: _customer(e, {"blocklisted": False}, r),
    M.SET_PIN: lambda tx, e, f, r, now: passes.SetPin(id=_there(e.card, "the event names no card"), pin=_field(f, "pin"), reason=r),
    M.REGISTER_VEHICLE: _plate,
    M.GIVE_PROFILE: _give_profile,
    M.CHANGE_SCHEDULE: lambda tx, e, f, r, now: site.EditSchedule(
        id=_field(f, "schedule"), changes={k: f[k] for k in ("windows", "holidays") if k in f}, reason=r
    ),
    M.BOOK: _book,
    M.ADD_USES: _add_uses,
    M.RAISE_CAPACITY: lambda tx, e, f, r, now: site.EditZone(id=_field(f, "zone", e.zone), changes={"capacity": f.get("capacity")}, reason=r),
    M.CLEAR_OVERDUE: _clear_overdue,
}  # fmt: skip
"""Remedies that correct the roster, and how."""

IN_JOURNAL: dict[Remedy, Callable[[Event, Patch, str], Command]] = {
    M.UNLOCK_PIN: lambda e, f, r: presence.UnlockPin(
        card=e.card or "", access_point="" if e.card else _there(e.access_point, "the event names no card"), reason=r
    ),
    M.MARK_OUTSIDE: lambda e, f, r: presence.CorrectPresence(holder=_there(e.card, "the event names no card or vehicle"), reason=r),
    M.MARK_INSIDE: lambda e, f, r: presence.CorrectPresence(
        holder=_there(e.card, "the event names no card or vehicle"), zone=_there(e.zone, "the event names no zone"), reason=r
    ),
    M.TAKE_PAYMENT: lambda e, f, r: payments.TakePayment(
        entry=_visit(e), method=PaymentMethod(f.get("method", "cash")), amount=f.get("amount"), note=r
    ),
    M.CORRECT_COUNT: lambda e, f, r: presence.CorrectCount(
        zone=_there(e.zone, "the event names no zone"), by=f.get("by", -1), reason=r
    ),
}
"""Remedies that correct the journal's records, and how."""

P = Permission
ONE_STEP: dict[Remedy, Permission] = {
    M.PUT_IN_SERVICE: P.SITE_MANAGE, M.END_LOCKDOWN: P.DOORS_MODE, M.ACCEPT_KIND: P.SITE_MANAGE, M.ACTIVATE_CARD: P.CARDS_MANAGE,
    M.ACTIVATE_CUSTOMER: P.CUSTOMERS_EDIT, M.RESTORE_CUSTOMER: P.CUSTOMERS_DELETE, M.ACTIVATE_COMPANY: P.COMPANIES_MANAGE,
    M.CLEAR_BLOCK: P.CUSTOMERS_EDIT, M.BOOK: P.BOOKINGS_MANAGE, M.ADD_USES: P.CARDS_MANAGE, M.CLEAR_OVERDUE: P.CUSTOMERS_EDIT,
    M.UNLOCK_PIN: P.CARDS_MANAGE, M.MARK_OUTSIDE: P.PRESENCE_CORRECT, M.MARK_INSIDE: P.PRESENCE_CORRECT,
    M.CORRECT_COUNT: P.PRESENCE_CORRECT, M.TAKE_PAYMENT: P.PAYMENTS_TAKE,
}  # fmt: skip
"""Remedies that need nothing but a reason, and the right they take."""

ADVICE = frozenset(Remedy) - IN_ROSTER.keys() - IN_JOURNAL.keys()
"""What a person does at the gate, or in another place: nothing is corrected by it. LET_IN_ONCE is `doors.unlock`."""


def _visit(event: Event) -> int:
    """The visit that is to be paid: the one whose price refused."""
    kept = event.facts
    found = [v.seq for v in kept.where.visits if kept.visit and v.at == kept.visit.entered_at] if kept and kept.where else []
    if not found:
        raise Invalid("the event names no visit that costs something", field="remedy")
    return found[0]


def cure_roster(tx: RosterTx, command: ApplyRemedy, event: Event, actor: Actor, now: Moment) -> Any:
    """The roster's half, in its own commit. Raises Invalid, Forbidden, and whatever the correcting command raises."""
    made = IN_ROSTER[command.remedy](tx, event, command.fields, command.reason, now)
    _may(actor, made)
    return scope.do(tx, made, actor, now)


def cure_journal(tx: JournalTx, command: ApplyRemedy, event: Event, actor: Actor, now: Moment) -> Any:
    """The journal's correction, before the reading is judged again in the same commit."""
    made = IN_JOURNAL[command.remedy](event, command.fields, command.reason)
    _may(actor, made)
    scope.look(tx, made, actor)
    return JOURNAL_HANDLERS[type(made)](tx, made, actor, now)


def check(command: ApplyRemedy, event: Event) -> None:
    """Is it a refusal, and does this remedy help against it. Raises Invalid."""
    if event.outcome is not Outcome.DENIED or event.facts is None:
        raise Invalid("nothing was refused in this event", field="event")
    if not command.reason.strip():
        raise Invalid("say why: the journal keeps it", field="reason")
    if command.remedy in ADVICE:
        raise Invalid(
            f"{command.remedy.value} corrects nothing; open once with a reason instead, or have it shown again", field="remedy"
        )


def judge_again(
    tx: JournalTx, command: ApplyRemedy, event: Event, holder: str, actor: Actor, *, now: Moment, doors: DoorsSay
) -> Admission:
    """The same reading with the records as they are now; written down with who set them right."""
    facts = tx.facts_again(event, holder, command.fields.get("plate", ""), now, doors)
    decision = decide(facts, now.wall)
    note = f"{command.remedy.value} for event {event.seq}: {command.reason.strip()}"[:300]
    return Admission(event=write_decision(tx, facts, decision, now, note=note, actor=actor.name), decision=decision)


def holder_after(result: Any) -> str:
    """The card or vehicle that a remedy registered, from its result as it is told; empty when it registered none."""
    made = result.get("card", result) if isinstance(result, dict) else {}
    return str(made.get("id", ""))


def _may(actor: Actor, command: Command) -> None:
    right = type(command).right
    if right is not None and not actor.may(right):
        raise Forbidden(f"your role does not include {right.value}")


def _there(id: str | None, otherwise: str) -> str:
    if not id:
        raise Invalid(otherwise, field="remedy")
    return id


def _field(fields: Patch, name: str, default: str | None = None) -> Any:
    value = fields.get(name, default)
    if value in (None, ""):
        raise Invalid(f"this remedy needs {name}", field=f"fields.{name}")
    return value
