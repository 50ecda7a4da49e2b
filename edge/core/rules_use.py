"""Rules about what was used up, where one is, what is owed, and what is known. One rule a sentence; the order is in rules.py."""

from __future__ import annotations

from edge.core.facts import Facts
from edge.core.finding import REFUSAL, SOFT_PASSBACK, UNSEEN_WAY_OUT, Finding
from edge.core.judgement import Reason as R
from edge.core.model import ClockQuality, CredentialKind, Period
from edge.core.place import Antipassback, Zone
from edge.core.presence import counts
from edge.core.schedule import local
from edge.core.tariff import due

DAY_MS = 24 * 3600 * 1000


def uses_are_left(facts: Facts, now: int) -> Finding | None:
    """Uses in all, uses today and this week or month, and the pause between two entries. A way out spends nothing."""
    holder, where = facts.holder, facts.where
    if holder is None or facts.way_out:
        return None
    if holder.uses is not None and where.spent >= holder.uses:
        return REFUSAL[R.NO_USES_LEFT]
    if holder.daily_limit is not None or holder.period_limit is not None:
        day, week, month = counts(where, today(facts, now))
        in_period = week if holder.period is Period.WEEK else month
        if holder.period_limit is not None and in_period >= holder.period_limit:
            return REFUSAL[R.NO_USES_LEFT]
        if holder.daily_limit is not None and day >= holder.daily_limit:
            return REFUSAL[R.DAILY_LIMIT]
    pause = holder.min_interval_s
    if pause is not None and where.last_at is not None and now < where.last_at + pause * 1000:
        return REFUSAL[R.TOO_SOON]
    return None


def presence_fits(facts: Facts, now: int) -> Finding | None:
    """Nobody enters twice or leaves without having entered, as strictly as the zone asks; a pedestrian way out is only flagged; the other doors of an interlock are shut."""
    found = _passback(facts, now)
    if facts.open_doors and not (found and found.refuses):
        return REFUSAL[R.INTERLOCK]
    return found


def _passback(facts: Facts, now: int) -> Finding | None:
    place, where = facts.place, facts.where
    zone = place.zone if place else None
    if place is None or zone is None or zone.antipassback is Antipassback.OFF or facts.holder is None:
        return None
    here = where.zone is not None and (where.zone == zone.id or where.zone in place.inner_zones)
    if place.way_out:
        if here:
            return None
        if place.point.pedestrian:
            return UNSEEN_WAY_OUT
        return SOFT_PASSBACK if zone.antipassback is Antipassback.SOFT else REFUSAL[R.NOT_INSIDE]
    if not here or where.since is None:
        return None
    return SOFT_PASSBACK if _is_forgiven(zone, now - where.since) else REFUSAL[R.ALREADY_INSIDE]


def _is_forgiven(zone: Zone, inside_ms: int) -> bool:
    if zone.antipassback is Antipassback.TIMED:
        return inside_ms >= zone.antipassback_minutes * 60_000
    return zone.antipassback is Antipassback.SOFT


def nothing_is_due(facts: Facts, now: int) -> Finding | None:
    """Nothing is due for the visit that ends here; the account of customer and company is not overdue beyond the site's patience."""
    place = facts.place
    if place is None:
        return None
    if place.way_out:
        visit, tariff = facts.visit, place.tariff
        return REFUSAL[R.PAYMENT_DUE] if visit and tariff and due(tariff, visit, now) else None
    patience = place.policy.overdue_days * DAY_MS
    for payer in (facts.person, facts.firm):
        if payer and payer.overdue_since is not None and now >= payer.overdue_since + patience:
            return REFUSAL[R.ACCOUNT_OVERDUE]
    return None


def knowledge_is_fresh(facts: Facts, now: int) -> Finding | None:
    """Central's word is fresh enough for a card that lives by it, and the clock can be trusted where the right depends on time."""
    place, holder = facts.place, facts.holder
    if place is None or holder is None or place.way_out:
        return None
    limit = place.point.data_minutes
    if limit is not None and facts.synced_at is not None and now - facts.synced_at > limit * 60_000:
        return REFUSAL[R.DATA_TOO_OLD]
    if facts.clock in (ClockQuality.NTP, ClockQuality.RTC):
        return None
    timed = (
        holder.valid_from is not None
        or holder.valid_to is not None
        or facts.kind is CredentialKind.ROTATING_QR
        or all(r.schedule is not None for r in facts.rights)
    )
    return REFUSAL[R.CLOCK_UNTRUSTED] if timed else None


def today(facts: Facts, now: int) -> int:
    """The site's date, which limits count by, as date.toordinal()."""
    return local(now, facts.tz).toordinal()
