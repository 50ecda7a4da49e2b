"""Alerts: what raises, groups and clears them, one sentence a test."""

from __future__ import annotations

import msgspec
import pytest

from edge.core import alerts, levels
from edge.core.alerts import (
    ALERTS,
    BY_EVENT,
    Alert,
    AlertKind,
    AlertRule,
    Change,
    Changed,
    Level,
    Rules,
    Sign,
)
from edge.core.event import Event, EventKind
from edge.core.judgement import Outcome
from edge.core.levels import Counts, Denials, PartWord, ZoneCount

K = AlertKind
MINUTE = 60_000
RULES = alerts.rules_of(())


def with_rule(kind: AlertKind, **more: int | bool) -> Rules:
    spec = ALERTS[kind]
    fields = {"threshold": spec.threshold, "window_minutes": spec.window_minutes, **more}
    return alerts.rules_of([AlertRule(id="r", kind=kind, **fields)])  # type: ignore[arg-type]


def event(code: str, kind: EventKind = EventKind.DOOR, **more: object) -> Event:
    return Event(kind=kind, code=code, **{"at": 1000, "door": "north", **more})  # type: ignore[arg-type]


def sign(on: bool = True, at: int = 1000, kind: AlertKind = K.DOOR_FORCED, detail: str = "") -> Sign:
    return Sign(kind=kind, subject="north", name="north", on=on, at=at, detail=detail)


def level(on: bool | None, kind: AlertKind = K.READER_OFFLINE, detail: str = "") -> Level:
    return Level(kind=kind, subject="north", name="north", on=on, detail=detail)


def alert(kind: AlertKind = K.DOOR_FORCED, **more: object) -> Alert:
    return msgspec.structs.replace(Alert(id=7, kind=kind, subject="north", name="north", raised_at=500, last_at=500), **more)


def judged(
    waiting: list[Alert], signs: list[Sign] | None = None, levels: list[Level] | None = None, rules: Rules = RULES, *, settled: bool = False
) -> tuple[Changed, ...]:  # fmt: skip
    return alerts.judge(waiting, signs or [], levels or [], rules, 2000, settled=settled)


# ---------------------------------------------------------------------------------------------------- the table


def test_every_kind_is_in_the_table_and_says_what_raises_and_clears_it() -> None:
    assert set(ALERTS) == set(AlertKind)
    for spec in ALERTS.values():
        assert spec.subject and spec.raised_by and spec.cleared_by
        assert bool(spec.of) is bool(spec.threshold), "what is counted has a threshold, and nothing else has"


def test_the_sites_own_rule_stands_in_place_of_the_tables() -> None:
    assert (RULES[K.DENIALS].threshold, RULES[K.DENIALS].window_minutes, RULES[K.DENIALS].enabled) == (10, 5, True)
    rules = with_rule(K.DENIALS, threshold=3)
    assert (rules[K.DENIALS].threshold, rules[K.DISK].threshold) == (3, 500)


# ---------------------------------------------------------------------------------------------------- signs


@pytest.mark.parametrize(
    ("said", "kind", "subject", "on", "detail"),
    [
        (event("door_forced", EventKind.ALARM, note="likely: bounced"), K.DOOR_FORCED, "north", True, "likely: bounced"),
        (event("door_held", EventKind.ALARM), K.DOOR_HELD, "north", True, ""),
        (event("door_nuisance", EventKind.ALARM, note="door_held 3 more times"), K.DOOR_HELD, "north", True, "door_held 3 more times"),
        (event("emergency_on", EventKind.ALARM, door="", note="doors: north"), K.EMERGENCY, "", True, "doors: north"),
        (event("emergency_off", EventKind.SYSTEM, door="", note="doors: north"), K.EMERGENCY, "", False, "doors: north"),
        (event("card_stolen", EventKind.ALARM, access_point_name="In"), K.ALARM, "In card_stolen", True, "card_stolen"),
        (event("door_not_opened", EventKind.ALARM), K.ALARM, "north door_not_opened", True, "door_not_opened"),
        (event("work_failed", EventKind.FAULT, door=""), K.ALARM, "work_failed", True, "work_failed"),
    ],
)  # fmt: skip
def test_what_raises(said: Event, kind: AlertKind, subject: str, on: bool, detail: str) -> None:
    (found,) = alerts.signs_of(said)
    assert (found.kind, found.subject, found.on, found.at, found.detail) == (kind, subject, on, 1000, detail)


def test_an_alarm_is_named_by_its_place() -> None:
    (found,) = alerts.signs_of(event("card_stolen", EventKind.ALARM, access_point_name="In"))
    assert found.name == "In"
    (found,) = alerts.signs_of(event("door_held", EventKind.ALARM))
    assert found.name == "north"


