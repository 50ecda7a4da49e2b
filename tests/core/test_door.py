"""The door machine by its table: one sentence a test, and a random life that never breaks what must always be true."""

from __future__ import annotations

import pytest

from edge.core import door as table
from edge.core.door import TABLE, Act, Do, DoorNow, DoorRules, DoorState
from tests.support.doors import RULES, SHUT, S, moved, opened, said, strike

# ---------------------------------------------------------------------------------------------------- the table itself

EXPECTED = """
unknown  strike              unlocked write
unknown  hold                unlocked write
unknown  open                opened   write watch
unknown  open_released       opened   write relock watch
unknown  closed              locked   write
unknown  closed_released     unlocked write
unknown  lost                offline  write unwatch
locked   strike              unlocked write
locked   hold                unlocked write
locked   open                forced   alarm
locked   open_released       opened   write relock watch
locked   no_contact          unknown  write
locked   no_contact_released unknown  write
locked   lost                offline  write unwatch
unlocked open_released       opened   write relock watch
unlocked rest                locked   write
unlocked rest_unseen         unknown  write
unlocked lost                offline  write unwatch
opened   strike              opened   unwatch watch
opened   hold                opened   unwatch
opened   rest                opened   watch
opened   pre_alarm           opened   warn buzz
opened   too_long            held     alarm buzz
opened   closed              locked   write unwatch
opened   closed_released     unlocked write unwatch
opened   no_contact          unknown  write unwatch
opened   no_contact_released unlocked write unwatch
opened   lost                offline  write unwatch
held     hold                opened   write unwatch
held     closed              locked   write unwatch
held     closed_released     unlocked write unwatch
held     no_contact          unknown  write unwatch
held     no_contact_released unlocked write unwatch
held     lost                offline  write unwatch
forced   strike              opened   write watch
forced   hold                opened   write unwatch
forced   closed              locked   write unwatch
forced   closed_released     unlocked write unwatch
forced   no_contact          unknown  write unwatch
forced   no_contact_released unlocked write unwatch
forced   lost                offline  write unwatch
offline  back                unknown  write
offline  closed              locked   write
offline  closed_released     unlocked write
offline  open                opened   write watch
offline  open_released       opened   write watch
"""


def test_the_table_is_what_was_agreed() -> None:
    lines = {
        " ".join((state.value, heard.value, row.to.value, *(d.value for d in row.do))) for (state, heard), row in TABLE.items()
    }
    assert lines == {" ".join(line.split()) for line in EXPECTED.strip().splitlines()}


def test_every_state_can_be_reached_and_left() -> None:
    reached = {row.to for row in TABLE.values()}
    left = {state for (state, _), row in TABLE.items() if row.to is not state}
    assert reached == left == set(DoorState)


# ---------------------------------------------------------------------------------------------------- strikes


def test_a_strike_releases_and_locks_again_when_nobody_went_through() -> None:
    door, acts = table.struck(table.asked(SHUT, 100, 3000), 100, 3000, RULES)
    assert (door.state, acts) == (S.UNLOCKED, (Act(Do.WRITE, S.UNLOCKED),))
    assert door.released
    assert table.due(door) == 3100
    assert table.elapsed(door, 3099, RULES) == (door, ())
    locked = table.elapsed(door, 3100, RULES)
    assert said(locked) == [("write", "locked")]
    assert locked[0] == DoorNow(state=S.LOCKED, contact=True, locked_at=3100)
    assert table.due(locked[0]) is None


def test_the_longer_of_two_strikes_counts() -> None:
    door = strike(strike(SHUT, 0, 10_000), 1000, 3000)
    assert table.due(door) == 10_000
    assert table.due(strike(door, 9000, 3000)) == 12_000


