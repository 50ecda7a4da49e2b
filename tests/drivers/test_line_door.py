"""The door board's driver, by the contract of a door, and on a line that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from hw_sim.door import DoorBoard

from edge.core.device import LineDoor as LineDoorSettings
from edge.core.errors import DeviceLost
from edge.drivers.line_door import LineDoor
from tests.drivers.contract import *  # noqa: F403 - the contract's tests run here over this adapter
from tests.drivers.contract import Rig, served
from tests.support.facility import until


class Board:
    """The simulated board as the contract sees it."""

    def __init__(self, board: DoorBoard) -> None:
        self.board = board

    def moves(self) -> list[int]:
        return [m.ms for m in self.board.moves]

    def contact(self, *, closed: bool) -> None:
        self.board.contact(closed=closed)

    def held(self) -> bool:
        return self.board.held

    def buzzing(self) -> bool:
        return self.board.buzzing

    def press_exit(self) -> None:
        self.board.press_exit()

    def cut(self) -> None:
        self.board.cut()


def door_at(port: int) -> LineDoor:
    return LineDoor(LineDoorSettings(name="north", address=f"127.0.0.1:{port}"))


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    board = DoorBoard("north", walker=False)
    await board.start()
    unused = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    nobody = unused.sockets[0].getsockname()[1]
    unused.close()
    await unused.wait_closed()
    yield Rig(make=lambda: door_at(board.port), missing=lambda: door_at(nobody), end=Board(board))
    await board.stop()


@contextlib.asynccontextmanager
async def line(answers: list[bytes]) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A board that says exactly this, a piece for each thing it is asked, whatever it is asked."""
    asked: list[bytes] = []
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.readline():
                asked.append(data)
                if left:
                    writer.write(left.pop(0))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], asked
    server.close()
    await server.wait_closed()


async def test_garbage_before_the_answer_is_told_and_costs_nothing() -> None:
    async with line([b"\x00\xff garbage\n" + b"Z" * 5000 + b"\nok 1\n"]) as (port, _), served(door := door_at(port)) as (heard, _):
        await door.open(200)
        assert len(heard.troubles) == 1
        assert "not of the door protocol" in heard.troubles[0]


async def test_an_answer_that_comes_in_pieces_is_an_answer() -> None:
    async with line([b"o", b"k 1\nok 2\n"]) as (port, asked), served(door := door_at(port)):
        first = asyncio.create_task(door.open(200))
        await until(lambda: len(asked) == 1, "the first release to be asked for")
        await door.open(300)
        await first


async def test_a_board_that_refuses_says_why() -> None:
    async with line([b"err 1 relay stuck\n"]) as (port, _), served(door := door_at(port)):
        with pytest.raises(DeviceLost, match="relay stuck"):
            await door.open(200)


async def test_an_answer_to_another_question_is_no_answer() -> None:
    async with line([b"ok 7\nerr 1 no\n"]) as (port, _), served(door := door_at(port)):
        with pytest.raises(DeviceLost, match="no"):
            await door.open(200)


async def test_a_release_under_way_when_the_line_breaks_is_lost_not_forgotten(rig: Rig) -> None:
    board = rig.end.board  # type: ignore[attr-defined]
    board.silent = True
    async with served(door := rig.make()):
        opening = asyncio.create_task(door.open(200))
        await until(lambda: board.moves, "the board to have heard")
        board.cut()
        with pytest.raises(DeviceLost, match="cut before it answered"):
            await opening


async def test_an_exit_button_that_is_not_to_be_listened_to_is_not() -> None:
    board = DoorBoard("north", walker=False)
    await board.start()
    door = LineDoor(LineDoorSettings(name="north", address=f"127.0.0.1:{board.port}", exit_button=False))
    async with served(door) as (heard, _):
        board.press_exit()
        await door.open(100)  # answered after the button was heard
        assert heard.exits == 0
        assert heard.troubles == []
    await board.stop()
