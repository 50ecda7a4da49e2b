"""What each command touches, and that somebody who is restricted to companies or zones touches nothing else.

RULES is the policy: a row for every command there is (tests hold it against the catalogue). What is outside is not found, so that
nobody learns that it is there; what is about the whole site is forbidden.
"""

from __future__ import annotations

from typing import Any, NoReturn

import msgspec

from edge.commands.base import HANDLERS, Command
from edge.commands.bulk import Action, BulkCustomers, BulkDone
from edge.commands.credentials import CardMade
from edge.commands.guests import GuestInvited, InviteGuest
from edge.core.errors import Conflict, Forbidden, Invalid, NotFound
from edge.core.model import Actor, Card, Moment, Record, Scope, Value, Vehicle
from edge.core.people import Company, Customer, Group
from edge.core.place import AccessPoint, Booking, Profile
from edge.ports import RosterTx, ScopeTx


class Rule(Value, frozen=True, kw_only=True):
    """What a command touches. of: (kind, field of the command that names it, or several of it), each within one's scope.

    site: about the whole site, so for nobody who is restricted. people: about everybody's people in a zone, so for nobody who is
    restricted to companies or to tags of access points. place: at least one of `of` must be named (none would mean the whole site).
    """

    of: tuple[tuple[str, str], ...] = ()
    site: bool = False
    people: bool = False
    place: bool = False


OWN = Rule()
"""Of oneself, or of nothing that belongs to anybody."""
MAKES = Rule()
"""A new record: what it refers to and where it comes to stand is looked at, as with every change."""
SITE = Rule(site=True)


def _of(kind: str, field: str = "id", *, people: bool = False) -> Rule:
    return Rule(of=((kind, field),), people=people)


CUSTOMER, COMPANY, CARD, VEHICLE, BOOKING = (_of(kind) for kind in ("customer", "company", "card", "vehicle", "booking"))
POINT, ENTRY, PAYMENT, EVENT = _of("access_point", "access_point"), _of("entry", "entry"), _of("payment"), _of("event", "event")