def test_a_door_that_is_asked_to_open_may_open_before_the_device_has_answered() -> None:
    turn = moved(table.asked(SHUT, 0, 3000), False, 20)
    assert said(turn) == [("write", "opened"), ("relock", "opened")]
    late = table.struck(turn[0], 90, 3000, RULES)
    assert (late[0].state, late[0].strike_until) == (S.OPENED, None), "it has been locked again: the answer changes nothing"
    assert said(moved(late[0], True, 200)) == [("write", "locked")]


def test_an_answer_after_the_strike_should_be_over_starts_it_then() -> None:
    door = table.elapsed(table.asked(SHUT, 0, 100), 100, RULES)[0]
    door = table.struck(door, 400, 100, RULES)[0]
    assert (door.state, table.due(door)) == (S.UNLOCKED, 500)


def test_it_locks_again_as_soon_as_it_is_opened() -> None:
    turn = moved(strike(SHUT, 0), False, 500)
    assert said(turn) == [("write", "opened"), ("relock", "opened")]
    assert not turn[0].released
    assert said(moved(turn[0], True, 900)) == [("write", "locked")]


def test_a_door_that_does_not_lock_on_opening_stays_released_for_its_strike() -> None:
    rules = DoorRules(relock_on_open=False)
    turn = moved(strike(SHUT, 0, 3000, rules), False, 500, rules)
    assert said(turn) == [("write", "opened")]
    shut = moved(turn[0], True, 900, rules)
    assert said(shut) == [("write", "unlocked")]
    assert said(table.elapsed(shut[0], 3000, rules)) == [("write", "locked")]


def test_the_end_of_a_strike_while_it_is_open_does_not_start_the_count_anew() -> None:
    rules = DoorRules(relock_on_open=False, debounce_ms=0)
    door = moved(strike(SHUT, 0, 3000, rules), False, 500, rules)[0]
    door, acts = table.elapsed(door, 3000, rules)
    assert acts == ()
    assert door.late_at == 30_500


def test_a_door_with_no_contact_is_unknown_before_and_after_a_strike() -> None:
    door = strike(DoorNow(), 0)
    assert door.state is S.UNLOCKED
    after = table.elapsed(door, 3000, RULES)
    assert said(after) == [("write", "unknown")]
    assert after[0].closed is None


def test_told_to_lock_ends_hold_and_strike() -> None:
    door = table.asked_to_hold(strike(SHUT, 0))
    turn = table.locked(door, 100, RULES)
    assert (turn[0].state, turn[0].released, said(turn)) == (S.LOCKED, False, [("write", "locked")])


# ---------------------------------------------------------------------------------------------------- the contact


def test_a_door_that_opens_with_nothing_releasing_it_is_forced() -> None:
    turn = moved(SHUT, False, 1000)
    assert said(turn) == [("alarm", "forced")]
    assert said(moved(turn[0], True, 2000)) == [("write", "locked")]


def test_a_bounce_is_nothing() -> None:
    door, _ = table.contact(SHUT, False, 1000, RULES)
    assert table.due(door) == 1050
    door, acts = table.contact(door, True, 1049, RULES)
    assert (door, acts, table.due(door)) == (SHUT, (), None)


def test_a_change_counts_from_when_it_began() -> None:
    door, _ = table.contact(SHUT, False, 1000, RULES)
    door, _ = table.contact(door, False, 1030, RULES)
    assert table.due(door) == 1050
    assert table.elapsed(door, 1049, RULES)[1] == ()
    assert table.elapsed(door, 1050, RULES)[0].state is S.FORCED


def test_a_change_to_another_change_counts_anew() -> None:
    door, _ = table.contact(SHUT, False, 1000, RULES)
    door, _ = table.contact(door, None, 1030, RULES)
    assert table.due(door) == 1080
    assert table.elapsed(door, 1080, RULES)[0].state is S.UNKNOWN


def test_with_no_debounce_a_change_counts_at_once() -> None:
    assert said(table.contact(SHUT, False, 5, DoorRules(debounce_ms=0))) == [("alarm", "forced")]


