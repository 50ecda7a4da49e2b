"""One box over everything, on every page of the console."""

from __future__ import annotations

import pytest

from tests.admin_api.desk_facility import DeskFacility


@pytest.mark.feature("X-27")
async def test_people_plates_cards_companies_events_and_pages_are_found_from_every_page(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Grażyna")
    await site.add("/vehicles", customer=customer["id"], plate="GD 4411K")
    company = await site.add("/companies", name="Harbour Works")
    await site.show(code)
    seq = (await site.house.events())[-1].seq
    async with site.browser() as http:
        assert 'id="find-all"' in (await http.get("/help")).text
        for q, link in (
            ("grazyna", f"/customers/{customer['id']}"), ("4411", f"/customers/{customer['id']}?tab=vehicles"), (code[-4:], f"/customers/{customer['id']}?tab=cards"),
            ("harbour", f"/companies/{company['id']}"), (str(seq), f"/events/{seq}"), ("schedul", "/site/schedules"),
        ):  # fmt: skip
            page = (await http.get("/search", params={"q": q})).text
            assert f'href="{link}"' in page, q
        piece = (
            await http.get("/search", params={"q": "grazyna"}, headers={"HX-Request": "true", "HX-Target": "found-anywhere"})
        ).text
        assert "<html" not in piece and "Grażyna" in piece
        assert "Type two characters" in (await http.get("/search?q=g")).text
        assert "Nothing is called like this" in (await http.get("/search?q=zzzzzz")).text


async def test_nobody_finds_what_their_role_does_not_show(site: DeskFacility) -> None:
    await site.customer_with_card("Ada")
    role = await site.add("/roles", name="Counter", rights=["events.view"])
    await site.add("/users", login="counter", name="Counter", role=role["id"], password="correct horse")
    async with site.client() as http:
        await http.post("/sign-in", data={"login": "counter", "password": "correct horse"}, headers={"Origin": site.url})
        page = (await http.get("/search?q=ada")).text
        assert "/customers/" not in page and "Nothing is called like this" in page
