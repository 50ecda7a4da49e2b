"""What a decision changes beside its answer, and what an explanation prints."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from edge.core.decide import decide, explain
from edge.core.facts import Plan
from edge.core.judgement import Reason
from edge.core.place import Mode
from edge.core.presence import Effects
from tests.core.test_vectors import facts_of

MORNING = {"at": "2026-11-23 10:00"}
INTO = Effects(enter="garage", spend=True)
OUT = Effects(leave="garage")
TRIED = {"wrong": 2, "at": "2026-11-23 09:59"}


def effects(**case: Any) -> Effects:
    return decide(*facts_of({**MORNING, **case})).effects


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({}, INTO),
        ({"way_out": True}, OUT),
        ({"access_point": {"from_zone": "deck"}}, Effects(enter="garage", leave="deck", spend=True)),
        ({"way_out": True, "access_point": {"to_zone": "deck"}}, Effects(leave="garage", enter="deck")),
        ({"emergency": True}, INTO),
        ({"emergency": True, "card": "unknown"}, Effects()),
        ({"access_point": {"mode": "free_passage"}, "card": "unknown"}, Effects()),
        ({"zone": {"antipassback": "soft"}, "where": {"zone": "garage"}}, msgspec.structs.replace(INTO, doubtful=True)),
        ({"zone": {"antipassback": "soft"}, "where": {"zone": "garage"}, "emergency": True}, INTO),
        ({"hours": []}, Effects()),
        # a right PIN starts the count of wrong ones again, with the card it belongs to
        ({"tries": TRIED}, msgspec.structs.replace(INTO, pin=-1)),
        ({"tries": TRIED, "way_out": True}, msgspec.structs.replace(OUT, pin=-1)),
        ({"tries": TRIED, "shown": {"kind": "pin"}}, INTO),
        ({"shown": {"pin": "wrong"}, "access_point": {"pin": True}}, Effects(pin=1)),
        ({"shown": {"kind": "pin"}, "card": "unknown"}, Effects(pin=1)),
        ({"shown": {"kind": "pin"}, "hours": []}, Effects()),
        ({"card": "unknown"}, Effects()),
        ({"access_point": {"pin": True}}, Effects()),
        # a rotating code's slice is used up by who passes, and by who waits
        ({"shown": {"kind": "rotating_qr"}, "proof": {"slice": 1}}, msgspec.structs.replace(INTO, slice=59_847_481)),
        ({"shown": {"kind": "rotating_qr"}, "proof": {"slice": 0}, "way_out": True}, msgspec.structs.replace(OUT, slice=59_847_480)),
        ({"shown": {"kind": "rotating_qr"}, "proof": {"slice": 0}, "hours": []}, Effects()),
        ({"shown": {"kind": "rotating_qr"}, "proof": {"slice": 0}, "zone": {"two_person": True}}, Effects(waits=True, slice=59_847_480)),
        ({"zone": {"two_person": True}}, Effects(waits=True)),
        ({"zone": {"escort": True}, "customer": {"kind": "guest"}}, Effects(waits=True)),
        ({"zone": {"guardian_below": 14}, "customer": {"born": "2020-01-01"}}, Effects(waits=True)),
        # who waited comes in with the second one; who went in before does not come in again
        ({"zone": {"two_person": True}, "companion": {"at": "2026-11-23 09:59:50", "waits": True}},
         msgspec.structs.replace(INTO, companion="other card")),
        ({"zone": {"two_person": True}, "companion": {"at": "2026-11-23 09:59:50"}}, INTO),
        ({"companion": {"at": "2026-11-23 09:59:44", "waits": True}}, INTO),
        # what a visit came to
        ({"way_out": True, "zone": {"tariff": "garage"}, "visit": {"entered_at": "2026-11-23 08:00"}},
         msgspec.structs.replace(OUT, total=400, currency="EUR")),
        ({"way_out": True, "visit": {"entered_at": "2026-11-23 08:00"}}, OUT),
        ({"way_out": True, "zone": {"tariff": "garage"}}, OUT),
    ],
)  # fmt: skip
def test_what_a_decision_changes(case: dict[str, Any], expected: Effects) -> None:
    assert effects(**case) == expected


@pytest.mark.parametrize(("case", "strike"), [({}, 3000), ({"customer": {"accessible": True}}, 10_000), ({"customer": "none", "company": {}}, 3000),
                                              ({"emergency": True}, 3000), ({"emergency": True, "customer": {"accessible": True}}, 10_000),
                                              ({"hours": []}, 0)])  # fmt: skip
def test_how_long_the_door_is_released(case: dict[str, Any], strike: int) -> None:
    assert decide(*facts_of({**MORNING, **case})).strike_ms == strike


def told(**case: Any) -> list[str]:
    explained = explain(*facts_of({**MORNING, **case}))
    return [
        f"{r.number} {r.verdict}{' *' if r.decided else ''} {r.reason.value if r.reason else '-'}: "
        + "; ".join(f"{n}={v}" for n, v in r.saw)
        for r in explained.rules
    ]


def test_an_explanation_prints_what_each_rule_saw() -> None:
    assert told(
        card={"uses": 10, "valid_from": "2026-11-01 00:00"}, hours=["office", "always"], zone={"antipassback": "soft", "capacity": 9},
        where={"zone": "garage", "spent": 3, "today": 2}, bookings=[["2026-11-23 10:00", "2026-11-23 11:00"]], inside=2,
        tries={"wrong": 1, "at": "2026-11-23 09:00"}, policy={"mode": "card_only"}, proof={"slice": 0},
    ) == [
        "1 passes -: point.in_service=yes; door_fault=",
        "2 passes -: place.plans=site: card_only; way_out=no; rights=office (office), always (always)",
        "3 passes -: reading.channel=plain; point.secure_reader=no",
        "4 passes -: kind=qr; point.kinds=qr, barcode, uid, plate, pin, rotating_qr, signed_pass",
        "5 passes -: proof=genuine True, slice 59847480, revoked False",
        "6 passes -: holder=qr card; matches=0; reading.score=none",
        "7 passes -: holder.status=active; holder.valid_from=1793487600000; holder.valid_to=none",
        "8 passes -: person.status=active; person.blocklisted=no; person.deleted=no; firm.status=none",
        "9 passes -: point.pin=no; pin=absent; tries.wrong=1",
        "10 passes -: point.needs_plate=no; beside=none",
        "11 passes -: point.to_zone=garage; way_out=no; rights=office (office), always (always); bookings=(1795424400000, 1795428000000)",
        "12 passes -: rights=office (office), always (always); bookings=(1795424400000, 1795428000000); tz=Europe/Warsaw; way_out=no",
        "13 passes -: bookings=(1795424400000, 1795428000000); host_inside=none; companion=none; zone.booking=no; person.kind=customer",
        "14 passes -: holder.uses=10; holder.daily_limit=none; holder.period_limit=none; holder.min_interval_s=none;"
        " where=zone garage, 3 spent, 2 on the last day",
        "15 marks * granted_soft_passback: zone.antipassback=soft; where=zone garage, 3 spent, 2 on the last day; way_out=no; open_doors=none",
        "16 passes -: zone.capacity=9; zone.reserved=0; inside=2",
        "17 passes -: place.tariff=none; visit=none; person.overdue_since=none; firm.overdue_since=none",
        "18 passes -: point.data_minutes=none; synced_at=none; clock=ntp",
    ]  # fmt: skip


def test_an_explanation_of_nobody_in_particular_has_gaps_and_no_faults() -> None:
    lines = told(card="unknown", access_point="none")
    assert lines[0].startswith("1 refuses * out_of_service: point.in_service=none")
    assert lines[5] == "6 refuses unknown_credential: holder=none; matches=0; reading.score=none"
    assert lines[1] == "2 passes -: place.plans=none; way_out=no; rights=none"
    normal = told(where={}, hours=[])
    assert normal[1] == "2 passes -: place.plans=normal; way_out=no; rights=none"
    assert normal[13].endswith("where=zone outside, 0 spent, 0 on the last day")


def test_an_explanation_says_what_is_lifted_and_what_is_not() -> None:
    free = explain(*facts_of({**MORNING, "access_point": {"mode": "free_passage", "in_service": False}, "card": {"status": "suspended"},
                              "customer": {"blocklisted": True}, "hours": []}))  # fmt: skip
    assert [(r.number, r.verdict) for r in free.rules if r.verdict != "passes"] == [
        (1, "refuses"), (2, "marks"), (7, "lifted"), (8, "refuses"), (11, "lifted")
    ]  # fmt: skip
    walking = explain(*facts_of({**MORNING, "way_out": True, "open_doors": ["south"], "card": {"status": "suspended"}}))
    assert [(r.number, r.verdict) for r in walking.rules if r.verdict != "passes"] == [(7, "refuses"), (15, "lifted")]
    refused = explain(*facts_of({**MORNING, "card": {"status": "suspended"}, "zone": {"two_person": True}}))
    assert [(r.number, r.name, r.verdict, r.says[:28]) for r in refused.rules if r.verdict != "passes"] == [
        (7, "credential state", "refuses", "The card or vehicle is activ"), (13, "booking and host", "refuses", "A booking is on where one is")
    ]  # fmt: skip


@pytest.mark.parametrize("way_out", [False, True])
def test_rule_thirteen_is_the_first_that_a_way_out_on_foot_lifts(way_out: bool) -> None:
    facts, now = facts_of({**MORNING, "way_out": way_out, "zone": {"booking": True}})
    assert facts.place
    forced = msgspec.structs.replace(
        facts, place=msgspec.structs.replace(facts.place, plans=(Plan(of="zone", mode=Mode.LOCKED_DOWN),))
    )
    assert decide(forced, now).granted is way_out, "nor does a lock-down hold anybody inside"
    assert decide(facts, now).reason is (Reason.GRANTED if way_out else Reason.NO_BOOKING_NOW)
