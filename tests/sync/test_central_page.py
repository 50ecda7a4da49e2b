"""The central server's page: what it shows is what central knows, and every button does what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from hw_sim.central_faults import SWITCHES
from hw_sim.central_page import ACTS, CentralPage

from tests.support.central import Site
from tests.support.facility import until


@pytest.fixture
async def page(at_rest: Site) -> AsyncIterator[CentralPage]:
    page = CentralPage(at_rest.central)
    await page.start()
    yield page
    await page.stop()


async def press(page: CentralPage, what: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.post(f"{page.url}do", params={"what": what})


async def shown(page: CentralPage) -> str:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(page.url)).text


async def test_an_edge_its_log_and_a_dead_letter_are_on_it(at_rest: Site, page: CentralPage) -> None:
    assert (await shown(page)).count('<p class="none">none</p>') == 5
    async with at_rest.running():
        await at_rest.in_step()
        await press(page, "poison")
        _, _, code = await at_rest.customer_with_card("Ada")
        await at_rest.scan(code)
        await until(at_rest.central.store.dead_letters, "the event to be refused")
        log_id = at_rest.central.store.cursors()[0][1]
        parts = ("main/north", "online", "in step", log_id, "<b>poison</b>", "&quot;kind&quot;:")

        async def all_there() -> bool:
            text = await shown(page)
            return all(part in text for part in parts)

        await until(all_there, f"all of {parts} to be on it")


async def test_every_switch_goes_on_and_off(at_rest: Site, page: CentralPage) -> None:
    for switch, what in SWITCHES.items():
        assert (await press(page, switch)).text == f"{what}: on"
        assert getattr(at_rest.central.faults, switch)
        assert f'aria-checked="true" data-what="{switch}"' in await shown(page)
        assert (await press(page, switch)).text == f"{what}: off"
        assert not getattr(at_rest.central.faults, switch)


async def test_every_act_is_done(at_rest: Site, page: CentralPage) -> None:
    epoch, _ = at_rest.central.store.position()
    assert (await press(page, "roll_back")).status_code == 400, "nothing was saved yet"
    for act in ACTS:
        assert (await press(page, act)).status_code == 200, act
    assert at_rest.central.store.position()[0] != epoch
    assert not at_rest.central.connected
    await press(page, "connection")
    await until(lambda: at_rest.central.connected, "central to be back")


async def test_what_it_does_not_know_and_other_sites_pages_are_refused(page: CentralPage) -> None:
    assert (await press(page, "explode")).status_code == 400
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(f"{page.url}do?what=silent", headers={"Host": "elsewhere.example"})).status_code == 403
        assert (await http.get(f"{page.url}elsewhere")).status_code == 404