@pytest.mark.parametrize("code", ["door_locked", "door_unlocked"])
def test_a_door_that_is_shut_or_released_clears_both_of_its_alerts(code: str) -> None:
    assert {(s.kind, s.subject, s.on) for s in alerts.signs_of(event(code))} == {
        (K.DOOR_FORCED, "north", False), (K.DOOR_HELD, "north", False),
    }  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        event("door_opened"), event("door_offline"), event("exit_button"), event("edge_started", EventKind.SYSTEM),
        event("alert_raised", EventKind.ALARM), event("alert_cleared", EventKind.SYSTEM), event("granted", EventKind.DECISION),
        event("door_nuisance", EventKind.DOOR, note="door_offline 3 more times"), event("door_offline", EventKind.ALARM),
        event("door_nuisance", EventKind.ALARM, note="door_offline 3 more times"),
    ],
)  # fmt: skip
def test_what_raises_nothing(said: Event) -> None:
    assert alerts.signs_of(said) == ()


# ---------------------------------------------------------------------------------------------------- refusals


def refusals(*times: int, threshold: int = 3, where: str = "In") -> Denials:
    found = Denials()
    for at in times:
        refused = event("card_expired", EventKind.DECISION, at=at, outcome=Outcome.DENIED, access_point_name=where)
        found = levels.denied(found, refused, with_rule(K.DENIALS, threshold=threshold)[K.DENIALS])
    return found


def counted(found: Denials, at: int, raised: frozenset[str] = frozenset()) -> bool | None:
    rule = with_rule(K.DENIALS, threshold=3, window_minutes=5)[K.DENIALS]
    (one,) = levels.of_denials(found, rule, raised, at)
    return one.on


def test_so_many_refusals_within_the_window_raise() -> None:
    assert counted(refusals(0, 1000), 1000) is False
    assert counted(refusals(0, 1000, 2000), 2000) is True
    assert counted(refusals(0, 1000, 2000), 5 * MINUTE - 1) is True
    assert counted(refusals(0, 1000, 2000), 5 * MINUTE) is False, "the first is out of the window"


def test_once_raised_it_is_over_when_the_window_is_empty() -> None:
    found, raised = refusals(0, 1000, 2000), frozenset({"In"})
    assert counted(found, 5 * MINUTE + 1999, raised) is True
    assert counted(found, 5 * MINUTE + 2000, raised) is False
    assert counted(found, 5 * MINUTE + 1999, frozenset({"Out"})) is False


def test_the_level_says_how_many_and_where() -> None:
    rule = with_rule(K.DENIALS, threshold=3)[K.DENIALS]
    (one,) = levels.of_denials(refusals(0, 1000), rule, frozenset(), 1000)
    assert (one.kind, one.subject, one.name, one.detail) == (K.DENIALS, "In", "In", "2 in 5 min")


def test_only_refusals_at_an_access_point_are_counted() -> None:
    rule = RULES[K.DENIALS]
    granted = event("granted", EventKind.DECISION, outcome=Outcome.GRANTED, access_point_name="In")
    nowhere = event("malformed", EventKind.DECISION, outcome=Outcome.DENIED, access_point_name="")
    assert levels.denied(levels.denied(Denials(), granted, rule), nowhere, rule) == Denials()


def test_what_is_remembered_of_refusals_is_bounded() -> None:
    assert len(refusals(*range(20), threshold=3).times["In"]) == 3
    assert len(refusals(1, 2, threshold=0).times["In"]) == 1
    assert len(refusals(*range(1005), threshold=1_000_000).times["In"]) == levels.MOST_TIMES
    full = Denials(times={str(n): (0,) for n in range(levels.MOST_PLACES)})
    rule = RULES[K.DENIALS]
    refused = event("x", EventKind.DECISION, outcome=Outcome.DENIED, access_point_name="one more")
    assert levels.denied(full, refused, rule) is full
    known = event("x", EventKind.DECISION, outcome=Outcome.DENIED, access_point_name="7")
    assert levels.denied(full, known, rule).times["7"] == (0, 1000)


# ---------------------------------------------------------------------------------------------------- levels


def part(kind: str, state: str, since: int = 0, name: str = "north") -> PartWord:
    return PartWord(kind=kind, name=name, state=state, since=since, detail="why")