RULES: dict[str, Rule] = {
    "sessions.sign_in": OWN, "sessions.sign_out": OWN, "sessions.seen": OWN, "sessions.end": OWN, "audit.viewed": OWN,
    "account.set_preferences": OWN, "second_factor.enrol": OWN, "second_factor.confirm": OWN, "second_factor.off": SITE,
    "saved_filters.add": OWN, "saved_filters.edit": OWN, "saved_filters.delete": OWN,
    "reviews.start": SITE, "reviews.collect": SITE, "reviews.open": SITE, "reviews.decide": SITE, "reviews.finish": SITE, "reviews.cancel": SITE,
    "exports.note": OWN, "exports.note_scheduled": OWN,
    "scheduled_exports.add": SITE, "scheduled_exports.edit": SITE, "scheduled_exports.delete": SITE,
    "imports.begin": SITE, "imports.step": SITE, "imports.end": SITE, "imports.undo": SITE,
    "keys.add": OWN, "keys.edit": OWN, "keys.revoke": OWN,
    "users.add": SITE, "users.edit": SITE, "users.delete": SITE, "roles.add": SITE, "roles.edit": SITE, "roles.delete": SITE,
    "customers.add": MAKES, "customers.edit": CUSTOMER, "customers.delete": CUSTOMER, "customers.restore": CUSTOMER,
    "customers.erase": CUSTOMER, "customers.set_photo": CUSTOMER,
    "customers.bulk": _of("customer", "ids"), "customers.merge": Rule(of=(("customer", "kept"), ("customer", "other"))),
    "guests.invite": Rule(of=(("customer", "host"),)),
    "customers.unmerge": _of("customer_merge"),
    "customers.set_document": CUSTOMER, "customers.reveal_document": CUSTOMER, "customers.review": CUSTOMER,
    "companies.add": SITE, "companies.edit": COMPANY, "companies.delete": COMPANY,
    "groups.add": SITE, "groups.edit": SITE, "groups.delete": SITE, "lists.add": SITE, "lists.edit": SITE, "lists.delete": SITE,
    "cards.add": MAKES, "cards.edit": CARD, "cards.delete": CARD, "cards.reveal": _of("card", "ids"), "cards.pin": CARD,
    "cards.replace": CARD, "cards.hand_out": CARD, "cards.take_back": CARD,
    "cards.enrol": CARD, "cards.unlock_pin": Rule(of=(("card", "card"), ("access_point", "access_point"))),
    "vehicles.add": MAKES, "vehicles.edit": VEHICLE, "vehicles.delete": VEHICLE,
    "bookings.add": MAKES, "bookings.edit": BOOKING, "bookings.cancel": BOOKING,
    "passes.issue": _of("zone", "zones", people=True), "passes.revoke": SITE,
    "pass_keys.add": SITE, "pass_keys.edit": SITE, "pass_keys.rotate": SITE,
    "zones.add": SITE, "zones.edit": SITE, "zones.delete": SITE, "schedules.add": SITE, "schedules.edit": SITE,
    "schedules.delete": SITE, "profiles.add": SITE, "profiles.edit": SITE, "profiles.delete": SITE, "tariffs.add": SITE,
    "tariffs.edit": SITE, "tariffs.delete": SITE, "alert_rules.add": SITE, "alert_rules.edit": SITE, "alert_rules.delete": SITE,
    "access_points.add": SITE, "access_points.edit": SITE, "access_points.delete": SITE, "site.edit": SITE,
    "devices.add": SITE, "devices.edit": SITE, "devices.delete": SITE, "devices.find": SITE, "backups.make": SITE, "backups.get": SITE,
    "modes.set": Rule(of=(("zone", "zone"), ("access_point", "access_point")), place=True),
    "doors.unlock": POINT, "doors.hold": POINT, "doors.lock": POINT, "doors.picture": POINT, "health.get": OWN,
    "decisions.explain": _of("access_point", "access_point", people=True), "decisions.explain_event": EVENT, "decisions.remedy": EVENT,
    "presence.correct": Rule(of=(("holder", "holder"), ("zone", "zone"))),
    "presence.count": _of("zone", "zone", people=True), "presence.reset": _of("zone", "zone", people=True),
    "displays.add": SITE, "displays.revoke": SITE,
    "disagreements.keep_theirs": SITE, "disagreements.ask_again": SITE, "dead_letters.resend": SITE,
    "webhooks.add": SITE, "webhooks.edit": SITE, "webhooks.delete": SITE,
    "payments.take": ENTRY, "payments.quote": ENTRY, "payments.confirm": PAYMENT, "payments.refund": PAYMENT,
    "payments.void": PAYMENT, "alerts.acknowledge": _of("alert"),
}  # fmt: skip

_OF_THE_JOURNAL = frozenset({"event", "entry", "payment", "alert", "holder"})
_KINDS: dict[str, type[Record]] = {"customer": Customer, "company": Company, "card": Card, "vehicle": Vehicle, "booking": Booking}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_REFERS = {"company": "company", "companies": "company", "customer": "customer", "host": "customer", "zone": "zone"}
_GIVES: dict[str, type[Record]] = {"profiles": Profile, "groups": Group, "company": Company, "companies": Company}
"""What opens doors to whom it is given."""
_BULK_GIVES: dict[Action, type[Record]] = {Action.GIVE_PROFILE: Profile, Action.ADD_TO_GROUP: Group}


def look(tx: ScopeTx, command: Command, actor: Actor) -> None:
    """Before anything is done. Raises NotFound for a record outside of the actor's scope, Forbidden for what is the whole site's."""
    scope = actor.scope
    if scope.everything:
        return
    rule = RULES[_tag(command)]
    if rule.site or (rule.people and (scope.companies or scope.tags)):
        _forbidden()
    named = [(kind, field, id) for kind, field in rule.of for id in _ids(getattr(command, field))]
    if rule.place and (not named or (scope.tags and any(kind == "zone" for kind, _, _ in named))):
        _forbidden()
    for kind, field, id in named:
        if kind in _OF_THE_JOURNAL and not tx.sees_journal:
            continue  # a remedy was looked at in the journal before it came here
        if not tx.in_scope(kind, id, scope):
            raise NotFound(f"there is no {kind.replace('_', ' ')} {id}"[:120], field=field)


