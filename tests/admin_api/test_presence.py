"""Who is inside, for a screen, for paper and for a spreadsheet; corrections with a reason; modes, bookings and the policy over REST."""

from __future__ import annotations

import csv
import io
import time
from typing import Any

import pytest

from edge.core.judgement import Reason
from edge.core.model import CredentialKind
from tests.admin_api.desk_facility import DeskFacility
from tests.console.test_customers_pages import text_of

HOUR = 3_600_000


async def occupancy(site: DeskFacility, zone: str) -> dict[str, Any]:
    async with site.api("Operator") as http:
        found: dict[str, Any] = next(z for z in (await http.get("/occupancy")).json() if z["zone"] == zone)
    return found


@pytest.mark.feature("X-13")
async def test_a_zones_count_is_corrected_and_reset_with_a_reason_and_closes_it_when_full(site: DeskFacility) -> None:
    zone = site.house.ids["zone"]
    customer, code = await site.customer_with_card("Ada")
    _, late = await site.customer_with_card("Grace")
    async with site.api() as http:
        assert (await http.patch(f"/zones/{zone}", json={"capacity": 3})).status_code == 200
        await site.show(code)
        counted = await http.post(f"/zones/{zone}/count", json={"by": 2, "reason": "two came with a visitor"})
        assert counted.json()["inside"] == 3
        told = await occupancy(site, zone)
        assert [told.get(f, 0) for f in ("inside", "correction", "doubtful", "capacity")] == [3, 2, 0, 3]
        assert await site.show(late) is Reason.ZONE_FULL
        refused = await http.post(f"/zones/{zone}/count", json={"by": 0, "reason": "r"})
        assert (refused.status_code, refused.json()["field"]) == (400, "by")
        (card,) = (await http.get("/cards", params={"customer": customer["id"]})).json()["items"]
        moved = await http.post(f"/presence/{card['id']}", json={"reason": "seen outside"})
        assert (moved.status_code, moved.json()["ended"]) == (200, 1)
        assert (await http.post(f"/zones/{zone}/reset", json={"reason": "closing time"})).json()["inside"] == 0
        assert await site.show(late) is Reason.GRANTED
        assert (await http.post(f"/zones/{zone}/reset", json={"reason": " "})).json()["field"] == "reason"
        assert (await http.post("/zones/nowhere/reset", json={"reason": "r"})).status_code == 404
    async with site.api("Guard") as http:
        assert (await http.post(f"/zones/{zone}/reset", json={"reason": "r"})).status_code == 403


async def test_a_visit_that_lasts_longer_than_the_policy_says_is_doubtful(site: DeskFacility) -> None:
    _, code = await site.customer_with_card("Ada")
    await site.show(code)
    now = time.time_ns() // 1_000_000
    site.desk.parts.now = lambda: now + 5 * HOUR
    assert (await occupancy(site, site.house.ids["zone"]))["doubtful"] == 0
    async with site.api() as http:
        before = await http.get("/site")
        kept = await http.patch("/site", json={"doubtful_hours": 4}, headers={"If-Match": before.headers["etag"]})
        assert (kept.status_code, kept.json()["doubtful_hours"]) == (200, 4)
        assert (await http.patch("/site", json={"pin_tries": 3}, headers={"If-Match": before.headers["etag"]})).status_code == 412
    assert (await occupancy(site, site.house.ids["zone"]))["doubtful"] == 1


