"""The outbox against a model of central, over a wire that drops, doubles, reorders and breaks: nothing skipped, all arrives."""

from __future__ import annotations

import os

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from edge.sync.outbox import SILENCE_S, WINDOW, Outbox

BATCH = 3
EXAMPLES = int(os.environ.get("GATELATCH_SYNC_EXAMPLES", "80"))


class Link(RuleBasedStateMachine):
    """The journal here, central there, and what is under way in both directions."""

    @initialize()
    def begin(self) -> None:
        self.now = 0.0
        self.last = 0
        self.central = 0
        self.outbox = Outbox(0)
        self.outbox.connected(self.now)
        self.up: list[tuple[int, int]] = []
        self.down: list[int] = []
        self.sent_to = 0
        self.highest = 0

    def pump(self) -> None:
        while (after := self.outbox.next_from(self.last, self.now)) is not None:
            assert after in (self.sent_to, self.outbox.acked), "a batch follows the one before, or begins at the cursor"
            upto = min(after + BATCH, self.last)
            assert upto > after
            self.up.append((after + 1, upto))
            self.outbox.sent(upto, self.now)
            self.sent_to = upto

    @rule(count=st.integers(1, 10))
    def something_happens(self, count: int) -> None:
        self.last += count
        self.pump()

    @rule(quarters=st.integers(1, 12))
    def time_passes(self, quarters: int) -> None:
        self.now += quarters / 4
        self.pump()

    @rule(which=st.integers(0, 20), again=st.booleans())
    def central_gets_a_batch(self, which: int, again: bool) -> None:
        if not self.up:
            return
        first, last = self.up[which % len(self.up)] if again else self.up.pop(which % len(self.up))
        if first <= self.central + 1:
            self.central = max(self.central, last)
        self.down.append(self.central)

    @rule(which=st.integers(0, 20))
    def a_batch_is_lost(self, which: int) -> None:
        if self.up:
            self.up.pop(which % len(self.up))

    @rule(which=st.integers(0, 20), again=st.booleans())
    def an_ack_comes(self, which: int, again: bool) -> None:
        if not self.down:
            return
        upto = self.down[which % len(self.down)] if again else self.down.pop(which % len(self.down))
        before = self.outbox.acked
        moved = self.outbox.acknowledged(upto, self.now)
        assert moved == (upto > before)
        assert self.outbox.acked == max(before, upto)
        self.pump()

    @rule(which=st.integers(0, 20))
    def an_ack_is_lost(self, which: int) -> None:
        if self.down:
            self.down.pop(which % len(self.down))

    @rule(late=st.booleans())
    def the_connection_breaks(self, late: bool) -> None:
        """late: what was under way still arrives some time (a broker may keep it)."""
        if not late:
            self.up.clear()
            self.down.clear()
        self.outbox.connected(self.now)
        self.sent_to = self.outbox.acked
        self.pump()

    @rule(back=st.integers(0, 10))
    def central_is_restored_from_a_backup(self, back: int) -> None:
        """Its answer to the next hello says where it stands now; older acks belong to the old connection."""
        self.central = max(0, self.central - back)
        self.up.clear()
        self.down.clear()
        self.outbox = Outbox(self.central)
        self.outbox.connected(self.now)
        self.sent_to = self.highest = self.central
        self.pump()

    @invariant()
    def the_cursor_never_passes_central_nor_goes_back(self) -> None:
        assert self.highest <= self.outbox.acked <= self.central <= self.last
        self.highest = self.outbox.acked

    @invariant()
    def the_window_is_kept(self) -> None:
        assert self.outbox.under_way <= WINDOW
        wait = self.outbox.wait(self.now)
        assert (wait is None) == (self.outbox.under_way == 0)
        assert wait is None or 0 <= wait <= SILENCE_S

    def teardown(self) -> None:
        """From here on the wire is good: everything arrives, soon."""
        if not hasattr(self, "outbox"):
            return
        for _ in range(2 * self.last + 4):
            while self.up:
                self.central_gets_a_batch(0, False)
            while self.down:
                self.an_ack_comes(0, False)
            self.now += SILENCE_S
            self.pump()
        assert self.outbox.acked == self.central == self.last


Link.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=40, deadline=None, derandomize=True)
TestOutbox = pytest.mark.timeout(7200)(Link.TestCase)
