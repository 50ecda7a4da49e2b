"""Restriction at the desk: companies and zones outside are in no list, count, search, stream or file, and 404 by their id."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass
from typing import Any

import pytest

from edge.commands.customers import EditCustomer
from edge.core.errors import NotFound
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_payments import parked
from tests.support.stores import refused


@dataclass
class Town:
    """Companies Own and Other with Ada and Mallory, who have come in; zone Yard behind a door of its own with Yves in it.

    Users: Tenant (company Own), Keeper (zone Garage); both hold every right.
    """

    own: str
    other: str
    garage: str
    yard: str
    ada: dict[str, Any]
    mallory: dict[str, Any]
    codes: dict[str, str]


@pytest.fixture
async def town(site: DeskFacility) -> Town:
    own, other = await site.add("/companies", name="Own"), await site.add("/companies", name="Other")
    garage = site.house.ids["zone"]
    yard = await site.add("/zones", name="Yard")
    await site.add("/access-points", name="Yard in", door="north", to_zone=yard["id"])
    everywhere = await site.add("/profiles", name="Both", zones=[{"zone": garage}, {"zone": yard["id"]}])
    people, codes = {}, {}
    for name, company in (("Ada", own), ("Mallory", other), ("Yves", other)):
        person = await site.add(
            "/customers", name=name, email=f"{name}@example.org", company=company["id"], profiles=[everywhere["id"]]
        )
        people[name] = person
        codes[name] = (await site.add("/cards", customer=person["id"], username=name))["code"]
        await site.add("/vehicles", customer=person["id"], plate=f"GD {len(codes)}00{name[0]}")
        await site.show(codes[name], at="Yard in" if name == "Yves" else "North in")
    async with site.api() as http:
        role = next(r for r in (await http.get("/roles")).json()["items"] if r["name"] == "Administrator")
    await site.add("/users", login="tenant", role=role["id"], password="correct horse", companies=[own["id"]])
    await site.add("/users", login="keeper", role=role["id"], password="correct horse", zones=[garage], time_zone="Asia/Tokyo")
    return Town(own["id"], other["id"], garage, yard["id"], people["Ada"], people["Mallory"], codes)


@pytest.mark.feature("X-9", "X-10")
async def test_a_tenant_sees_its_own_people_and_nothing_else(site: DeskFacility, town: Town) -> None:
    async with site.api("Tenant") as http:

        async def names(path: str, field: str, **query: Any) -> list[Any]:
            answer = await http.get(path, params=query)
            assert answer.status_code == 200, (path, answer.text)
            found = answer.json()
            return [item.get(field) for item in (found["items"] if isinstance(found, dict) else found)]

        assert await names("/customers", "name") == ["Ada"]
        assert await names("/customers", "name", q="Mallory") == []
        assert await names("/customers", "name", company=town.other) == []
        assert await names("/companies", "name") == ["Own"]
        assert await names("/cards", "username") == ["Ada"]
        assert await names("/cards", "username", customer=town.mallory["id"]) == []
        assert await names("/vehicles", "plate") == ["GD 100A"]
        assert set(await names("/events", "customer_name")) == {"Ada"}
        assert await names("/events", "customer_name", customer=town.mallory["id"]) == []
        assert set(await names("/entries", "customer")) == {town.ada["id"]}
        assert await names("/alerts", "kind") == []
        assert await names("/payments", "id") == []
        for path in (f"/customers/{town.mallory['id']}", f"/companies/{town.other}", f"/customers/{town.mallory['id']}/history"):
            assert (await http.get(path)).status_code in (403, 404), path
        assert (await http.get(f"/customers/{town.ada['id']}")).status_code == 200
        inside = {z["name"]: z["inside"] for z in (await http.get("/occupancy")).json()}
        assert inside == {"Garage": 1, "Yard": 0}
        muster = (await http.get("/muster")).json()
        assert (muster["people"], [p["name"] for z in muster["zones"] for p in z["present"]]) == (1, ["Ada"])
        assert "Mallory" not in (await http.get("/muster", params={"format": "csv"})).text
        assert (await http.get("/sessions/current")).json()["companies"] == [town.own]
        hits = (await http.get("/search", params={"q": "Ada"})).json()
        assert (hits[0]["of"], hits[0]["title"]) == ("customer", "Ada")
        for q in ("Mallory", "Malory", "GD200M", "Other"):
            assert (await http.get("/search", params={"q": q})).json() == [], q
        taken = (await http.get("/check/email", params={"value": "mallory@example.org"})).json()
        assert taken["problem"] == "taken" and "Mallory" not in str(taken) and town.mallory["id"] not in str(taken)
        assert (await http.get(f"/customers/{town.ada['id']}/merge/{town.mallory['id']}")).status_code == 404
        everybody = {"selection": {"all": True}, "action": "tag", "what": "mine"}
        assert (await http.post("/customers/bulk/preview", json={"all": True})).json() == {"count": 1, "names": ["Ada"]}
        assert (await http.post("/customers/bulk", json=everybody)).json()["changed"] == 1
        named = {**everybody, "selection": {"ids": [town.mallory["id"]]}}
        assert (await http.post("/customers/bulk", json=named)).status_code == 404
        theirs = [town.mallory["id"], town.ada["id"]]
        assert (await http.post("/customers/bulk/preview", json={"ids": theirs})).json()["names"] == ["Ada"]
        for path in ("/users", "/audit", "/roles"):
            assert (await http.get(path)).status_code == 403, path
        other = await http.patch(f"/customers/{town.mallory['id']}", json={"phone": "1"})
        assert other.status_code == 404
        assert (await http.post("/customers", json={"name": "New", "source": "walk_in"})).json()["field"] == "company"
        made = await http.post("/customers", json={"name": "New", "source": "walk_in", "company": town.own})
        assert made.status_code == 201
    async with site.api() as admin:
        event = next(e for e in (await admin.get("/events")).json()["items"] if e.get("customer_name") == "Mallory")
        assert len((await admin.get("/customers")).json()["items"]) == 4
    async with site.api("Tenant") as http:
        for path in (f"/events/{event['seq']}", f"/events/{event['seq']}/explanation", f"/entries/{event['seq']}"):
            assert (await http.get(path)).status_code == 404, path
    async with site.browser("Tenant") as page:
        listed = (await page.get("/customers")).text
        assert "Ada" in listed and "Mallory" not in listed
        assert (await page.get(f"/customers/{town.mallory['id']}")).status_code == 404
        live = (await page.get("/")).text
        assert "Ada" in live and "Mallory" not in live and "Yves" not in live
        assert "Mallory" not in (await page.get("/events")).text


@pytest.mark.feature("X-10")
async def test_a_keeper_sees_and_opens_the_doors_of_their_zone_alone(site: DeskFacility, town: Town) -> None:
    async with site.api("Keeper") as http:
        assert [z["name"] for z in (await http.get("/zones")).json()["items"]] == ["Garage"]
        assert (await http.get(f"/zones/{town.yard}")).status_code == 404
        points = {p["name"]: p["id"] for p in (await http.get("/access-points")).json()["items"]}
        assert set(points) == {"North in", "North out"}
        assert {e["access_point_name"] for e in (await http.get("/events")).json()["items"] if e.get("access_point")} == {
            "North in"
        }
        assert {e["zone"] for e in (await http.get("/entries")).json()["items"]} == {town.garage}
        assert [z["name"] for z in (await http.get("/occupancy")).json()] == ["Garage"]
        assert [z["name"] for z in (await http.get("/muster")).json()["zones"]] == ["Garage"]
        assert [[p["name"] for p in d["access_points"]] for d in (await http.get("/doors")).json()] == [["North in", "North out"]]
        async with site.api() as admin:
            yard = next(p["id"] for p in (await admin.get("/access-points")).json()["items"] if p["name"] == "Yard in")
        assert (await http.post(f"/access-points/{yard}/unlock", json={"reason": "r"})).status_code == 404
        assert (await http.post(f"/access-points/{points['North in']}/unlock", json={"reason": "r"})).status_code == 200
        assert (await http.put("/modes", json={"mode": "locked_down", "reason": "r"})).status_code == 403
        assert (await http.put("/modes", json={"mode": "locked_down", "zone": town.yard, "reason": "r"})).status_code == 404
        assert (await http.patch("/site", json={"pin_tries": 3})).status_code == 403


@pytest.mark.feature("X-9")
async def test_edge_refuses_a_desk_that_would_let_a_tenant_through(site: DeskFacility, town: Town) -> None:
    token = await site.token("Tenant")
    command = EditCustomer(id=town.mallory["id"], changes={"phone": "1"})
    assert isinstance(await refused(lambda: site.desk.parts.edge.send(command, token=token)), NotFound)


@pytest.mark.feature("X-9")
async def test_the_stream_of_a_tenant_has_its_own_events_alone(site: DeskFacility, town: Town) -> None:
    heard: list[str] = []
    query = {"after": 0}
    async with asyncio.timeout(15), site.api("Tenant") as http, http.stream("GET", "/events/stream", params=query) as stream:
        await site.show(town.codes["Mallory"], at="North out")
        await site.show(town.codes["Ada"], at="North out")
        async with contextlib.aclosing(stream.aiter_lines()) as lines:
            async for line in lines:
                heard += [line] if line.startswith("data:") else []
                if len(heard) == 2:
                    break
    assert all('"customer_name":"Ada"' in line for line in heard)


@pytest.mark.feature("X-9")
async def test_taking_a_restriction_away_or_giving_one_holds_from_the_next_request(site: DeskFacility, town: Town) -> None:
    async with site.api("Tenant") as http, site.api() as admin:
        tenant = next(u for u in (await admin.get("/users")).json()["items"] if u["login"] == "tenant")
        assert len((await http.get("/customers")).json()["items"]) == 1
        assert (await admin.patch(f"/users/{tenant['id']}", json={"companies": [town.own, town.other]})).status_code == 200
        assert len((await http.get("/customers")).json()["items"]) == 3
        assert (await admin.patch(f"/users/{tenant['id']}", json={"companies": ["nowhere"]})).json()["field"] == "companies"
        assert (await admin.patch(f"/users/{tenant['id']}", json={"companies": []})).status_code == 200
        assert (await http.get("/users")).status_code == 200


@pytest.mark.feature("X-25")
async def test_times_are_shown_in_a_users_own_time_zone(site: DeskFacility, town: Town) -> None:
    async with site.api() as admin:
        keeper = next(u for u in (await admin.get("/users")).json()["items"] if u["login"] == "keeper")
        assert (await admin.patch(f"/users/{keeper['id']}", json={"time_zone": "Mars/Base"})).json()["field"] == "time_zone"
        seq = (await admin.get("/events", params={"customer": town.ada["id"]})).json()["items"][0]["seq"]
    async with site.browser("Keeper") as theirs, site.browser() as ours:
        tokyo, warsaw = (await theirs.get(f"/events/{seq}")).text, (await ours.get(f"/events/{seq}")).text
    hours = [int(found[1]) for page in (tokyo, warsaw) if (found := re.search(r"(\d\d):\d\d:\d\d", page))]
    assert (hours[0] - hours[1]) % 24 in (7, 8), "Tokyo is seven or eight hours ahead of Warsaw"


@pytest.mark.feature("X-9")
async def test_a_tenant_sees_and_takes_payments_of_its_own_visits_alone(site: DeskFacility) -> None:
    entry, _ = await parked(site)
    own = await site.add("/companies", name="Own")
    async with site.api() as admin:
        role = next(r for r in (await admin.get("/roles")).json()["items"] if r["name"] == "Administrator")
        await site.add("/users", login="tenant", role=role["id"], password="correct horse", companies=[own["id"]])
        taken = (await admin.post(f"/entries/{entry}/payments", json={"method": "card", "currency": "CHF"})).json()["payment"]
        (ada,) = (await admin.get("/customers")).json()["items"]
        async with site.api("Tenant") as http:
            assert (await http.get("/payments")).json()["items"] == []
            for answer in (
                await http.get(f"/entries/{entry}/price"),
                await http.post(f"/entries/{entry}/payments", json={"method": "cash"}),
                await http.post(f"/payments/{taken['id']}/refund", json={"reason": "r"}),
            ):
                assert answer.status_code == 404
            assert (await admin.patch(f"/customers/{ada['id']}", json={"companies": [own["id"]]})).status_code == 200
            assert [p["id"] for p in (await http.get("/payments")).json()["items"]] == [taken["id"]]
            assert (await http.get(f"/entries/{entry}/price")).status_code == 200
            assert (await http.post(f"/payments/{taken['id']}/refund", json={"reason": "r"})).status_code == 200


@pytest.mark.feature("X-9", "X-22")
async def test_a_key_of_somebody_restricted_is_restricted_too(site: DeskFacility, town: Town) -> None:
    async with site.api() as admin:
        tenant = next(u for u in (await admin.get("/users")).json()["items"] if u["login"] == "tenant")
    made = await site.add("/keys", name="till", scopes=["customers.view", "audit.view"], user=tenant["id"])
    async with site.client(headers={"Authorization": f"Bearer {made['key']}"}) as http:
        assert [c["name"] for c in (await http.get("/api/v1/customers")).json()["items"]] == ["Ada"]
        assert (await http.get("/api/v1/audit")).status_code == 403


@pytest.mark.parametrize("who", ["Tenant", "Keeper"])
async def test_a_file_holds_what_its_list_shows_and_nothing_more(site: DeskFacility, town: Town, who: str) -> None:
    outside = "Mallory" if who == "Tenant" else "Yves"
    async with site.api(who) as http:
        for area in ("customers", "companies", "cards", "vehicles", "bookings", "entries", "events", "payments"):
            job = (await http.post("/exports", json={"area": area, "format": "csv", "plain": True})).json()
            done = (await http.get(f"/exports/{job['id']}", params={"wait": 20})).json()
            assert done["state"] == "done", (area, done)
            text = (await http.get(f"/exports/{job['id']}/file")).text
            rows = len(text.splitlines()) - 1
            assert rows == len((await http.get(f"/{area}?limit=200")).json()["items"]), (area, text)
            if who == "Tenant" or area in ("entries", "events"):
                assert outside not in text, area
        named = {"customer": town.mallory["id"], "from": "2026-01-01", "to": "2099-01-01"}
        assert (await http.post("/statements", json=named)).status_code == (404 if who == "Tenant" else 202)
    async with site.api("Tenant") as http:
        scheduled = await http.post(
            "/scheduled-exports", json={"name": "x", "area": "customers", "cron": "0 6 * * 1", "folder": "/tmp/x"}
        )
    assert scheduled.status_code == 403, "the calendar makes them of the whole site"


@pytest.mark.feature("X-10")
async def test_a_porter_sees_what_passes_the_doors_with_a_tag_and_opens_no_others(site: DeskFacility, town: Town) -> None:
    async with site.api() as http:
        points = {p["name"]: p["id"] for p in (await http.get("/access-points")).json()["items"]}
        await http.patch(f"/access-points/{points['Yard in']}", json={"tags": ["Boats", "boats"]})
        role = next(r for r in (await http.get("/roles")).json()["items"] if r["name"] == "Administrator")
        assert (await http.get("/events?tag=boats&kind=decision")).json()["items"][0]["customer_name"] == "Yves"
    await site.add("/users", login="porter", role=role["id"], password="correct horse", tags=["BOATS"])
    async with site.api("Porter") as http:
        assert (await http.get("/sessions/current")).json()["tags"] == ["boats"]
        for path in ("/events?kind=decision", "/entries"):
            assert {one.get("customer_name") or one["label"] for one in (await http.get(path)).json()["items"]} == {"Yves"}, path
        assert [p["name"] for p in (await http.get("/access-points")).json()["items"]] == ["Yard in"]
        assert {one["name"] for zone in (await http.get("/muster")).json()["zones"] for one in zone["present"]} == {"Yves"}
        assert (await http.post(f"/access-points/{points['Yard in']}/unlock", json={"reason": "boat"})).status_code == 200
        assert (await http.post(f"/access-points/{points['North in']}/unlock", json={"reason": "boat"})).status_code == 404
        assert (await http.put("/modes", json={"mode": "card_only", "zone": town.yard, "reason": "x"})).status_code == 403
        assert (
            await http.put("/modes", json={"mode": "card_only", "access_point": points["Yard in"], "reason": "x"})
        ).status_code == 200
        opens = {"Both": 400, "Boats only": 201}
        async with site.api() as admin:
            await admin.post("/profiles", json={"name": "Boats only", "zones": [{"zone": town.yard}]})
            profiles = {p["name"]: p["id"] for p in (await admin.get("/profiles")).json()["items"]}
        for name, status in opens.items():
            person = {"name": name, "email": f"{name[:4]}@example.org", "profiles": [profiles[name]]}
            assert (await http.post("/customers", json=person)).status_code == status, name
    async with site.api() as http:
        vehicle = (await http.get("/vehicles")).json()["items"][0]
        await http.patch(f"/vehicles/{vehicle['id']}", json={"tags": ["VIP"]})
        assert [v["id"] for v in (await http.get("/vehicles?tag=Vip")).json()["items"]] == [vehicle["id"]]
