"""The filters of every list as a table: the query parameter, its type, and the condition it makes. REST, pages and exports read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from admin_api.reads.quality import TERMS, Finding
from admin_api.reads.searching import Match
from edge.core.errors import Invalid
from edge.core.model import ApiKey, Card, CardStatus, CredentialKind, Record, Status, Vehicle, VehicleClass
from edge.core.people import Company, Customer, PersonKind, Purpose, Source
from edge.core.place import Booking, BookingState
from edge.core.plate import plate_key
from edge.core.review import ReviewItem, Verdict
from edge.core.saved import ExportArea, SavedFilter
from edge.core.searching import BRAND, CITY, COLOUR, COUNTRY, FIRST, LAST, MODEL, POSTAL, STREET, digits, fold

Terms = tuple[str, tuple[Any, ...]]
NONE = "none"
"""As a filter's value: those that have none."""


@dataclass(frozen=True)
class Filter:
    """name: of the parameter; says: what it does, for the API's document and the head of an export; terms: its condition on `t`."""

    name: str
    type: Any
    says: str
    terms: Callable[[Any], Terms]


@dataclass(frozen=True)
class Range:
    """From and to of one thing: parameters name_from (inclusive) and name_to (exclusive), ms, either may be left out.

    by_seq: the condition takes numbers of events in their place: the first at or after each instant.
    """

    name: str
    says: str
    terms: Callable[[int, int], Terms]
    by_seq: bool = False


def _is(name: str, type: Any, says: str, column: str = "") -> Filter:
    return Filter(name, type, says, lambda value: (f"t.{column or name} = ?", (int(value) if isinstance(value, bool) else value,)))


@dataclass(frozen=True)
class ByIndex:
    """Words of columns of the search index. parts: of a value, None for what finds nothing."""

    name: str
    says: str
    match: Callable[[str], Match | None]
    type: Any = str


def _word(name: str, column: str, mark: str, says: str) -> ByIndex:
    """Words of one column of the search index that begin so."""

    def match(value: str) -> Match | None:
        words = [mark + word for word in fold(value).split()[:6] if len(mark + word) > 2]
        return Match(tuple((((column,), word),) for word in words)) if words else None

    return ByIndex(name, says, match)


def _phone(value: str) -> Match | None:
    """Any part of a number, however it is written."""
    said = digits(value).lstrip("0")
    return Match((((("phone",), said),),)) if len(said) > 2 else None


def _number_of(name: str, column: str, says: str) -> Filter:
    """Any part of one kind of number. (Few ask for it: every row of the column is looked at.)"""
    bare = f"replace(replace(replace(replace(t.{column}, ' ', ''), '-', ''), '(', ''), ')', '')"
    return Filter(
        name, str, says, lambda value: (f"t.{column} <> '' AND {bare} LIKE ?", (f"%{digits(value).lstrip('0') or '?'}%",))
    )


def _of(name: str, says: str, sql: str, column: str = "") -> Filter:
    """By an id; "none": those that have none (of a column)."""

    def terms(value: str) -> Terms:
        if value == NONE and column:
            return f"t.{column} IS NULL", ()
        return sql, (value,) * sql.count("?")

    return Filter(name, str, says, terms)


def _between(name: str, column: str, says: str) -> Range:
    return Range(name, says, lambda start, end: (f"t.{column} >= ? AND t.{column} < ?", (start, end)))


def _leaving(start: int, end: int) -> Terms:
    return "t.id IN (SELECT customer FROM roster.booking WHERE state = 'confirmed' AND to_at >= ? AND to_at < ?)", (start, end)


def _inside(value: bool) -> Terms:
    return f"t.id {'IN' if value else 'NOT IN'} (SELECT customer FROM entry WHERE out_at IS NULL AND customer IS NOT NULL)", ()


_WHOSE = "ifnull((SELECT customer FROM roster.card WHERE id = w.holder), (SELECT customer FROM roster.vehicle WHERE id = w.holder))"
_EXITED = "SELECT customer FROM event WHERE seq >= ? AND seq < ? AND customer IS NOT NULL AND json_array_length(body -> '$.moves.closes') > 0"


