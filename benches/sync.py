"""drain, drain-tls, resume, admit-sync: a journal's events to central over a real broker.

The edge is in this process, the broker and central each in their own. The limit of a drain is a bare MQTT connection that moves the same
batches with the same window over the same broker, and knows nothing of what is in them.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from time import perf_counter

from benches.admit import run
from benches.bare_mqtt import move
from benches.table import Figure, at_least, bench
from benches.wired import EVENTS, Line, batches, drained, untold
from edge.sync.outbox import WINDOW


@bench("drain", "drain-tls")
def drain() -> Iterator[Figure]:
    """Events a second: 100 000 that are in the journal already, until central's word for the last of them."""
    with untold() as files:
        bare = run(_bare(Line(files.folder / "bare"), batches(files)))
    rates = []
    for secured in (False, True):
        with untold() as files:
            took, events = run(drained(files, Line(files.folder / "line", secured=secured)))
        rates.append(events / took)
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
