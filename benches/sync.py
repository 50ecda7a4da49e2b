"""drain, drain-tls, resume, admit-sync: a journal's events to central over a real broker.

The edge is in this process, the broker and central each in their own. The limit of a drain is a bare MQTT connection that moves the same
batches with the same window over the same broker, and knows nothing of what is in them.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from hw_sim import fleet as fleets

from benches.admit import ADMITS, Running, admit_times, run
from benches.bare_mqtt import move
from benches.site import codes
from benches.table import Figure, at_least, at_most, below, bench, percentile
from benches.wired import CARDS, EVENTS, Line, acked, batches, drained, people_told, untold
from edge.app import Edge
from edge.settings import parse
from edge.store.files import Files
from edge.sync.outbox import WINDOW

CUTS, AWAY_S = 6, 5.0
LIGHT, RATE, FOR_S = 50, 10.0, 60.0


@bench("drain", "drain-tls")
def drain() -> Iterator[Figure]:
    """Events a second: 100 000 that are in the journal already, until central's word for the last of them."""
    with untold() as files:
        bare = run(_bare(Line(files.folder / "bare"), batches(files)))
    rates = []
    for secured in (False, True):
        with untold() as files:
            rates.append(run(drained(files, Line(files.folder / "line", secured=secured))))
    yield at_least("drain", rates[0], bare, 0.3, "events/s")
    yield at_least("drain-tls", rates[1], rates[0], 0.7, "events/s")


async def _bare(line: Line, made: list[bytes]) -> float:
    await line.broker.start()
    other = subprocess.Popen([sys.executable, "-m", "benches.bare_mqtt", str(line.broker.port)], stdout=subprocess.PIPE)
    try:
        assert other.stdout
        await asyncio.to_thread(other.stdout.readline)
        began = perf_counter()
        await move(line.broker.port, made, WINDOW)
        return EVENTS / (perf_counter() - began)
    finally:
        other.terminate()
        other.wait()
        line.broker.stop()


@bench("resume")
def resume() -> Iterator[Figure]:
    """Seconds from the broker's port being open again to central's first word, the worst of several cuts of some seconds each."""
    with untold() as files:
        times = run(_resumed(files, Line(files.folder / "line")))
    shown = f"{CUTS} kills of the broker, {AWAY_S:g} s each: p50 {percentile(times, 0.5):.2f} s"
    yield below("resume", max(times), 2.0, "s", note=shown)


async def _resumed(files: Files, line: Line) -> list[float]:
    times = []
    async with line.running(), Edge(parse(line.settings(files))).running() as edge:
        for _ in range(CUTS):
            await acked(edge, edge.session.counts["acked"] + 1)
            line.broker.kill()
            await asyncio.sleep(AWAY_S)
            before = edge.session.counts["acked"]
            await line.broker.start()
            began = perf_counter()
            await acked(edge, before + 1)
            times.append(perf_counter() - began)
    return times


@bench("fleet/lost", "fleet/doubled", "fleet/lag-p99")
def fleet() -> Iterator[Figure]:
    """Fifty light edges in this process, broker and central each in their own: `hw-sim fleet 50 --rate 10`."""
    load = run(fleets.by_itself(LIGHT, RATE, FOR_S, lambda said: None))
    yield below("fleet/lost", load.lost, 0, "events", note=f"{load.happened} events of {LIGHT} edges")
    yield below("fleet/doubled", load.doubled, 0, "events")
    yield below("fleet/lag-p99", load.lag(0.99), 3.0, "s", note=f"p50 {load.lag(0.5):.3f} s")


@bench("admit-sync")
def admit_sync() -> Iterator[Figure]:
    """p99 of admit while the journal's events go up, against the same edge before the broker is there. Central's store is in memory:
    in the field its disk is not that of the edge."""
    with untold() as files, TemporaryDirectory(dir="/dev/shm") as memory:
        idle, busy, sent = run(_admitting(files, Line(files.folder / "line", store=Path(memory))))
    p99 = percentile(idle, 0.99) * 1000
    yield at_most(
        "admit-sync", percentile(busy, 0.99) * 1000, p99, 3, "ms", note=f"{len(busy)} admitted while {sent} events went up"
    )


async def _admitting(files: Files, line: Line) -> tuple[list[float], list[float], int]:
    async with line.running():
        settings = line.settings(files)  # central has made its key
    async with Edge(parse(settings)).running() as edge:
        running = Running(edge)
        await admit_times(running, codes(41, 500, CARDS))
        idle = await admit_times(running, codes(42, ADMITS, CARDS))
        async with line.running():
            await people_told(edge)
            busy, shown = list[float](), codes(43, 2000, CARDS)
            while edge.session.counts["acked"] < EVENTS:
                busy += await admit_times(running, shown[len(busy) % 2000 :][:50])
            return idle, busy, edge.session.counts["acked"]
