"""A door board, or the simulated door, that speaks the door line protocol over TCP; and the emergency input of one."""

from __future__ import annotations

from edge.core.device import LineDoor as LineDoorSettings
from edge.drivers import door_wire
from edge.drivers.board_line import BoardLine
from edge.ports import DoorSink, EmergencySink


class LineDoor:
    """ports.Door over the line protocol."""

    def __init__(self, settings: LineDoorSettings) -> None:
        self.name = settings.name
        self._exit_button = settings.exit_button
        self._sink: DoorSink | None = None
        self._line = BoardLine(f"door {self.name}", settings.address, self._said)

    async def run(self, sink: DoorSink) -> None:
        self._sink = sink
        try:
            await self._line.run(sink)
        finally:
            sink.contact(None)

    def _said(self, message: door_wire.Message | None) -> bool:
        assert self._sink is not None  # the line is read within run alone
        match message:
            case door_wire.Contact(closed):
                self._sink.contact(closed)
            case door_wire.Exit():
                if self._exit_button:
                    self._sink.exit_pressed()
            case door_wire.Emergency():
                pass  # [emergency] says which board is listened to for it, on a line of its own
            case _:
                return False
        return True

    async def open(self, strike_ms: int) -> None:
        await self._line.ask(lambda id: door_wire.Open(id, strike_ms))

    async def hold(self) -> None:
        await self._line.ask(door_wire.Hold)

    async def lock(self) -> None:
        await self._line.ask(door_wire.Lock)

    async def buzz(self, on: bool) -> None:
        await self._line.ask(lambda id: door_wire.Buzz(id, on))


class LineEmergency:
    """ports.EmergencyInput: what a door board says of its emergency input, over a connection of its own."""

    name = "input"

    def __init__(self, address: str) -> None:
        self._sink: EmergencySink | None = None
        self._line = BoardLine("emergency input", address, self._said)

    async def run(self, sink: EmergencySink) -> None:
        self._sink = sink
        await self._line.run(sink)

    def _said(self, message: door_wire.Message | None) -> bool:
        assert self._sink is not None  # the line is read within run alone
        if isinstance(message, door_wire.Emergency):
            self._sink.emergency(message.on)
        return message is not None
