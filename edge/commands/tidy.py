"""A customer as it is kept: trimmed, folded, checked; refused when it makes no sense, naming field and reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

import msgspec

from edge.commands.base import text
from edge.core.errors import Conflict, Invalid
from edge.core.model import Moment, User
from edge.core.people import SEVERAL, Address, Customer, PersonKind, Source
from edge.core.place import POLICY_ID, SitePolicy
from edge.ports import RosterTx

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
PHONES = ("phone", "mobile", "evening_phone", "fax")
_COUNTRY = re.compile(r"[A-Z]{2}")
LINES = {"first_name": 100, "last_name": 100, "contact_person": 200, "document_issuer": 100, "origin_site": 100, "language": 20}
"""How long the one-line texts may be."""
_LONGEST = dict.fromkeys(PHONES, 40) | LINES


def tidy(tx: RosterTx, before: Customer | None, customer: Customer, now: Moment) -> Customer:
    """Raises Invalid, Conflict (somebody else has it), NotFound."""
    for field, message in _problems(customer, now):
        raise Invalid(message, field=field)
    lines = {field: text(said, field, longest=most) for field, most in _LONGEST.items() if (said := getattr(customer, field))}
    kept = msgspec.structs.replace(
        customer,
        name=text(customer.name, "name", required=True),
        email=customer.email.strip().casefold(),
        **lines,
        citizenship=customer.citizenship.strip().upper(),
        description=customer.description.strip()[:4000],
        addresses=tuple(_address(address, number) for number, address in enumerate(customer.addresses)),
        tags=tags_of(customer.tags),
        **{
            name: tuple(dict.fromkeys(held))
            for name in ("groups", "profiles", "lists", "companies")
            if (held := getattr(customer, name))
        },
    )
    if kept.account_manager is not None and kept.account_manager != (before and before.account_manager):
        tx.get(User, kept.account_manager)
    _complete(policy_of(tx), before, kept)
    nobody_else_has(tx, before, kept)
    return kept


def policy_of(tx: RosterTx) -> SitePolicy:
    return tx.find(SitePolicy, id=POLICY_ID) or SitePolicy(id=POLICY_ID)


def nobody_else_has(tx: RosterTx, before: Customer | None, customer: Customer) -> None:
    """Raises Conflict when an e-mail address or mobile number that is new here is another's, unless the site lets people share."""
    policy = policy_of(tx)
    for field, what, shared in (
        ("email", "e-mail address", policy.shared_email),
        ("mobile", "mobile number", policy.shared_mobile),
    ):
        if shared or not getattr(customer, field) or (before and getattr(before, field) == getattr(customer, field)):
            continue
        other = tx.same(customer, field)
        if other:
            raise Conflict(f"another customer has this {what} already: {other.name}, number {other.number}", field=field)


def _problems(customer: Customer, now: Moment) -> Iterable[tuple[str, str]]:
    email = customer.email.strip()
    if email and not EMAIL.fullmatch(email):
        yield "email", "an e-mail address looks like name@example.org"
    if customer.born and not _is_past_date(customer.born, now):
        yield "born", "a date of birth is written YYYY-MM-DD and lies in the past"
    if not 0 <= customer.discount <= 10_000:
        yield "discount", "hundredths of a percent, 0 to 10000"
    if customer.payment_days is not None and not 0 <= customer.payment_days <= 365:
        yield "payment_days", "days, 0 to 365"
    if customer.host is not None and customer.host == customer.id:
        yield "host", "nobody is their own host"
    if customer.company is not None and customer.company in customer.companies:
        yield "companies", "the primary company is there already"
    if customer.citizenship and not _COUNTRY.fullmatch(customer.citizenship.strip().upper()):
        yield "citizenship", "two letters, as in ISO 3166 (PL, FR)"
    for name in ("addresses", "tags", "lists", "companies", "groups", "profiles", "consents", "identities"):
        if len(getattr(customer, name)) > SEVERAL:
            yield name, f"at most {SEVERAL}"
    purposes = [c.purpose for c in customer.consents]
    if len(set(purposes)) < len(purposes):
        yield "consents", "one word for each purpose"
    if any(not c.basis.strip() for c in customer.consents):
        yield "consents", "say on what basis"
    if any(not i.system.strip() or not i.id.strip() for i in customer.identities):
        yield "identities", "a system and its id"


def _address(address: Address, number: int) -> Address:
    kept = msgspec.structs.replace(
        address,
        **{f: text(getattr(address, f), f"addresses[{number}].{f}", longest=200) for f in ("street", "postal_code", "city")},
        country=address.country.strip().upper(),
    )
    if kept.country and not _COUNTRY.fullmatch(kept.country):
        raise Invalid("two letters, as in ISO 3166 (PL, FR)", field=f"addresses[{number}].country")
    return kept


def _complete(policy: SitePolicy, before: Customer | None, customer: Customer) -> None:
    """What the site requires of a customer who is neither a walk-in nor a visitor; what was missing before may stay so."""
    if customer.source is Source.WALK_IN or customer.kind is not PersonKind.CUSTOMER:
        return
    for field in policy.required:
        if not getattr(customer, field, True) and (before is None or getattr(before, field)):
            raise Invalid("this site requires it; for a walk-in the name is enough", field=field)


def _is_past_date(value: str, now: Moment) -> bool:
    try:
        born = date.fromisoformat(value)
    except ValueError:
        return False
    return born.isoformat() == value and born <= datetime.fromtimestamp(now.wall / 1000, UTC).date()


def tags_of(tags: tuple[str, ...]) -> tuple[str, ...]:
    """As they are kept: small letters, in order, each once. Raises Invalid."""
    if len(tags) > SEVERAL:
        raise Invalid(f"at most {SEVERAL}", field="tags")
    return tuple(sorted({text(tag, "tags", required=True, longest=40).casefold() for tag in tags}))
