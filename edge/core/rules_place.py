"""Rules about the zone: is it given, is it open, with whom, is there room. One rule a sentence; the order is in rules.py."""

from __future__ import annotations

from datetime import date

from edge.core.facts import Companion, Facts
from edge.core.finding import REFUSAL, Finding
from edge.core.judgement import Reason as R
from edge.core.model import CredentialKind
from edge.core.place import Zone
from edge.core.schedule import is_open, local


def booking_is_on(facts: Facts, now: int) -> bool:
    """Has this person a booking of the zone at this instant (from inclusive, to exclusive)."""
    return any(start <= now < end for start, end in facts.bookings)


def zone_is_allowed(facts: Facts, now: int) -> Finding | None:
    """A profile of card, customer, group or company gives the zone entered, or a booking. Outside, and the zone around, are everybody's."""
    place = facts.place
    if place is None or place.way_out or facts.holder is None or facts.rights or facts.bookings or place.point.to_zone is None:
        return None
    return REFUSAL[R.ZONE_NOT_ALLOWED]


def hours_are_open(facts: Facts, now: int) -> Finding | None:
    """One of those profiles is open now, in the site's time zone, or a booking is on. A way out has no hours."""
    rights = facts.rights
    if not rights or facts.way_out:
        return None
    at, closed_by_holiday = None, False
    for right in rights:
        if right.schedule is None:
            return None
        at = at or local(now, facts.tz)
        opened, by_holiday = is_open(right.schedule, at)
        if opened:
            return None
        closed_by_holiday |= by_holiday
    if booking_is_on(facts, now):
        return None
    return REFUSAL[R.HOLIDAY if closed_by_holiday else R.OUTSIDE_SCHEDULE]


def comes_as_arranged(facts: Facts, now: int) -> Finding | None:
    """A booking is on where one is needed; guests have their host inside or an escort beside them; nobody is alone where two are asked for; minors come with their guardian."""
    zone = facts.zone
    if zone is None or facts.holder is None or facts.way_out:
        return None
    needs_booking = zone.booking or (facts.bookings and not facts.rights)
    if needs_booking and facts.kind is not CredentialKind.SIGNED_PASS and not booking_is_on(facts, now):
        return REFUSAL[R.NO_BOOKING_NOW]  # (a pass has its own window)
    visitor = facts.person is not None and facts.person.kind.visits
    if visitor and zone.host_present and not facts.host_inside:
        return REFUSAL[R.HOST_ABSENT]
    if not zone.accompanied:
        return None
    beside = companion(facts, now)
    if visitor and zone.escort and not (beside and (beside.escort or _is_host(facts, beside))):
        return REFUSAL[R.ESCORT_REQUIRED]
    if zone.two_person and beside is None and not facts.inside:
        return REFUSAL[R.SECOND_PERSON_REQUIRED]
    return _guardian(facts, zone, beside, now)


def companion(facts: Facts, now: int) -> Companion | None:
    """Who showed here just before, if it is somebody else and short enough ago."""
    other, place, holder = facts.companion, facts.place, facts.holder
    if other is None or place is None or holder is None or now - other.at > place.policy.companion_s * 1000:
        return None
    same = other.holder == holder.id or (facts.person is not None and other.person == facts.person.id)
    return None if same else other


def _guardian(facts: Facts, zone: Zone, beside: Companion | None, now: int) -> Finding | None:
    """A minor's guardian is inside or beside them; where none is named, somebody of age is."""
    person, below = facts.person, zone.guardian_below
    if below is None or person is None or not is_younger(person.born, below, facts, now):
        return None
    if facts.host_inside or (beside and _is_host(facts, beside)):
        return None
    if person.host is None and beside and not is_younger(beside.born, below, facts, now):
        return None
    return REFUSAL[R.GUARDIAN_REQUIRED]


def _is_host(facts: Facts, other: Companion) -> bool:
    return facts.person is not None and facts.person.host is not None and other.person == facts.person.host


def is_younger(born: str, years: int, facts: Facts, now: int) -> bool:
    """Is somebody born on this date (empty: nobody knows, an adult) younger than so many years, by the site's calendar."""
    if not born:
        return False
    birth, today = date.fromisoformat(born), local(now, facts.tz).date()
    age = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    return age < years


def zone_has_room(facts: Facts, now: int) -> Finding | None:
    """The zone's capacity is not reached; reserved places are for the profiles that have them. Who is in already needs no room."""
    zone = facts.zone
    if zone is None or zone.capacity is None or facts.way_out:
        return None
    if any(v.zone == zone.id for v in facts.where.visits):
        return None
    room = zone.capacity if any(r.reserved for r in facts.rights) else zone.capacity - zone.reserved
    return REFUSAL[R.ZONE_FULL] if facts.inside >= room else None
