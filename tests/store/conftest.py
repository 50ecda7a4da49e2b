"""Stores for this floor's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.stores import Stores


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    """Running stores with a furnished site."""
    async with Stores(tmp_path / "state").running() as house:
        await house.furnish()
        yield house
