"""Events and visits over REST: every filter narrows, filters add up, a visit has both its events and can be ended by hand."""

from __future__ import annotations

from typing import Any

import pytest

from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility


async def a_morning(site: DeskFacility) -> dict[str, Any]:
    """Ada of Acme comes and goes, Bob comes and stays, Eve is refused."""
    acme = await site.add("/companies", name="Acme")
    (ada, ada_code), (bob, bob_code), (eve, eve_code) = [await site.customer_with_card(name) for name in ("Ada", "Bob", "Eve")]
    async with site.api() as api:
        await api.patch(f"/customers/{ada['id']}", json={"company": acme["id"], "tags": ["Season"]})
        await api.patch(f"/customers/{bob['id']}", json={"kind": "contractor"})
        await api.patch(f"/customers/{eve['id']}", json={"status": "inactive"})
    assert await site.show(ada_code) is Reason.GRANTED
    assert await site.show(ada_code, at="North out") is Reason.GRANTED
    assert await site.show(bob_code) is Reason.GRANTED
    assert await site.show(eve_code) is Reason.CUSTOMER_INACTIVE
    return {"ada": ada["id"], "bob": bob["id"], "eve": eve["id"], "acme": acme["id"], "zone": site.house.ids["zone"]}


@pytest.mark.feature("S003-26", "X-4")
async def test_the_event_list_narrows_by_each_filter_and_by_several(site: DeskFacility) -> None:
    ids = await a_morning(site)
    async with site.api() as api:
        points = {p["name"]: p["id"] for p in (await api.get("/access-points")).json()["items"]}
        (first,) = (await api.get("/events", params={"customer": ids["bob"]})).json()["items"]
        for query, people in (
            ({"company": ids["acme"]}, ["Ada", "Ada"]), ({"tag": "season"}, ["Ada", "Ada"]), ({"person": "contractor"}, ["Bob"]),
            ({"zone": ids["zone"], "kind": "decision"}, ["Eve", "Bob", "Ada", "Ada"]), ({"credential": "qr", "outcome": "denied"}, ["Eve"]),
            ({"access_point": points["North out"], "kind": "decision"}, ["Ada"]), ({"reader": "test", "outcome": "granted"}, ["Bob", "Ada", "Ada"]),
            ({"since": first["at"], "kind": "decision"}, ["Eve", "Bob"]), ({"until": first["at"], "kind": "decision"}, ["Ada", "Ada"]),
            ({"company": ids["acme"], "access_point": points["North out"]}, ["Ada"]), ({"company": ids["acme"], "outcome": "denied"}, []),
            ({"tag": "vip"}, []), ({"since": 1 << 60}, []), ({"until": 0}, []),
        ):  # fmt: skip
            found = (await api.get("/events", params=query)).json()["items"]
            assert [e["customer_name"] for e in found] == people, query
        assert (await api.get("/events", params={"person": "pirate"})).status_code == 400


@pytest.mark.feature("X-3", "S003-31")
async def test_the_list_of_visits_narrows_by_each_filter_and_by_several(site: DeskFacility) -> None:
    ids = await a_morning(site)
    async with site.api() as api:
        points = {p["name"]: p["id"] for p in (await api.get("/access-points")).json()["items"]}
        bob, ada = (await api.get("/entries")).json()["items"]
        assert (ada["label"], bob["label"], bob["out_at"]) == ("Ada", "Bob", None)
        for query, people in (
            ({"company": ids["acme"]}, ["Ada"]), ({"tag": "SEASON"}, ["Ada"]), ({"person": "contractor"}, ["Bob"]), ({"open": "true"}, ["Bob"]),
            ({"open": "false"}, ["Ada"]), ({"zone": ids["zone"]}, ["Bob", "Ada"]), ({"holder": ada["holder"]}, ["Ada"]), ({"customer": ids["bob"]}, ["Bob"]),
            ({"access_point": points["North out"]}, ["Ada"]), ({"access_point": points["North in"]}, ["Bob", "Ada"]), ({"payment": "none"}, ["Bob", "Ada"]),
            ({"payment": "paid"}, []), ({"flag": "doubtful"}, []), ({"since": bob["in_at"]}, ["Bob"]), ({"until": bob["in_at"]}, ["Ada"]),
            ({"left_since": ada["out_at"]}, ["Ada"]), ({"left_until": ada["out_at"]}, []), ({"least": 1}, []), ({"most": 0}, []),
            ({"company": ids["acme"], "open": "true"}, []),
        ):  # fmt: skip
            assert [v["label"] for v in (await api.get("/entries", params=query)).json()["items"]] == people, query
        assert (await api.get("/entries", params={"payment": "maybe"})).status_code == 400


@pytest.mark.feature("S003-3", "S003-32")
async def test_a_visit_shows_both_its_events_and_is_ended_by_hand_with_a_reason(site: DeskFacility) -> None:
    await a_morning(site)
    async with site.api() as api:
        bob, ada = (await api.get("/entries")).json()["items"]
        whole = (await api.get(f"/entries/{ada['in_seq']}")).json()
        assert (whole["event_in"]["access_point_name"], whole["event_out"]["access_point_name"]) == ("North in", "North out")
        path = f"/entries/{bob['in_seq']}/close"
        assert (await api.post(path, json={"reason": " "})).status_code == 400
        assert (await api.post(path, json={"reason": "seen leaving by boat"})).json()["ended"] == 1
        assert (await api.post(path, json={"reason": "again"})).status_code == 409
        assert (await api.get("/entries", params={"open": "true"})).json()["items"] == []
        ended = (await api.get(f"/entries/{bob['in_seq']}")).json()
        assert (ended["entry"]["flag"], ended["event_out"]["note"]) == ("corrected", "seen leaving by boat")
        assert (await api.get("/entries/999")).status_code == 404
    async with site.api("Viewer") as api:
        assert (await api.post(path, json={"reason": "no"})).status_code == 403


@pytest.mark.feature("S003-34", "S003-36", "S003-38")
async def test_customers_are_found_by_their_visits(site: DeskFacility) -> None:
    ids = await a_morning(site)
    async with site.api() as api:
        bob, ada = (await api.get("/entries")).json()["items"]
        for query, people in (
            ({"inside": "true"}, ["Bob"]), ({"visited_from": bob["in_at"]}, ["Bob"]), ({"visited_to": bob["in_at"]}, ["Ada"]),
            ({"entered_from": bob["in_at"]}, ["Bob"]), ({"entered_to": bob["in_at"]}, ["Ada"]), ({"exited_from": ada["out_at"]}, ["Ada"]),
            ({"exited_to": ada["out_at"]}, []), ({"visited_from": 1, "company": ids["acme"]}, ["Ada"]), ({"status": "inactive"}, ["Eve"]),
        ):  # fmt: skip
            assert [c["name"] for c in (await api.get("/customers", params=query)).json()["items"]] == people, query


@pytest.mark.feature("S000-27")
async def test_customers_are_found_by_when_their_booking_ends(site: DeskFacility) -> None:
    ids = await a_morning(site)
    await site.add("/bookings", customer=ids["eve"], zone=ids["zone"], from_at=1_000_000, to_at=2_000_000)
    async with site.api() as api:
        for query, people in (({"leaving_from": 2_000_000, "leaving_to": 2_000_001}, ["Eve"]), ({"leaving_to": 2_000_000}, [])):
            assert [c["name"] for c in (await api.get("/customers", params=query)).json()["items"]] == people, query
