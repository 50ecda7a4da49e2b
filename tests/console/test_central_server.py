"""The central server's own page in a browser: fresh by itself, whole on a phone, and a switch stays under the finger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hw_sim.broker import Broker
from hw_sim.central import Central
from hw_sim.central_faults import SWITCHES
from hw_sim.central_page import CentralPage
from hw_sim.light_edge import LightEdge
from playwright.async_api import Browser, expect

from tests.console.in_browser import Complaints


@pytest.fixture
async def central(tmp_path: Path) -> AsyncIterator[Central]:
    """One that refuses the first event of an edge that is there."""
    broker = Broker(tmp_path / "broker")
    await broker.start()
    central = Central(tmp_path / "central", ("127.0.0.1", broker.port))
    central.faults.poison = 1
    await central.start()
    edge = LightEdge(1, ("127.0.0.1", broker.port), central.public_key)
    edge.happens()
    connection = asyncio.create_task(edge.run())
    yield central
    connection.cancel()
    await asyncio.gather(connection, return_exceptions=True)
    await central.stop()
    broker.stop()


@pytest.mark.parametrize("width", [1280, 400])
async def test_it_keeps_itself_fresh_and_leaves_alone_what_somebody_looks_at(
    central: Central, browser: Browser, width: int
) -> None:
    page = CentralPage(central)
    await page.start()
    complaints = Complaints()
    window = await browser.new_page(viewport={"width": width, "height": 900})
    complaints.follow(window)
    await window.goto(page.url)
    await expect(window.get_by_role("cell", name="fleet/light-0001").first).to_be_visible()
    await window.get_by_text("show").click()
    switch = window.get_by_role("switch", name="silent")
    await switch.press("Enter")
    await expect(window.get_by_role("status")).to_have_text(f"{SWITCHES['silent']}: on")
    await expect(switch).to_have_attribute("aria-checked", "true")
    await expect(switch).to_be_focused()
    central.faults.silent = False
    await expect(switch).to_have_attribute("aria-checked", "false")
    await expect(window.get_by_text('"note":"light-0001/1"')).to_be_visible()
    assert await window.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints.found == []
    await window.close()
    await page.stop()