def _last_visit(start: int, end: int) -> Terms:
    seen = f"SELECT {_WHOSE} AS customer FROM presence w WHERE w.last_at >= ?"
    return f"(t.id IN ({seen} AND w.last_at < ?) AND NOT EXISTS (SELECT 1 FROM ({seen}) l WHERE l.customer = t.id))", (
        start,
        end,
        end,
    )


def _card_status(value: CardStatus) -> Terms:
    return "t.id IN (SELECT customer FROM roster.card WHERE status = ?)", (str(value),)


def _consent(value: Purpose) -> Terms:
    return "EXISTS (SELECT 1 FROM json_each(t.consents) c WHERE c.value ->> 'purpose' = ? AND c.value ->> 'given')", (str(value),)


def _system(value: str) -> Terms:
    return "EXISTS (SELECT 1 FROM json_each(t.identities) i WHERE i.value ->> 'system' = ?)", (value,)


def _not_reviewed(value: int) -> Terms:
    return "ifnull(t.reviewed_at, 0) < ?", (value,)


_COMPANY = _of(
    "company", "in this company, as the primary or a further one; none: in no company",
    "t.id IN (SELECT id FROM roster.customer WHERE company = ? UNION ALL SELECT customer FROM roster.company_member WHERE company = ?)", "company",
)  # fmt: skip
_COMPANY_NAME = Filter(
    "company_name", str, "in a company with this in its name",
    lambda v: (
        "t.id IN (SELECT u.id FROM roster.company c JOIN roster.customer u ON u.company = c.id WHERE instr(lower(c.name), lower(?))"
        " UNION ALL SELECT m.customer FROM roster.company c JOIN roster.company_member m ON m.company = c.id WHERE instr(lower(c.name), lower(?)))",
        (v, v),
    ),
)  # fmt: skip
_TAG = _of("tag", "with this tag", "t.id IN (SELECT owner FROM roster.tagged WHERE tag = lower(?))")

CUSTOMER: tuple[Filter | ByIndex | Range, ...] = (
    _is("status", Status, "in this state"),
    Filter(
        "ids",
        str,
        "these, by their ids with commas between",
        lambda v: ("t.id IN (SELECT value FROM json_each(?))", (msgspec.json.encode(v.split(",")).decode(),)),
    ),
    _is("number", int, "with this customer number"),
    _word("first_name", "name", FIRST, "first name begins so"),
    _word("last_name", "name", LAST, "last name begins so"),
    _word("email", "email", "", "any part of the e-mail address"),
    ByIndex("phone", "any part of any number, however it is written", _phone),
    _number_of("landline", "phone", "any part of the landline number"),
    _number_of("mobile", "mobile", "any part of the mobile number"),
    _number_of("evening_phone", "evening_phone", "any part of the evening number"),
    _number_of("fax", "fax", "any part of the fax number"),
    _word("contact", "other", "", "any part of the contact person"),
    _word("street", "place", STREET, "street or house number begins so"),
    _word("postal_code", "place", POSTAL, "postal code begins so"),
    _word("city", "place", CITY, "city begins so"),
    _word("country", "place", COUNTRY, "country of an address (ISO 3166)"),
    _COMPANY,
    _COMPANY_NAME,
    _of("group", "in this group", "t.id IN (SELECT customer FROM roster.group_member WHERE member_of = ?)"),
    _of("list", "on this list", "t.id IN (SELECT customer FROM roster.list_member WHERE list = ?)"),
    _TAG,
    _of("profile", "holding this access profile themselves", "t.id IN (SELECT holder FROM roster.profile_grant WHERE profile = ?)"),
    _of("account_manager", "looked after by this user; none: by nobody", "t.account_manager = ?", "account_manager"),
    _of("host", "who come to this host", "t.host = ?", "host"),
    _is("kind", PersonKind, "of this kind"),
    Filter(
        "visitor",
        bool,
        "who are guests, deliveries, contractors and services, or are not",
        lambda yes: (f"t.kind {'NOT IN' if yes else 'IN'} ('customer', 'user')", ()),  # as the index on visitors has it
    ),
    _is("source", Source, "who came on record so"),
    _is("origin_site", str, "of this site"),
    _is("language", str, "with this language"),
    _is("blocklisted", bool, "on the block list"),
    _is("portal_blocked", bool, "without a pass on a phone"),
    Filter("inside", bool, "currently inside", _inside),
    Filter("card_status", CardStatus, "with a card in this state", _card_status),
    Filter("consent", Purpose, "who said yes to this", _consent),
    Filter("system", str, "known in this other system", _system),
    _between("created", "created_at", "put on record"),
    Range("visited", "last visit", _last_visit),
    Range(
        "entered",
        "came in",
        lambda a, b: ("t.id IN (SELECT customer FROM entry WHERE in_seq >= ? AND in_seq < ?)", (a, b)),
        by_seq=True,
    ),
    Range("exited", "went out", lambda a, b: (f"t.id IN ({_EXITED})", (a, b)), by_seq=True),
    Range("leaving", "a booking ends", _leaving),
    Filter("finding", Finding, "whose record has this to put right", lambda value: (f"({TERMS[Finding(value)]})", ())),
    Filter("not_reviewed_since", int, "not reviewed since then (ms)", _not_reviewed),
)

