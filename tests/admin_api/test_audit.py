"""The audit: every change with who and what it was before, and who looked, once in ten minutes; nothing secret in it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from admin_api.edge_client import EdgeClient
from admin_api.views import WAITING, Views
from edge.commands.audit import ONCE_MS
from tests.admin_api.desk_facility import PASSWORD, DeskFacility
from tests.support.facility import until


async def lines(site: DeskFacility, **wanted: Any) -> list[dict[str, Any]]:
    async with site.api() as http:
        found: list[dict[str, Any]] = (await http.get("/audit", params=wanted)).json()["items"]
    return found


@pytest.mark.feature("X-31")
async def test_every_change_says_who_and_what_it_was_before(site: DeskFacility) -> None:
    started = time.time_ns() // 1_000_000
    made = await site.add("/customers", name="Ada", email="ada@example.org", tags=["berth 7"])
    async with site.api("Operator") as http:
        await http.patch(f"/customers/{made['id']}", json={"email": "lovelace@example.org", "tags": []})
        await http.delete(f"/customers/{made['id']}")
        assert (await http.get("/audit")).status_code == 403
    async with site.api() as http:
        page = (await http.get(f"/customers/{made['id']}/history")).json()
        deleted, edited, added = page["items"]
        assert [line["op"] for line in page["items"]] == ["edit", "edit", "add"]
        assert (edited["actor"], edited["command"], edited["entity"]) == ("operator", "customers.edit", "customer")
        changed = {c["field"]: (c.get("before"), c.get("after")) for c in edited["changes"]}
        assert changed == {"email": ("ada@example.org", "lovelace@example.org"), "tags": (["berth 7"], None)}
        assert [c["field"] for c in deleted["changes"]] == ["deleted_at"]
        assert ("name", None, "Ada") in [(c["field"], c.get("before"), c.get("after")) for c in added["changes"]]
        one = (await http.get(f"/customers/{made['id']}/history", params={"limit": 1})).json()
        two = (await http.get(f"/customers/{made['id']}/history", params={"limit": 1, "after": one["next"]})).json()
        assert two["items"] == [edited]
    assert [line["rev"] for line in await lines(site, actor="operator", entity="customer")] == [deleted["rev"], edited["rev"]]
    assert [line["rev"] for line in await lines(site, command="customers.add", since=started)] == [added["rev"]]
    assert await lines(site, entity_id=made["id"], op="reveal") == []
    assert await lines(site, until=started, entity="customer") == []
    assert [line["rev"] for line in await lines(site, op="add", entity="customer")] == [added["rev"]]


@pytest.mark.feature("X-31")
async def test_nothing_secret_is_in_the_audit(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    key = await site.add("/keys", name="till", scopes=["customers.view"])
    async with site.api() as http:
        (card,) = (await http.get("/cards", params={"customer": customer["id"]})).json()["items"]
        await http.put(f"/cards/{card['id']}/pin", json={"pin": "4711", "reason": "asked for"})
        seed = (await http.post("/second-factor", json={"password": PASSWORD})).json()["seed"]
        await http.post("/cards/print", json={"ids": [card["id"]], "reason": "worn out"})
        text = (await http.get("/audit", params={"limit": 200})).text
        of_card = (await http.get(f"/cards/{card['id']}/history")).json()["items"]
    for secret in (code, PASSWORD, key["key"], "4711", seed):
        assert secret not in text
    assert (of_card[0]["op"], of_card[0]["reason"]) == ("reveal", "worn out")


@pytest.mark.feature("X-31")
async def test_who_looked_is_written_down_once_in_ten_minutes_and_nobody_waits_for_it(site: DeskFacility) -> None:
    ada = await site.add("/customers", name="Ada", email="ada@example.org")
    began = site.desk.parts.now()
    async with site.api("Guard") as guard, site.browser("Viewer") as viewer:
        for _ in range(3):
            assert (await guard.get(f"/customers/{ada['id']}")).status_code == 200
            assert (await viewer.get(f"/customers/{ada['id']}")).status_code == 200
        assert (await guard.get("/customers/nobody")).status_code == 404
        await site.desk.parts.views.flush()
        seen = await lines(site, op="view")
        assert sorted((v["actor"], v["command"], v["entity_id"]) for v in seen) == [
            ("guard", "audit.viewed", ada["id"]), ("viewer", "audit.viewed", ada["id"]),
        ]  # fmt: skip
        assert all(began <= v["at"] <= site.desk.parts.now() for v in seen)
        site.desk.parts.views = Views(site.desk.parts.edge)  # a desk that was started anew remembers nothing; the edge does
        await guard.get(f"/customers/{ada['id']}")
        await site.desk.parts.views.flush()
        assert len(await lines(site, op="view")) == 2
        site.desk.parts.now = lambda: began + ONCE_MS + 60_000
        await guard.get(f"/customers/{ada['id']}")
        assert (await guard.delete("/sessions/current")).status_code == 204, "what a session saw is sent before it ends"
    assert len(await lines(site, op="view", actor="guard")) == 1, "the ten minutes are those of the clock of the edge"


async def test_views_are_sent_by_themselves_within_seconds(site: DeskFacility) -> None:
    ada = await site.add("/customers", name="Ada", email="ada@example.org")
    async with site.api("Guard") as guard:
        await guard.get(f"/customers/{ada['id']}")

    async def written() -> bool:
        return len(await lines(site, op="view")) == 1

    await until(written, "the look to be written down")


async def test_with_the_edge_down_views_wait_in_a_bounded_queue(tmp_path: Any) -> None:
    client = EdgeClient(tmp_path / "no-edge.sock")
    views = Views(client)
    for n in range(WAITING + 30):
        views.saw("user", "token", f"customer {n}", 1)
    assert views.dropped == 30
    await views.flush()
    assert views.dropped == 30, "what waited goes on waiting"
    views.saw("user", "token", "one more", 1)
    assert views.dropped == 31
    await client.close()
