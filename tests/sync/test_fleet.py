"""A small fleet of light edges for a short while: what they say of loss, doubles and lag is true, also when the broker dies under them."""

from __future__ import annotations

import asyncio
import math
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hw_sim.broker import Broker
from hw_sim.central import Central
from hw_sim.fleet import Fleet, Load, at_central, fleet
from hw_sim.light_edge import LightEdge

from tests.support.facility import until


class Here:
    """A broker and a central server for a fleet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = Broker(folder / "broker")
        self.central: Central

    async def __aenter__(self) -> Here:
        await self.broker.start()
        self.central = Central(self.folder / "central", self.address)
        await self.central.start()
        await until(lambda: self.central.connected, "central to be connected")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.central.stop()
        self.broker.stop()

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.broker.port

    def fleet(self, number: int) -> Fleet:
        return Fleet(number, self.address, self.central.public_key)


async def test_a_fleet_counts_what_central_holds(tmp_path: Path) -> None:
    async with Here(tmp_path) as here:
        await here.central.edit([("put", "customer", "c-1", {"name": "Grace"})])
        load = await here.fleet(4).run(10, 1, lambda said: None)
        assert (load.edges, load.happened, load.lost, load.doubled, load.ok) == (4, 40, 0, 0, True)
        assert len(load.lags) == 40
        assert 0 < load.lag(0.5) <= load.lag(0.99) < 10
        assert at_central(tmp_path / "central" / "central.db") == (40, 0)
        position = here.central.store.position()
        assert {seen.roster for seen in here.central.watch.edges.values()} == {position}


async def test_a_broker_that_dies_under_a_fleet_costs_no_event(tmp_path: Path) -> None:
    async with Here(tmp_path) as here:
        flying = here.fleet(3)
        running = asyncio.create_task(flying.run(10, 3, lambda said: None))
        await until(lambda: all(edge.acked > 5 for edge in flying.edges), "every edge to be under way", 20)
        here.broker.kill()
        await here.broker.start()
        load = await running
        assert (load.happened, load.lost, load.doubled) == (90, 0, 0)
        assert load.connections > 3
        assert at_central(tmp_path / "central" / "central.db") == (90, 0)


async def test_a_central_that_holds_something_else_is_found_out(tmp_path: Path) -> None:
    """It says that it has events, with another hash of the chain than theirs: they count as lost, and the ack as one that does not fit."""
    async with Here(tmp_path) as here:
        edge = LightEdge(1, here.address, here.central.public_key)
        connection = asyncio.create_task(edge.run())
        await until(lambda: edge.answered, "central to have answered")
        here.central.store.take(edge._topics.base, edge.log_id, 1, b"another past", [b'{"seq": 1, "kind": "forged"}'])
        edge.happens()
        await until(lambda: edge.misfits, "the ack not to fit")
        assert (edge.acked, edge.last) == (0, 1)
        connection.cancel()
        await asyncio.gather(connection, return_exceptions=True)


def test_the_lag_of_nothing_is_no_number() -> None:
    assert math.isnan(Load(edges=1, happened=0, lost=0, doubled=0, lags=[], connections=1).lag(0.99))


def test_the_command_brings_its_own_broker_and_central_and_says_what_became_of_it() -> None:
    said = CliRunner().invoke(fleet, ["2", "--rate", "5", "--seconds", "1"])
    assert said.exit_code == 0, said.output
    assert re.search(
        r"^2 edges, 10 events: lost 0, doubled 0, lag p50 \d+ ms, p99 \d+ ms, 2 connections$", said.output, re.MULTILINE
    )


@pytest.mark.parametrize(
    "options", [["--broker", "127.0.0.1:1"], ["--broker", "127.0.0.1:1", "--key", "x"], ["--broker", "nowhere"]]
)
def test_a_broker_goes_with_the_key_of_its_central(options: list[str]) -> None:
    assert CliRunner().invoke(fleet, ["2", *options]).exit_code == 2
