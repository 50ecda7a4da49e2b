"""The words of the house as frozen values: who may come in, what was seen, what a decision needs and what it says.

Times are integer milliseconds since 1970 UTC unless a name says otherwise. Ids are UUIDv7 as text. Names follow ONVIF's
access-control services where ONVIF has one.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import Struct

Json = dict[str, Any]


class Value(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A frozen record compared by content. msgspec rather than dataclasses: a decision builds a dozen, twenty times faster."""


# ---------------------------------------------------------------------------------------------------- what is shown


class CredentialKind(StrEnum):
    """What kind of thing was shown to a reader."""

    QR = "qr"
    BARCODE = "barcode"
    UID = "uid"
    PLATE = "plate"
    PIN = "pin"
    ROTATING_QR = "rotating_qr"
    SIGNED_PASS = "signed_pass"


class Channel(StrEnum):
    """How a reader is connected: in the clear, secured (OSDP secure channel), or opened by somebody."""

    PLAIN = "plain"
    SECURE = "secure"
    TAMPERED = "tampered"


class Reading(Value, frozen=True, kw_only=True):
    """A credential seen once at an access point.

    text is what the reader saw, unchanged but for framing; candidates are further readings of the same plate, best first;
    score is the reader's confidence 0..1; evidence names a picture kept for it. pin: digits typed with it; beside: the plate
    (and further readings of it) seen at the same access point at the same time.
    """

    reader: str
    access_point: str
    kind: CredentialKind
    text: str
    score: float | None = None
    candidates: tuple[str, ...] = ()
    evidence: str | None = None
    channel: Channel = Channel.PLAIN
    pin: str = ""
    beside: tuple[str, ...] = ()


class ClockQuality(StrEnum):
    """How far the wall clock can be trusted."""

    NTP = "ntp"
    RTC = "rtc"
    RESTORED = "restored"
    UNKNOWN = "unknown"


BUILT_AT = 1_790_000_000_000
"""No clock of this version is right before this (September 2026, ms)."""


class Moment(Value, frozen=True, kw_only=True):
    """An instant as the house knows it: wall ms since 1970 UTC, mono ms since boot, boot id, quality of the wall clock."""

    wall: int
    mono: int = 0
    boot: str = ""
    quality: ClockQuality = ClockQuality.UNKNOWN


# ---------------------------------------------------------------------------------------------------- who may: the roster


class Status(StrEnum):
    """The state of a customer or company at the doors. Only ACTIVE enters."""

    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    INACTIVE = "inactive"


class CardStatus(StrEnum):
    """The state of a card or vehicle."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"
    LOST = "lost"
    STOLEN = "stolen"


class Record(Value, frozen=True, kw_only=True):
    """A row of the roster: id and version. ver grows by one with every change and is what If-Match compares."""

    id: str = ""
    ver: int = 0


def too_large(record: Record) -> str:
    """The first field whose number is beyond 64 bits, which no table holds; empty when all are within."""
    for name in _numbers(type(record)):
        value = getattr(record, name)
        if value is not None and not -(1 << 63) <= value < 1 << 63:
            return name
    return ""


@lru_cache(maxsize=64)
def _numbers(kind: type[Record]) -> tuple[str, ...]:
    """The fields of a record that hold a whole number."""
    return tuple(
        name for name, hint in get_type_hints(kind).items() if int in (hint, *get_args(hint)) and get_origin(hint) is not tuple
    )


class Period(StrEnum):
    """What a period limit counts by, in the site's calendar; weeks begin on Monday."""

    WEEK = "week"
    MONTH = "month"


class Card(Record, frozen=True, kw_only=True):
    """An access card: kind and code (kept as a keyed hash and last four), whose it is, how long, where, how often.

    uses: entries granted in all; daily_limit: entries a day of the site; period_limit: entries in a `period`;
    min_interval_s: seconds between two entries. has_pin: a PIN goes with it (kept as a keyed hash). replaces: the card it was made
    in place of. handed_out_at, taken_back_at: when it went into somebody's hands and came back (ms).
    """

    kind: CredentialKind = CredentialKind.QR
    username: str = ""
    last4: str = ""
    customer: str | None = None
    company: str | None = None
    status: CardStatus = CardStatus.ACTIVE
    valid_from: int | None = None
    valid_to: int | None = None
    uses: int | None = None
    daily_limit: int | None = None
    period: Period = Period.MONTH
    period_limit: int | None = None
    min_interval_s: int | None = None
    has_pin: bool = False
    profiles: tuple[str, ...] = ()
    created_at: int = 0
    replaces: str | None = None
    handed_out_at: int | None = None
    taken_back_at: int | None = None


class VehicleClass(StrEnum):
    CAR = "car"
    MOTORBIKE = "motorbike"
    BICYCLE = "bicycle"
    VAN = "van"
    LORRY = "lorry"
    COACH = "coach"
    BOAT = "boat"


class Vehicle(Record, frozen=True, kw_only=True):
    """A vehicle; its plate is a credential. plate is as people write it, plate_key its canonical form; country: as on the plate.

    uses: entries granted in all.
    """

    plate: str
    plate_key: str = ""
    country: str = ""
    brand: str = ""
    model: str = ""
    year: int | None = None
    colour: str = ""
    customer: str | None = None
    company: str | None = None
    status: CardStatus = CardStatus.ACTIVE
    valid_from: int | None = None
    valid_to: int | None = None
    profiles: tuple[str, ...] = ()
    created_at: int = 0
    vehicle_class: VehicleClass = VehicleClass.CAR
    uses: int | None = None
    tags: tuple[str, ...] = ()


