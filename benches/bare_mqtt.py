"""The limit of the sync's benches: MQTT 5 over a bare asyncio connection, as little as moves a message at QoS 1.

`python -m benches.bare_mqtt PORT` is the other end: it takes every batch and answers it with a word, storing and judging nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import struct
import sys
from collections.abc import AsyncIterator, Iterable
from types import TracebackType

CONNECT, PUBLISH, PUBACK, SUBSCRIBE = 0x10, 0x32, 0x40, 0x82
UP, DOWN = "bare/up", "bare/down"


def text(said: str) -> bytes:
    return struct.pack(">H", len(said)) + said.encode()


def packet(kind: int, body: bytes) -> bytes:
    """A control packet: kind and flags, the length of the rest as a variable byte integer, the rest."""
    length, head = len(body), bytearray([kind])
    while True:
        length, low = divmod(length, 128)
        head.append(low | (0x80 if length else 0))
        if not length:
            return bytes(head) + body


class Bare:
    """One connection. A message is taken note of (PUBACK) before it is handed out."""

    def __init__(self, port: int, name: str) -> None:
        self._port, self._name = port, name
        self._numbers = itertools.cycle(range(1, 0x10000))

    async def __aenter__(self) -> Bare:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(packet(CONNECT, text("MQTT") + bytes([5, 0x02, 0, 60, 0]) + text(self._name)))
        await self._packet()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._writer.close()

    async def subscribe(self, topic: str) -> None:
        self._writer.write(packet(SUBSCRIBE, struct.pack(">HB", 1, 0) + text(topic) + b"\x01"))
        await self._packet()

    def publish(self, topic: str, payload: bytes) -> None:
        """Written at once; its PUBACK is passed over when it comes."""
        self._writer.write(packet(PUBLISH, text(topic) + struct.pack(">HB", next(self._numbers), 0) + payload))

    async def messages(self) -> AsyncIterator[bytes]:
        """The payloads as they come."""
        while True:
            kind, body = await self._packet()
            if kind & 0xF0 == PUBLISH & 0xF0:
                at = 2 + int.from_bytes(body[:2], "big")
                self._writer.write(packet(PUBACK, body[at : at + 2]))
                yield body[at + 3 + body[at + 2] :]

    async def _packet(self) -> tuple[int, bytes]:
        kind = (await self._reader.readexactly(1))[0]
        length = shift = 0
        while True:
            low = (await self._reader.readexactly(1))[0]
            length |= (low & 0x7F) << shift
            shift += 7
            if low < 0x80:
                return kind, await self._reader.readexactly(length)


async def move(port: int, batches: Iterable[bytes], window: int) -> None:
    """Send the batches, at most `window` of them unanswered at a time; returns when the last one is answered."""
    waiting, sent, answered = iter(batches), 0, 0
    async with Bare(port, "bare-edge") as bare:
        await bare.subscribe(DOWN)
        for batch in itertools.islice(waiting, window):
            bare.publish(UP, batch)
            sent += 1
        async for _ in bare.messages():
            answered += 1
            for batch in itertools.islice(waiting, 1):
                bare.publish(UP, batch)
                sent += 1
            if answered == sent:
                return


async def _answer(port: int) -> None:
    async with Bare(port, "bare-central") as bare:
        await bare.subscribe(UP)
        print("ready", flush=True)
        async for _ in bare.messages():
            bare.publish(DOWN, b"taken")


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_answer(int(sys.argv[1])))
