"""What a decision needs and what it says: facts, reasons, remedies, the decision itself."""

from __future__ import annotations

from enum import StrEnum

from edge.core.model import CardStatus, CredentialKind, Reading, Status, Value
from edge.core.place import AccessPoint, Antipassback, Mode, Schedule


class Holder(Value, frozen=True, kw_only=True):
    """What a decision knows of the thing shown: a card or a vehicle, told apart by kind."""

    id: str
    kind: CredentialKind
    label: str = ""
    status: CardStatus = CardStatus.ACTIVE
    valid_from: int | None = None
    valid_to: int | None = None
    uses: int | None = None
    daily_limit: int | None = None
    min_interval_s: int | None = None


class Person(Value, frozen=True, kw_only=True):
    id: str
    name: str = ""
    status: Status = Status.ACTIVE
    blocklisted: bool = False
    deleted: bool = False


class Firm(Value, frozen=True, kw_only=True):
    id: str
    status: Status = Status.ACTIVE
    deleted: bool = False


class Right(Value, frozen=True, kw_only=True):
    """A profile that gives the zone in question, with its hours (None: always)."""

    profile: str
    schedule: Schedule | None = None
    lockdown_override: bool = False


class Whereabouts(Value, frozen=True, kw_only=True):
    """Where a card or vehicle is and what it has consumed; since and last_at in ms.

    last_seq: its last event (each event names the one before it, so that a card's events are a chain); visits: its open
    visits as (seq of the way in, zone).
    """

    zone: str | None = None
    since: int | None = None
    spent: int = 0
    day: str = ""
    spent_today: int = 0
    last_at: int | None = None
    last_seq: int = 0
    visits: tuple[tuple[int, str], ...] = ()


class Facts(Value, frozen=True, kw_only=True):
    """Everything one decision needs, read in one go inside one transaction.

    point None: no such access point. code None: what was read is malformed. door_fault: the driver's word that opening is
    unsafe. matches: registered plates that explain a plate reading (1 is a hit). tz: the site's IANA zone. way_out: this
    side leads outside or into the zone around. antipassback: of the zone entered, on a way out of the zone left; inner_zones:
    the zones inside that one.
    """

    reading: Reading
    point: AccessPoint | None
    code: str | None = None
    tz: str = "UTC"
    way_out: bool = False
    door_fault: str = ""
    zone_mode: Mode = Mode.NORMAL
    antipassback: Antipassback = Antipassback.OFF
    antipassback_minutes: int = 0
    inner_zones: tuple[str, ...] = ()
    matches: int = 0
    holder: Holder | None = None
    person: Person | None = None
    firm: Firm | None = None
    rights: tuple[Right, ...] = ()
    where: Whereabouts = Whereabouts()
    roster_rev: int = 0


class Kept(Value, frozen=True, kw_only=True):
    """The few facts an event keeps so that its decision can be judged again: what the rules read, less what the event says itself.

    readable: the code made sense; rights: (profile id, schedule id or "") as they applied at this zone; person, firm: their
    status, None where there is none.
    """

    readable: bool = True
    way_out: bool = False
    door_fault: str = ""
    zone_mode: Mode = Mode.NORMAL
    antipassback: Antipassback = Antipassback.OFF
    antipassback_minutes: int = 0
    matches: int = 0
    status: CardStatus = CardStatus.ACTIVE
    valid_from: int | None = None
    valid_to: int | None = None
    uses: int | None = None
    daily_limit: int | None = None
    min_interval_s: int | None = None
    person: Status | None = None
    blocklisted: bool = False
    deleted: bool = False
    firm: Status | None = None
    firm_deleted: bool = False
    rights: tuple[tuple[str, str], ...] = ()
    where: Whereabouts = Whereabouts()


class Outcome(StrEnum):
    GRANTED = "granted"
    DENIED = "denied"


class Reason(StrEnum):
    """Why: a closed set of stable codes. Journal, API, MQTT, console and docs all use these and nothing else."""

    GRANTED = "granted"
    GRANTED_SOFT_PASSBACK = "granted_soft_passback"
    GRANTED_FREE_PASSAGE = "granted_free_passage"
    GRANTED_BY_OPERATOR = "granted_by_operator"
    OUT_OF_SERVICE = "out_of_service"
    LOCKED_DOWN = "locked_down"
    MALFORMED = "malformed"
    UNSUPPORTED_KIND = "unsupported_kind"
    UNKNOWN_CREDENTIAL = "unknown_credential"
    PLATE_UNSURE = "plate_unsure"
    CARD_INACTIVE = "card_inactive"
    CARD_SUSPENDED = "card_suspended"
    CARD_LOST = "card_lost"
    CARD_STOLEN = "card_stolen"
    CARD_NOT_YET_VALID = "card_not_yet_valid"
    CARD_EXPIRED = "card_expired"
    CUSTOMER_INACTIVE = "customer_inactive"
    CUSTOMER_DELETED = "customer_deleted"
    COMPANY_INACTIVE = "company_inactive"
    BLOCKLISTED = "blocklisted"
    ZONE_NOT_ALLOWED = "zone_not_allowed"
    OUTSIDE_SCHEDULE = "outside_schedule"
    HOLIDAY = "holiday"
    NO_USES_LEFT = "no_uses_left"
    DAILY_LIMIT = "daily_limit"
    TOO_SOON = "too_soon"
    ALREADY_INSIDE = "already_inside"
    NOT_INSIDE = "not_inside"
    INTERNAL_ERROR = "internal_error"


class Remedy(StrEnum):
    """What an operator with the right may do about a refusal, in one step."""

    LET_IN_ONCE = "let_in_once"
    PUT_IN_SERVICE = "put_in_service"
    END_LOCKDOWN = "end_lockdown"
    ACCEPT_KIND = "accept_kind"
    SHOW_AGAIN = "show_again"
    REGISTER_CREDENTIAL = "register_credential"
    CORRECT_PLATE = "correct_plate"
    ACTIVATE_CARD = "activate_card"
    REPLACE_CARD = "replace_card"
    CHANGE_VALIDITY = "change_validity"
    ACTIVATE_CUSTOMER = "activate_customer"
    RESTORE_CUSTOMER = "restore_customer"
    ACTIVATE_COMPANY = "activate_company"
    CLEAR_BLOCK = "clear_block"
    GIVE_PROFILE = "give_profile"
    CHANGE_SCHEDULE = "change_schedule"
    ADD_USES = "add_uses"
    MARK_OUTSIDE = "mark_outside"
    MARK_INSIDE = "mark_inside"
    CALL_SUPPORT = "call_support"


class Effects(Value, frozen=True, kw_only=True):
    """What a decision changes beside the event itself."""

    enter: str | None = None
    leave: str | None = None
    spend: bool = False
    doubtful: bool = False


class Decision(Value, frozen=True, kw_only=True):
    """The answer: outcome and reason, the rule that decided, every refusal in order, what may be done, what follows.

    refused: (rule number, reason) of each rule that refused, also those a mode lifted; alarms: reasons that raise an alarm.
    """

    outcome: Outcome
    reason: Reason
    rule: int = 0
    refused: tuple[tuple[int, Reason], ...] = ()
    remedies: tuple[Remedy, ...] = ()
    alarms: tuple[Reason, ...] = ()
    effects: Effects = Effects()
    strike_ms: int = 0

    @property
    def granted(self) -> bool:
        return self.outcome is Outcome.GRANTED
