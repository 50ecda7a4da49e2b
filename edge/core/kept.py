"""What of a decision's facts an event keeps."""

from __future__ import annotations

from edge.core.judgement import Facts, Kept
from edge.core.model import CardStatus


def keep(facts: Facts) -> Kept:
    """The facts that the rules read, without what the event says itself (who, where, when)."""
    holder, person, firm = facts.holder, facts.person, facts.firm
    return Kept(
        readable=facts.code is not None,
        way_out=facts.way_out,
        door_fault=facts.door_fault,
        zone_mode=facts.zone_mode,
        antipassback=facts.antipassback,
        antipassback_minutes=facts.antipassback_minutes,
        matches=facts.matches,
        status=holder.status if holder else CardStatus.ACTIVE,
        valid_from=holder.valid_from if holder else None,
        valid_to=holder.valid_to if holder else None,
        uses=holder.uses if holder else None,
        daily_limit=holder.daily_limit if holder else None,
        min_interval_s=holder.min_interval_s if holder else None,
        person=person.status if person else None,
        blocklisted=person.blocklisted if person else False,
        deleted=person.deleted if person else False,
        firm=firm.status if firm else None,
        firm_deleted=firm.deleted if firm else False,
        rights=tuple([(r.profile, r.schedule.id if r.schedule else "") for r in facts.rights]),
        where=facts.where,
    )
