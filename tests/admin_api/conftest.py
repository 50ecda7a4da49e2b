"""One facility with a desk, shared by the tests that only add to it; those that stop things make their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.admin_api.desk_facility import DeskFacility, whole


@pytest.fixture
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DeskFacility]:
    """A running facility with a desk and a user for each role."""
    async with whole(tmp_path_factory.mktemp("site")) as made:
        yield made
