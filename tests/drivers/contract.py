"""The contract of ports.Door, as a suite: run over every adapter that can be run here, each time against its simulator.

A module that tests an adapter gives a fixture `rig` (a Rig) and imports the tests it wants with `from ... import *`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from edge.core.errors import DeviceLost, HouseError
from edge.ports import Door
from tests.support.facility import until

__all__ = [
    "Heard",
    "Rig",
    "served",
    "test_a_buzzer_sounds_until_it_is_told_to_be_quiet",
    "test_a_device_that_is_not_there_is_a_house_error_that_may_be_tried_again",
    "test_a_door_that_is_not_connected_says_so",
    "test_a_hold_lasts_until_lock_and_no_opening_ends_it",
    "test_a_line_that_breaks_ends_the_run_and_leaves_the_contact_unknown",
    "test_each_press_of_the_exit_button_is_told",
    "test_each_release_moves_the_relay_once_for_as_long_as_asked",
    "test_it_can_be_run_again_after_the_line_broke",
    "test_its_contact_is_told_at_connect_and_when_it_changes",
    "test_many_releases_at_once_are_all_answered",
]


class OtherEnd(Protocol):
    """What the simulator at the other end can do."""

    def moves(self) -> list[int]: ...

    def contact(self, *, closed: bool) -> None: ...

    def held(self) -> bool: ...

    def buzzing(self) -> bool: ...

    def press_exit(self) -> None: ...

    def cut(self) -> None: ...


@dataclass
class Rig:
    """An adapter with its other end. make: a fresh adapter wired to it; missing: one wired to nothing."""

    make: Callable[[], Door]
    missing: Callable[[], Door]
    end: OtherEnd


@dataclass
class Heard:
    """A DoorSink that writes down what it hears."""

    contacts: list[bool | None] = field(default_factory=list)
    exits: int = 0
    ups: int = 0
    troubles: list[str] = field(default_factory=list)

    def contact(self, closed: bool | None) -> None:
        self.contacts.append(closed)

    def exit_pressed(self) -> None:
        self.exits += 1

    def up(self, detail: str = "") -> None:
        self.ups += 1

    def trouble(self, detail: str) -> None:
        self.troubles.append(detail)


@contextlib.asynccontextmanager
async def served(door: Door) -> AsyncIterator[tuple[Heard, asyncio.Task[None]]]:
    """The door running, connected; its task beside, cancelled at the end."""
    heard = Heard()
    task = asyncio.create_task(door.run(heard))
    await until(lambda: heard.ups or task.done(), "the door to be connected")
    try:
        yield heard, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_each_release_moves_the_relay_once_for_as_long_as_asked(rig: Rig) -> None:
    door = rig.make()
    async with served(door):
        await door.open(200)
        await door.open(1500)
        assert rig.end.moves() == [200, 1500]


async def test_many_releases_at_once_are_all_answered(rig: Rig) -> None:
    door = rig.make()
    async with served(door):
        await asyncio.gather(*(door.open(100 + n) for n in range(20)))
        assert sorted(rig.end.moves()) == [100 + n for n in range(20)]


async def test_its_contact_is_told_at_connect_and_when_it_changes(rig: Rig) -> None:
    async with served(rig.make()) as (heard, _):
        await until(lambda: heard.contacts == [True], "the first word of the contact")
        rig.end.contact(closed=False)
        await until(lambda: heard.contacts == [True, False], "the contact to open")
        rig.end.contact(closed=True)
        await until(lambda: heard.contacts == [True, False, True], "the contact to close")


async def test_a_line_that_breaks_ends_the_run_and_leaves_the_contact_unknown(rig: Rig) -> None:
    async with served(rig.make()) as (heard, task):
        await until(lambda: heard.contacts, "the first word of the contact")
        rig.end.cut()
        await until(task.done, "the run to end")
        assert isinstance(task.exception(), DeviceLost)
        assert heard.contacts[-1] is None


async def test_a_door_that_is_not_connected_says_so(rig: Rig) -> None:
    door = rig.make()
    for command in (door.open(200), door.hold(), door.lock(), door.buzz(True)):
        with pytest.raises(DeviceLost):
            await command
    assert rig.end.moves() == []


async def test_it_can_be_run_again_after_the_line_broke(rig: Rig) -> None:
    door = rig.make()
    async with served(door) as (_, task):
        rig.end.cut()
        await until(task.done, "the run to end")
    async with served(door):
        await door.open(300)
    assert rig.end.moves() == [300]


async def test_a_device_that_is_not_there_is_a_house_error_that_may_be_tried_again(rig: Rig) -> None:
    heard = Heard()
    with pytest.raises(HouseError) as caught:
        await rig.missing().run(heard)
    assert caught.value.retry
    assert caught.value.message
    assert heard.ups == 0


async def test_a_hold_lasts_until_lock_and_no_opening_ends_it(rig: Rig) -> None:
    door = rig.make()
    async with served(door):
        await door.hold()
        await door.hold()
        assert rig.end.held()
        await door.open(100)
        assert rig.end.held()
        await door.lock()
        assert not rig.end.held()


async def test_a_buzzer_sounds_until_it_is_told_to_be_quiet(rig: Rig) -> None:
    door = rig.make()
    async with served(door):
        await door.buzz(True)
        assert rig.end.buzzing()
        await door.buzz(False)
        assert not rig.end.buzzing()


async def test_each_press_of_the_exit_button_is_told(rig: Rig) -> None:
    async with served(rig.make()) as (heard, _):
        await until(lambda: heard.contacts, "the first word of the contact")
        rig.end.press_exit()
        rig.end.press_exit()
        await until(lambda: heard.exits == 2, "both presses")
