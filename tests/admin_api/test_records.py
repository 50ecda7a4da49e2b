"""Records over REST: what is changed here is what the gate decides by; versions, retries, bad input."""

from __future__ import annotations

import asyncio

import pytest

from edge.core.judgement import Reason
from edge.core.model import CredentialKind
from tests.admin_api.desk_facility import DeskFacility


@pytest.mark.feature("S003-18")
async def test_a_customer_set_inactive_is_refused_at_the_next_reading(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    assert await site.show(code) is Reason.GRANTED
    async with site.api() as http:
        assert (await http.patch(f"/customers/{customer['id']}", json={"status": "inactive"})).json()["status"] == "inactive"
        assert await site.show(code) is Reason.CUSTOMER_INACTIVE
        await http.patch(f"/customers/{customer['id']}", json={"status": "active"})
        assert await site.show(code) is Reason.GRANTED
        await http.delete(f"/customers/{customer['id']}")
        assert await site.show(code) is Reason.CUSTOMER_DELETED
        assert (await http.post(f"/customers/{customer['id']}/restore")).json()["name"] == "Ada"
        assert await site.show(code) is Reason.GRANTED


@pytest.mark.feature("S003-27", "S003-29")
async def test_a_vehicle_and_a_card_made_over_the_api_open_and_say_who(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    car = {"plate": "gd 1234a", "country": "pl", "brand": "Skoda", "model": "Octavia", "year": 2020, "colour": "blue"}
    vehicle = await site.add("/vehicles", customer=customer["id"], **car)
    assert (vehicle["plate"], vehicle["country"], vehicle["brand"]) == ("GD 1234A", "PL", "Skoda")
    assert await site.show("GD1234A", CredentialKind.PLATE) is Reason.GRANTED
    async with site.api() as http:
        cards = (await http.get(f"/cards?customer={customer['id']}")).json()["items"]
        assert cards[0]["last4"] == code[-4:] and code not in str(cards), "the code is said once, when the card is made"
        await http.patch(f"/cards/{cards[0]['id']}", json={"valid_to": 1})
        assert await site.show(code) is Reason.CARD_EXPIRED
        events = (await http.get("/events?kind=decision")).json()["items"]
        assert [e["code"] for e in events[:2]] == ["card_expired", "granted"]
        assert events[0]["customer_name"] == "Ada"


@pytest.mark.feature("S003-14", "S003-15", "S003-20")
async def test_fields_are_kept_tidied_and_refused_by_name(site: DeskFacility) -> None:
    fields = {
        "name": "  Ada   Lovelace ",
        "email": "Ada@Example.org ",
        "phone": "+48 601",
        "addresses": [{"street": "Nabrzeżna 4", "city": "Gdynia", "country": "pl"}],
        "description": "x",
    }
    made = await site.add("/customers", **fields)
    assert (made["name"], made["email"], made["addresses"][0]["city"]) == ("Ada Lovelace", "ada@example.org", "Gdynia")
    async with site.api() as http:
        for body, field in (
            ({"email": "a@example.org"}, "name"),
            ({"name": "", "email": "a@example.org"}, "name"),
            ({"name": "A", "email": "nonsense"}, "email"),
            ({"name": "A", "nmae": "B"}, "nmae"),
            ({"name": 7}, "name"),
            ({"name": "A", "status": "sleepy"}, "status"),
            ({"name": "A", "number": 1}, "number"),
            ({"name": "A", "id": "mine"}, "id"),
        ):
            answer = await http.post("/customers", json=body)
            assert answer.status_code == 400, (body, answer.text)
            problem = answer.json()
            assert problem["code"] == "invalid" and problem["field"] == field, problem
            assert set(problem) == {"type", "title", "status", "detail", "code", "field"}
        again = await http.post("/customers", json={"name": "B", "email": "ada@example.org"})
        assert again.status_code == 409 and again.json()["field"] == "email"
        assert (await http.get("/customers/nobody")).status_code == 404


async def test_of_two_edits_from_one_version_the_second_is_told(site: DeskFacility) -> None:
    made = await site.add("/customers", name="Ada", email="ada@example.org")
    async with site.api() as http:
        read = await http.get(f"/customers/{made['id']}")
        tag = {"If-Match": read.headers["etag"]}
        first = await http.patch(f"/customers/{made['id']}", json={"phone": "1"}, headers=tag)
        assert first.status_code == 200 and first.headers["etag"] != read.headers["etag"]
        second = await http.patch(f"/customers/{made['id']}", json={"phone": "2"}, headers=tag)
        assert second.status_code == 412 and second.json()["code"] == "stale"
        assert (await http.get(f"/customers/{made['id']}")).json()["phone"] == "1"
        assert (await http.patch(f"/customers/{made['id']}", json={"phone": "2"}, headers={"If-Match": "soon"})).status_code == 400


async def test_a_post_sent_twice_with_one_key_makes_one(site: DeskFacility) -> None:
    async with site.api() as http, site.api("Operator") as other:
        body, key = {"name": "Ada", "email": "ada@example.org"}, {"Idempotency-Key": "order 7"}
        first, second = await asyncio.gather(*(http.post("/customers", json=body, headers=key) for _ in range(2)))
        answers = sorted((first.status_code, second.status_code))
        assert answers in ([201, 201], [201, 503]), "the second waits or is told to come again"
        third = await http.post("/customers", json=body, headers=key)
        assert third.status_code == 201
        assert len((await http.get("/customers?q=Ada")).json()["items"]) == 1
        theirs = await other.post("/customers", json={"name": "Bob", "email": "bob@example.org"}, headers=key)
        assert theirs.json()["name"] == "Bob", "a key belongs to who sent it"


@pytest.mark.feature("S003-9")
async def test_a_list_pages_through_everybody_once(site: DeskFacility) -> None:
    names = [f"Person {i:03}" for i in range(25)]
    for i, name in enumerate(names):
        await site.add("/customers", name=name, email=f"p{i}@example.org", status="inactive" if i % 5 == 0 else "active")
    async with site.api() as http:
        found, after = [], ""
        while True:
            page = (await http.get("/customers", params={"limit": 7, "after": after})).json()
            found += [c["name"] for c in page["items"]]
            after = page.get("next") or ""
            if not after:
                break
        assert found == names
        assert len((await http.get("/customers?status=inactive")).json()["items"]) == 5
        assert [c["name"] for c in (await http.get("/customers?q=person 017")).json()["items"]] == ["Person 017"]
        assert [c["name"] for c in (await http.get("/customers?q=p17@")).json()["items"]] == ["Person 017"]
        assert (await http.get("/customers?after=nonsense")).status_code == 400
        assert (await http.get("/customers?status=sleepy")).status_code == 400


@pytest.mark.parametrize(
    "name", ["Robert'); DROP TABLE customer;--", "100%_\\", "{{ 7*7 }}<script>alert(1)</script>", "محمد العلي", "Ł\u200dA"]
)
async def test_strange_names_come_back_as_they_were(site: DeskFacility, name: str) -> None:
    async with site.api() as http, site.browser() as page:
        answer = await http.post("/customers", json={"name": name, "email": "strange@example.org"})
        if "\u200d" in name:
            assert answer.status_code == 400, "characters that cannot be shown are refused by name"
            assert answer.json()["field"] == "name"
            return
        assert answer.json()["name"] == name
        await site.add("/customers", name="Somebody else", email="else@example.org")
        found = (await http.get("/customers", params={"q": name.split()[0]})).json()["items"]
        assert [c["name"] for c in found] == [name]
        html = (await page.get("/customers")).text
        assert "<script>alert" not in html
        assert ">49<" not in html, "a name is never worked out as a template"


async def test_a_body_of_ten_megabytes_is_refused(site: DeskFacility) -> None:
    async with site.api() as http:
        answer = await http.post(
            "/customers", content=b'{"name": "' + b"A" * 10_000_000 + b'"}', headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 413 and answer.json()["code"] == "too_large"
        for body in (b"{", b"[]", b"\xff\xfe", b'{"name": "A", "groups": 7}'):
            answer = await http.post("/customers", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 400, body


async def test_the_site_is_set_up_over_the_api(site: DeskFacility) -> None:
    zone = await site.add("/zones", name="Sauna", parent=site.house.ids["zone"])
    hours = {"name": "Nights", "windows": [{"days": [0, 1, 2, 3, 4, 5, 6], "start": 1320, "end": 360}]}
    schedule = await site.add("/schedules", **hours)
    profile = await site.add("/profiles", name="Night owls", zones=[{"zone": zone["id"], "schedule": schedule["id"]}])
    point = await site.add(
        "/access-points", name="Sauna door", door="north", from_zone=site.house.ids["zone"], to_zone=zone["id"], kinds=["qr"]
    )
    async with site.api() as http:
        assert (await http.get(f"/profiles/{profile['id']}")).json()["zones"] == [{"zone": zone["id"], "schedule": schedule["id"]}]
        assert (await http.get(f"/schedules/{schedule['id']}")).json()["windows"] == hours["windows"]
        assert (await http.get(f"/access-points/{point['id']}")).json()["kinds"] == ["qr"]
        assert (await http.delete(f"/zones/{zone['id']}")).status_code == 409, "something refers to it"
        for path in (f"/access-points/{point['id']}", f"/profiles/{profile['id']}", f"/zones/{zone['id']}"):
            assert (await http.delete(path)).status_code == 204
        bad = await http.post("/schedules", json={"name": "Never", "windows": [{"days": [9], "start": 0, "end": 60}]})
        assert bad.status_code == 400 and bad.json()["field"].startswith("windows")


async def test_the_api_document_is_served_and_whole(site: DeskFacility) -> None:
    async with site.client() as http:
        document = (await http.get("/api/v1/openapi.json")).json()
        assert "/api/v1/customers" in document["paths"] and "/customers" not in document["paths"]
        post = document["paths"]["/api/v1/customers"]["post"]
        assert "409" in post["responses"] and "application/problem+json" in post["responses"]["409"]["content"]
        assert (await http.get("/api/v1/nothing")).json()["code"] == "not_found"
        assert "cdn" not in str(document).lower()
