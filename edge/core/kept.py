"""What of a decision's facts an event keeps, and the facts that come of it when it is judged again."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from edge.core.event import Event
from edge.core.facts import Facts, Holder, Kept, Person, PinTries, Place, Plan, Right
from edge.core.model import CredentialKind, Reading
from edge.core.place import Antipassback, Mode
from edge.core.presence import NOWHERE
from edge.core.rules_door import in_force
from edge.core.schedule import local

RightsOf = Callable[[tuple[str, ...], Place | None], tuple[tuple[Right, ...], tuple[str, ...]]]
"""What profiles (ids) give at a place, and which of them give nothing there."""


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
        modes=_modes(place, now) if place and place.plans else (),
        antipassback=zone.antipassback if zone else Antipassback.OFF,
        antipassback_minutes=zone.antipassback_minutes if zone else 0,
        score=reading.score,
        channel=reading.channel,
        proof=facts.proof,
        matches=facts.matches,
        holder=_nameless_holder(holder) if holder else None,
        person=_nameless(person) if person else None,
        firm=firm,
        rights=tuple([(r.profile, r.schedule.id if r.schedule else "") for r in facts.rights]),
        profiles=facts.profiles,
        where=None if facts.where == NOWHERE else facts.where,
        has_pin=facts.has_pin,
        pin=facts.pin,
        tries=facts.tries if facts.tries.wrong else None,
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


def _modes(place: Place, now: int) -> tuple[tuple[str, Mode], ...]:
    """Of what a mode other than normal was in force."""
    at = local(now, place.tz)
    return tuple([(plan.of, mode) for plan in place.plans if (mode := in_force(plan, now, at)) is not Mode.NORMAL])


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


def facts_again(event: Event, place: Place | None, rights_of: RightsOf) -> Facts:
    """The facts of a decision as its event kept them, at this place and with what its profiles give there.

    place: as it is to be judged by; `as_then` gives it the modes and the anti-passback of the time. event.facts must be there.
    """
    kept = event.facts
    assert kept is not None
    kind = CredentialKind(event.credential)
    holder, person = kept.holder, kept.person
    profiles = (*(profile for profile, _ in kept.rights), *kept.profiles)
    rights, idle = ((Right(profile="pass"),), ()) if profiles == ("pass",) else rights_of(profiles, place)
    return Facts(
        reading=Reading(
            reader=event.reader, access_point=event.access_point_name, kind=kind, text="", score=kept.score, channel=kept.channel
        ),
        place=place,
        kind=kind,
        readable=kept.readable,
        last4=event.last4,
        door_fault=kept.door_fault,
        emergency=kept.emergency,
        proof=kept.proof,
        matches=kept.matches,
        holder=msgspec.structs.replace(holder, id=event.card or "", kind=kind, label=event.card_label) if holder else None,
        person=msgspec.structs.replace(person, id=event.customer or "", name=event.customer_name) if person else None,
        firm=kept.firm,
        rights=rights,
        profiles=idle,
        where=kept.where or NOWHERE,
        has_pin=kept.has_pin,
        pin=kept.pin,
        tries=kept.tries or PinTries(),
        beside=kept.beside,
        bookings=kept.bookings,
        companion=kept.companion,
        host_inside=kept.host_inside,
        open_doors=kept.open_doors,
        inside=kept.inside,
        visit=kept.visit,
        clock=kept.clock,
        synced_at=kept.synced_at,
        roster_rev=event.roster_rev,
    )


def as_then(place: Place, kept: Kept, changed: frozenset[str] = frozenset()) -> Place:
    """The place with the modes and the anti-passback that were in force. changed: of what not ("access point", "zone", "site"),
    because it is to be judged by what it says now."""
    plans = [plan for plan in place.plans if plan.of in changed]
    plans += [Plan(of=of, mode=mode) for of, mode in kept.modes if of not in changed]
    zone = place.zone
    if zone and "zone" not in changed:
        zone = msgspec.structs.replace(zone, antipassback=kept.antipassback, antipassback_minutes=kept.antipassback_minutes)
    order = {"access point": 0, "zone": 1, "site": 2}
    return msgspec.structs.replace(place, plans=tuple(sorted(plans, key=lambda p: order[p.of])), zone=zone)
