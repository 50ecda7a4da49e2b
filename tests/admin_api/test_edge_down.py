"""With edge down the desk shows everything, changes nothing, and says so; with edge back it goes on by itself."""

from __future__ import annotations

from pathlib import Path

from tests.admin_api.desk_facility import desk_beside, desk_over, make_users
from tests.support.facility import Facility, until


async def test_reads_work_changes_say_why_not_and_all_is_well_again(tmp_path: Path) -> None:
    house = Facility(tmp_path / "site")
    async with house.running():
        await make_users(house)
    async with desk_beside(house) as site:
        async with site.client() as http:
            answer = await http.post("/api/v1/sessions", json={"login": "guard", "password": "correct horse"})
            assert answer.status_code == 503 and "edge is not running" in answer.json()["detail"]
            assert "edge is not running" in (await http.post("/sign-in", data={"login": "guard", "password": "correct horse"})).text
        async with house.running():
            customer, _ = await site.customer_with_card("Ada")
            token = await site.token()
        async with site.api() as http, site.client(cookies={"gatelatch": token}) as page:
            assert (await http.get("/customers")).json()["items"][0]["name"] == "Ada"
            assert (await http.get("/events")).json()["items"]
            for answer in (
                await http.post("/customers", json={"name": "Bob", "email": "bob@example.org"}),
                await http.patch(f"/customers/{customer['id']}", json={"phone": "1"}),
                await http.post(f"/access-points/{house.ids['North in']}/unlock", json={"reason": "x"}),
                await http.get("/health"),
            ):
                assert answer.status_code == 503 and answer.json()["code"] == "unavailable" and answer.headers["retry-after"]
            assert [d["state"] for d in (await http.get("/doors")).json()] == ["unknown"], "never guessed"
            live = (await page.get("/")).text
            assert "access controller is not running" in live and "disabled" in live
            form = (await page.get(f"/customers/{customer['id']}/edit")).text
            assert "Nothing can be saved while the access controller is down" in form
            async with house.running():

                async def saved() -> bool:
                    return (await http.patch(f"/customers/{customer['id']}", json={"phone": "1"})).status_code == 200

                await until(saved, "changes to be taken again")

                async def banner_gone() -> bool:
                    return "access controller is not running" not in (await page.get("/customers")).text

                await until(banner_gone, "the banner to go")
    await house.close()


async def test_a_site_that_has_never_run_is_said_to_be_so(tmp_path: Path) -> None:
    house = Facility(tmp_path / "new")
    async with desk_over(house) as site, site.client() as http:
        page = await http.get("/sign-in")
        assert page.status_code == 200 and "start the edge once" in page.text
        assert (await http.get("/alive")).text == "ok\n"