@pytest.mark.feature("X-21")
async def test_the_muster_list_names_everybody_inside_on_screen_paper_and_in_a_table(site: DeskFacility) -> None:
    ids = site.house.ids
    company = await site.add("/companies", name="=Acme & Sons")
    deck = await site.add("/zones", name="Deck", parent=ids["zone"])
    await site.add("/access-points", name="Deck up", door="north", from_zone=ids["zone"], to_zone=deck["id"])
    both = {"name": "Both", "zones": [{"zone": ids["zone"]}, {"zone": deck["id"]}]}
    profile = await site.add("/profiles", **both)
    ada = await site.add("/customers", name="Ada", email="ada@example.org", profiles=[profile["id"]], company=company["id"])
    code = (await site.add("/cards", customer=ada["id"], username="ada"))["code"]
    await site.add("/vehicles", customer=ada["id"], plate="GD 1234A")
    _, gone = await site.customer_with_card("Grace")
    await site.show(code)
    await site.show("GD1234A", CredentialKind.PLATE)
    assert await site.show(code, at="Deck up") is Reason.GRANTED
    await site.show(gone)
    await site.show(gone, at="North out")
    async with site.api() as http:
        await http.post(f"/zones/{ids['zone']}/count", json={"by": 1, "reason": "a courier"})
        found = (await http.get("/muster")).json()
        assert (found["site"], found["people"]) == ("Test", 1), "a customer with card and car is one"
        inside = {z["name"]: ([p["what"] for p in z["present"]], z["correction"]) for z in found["zones"]}
        assert inside == {"Deck": (["ada"], 0), "Garage": (["GD 1234A"], 1)}, "who is on the deck is not searched for in the garage"
        answer = await http.get("/muster", headers={"Accept": "text/csv"})
        assert answer.headers["content-type"].startswith("text/csv")
        lines = list(csv.reader(io.StringIO(answer.text)))
        assert lines[1][:4] == ["Deck", "Ada", "'=Acme & Sons", "ada"] and len(lines) == 4
        assert (await http.get("/muster", params={"format": "csv"})).text == answer.text
    async with site.browser("Operator") as http:
        page = (await http.get("/muster")).text
        assert "Test: 1 person inside" in text_of(page) and "GD 1234A" in page and "+1 counted by hand" in page
        assert 'href="/muster"' in (await http.get("/")).text
    async with site.browser("Guard") as http:
        assert (await http.get("/muster")).status_code == 403


@pytest.mark.feature("X-21")
async def test_a_zone_is_locked_down_and_set_free_over_rest(site: DeskFacility) -> None:
    zone = site.house.ids["zone"]
    _, code = await site.customer_with_card("Ada")
    async with site.api("Operator") as http:
        done = await http.put("/modes", json={"mode": "locked_down", "zone": zone, "reason": "fire drill"})
        assert (done.status_code, done.json()) == (200, {"id": zone, "mode": "locked_down", "mode_until": None})
        assert await site.show(code) is Reason.LOCKED_DOWN
        assert (await http.put("/modes", json={"mode": "normal", "zone": zone, "reason": "over"})).json()["mode"] == "normal"
        assert await site.show(code) is Reason.GRANTED
        assert (await http.put("/modes", json={"mode": "normal", "reason": ""})).json()["field"] == "reason"
        whole = await http.put("/modes", json={"mode": "card_only", "reason": "night"})
        assert whole.json()["mode"] == "card_only"


async def test_a_booking_is_made_moved_listed_and_cancelled_but_never_deleted(site: DeskFacility) -> None:
    zone, now = site.house.ids["zone"], time.time_ns() // 1_000_000
    customer, code = await site.customer_with_card("Ada")
    async with site.api() as http:
        await http.patch(f"/zones/{zone}", json={"booking": True})
    assert await site.show(code) is Reason.NO_BOOKING_NOW
    async with site.api("Operator") as http:
        fields = {"customer": customer["id"], "zone": zone, "from_at": now + HOUR, "to_at": now + 2 * HOUR}
        made = await http.post("/bookings", json=fields)
        assert made.status_code == 201 and made.json()["made_by"] == "operator"
        id = made.json()["id"]
        assert (await http.patch(f"/bookings/{id}", json={"from_at": now - HOUR})).status_code == 200
        assert await site.show(code) is Reason.GRANTED
        assert [b["id"] for b in (await http.get("/bookings", params={"customer": customer["id"]})).json()["items"]] == [id]
        assert (await http.get("/bookings", params={"zone": "elsewhere"})).json()["items"] == []
        assert (await http.post(f"/bookings/{id}/cancel", json={"reason": "rain"})).json()["state"] == "cancelled"
        assert await site.show(code) is Reason.NO_BOOKING_NOW
        assert (await http.delete(f"/bookings/{id}")).status_code == 405
        wrong = await http.post("/bookings", json={**fields, "to_at": now})
        assert (wrong.status_code, wrong.json()["field"]) == (400, "to_at")


async def test_a_key_that_signs_passes_is_added_and_revoked(site: DeskFacility) -> None:
    public = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    async with site.api() as http:
        made = await http.post("/pass-keys", json={"key": "C1", "name": "Central", "public": public})
        assert (made.status_code, made.json()["id"]) == (201, "C1")
        assert (await http.post("/pass-keys", json={"name": "Central", "public": public})).status_code == 400
        assert (await http.patch("/pass-keys/C1", json={"revoked": True})).json()["revoked"] is True
        assert [k["id"] for k in (await http.get("/pass-keys")).json()["items"]] == ["C1"]
