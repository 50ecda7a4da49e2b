"""What a decision needs: everything about who stands there, with what, where and when, as frozen values."""

from __future__ import annotations

from enum import StrEnum

from edge.core.model import CardStatus, Channel, ClockQuality, CredentialKind, Period, Reading, Status, Value
from edge.core.people import PersonKind
from edge.core.place import AccessPoint, Antipassback, Mode, Schedule, SitePolicy, Zone
from edge.core.presence import Whereabouts
from edge.core.tariff import Tariff, Visit


class Holder(Value, frozen=True, kw_only=True):
    """What a decision knows of the thing shown: a card, a vehicle or a signed pass, told apart by kind."""

    id: str = ""
    kind: CredentialKind = CredentialKind.QR
    label: str = ""
    status: CardStatus = CardStatus.ACTIVE
    valid_from: int | None = None
    valid_to: int | None = None
    uses: int | None = None
    daily_limit: int | None = None
    period: Period = Period.MONTH
    period_limit: int | None = None
    min_interval_s: int | None = None


class Person(Value, frozen=True, kw_only=True):
    id: str = ""
    name: str = ""
    status: Status = Status.ACTIVE
    blocklisted: bool = False
    deleted: bool = False
    kind: PersonKind = PersonKind.CUSTOMER
    host: str | None = None
    born: str = ""
    accessible: bool = False
    discount: int = 0
    overdue_since: int | None = None


class Firm(Value, frozen=True, kw_only=True):
    id: str = ""
    status: Status = Status.ACTIVE
    deleted: bool = False
    overdue_since: int | None = None


class Right(Value, frozen=True, kw_only=True):
    """A profile that gives the zone in question, with its hours (None: always) and what else it carries."""

    profile: str
    schedule: Schedule | None = None
    lockdown_override: bool = False
    escort: bool = False
    reserved: bool = False
    permit: bool = False


class Plan(Value, frozen=True, kw_only=True):
    """The mode of an access point, its zone or the site: set by hand until `until`, else by hours. Only those with something to say."""

    of: str
    mode: Mode = Mode.NORMAL
    until: int | None = None
    hours: tuple[tuple[Mode, Schedule], ...] = ()


class Place(Value, frozen=True, kw_only=True):
    """An access point as the rules see it, the same for whoever stands there.

    tz: the site's IANA zone. tariff: what a visit to the zone costs. way_out: this side leads outside or into the zone around. zone: the one entered, on a way out
    the one left; inner_zones: those inside it. asks: what has
    to be looked up for this access point alone.
    """

    point: AccessPoint
    tz: str = "UTC"
    way_out: bool = False
    zone: Zone | None = None
    inner_zones: tuple[str, ...] = ()
    plans: tuple[Plan, ...] = ()
    pin_free: Schedule | None = None
    tariff: Tariff | None = None
    policy: SitePolicy = SitePolicy()
    asks: frozenset[str] = frozenset()

    @property
    def free_way_out(self) -> bool:
        """A way out on foot, which nobody is refused for what they owe or where they should be."""
        return self.way_out and self.point.pedestrian


class Pin(StrEnum):
    """The PIN that came with a card: none was typed, it is the right one, a wrong one, or the one typed under threat."""

    ABSENT = "absent"
    RIGHT = "right"
    WRONG = "wrong"
    DURESS = "duress"


class PinTries(Value, frozen=True, kw_only=True):
    """Wrong PINs in a row, and when the last was typed (ms)."""

    wrong: int = 0
    at: int = 0


class Proof(Value, frozen=True, kw_only=True):
    """What speaks for a rotating code or signed pass.

    genuine: made with the card's secret, or signed by a key that is known and not revoked. slice: of a rotating code; last:
    the slice that was last used here. revoked: this pass was taken back.
    """

    genuine: bool
    slice: int | None = None
    last: int | None = None
    revoked: bool = False


