"""Whatever breaks between edge and central, and whichever of them dies: every event arrives once and as it was, every row is the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.chaos import Chaos

SEEDS = int(os.environ.get("GATELATCH_CHAOS_SEEDS", "1"))
FATAL = (328, 31, 222)
"""Seeds in which a broker dies early with what it had taken for a central that was dead, mostly; none of them restores central."""

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
async def test_nothing_is_lost_or_doubled_and_no_row_differs(tmp_path: Path, seed: int) -> None:
    async with Chaos(tmp_path, seed).breakable() as chaos:
        outcome = await chaos.run()
    print(outcome, *chaos.diary, sep="\n")
    assert outcome.counts.same, outcome.counts.differing[:20]


async def test_the_same_chaos_loses_events_when_the_cursor_trusts_the_broker(tmp_path: Path) -> None:
    """Otherwise it would test nothing."""
    for seed in FATAL:
        async with Chaos(tmp_path / str(seed), seed, "tests.support.trusting_edge").breakable() as chaos:
            outcome = await chaos.run()
        print(f"trusting PUBACK, {outcome}")
        if outcome.counts.lost:
            return
    pytest.fail("nothing was lost")
