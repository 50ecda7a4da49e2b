"""The policy: one rule a sentence, in order. Docs, console and `gatelatch decide` print this very table.

Numbers are stable names; a number that is missing belongs to a rule that this version does not have.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from edge.core.judgement import Facts, Reason, Remedy
from edge.core.model import CardStatus, CredentialKind, Status, Value
from edge.core.place import Antipassback, Mode
from edge.core.schedule import is_open, local

R, M = Reason, Remedy

REMEDIES: dict[Reason, tuple[Remedy, ...]] = {
    R.OUT_OF_SERVICE: (M.PUT_IN_SERVICE, M.LET_IN_ONCE),
    R.LOCKED_DOWN: (M.END_LOCKDOWN, M.LET_IN_ONCE),
    R.MALFORMED: (M.SHOW_AGAIN, M.LET_IN_ONCE),
    R.UNSUPPORTED_KIND: (M.ACCEPT_KIND, M.LET_IN_ONCE),
    R.UNKNOWN_CREDENTIAL: (M.REGISTER_CREDENTIAL, M.LET_IN_ONCE),
    R.PLATE_UNSURE: (M.CORRECT_PLATE, M.LET_IN_ONCE),
    R.CARD_INACTIVE: (M.ACTIVATE_CARD, M.LET_IN_ONCE),
    R.CARD_SUSPENDED: (M.ACTIVATE_CARD, M.LET_IN_ONCE),
    R.CARD_LOST: (M.REPLACE_CARD, M.ACTIVATE_CARD, M.LET_IN_ONCE),
    R.CARD_STOLEN: (M.REPLACE_CARD, M.LET_IN_ONCE),
    R.CARD_NOT_YET_VALID: (M.CHANGE_VALIDITY, M.LET_IN_ONCE),
    R.CARD_EXPIRED: (M.CHANGE_VALIDITY, M.LET_IN_ONCE),
    R.CUSTOMER_INACTIVE: (M.ACTIVATE_CUSTOMER, M.LET_IN_ONCE),
    R.CUSTOMER_DELETED: (M.RESTORE_CUSTOMER, M.LET_IN_ONCE),
    R.COMPANY_INACTIVE: (M.ACTIVATE_COMPANY, M.LET_IN_ONCE),
    R.BLOCKLISTED: (M.CLEAR_BLOCK,),
    R.ZONE_NOT_ALLOWED: (M.GIVE_PROFILE, M.LET_IN_ONCE),
    R.OUTSIDE_SCHEDULE: (M.CHANGE_SCHEDULE, M.GIVE_PROFILE, M.LET_IN_ONCE),
    R.HOLIDAY: (M.CHANGE_SCHEDULE, M.LET_IN_ONCE),
    R.NO_USES_LEFT: (M.ADD_USES, M.LET_IN_ONCE),
    R.DAILY_LIMIT: (M.ADD_USES, M.LET_IN_ONCE),
    R.TOO_SOON: (M.LET_IN_ONCE,),
    R.ALREADY_INSIDE: (M.MARK_OUTSIDE, M.LET_IN_ONCE),
    R.NOT_INSIDE: (M.MARK_INSIDE, M.LET_IN_ONCE),
    R.INTERNAL_ERROR: (M.CALL_SUPPORT, M.LET_IN_ONCE),
}

ALARMING = frozenset({R.CARD_STOLEN, R.BLOCKLISTED, R.INTERNAL_ERROR})


class Finding(Value, frozen=True, kw_only=True):
    """What a rule says when it has something to say: a refusal, or (refuses False) a mark on a grant."""

    reason: Reason
    refuses: bool = True
    alarms: bool = False


REFUSAL: dict[Reason, Finding] = {r: Finding(reason=r, alarms=r in ALARMING) for r in REMEDIES}
FREE_PASSAGE = Finding(reason=R.GRANTED_FREE_PASSAGE, refuses=False)
SOFT_PASSBACK = Finding(reason=R.GRANTED_SOFT_PASSBACK, refuses=False)
UNSEEN_WAY_OUT = Finding(reason=R.GRANTED_SOFT_PASSBACK, refuses=False, alarms=True)


def mode_of(facts: Facts) -> Mode:
    """The mode in force: a lock-down anywhere wins; else the access point's own, unless normal; else the zone's."""
    point = facts.point
    own = point.mode if point else Mode.NORMAL
    if own is Mode.LOCKED_DOWN or facts.zone_mode is Mode.LOCKED_DOWN:
        return Mode.LOCKED_DOWN
    return facts.zone_mode if own is Mode.NORMAL else own


def door_in_service(facts: Facts, now: int) -> Finding | None:
    """The access point exists, is in service, and its door reports no fault that makes opening unsafe."""
    point = facts.point
    return None if point and point.in_service and not facts.door_fault else REFUSAL[R.OUT_OF_SERVICE]


def mode_allows(facts: Facts, now: int) -> Finding | None:
    """A lock-down refuses all but the profiles that override it and the pedestrian way out; free passage grants."""
    mode = mode_of(facts)
    if mode is Mode.LOCKED_DOWN:
        point = facts.point
        if facts.way_out and point and point.pedestrian and not point.lock_exit:
            return None
        return None if any(r.lockdown_override for r in facts.rights) else REFUSAL[R.LOCKED_DOWN]
    return FREE_PASSAGE if mode is Mode.FREE_PASSAGE else None


def credential_is_readable(facts: Facts, now: int) -> Finding | None:
    """The code makes sense and is of a kind this access point accepts; in card-only mode a plate is not enough."""
    if facts.code is None:
        return REFUSAL[R.MALFORMED]
    kind, point = facts.reading.kind, facts.point
    if point and kind not in point.kinds:
        return REFUSAL[R.UNSUPPORTED_KIND]
    if kind is CredentialKind.PLATE and mode_of(facts) is Mode.CARD_ONLY:
        return REFUSAL[R.UNSUPPORTED_KIND]
    return None


def credential_is_known(facts: Facts, now: int) -> Finding | None:
    """A card with this code, or exactly one registered plate that explains the reading."""
    if facts.holder:
        return None
    return REFUSAL[R.PLATE_UNSURE] if facts.matches > 1 else REFUSAL[R.UNKNOWN_CREDENTIAL]


_CARD_STATUS = {
    CardStatus.INACTIVE: R.CARD_INACTIVE,
    CardStatus.SUSPENDED: R.CARD_SUSPENDED,
    CardStatus.LOST: R.CARD_LOST,
    CardStatus.STOLEN: R.CARD_STOLEN,
}


def credential_is_valid(facts: Facts, now: int) -> Finding | None:
    """The card or vehicle is active and inside its validity (from inclusive, to exclusive)."""
    holder = facts.holder
    if holder is None:
        return None
    if holder.status is not CardStatus.ACTIVE:
        return REFUSAL[_CARD_STATUS[holder.status]]
    if holder.valid_from is not None and now < holder.valid_from:
        return REFUSAL[R.CARD_NOT_YET_VALID]
    if holder.valid_to is not None and now >= holder.valid_to:
        return REFUSAL[R.CARD_EXPIRED]
    return None


def holder_is_active(facts: Facts, now: int) -> Finding | None:
    """Only active customers enter: blocklisted, deleted, not active, or of a company that is not active stay out."""
    person, firm = facts.person, facts.firm
    if person:
        if person.blocklisted:
            return REFUSAL[R.BLOCKLISTED]
        if person.deleted:
            return REFUSAL[R.CUSTOMER_DELETED]
        if person.status is not Status.ACTIVE:
            return REFUSAL[R.CUSTOMER_INACTIVE]
    elif facts.holder and not firm:
        return REFUSAL[R.CUSTOMER_DELETED]
    if firm and (firm.deleted or firm.status is not Status.ACTIVE):
        return REFUSAL[R.COMPANY_INACTIVE]
    return None


def zone_is_allowed(facts: Facts, now: int) -> Finding | None:
    """A profile of card, customer, group or company gives the zone entered. Outside, and the zone around, are everybody's."""
    if facts.way_out or facts.holder is None or facts.rights or facts.point is None or facts.point.to_zone is None:
        return None
    return REFUSAL[R.ZONE_NOT_ALLOWED]


