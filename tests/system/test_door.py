"""A door through the whole house: the board at the other end moves its contact, and the journal says what it was."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hw_sim.door import DoorBoard

from edge import door_post
from edge.commands.site import EditAccessPoint
from edge.core.door import DoorState
from edge.core.errors import DeviceLost, HouseError
from edge.core.event import Event
from edge.core.judgement import Reason
from edge.core.model import CredentialKind, Reading
from edge.core.place import Mode
from tests.support.facility import Facility, until
from tests.support.small_disk import SmallDisk, lively, small_disk

__all__ = ["lively", "small_disk"]


class House(Facility):
    """A facility whose door is moved by hand, with quick settings, and with an emergency input on its board."""

    def __init__(self, folder: Path, more: str = "", *, walker: bool = False) -> None:
        super().__init__(folder)
        self.board = DoorBoard("north", travel_s=0.01, walker=walker)
        self._more = more

    def settings(self) -> str:
        text = super().settings().replace("debounce_ms = 2\n", f"emergency = true\ndebounce_ms = 10\nexit_ms = 300\n{self._more}")
        return f'{text}\n[emergency]\nboard = "127.0.0.1:{self.board.port}"\n'

    @property
    def state(self) -> DoorState:
        return self.edge.doors["north"].state

    def move(self, *, closed: bool) -> None:
        self.board.contact(closed=closed)

    async def reaches(self, state: DoorState) -> None:
        await until(lambda: self.state is state, f"the door to be {state.value}, not {self.state.value}")

    async def lines(self) -> list[Event]:
        """What the journal says of doors and alarms, in order."""
        return sorted([e for kind in ("door", "alarm", "system") for e in await self.events(kind)], key=lambda e: e.seq)

    async def has(self, *codes: str) -> list[Event]:
        """The lines of these codes, once each of them is there."""

        async def there() -> list[Event]:
            found = [e for e in await self.lines() if e.code in codes]
            return found if {e.code for e in found} == set(codes) else []

        found: list[Event] = await until(there, f"lines {codes}")
        return found


@contextlib.asynccontextmanager
async def house_of(folder: Path, more: str = "", *, walker: bool = False) -> AsyncIterator[House]:
    house = House(folder, more, walker=walker)
    try:
        async with house.running():
            await until(lambda: house.part("emergency", "input") == "up", "the emergency input to be watched")
            await until(lambda: house.edge.emergency and house.edge.emergency.on is not None, "the input to be learnt")
            await until(lambda: house.board.locks, "the door to be told how it is to be")
            yield house
    finally:
        await house.close()


async def test_a_door_left_open_buzzes_first_then_alarms_once(tmp_path: Path) -> None:
    async with house_of(tmp_path, "held_after_s = 0.4\npre_alarm_s = 0.3\n") as house:
        _, _, code = await house.customer_with_card("Ada")
        await house.reaches(DoorState.LOCKED)
        await house.scan(code)
        house.move(closed=False)
        await house.reaches(DoorState.OPENED)
        await until(lambda: house.board.buzzing, "the buzzer")
        assert house.state is DoorState.OPENED
        await house.reaches(DoorState.HELD)
        house.move(closed=True)
        await house.reaches(DoorState.LOCKED)
        await until(lambda: not house.board.buzzing, "the buzzer to be quiet")
        found = await house.has("door_pre_alarm", "door_held")
        assert [(e.code, e.kind) for e in found] == [("door_pre_alarm", "door"), ("door_held", "alarm")]


async def test_a_door_opened_with_nothing_released_is_forced(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await house.reaches(DoorState.LOCKED)
        house.move(closed=False)
        await house.reaches(DoorState.FORCED)
        (alarm,) = await house.has("door_forced")
        assert (alarm.kind, alarm.door) == ("alarm", "north")


async def test_it_locks_again_as_soon_as_it_is_opened(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        _, _, code = await house.customer_with_card("Ada")
        await house.reaches(DoorState.LOCKED)
        before = house.board.locks
        await house.scan(code)
        await house.reaches(DoorState.UNLOCKED)
        house.move(closed=False)
        await until(lambda: house.board.locks == before + 1, "the relay to rest again")
        assert house.state is DoorState.OPENED


async def test_a_door_that_is_not_to_lock_on_opening_does_not(tmp_path: Path) -> None:
    async with house_of(tmp_path, "relock_on_open = false\n") as house:
        _, _, code = await house.customer_with_card("Ada")
        await house.reaches(DoorState.LOCKED)
        before = house.board.locks
        await house.scan(code)
        house.move(closed=False)
        await house.reaches(DoorState.OPENED)
        house.move(closed=True)
        await house.reaches(DoorState.LOCKED)
        assert house.board.locks == before


async def test_the_exit_button_opens_with_no_decision_even_in_a_lock_down(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await lock_down(house)
        await house.reaches(DoorState.LOCKED)
        house.board.press_exit()
        await until(lambda: house.board.moves, "the door to be released")
        assert [m.ms for m in house.board.moves] == [300]
        (line,) = await house.has("exit_button")
        assert (line.kind, line.door, line.note) == ("door", "north", "")
        assert await house.events("decision") == []
        house.move(closed=False)
        await house.reaches(DoorState.OPENED)


async def lock_down(house: Facility) -> None:
    for name in ("North in", "North out"):
        changes = {"mode": Mode.LOCKED_DOWN.value, "lock_exit": True}
        await house.do(EditAccessPoint(id=house.ids[name], changes=changes))


async def test_the_emergency_input_opens_at_once_in_a_lock_down_and_readings_are_granted_as_emergency(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        _, _, code = await house.customer_with_card("Ada")
        await lock_down(house)
        assert await house.scan(code) is Reason.LOCKED_DOWN
        house.board.set_emergency(True)
        await until(lambda: house.board.held, "the door to be held open")
        assert house.edge.gate.say("north").emergency
        await house.reaches(DoorState.UNLOCKED)
        house.move(closed=False)
        await house.reaches(DoorState.OPENED)
        assert house.board.held, "it is not locked on opening"
        assert await house.scan(code) is Reason.GRANTED_EMERGENCY
        with pytest.raises(HouseError, match="emergency"):
            await house.edge.gate.lock("north")
        house.move(closed=True)
        house.board.set_emergency(False)
        await until(lambda: not house.board.held, "the door to be let go")
        on, off = await house.has("emergency_on", "emergency_off")
        assert [(e.kind, e.note) for e in (on, off)] == [("alarm", "doors: north"), ("system", "doors: north")]
        assert await house.scan(code) is Reason.LOCKED_DOWN


async def test_a_door_that_is_not_declared_stays_as_it_is(tmp_path: Path) -> None:
    house = House(tmp_path)
    text = house.settings
    house.settings = lambda: text().replace("emergency = true\n", "")  # type: ignore[method-assign]
    async with house.running():
        await until(lambda: house.edge.emergency and house.edge.emergency.on is False, "the input to be learnt")
        house.board.set_emergency(True)
        (line,) = await house.has("emergency_on")
        assert line.note == "doors: none"
        assert not house.board.held
    await house.close()


async def test_with_the_journal_dead_the_emergency_and_the_exit_button_open_all_the_same_and_are_written_later(
    small_disk: SmallDisk, lively: None, tmp_path: Path
) -> None:
    async with house_of(tmp_path) as house:
        await lock_down(house)
        small_disk.fill()
        await fill_up(house)
        house.board.press_exit()
        await until(lambda: house.board.moves, "the door to be released")
        house.board.set_emergency(True)
        await until(lambda: house.board.held, "the door to be held open")
        small_disk.empty()
        found = await house.has("exit_button", "emergency_on")
        assert [e.code for e in found] == ["exit_button", "emergency_on"]
        assert found[1].late


async def fill_up(house: Facility) -> None:
    """Small lines may still fit into the last block of a full disk: show a stranger until one is held."""
    reading = Reading(reader="scanner-in", access_point="North in", kind=CredentialKind.QR, text="CODE-OF-NOBODY")
    while house.part("journal", "writing") != "down":
        await house.edge.gate.serve(reading)


async def test_an_emergency_input_whose_line_is_lost_is_said_and_opens_nothing(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        port = house.board.port
        await house.board.stop()
        await until(lambda: house.part("emergency", "input") == "down", "the loss to be said")
        assert not house.edge.gate.say("north").emergency
        house.board.emergency = True
        await house.board.start(port)
        await until(lambda: house.board.held, "the door to be held open, now that the input says so")
        port = house.board.port
        await house.board.stop()
        house.board.held = False
        await until(lambda: house.part("door", "north") == "down", "the door to be lost")
        assert house.edge.gate.say("north").emergency, "what it said last holds"
        await house.board.start(port)
        await until(lambda: house.board.held, "the door to be held open again")


async def test_a_door_with_a_contact_that_says_nothing_is_unknown_never_open_or_shut(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await house.reaches(DoorState.LOCKED)
        await house.board.stop()
        await house.reaches(DoorState.OFFLINE)
        assert house.edge.gate.say("north").closed is None
        found = await house.has("door_offline")
        assert len(found) == 1
        assert not [e for e in await house.lines() if e.code == "door_unknown"], "lost is said once, not twice"


async def test_an_offline_door_that_fails_safe_says_so(tmp_path: Path) -> None:
    async with house_of(tmp_path, 'fails = "safe"\n') as house:
        await house.reaches(DoorState.LOCKED)
        await house.board.stop()
        (line,) = await house.has("door_offline")
        assert line.note == "it fails safe: without power it is not locked"


async def test_a_loose_contact_is_one_alarm_with_a_count_and_a_likely_cause(tmp_path: Path) -> None:
    async with house_of(tmp_path, "group_s = 60.0\n") as house:
        await house.reaches(DoorState.LOCKED)
        for _ in range(6):
            house.move(closed=False)
            await house.reaches(DoorState.FORCED)
            house.move(closed=True)
            await house.reaches(DoorState.LOCKED)
        await house.edge.doors["north"].close()  # as at a stop: what was counted is told
        (first, summary) = await house.has("door_forced", "door_nuisance")
        assert first.code == "door_forced"
        assert summary.note == "door_forced 5 more times, 6 in all; likely: contact_loose; now locked"
        assert len([e for e in await house.lines() if e.code == "door_locked"]) == 2, (
            "what it came back to is not written each time"
        )


async def test_the_count_is_told_when_its_window_is_over(tmp_path: Path) -> None:
    async with house_of(tmp_path, "group_s = 0.5\n") as house:
        await house.reaches(DoorState.LOCKED)
        for _ in range(2):
            house.move(closed=False)
            await house.reaches(DoorState.FORCED)
            house.move(closed=True)
            await house.reaches(DoorState.LOCKED)
        found = await house.has("door_forced", "door_nuisance")
        assert "likely: bounced" in found[-1].note


async def test_a_door_forced_again_after_somebody_was_let_in_is_news(tmp_path: Path) -> None:
    async with house_of(tmp_path, "group_s = 60.0\n") as house:
        await house.reaches(DoorState.LOCKED)
        for _ in range(2):
            house.move(closed=False)
            await house.reaches(DoorState.FORCED)
            house.move(closed=True)
            await house.reaches(DoorState.LOCKED)
            house.board.press_exit()
            await house.reaches(DoorState.UNLOCKED)
            await house.reaches(DoorState.LOCKED)

        async def twice() -> bool:
            return len(await house.has("door_forced")) == 2

        await until(twice, "both to be written")


async def test_a_door_forced_again_that_stays_open_is_told_without_waiting_for_the_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_post, "STAYS_S", 0.1)
    async with house_of(tmp_path, "group_s = 600.0\n") as house:
        await house.reaches(DoorState.LOCKED)
        house.move(closed=False)
        await house.reaches(DoorState.FORCED)
        house.move(closed=True)
        await house.reaches(DoorState.LOCKED)
        house.move(closed=False)
        (summary,) = await house.has("door_nuisance")
        assert "now forced" in summary.note


# ---------------------------------------------------------------------------------------------------- an operator's hold


async def test_an_operator_holds_it_open_until_a_time(tmp_path: Path) -> None:
    async with house_of(tmp_path, "held_after_s = 0.2\npre_alarm_s = 0.0\n") as house:
        await house.reaches(DoorState.LOCKED)
        until_ms = house.edge.clock.now().wall + 600
        await house.edge.gate.hold_open("north", until_ms, "moving day (eve)")
        assert house.board.held
        house.move(closed=False)
        await house.reaches(DoorState.OPENED)
        assert house.edge.report()["doors"][0]["held_by"] == ("operator",)
        house.move(closed=True)
        await until(lambda: not house.board.held, "the hold to end")
        await house.reaches(DoorState.LOCKED)
        on, over = await house.has("hold_open", "hold_over")
        assert (on.note, over.note) == ("moving day (eve)", "its time is over")
        assert house.edge.clock.now().wall >= until_ms
        assert not [e for e in await house.lines() if e.code == "door_held"]


async def test_an_operator_locks_it_again(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await house.edge.gate.hold_open("north", None, "delivery")
        await house.edge.gate.lock("north")
        assert not house.board.held
        assert [e.note for e in await house.has("hold_open", "hold_over")] == ["delivery", "locked by hand"]


async def test_a_hold_is_never_queued(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        port = house.board.port
        await house.board.stop()
        await house.reaches(DoorState.OFFLINE)
        with pytest.raises(DeviceLost):
            await house.edge.gate.hold_open("north", None, "delivery")
        await house.board.start(port)
        locks = house.board.locks
        await until(lambda: house.board.locks > locks, "the door to be back and told how it is to be")
        assert not house.board.held
        with pytest.raises(DeviceLost, match="not in the settings"):
            await house.edge.gate.hold_open("nowhere", None, "delivery")


async def test_an_operators_hold_outlives_an_emergency_and_an_emergency_an_operators_hold(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        post = house.edge.doors["north"]
        await house.edge.gate.hold_open("north", None, "delivery")
        house.board.set_emergency(True)
        await until(lambda: post.held_by == ("operator", "emergency"), "both to hold it")
        house.board.set_emergency(False)
        await house.has("emergency_off")
        assert post.held_by == ("operator",) and house.board.held
        house.board.set_emergency(True)
        await until(lambda: len(post.held_by) == 2, "both to hold it")
        await house.edge.gate.hold_open("north", house.edge.clock.now().wall - 1, "over at once")
        await until(lambda: post.held_by == ("emergency",), "the operator's hold to end")
        assert house.board.held


async def test_five_grants_at_once_are_five_releases_and_none_is_called_forced(tmp_path: Path) -> None:
    async with house_of(tmp_path, walker=True) as house:
        _, _, code = await house.customer_with_card("Ada")
        reading = Reading(reader="scanner-in", access_point="North in", kind=CredentialKind.QR, text=code)
        await asyncio.gather(*(house.edge.gate.serve(reading) for _ in range(5)))
        assert len(house.board.moves) == 5
        await house.reaches(DoorState.LOCKED)
        assert not [e for e in await house.lines() if e.code == "door_forced"]