class Companion(Value, frozen=True, kw_only=True):
    """Who showed at this access point just before and may be the second person, the escort or the guardian.

    holder: the card; waits: it was kept waiting for a second person (else it went in). at: when (ms).
    """

    holder: str
    person: str | None
    at: int
    kind: CredentialKind = CredentialKind.QR
    waits: bool = False
    escort: bool = False
    born: str = ""


class Beside(Value, frozen=True, kw_only=True):
    """The vehicle seen together with a card: matches registered plates explain it (1 is a hit), and whose it is."""

    matches: int = 0
    vehicle: str = ""
    customer: str | None = None
    company: str | None = None
    active: bool = True


class Facts(Value, frozen=True, kw_only=True):
    """Everything one decision needs, read in one go inside one transaction.

    place None: no such access point. kind: of the credential (a QR may turn out to be a rotating code or a pass). readable: what was
    read makes sense; last4: what is shown of it. door_fault: the driver's word that opening is unsafe. emergency: its emergency input is on.
    matches: registered plates that explain a plate reading. profiles: held, but they give nothing here. open_doors: of the
    interlock, those not known to be shut. inside: visits open in the zone. visit: the one
    that ends here, where it costs something. host_inside: is the host there
    (None: no host). synced_at: when central's word was last known to be complete (ms; None: this card is not central's).
    """

    reading: Reading
    place: Place | None
    kind: CredentialKind = CredentialKind.QR
    readable: bool = True
    last4: str = ""
    door_fault: str = ""
    emergency: bool = False
    proof: Proof | None = None
    matches: int = 0
    holder: Holder | None = None
    person: Person | None = None
    firm: Firm | None = None
    rights: tuple[Right, ...] = ()
    profiles: tuple[str, ...] = ()
    where: Whereabouts = Whereabouts()
    has_pin: bool = False
    pin: Pin = Pin.ABSENT
    tries: PinTries = PinTries()
    beside: Beside | None = None
    bookings: tuple[tuple[int, int], ...] = ()
    companion: Companion | None = None
    host_inside: bool | None = None
    open_doors: tuple[str, ...] = ()
    inside: int = 0
    visit: Visit | None = None
    clock: ClockQuality = ClockQuality.NTP
    synced_at: int | None = None
    roster_rev: int = 0

    @property
    def point(self) -> AccessPoint | None:
        return self.place.point if self.place else None

    @property
    def zone(self) -> Zone | None:
        return self.place.zone if self.place else None

    @property
    def way_out(self) -> bool:
        return self.place is not None and self.place.way_out

    @property
    def tz(self) -> str:
        return self.place.tz if self.place else "UTC"


class Kept(Value, frozen=True, kw_only=True):
    """The facts an event keeps so that its decision can be judged again: what the rules read, less what the event says itself.

    readable: the code made sense; rights: (profile id, schedule id or "") as they applied at this zone, profiles: others that
    were held; modes: (of what, mode) in force; holder and person without id and name; the rest as in Facts
    (where, tries None: nothing to say).
    """

    readable: bool = True
    way_out: bool = False
    door_fault: str = ""
    emergency: bool = False
    modes: tuple[tuple[str, Mode], ...] = ()
    antipassback: Antipassback = Antipassback.OFF
    antipassback_minutes: int = 0
    score: float | None = None
    channel: Channel = Channel.PLAIN
    proof: Proof | None = None
    matches: int = 0
    holder: Holder | None = None
    person: Person | None = None
    firm: Firm | None = None
    rights: tuple[tuple[str, str], ...] = ()
    profiles: tuple[str, ...] = ()
    where: Whereabouts | None = None
    has_pin: bool = False
    pin: Pin = Pin.ABSENT
    tries: PinTries | None = None
    beside: Beside | None = None
    bookings: tuple[tuple[int, int], ...] = ()
    companion: Companion | None = None
    host_inside: bool | None = None
    open_doors: tuple[str, ...] = ()
    inside: int = 0
    visit: Visit | None = None
    clock: ClockQuality = ClockQuality.NTP
    synced_at: int | None = None
