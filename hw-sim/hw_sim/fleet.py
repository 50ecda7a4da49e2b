"""`hw-sim fleet`: many light edges against one broker as a load; at the end what was lost, what was doubled, and how late central was."""

from __future__ import annotations

import asyncio
import contextlib
import math
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from edge.sync import wire
from hw_sim.broker import Broker, broker_address
from hw_sim.central_run import central_process
from hw_sim.light_edge import SITE, LightEdge

PATIENCE_S = 30.0
"""How long the edges may take to be answered, and central, after the last event, to have everything."""
TELL_S = 5.0


class Load(Struct, frozen=True, kw_only=True):
    """What became of the events. lost: central did not say in time that it has them. lags: seconds from each to central's word for it."""

    edges: int
    happened: int
    lost: int
    doubled: int
    lags: list[float]
    connections: int

    def lag(self, share: float) -> float:
        """The lag that this share of the events did not exceed; nan when there is none."""
        ordered = sorted(self.lags)
        return ordered[math.ceil(share * len(ordered)) - 1] if ordered else math.nan

    @property
    def ok(self) -> bool:
        return not self.lost and not self.doubled

    def line(self) -> str:
        return (
            f"{self.edges} edges, {self.happened} events: lost {self.lost}, doubled {self.doubled}, "
            f"lag p50 {1000 * self.lag(0.5):.0f} ms, p99 {1000 * self.lag(0.99):.0f} ms, {self.connections} connections"
        )


class Fleet:
    """So many light edges at one broker. Central proves with the chain's hash in its acks that it has an edge's events once each, in order."""

    def __init__(self, number: int, broker: tuple[str, int], key: str) -> None:
        """key: central's public key, base64."""
        self.edges = [LightEdge(n, broker, key) for n in range(1, number + 1)]

    async def run(self, rate: float, seconds: float, tell: Callable[[str], None]) -> Load:
        """`rate` events a second at each edge for so long, then as long as central needs, within PATIENCE_S. Raises TimeoutError when not all are answered at first."""
        connections = [asyncio.create_task(edge.run(), name=edge.name) for edge in self.edges]
        try:
            async with asyncio.timeout(PATIENCE_S):
                await _until(lambda: all(edge.answered for edge in self.edges))
            telling = asyncio.create_task(self._telling(tell), name="fleet: progress")
            share = 1 / rate / len(self.edges)
            await asyncio.gather(*(_events(edge, rate, seconds, n * share) for n, edge in enumerate(self.edges)))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    await _until(lambda: all(edge.acked == edge.last for edge in self.edges))
            telling.cancel()
        finally:
            for task in connections:
                task.cancel()
            await asyncio.gather(*connections, return_exceptions=True)
        return self._load()

    def _load(self) -> Load:
        edges = self.edges
        return Load(
            edges=len(edges), happened=sum(e.last for e in edges), lost=sum(e.last - e.acked for e in edges), doubled=sum(e.misfits for e in edges),
            lags=[lag for e in edges for lag in e.lags], connections=sum(e.connections for e in edges),
        )  # fmt: skip

    async def _telling(self, tell: Callable[[str], None]) -> None:
        while True:
            await asyncio.sleep(TELL_S)
            tell(self._load().line().replace("lost", "on the way"))


async def _events(edge: LightEdge, rate: float, seconds: float, first: float) -> None:
    """At an even pace, beginning after `first` seconds: the edges take turns."""
    loop = asyncio.get_running_loop()
    begun = loop.time() + first
    for number in range(round(rate * seconds)):
        await asyncio.sleep(max(0.0, begun + number / rate - loop.time()))
        edge.happens()


async def _until(fact: Callable[[], bool]) -> None:
    while not fact():  # noqa: ASYNC110 - a fact of many edges has no event of its own
        await asyncio.sleep(0.02)


def at_central(store: Path) -> tuple[int, int]:
    """(events of a fleet that central's database holds, how many of them it holds more than once)."""
    with contextlib.closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True)) as db:
        base = wire.Topics(SITE, "").base
        held, different = db.execute(
            "SELECT count(*), count(DISTINCT body) FROM event WHERE substr(edge, 1, ?) = ?", (len(base), base)
        ).fetchone()
    return held, held - different


async def by_itself(number: int, rate: float, seconds: float, tell: Callable[[str], None]) -> Load:
    """A fleet with a broker and a central server of its own; what was lost and doubled is counted in central's database."""
    with tempfile.TemporaryDirectory(prefix="hw-sim-fleet-") as name:
        folder = Path(name)
        broker = Broker(folder / "broker")
        await broker.start()
        try:
            async with central_process(folder / "central", broker.port) as key:
                load = await Fleet(number, ("127.0.0.1", broker.port), key).run(rate, seconds, tell)
        finally:
            broker.stop()
        held, doubled = at_central(folder / "central" / "central.db")
        return msgspec.structs.replace(load, lost=load.happened - (held - doubled), doubled=doubled)


@click.command()
@click.argument("number", type=click.IntRange(1, 1000))
@click.option("--rate", default=1.0, show_default=True, type=click.FloatRange(0.01, 1000), help="Events a second at each edge.")
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(1), help="For how long.")
@click.option(
    "--broker", metavar="HOST:PORT", callback=broker_address, help="A broker with a central server; both of its own otherwise."
)
@click.option("--key", help="With --broker: central's public key, as `hw-sim central` says it.")
def fleet(number: int, rate: float, seconds: float, broker: tuple[str, int] | None, key: str | None) -> None:
    """NUMBER light edges as a load on one broker and one central server. Ends with 0 only when nothing was lost or doubled."""
    if broker:
        try:
            wire.public_key(key or "")
        except ValueError as error:
            raise click.UsageError(
                "--broker needs --key, a public key: what central says is believed for its signature alone"
            ) from error
    made = (
        Fleet(number, broker, key or "").run(rate, seconds, click.echo) if broker else by_itself(number, rate, seconds, click.echo)
    )
    try:
        load = asyncio.run(made)
    except TimeoutError as error:
        raise click.ClickException("not every edge was answered: does a central server with this key serve the broker?") from error
    click.echo(load.line())
    raise SystemExit(not load.ok)
