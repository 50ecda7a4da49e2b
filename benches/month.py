"""month: an edge that was a month without its central, a million events behind, while people come to the door as ever."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from time import perf_counter

from msgspec import Struct

from benches import site as sites
from benches.admit import Running, run
from benches.past import fill
from benches.site import codes, site
from benches.table import Figure, at_most, below, bench, percentile
from benches.wired import CARDS, Line, acked, people_told
from edge.app import Edge
from edge.core.model import BUILT_AT
from edge.settings import parse
from edge.store.files import Files, connect

EVENTS = 1_000_000
APART_MS = 30 * 86_400_000 // EVENTS
APART_S = 0.05
"""Between two who come to the door while it is measured: a busy one."""
IDLE_S = 60.0


class _Comings(Struct):
    """Who came: seconds from each reading to its answer, and how often each answer was given."""

    seconds: list[float]
    answers: Counter[str]


@bench("month/lost", "month/doubled", "month/altered", "month/admit-p99", "month/rss")
def month() -> Iterator[Figure]:
    """EVENTS of thirty days go to central in one go. p99 of a reading's answer meanwhile against before, and what central has of it all."""
    with site(CARDS, _build, "month") as files:
        line = Line(files.folder / "line")
        before, during, took, grown = run(_caught_up(files, line))
        central = line.store / "central.db"
        with closing(connect(files.journal, read_only=True)) as journal, closing(sqlite3.connect(central)) as there:
            happened, found = _compared(journal, there)
    same = {code: during.answers[code] / during.answers.total() for code in sorted(before.answers)}
    yield below(
        "month/lost", found["lost"], 0, "events", note=f"{happened} events, {took:.0f} s, {happened / took:.0f}/s, each compared"
    )
    yield below("month/doubled", found["doubled"], 0, "events")
    yield below("month/altered", found["altered"], 0, "events")
    yield at_most(
        "month/admit-p99", 1000 * percentile(during.seconds, 0.99), 1000 * percentile(before.seconds, 0.99), 3, "ms",
        note=f"p50 {1000 * percentile(during.seconds, 0.5):.2f} ms against {1000 * percentile(before.seconds, 0.5):.2f}, at most "
        f"{1000 * max(during.seconds):.1f} against {1000 * max(before.seconds):.1f}, {len(during.seconds)} came meanwhile: "
        + ", ".join(f"{share:.0%} {code}" for code, share in same.items()),
    )  # fmt: skip
    yield below("month/rss", grown, 30, "MB", note="what the edge grew by meanwhile")


def _build(folder: Path, cards: int) -> None:
    sites._build(folder, cards)
    fill(Files(folder), EVENTS, cards, begin=BUILT_AT, apart_ms=APART_MS)
    with closing(connect(Files(folder).journal)) as db:  # the edge ran all the while: its alerts have looked at all of it
        db.execute("UPDATE alerted SET seq = (SELECT seq FROM head)")


async def _caught_up(files: Files, line: Line) -> tuple[_Comings, _Comings, float, float]:
    """(who came before central was there, who came while the month went up, seconds of that, MB that the edge grew by)."""
    async with line.running():
        settings = line.settings(files)  # central has made its key
    async with Edge(parse(settings)).running() as edge:
        running = Running(edge)
        async with _coming(running, seed=1) as _:
            await asyncio.sleep(5)
        async with _coming(running, seed=2) as before:
            await asyncio.sleep(IDLE_S)
        async with line.running():
            await people_told(edge)
            was, began = _rss_mb(), perf_counter()
            async with _coming(running, seed=3) as during:
                await acked(edge, EVENTS)
            took, grown = perf_counter() - began, _rss_mb() - was
            last = (await edge.journal.write(lambda tx: tx.position())).last_seq
            await acked(edge, last)
        return before, during, took, grown


@asynccontextmanager
async def _coming(running: Running, seed: int) -> AsyncIterator[_Comings]:
    """People come to the door, one every APART_S."""
    found = _Comings(seconds=[], answers=Counter())

    async def come() -> None:
        for text in itertools.cycle(codes(seed, 5000, CARDS)):
            began = perf_counter()
            found.answers[await running.answer(text)] += 1
            found.seconds.append(perf_counter() - began)
            await asyncio.sleep(APART_S)

    coming = asyncio.create_task(come())
    try:
        yield found
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


def _compared(journal: sqlite3.Connection, there: sqlite3.Connection) -> tuple[int, Counter[str]]:
    """(events of the journal, how many of them central lost, has twice or has otherwise)."""
    (log_id,) = journal.execute("SELECT log_id FROM head").fetchone()
    theirs = there.execute("SELECT seq, body FROM event WHERE log_id = ? ORDER BY seq", (log_id,))
    happened, found, next_ = 0, Counter[str](), theirs.fetchone()
    for seq, body in journal.execute("SELECT seq, body FROM event ORDER BY seq"):
        happened += 1
        said = []
        while next_ and next_[0] <= seq:
            said.append(next_)
            next_ = theirs.fetchone()
        found["lost"] += not said
        found["doubled"] += max(0, len(said) - 1)
        found["altered"] += bool(said) and said[0] != (seq, body)
    return happened, found


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6
