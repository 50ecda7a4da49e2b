"""One thing done to many: counted first, a result for each, taken back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility


async def crowd(site: DeskFacility, number: int = 5) -> list[str]:
    return [(await site.add("/customers", name=f"Person {n}", email=f"p{n}@example.org"))["id"] for n in range(number)]


async def bulk(api: httpx.AsyncClient, action: str, ids: list[str] | None = None, what: str = "", **selection: Any) -> Any:
    chosen = {"ids": ids} if ids is not None else {"all": True, **selection}
    answer = await api.post(
        "/customers/bulk", json={"selection": chosen, "action": action, "what": what, "reason": "spring cleaning"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.feature("S004-19", "S004-20", "S004-22")
async def test_those_selected_go_into_a_group_and_out_again(site: DeskFacility) -> None:
    ids = await crowd(site)
    group = await site.add("/groups", name="Night shift")
    async with site.api() as api:
        await api.patch(f"/customers/{ids[0]}", json={"groups": [group["id"]]})
        done = await bulk(api, "add_to_group", [*ids[:3], "nobody", ids[1]], group["id"])
        assert done["changed"] == 2
        assert [(r.get("changed", False), bool(r.get("problem"))) for r in done["rows"]] == [
            (False, False),
            (True, False),
            (True, False),
            (False, True),
        ]
        assert len((await api.get("/customers", params={"group": group["id"]})).json()["items"]) == 3
        back = (await api.post("/customers/bulk", json=done["undo"])).json()
        assert back["changed"] == 2
        assert [c["name"] for c in (await api.get("/customers", params={"group": group["id"]})).json()["items"]] == ["Person 0"], (
            "who was in before stays"
        )


@pytest.mark.feature("S000-5", "S000-31")
async def test_all_that_match_are_counted_first_and_then_changed(site: DeskFacility) -> None:
    ids = await crowd(site)
    async with site.api() as api:
        await bulk(api, "tag", ids[:2], " VIP ")
        seen = (await api.post("/customers/bulk/preview", json={"all": True, "filters": {"tag": "vip"}})).json()
        assert seen == {"count": 2, "names": ["Person 0", "Person 1"]}
        assert (await bulk(api, "deactivate", filters={"tag": "vip"}))["undo"] is None
        assert len((await api.get("/customers", params={"status": "inactive"})).json()["items"]) == 2
        assert (await bulk(api, "untag", q="person", what="vip"))["changed"] == 2
        assert (await api.post("/customers/bulk/preview", json={"all": True, "filters": {"tag": "vip"}})).json()["count"] == 0


@pytest.mark.feature("S004-23", "S004-24")
async def test_blocked_is_the_pass_on_a_phone_and_not_the_door(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    async with site.api() as api:
        done = await bulk(api, "block_portal", [customer["id"]])
        assert (await api.get(f"/customers/{customer['id']}")).json()["portal_blocked"]
        assert await site.show(code) is Reason.GRANTED
        assert (await api.post("/customers/bulk", json=done["undo"])).json()["changed"] == 1
        assert not (await api.get(f"/customers/{customer['id']}")).json().get("portal_blocked")


@pytest.mark.feature("S004-25", "S002-25")
async def test_the_deleted_come_back_and_enter_again(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    async with site.api() as api:
        done = await bulk(api, "delete", [customer["id"]])
        assert await site.show(code) is Reason.CUSTOMER_DELETED
        taken = await site.add("/customers", name="Eve", email="ada@example.org")
        back = (await api.post("/customers/bulk", json=done["undo"])).json()
        assert back["changed"] == 0 and "already" in back["rows"][0]["problem"], "somebody else has the address by now"
        await bulk(api, "delete", [taken["id"]])
        assert (await api.post("/customers/bulk", json=done["undo"])).json()["changed"] == 1
    assert await site.show(code) is Reason.GRANTED


async def test_what_makes_no_sense_is_refused_before_anything_is_done(site: DeskFacility) -> None:
    ids = await crowd(site, 2)
    async with site.api() as api:
        for body, status in (
            ({"selection": {"ids": ids}, "action": "tag", "what": " "}, 400),
            ({"selection": {"ids": ids}, "action": "tag", "what": "x" * 41}, 400),
            ({"selection": {"ids": ids}, "action": "add_to_group", "what": "nowhere"}, 404),
            ({"selection": {"ids": []}, "action": "review"}, 400),
            ({"selection": {"ids": ids}, "action": "explode"}, 400),
            ({"selection": {"all": True, "filters": {"shoe_size": 44}}, "action": "review"}, 400),
            ({"selection": {"all": True, "filters": {"status": "asleep"}}, "action": "review"}, 400),
            ({"selection": {"ids": [str(n) for n in range(5001)]}, "action": "review"}, 400),
        ):
            answer = await api.post("/customers/bulk", json=body)
            assert answer.status_code == status, (body["action"], answer.text)
        assert all(not c.get("tags") for c in (await api.get("/customers")).json()["items"])
    role = await site.add("/roles", name="Editor", rights=["customers.view", "customers.edit"])
    await site.add("/users", login="editor", role=role["id"], password="correct horse")
    async with site.api("editor") as api:
        body = {"selection": {"ids": ids}, "action": "delete"}
        assert (await api.post("/customers/bulk", json=body)).status_code == 403
        assert (await bulk(api, "review", ids))["changed"] == 2
