"""Guests invited over REST come in as often and as long as they were invited for; staff come in with their own cards."""

from __future__ import annotations

import pytest

from edge.core.judgement import Reason
from edge.core.model import CredentialKind
from tests.admin_api.desk_facility import DeskFacility

HOUR_MS = 3_600_000


@pytest.mark.feature("X-12")
async def test_a_guest_comes_in_once_within_the_window_by_code_or_plate(site: DeskFacility) -> None:
    host, _ = await site.customer_with_card("Host")
    now = site.desk.parts.now()
    window = {"host": host["id"], "valid_from": now - HOUR_MS, "valid_to": now + HOUR_MS}
    guest = await site.add("/guests", name="Gus", plate="GA 4411", **window)
    assert guest["guest"]["kind"] == "guest" and guest["card"]["uses"] == 1
    assert await site.show(guest["code"]) is Reason.GRANTED
    assert await site.show(guest["code"], at="North out") is Reason.GRANTED
    assert await site.show(guest["code"]) is Reason.NO_USES_LEFT, "once was once"
    assert await site.show("GA4411", CredentialKind.PLATE) is Reason.GRANTED, "the plate is counted by itself"
    assert await site.show("GA4411", CredentialKind.PLATE, at="North out") is Reason.GRANTED
    assert await site.show("GA4411", CredentialKind.PLATE) is Reason.NO_USES_LEFT
    late = await site.add("/guests", name="Later", kind="contractor", **window | {"valid_from": now + HOUR_MS - 1})
    assert await site.show(late["code"]) is Reason.CARD_NOT_YET_VALID
    listed = (await site.get(f"/customers?visitor=true&host={host['id']}"))["items"]
    assert {one["name"] for one in listed} == {"Gus", "Later"}
    assert {v["customer"] for v in (await site.get("/entries?person=guest"))["items"]} == {guest["guest"]["id"]}


async def test_what_makes_no_guest_is_refused_whole(site: DeskFacility) -> None:
    host, _ = await site.customer_with_card("Host")
    now = site.desk.parts.now()
    good = {"name": "Gus", "host": host["id"], "valid_from": now, "valid_to": now + HOUR_MS}
    async with site.api() as http:
        for change, field in (
            ({"host": "nobody"}, "host"), ({"valid_to": now - 1}, "valid_to"), ({"code": False}, "code"), ({"kind": "customer"}, "kind"),
            ({"valid_from": now + 2 * HOUR_MS}, "valid_to"), ({"plate": "!"}, "plate"), ({"uses": -1}, "uses"), ({"name": ""}, "name"),
        ):  # fmt: skip
            answer = await http.post("/guests", json=good | change)
            assert (answer.status_code, answer.json()["field"]) == (400, field), change
        assert (await http.get("/customers?visitor=true")).json()["items"] == [], "nothing of them was kept"
    async with site.api("Guard") as http:
        assert (await http.post("/guests", json=good)).status_code == 403


@pytest.mark.feature("X-11")
async def test_staff_have_cards_vehicles_and_entries_of_their_own(site: DeskFacility) -> None:
    await site.customer_with_card("Ada")
    opens = {"profiles": [site.house.ids["profile"]]}
    staff = await site.add("/customers", name="Stan Staff", email="stan@example.org", kind="user", **opens)
    card = await site.add("/cards", customer=staff["id"], username="stan")
    await site.add("/vehicles", customer=staff["id"], plate="ST 1")
    assert await site.show(card["code"]) is Reason.GRANTED
    assert await site.show("ST1", CredentialKind.PLATE) is Reason.GRANTED
    for path in ("/entries?person=user", "/events?person=user&kind=decision"):
        assert {one["customer"] for one in (await site.get(path))["items"]} == {staff["id"]}, path
    assert [one["name"] for one in (await site.get("/customers?kind=user"))["items"]] == ["Stan Staff"]
    assert (await site.get("/entries?person=customer"))["items"] == []
