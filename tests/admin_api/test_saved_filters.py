"""Filters under a name: one's own and shared ones, taken by lists and exports together with what is asked for besides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.admin_api.desk_facility import DeskFacility, desk_over, make_users
from tests.admin_api.test_scheduled_exports import OUT, look, weekly
from tests.support.facility import Facility

TARIFF = {"name": "Garage", "currency": "EUR", "steps": [{"unit": 60, "price": 250}]}


async def people(site: DeskFacility) -> dict[str, Any]:
    acme = await site.add("/companies", name="Acme")
    await site.add("/customers", name="Ada Acme", email="ada@example.org", company=acme["id"], tags=["season"])
    await site.add("/customers", name="Bob Acme", email="bob@example.org", company=acme["id"])
    await site.add("/customers", name="Eve Elsewhere", email="eve@example.org", tags=["season"])
    return acme


async def names(api: Any, **query: Any) -> list[str]:
    answer = await api.get("/customers", params=query)
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["items"]]


@pytest.mark.feature("S000-35")
async def test_a_list_takes_a_saved_filter_together_with_others_which_win(site: DeskFacility) -> None:
    acme = await people(site)
    season = await site.add("/saved-filters", name="Season", area="customers", filters=[["tag", "season"], ["q", "a"]])
    of_acme = await site.add("/saved-filters", name="Acme", area="customers", filters=[["company", acme["id"]]])
    assert season["owner"] and not season.get("shared")
    async with site.api() as api:
        assert await names(api, saved=season["id"], q="el") == ["Eve Elsewhere"]
        assert await names(api, saved=of_acme["id"]) == ["Ada Acme", "Bob Acme"]
        assert await names(api, saved=of_acme["id"], tag="season") == ["Ada Acme"]
        assert await names(api, saved=of_acme["id"], company="none") == ["Eve Elsewhere"]
        changed = await api.patch(f"/saved-filters/{of_acme['id']}", json={"filters": [["company", "none"]]})
        assert changed.status_code == 200
        assert await names(api, saved=of_acme["id"]) == ["Eve Elsewhere"]
        listed = (await api.get("/saved-filters", params={"area": "customers"})).json()["items"]
        assert [each["name"] for each in listed] == ["Acme", "Season"]
        assert (await api.get("/cards", params={"saved": season["id"]})).json()["field"] == "saved"
        assert (await api.delete(f"/saved-filters/{season['id']}")).status_code == 204
        gone = await api.get("/customers", params={"saved": season["id"]})
        assert gone.status_code == 400 and gone.json()["field"] == "saved"
        rows = await api.post("/exports", json={"area": "customers", "format": "csv", "saved": of_acme["id"]})
        assert rows.json()["filters"] == {"company": "none"}


@pytest.mark.feature("X-4")
async def test_what_happened_is_found_by_a_saved_filter_too(site: DeskFacility) -> None:
    _, ada = await site.customer_with_card("Ada")
    _, bob = await site.customer_with_card("Bob")
    for code in (ada, bob):
        await site.show(code)
    await site.show(ada, at="North out")
    last = await site.add("/saved-filters", name="Let in lately", area="events", filters=[["outcome", "granted"], ["since", "-1h"]])
    here = await site.add("/saved-filters", name="Inside", area="entries", filters=[["open", "true"], ["since", "-1d"]])
    money = await site.add("/saved-filters", name="Cash", area="payments", filters=[["state", "paid"], ["since", "-1d"]])
    async with site.api() as api:
        (visit,) = (await api.get("/entries", params={"open": "true"})).json()["items"]
        await api.patch(f"/zones/{site.house.ids['zone']}", json={"tariff": (await site.add("/tariffs", **TARIFF))["id"]})
        taken = await api.post(f"/entries/{visit['in_seq']}/payments", json={"method": "cash", "amount": 100})
        assert taken.status_code == 201, taken.text
        for more, count in (({}, 1), ({"customer": visit["customer"]}, 1), ({"customer": "nobody"}, 0), ({"state": "refunded"}, 0)):
            found = (await api.get("/payments", params={"saved": money["id"], **more})).json()["items"]
            assert len(found) == count, more
        assert len((await api.get("/events", params={"saved": last["id"]})).json()["items"]) == 3
        out = {"saved": last["id"], "access_point": site.house.ids["North out"]}
        assert [e["customer_name"] for e in (await api.get("/events", params=out)).json()["items"]] == ["Ada"]
        assert (await api.get("/events", params={"saved": last["id"], "since": 1 << 50})).json()["items"] == []
        assert [v["label"] for v in (await api.get("/entries", params={"saved": here["id"]})).json()["items"]] == ["Bob"]
        assert [v["label"] for v in (await api.get("/entries", params={"saved": here["id"], "open": "false"})).json()["items"]] == [
            "Ada"
        ]


async def test_one_s_own_are_seen_by_nobody_else_and_shared_ones_are_changed_by_their_owner_or_an_administrator(
    site: DeskFacility,
) -> None:
    await people(site)
    body = {"name": "Mine", "area": "customers", "filters": [["tag", "season"]]}
    async with site.api("Operator") as own, site.api("Guard") as guard, site.api() as admin:
        mine = (await own.post("/saved-filters", json=body)).json()
        path = f"/saved-filters/{mine['id']}"
        for other in (guard, admin):
            assert (await other.get(path)).status_code == 404 and (await other.delete(path)).status_code == 404
            assert (await other.get("/customers", params={"saved": mine["id"]})).status_code == 400
            assert (await other.get("/saved-filters")).json()["items"] == []
        assert (await own.patch(path, json={"shared": True})).status_code == 200
        assert await names(guard, saved=mine["id"]) == ["Ada Acme", "Eve Elsewhere"]
        assert (await guard.patch(path, json={"name": "Guard's"})).status_code == 403
        assert (await guard.delete(path)).status_code == 403
        assert (await admin.patch(path, json={"name": "Everybody's"})).json()["name"] == "Everybody's"
        assert (await own.post("/saved-filters", json={**body, "name": "Everybody's"})).status_code == 409
        stale = await own.patch(path, json={"name": "Older"}, headers={"If-Match": '"1"'})
        assert stale.status_code == 412
        no_right = await guard.post("/saved-filters", json={"name": "Bookings", "area": "bookings"})
        assert no_right.status_code == 403
        for filters, field in (
            ([["nonsense", "1"]], "filters.nonsense"), ([["status", "asleep"]], "filters.status"), ([["tag", "a"], ["tag", "b"]], "filters"),
        ):  # fmt: skip
            wrong = await own.post("/saved-filters", json={**body, "name": "Wrong", "filters": filters})
            assert wrong.status_code == 400 and wrong.json()["field"] == field


@pytest.mark.feature("S000-35")
async def test_an_export_by_the_calendar_takes_a_saved_filter_as_it_is_by_then(tmp_path: Path) -> None:
    house = Facility(tmp_path / "site")
    try:
        async with house.running():
            await make_users(house)
            (house.folder / OUT / "weekly").mkdir(parents=True)
            async with desk_over(house, more=f'export_folders = ["{house.folder / OUT}"]') as site:
                await people(site)
                saved = await site.add("/saved-filters", name="Season", area="customers", filters=[["tag", "nobody"]])
                await site.add("/scheduled-exports", **weekly(house, saved=saved["id"]))
                await look(site, 0)
                async with site.api() as api:
                    of_cards = await api.post(
                        "/scheduled-exports", json=weekly(house, name="Other", area="cards", saved=saved["id"])
                    )
                    assert of_cards.status_code == 400 and of_cards.json()["field"] == "saved"
                    await api.patch(f"/saved-filters/{saved['id']}", json={"filters": [["tag", "season"], ["status", "inactive"]]})
                    assert (await api.delete(f"/saved-filters/{saved['id']}")).status_code == 409
                (job,) = await look(site, 1)
                assert (job["state"], job["rows"], job["filters"]) == ("done", 2, {"tag": "season", "status": "active"})
                async with site.api() as api:
                    (line,) = (await api.get("/audit", params={"entity": "export"})).json()["items"]
                assert dict(next(c for c in line["changes"] if c["field"] == "filters")["after"]) == job["filters"]
    finally:
        await house.close()
