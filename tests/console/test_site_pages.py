"""What holds for the whole site, and how it stands with the central server, on the console."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.admin_api.desk_facility import DeskFacility, desk_over, make_users
from tests.console.test_customers_pages import text_of, values_of
from tests.support.central import Site
from tests.support.facility import until

POLICY = {
    "required": ["email", "mobile"], "give_back_unused": "yes", "companion_s": "20", "pair_s": "10", "doubtful_hours": "48", "pin_tries": "3",
    "pin_lock_minutes": "15", "overdue_days": "14",
}  # fmt: skip


async def test_the_policy_is_one_form_and_two_who_change_it_see_both_values(site: DeskFacility) -> None:
    async with site.browser() as http:
        page = (await http.get("/site/policy")).text
        assert 'name="required" value="email" checked' in page and 'name="pin_tries"' in page
        form = {**values_of(page), **POLICY}
        odd = await http.post("/site/policy", data={**form, "pin_tries": "0"})
        assert odd.status_code == 400 and "Between 1 and 20" in text_of(odd.text)
        assert (await http.post("/site/policy", data=form)).headers["location"] == "/site/policy?done=saved"
        kept = await site.get("/site")
        assert (kept["required"], kept["pin_tries"], kept["overdue_days"], kept.get("shared_email", False)) == (
            ["email", "mobile"],
            3,
            14,
            False,
        )
        late = await http.post("/site/policy", data={**form, "pin_tries": "9"})
        assert late.status_code == 409 and "Theirs: 3" in text_of(late.text)
        lacks = await http.post("/customers/new", data={**values_of((await http.get("/customers/new")).text), "name": "Ada", "email": "ada@example.org", "status": "active", "language": "en"})  # fmt: skip
        assert lacks.status_code == 400 and 'id="error-mobile"' in lacks.text
    async with site.browser("Viewer") as http:
        assert (await http.get("/site/policy")).status_code == 403


async def test_an_edge_without_a_central_server_says_that_it_runs_alone(site: DeskFacility) -> None:
    async with site.browser("Operator") as http:
        page = (await http.get("/site/sync")).text
        assert "This edge runs alone" in text_of(page) and "every 4s" not in page


@pytest.fixture
async def synced(tmp_path: Path) -> AsyncIterator[tuple[Site, DeskFacility]]:
    """A facility with broker, central server and desk."""
    house = Site(tmp_path / "site")
    await house.broker.start()
    await house.open_central()
    house.wire_up()
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(house.running())
        await make_users(house)
        yield house, await stack.enter_async_context(desk_over(house))
    await house.central.stop()
    house.broker.stop()
    await house.close()


async def test_how_far_central_is_can_be_seen_and_what_waits_while_the_broker_is_gone(synced: tuple[Site, DeskFacility]) -> None:
    house, site = synced
    await site.show("NOBODYS-CODE")
    await house.in_step()
    async with site.browser() as http:

        async def says(*words: str) -> bool:
            piece = await http.get("/site/sync", headers={"HX-Request": "true"})
            assert "<html" not in piece.text
            return all(word in piece.text for word in words)

        await until(lambda: says("Connected", "central has everything"), "central to have everything")
        page = text_of((await http.get("/site/sync")).text)
        assert (
            f"mqtt://127.0.0.1:{house.broker.port}" in page
            and "This edge north" in page
            and "Pictures of readings stay here" in page
            and "every 4s" in (await http.get("/site/sync")).text
        )
        house.broker.stop()
        await until(lambda: says("Not connected", "What is wrong"), "the loss to be told")
        await site.show("NOBODYS-CODE")
        await until(lambda: says("the oldest of"), "what waits to be counted")
        assert "gatelatch doctor" in (await http.get("/site/sync")).text
    await house.broker.start()
    async with site.browser() as http:
        await until(lambda: says_connected(http), "the link to come back", 30)


async def says_connected(http: object) -> bool:
    return "central has everything" in (await http.get("/site/sync")).text  # type: ignore[attr-defined]
