"""The decision against tests/vectors/decisions.toml: cases that a facility manager can read aloud."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from edge.core.decide import decide, explain
from edge.core.facts import Beside, Companion, Facts, Firm, Holder, Person, Pin, PinTries, Place, Plan, Proof, Right
from edge.core.finding import REMEDIES
from edge.core.judgement import Outcome, Reason
from edge.core.model import Channel, ClockQuality, CredentialKind, Reading
from edge.core.place import AccessPoint, Mode, Schedule, SitePolicy, Zone
from edge.core.presence import Visit, Whereabouts
from edge.core.rotating import slice_of
from edge.core.rules import RULES
from edge.core.schedule import problems
from edge.core.tariff import Tariff
from edge.core.tariff import Visit as Visit_

FILE = tomllib.loads((Path(__file__).parents[1] / "vectors" / "decisions.toml").read_text("utf-8"))
CASES: list[dict[str, Any]] = FILE["case"]
GARAGE_TARIFF = msgspec.convert({"id": "garage", **FILE["tariffs"]["garage"]}, Tariff)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
KNOWN = {
    "name", "at", "time_zone", "shown", "access_point", "zone", "policy", "way_out", "door_fault", "emergency", "card", "customer",
    "company", "hours", "profile", "where", "proof", "tries", "beside", "bookings", "companion", "host_inside", "open_doors", "inside",
    "clock", "synced_at", "visit", "expect",
}  # fmt: skip
TESTED_ELSEWHERE = {Reason.GRANTED_BY_OPERATOR, Reason.INTERNAL_ERROR}


def minutes(text: str) -> int:
    hours, _, rest = text.partition(":")
    return int(hours) * 60 + int(rest)


def schedule(name: str) -> Schedule:
    said = FILE["schedules"][name]
    return msgspec.convert(
        {
            "id": name,
            "name": name,
            "windows": [
                {"days": [DAYS.index(d) for d in w["days"].split()], "start": minutes(w["from"]), "end": minutes(w["to"])}
                for w in said["windows"]
            ],
            "holidays": [
                {"date": h["date"], "windows": [[minutes(t) for t in w.split("-")] for w in h.get("windows", [])]}
                for h in said.get("holidays", [])
            ],
        },
        Schedule,
    )


def instant(text: str, tz: str) -> int:
    when = datetime.fromisoformat(text)
    when = when if when.tzinfo else when.replace(tzinfo=ZoneInfo(tz))
    return round(when.timestamp() * 1000)


def plans_of(said: dict[str, Any], of: str, tz: str) -> tuple[Plan, ...]:
    """The mode of an access point, zone or site as a plan; none for always normal."""
    if not said.keys() & {"mode", "mode_until", "mode_hours"}:
        return ()
    until = said.get("mode_until")
    hours = tuple((Mode(mode), schedule(name)) for mode, name in said.get("mode_hours", []))
    return (Plan(of=of, mode=Mode(said.get("mode", "normal")), until=instant(until, tz) if until else None, hours=hours),)


def place_of(case: dict[str, Any], tz: str, kind: CredentialKind) -> Place | None:
    said, zone, policy = case.get("access_point", {}), case.get("zone", {}), case.get("policy", {})
    if said == "none":
        return None
    way_out = case.get("way_out", False)
    ends = {"from_zone": "garage"} if way_out else {"to_zone": "garage"}
    modes = {"mode", "mode_until", "mode_hours"}
    point = msgspec.convert(
        {
            "name": "North out" if way_out else "North in",
            "door": "north",
            **ends,
            **{k: v for k, v in said.items() if k not in modes | {"pin_free"}},
        },
        AccessPoint,
    )
    return Place(
        point=point,
        tz=tz,
        way_out=way_out,
        zone=msgspec.convert(
            {"id": "garage", "name": "Garage", **{k: v for k, v in zone.items() if k not in modes | {"inner"}}}, Zone
        ),
        inner_zones=tuple(zone.get("inner", ())),
        plans=(*plans_of(said, "access point", tz), *plans_of(zone, "zone", tz), *plans_of(policy, "site", tz)),
        pin_free=schedule(said["pin_free"]) if "pin_free" in said else None,
        tariff=GARAGE_TARIFF if zone.get("tariff") else None,
        policy=msgspec.convert({k: v for k, v in policy.items() if k not in modes}, SitePolicy),
    )


def facts_of(case: dict[str, Any]) -> tuple[Facts, int]:
    """The facts of a case, and when."""
    tz = case.get("time_zone", "Europe/Warsaw")
    now = instant(case["at"], tz)

    def made(record: type[Any], said: dict[str, Any], *times: str, **plain: Any) -> Any:
        return msgspec.convert({**plain, **{k: instant(v, tz) if k in times else v for k, v in said.items()}}, record)

    shown, company = case.get("shown", {}), case.get("company")
    kind = CredentialKind(shown.get("kind", "qr"))
    card, customer = case.get("card", {}), case.get("customer", {})
    known = card != "unknown"
    flags = dict.fromkeys(case.get("profile", []), True)
    rights = tuple(
        Right(profile=h, schedule=None if h == "always" else schedule(h), **flags) for h in case.get("hours", ["always"])
    )
    where, date = dict(case.get("where", {})), {}
    if "zone" in where:
        date["visits"] = (Visit(1, where.pop("zone"), instant(where.pop("since", case["at"]), tz)),)
    if "day" in where:
        date["day"] = datetime.fromisoformat(where.pop("day")).toordinal()
    proof = case.get("proof")
    if proof is not None:
        current = slice_of(now)
        proof = Proof(
            genuine=proof.get("genuine", True),
            revoked=proof.get("revoked", False),
            slice=current + proof["slice"] if "slice" in proof else None,
            last=current + proof["last"] if "last" in proof else None,
        )
    tries, other, beside = case.get("tries"), case.get("companion"), case.get("beside")
    facts = Facts(
        reading=Reading(
            reader="north", access_point="North", kind=kind, text="as shown", score=shown.get("score"),
            channel=Channel(shown.get("channel", "plain")),
        ),
        place=place_of(case, tz, kind),
        kind=kind,
        readable=shown.get("readable", True),
        door_fault=case.get("door_fault", ""),
        emergency=case.get("emergency", False),
        proof=proof,
        matches=shown.get("matches", 0),
        holder=made(Holder, card, "valid_from", "valid_to", id="card", kind=kind) if known else None,
        person=made(Person, customer, "overdue_since", id="ada", name="Ada") if known and customer != "none" else None,
        firm=made(Firm, company, "overdue_since", id="firm") if known and company is not None else None,
        rights=rights if known else (),
        where=made(Whereabouts, {**where, **date}, "last_at"),
        has_pin=True,
        pin=Pin(shown.get("pin", "absent")),
        tries=PinTries(wrong=tries["wrong"], at=instant(tries["at"], tz)) if tries else PinTries(),
        beside=msgspec.convert(beside, Beside) if beside else None,
        bookings=tuple((instant(a, tz), instant(b, tz)) for a, b in case.get("bookings", [])),
        visit=made(Visit_, case["visit"], "entered_at", "settled_at") if "visit" in case else None,
        companion=made(Companion, other, "at", holder="other card", person="other") if other else None,
        host_inside=case.get("host_inside"),
        open_doors=tuple(case.get("open_doors", ())),
        inside=case.get("inside", 0),
        clock=ClockQuality(case.get("clock", "ntp")),
        synced_at=instant(case["synced_at"], tz) if "synced_at" in case else None,
    )  # fmt: skip
    return facts, now


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_the_gate_decides(case: dict[str, Any]) -> None:
    expect = case["expect"]
    assert not set(case) - KNOWN
    assert not set(expect) - {"outcome", "reason", "rule", "refused", "alarms", "flagged"}
    facts, now = facts_of(case)
    decision = decide(facts, now)
    assert (decision.outcome, decision.reason, decision.rule) == (expect["outcome"], expect["reason"], expect.get("rule", 0))
    assert decision.effects.doubtful == expect.get("flagged", False)
    refused = [reason.value for _, reason in decision.refused]
    if "refused" in expect:
        assert refused == expect["refused"]
    elif decision.outcome is Outcome.DENIED:
        assert expect["reason"] in refused
    if "alarms" in expect:
        assert [a.value for a in decision.alarms] == expect["alarms"]


def test_the_names_are_sentences_and_no_two_are_the_same() -> None:
    names = [c["name"] for c in CASES]
    assert len(names) == len(set(names)) >= 150
    assert all(n[0].isupper() and " " in n and not n.endswith(".") for n in names)


def test_the_schedules_of_the_cases_make_sense_but_for_the_one_that_is_meant_not_to() -> None:
    assert {n for n in FILE["schedules"] if problems(schedule(n))} == {"never"}


def test_every_reason_has_a_case() -> None:
    said = {c["expect"]["reason"] for c in CASES}
    assert {r.value for r in Reason} - said == {r.value for r in TESTED_ELSEWHERE}


def test_every_rule_that_refuses_has_a_case_where_it_decides() -> None:
    assert {rule.number for rule in RULES} <= {c["expect"].get("rule", 0) for c in CASES}


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_the_explanation_says_the_same_and_marks_one_rule(case: dict[str, Any]) -> None:
    facts, now = facts_of(case)
    explanation = explain(facts, now)
    assert explanation.decision == decide(facts, now)
    assert [r.number for r in explanation.rules if r.decided] == ([explanation.decision.rule] if explanation.decision.rule else [])
    if explanation.decision.reason is Reason.GRANTED_EMERGENCY:
        assert {r.verdict for r in explanation.rules} <= {"passes", "lifted", "marks"}
        return
    refusing = [(r.number, r.reason) for r in explanation.rules if r.verdict in ("refuses", "lifted", "failed")]
    assert refusing == list(explanation.decision.refused)


def test_every_refusal_has_a_remedy_and_a_grant_needs_none() -> None:
    for case in CASES:
        decision = decide(*facts_of(case))
        assert bool(decision.remedies) == (decision.outcome is Outcome.DENIED)
    assert all(REMEDIES.values())


def elsewhere(facts: Facts) -> Facts:
    """A site whose time zone nobody knows: the rule about hours raises."""
    assert facts.place
    return msgspec.structs.replace(facts, place=msgspec.structs.replace(facts.place, tz="Atlantis/Capital"))


def test_a_rule_that_breaks_refuses_with_an_alarm_and_the_other_rules_still_speak() -> None:
    facts, now = facts_of(
        {"at": "2026-11-23 10:00", "hours": ["office"], "where": {"zone": "garage"}, "zone": {"antipassback": "hard"}}
    )
    lost = elsewhere(facts)
    decision = decide(lost, now)
    assert (decision.outcome, decision.reason, decision.rule) == (Outcome.DENIED, Reason.INTERNAL_ERROR, 12)
    assert decision.refused == ((12, Reason.INTERNAL_ERROR), (15, Reason.ALREADY_INSIDE))
    assert decision.alarms == (Reason.INTERNAL_ERROR,)
    assert [r.verdict for r in explain(lost, now).rules if r.number == 12] == ["failed"]


def test_a_rule_that_breaks_is_not_waved_through_by_free_passage() -> None:
    facts, now = facts_of({"at": "2026-11-23 10:00", "hours": ["office"], "access_point": {"mode": "free_passage"}})
    assert decide(elsewhere(facts), now).reason is Reason.INTERNAL_ERROR


def test_an_earlier_refusal_is_said_before_a_rule_that_breaks() -> None:
    facts, now = facts_of({"at": "2026-11-23 10:00", "hours": ["office"], "card": {"status": "suspended"}})
    decision = decide(elsewhere(facts), now)
    assert decision.reason is Reason.CARD_SUSPENDED
    assert decision.alarms == (Reason.INTERNAL_ERROR,)


def test_a_way_in_spends_a_use_and_a_way_out_does_not() -> None:
    for way_out in (False, True):
        effects = decide(*facts_of({"at": "2026-11-23 10:00", "way_out": way_out, "where": {"zone": "garage"}})).effects
        assert effects.spend is not way_out


def test_nobody_known_leaves_no_trace_of_presence() -> None:
    decision = decide(*facts_of({"at": "2026-11-23 10:00", "card": "unknown", "access_point": {"mode": "free_passage"}}))
    assert decision.granted
    assert (decision.effects.enter, decision.effects.leave, decision.effects.spend) == (None, None, False)