def test_the_first_word_of_the_contact_counts_at_once() -> None:
    assert said(table.contact(DoorNow(), True, 5, RULES)) == [("write", "locked")]
    assert said(table.contact(DoorNow(), False, 5, RULES)) == [("write", "opened")], "nobody knows how: it is no alarm"


def test_an_opening_within_the_strike_is_not_forced_however_late_it_is_believed() -> None:
    door = strike(SHUT, 0, 3000)
    door, _ = table.contact(door, False, 2990, RULES)
    assert table.due(door) == 3040
    turn = table.elapsed(door, 3100, RULES)
    assert (turn[0].state, said(turn)) == (S.OPENED, [("write", "opened"), ("relock", "opened")])


def test_a_bounce_at_the_end_of_a_strike_does_not_keep_it_released() -> None:
    door, _ = table.contact(strike(SHUT, 0, 3000), False, 2990, RULES)
    door, _ = table.contact(door, True, 3020, RULES)
    assert table.elapsed(door, 3020, RULES)[0].state is S.LOCKED


def test_a_contact_that_says_nothing_makes_it_unknown_not_open() -> None:
    turn = moved(SHUT, None, 100)
    assert (said(turn), turn[0].closed) == ([("write", "unknown")], None)
    assert moved(opened(), None, 2000)[0].state is S.UNKNOWN


@pytest.mark.parametrize(
    ("state", "closed"),
    [(S.LOCKED, True), (S.UNLOCKED, False), (S.OPENED, False), (S.HELD, False), (S.FORCED, False), (S.UNKNOWN, None), (S.OFFLINE, None)],
)  # fmt: skip
def test_for_an_interlock_shut_is_locked_alone(state: DoorState, closed: bool | None) -> None:
    assert DoorNow(state=state).closed is closed


# ---------------------------------------------------------------------------------------------------- open for too long


def test_open_for_long_it_buzzes_then_alarms_once_then_is_quiet() -> None:
    door = opened(1000)
    assert table.due(door) == 21_050
    door, acts = table.elapsed(door, 21_050, RULES)
    assert said((door, acts)) == [("warn", "opened"), ("buzz", "opened")]
    assert table.due(door) == 31_050
    door, acts = table.elapsed(door, 31_050, RULES)
    assert said((door, acts)) == [("alarm", "held")], "the buzzer sounds already"
    assert table.due(door) is None
    assert table.elapsed(door, 10**9, RULES) == (door, ())
    assert said(moved(door, True, 40_000)) == [("write", "locked"), ("quiet", "locked")]


def test_without_a_pre_alarm_the_buzzer_begins_with_the_alarm() -> None:
    rules = DoorRules(pre_alarm_ms=0, held_ms=5000)
    door = opened(0, rules)
    assert door.warn_at is None
    assert said(table.elapsed(door, 5050, rules)) == [("alarm", "held"), ("buzz", "held")]


def test_both_are_said_in_order_when_looked_at_late() -> None:
    turn = table.elapsed(opened(0), 10**6, RULES)
    assert said(turn) == [("warn", "opened"), ("buzz", "opened"), ("alarm", "held")]


def test_a_door_that_may_stand_open_is_never_held() -> None:
    rules = DoorRules(held_ms=0)
    assert table.due(opened(0, rules)) is None


def test_closed_in_time_nothing_is_said() -> None:
    turn = moved(opened(0), True, 5000)
    assert said(turn) == [("write", "locked")]
    assert table.due(turn[0]) is None


def test_the_next_person_starts_the_count_anew_and_ends_the_buzzer() -> None:
    door = table.elapsed(opened(0), 20_050, RULES)[0]
    assert door.buzzing
    door, acts = table.struck(table.asked(door, 25_000, 3000), 25_000, 3000, RULES)
    assert said((door, acts)) == [("quiet", "opened")]
    assert (door.warn_at, door.late_at) == (45_000, 55_000)


