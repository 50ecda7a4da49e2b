"""A door board: a relay, a door that takes time to travel, and its contact. The other end of the door line protocol."""

from __future__ import annotations

import asyncio
import contextlib
import time

from msgspec import Struct

from edge.drivers import door_wire
from edge.drivers.framing import LineFramer


class RelayMove(Struct, frozen=True):
    """The relay pulled in: when (s since 1970) and for how long (ms)."""

    at: float
    ms: int


class DoorBoard:
    """Serves one door on a TCP port. With a walker, each release is used: the contact opens after travel_s and closes again."""

    def __init__(self, name: str, *, walker: bool = True, travel_s: float = 0.05) -> None:
        self.name = name
        self.moves: list[RelayMove] = []
        self.port = 0
        self.closed = True
        self.held = False
        """Held released: from `hold` to `lock`."""
        self.locks = 0
        """How often it was told to lock."""
        self.buzzing = False
        self.emergency = False
        self.silent = False
        """Takes commands and answers nothing: a board that hangs."""
        self._walker, self._travel_s = walker, travel_s
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()
        self._walk: asyncio.Task[None] | None = None
        self.changed = asyncio.Event()

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._walk:
            self._walk.cancel()
        if self._server:
            self._server.close()
            self.cut()
            await self._server.wait_closed()

    def cut(self) -> None:
        """The line breaks; the driver connects again."""
        for line in self._lines:
            line.close()

    def contact(self, *, closed: bool) -> None:
        """Somebody moves the door by hand."""
        self.closed = closed
        self._tell(door_wire.Contact(closed))

    def press_exit(self) -> None:
        """Somebody presses the exit button."""
        self._tell(door_wire.Exit())

    def set_emergency(self, on: bool) -> None:
        """The emergency input changes."""
        self.emergency = on
        self._tell(door_wire.Emergency(on))

    def _tell(self, message: door_wire.Message) -> None:
        for line in self._lines:
            with contextlib.suppress(ConnectionError):
                line.write(door_wire.encode(message))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer = LineFramer(b"\n", cap=door_wire.LONGEST)
        self._lines.add(writer)
        writer.write(door_wire.encode(door_wire.Contact(self.closed)) + door_wire.encode(door_wire.Emergency(self.emergency)))
        try:
            while data := await reader.read(4096):
                for line in framer.feed(data):
                    self._handle(door_wire.decode(line), writer)
        except ConnectionError:
            pass  # the line was cut under us: the driver comes back
        finally:
            self._lines.discard(writer)
            writer.close()

    def _handle(self, message: door_wire.Message | None, writer: asyncio.StreamWriter) -> None:
        match message:
            case door_wire.Open(id, ms):
                self.moves.append(RelayMove(time.time(), ms))
                self.changed.set()
                if not self.silent:
                    writer.write(door_wire.encode(door_wire.Ok(id)))
                if self._walker and (self._walk is None or self._walk.done()):
                    self._walk = asyncio.create_task(self._pass_through(), name=f"walk {self.name}")
            case door_wire.Hold(id) | door_wire.Lock(id) | door_wire.Buzz(id) | door_wire.Ping(id):
                self._obey(message)
                if not self.silent:
                    writer.write(door_wire.encode(door_wire.Ok(id)))
            case _:
                pass

    def _obey(self, message: door_wire.Message) -> None:
        match message:
            case door_wire.Hold():
                self.held = True
            case door_wire.Lock():
                self.held = False
                self.locks += 1
            case door_wire.Buzz(on=on):
                self.buzzing = on

    async def _pass_through(self) -> None:
        await asyncio.sleep(self._travel_s)
        self.contact(closed=False)
        await asyncio.sleep(self._travel_s)
        self.contact(closed=True)