def hours_are_open(facts: Facts, now: int) -> Finding | None:
    """One of those profiles is open now, in the site's time zone. A way out has no hours."""
    if facts.way_out or not facts.rights:
        return None
    at, closed_by_holiday = None, False
    for right in facts.rights:
        if right.schedule is None:
            return None
        at = at or local_time(facts, now)
        opened, by_holiday = is_open(right.schedule, at)
        if opened:
            return None
        closed_by_holiday |= by_holiday
    return REFUSAL[R.HOLIDAY if closed_by_holiday else R.OUTSIDE_SCHEDULE]


def uses_are_left(facts: Facts, now: int) -> Finding | None:
    """Uses in all, uses today, and the pause between two entries. A way out spends nothing."""
    holder, where = facts.holder, facts.where
    if facts.way_out or holder is None:
        return None
    if holder.uses is not None and where.spent >= holder.uses:
        return REFUSAL[R.NO_USES_LEFT]
    if holder.daily_limit is not None and where.spent_today >= holder.daily_limit and where.day == today(facts, now):
        return REFUSAL[R.DAILY_LIMIT]
    pause = holder.min_interval_s
    if pause is not None and where.last_at is not None and now < where.last_at + pause * 1000:
        return REFUSAL[R.TOO_SOON]
    return None


