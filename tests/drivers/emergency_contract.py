"""The contract of ports.EmergencyInput, as a suite: run over every adapter that can be run here, against its simulator.

A module that tests an adapter gives a fixture `rig` (an EmergencyRig) and imports the tests with `from ... import *`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from edge.core.errors import DeviceLost, HouseError
from edge.ports import EmergencyInput
from tests.support.facility import until

__all__ = [
    "EmergencyRig",
    "test_a_line_that_breaks_ends_the_run_and_says_neither_on_nor_off",
    "test_an_input_that_is_not_there_is_a_house_error_that_may_be_tried_again",
    "test_an_input_that_is_on_at_connect_is_told",
    "test_it_can_be_watched_again_after_the_line_broke",
    "test_it_is_told_at_connect_and_at_each_change",
]


class OtherEnd(Protocol):
    """What the simulator at the other end can do."""

    def set(self, on: bool) -> None: ...

    def cut(self) -> None: ...


@dataclass
class EmergencyRig:
    """An adapter with its other end. make: a fresh adapter wired to it; missing: one wired to nothing."""

    make: Callable[[], EmergencyInput]
    missing: Callable[[], EmergencyInput]
    end: OtherEnd


@dataclass
class Heard:
    """An EmergencySink that writes down what it hears."""

    said: list[bool] = field(default_factory=list)
    ups: int = 0
    troubles: list[str] = field(default_factory=list)

    def emergency(self, on: bool) -> None:
        self.said.append(on)

    def up(self, detail: str = "") -> None:
        self.ups += 1

    def trouble(self, detail: str) -> None:
        self.troubles.append(detail)


@contextlib.asynccontextmanager
async def watched(emergency: EmergencyInput) -> AsyncIterator[tuple[Heard, asyncio.Task[None]]]:
    heard = Heard()
    task = asyncio.create_task(emergency.run(heard))
    await until(lambda: heard.said or task.done(), "the input to be learnt")
    try:
        yield heard, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_is_told_at_connect_and_at_each_change(rig: EmergencyRig) -> None:
    async with watched(rig.make()) as (heard, _):
        assert (heard.said, heard.ups) == ([False], 1)
        rig.end.set(True)
        await until(lambda: heard.said == [False, True], "the input to be on")
        rig.end.set(False)
        await until(lambda: heard.said == [False, True, False], "the input to be off")
        assert heard.troubles == []


async def test_an_input_that_is_on_at_connect_is_told(rig: EmergencyRig) -> None:
    rig.end.set(True)
    async with watched(rig.make()) as (heard, _):
        assert heard.said == [True]


async def test_a_line_that_breaks_ends_the_run_and_says_neither_on_nor_off(rig: EmergencyRig) -> None:
    async with watched(rig.make()) as (heard, task):
        rig.end.cut()
        await until(task.done, "the run to end")
        assert isinstance(task.exception(), DeviceLost)
        assert heard.said == [False]


async def test_it_can_be_watched_again_after_the_line_broke(rig: EmergencyRig) -> None:
    emergency = rig.make()
    async with watched(emergency) as (_, task):
        rig.end.cut()
        await until(task.done, "the run to end")
    rig.end.set(True)
    async with watched(emergency) as (heard, _):
        assert heard.said == [True]


async def test_an_input_that_is_not_there_is_a_house_error_that_may_be_tried_again(rig: EmergencyRig) -> None:
    heard = Heard()
    with pytest.raises(HouseError) as caught:
        await rig.missing().run(heard)
    assert caught.value.retry
    assert (heard.ups, heard.said) == (0, [])
