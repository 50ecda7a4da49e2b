"""A standing part of the edge is started again, however it ended."""

from __future__ import annotations

import asyncio

import pytest

from edge.core.errors import HouseError
from edge.health import Health, State
from edge.supervise import keep
from tests.support.facility import until


class Away(HouseError):
    retry = True


@pytest.mark.parametrize("end", [Away("nobody is there"), asyncio.CancelledError(), None])
async def test_a_part_that_ends_is_started_again_and_health_says_why(end: BaseException | None) -> None:
    starts, health = list[float](), Health(lambda: 0)

    async def run() -> None:
        starts.append(asyncio.get_running_loop().time())
        if len(starts) > 1:
            await asyncio.Event().wait()
        if end is not None:
            raise end

    task = asyncio.create_task(keep("sync", "central", run, health, 0.1))
    await until(lambda: len(starts) > 1, "the part to be started again")
    (part,) = health.parts()
    assert part.state is State.DOWN and part.detail
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