CARD: tuple[Filter | ByIndex | Range, ...] = (
    _is("status", CardStatus, "in this state"),
    _is("customer", str, "of this customer"),
    _of("company", "of this company; none: of no company", "t.company = ?", "company"),
    _is("kind", CredentialKind, "of this kind"),
    _between("expires", "valid_to", "end of validity"),
    Range("used", "last use", lambda a, b: ("t.id IN (SELECT holder FROM presence WHERE last_at >= ? AND last_at < ?)", (a, b))),
    Filter("unused_since", int, "not used since then (ms)", lambda v: ("t.id NOT IN (SELECT holder FROM presence WHERE last_at >= ?)", (v,))),
)  # fmt: skip

VEHICLE: tuple[Filter | ByIndex | Range, ...] = (
    _is("status", CardStatus, "in this state"),
    _is("customer", str, "of this customer"),
    _of("company", "of this company; none: of no company", "t.company = ?", "company"),
    Filter("plate", str, "any part of the plate", lambda v: ("t.plate_key LIKE ?", (f"%{plate_key(v) or '?'}%",))),
    _word("brand", "other", BRAND, "brand begins so"),
    _word("model", "other", MODEL, "model begins so"),
    _word("colour", "other", COLOUR, "colour begins so"),
    _is("year", int, "built in this year"),
    _is("country", str, "with plates of this country"),
    _is("vehicle_class", VehicleClass, "of this class"),
    _TAG,
)

COMPANY: tuple[Filter | ByIndex | Range, ...] = (_is("status", Status, "in this state"),)
BOOKING: tuple[Filter | ByIndex | Range, ...] = (
    _is("customer", str, "of this customer"),
    _is("zone", str, "of this zone"),
    _is("state", BookingState, "in this state"),
    _between("ends", "to_at", "ends"),
    _between("starts", "from_at", "begins"),
)

FILTERS: dict[type[Record], tuple[Filter | ByIndex | Range, ...]] = {
    Customer: CUSTOMER,
    Card: CARD,
    Vehicle: VEHICLE,
    Company: COMPANY,
    Booking: BOOKING,
    ApiKey: (_is("user", str, "Whose it is"),),
    ReviewItem: (
        _is("review", str, "of this review"),
        _is("verdict", Verdict, "so decided"),
        _is("customer", str, "of this customer"),
    ),
    SavedFilter: (
        _is("area", ExportArea, "of this list"),
        Filter("seen_by", str, "of this user, or shared", lambda user: ("(t.shared OR t.owner = ?)", (user,))),
    ),
}


def parameters(kind: type[Record]) -> dict[str, tuple[Any, str]]:
    """The query parameters of a list's filters: name -> (type, what it says)."""
    found: dict[str, tuple[Any, str]] = {}
    for one in FILTERS.get(kind, ()):
        if not isinstance(one, Range):
            found[one.name] = (one.type, one.says)
        else:
            found[f"{one.name}_from"] = (int, f"{one.says}: then or later (ms since 1970 UTC)")
            found[f"{one.name}_to"] = (int, f"{one.says}: before then (ms since 1970 UTC)")
    return found


def typed(known: dict[str, tuple[Any, str]], name: str, value: Any) -> Any:
    """A filter's value from JSON. Raises Invalid for a filter or value that there is not."""
    if name not in known:
        raise Invalid(f"there is no filter {name[:80]}", field=name[:80])
    try:
        return msgspec.convert(value, known[name][0], strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(str(error), field=name) from error
