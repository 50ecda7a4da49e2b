"""Rules about what was shown and whose it is. One rule a sentence; the order is in rules.py."""

from __future__ import annotations

from edge.core.facts import Facts, Pin, PinTries
from edge.core.finding import DURESS, LOCKED_UNDER_DURESS, REFUSAL, Finding
from edge.core.judgement import Reason as R
from edge.core.model import CardStatus, CredentialKind, Status
from edge.core.place import Mode, SitePolicy
from edge.core.rotating import is_fresh
from edge.core.rules_door import mode_of
from edge.core.schedule import is_open, local

K = CredentialKind


def credential_is_readable(facts: Facts, now: int) -> Finding | None:
    """The code makes sense and is of a kind this access point accepts; where card and plate or card and PIN belong together, neither plate nor PIN is enough alone."""
    if not facts.readable:
        return REFUSAL[R.MALFORMED]
    kind, point = facts.kind, facts.point
    if point is None:
        return None
    half = (kind is K.PLATE and (point.needs_plate or mode_of(facts, now) is Mode.CARD_ONLY)) or (kind is K.PIN and point.pin)
    return REFUSAL[R.UNSUPPORTED_KIND] if half or kind not in point.kinds else None


def credential_is_genuine(facts: Facts, now: int) -> Finding | None:
    """A rotating code is of this very half minute (one either way) and was not used here; a signed pass is signed, in time and not revoked."""
    proof = facts.proof
    if proof is None:
        return None
    if not proof.genuine:
        return REFUSAL[R.BAD_SIGNATURE]
    if proof.revoked:
        return REFUSAL[R.PASS_REVOKED]
    if proof.slice is None:
        end = facts.holder.valid_to if facts.holder else None
        return REFUSAL[R.CODE_EXPIRED] if end is not None and now >= end else None
    if not is_fresh(proof.slice, now):
        return REFUSAL[R.CODE_EXPIRED]
    return REFUSAL[R.CODE_REPLAYED] if proof.last is not None and proof.slice <= proof.last else None


def credential_is_known(facts: Facts, now: int) -> Finding | None:
    """A card with this code, or exactly one registered plate that explains the reading, read with enough confidence."""
    if facts.holder is None:
        return REFUSAL[R.PLATE_UNSURE] if facts.matches > 1 else REFUSAL[R.UNKNOWN_CREDENTIAL]
    score, point = facts.reading.score, facts.point
    if facts.kind is K.PLATE and score is not None and point and score < point.plate_floor:
        return REFUSAL[R.PLATE_UNSURE]
    return None


CARD_STATUS = {
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
        return REFUSAL[CARD_STATUS[holder.status]]
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
    elif facts.holder and not firm and facts.kind is not K.SIGNED_PASS:
        return REFUSAL[R.CUSTOMER_DELETED]
    if firm and (firm.deleted or firm.status is not Status.ACTIVE):
        return REFUSAL[R.COMPANY_INACTIVE]
    return None


def second_factor_is_given(facts: Facts, now: int) -> Finding | None:
    """Where a PIN is asked for it came with the card and is right; too many wrong ones lock; the PIN of duress opens and alarms."""
    place = facts.place
    if place is None:
        return None
    duress = facts.pin is Pin.DURESS
    if is_locked(facts.tries, place.policy, now) and (facts.kind is K.PIN or place.point.pin):
        return LOCKED_UNDER_DURESS if duress else REFUSAL[R.PIN_LOCKED]
    if duress:
        return DURESS
    if not place.point.pin or facts.pin is Pin.RIGHT or facts.kind is K.PIN:
        return None
    if place.pin_free and is_open(place.pin_free, local(now, place.tz))[0]:
        return None
    return REFUSAL[R.PIN_WRONG if facts.pin is Pin.WRONG else R.PIN_REQUIRED]


def is_locked(tries: PinTries, policy: SitePolicy, now: int) -> bool:
    """Were so many wrong PINs typed in a row, the last of them so short a time ago, that none is taken now."""
    return tries.wrong >= policy.pin_tries and now < tries.at + policy.pin_lock_minutes * 60_000


def vehicle_belongs(facts: Facts, now: int) -> Finding | None:
    """Where card and plate are asked for together, the plate beside the card is registered to the same customer or company."""
    point, beside = facts.point, facts.beside
    if point is None or not point.needs_plate or facts.kind is K.PLATE:
        return None
    if beside is None or beside.matches != 1 or not beside.active:
        return REFUSAL[R.VEHICLE_NOT_REGISTERED]
    person, firm = facts.person, facts.firm
    same = (person and beside.customer == person.id) or (firm and beside.company == firm.id)
    return None if same else REFUSAL[R.VEHICLE_MISMATCH]
