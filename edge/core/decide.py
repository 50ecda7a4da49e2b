"""The decision: facts in, decision out. Pure; the rules are the table in rules.py."""

from __future__ import annotations

from typing import Any

from edge.core.facts import Facts
from edge.core.finding import REMEDIES, WAITS
from edge.core.judgement import Decision, Outcome, Reason
from edge.core.model import CredentialKind, Value
from edge.core.place import Mode
from edge.core.presence import Effects
from edge.core.rules import FREE_WAY_OUT_FROM, LIFTED_FROM, NEVER_LIFTED, RULES, Rule
from edge.core.rules_door import mode_of
from edge.core.rules_place import companion
from edge.core.tariff import came_to

_CHECKS = tuple((rule.number, rule.check) for rule in RULES)
_NOTHING = Effects()


class RuleSaw(Value, frozen=True, kw_only=True):
    """One rule of an explanation: what it looked at and what it said ("passes", "refuses", "marks", "lifted", "failed")."""

    number: int
    name: str
    says: str
    verdict: str
    reason: Reason | None = None
    saw: tuple[tuple[str, str], ...] = ()
    decided: bool = False


class Explanation(Value, frozen=True, kw_only=True):
    decision: Decision
    rules: tuple[RuleSaw, ...]


def decide(facts: Facts, now: int) -> Decision:
    """Every rule runs; the first refusal in order that nothing lifts gives the reason; alarms come from all.

    now: wall ms. A rule that raises is a denial with internal_error and an alarm: the rest of the site goes on. Before all
    rules: while the emergency input is on, everybody passes.
    """
    place = facts.place
    if facts.emergency and place:
        return Decision(
            outcome=Outcome.GRANTED, reason=Reason.GRANTED_EMERGENCY, effects=_passage(facts, now, False), strike_ms=_strike(facts)
        )
    refused: list[tuple[int, Reason]] = []
    alarms: list[Reason] = []
    marks: list[tuple[int, Reason]] = []
    decisive: tuple[int, Reason] | None = None
    free = False
    walks_out = place is not None and place.free_way_out
    for number, check in _CHECKS:
        try:
            finding = check(facts, now)
        except Exception:
            refused.append((number, Reason.INTERNAL_ERROR))
            alarms.append(Reason.INTERNAL_ERROR)
            decisive = decisive or (number, Reason.INTERNAL_ERROR)
            continue
        if finding is None:
            continue
        reason = finding.reason
        if finding.alarm:
            alarms.append(finding.alarm)
        if not finding.refuses:
            free = free or reason is Reason.GRANTED_FREE_PASSAGE
            marks.append((number, reason))
            continue
        refused.append((number, reason))
        if walks_out and number >= FREE_WAY_OUT_FROM:
            alarms.append(reason)
        elif decisive is None and not (free and _is_waved_through(facts, number, reason)):
            decisive = (number, reason)
    if decisive:
        number, reason = decisive
        return Decision(
            outcome=Outcome.DENIED,
            reason=reason,
            rule=number,
            refused=tuple(refused),
            remedies=REMEDIES[reason],
            alarms=tuple(alarms),
            effects=_of_a_refusal(facts, reason),
        )
    number, reason = marks[0] if marks else (0, Reason.GRANTED)
    doubtful = any(said is Reason.GRANTED_SOFT_PASSBACK for _, said in marks)
    return Decision(
        outcome=Outcome.GRANTED,
        reason=reason,
        rule=number,
        refused=tuple(refused),
        alarms=tuple(alarms),
        effects=_passage(facts, now, doubtful),
        strike_ms=_strike(facts),
    )


def explain(facts: Facts, now: int) -> Explanation:
    """The decision with every rule, in order, and what each saw."""
    decision = decide(facts, now)
    free = mode_of(facts, now) is Mode.FREE_PASSAGE
    return Explanation(decision=decision, rules=tuple(_saw(rule, facts, now, decision, free) for rule in RULES))


