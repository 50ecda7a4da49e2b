"""One connection to a door board (or the simulated one): questions with their answers, a ping, and what the board says by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from edge.core.errors import DeviceLost
from edge.drivers import door_wire
from edge.drivers.framing import LineFramer
from edge.drivers.trouble import mapped
from edge.settings import host_port

ANSWER_S = 2.0
PING_EVERY_S = 5.0


class LineSink(Protocol):
    """What a board's line is told to: how it is."""

    def up(self, detail: str = "") -> None: ...

    def trouble(self, detail: str) -> None: ...


class BoardLine:
    """The door line protocol at this address. A board that does not answer within two seconds is lost.

    what: the device in words, for errors. said: takes what the board says by itself; False: it makes no sense here.
    """

    def __init__(self, what: str, address: str, said: Callable[[door_wire.Message | None], bool]) -> None:
        self._what, self._address, self._said = what, address, said
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._next = 0

    async def run(self, sink: LineSink) -> None:
        """Hold the line until cancelled. Raises DeviceLost."""
        host, port = host_port(self._address)
        with mapped(self._what, self._address):
            reader, writer = await asyncio.open_connection(host, port)
        self._writer = writer
        sink.up("connected")
        pings = asyncio.create_task(self._ping(), name=f"ping {self._what}")
        try:
            with mapped(self._what, self._address):
                await self._read(reader, sink, pings)
        finally:
            pings.cancel()
            self._writer = None
            writer.close()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(DeviceLost(f"{self._what}: the line was cut before it answered"))
            self._waiting.clear()

    async def _read(self, reader: asyncio.StreamReader, sink: LineSink, pings: asyncio.Task[None]) -> None:
        framer = LineFramer(b"\n", cap=door_wire.LONGEST)
        incoming = asyncio.create_task(reader.read(4096), name=f"read {self._what}")
        try:
            while True:
                await asyncio.wait({incoming, pings}, return_when=asyncio.FIRST_COMPLETED)
                if pings.done():
                    pings.result()  # raises what the ping met
                data = incoming.result()
                if not data:
                    raise DeviceLost(f"{self._what}: {self._address} closed the line")
                for line in framer.feed(data):
                    self._handle(door_wire.decode(line), sink)
                incoming = asyncio.create_task(reader.read(4096), name=f"read {self._what}")
        finally:
            incoming.cancel()

    def _handle(self, message: door_wire.Message | None, sink: LineSink) -> None:
        match message:
            case door_wire.Ok(id):
                self._settle(id, None)
            case door_wire.Err(id, why):
                self._settle(id, DeviceLost(f"{self._what}: the board refused: {why}"))
            case _:
                if not self._said(message):
                    sink.trouble("a line that is not of the door protocol was ignored")

    def _settle(self, id: int, error: DeviceLost | None) -> None:
        waiting = self._waiting.pop(id, None)
        if waiting is None or waiting.done():
            return
        if error:
            waiting.set_exception(error)
        else:
            waiting.set_result(None)

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_EVERY_S)
            await self.ask(door_wire.Ping)

    async def ask(self, make: Callable[[int], door_wire.Message]) -> None:
        """Send the message with a new id; returns when the board has answered ok. Raises DeviceLost."""
        writer = self._writer
        if writer is None:
            raise DeviceLost(f"{self._what}: not connected to {self._address}")
        self._next += 1
        id = self._next
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[id] = answered
        try:
            writer.write(door_wire.encode(make(id)))
            async with asyncio.timeout(ANSWER_S):
                await answered
        except TimeoutError as error:
            raise DeviceLost(f"{self._what}: no answer within {ANSWER_S:.0f} s. Check the board's power and line.") from error
        finally:
            self._waiting.pop(id, None)
