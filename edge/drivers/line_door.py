"""A door board, or the simulated door, that speaks the door line protocol over TCP."""

from __future__ import annotations

import asyncio

from edge.core.errors import DeviceLost
from edge.drivers import door_wire
from edge.drivers.framing import LineFramer
from edge.drivers.trouble import mapped
from edge.ports import DoorSink
from edge.settings import LineDoor as LineDoorSettings
from edge.settings import host_port

ANSWER_S = 2.0
PING_EVERY_S = 5.0


class LineDoor:
    """ports.Door over the line protocol. A board that does not answer within two seconds is lost."""

    def __init__(self, settings: LineDoorSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._next = 0

    async def run(self, sink: DoorSink) -> None:
        host, port = host_port(self._settings.address)
        what = f"door {self.name}"
        with mapped(what, self._settings.address):
            reader, writer = await asyncio.open_connection(host, port)
        self._writer = writer
        sink.up("connected")
        pings = asyncio.create_task(self._ping(), name=f"ping door {self.name}")
        try:
            with mapped(what, self._settings.address):
                await self._read(reader, sink, pings)
        finally:
            pings.cancel()
            self._writer = None
            writer.close()
            sink.contact(None)
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(DeviceLost(f"{what}: the line was cut before it answered"))
            self._waiting.clear()

    async def _read(self, reader: asyncio.StreamReader, sink: DoorSink, pings: asyncio.Task[None]) -> None:
        framer = LineFramer(b"\n", cap=door_wire.LONGEST)
        incoming = asyncio.create_task(reader.read(4096), name=f"read door {self.name}")
        try:
            while True:
                await asyncio.wait({incoming, pings}, return_when=asyncio.FIRST_COMPLETED)
                if pings.done():
                    pings.result()  # raises what the ping met
                data = incoming.result()
                if not data:
                    raise DeviceLost(f"door {self.name}: {self._settings.address} closed the line")
                for line in framer.feed(data):
                    self._handle(door_wire.decode(line), sink)
                incoming = asyncio.create_task(reader.read(4096), name=f"read door {self.name}")
        finally:
            incoming.cancel()

    def _handle(self, message: door_wire.Message | None, sink: DoorSink) -> None:
        match message:
            case door_wire.Ok(id):
                self._settle(id, None)
            case door_wire.Err(id, why):
                self._settle(id, DeviceLost(f"door {self.name}: the board refused: {why}"))
            case door_wire.Contact(closed):
                sink.contact(closed)
            case _:
                sink.trouble("a line that is not of the door protocol was ignored")

    def _settle(self, id: int, error: DeviceLost | None) -> None:
        waiting = self._waiting.pop(id, None)
        if waiting is None or waiting.done():
            return
        if error:
            waiting.set_exception(error)
        else:
            waiting.set_result(None)

    async def open(self, strike_ms: int) -> None:
        self._next += 1
        await self._ask(door_wire.Open(self._next, strike_ms), self._next)

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_EVERY_S)
            self._next += 1
            await self._ask(door_wire.Ping(self._next), self._next)

    async def _ask(self, message: door_wire.Message, id: int) -> None:
        writer = self._writer
        if writer is None:
            raise DeviceLost(f"door {self.name}: not connected to {self._settings.address}")
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[id] = answered
        try:
            writer.write(door_wire.encode(message))
            async with asyncio.timeout(ANSWER_S):
                await answered
        except TimeoutError as error:
            raise DeviceLost(f"door {self.name}: no answer within {ANSWER_S:.0f} s. Check the board's power and line.") from error
        finally:
            self._waiting.pop(id, None)