class Role(Record, frozen=True, kw_only=True):
    name: str
    rights: tuple[str, ...] = ()


LANGUAGES = ("en", "fr", "pl", "ro")
"""What the console speaks (ISO 639-1), the first being the one it is written in."""


class User(Record, frozen=True, kw_only=True):
    """A person who signs in at the desk. Hash of the password and seed of the second factor are not here: secrets.db, edge alone.

    companies, zones, tags: all that they see and change (empty: everything); a zone has those within it, tags are of access points. time_zone: what times are
    shown in to them (IANA; empty: the site's). language: of the console to them (empty: what their browser asks for, else the site's).
    second_factor: signing in asks for a code as well.
    """

    login: str
    name: str = ""
    role: str
    active: bool = True
    companies: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    time_zone: str = ""
    language: str = ""
    second_factor: bool = False


class ApiKey(Record, frozen=True, kw_only=True):
    """A key with which a program asks in a user's name. The key itself is with the program alone; here is its SHA-256 and last four.

    scopes: the rights it may use, of those its user has. expires_at: until when (ms, exclusive; None: until it is revoked).
    per_minute: requests. used_at: last seen in use, to the minute (ms). display: the access point whose answers a tablet shows with it; such a
    key has no scopes and is good for nothing else (empty: it is a program's).
    """

    name: str
    user: str = ""
    scopes: tuple[str, ...] = ()
    expires_at: int | None = None
    per_minute: int = 600
    revoked: bool = False
    created_at: int = 0
    last4: str = ""
    used_at: int | None = None
    display: str = ""


class Permission(StrEnum):
    """What a role may do: one per verb and area. Docs and console show this very list."""

    CUSTOMERS_VIEW = "customers.view"
    CUSTOMERS_ADD = "customers.add"
    CUSTOMERS_EDIT = "customers.edit"
    CUSTOMERS_DELETE = "customers.delete"
    CUSTOMERS_REVEAL = "customers.reveal"
    CUSTOMERS_ERASE = "customers.erase"
    COMPANIES_VIEW = "companies.view"
    COMPANIES_MANAGE = "companies.manage"
    CARDS_VIEW = "cards.view"
    CARDS_MANAGE = "cards.manage"
    BOOKINGS_VIEW = "bookings.view"
    BOOKINGS_MANAGE = "bookings.manage"
    CARDS_REVEAL = "cards.reveal"
    VEHICLES_VIEW = "vehicles.view"
    VEHICLES_MANAGE = "vehicles.manage"
    PAYMENTS_VIEW = "payments.view"
    PAYMENTS_TAKE = "payments.take"
    PAYMENTS_REFUND = "payments.refund"
    EVENTS_VIEW = "events.view"
    DOORS_VIEW = "doors.view"
    DOORS_OPEN = "doors.open"
    DOORS_MODE = "doors.mode"
    PRESENCE_VIEW = "presence.view"
    PRESENCE_CORRECT = "presence.correct"
    SITE_VIEW = "site.view"
    SITE_MANAGE = "site.manage"
    USERS_VIEW = "users.view"
    USERS_MANAGE = "users.manage"
    KEYS_MANAGE = "keys.manage"
    ALERTS_VIEW = "alerts.view"
    ALERTS_MANAGE = "alerts.manage"
    AUDIT_VIEW = "audit.view"
    CUSTOMERS_EXPORT = "customers.export"
    COMPANIES_EXPORT = "companies.export"
    CARDS_EXPORT = "cards.export"
    VEHICLES_EXPORT = "vehicles.export"
    BOOKINGS_EXPORT = "bookings.export"
    ENTRIES_EXPORT = "entries.export"
    EVENTS_EXPORT = "events.export"
    PAYMENTS_EXPORT = "payments.export"
    EXPORTS_SCHEDULE = "exports.schedule"
    REVIEWS_MANAGE = "reviews.manage"
    REVIEWS_EXPORT = "reviews.export"
    IMPORTS_MANAGE = "imports.manage"


class Scope(Value, frozen=True, kw_only=True):
    """What somebody is restricted to: companies and zones, by id, and tags of access points. Empty: no restriction."""

    companies: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        return not (self.companies or self.zones or self.tags)


EVERYTHING = Scope()
OF_THE_WHOLE_SITE = frozenset(
    {Permission.USERS_VIEW, Permission.USERS_MANAGE, Permission.SITE_MANAGE, Permission.AUDIT_VIEW, Permission.IMPORTS_MANAGE}
)
"""Rights that nobody has who is restricted, whatever their role says."""


class Actor(Value, frozen=True, kw_only=True):
    """Who asks: a user signed in, or a part of the house ("central", "cli") with every right.

    scope: what they are restricted to; key: the API key they ask with (empty: a session).
    """

    id: str
    name: str
    rights: frozenset[str] = frozenset()
    scope: Scope = EVERYTHING
    key: str = ""

    def may(self, right: Permission) -> bool:
        return right in self.rights
