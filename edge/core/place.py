"""Where and when: zones, the sides of doors, schedules, access profiles, bookings, and the site's own policy."""

from __future__ import annotations

from enum import StrEnum

from edge.core.model import CredentialKind, Record, Value


class Mode(StrEnum):
    """How an access point behaves; see rules_door.mode_of for which of several counts."""

    NORMAL = "normal"
    LOCKED_DOWN = "locked_down"
    FREE_PASSAGE = "free_passage"
    CARD_ONLY = "card_only"


class Antipassback(StrEnum):
    """What a zone does about a second way in without a way out (and the reverse)."""

    OFF = "off"
    SOFT = "soft"
    HARD = "hard"
    TIMED = "timed"


# ---------------------------------------------------------------------------------------------------- when


class Window(Value, frozen=True, kw_only=True):
    """One weekly opening: days 0 (Monday) to 6, minutes of the local day, end exclusive; end < start runs over midnight."""

    days: tuple[int, ...]
    start: int
    end: int


class Holiday(Value, frozen=True, kw_only=True):
    """A date (YYYY-MM-DD, site time) with its own windows instead of the weekly ones; none means closed."""

    date: str
    name: str = ""
    windows: tuple[tuple[int, int], ...] = ()


class Schedule(Record, frozen=True, kw_only=True, cache_hash=True):
    """When: weekly windows in the site's time zone, and days that differ."""

    name: str
    windows: tuple[Window, ...] = ()
    holidays: tuple[Holiday, ...] = ()


class ModeHours(Value, frozen=True, kw_only=True):
    """In these hours the mode is this one, unless somebody has set another by hand."""

    mode: Mode
    schedule: str


# ---------------------------------------------------------------------------------------------------- where


class Zone(Record, frozen=True, kw_only=True):
    """An area people are in.

    parent: the zone around it; leaving a zone into its parent keeps the visit to the parent open. mode_until: when a mode set
    by hand ends (ms; None: until somebody sets another). capacity: visits at most, of which `reserved` are kept for profiles
    with reserved places. booking: only with a booking that is on. host_present: guests only while their host is inside.
    escort: who is not a customer comes in with the host or an escort. two_person: nobody goes in alone. guardian_below:
    younger ones (years) come with their guardian or an adult. tariff: what a visit costs.
    """

    name: str
    parent: str | None = None
    mode: Mode = Mode.NORMAL
    mode_until: int | None = None
    mode_hours: tuple[ModeHours, ...] = ()
    antipassback: Antipassback = Antipassback.OFF
    antipassback_minutes: int = 0
    capacity: int | None = None
    reserved: int = 0
    booking: bool = False
    host_present: bool = False
    escort: bool = False
    two_person: bool = False
    guardian_below: int | None = None
    tariff: str | None = None

    @property
    def accompanied(self) -> bool:
        """Does somebody at its door perhaps wait for a second person."""
        return self.two_person or self.escort or self.guardian_below is not None


class ZoneRight(Value, frozen=True, kw_only=True):
    """One line of a profile: this zone, in these hours (no schedule: always)."""

    zone: str
    schedule: str | None = None


class Profile(Record, frozen=True, kw_only=True):
    """An access profile: zones and hours that are granted together.

    lockdown_override lets it through a lock-down; escort lets its holders bring in those who need one; reserved opens the
    places kept back; permit makes visits to its zones cost nothing.
    """

    name: str
    zones: tuple[ZoneRight, ...] = ()
    lockdown_override: bool = False
    escort: bool = False
    reserved: bool = False
    permit: bool = False


class AccessPoint(Record, frozen=True, kw_only=True):
    """One side of a door with a direction. from_zone or to_zone None is outside.

    strike_ms: how long the door is released; accessible_strike_ms: for those who need longer. refuse_blocklisted: in free
    passage, do blocklisted and stolen also stay out (they always alarm). lock_exit: a lock-down also holds people in here
    (say so only where somebody answers for it). secure_reader: nothing is taken over a channel that is not secured.
    plate_floor: a plate read with less confidence (0..1) is not believed. pin: a PIN is asked for after the card, but not in
    the hours of the schedule pin_free. needs_plate: card and registered plate of the same customer together. interlock: doors
    that must be shut before this one opens. tags: words to find it and its events by, and to restrict users to. data_minutes: how old central's word may be for cards that come from there (None:
    any age).
    """

    name: str
    door: str
    from_zone: str | None = None
    to_zone: str | None = None
    kinds: tuple[CredentialKind, ...] = tuple(CredentialKind)
    mode: Mode = Mode.NORMAL
    mode_until: int | None = None
    mode_hours: tuple[ModeHours, ...] = ()
    in_service: bool = True
    pedestrian: bool = True
    refuse_blocklisted: bool = True
    lock_exit: bool = False
    strike_ms: int = 3000
    accessible_strike_ms: int = 10_000
    secure_reader: bool = False
    plate_floor: float = 0.0
    pin: bool = False
    pin_free: str | None = None
    needs_plate: bool = False
    interlock: tuple[str, ...] = ()
    data_minutes: int | None = None
    tags: tuple[str, ...] = ()


class SitePolicy(Record, frozen=True, kw_only=True):
    """What holds for the whole site; one row, POLICY_ID.

    pin_tries wrong PINs in a row lock for pin_lock_minutes. overdue_days: how long after an account fell due its holders still
    come in. give_back_unused: when the contact says that the door never opened, the visit is void and the use is given back.
    companion_s: seconds in which a second person, an escort or a guardian must show; pair_s: the same for a PIN or plate that
    belongs to a card. doubtful_hours: a visit open for longer counts as doubtful.

    required: fields that a customer must have who is neither a walk-in nor a visitor (name is, always). shared_email,
    shared_mobile: may two customers have the same. newsletter: do new customers get it unless they say no (opt-out is
    unlawful in places).

    site_name, time_zone, accent, language: in place of what the settings file says (empty: as it says).
    """

    mode: Mode = Mode.NORMAL
    mode_until: int | None = None
    mode_hours: tuple[ModeHours, ...] = ()
    pin_tries: int = 5
    pin_lock_minutes: int = 15
    overdue_days: int = 0
    give_back_unused: bool = True
    companion_s: int = 15
    pair_s: int = 10
    doubtful_hours: int = 48
    required: tuple[str, ...] = ("email",)
    shared_email: bool = False
    shared_mobile: bool = False
    newsletter: bool = False
    site_name: str = ""
    time_zone: str = ""
    accent: str = ""
    language: str = ""


POLICY_ID = "site"


# ---------------------------------------------------------------------------------------------------- bookings and passes


class BookingState(StrEnum):
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Booking(Record, frozen=True, kw_only=True):
    """A customer or guest may be in a zone from (ms, inclusive) to (exclusive). A timed grant of an operator is one too."""

    customer: str
    zone: str
    from_at: int
    to_at: int
    state: BookingState = BookingState.CONFIRMED
    note: str = ""
    made_by: str = ""
    created_at: int = 0


class PassKey(Record, frozen=True, kw_only=True):
    """A key that signs passes: id is the key id in the pass, public its Ed25519 key (base64). Revoked: none of its passes is good."""

    name: str = ""
    public: str
    revoked: bool = False


class RevokedPass(Record, frozen=True, kw_only=True):
    """A signed pass that is taken back: id is the pass's own."""

    note: str = ""
    created_at: int = 0