@pytest.mark.parametrize(
    ("said", "kind", "on"),
    [
        (part("door", "down"), K.DOOR_OFFLINE, True), (part("door", "trouble"), K.DOOR_OFFLINE, False),
        (part("door", "up"), K.DOOR_OFFLINE, False), (part("reader", "down"), K.READER_OFFLINE, True),
        (part("reader", "trouble"), K.READER_OFFLINE, False), (part("emergency", "down"), K.EMERGENCY_INPUT, True),
        (part("database", "trouble"), K.DATABASE, True), (part("database", "down"), K.DATABASE, True),
        (part("database", "up"), K.DATABASE, False), (part("journal", "down"), K.DATABASE, True),
        (part("clock", "trouble"), K.CLOCK, True), (part("clock", "up"), K.CLOCK, False),
    ],
)  # fmt: skip
def test_health_as_levels(said: PartWord, kind: AlertKind, on: bool) -> None:
    (found,) = levels.of_parts([said], RULES, frozenset(), 10 * MINUTE)
    assert (found.kind, found.subject, found.name, found.on, found.detail) == (kind, "north", "north", on, "why")


def test_a_part_that_is_no_alerts_business_is_not_looked_at() -> None:
    assert levels.of_parts([part("settings", "trouble"), part("sync", "down")], RULES, frozenset(), 10**9) == ()


def test_it_must_have_lasted_for_its_window() -> None:
    down = part("reader", "down", since=5000)
    assert levels.of_parts([down], RULES, frozenset(), 5000 + MINUTE - 1)[0].on is None
    assert levels.of_parts([down], RULES, frozenset(), 5000 + MINUTE)[0].on is True
    assert levels.of_parts([down], with_rule(K.READER_OFFLINE, window_minutes=0), frozenset(), 5000)[0].on is True


@pytest.mark.parametrize(("state", "offline", "blind"), [("trouble", False, True), ("down", True, False), ("up", False, False)])
def test_a_camera_may_be_blind_or_offline(state: str, offline: bool, blind: bool) -> None:
    found = levels.of_parts([part("reader", state)], RULES, frozenset({"north"}), 10 * MINUTE)
    assert {x.kind: x.on for x in found} == {K.READER_OFFLINE: offline, K.CAMERA_BLIND: blind}


@pytest.mark.parametrize(
    ("inside", "percent", "on"), [(9, 100, False), (10, 100, True), (7, 80, False), (8, 80, True), (12, 100, True)]
)
def test_a_zone_that_is_full_to_so_much(inside: int, percent: int, on: bool) -> None:
    counts = Counts(zones=(ZoneCount(zone="z", name="Garage", inside=inside, capacity=10),))
    (found,) = levels.of_counts(counts, [], with_rule(K.CAPACITY, threshold=percent), 0)
    assert (found.kind, found.subject, found.name, found.on, found.detail) == (K.CAPACITY, "z", "Garage", on, f"{inside} of 10")


@pytest.mark.parametrize(("free", "on"), [(499, True), (500, False)])
def test_a_disk_with_less_than_so_much_free(free: int, on: bool) -> None:
    (found,) = levels.of_counts(Counts(free_mb=free), [], RULES, 0)
    assert (found.kind, found.on, found.detail) == (K.DISK, on, f"{free} MB free")


@pytest.mark.parametrize(
    ("unacked", "state", "minutes", "on"),
    [(999, "up", 0, False), (1000, "up", 0, True), (0, "down", 29, None), (0, "down", 30, True), (1000, "down", 1, True)],
)
def test_central_is_behind_when_the_line_is_down_for_long_or_much_waits(
    unacked: int, state: str, minutes: int, on: bool | None
) -> None:
    (found,) = levels.of_counts(Counts(unacked=unacked), [part("door", "down"), part("sync", state)], RULES, minutes * MINUTE)
    assert (found.kind, found.on, found.detail) == (K.SYNC_BEHIND, on, f"{unacked} events wait")


def test_with_no_word_of_the_line_yet_nothing_is_behind_but_what_waits() -> None:
    assert [x.on for x in levels.of_counts(Counts(unacked=5), [], RULES, 0)] == [False]


def test_what_is_not_known_or_not_there_is_no_level() -> None:
    assert levels.of_counts(Counts(), [part("sync", "down")], RULES, 10**9) == ()


# ---------------------------------------------------------------------------------------------------- raise, again, clear


def test_a_sign_raises() -> None:
    (found,) = judged([], [sign(detail="d")])
    assert found.what is Change.RAISED
    assert found.alert == Alert(id=0, kind=K.DOOR_FORCED, subject="north", name="north", raised_at=1000, last_at=1000, detail="d")