def test_a_forced_door_that_is_released_is_open_and_watched() -> None:
    door = strike(moved(SHUT, False, 0)[0], 1000)
    assert (door.state, door.late_at) == (S.OPENED, 31_000)


# ---------------------------------------------------------------------------------------------------- held released


def test_a_held_door_may_stand_open_and_is_not_locked_on_opening() -> None:
    door, acts = table.held_released(table.asked_to_hold(SHUT), 0, RULES)
    assert said((door, acts)) == [("write", "unlocked")]
    turn = moved(door, False, 100)
    assert said(turn) == [("write", "opened")]
    assert table.due(turn[0]) is None
    assert said(moved(turn[0], True, 500)) == [("write", "unlocked")]


def test_when_the_hold_ends_an_open_door_is_counted_from_then() -> None:
    door = moved(table.held_released(table.asked_to_hold(SHUT), 0, RULES)[0], False, 100)[0]
    door, acts = table.hold_over(door, 5000, RULES)
    assert (acts, door.late_at, door.warn_at) == ((), 35_000, 25_000)


def test_when_the_hold_ends_a_shut_door_locks() -> None:
    door = table.held_released(table.asked_to_hold(SHUT), 0, RULES)[0]
    assert said(table.hold_over(door, 5000, RULES)) == [("write", "locked")]


def test_a_strike_that_still_runs_outlives_the_hold() -> None:
    door = strike(table.held_released(table.asked_to_hold(SHUT), 0, RULES)[0], 1000)
    door, acts = table.hold_over(door, 2000, RULES)
    assert (door.state, acts) == (S.UNLOCKED, ())
    assert said(table.elapsed(door, 4000, RULES)) == [("write", "locked")]


def test_a_strike_that_ends_while_it_is_held_changes_nothing() -> None:
    door = strike(table.held_released(table.asked_to_hold(SHUT), 0, RULES)[0], 1000)
    door, acts = table.elapsed(door, 4000, RULES)
    assert (door.state, acts, door.released) == (S.UNLOCKED, (), True)


def test_a_hold_ends_held_and_forced() -> None:
    held = table.elapsed(opened(0), 10**6, RULES)[0]
    assert said(table.held_released(table.asked_to_hold(held), 10**6, RULES)) == [("write", "opened"), ("quiet", "opened")]
    forced = moved(SHUT, False, 0)[0]
    assert said(table.held_released(table.asked_to_hold(forced), 100, RULES)) == [("write", "opened")]


def test_a_hold_that_was_over_before_the_device_answered_is_no_hold() -> None:
    assert table.held_released(SHUT, 0, RULES) == (SHUT, ())


# ---------------------------------------------------------------------------------------------------- the line


def test_a_lost_line_makes_it_offline_whatever_it_was_and_back_it_is_unknown_until_the_contact_speaks() -> None:
    door, acts = table.lost(table.elapsed(opened(0), 20_050, RULES)[0], 21_000, RULES)
    assert said((door, acts)) == [("write", "offline"), ("quiet", "offline")]
    assert (door.contact, table.due(door)) == (None, None)
    assert table.lost(door, 22_000, RULES) == (door, ())
    turn = table.back(door, 23_000, RULES)
    assert said(turn) == [("write", "unknown")]
    assert said(table.contact(turn[0], False, 23_001, RULES)) == [("write", "opened")], "opened meanwhile: nobody saw how"


def test_what_the_contact_was_about_to_say_goes_with_the_line() -> None:
    door, _ = table.contact(SHUT, None, 0, RULES)
    door, acts = table.lost(door, 10, RULES)
    assert said((door, acts)) == [("write", "offline")]
    assert table.due(door) is None


def test_a_hold_is_still_wanted_when_the_line_is_back() -> None:
    door = table.lost(table.held_released(table.asked_to_hold(SHUT), 0, RULES)[0], 10, RULES)[0]
    assert door.hold
    door = table.contact(table.back(door, 20, RULES)[0], True, 21, RULES)[0]
    assert door.state is S.UNLOCKED