def _saw(rule: Rule, facts: Facts, now: int, decision: Decision, free: bool) -> RuleSaw:
    verdict, reason = "passes", None
    try:
        finding = rule.check(facts, now)
    except Exception:
        verdict, reason = "failed", Reason.INTERNAL_ERROR
    else:
        if finding:
            reason = finding.reason
            verdict = ("lifted" if _is_lifted(facts, rule.number, reason, free) else "refuses") if finding.refuses else "marks"
    return RuleSaw(
        number=rule.number,
        name=rule.name,
        says=rule.says,
        verdict=verdict,
        reason=reason,
        saw=tuple((path, _show(facts, path)) for path in rule.reads),
        decided=decision.rule == rule.number and reason is decision.reason,
    )


def _is_lifted(facts: Facts, number: int, reason: Reason, free: bool) -> bool:
    """Is this refusal lifted: everything in an emergency; from rule 13 on for a way out on foot; much of it by free passage."""
    if facts.emergency or (facts.place and facts.place.free_way_out and number >= FREE_WAY_OUT_FROM):
        return True
    return free and _is_waved_through(facts, number, reason)


def _is_waved_through(facts: Facts, number: int, reason: Reason) -> bool:
    """Does free passage wave this refusal through."""
    if number < LIFTED_FROM or reason is Reason.INTERNAL_ERROR:
        return False
    return reason not in NEVER_LIFTED or not (facts.point and facts.point.refuse_blocklisted)


def _passage(facts: Facts, now: int, doubtful: bool) -> Effects:
    """What letting this one through changes."""
    place = facts.place
    if facts.holder is None or place is None:
        return _NOTHING
    point, used = place.point, facts.proof.slice if facts.proof else None
    pin = -1 if facts.tries.wrong and facts.kind is not CredentialKind.PIN else 0
    if place.way_out:
        total, currency = None, ""
        if place.tariff and facts.visit:
            total, currency = came_to(place.tariff, facts.visit, now), place.tariff.currency
        return Effects(
            leave=point.from_zone, enter=point.to_zone, doubtful=doubtful, slice=used, pin=pin, total=total, currency=currency
        )
    beside = companion(facts, now) if facts.companion and facts.companion.waits else None
    return Effects(
        enter=point.to_zone, leave=point.from_zone, spend=True, doubtful=doubtful, slice=used, pin=pin,
        companion=beside.holder if beside else None,
    )  # fmt: skip


def _of_a_refusal(facts: Facts, reason: Reason) -> Effects:
    """What a refusal changes: a wrong PIN counts, and who waits for a second person is remembered."""
    if reason is Reason.PIN_WRONG or (reason is Reason.UNKNOWN_CREDENTIAL and facts.kind is CredentialKind.PIN):
        return Effects(pin=1)
    if reason in WAITS:
        return Effects(waits=True, slice=facts.proof.slice if facts.proof else None)
    return _NOTHING


def _strike(facts: Facts) -> int:
    """How long the door is released, in ms: longer for those who need it."""
    assert facts.point is not None  # nobody passes where there is no access point
    return facts.point.accessible_strike_ms if facts.person and facts.person.accessible else facts.point.strike_ms


def _show(facts: Facts, path: str) -> str:
    """A fact as short text: what the table prints beside the rule."""
    value: Any = facts
    for name in path.split("."):
        value = getattr(value, name, None)
        if value is None:
            return "none"
    if path == "rights":
        return ", ".join(f"{r.profile[-6:]} ({r.schedule.name if r.schedule else 'always'})" for r in value) or "none"
    if path == "holder":
        return f"{value.kind} {value.label or value.id}"
    if path == "where":
        where = value.zone[-6:] if value.zone else "outside"
        return f"zone {where}, {value.spent} spent, {value.today} on the last day"
    if path == "place.plans":
        return ", ".join(f"{plan.of}: {plan.mode}" for plan in value) or "normal"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value) or "none"
    if isinstance(value, Value):
        said = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return ", ".join(f"{name} {what}" for name, what in said if what is not None) or "none"
    return str(value)
