"""The policy: one rule a line, in order. Docs, console and `gatelatch decide` print this very table.

Numbers are stable names. What each rule does is in rules_door, rules_credential, rules_place and rules_use.
"""

from __future__ import annotations

from collections.abc import Callable

from edge.core import rules_credential as credential
from edge.core import rules_door as door
from edge.core import rules_place as place
from edge.core import rules_use as use
from edge.core.facts import Facts
from edge.core.finding import Finding
from edge.core.judgement import Reason
from edge.core.model import Value

R = Reason


class Rule(Value, frozen=True, kw_only=True):
    """A line of the table. check(facts, now in ms); reads: the facts it looks at, for `explain`."""

    number: int
    name: str
    check: Callable[[Facts, int], Finding | None]
    reasons: tuple[Reason, ...]
    reads: tuple[str, ...]

    @property
    def says(self) -> str:
        """The rule in a sentence: the first line of its own documentation."""
        return (self.check.__doc__ or "").strip().splitlines()[0]


def _rule(number: int, name: str, check: Callable[[Facts, int], Finding | None], reads: str, *reasons: Reason) -> Rule:
    return Rule(number=number, name=name, check=check, reads=tuple(reads.split()), reasons=reasons)


RULES: tuple[Rule, ...] = (
    _rule(1, "door in service", door.door_in_service, "point.in_service door_fault", R.OUT_OF_SERVICE),
    _rule(2, "mode", door.mode_allows, "place.plans way_out rights", R.LOCKED_DOWN, R.GRANTED_FREE_PASSAGE),
    _rule(3, "reader trusted", door.reader_is_trusted, "reading.channel point.secure_reader", R.READER_INSECURE),
    _rule(4, "credential readable", credential.credential_is_readable, "kind point.kinds", R.MALFORMED, R.UNSUPPORTED_KIND),
    _rule(5, "signature and freshness", credential.credential_is_genuine, "proof",
          R.BAD_SIGNATURE, R.CODE_EXPIRED, R.CODE_REPLAYED, R.PASS_REVOKED),
    _rule(6, "credential known", credential.credential_is_known, "holder matches reading.score", R.UNKNOWN_CREDENTIAL, R.PLATE_UNSURE),
    _rule(7, "credential state", credential.credential_is_valid, "holder.status holder.valid_from holder.valid_to",
          *credential.CARD_STATUS.values(), R.CARD_NOT_YET_VALID, R.CARD_EXPIRED),
    _rule(8, "holder state", credential.holder_is_active, "person.status person.blocklisted person.deleted firm.status",
          R.CUSTOMER_INACTIVE, R.CUSTOMER_DELETED, R.COMPANY_INACTIVE, R.BLOCKLISTED),
    _rule(9, "second factor", credential.second_factor_is_given, "point.pin pin tries.wrong",
          R.PIN_REQUIRED, R.PIN_WRONG, R.PIN_LOCKED, R.GRANTED_DURESS),
    _rule(10, "vehicle", credential.vehicle_belongs, "point.needs_plate beside", R.VEHICLE_NOT_REGISTERED, R.VEHICLE_MISMATCH),
    _rule(11, "place", place.zone_is_allowed, "point.to_zone way_out rights bookings", R.ZONE_NOT_ALLOWED),
    _rule(12, "hours", place.hours_are_open, "rights bookings tz way_out", R.OUTSIDE_SCHEDULE, R.HOLIDAY),
    _rule(13, "booking and host", place.comes_as_arranged, "bookings host_inside companion zone.booking person.kind",
          R.NO_BOOKING_NOW, R.HOST_ABSENT, R.ESCORT_REQUIRED, R.SECOND_PERSON_REQUIRED, R.GUARDIAN_REQUIRED),
    _rule(14, "uses", use.uses_are_left, "holder.uses holder.daily_limit holder.period_limit holder.min_interval_s where",
          R.NO_USES_LEFT, R.DAILY_LIMIT, R.TOO_SOON),
    _rule(15, "presence", use.presence_fits, "zone.antipassback where way_out open_doors",
          R.ALREADY_INSIDE, R.NOT_INSIDE, R.INTERLOCK, R.GRANTED_SOFT_PASSBACK),
    _rule(16, "room", place.zone_has_room, "zone.capacity zone.reserved inside", R.ZONE_FULL),
    _rule(17, "money", use.nothing_is_due, "place.tariff visit person.overdue_since firm.overdue_since", R.PAYMENT_DUE, R.ACCOUNT_OVERDUE),
    _rule(18, "knowledge", use.knowledge_is_fresh, "point.data_minutes synced_at clock", R.DATA_TOO_OLD, R.CLOCK_UNTRUSTED),
)  # fmt: skip

NEVER_LIFTED = frozenset({R.BLOCKLISTED, R.CARD_STOLEN})
"""What free passage does not wave through (unless the access point says so); it always alarms."""

LIFTED_FROM = 4
"""Free passage lifts the rules from this number on."""

FREE_WAY_OUT_FROM = 13
"""A way out on foot is not refused by the rules from this number on: it opens, and alarms."""
