"""A door's random life: whatever comes in whatever order, what must hold holds."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge.core import door as table
from edge.core.door import TABLE, Do, DoorInput, DoorNow, DoorRules, Turn
from tests.support.doors import S


class Life(RuleBasedStateMachine):
    """Anything may happen at any time; what must always be true is below."""

    def __init__(self) -> None:
        super().__init__()
        self.rules = DoorRules(held_ms=9000, pre_alarm_ms=3000, debounce_ms=50)
        self.door, self.at = DoorNow(), 0
        self.raw: bool | None = None
        self.raw_released = False
        self.alarms_since_opened = 0
        self.buzzing = False

    def hear(self, turn: Turn) -> None:
        before, (self.door, acts) = self.door, turn
        for act in acts:
            if act.do is Do.ALARM and act.state is S.FORCED:
                assert not self.raw_released, "forced, though it was released when it opened"
            if act.do is Do.ALARM and act.state is S.HELD:
                self.alarms_since_opened += 1
            if act.do is Do.WRITE and act.state is S.OPENED:
                self.alarms_since_opened = 0
            if act.do in (Do.BUZZ, Do.QUIET):
                assert self.buzzing is not (act.do is Do.BUZZ), "said twice"
                self.buzzing = act.do is Do.BUZZ
        if before.state is not self.door.state:
            assert any(a.do in (Do.WRITE, Do.ALARM) for a in acts), "a change of state has its line"
        if any(a.state is S.OPENED and a.do is Do.WRITE for a in acts) and before.state is S.UNLOCKED:
            assert self.door.hold or any(a.do is Do.RELOCK for a in acts), "locked again at once"

    @rule(ms=st.integers(1, 4000))
    def time_passes(self, ms: int) -> None:
        self.at += ms
        self.hear(table.elapsed(self.door, self.at, self.rules))

    @rule(ms=st.integers(100, 5000))
    def somebody_is_let_in(self, ms: int) -> None:
        self.door = table.asked(self.door, self.at, ms)
        self.hear(table.struck(self.door, self.at, ms, self.rules))

    @rule()
    def somebody_holds_it(self) -> None:
        self.door = table.asked_to_hold(self.door)
        self.hear(table.held_released(self.door, self.at, self.rules))

    @rule()
    def the_hold_ends(self) -> None:
        self.hear(table.hold_over(table.msgspec.structs.replace(self.door, hold=False), self.at, self.rules))

    @rule(closed=st.sampled_from([True, False, None]))
    @precondition(lambda self: self.door.state is not S.OFFLINE)
    def the_contact_speaks(self, closed: bool | None) -> None:
        if closed is False and self.raw is not False:
            self.raw_released = self.door.released
        self.raw = closed
        self.hear(table.contact(self.door, closed, self.at, self.rules))

    @rule()
    def the_line_is_lost(self) -> None:
        self.raw = None
        self.hear(table.lost(self.door, self.at, self.rules))

    @rule()
    def the_line_is_back(self) -> None:
        self.hear(table.back(self.door, self.at, self.rules))

    @invariant()
    def never_shown_as_shut_while_the_contact_says_open(self) -> None:
        if self.door.contact is False:
            assert self.door.state in (S.OPENED, S.HELD, S.FORCED)
            assert self.door.closed is False

    @invariant()
    def shown_as_shut_only_when_the_contact_says_so(self) -> None:
        if self.door.state is S.LOCKED:
            assert self.door.contact is True
        if self.door.state in (S.OPENED, S.HELD, S.FORCED):
            assert self.door.contact is False

    @invariant()
    def released_and_shut_is_unlocked_and_nothing_else_is(self) -> None:
        if self.door.state is S.UNLOCKED:
            assert self.door.released
        if self.door.state is S.LOCKED:
            assert not self.door.released

    @invariant()
    def an_alarm_of_standing_open_is_raised_once(self) -> None:
        assert self.alarms_since_opened <= 1

    @invariant()
    def what_is_due_lies_ahead(self) -> None:
        after, acts = table.elapsed(self.door, self.at, self.rules)
        due = table.due(after)
        assert due is None or due > self.at
        assert table.elapsed(after, self.at, self.rules) == (after, ())
        assert self.door.buzzing is self.buzzing or acts


Life.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None, derandomize=True)
TestLife = Life.TestCase


def test_every_input_is_in_the_table() -> None:
    assert {heard for _, heard in TABLE} == set(DoorInput)
