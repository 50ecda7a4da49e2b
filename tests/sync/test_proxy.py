"""The wire that misbehaves does what it says, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from hw_sim.proxy import WORTH_CUTTING, Proxy, Way

from tests.support.facility import until

SAID = bytes(range(256)) * 4


class Line:
    """A connection through the proxy: what came up at the other end, which says the same down again."""

    def __init__(self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, up: list[bytes]) -> None:
        self.proxy, self.reader, self.writer, self.up = proxy, reader, writer, up

    def came(self) -> bytes:
        return b"".join(self.up)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    up: list[bytes] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(4096):
                up.append(data)
                writer.write(data)
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        proxy = Proxy(server.sockets[0].getsockname()[1], 1)
        await proxy.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        yield Line(proxy, reader, writer, up)
        writer.close()
        await proxy.stop()


async def test_crumbs_late_and_slow_are_the_same_bytes_in_the_same_order(line: Line) -> None:
    line.proxy.split, line.proxy.latency_s = True, 0.02
    line.writer.write(SAID)
    assert await line.reader.readexactly(len(SAID)) == SAID
    assert len(line.up) > 1
    line.proxy.heal()
    line.proxy.rate = 10_000
    loop = asyncio.get_running_loop()
    began = loop.time()
    line.writer.write(SAID)
    assert await line.reader.readexactly(len(SAID)) == SAID
    assert loop.time() - began >= len(SAID) / 10_000 / 2


async def test_a_message_is_cut_in_its_middle_and_the_connection_reset(line: Line) -> None:
    line.proxy.cut()
    line.writer.write(b"ping")
    assert await line.reader.readexactly(4) == b"ping"
    line.writer.write(SAID[: 2 * WORTH_CUTTING])
    with pytest.raises(ConnectionResetError):
        await line.reader.readexactly(2 * WORTH_CUTTING)
    assert line.came() == b"ping" + SAID[:WORTH_CUTTING]
    assert line.proxy.cuts == 1


@pytest.mark.parametrize("way", list(Way))
async def test_a_way_that_lost_bytes_is_silent_for_good_and_a_new_connection_is_not(line: Line, way: Way) -> None:
    line.proxy.swallow = frozenset({way})
    line.writer.write(b"lost")
    await until(lambda: line.proxy.swallowed == 4, "the bytes to vanish")
    line.proxy.heal()
    line.writer.write(b"more")
    await until(lambda: line.proxy.swallowed == 8, "what follows to vanish too")
    reader, writer = await asyncio.open_connection("127.0.0.1", line.proxy.port)
    writer.write(b"new")
    assert await reader.readexactly(3) == b"new"
    writer.close()
    line.proxy.abort()
    with pytest.raises(ConnectionResetError):
        await line.reader.read()


async def test_nobody_behind_is_seen_at_once(line: Line) -> None:
    line.proxy.behind = 1
    reader, _ = await asyncio.open_connection("127.0.0.1", line.proxy.port)
    with pytest.raises(ConnectionResetError):
        await reader.read()
