"""A wire that misbehaves: a TCP proxy on a loopback port, before a broker, that can cut, lose, hold back and crumble what it carries."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Iterator
from enum import StrEnum

HOST = "127.0.0.1"
AT_ONCE = 64 * 1024
CRUMB = 7
"""The most bytes in a piece of a stream that is split."""
WORTH_CUTTING = 64
"""A shorter piece may be a ping; a longer one is a message."""


class Way(StrEnum):
    """UP: from who connected here to who is behind."""

    UP = "up"
    DOWN = "down"


class Proxy:
    """Carries connections to a port behind it. The faults are fields, so they add up; `heal` takes all of them away."""

    def __init__(self, behind: int, seed: int) -> None:
        self.behind = behind
        self.port = 0
        self.swallow: frozenset[Way] = frozenset()
        """Ways whose bytes vanish while the connection stands. TCP loses nothing out of the middle: such a way is silent for good."""
        self.latency_s = 0.0
        self.rate = 0
        """Bytes a second each way; 0: as fast as they come."""
        self.split = False
        """Forward in pieces of 1 to CRUMB bytes."""
        self.cuts = 0
        """How often a message was cut in its middle."""
        self.swallowed = 0
        """How many bytes have vanished."""
        self._cut_next = False
        self._chance = random.Random(seed)  # noqa: S311 - a repeatable fault, not a secret
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen on a free port, the same one after a stop."""
        self._server = await asyncio.start_server(self._come, HOST, self.port, limit=AT_ONCE)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Every connection is reset, and nobody listens any more."""
        if self._server:
            self._server.close()
            self.abort()
            await self._server.wait_closed()
            await asyncio.gather(*self._serving)

    @property
    def carrying(self) -> int:
        """How many connections stand."""
        return len(self._ends) // 2

    def abort(self) -> None:
        """Reset (RST) every connection that stands, both ends."""
        for end in list(self._ends):
            _reset(end)

    def cut(self) -> None:
        """The next message on its way up is forwarded half, then everything is reset."""
        self._cut_next = True

    def heal(self) -> None:
        """Everything new goes through as it comes. A connection out of which bytes were lost stays dead until somebody gives it up."""
        self.swallow, self.latency_s, self.rate, self.split, self._cut_next = frozenset(), 0.0, 0, False, False

    def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer), name="proxy")
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            reader_behind, writer_behind = await asyncio.open_connection(HOST, self.behind, limit=AT_ONCE)
        except OSError:  # nobody behind: whoever came sees that at once
            _reset(writer)
            return
        ends = {writer, writer_behind}
        self._ends |= ends
        try:
            await asyncio.gather(self._carry(Way.UP, reader, writer_behind), self._carry(Way.DOWN, reader_behind, writer))
        finally:
            self._ends -= ends
            for end in ends:
                end.close()

    async def _carry(self, way: Way, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        """One way of one connection, until its source ends. The end of a way that is silent is not told either (half open)."""
        silent = False
        with contextlib.suppress(ConnectionError):
            while data := await source.read(AT_ONCE):
                if self.latency_s:
                    await asyncio.sleep(self.latency_s)
                silent = silent or way in self.swallow
                if silent:
                    self.swallowed += len(data)
                    continue
                if self._cut_next and way is Way.UP and len(data) >= WORTH_CUTTING:
                    await self._half(data, to)
                    return
                await self._forward(data, to)
        if not silent:
            to.close()

    async def _forward(self, data: bytes, to: asyncio.StreamWriter) -> None:
        for piece in self._pieces(data):
            to.write(piece)
            await to.drain()  # raises ConnectionError once the other end is gone
            await asyncio.sleep(len(piece) / self.rate if self.rate else 0)

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        """As the faults are when each piece is due: one that is healed stops in the middle of what was read."""
        begin = 0
        while begin < len(data):
            size = self._chance.randint(1, CRUMB) if self.split else max(1, self.rate // 20) if self.rate else len(data)
            yield data[begin : begin + size]
            begin += size

    async def _half(self, data: bytes, to: asyncio.StreamWriter) -> None:
        self._cut_next = False
        self.cuts += 1
        to.write(data[: len(data) // 2])
        await to.drain()
        self.abort()


def _reset(end: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN, and drop what is not yet sent."""
    with contextlib.suppress(OSError):
        end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.transport.abort()
