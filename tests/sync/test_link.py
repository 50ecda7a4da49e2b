"""A broker that does not answer: what is left behind, and how soon it is seen."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvloop
from hw_sim.broker import Broker
from hw_sim.proxy import Proxy, Way

from edge.sync import link
from tests.support.facility import until


@contextlib.asynccontextmanager
async def wire(folder: Path) -> AsyncIterator[Proxy]:
    """A broker behind a proxy."""
    broker = Broker(folder)
    await broker.start()
    proxy = Proxy(broker.port, 1)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
        broker.stop()


def connect(proxy: Proxy) -> contextlib.AbstractAsyncContextManager[link.Link]:
    return link.connect("127.0.0.1", proxy.port, identifier="e", subscribe="down/#", will=("up/state", b""))


async def test_a_broker_that_takes_connections_and_says_nothing_costs_no_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a night of it would leave the gate without file handles."""
    monkeypatch.setattr(link, "PUBLISH_S", 0.2)
    async with wire(tmp_path) as proxy:
        proxy.swallow = frozenset({Way.DOWN})
        tasks = len(asyncio.all_tasks())
        for _ in range(5):
            with pytest.raises(link.LinkLost, match="timed out"):
                async with connect(proxy):
                    raise AssertionError("connected to nobody")
        await until(lambda: not proxy.carrying, "every connection to be closed")
        assert len(asyncio.all_tasks()) == tasks


async def test_a_connection_lost_before_the_broker_answered_is_seen_at_once(tmp_path: Path) -> None:
    async with wire(tmp_path) as proxy:
        proxy.swallow = frozenset({Way.DOWN})
        connecting = asyncio.create_task(connect(proxy).__aenter__())
        await until(lambda: proxy.swallowed, "the broker's answer to vanish")
        proxy.abort()
        async with asyncio.timeout(link.PUBLISH_S / 2):
            with pytest.raises(link.LinkLost, match="lost before the broker answered"):
                await connecting


@pytest.mark.parametrize("way", [Way.UP, Way.DOWN])
async def test_half_open_is_seen_when_a_message_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Way) -> None:
    monkeypatch.setattr(link, "PUBLISH_S", 0.5)
    async with wire(tmp_path) as proxy, connect(proxy) as open_link:
        proxy.swallow = frozenset({way})
        with pytest.raises(link.LinkLost, match="did not take a message"):
            await open_link.publish("up/x", b"{}", "application/json")


async def test_a_connection_that_is_reset_as_soon_as_it_stands_is_seen_at_once() -> None:
    """On the loop that the edge runs on: it stops watching a socket that is reset, whatever there was still to read."""
    chance = random.Random(1)

    async def answer_and_reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(bytes.fromhex("2003000000"))  # CONNACK: welcome
        await asyncio.sleep(chance.choice((0, 0.0005, 0.001, 0.002)))
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def connect_often(port: int) -> None:
        for _ in range(100):
            async with asyncio.timeout(3):
                with pytest.raises(link.LinkLost):
                    async with link.connect("127.0.0.1", port, identifier="e", subscribe="down/#", will=("up/state", b"")):
                        raise AssertionError("nobody answers a subscription")

    def edge(port: int) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(connect_often(port))

    async with await asyncio.start_server(answer_and_reset, "127.0.0.1", 0) as server:
        await asyncio.to_thread(edge, server.sockets[0].getsockname()[1])
