"""A broker that does not answer: what is left behind, and how soon it is seen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
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
