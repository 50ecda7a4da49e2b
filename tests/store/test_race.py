"""Several access points racing for one use and one place: whatever comes at once, no use is spent twice and no zone overfills."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from edge.commands.doors import Admission
from edge.commands.presence import CorrectPresence, ResetZone, void_passage
from edge.commands.site import EditZone
from edge.core.judgement import Reason
from edge.core.place import AccessPoint
from edge.store import passages
from edge.store.files import connect
from tests.support.stores import Stores, at

NAMES = ("ada", "grace", "joan", "mary")
USES = {"ada": 1, "grace": 2, "joan": 4, "mary": None}
CAPACITY = 2
readings = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(("in", "in", "second", "third", "out"))), min_size=1, max_size=10
)


class Racing(RuleBasedStateMachine):
    """A zone for two people with three ways in, and four cards with one, two, four and any number of uses."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="race-"))
        self.stack = contextlib.AsyncExitStack()
        self.ms = 0
        self.spent = dict.fromkeys(NAMES, 0)
        self.granted: list[Admission] = []

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    @initialize()
    def furnished(self) -> None:
        async def work() -> Stores:
            stores = await self.stack.enter_async_context(Stores(self.folder).running())
            await stores.furnish()
            await stores.put(
                AccessPoint(id="a-2", name="second", door="d2", to_zone="z"),
                AccessPoint(id="a-3", name="third", door="d3", to_zone="z"),
            )
            for name, uses in USES.items():
                await stores.card(name, uses=uses)
            await stores.do(EditZone(id="z", changes={"capacity": CAPACITY, "antipassback": "hard"}))
            return stores

        self.stores = self.run(work())

    @rule(shown=readings)
    def everybody_shows_a_card_at_once(self, shown: list[tuple[str, str]]) -> None:
        self.ms += 1000

        async def work() -> list[Admission]:
            return await asyncio.gather(*(self.stores.show(f"CODE-{name}", point, self.ms) for name, point in shown))

        for (name, point), admission in zip(shown, self.run(work()), strict=True):
            if admission.decision.granted and point != "out":
                self.spent[name] += 1
                self.granted.append(admission)
            if admission.decision.reason is Reason.NO_USES_LEFT:
                assert self.spent[name] == USES[name]

    @rule(name=st.sampled_from(NAMES))
    def somebody_is_marked_outside(self, name: str) -> None:
        self.run(self.stores.set_right(CorrectPresence(holder=f"card-{name}", reason="seen outside"), self.ms))

    @rule()
    def the_zone_is_reset(self) -> None:
        self.run(self.stores.set_right(ResetZone(zone="z", reason="closing time"), self.ms))

    @rule(which=st.integers(0, 50))
    def a_door_never_opened(self, which: int) -> None:
        if not self.granted:
            return
        cause = self.granted[which % len(self.granted)].event
        voided = self.run(self.stores.journal.write(lambda tx: void_passage(tx, cause, at(self.ms))))
        if voided:
            self.spent[str(cause.card).removeprefix("card-")] -= 1

    @invariant()
    def no_use_is_spent_twice_and_the_zone_never_overfills(self) -> None:
        with contextlib.closing(connect(self.stores.files.journal, read_only=True)) as db:
            spent = dict(db.execute("SELECT holder, spent FROM presence"))
            for name, uses in USES.items():
                assert spent.get(f"card-{name}", 0) == self.spent[name]
                assert uses is None or self.spent[name] <= uses
            (inside,) = db.execute("SELECT count(*) FROM entry WHERE out_at IS NULL").fetchone()
            (held,) = db.execute("SELECT sum(json_array_length(visits)) FROM presence").fetchone()
            assert inside == (held or 0) <= CAPACITY
            (by,) = db.execute("SELECT ifnull(sum(by), 0) FROM correction").fetchone()
            assert self.run(self.stores.journal.write(lambda tx: tx.inside("z"))) == inside + by
            assert passages.present(db) == passages.rebuilt(db).rows()

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)


Racing.TestCase.settings = settings(max_examples=25, stateful_step_count=12, deadline=None, derandomize=True)
TestRacing = Racing.TestCase