def presence_fits(facts: Facts, now: int) -> Finding | None:
    """Nobody enters twice or leaves without having entered, as strictly as the zone asks; a pedestrian way out is only flagged."""
    policy, where, point = facts.antipassback, facts.where, facts.point
    if policy is Antipassback.OFF or facts.holder is None or point is None:
        return None
    if facts.way_out:
        if where.zone is not None and (where.zone == point.from_zone or where.zone in facts.inner_zones):
            return None
        if point.pedestrian:
            return UNSEEN_WAY_OUT
        return SOFT_PASSBACK if policy is Antipassback.SOFT else REFUSAL[R.NOT_INSIDE]
    if where.zone is None or not (where.zone == point.to_zone or where.zone in facts.inner_zones):
        return None
    if policy is Antipassback.SOFT:
        return SOFT_PASSBACK
    if policy is Antipassback.TIMED and now - (where.since or 0) >= facts.antipassback_minutes * 60_000:
        return SOFT_PASSBACK
    return REFUSAL[R.ALREADY_INSIDE]


def local_time(facts: Facts, now: int) -> datetime:
    return local(now, facts.tz)


def today(facts: Facts, now: int) -> str:
    """The site's date, which a daily limit counts by."""
    return local_time(facts, now).date().isoformat()


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
    _rule(1, "door in service", door_in_service, "point.in_service door_fault", R.OUT_OF_SERVICE),
    _rule(2, "mode", mode_allows, "point.mode zone_mode way_out rights", R.LOCKED_DOWN, R.GRANTED_FREE_PASSAGE),
    _rule(4, "credential readable", credential_is_readable, "reading.kind point.kinds", R.MALFORMED, R.UNSUPPORTED_KIND),
    _rule(6, "credential known", credential_is_known, "holder matches", R.UNKNOWN_CREDENTIAL, R.PLATE_UNSURE),
    _rule(7, "credential state", credential_is_valid, "holder.status holder.valid_from holder.valid_to",
          *_CARD_STATUS.values(), R.CARD_NOT_YET_VALID, R.CARD_EXPIRED),
    _rule(8, "holder state", holder_is_active, "person.status person.blocklisted person.deleted firm.status",
          R.CUSTOMER_INACTIVE, R.CUSTOMER_DELETED, R.COMPANY_INACTIVE, R.BLOCKLISTED),
    _rule(11, "place", zone_is_allowed, "point.to_zone way_out rights", R.ZONE_NOT_ALLOWED),
    _rule(12, "hours", hours_are_open, "rights tz way_out", R.OUTSIDE_SCHEDULE, R.HOLIDAY),
    _rule(14, "uses", uses_are_left, "holder.uses holder.daily_limit holder.min_interval_s where", R.NO_USES_LEFT, R.DAILY_LIMIT, R.TOO_SOON),
    _rule(15, "presence", presence_fits, "antipassback where way_out", R.ALREADY_INSIDE, R.NOT_INSIDE, R.GRANTED_SOFT_PASSBACK),
)  # fmt: skip

NEVER_LIFTED = frozenset({R.BLOCKLISTED, R.CARD_STOLEN})
"""What free passage does not wave through (unless the access point says so); it always alarms."""

LIFTED_FROM = 4
"""Free passage lifts the rules from this number on."""
