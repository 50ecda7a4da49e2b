"""scripts/campaign sync-chaos [SEEDS]: many seeds, two at a time, a line each; then the same chaos against an edge that trusts PUBACK."""

from __future__ import annotations

import asyncio
import collections
import itertools
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from edge import logs
from tests.support.chaos import Chaos, Outcome
from tests.support.faults import Fault, schedule

TRUSTING = "tests.support.trusting_edge"


def one(seed: int, program: str) -> Outcome:
    """One seed in a folder of its own. Raises AssertionError, with what is known of it, when it never came to be in step."""
    logs.configure("error", process="chaos")

    async def run(folder: str) -> Outcome:
        async with Chaos(Path(folder), seed, program).breakable() as chaos:
            return await chaos.run()

    with tempfile.TemporaryDirectory(prefix="gatelatch-chaos-") as folder:
        return asyncio.run(run(folder))


def campaign(seeds: Iterable[int], program: str) -> list[Outcome]:
    """Every seed, said as soon as it is done."""
    outcomes = []
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        for outcome in pool.map(one, seeds, itertools.repeat(program)):
            print(outcome, *outcome.counts.differing[:20], sep="\n  ", flush=True)
            outcomes.append(outcome)
    return outcomes


def row(name: str, outcomes: list[Outcome]) -> str:
    """A line of the table."""
    counts = [outcome.counts for outcome in outcomes]
    sums = (
        len(outcomes), sum(not c.same for c in counts), sum(c.events for c in counts), sum(c.lost for c in counts), sum(c.doubled for c in counts),
        sum(c.altered for c in counts), sum(c.rows for c in counts), sum(len(c.differing) for c in counts), sum(o.connections for o in outcomes),
    )  # fmt: skip
    return f"| {name} | {' | '.join(f'{n:,}'.replace(',', ' ') for n in sums)} |"


def main(seeds: int) -> int:
    """Prints the table and how often each fault came; exit code 1 when a seed of the product failed or none of the other did."""
    began = time.monotonic()
    ours = campaign(range(1, seeds + 1), "edge")
    calm = [s for s in range(1, seeds + 1) if all(step.fault is not Fault.RESTORE_CENTRAL for step in schedule(s))]
    trusting = campaign(calm[: max(5, seeds // 5)], TRUSTING)
    print("| cursor | seeds | failed | events | lost | doubled | altered | rows | differing | connections |")
    print("| --- |" + " --- |" * 9)
    print(row("moved by central's own ack (the product)", ours))
    print(row("moved by PUBACK (must fail)", trusting))
    faults = collections.Counter(step.fault.value for o in ours for step in schedule(o.seed))
    print(f"\n{', '.join(f'{name} {n}' for name, n in faults.most_common())}; {(time.monotonic() - began) / 60:.0f} min")
    return int(not all(o.counts.same for o in ours) or not any(o.counts.lost for o in trusting))


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50))
