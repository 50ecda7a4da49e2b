"""What an event keeps is enough to judge it again: every case of the vectors, through its event and back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from edge.commands.doors import decision_event
from edge.core.decide import decide, explain
from edge.core.event import Event
from edge.core.facts import Facts, Holder, Kept, Person, Place, Plan, Right
from edge.core.judgement import Reason
from edge.core.kept import as_then, facts_again, keep
from edge.core.model import Channel, CredentialKind, Moment, Period, Reading
from edge.core.people import PersonKind
from edge.core.place import AccessPoint, Antipassback, Mode, Zone
from edge.core.schedule import local
from tests.core.test_vectors import CASES, facts_of


def through_its_event(facts: Facts, now: int) -> tuple[Event, Facts, tuple[str, ...]]:
    """The event as it is stored and read back, the facts that come of it, and the profiles that were asked for."""
    event = decision_event(facts, decide(facts, now), Moment(wall=now))
    event = msgspec.json.decode(msgspec.json.encode(event), type=Event)
    asked: list[tuple[str, ...]] = []

    def rights_of(profiles: tuple[str, ...], place: Place | None) -> tuple[tuple[Right, ...], tuple[str, ...]]:
        asked.append(profiles)
        return facts.rights, facts.profiles

    assert event.facts
    place = as_then(facts.place, event.facts) if facts.place else None
    again = facts_again(event, place, rights_of)
    return event, again, asked[0] if asked else ()


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_a_decision_is_the_same_from_what_its_event_kept(case: dict[str, Any]) -> None:
    facts, now = facts_of(case)
    event, again, asked = through_its_event(facts, now)
    assert asked == (*(r.profile for r in facts.rights), *facts.profiles)
    assert decide(again, now) == decide(facts, now)
    assert [(r.number, r.verdict, r.reason) for r in explain(again, now).rules] == [
        (r.number, r.verdict, r.reason) for r in explain(facts, now).rules
    ]
    same = msgspec.structs.replace(again, place=facts.place, reading=facts.reading)
    assert same == facts
    assert (again.reading.score, again.reading.channel) == (facts.reading.score, facts.reading.channel)
    assert (again.reading.reader, again.reading.access_point, again.reading.kind) == (event.reader, "North", facts.kind)


def test_who_and_where_are_in_the_event_and_not_kept_twice() -> None:
    facts, now = facts_of({"at": "2026-11-23 10:00", "card": {"uses": 3, "period": "week", "period_limit": 2, "min_interval_s": 5,
                           "daily_limit": 4, "valid_from": "2026-01-01 00:00", "valid_to": "2027-01-01 00:00"},
                           "customer": {"kind": "guest", "host": "grace", "born": "1990-01-01", "accessible": True, "discount": 5,
                                        "overdue_since": "2030-01-01 00:00", "blocklisted": False}})  # fmt: skip
    kept = keep(facts, now)
    assert kept.holder == Holder(
        valid_from=facts.holder.valid_from if facts.holder else None, valid_to=facts.holder.valid_to if facts.holder else None, uses=3,
        daily_limit=4, period=Period.WEEK, period_limit=2, min_interval_s=5,
    )  # fmt: skip
    assert kept.person == Person(
        kind=PersonKind.GUEST, host="grace", born="1990-01-01", accessible=True, discount=5,
        overdue_since=facts.person.overdue_since if facts.person else None,
    )  # fmt: skip
    plain, now = facts_of({"at": "2026-11-23 10:00"})
    assert msgspec.json.encode(keep(plain, now)) == (b'{"holder":{},"person":{},"rights":[["always",""]],"has_pin":true}'), (
        "a plain case costs little"
    )


def test_the_modes_that_were_in_force_are_kept_and_nothing_else_of_them() -> None:
    case = {"at": "2026-11-23 10:00", "access_point": {"mode_hours": [["card_only", "office"]]}, "zone": {"mode_hours": [["locked_down", "night"]]},
            "policy": {"mode": "free_passage"}}  # fmt: skip
    facts, now = facts_of(case)
    assert keep(facts, now).modes == (("access point", Mode.CARD_ONLY), ("site", Mode.FREE_PASSAGE))


PLACE = Place(
    point=AccessPoint(name="in", door="d"),
    zone=Zone(id="z", name="Garage", antipassback=Antipassback.HARD, antipassback_minutes=1),
    plans=(
        Plan(of="access point", mode=Mode.LOCKED_DOWN),
        Plan(of="zone", mode=Mode.CARD_ONLY),
        Plan(of="site", mode=Mode.FREE_PASSAGE),
    ),
)
THEN = Kept(
    modes=(("site", Mode.LOCKED_DOWN), ("access point", Mode.FREE_PASSAGE)), antipassback=Antipassback.TIMED, antipassback_minutes=7
)


def test_a_place_as_it_was_then_has_the_modes_and_the_anti_passback_of_the_time() -> None:
    place = as_then(PLACE, THEN)
    assert place.plans == (Plan(of="access point", mode=Mode.FREE_PASSAGE), Plan(of="site", mode=Mode.LOCKED_DOWN))
    assert place.zone
    assert (place.zone.id, place.zone.antipassback, place.zone.antipassback_minutes) == ("z", Antipassback.TIMED, 7)
    assert as_then(msgspec.structs.replace(PLACE, zone=None), THEN).zone is None


def test_what_was_changed_on_purpose_is_as_it_is_now() -> None:
    place = as_then(PLACE, THEN, frozenset({"zone"}))
    assert place.zone == PLACE.zone
    assert [(p.of, p.mode) for p in place.plans] == [
        ("access point", Mode.FREE_PASSAGE), ("zone", Mode.CARD_ONLY), ("site", Mode.LOCKED_DOWN)
    ]  # fmt: skip
    assert as_then(PLACE, THEN, frozenset({"access point", "zone", "site"})).plans == PLACE.plans


def test_a_signed_pass_needs_no_profile_to_be_judged_again() -> None:
    facts, now = facts_of(
        {"at": "2026-11-23 10:00", "shown": {"kind": "signed_pass"}, "customer": "none", "proof": {"genuine": True}}
    )
    facts = msgspec.structs.replace(facts, rights=(Right(profile="pass"),))
    event = decision_event(facts, decide(facts, now), Moment(wall=now))

    def nobody(profiles: tuple[str, ...], place: Place | None) -> Any:
        raise AssertionError(profiles)

    again = facts_again(event, facts.place, nobody)
    assert (again.rights, again.profiles) == ((Right(profile="pass"),), ())
    assert decide(again, now).reason is Reason.GRANTED


def test_a_code_that_nobody_could_read_is_kept_as_such() -> None:
    facts = Facts(
        reading=Reading(reader="r", access_point="gone", kind=CredentialKind.QR, text="", channel=Channel.SECURE),
        place=None,
        readable=False,
    )
    event, again, _ = through_its_event(facts, 5)
    assert event.facts == Kept(readable=False, channel=Channel.SECURE)
    assert again == msgspec.structs.replace(facts, reading=msgspec.structs.replace(facts.reading))
    assert (event.access_point, event.zone, event.door, event.access_point_name) == (None, None, "", "gone")


def test_the_event_says_the_sites_names_and_time() -> None:
    facts, now = facts_of({"at": "2026-11-23 10:00"})
    event = decision_event(facts, decide(facts, now), Moment(wall=now))
    assert (event.access_point_name, event.door, event.zone, event.card, event.customer_name) == (
        "North",
        "north",
        "garage",
        "card",
        "Ada",
    )
    assert local(event.at, "Europe/Warsaw").hour == 10
