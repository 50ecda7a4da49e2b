"""The emergency input of a door board, by the contract of an emergency input."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hw_sim.door import DoorBoard

from edge.drivers.line_door import LineEmergency
from tests.drivers.emergency_contract import *  # noqa: F403 - the contract's tests run here over this adapter
from tests.drivers.emergency_contract import EmergencyRig


class Board:
    """The simulated board as the contract sees it."""

    def __init__(self, board: DoorBoard) -> None:
        self.board = board

    def set(self, on: bool) -> None:
        self.board.set_emergency(on)

    def cut(self) -> None:
        self.board.cut()


@pytest.fixture
async def rig() -> AsyncIterator[EmergencyRig]:
    board = DoorBoard("north", walker=False)
    await board.start()
    unused = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    nobody = unused.sockets[0].getsockname()[1]
    unused.close()
    await unused.wait_closed()
    yield EmergencyRig(
        make=lambda: LineEmergency(f"127.0.0.1:{board.port}"),
        missing=lambda: LineEmergency(f"127.0.0.1:{nobody}"),
        end=Board(board),
    )
    await board.stop()
