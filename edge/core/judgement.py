"""What a decision says: reasons, remedies, the decision itself."""

from __future__ import annotations

from enum import StrEnum

from edge.core.model import Value
from edge.core.presence import Effects


class Outcome(StrEnum):
    GRANTED = "granted"
    DENIED = "denied"


class Reason(StrEnum):
    """Why: a closed set of stable codes. Journal, API, MQTT, console and docs all use these and nothing else."""

    GRANTED = "granted"
    GRANTED_SOFT_PASSBACK = "granted_soft_passback"
    GRANTED_FREE_PASSAGE = "granted_free_passage"
    GRANTED_DURESS = "granted_duress"
    GRANTED_BY_OPERATOR = "granted_by_operator"
    GRANTED_EMERGENCY = "granted_emergency"
    OUT_OF_SERVICE = "out_of_service"
    LOCKED_DOWN = "locked_down"
    READER_INSECURE = "reader_insecure"
    MALFORMED = "malformed"
    UNSUPPORTED_KIND = "unsupported_kind"
    BAD_SIGNATURE = "bad_signature"
    CODE_EXPIRED = "code_expired"
    CODE_REPLAYED = "code_replayed"
    PASS_REVOKED = "pass_revoked"
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
    PIN_REQUIRED = "pin_required"
    PIN_WRONG = "pin_wrong"
    PIN_LOCKED = "pin_locked"
    VEHICLE_NOT_REGISTERED = "vehicle_not_registered"
    VEHICLE_MISMATCH = "vehicle_mismatch"
    ZONE_NOT_ALLOWED = "zone_not_allowed"
    OUTSIDE_SCHEDULE = "outside_schedule"
    HOLIDAY = "holiday"
    NO_BOOKING_NOW = "no_booking_now"
    HOST_ABSENT = "host_absent"
    ESCORT_REQUIRED = "escort_required"
    SECOND_PERSON_REQUIRED = "second_person_required"
    GUARDIAN_REQUIRED = "guardian_required"
    NO_USES_LEFT = "no_uses_left"
    DAILY_LIMIT = "daily_limit"
    TOO_SOON = "too_soon"
    ALREADY_INSIDE = "already_inside"
    NOT_INSIDE = "not_inside"
    INTERLOCK = "interlock"
    ZONE_FULL = "zone_full"
    PAYMENT_DUE = "payment_due"
    ACCOUNT_OVERDUE = "account_overdue"
    DATA_TOO_OLD = "data_too_old"
    CLOCK_UNTRUSTED = "clock_untrusted"
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
    CHECK_READER = "check_reader"
    SHOW_FRESH_CODE = "show_fresh_code"
    NEW_PASS = "new_pass"
    SET_PIN = "set_pin"
    TYPE_PIN_AGAIN = "type_pin_again"
    UNLOCK_PIN = "unlock_pin"
    REGISTER_VEHICLE = "register_vehicle"
    BOOK = "book"
    ASK_HOST = "ask_host"
    BRING_COMPANION = "bring_companion"
    WAIT_FOR_DOOR = "wait_for_door"
    RAISE_CAPACITY = "raise_capacity"
    CORRECT_COUNT = "correct_count"
    TAKE_PAYMENT = "take_payment"
    CLEAR_OVERDUE = "clear_overdue"
    CHECK_SYNC = "check_sync"
    CHECK_CLOCK = "check_clock"
    CALL_SUPPORT = "call_support"


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
