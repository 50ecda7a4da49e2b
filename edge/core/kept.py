"""What of a decision's facts an event keeps, and the facts that come of it when it is judged again."""

from __future__ import annotations

from edge.core.facts import Facts, Firm, Holder, Kept, Person
from edge.core.place import Antipassback, Mode
from edge.core.rules_door import in_force


def keep(facts: Facts, now: int) -> Kept:
    """The facts that the rules read, without what the event says itself (who, where, when: `now`)."""
    place, holder, person, firm = facts.place, facts.holder, facts.person, facts.firm
    zone = place.zone if place else None
    reading = facts.reading
    return Kept(
        readable=facts.readable,
        way_out=facts.way_out,
        door_fault=facts.door_fault,
        emergency=facts.emergency,
        modes=tuple([(p.of, m) for p in place.plans if (m := in_force(p, now, place.tz)) is not Mode.NORMAL]) if place else (),
        antipassback=zone.antipassback if zone else Antipassback.OFF,
        antipassback_minutes=zone.antipassback_minutes if zone else 0,
        score=reading.score,
        channel=reading.channel,
        proof=facts.proof,
        matches=facts.matches,
        holder=_nameless_holder(holder) if holder else None,
        person=_nameless(person) if person else None,
        firm=Firm(status=firm.status, deleted=firm.deleted, overdue_since=firm.overdue_since) if firm else None,
        rights=tuple([(r.profile, r.schedule.id if r.schedule else "") for r in facts.rights]),
        profiles=facts.profiles,
        where=facts.where,
        has_pin=facts.has_pin,
        pin=facts.pin,
        tries=facts.tries,
        beside=facts.beside,
        bookings=facts.bookings,
        companion=facts.companion,
        host_inside=facts.host_inside,
        open_doors=facts.open_doors,
        inside=facts.inside,
        visit=facts.visit,
        clock=facts.clock,
        synced_at=facts.synced_at,
    )


def _nameless_holder(holder: Holder) -> Holder:
    """Without id, kind and label: the event says them."""
    return Holder(
        status=holder.status, valid_from=holder.valid_from, valid_to=holder.valid_to, uses=holder.uses, daily_limit=holder.daily_limit,
        period=holder.period, period_limit=holder.period_limit, min_interval_s=holder.min_interval_s,
    )  # fmt: skip


def _nameless(person: Person) -> Person:
    return Person(
        status=person.status, blocklisted=person.blocklisted, deleted=person.deleted, kind=person.kind, host=person.host,
        born=person.born, accessible=person.accessible, discount=person.discount, overdue_since=person.overdue_since,
    )  # fmt: skip