def do(tx: RosterTx, command: Command, actor: Actor, now: Moment) -> Any:
    """Do a command of the roster, and refuse it all where it would leave a record outside of the actor's scope."""
    handler = HANDLERS[type(command)]
    if actor.scope.everything:
        return handler(tx, command, actor, now)
    look(tx, command, actor)
    _references(tx, command, actor.scope)
    try:
        result = handler(tx, command, actor, now)
    except Conflict as error:
        if error.field in ("email", "mobile"):  # the words would say whose it is
            raise Conflict("somebody else has this already", field=error.field) from error
        raise
    if isinstance(result, BulkDone):  # (each row's words would, too)
        return BulkDone(rows=tuple(msgspec.structs.replace(r, problem=r.problem.partition(": ")[0]) for r in result.rows))
    record = result.card if isinstance(result, CardMade) else result.guest if isinstance(result, GuestInvited) else result
    kind = _NAMES.get(type(record))
    if kind and not tx.in_scope(kind, record.id, actor.scope):
        raise Invalid("it must belong to one of the companies and zones that you are restricted to", field=_missing(kind))
    return result


def _references(tx: RosterTx, command: Command, scope: Scope) -> None:
    """What the request newly refers to lies within the scope too."""
    given: dict[str, Any] = getattr(command, "fields", None) or getattr(command, "changes", None) or {}
    before = _before(tx, command)
    for field, kind in _REFERS.items():
        for id in _new(given, before, field):
            if not tx.in_scope(kind, id, scope):
                raise Invalid(f"there is no {kind} {id[:80]}", field=field)
    if scope.zones or scope.tags:
        for field, giver in _GIVES.items():
            for id in _new(given, before, field):
                _opens_within(tx, giver, id, scope, field)
        if isinstance(command, InviteGuest):
            for id in command.profiles or tx.get(Customer, command.host).profiles:
                _opens_within(tx, Profile, id, scope, "profiles")
        if isinstance(command, BulkCustomers) and command.action in _BULK_GIVES:
            _opens_within(tx, _BULK_GIVES[command.action], command.what, scope, "what")


def _opens_within(tx: RosterTx, kind: type[Record], id: str, scope: Scope, field: str) -> None:
    """What a profile, or being of a group or company, opens lies within the zones."""
    holder: Any = tx.find(kind, id=id)
    profiles = [id] if kind is Profile else list(holder.profiles) if holder else []
    for profile in (tx.find(Profile, id=each) for each in profiles):
        if profile is None or not all(_all_within(tx, right.zone, scope) for right in profile.zones):
            raise Invalid("this opens zones that you are restricted from", field=field)


def _all_within(tx: RosterTx, zone: str, scope: Scope) -> bool:
    """Are a zone and all the ways into it within the scope."""
    ways = tx.every(AccessPoint, to_zone=zone) if scope.tags else []
    return (not scope.zones or zone in scope.zones) and all(set(way.tags) & set(scope.tags) for way in ways)


def _before(tx: RosterTx, command: Command) -> Record | None:
    kinds = [_KINDS[kind] for kind, field in RULES[_tag(command)].of if kind in _KINDS and field == "id"]
    return tx.find(kinds[0], id=command.id) if kinds else None  # type: ignore[attr-defined]


def _new(given: dict[str, Any], before: Record | None, field: str) -> list[str]:
    """The ids that a request names in a field and the record did not have there. What is no id is the handler's to refuse."""
    held = set(_ids(getattr(before, field, None)))
    return [id for id in _ids(given.get(field)) if isinstance(id, str) and id not in held]


def _ids(value: Any) -> tuple[Any, ...]:
    if isinstance(value, (tuple, list)):
        return tuple(value)
    return () if value in (None, "") else (value,)


def _missing(kind: str) -> str:
    return "customer" if kind == "booking" else "company"


def _tag(command: Command) -> str:
    return str(type(command).__struct_config__.tag)


def _forbidden() -> NoReturn:
    raise Forbidden("you are restricted to some companies or zones, and this is about more than those")
