from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.central import Site


@pytest.fixture
async def at_rest(tmp_path: Path) -> AsyncIterator[Site]:
    """A site whose broker and central run, and whose edge does not yet."""
    house = Site(tmp_path)
    await house.broker.start()
    await house.open_central()
    house.wire_up()
    yield house
    await house.central.stop()
    house.broker.stop()
    await house.close()


@pytest.fixture
async def site(at_rest: Site) -> AsyncIterator[Site]:
    async with at_rest.running():
        yield at_rest