def test_the_same_again_is_the_same_alert_with_a_count() -> None:
    (found,) = judged([alert(detail="first")], [sign(), sign(at=1500)])
    assert found.what is Change.AGAIN
    assert (found.alert.id, found.alert.count, found.alert.last_at, found.alert.raised_at) == (7, 3, 1500, 500)
    assert found.alert.detail == "first", "an empty word does not take a better one away"
    assert judged([alert(detail="first")], [sign(detail="second")])[0].alert.detail == "second"


def test_another_door_is_another_alert() -> None:
    other = msgspec.structs.replace(sign(), subject="south", name="south")
    assert [c.what for c in judged([alert()], [other])] == [Change.RAISED]


def test_a_clearing_sign_clears_and_only_what_is_there_and_open() -> None:
    (found,) = judged([alert()], [sign(False, at=1700)])
    assert (found.what, found.alert.cleared_at, found.alert.count) == (Change.CLEARED, 1700, 1)
    assert judged([], [sign(False)]) == ()
    assert judged([alert(cleared_at=600)], [sign(False)]) == ()


def test_raised_and_over_within_one_look_is_one_line() -> None:
    (found,) = judged([], [sign(at=1000), sign(False, at=1100)])
    assert (found.what, found.alert.cleared_at) == (Change.RAISED, 1100)


def test_one_that_was_over_and_not_acknowledged_is_the_same_alert_when_it_comes_again() -> None:
    (found,) = judged([alert(cleared_at=600)], [sign()])
    assert (found.what, found.alert.cleared_at, found.alert.count) == (Change.AGAIN, None, 2)


def test_over_and_again_and_over_is_said() -> None:
    (found,) = judged([alert()], [sign(False, at=1200), sign(at=1300), sign(False, at=1400)])
    assert (found.what, found.alert.cleared_at, found.alert.count) == (Change.CLEARED, 1400, 2)


def test_a_level_raises_once_and_is_not_counted_while_it_lasts() -> None:
    (found,) = judged([], levels=[level(True, detail="d")])
    assert (found.what, found.alert.raised_at, found.alert.detail) == (Change.RAISED, 2000, "d")
    assert judged([alert(K.READER_OFFLINE)], levels=[level(True, detail="other")]) == ()


def test_a_level_that_is_well_again_clears_and_undecided_changes_nothing() -> None:
    (found,) = judged([alert(K.READER_OFFLINE)], levels=[level(False)])
    assert (found.what, found.alert.cleared_at) == (Change.CLEARED, 2000)
    assert judged([alert(K.READER_OFFLINE)], levels=[level(None)], settled=True) == ()
    assert judged([], levels=[level(None), level(False)]) == ()
    assert judged([alert(K.READER_OFFLINE, cleared_at=600)], levels=[level(False)]) == ()


def test_a_level_that_comes_again_before_anybody_looked_is_counted() -> None:
    (found,) = judged([alert(K.READER_OFFLINE, cleared_at=600)], levels=[level(True)])
    assert (found.what, found.alert.count, found.alert.cleared_at) == (Change.AGAIN, 2, None)


def test_a_level_that_is_not_there_any_more_is_over_once_every_part_has_spoken() -> None:
    gone = [alert(K.READER_OFFLINE)]
    assert judged(gone) == ()
    assert [c.what for c in judged(gone, settled=True)] == [Change.CLEARED]
    assert judged(gone, levels=[level(True)], settled=True) == ()
    for kind in BY_EVENT:
        assert judged([alert(kind)], settled=True) == (), "what an event raised is not a level"


def test_a_kind_that_is_switched_off_raises_nothing_and_what_was_raised_is_over() -> None:
    off = with_rule(K.DOOR_FORCED, enabled=False) | {K.READER_OFFLINE: AlertRule(id="r", kind=K.READER_OFFLINE, enabled=False)}
    assert judged([], [sign()], [level(True)], off) == ()
    (found,) = judged([alert()], rules=off)
    assert (found.what, found.alert.cleared_at) == (Change.CLEARED, 2000)


# ---------------------------------------------------------------------------------------------------- a person


def test_an_acknowledgement_keeps_who_when_and_what() -> None:
    found = alerts.acknowledged(alert(), "Eve", "went there", 3000)
    assert (found.acked_by, found.note, found.acked_at, found.cleared_at) == ("Eve", "went there", 3000, None)


def test_what_nothing_else_ends_is_over_with_it() -> None:
    assert alerts.acknowledged(alert(K.ALARM), "Eve", "x", 3000).cleared_at == 3000
    assert alerts.acknowledged(alert(K.ALARM, cleared_at=900), "Eve", "x", 3000).cleared_at == 900
