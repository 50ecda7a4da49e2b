"""API keys: said once, no more than scope and role together, ended by expiry, revocation or their limit."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from edge.commands.customers import AddCustomer
from edge.commands.doors import UnlockDoor
from edge.core.errors import Forbidden, HouseError
from tests.admin_api.desk_facility import DeskFacility
from tests.support.facility import until
from tests.support.stores import refused


async def key(site: DeskFacility, *scopes: str, **more: Any) -> tuple[httpx.AsyncClient, dict[str, Any]]:
    """(a program with a new key of the administrator's, the key's record)."""
    made = await site.add("/keys", name=more.pop("name", "till"), scopes=list(scopes), **more)
    assert made["key"].startswith("glk_") and made["record"]["last4"] == made["key"][-4:]
    http = httpx.AsyncClient(
        base_url=f"{site.url}/api/v1", headers={"Authorization": f"Bearer {made['key']}"}, trust_env=False, timeout=20
    )
    return http, made["record"]


@pytest.mark.feature("X-22")
async def test_a_key_may_what_scope_and_role_say_together_at_the_desk_and_in_the_edge(site: DeskFacility) -> None:
    program, record = await key(site, "customers.view", "customers.add")
    async with program as http, site.api() as admin:
        assert (await http.post("/customers", json={"name": "Ada", "email": "ada@example.org"})).status_code == 201, (
            "no proof of a form"
        )
        assert (await http.get("/customers")).status_code == 200
        assert (await http.get("/doors")).status_code == 403
        assert (await http.get("/sessions/current")).json()["rights"] == ["customers.add", "customers.view"]
        token = http.headers["authorization"].removeprefix("Bearer ")
        error = await refused(lambda: site.desk.parts.edge.send(UnlockDoor(access_point="x", reason="r"), token=token))
        assert isinstance(error, Forbidden), "edge refuses what the desk would let through"
        assert (await http.post("/second-factor", json={"password": "correct horse"})).status_code == 403
        maker, _ = await key(site, "keys.manage", name="maker")
        async with maker as other:
            assert (await other.post("/keys", json={"name": "heir", "scopes": ["keys.manage"]})).status_code == 403, (
                "it would outlive it"
            )
        listed = (await admin.get("/keys")).text
        assert record["id"] in listed and token not in listed
        assert (await admin.patch(f"/keys/{record['id']}", json={"scopes": ["customers.view"]})).status_code == 200
        assert (await http.post("/customers", json={"name": "Bob", "email": "bob@example.org"})).status_code == 403
    async with site.client(cookies={"gatelatch": token}) as page:
        assert (await page.get("/customers")).status_code == 303, "a key is no cookie"


@pytest.mark.feature("X-22")
async def test_a_key_ends_when_it_expires_is_revoked_or_its_user_goes(site: DeskFacility) -> None:
    now = site.desk.parts.now()
    program, record = await key(site, "customers.view", expires_at=now + 3_600_000)
    async with program as http, site.api() as admin:
        assert (await http.get("/customers")).status_code == 200
        site.desk.parts.now = lambda: now + 3_600_001
        assert (await http.get("/customers")).status_code == 401
        site.desk.parts.now = lambda: now
        assert (await admin.delete(f"/keys/{record['id']}")).status_code == 204
        assert (await http.get("/customers")).status_code == 401
        assert (await admin.patch(f"/keys/{record['id']}", json={"revoked": False})).json()["field"] == "revoked"
        guard = next(u for u in (await admin.get("/users")).json()["items"] if u["login"] == "guard")
        theirs, other = await key(site, "customers.view", "customers.add", user=guard["id"])
        async with theirs as program:
            assert (await program.get("/customers")).status_code == 200
            assert (await program.post("/customers", json={"name": "Eve"})).status_code == 403, "their role is the most it may"
            assert (await admin.patch(f"/users/{guard['id']}", json={"active": False})).status_code == 200
            assert (await program.get("/customers")).status_code == 401
        assert other["user"] == guard["id"]


@pytest.mark.feature("X-22")
async def test_a_key_has_a_limit_of_its_own_that_says_when_to_come_again(site: DeskFacility) -> None:
    program, record = await key(site, "customers.view", per_minute=3)
    async with program as http:
        answers = [await http.get("/customers") for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[3].headers["retry-after"]) <= 20

    async def used() -> bool:
        async with site.api() as admin:
            return bool((await admin.get(f"/keys/{record['id']}")).json().get("used_at"))

    await until(used, "the key to be seen in use")


@pytest.mark.feature("X-22")
async def test_nobody_hands_on_what_they_have_not_nor_sees_keys_of_others(site: DeskFacility) -> None:
    role = await site.add("/roles", name="Integrator", rights=["keys.manage", "customers.view"])
    await site.add("/users", login="integrator", role=role["id"], password="correct horse")
    _, foreign = await key(site, "customers.view")
    async with site.api("Integrator") as http, site.api() as admin:
        wrong = await http.post("/keys", json={"name": "k", "scopes": ["doors.open"]})
        assert (wrong.status_code, wrong.json()["field"]) == (400, "scopes")
        assert (await http.post("/keys", json={"name": "k", "scopes": []})).json()["field"] == "scopes"
        boss = (await admin.get("/sessions/current")).json()["user"]
        assert (await http.post("/keys", json={"name": "k", "scopes": ["customers.view"], "user": boss})).status_code == 403
        own = await http.post("/keys", json={"name": "mine", "scopes": ["customers.view"]}, headers={"Idempotency-Key": "once"})
        again = await http.post("/keys", json={"name": "mine", "scopes": ["customers.view"]}, headers={"Idempotency-Key": "once"})
        assert (again.json()["record"], again.json()["key"]) == (own.json()["record"], ""), "it is said once"
        assert [k["name"] for k in (await http.get("/keys")).json()["items"]] == ["mine"]
        for done in (
            await http.get(f"/keys/{foreign['id']}"),
            await http.delete(f"/keys/{foreign['id']}"),
            await http.patch(f"/keys/{foreign['id']}", json={"name": "x"}),
        ):
            assert done.status_code == 404


async def test_a_key_is_no_way_to_a_command_that_its_scope_leaves_out(site: DeskFacility) -> None:
    program, _ = await key(site, "customers.view")
    async with program as http:
        token = http.headers["authorization"].removeprefix("Bearer ")
    error = await refused(lambda: site.desk.parts.edge.send(AddCustomer(fields={"name": "Eve"}), token=token))
    assert isinstance(error, HouseError) and error.code == "forbidden"
