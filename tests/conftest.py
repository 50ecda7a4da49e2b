"""Fixtures that every floor's tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.facility import Facility


@pytest.fixture
async def facility(tmp_path: Path) -> AsyncIterator[Facility]:
    """A running facility; see tests/support/facility.py."""
    house = Facility(tmp_path)
    async with house.running():
        yield house
    await house.close()
