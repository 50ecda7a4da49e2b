"""The decision: facts in, decision out. Pure; the rules are the table in rules.py."""

from __future__ import annotations

from typing import Any

from edge.core.judgement import Decision, Effects, Facts, Outcome, Reason
from edge.core.model import Value
from edge.core.place import Mode
from edge.core.rules import LIFTED_FROM, NEVER_LIFTED, REMEDIES, RULES, Rule, mode_of

_CHECKS = tuple((rule.number, rule.check) for rule in RULES)


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
    """Every rule runs; the first refusal in order that the mode does not lift gives the reason; alarms come from all.

    now: wall ms. A rule that raises is a denial with internal_error and an alarm: the rest of the site goes on.
    """
    refused: list[tuple[int, Reason]] = []
    alarms: list[Reason] = []
    decisive: tuple[int, Reason] | None = None
    mark: tuple[int, Reason] = (0, Reason.GRANTED)
    free = False
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
        if finding.alarms:
            alarms.append(reason)
        if finding.refuses:
            refused.append((number, reason))
            if decisive is None and not (free and _is_lifted(facts, number, reason)):
                decisive = (number, reason)
        else:
            if reason is Reason.GRANTED_FREE_PASSAGE:
                free = True
            if mark[0] == 0:
                mark = (number, reason)
    if decisive:
        number, reason = decisive
        return Decision(
            outcome=Outcome.DENIED,
            reason=reason,
            rule=number,
            refused=tuple(refused),
            remedies=REMEDIES[reason],
            alarms=tuple(alarms),
        )
    assert facts.point is not None  # rule 1 refused otherwise
    return Decision(
        outcome=Outcome.GRANTED,
        reason=mark[1],
        rule=mark[0],
        refused=tuple(refused),
        alarms=tuple(alarms),
        effects=_effects(facts, mark[1]),
        strike_ms=facts.point.strike_ms,
    )


def explain(facts: Facts, now: int) -> Explanation:
    """The decision with every rule, in order, and what each saw."""
    decision = decide(facts, now)
    free = mode_of(facts) is Mode.FREE_PASSAGE
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
            lifted = free and finding.refuses and _is_lifted(facts, rule.number, reason)
            verdict = "lifted" if lifted else "refuses" if finding.refuses else "marks"
    return RuleSaw(
        number=rule.number,
        name=rule.name,
        says=rule.says,
        verdict=verdict,
        reason=reason,
        saw=tuple((path, _show(facts, path)) for path in rule.reads),
        decided=decision.rule == rule.number and reason is decision.reason,
    )


def _is_lifted(facts: Facts, number: int, reason: Reason) -> bool:
    """Does free passage wave this refusal through."""
    if number < LIFTED_FROM or reason is Reason.INTERNAL_ERROR:
        return False
    return reason not in NEVER_LIFTED or not (facts.point and facts.point.refuse_blocklisted)


def _effects(facts: Facts, reason: Reason) -> Effects:
    point = facts.point
    if facts.holder is None or point is None:
        return Effects()
    doubtful = reason is Reason.GRANTED_SOFT_PASSBACK
    if facts.way_out:
        return Effects(leave=point.from_zone, enter=point.to_zone, doubtful=doubtful)
    return Effects(enter=point.to_zone, leave=point.from_zone, spend=True, doubtful=doubtful)


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
        return (
            f"zone {value.zone[-6:] if value.zone else 'outside'}, {value.spent} spent, {value.spent_today} on {value.day or '-'}"
        )
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
