"""Finding people and things: one box, filters that add up, stable pages, sorts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin_api.desk_facility import PASSWORD, DeskFacility


async def people(site: DeskFacility) -> dict[str, str]:
    """Four customers with what they are found by; name -> id."""
    acme = await site.add("/companies", name="Acme Łódź")
    made = {}
    for name, fields in {
        "Jan Kowalski": {
            "first_name": "Jan", "last_name": "Kowalski", "email": "jan@kowalski.example", "mobile": "+48 601 234 567", "company": acme["id"],
            "addresses": [{"street": "Nabrzeżna 4", "postal_code": "81-001", "city": "Gdynia", "country": "PL"}], "tags": ["vip"],
        },
        "Zażółć Gęślą": {"email": "gesla@example.org", "phone": "(58) 620-11-22", "contact_person": "Ewa Nowak", "language": "pl"},
        "Anna Kowalczyk": {"email": "anna@example.org", "fax": "+48 58 333 44 55", "portal_blocked": True, "source": "online",
                           "addresses": [{"kind": "delivery", "street": "Gdyńska 1", "city": "Warszawa", "postal_code": "00-950"}]},
        "Berth Guest": {"email": "berth@example.org", "kind": "guest", "status": "inactive", "identities": [{"system": "pms", "id": "R-7788"}]},
    }.items():  # fmt: skip
        made[name] = (await site.add("/customers", name=name, **fields))["id"]
    await site.add("/vehicles", plate="WX 4821K", customer=made["Jan Kowalski"], brand="Škoda", colour="red", year=2019)
    await site.add("/cards", customer=made["Anna Kowalczyk"], username="blue-fob", code="FOB-000-9911")
    return made


async def names(site: DeskFacility, path: str = "/customers", **query: Any) -> list[str]:
    async with site.api("Administrator") as api:
        answer = await api.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return [item.get("name") or item.get("plate") or item.get("username") for item in answer.json()["items"]]


@pytest.mark.feature("S000-3", "S003-10", "S002-7")
async def test_one_box_finds_people_by_anything_they_are_known_by(site: DeskFacility) -> None:
    made = await people(site)
    number = (await site.get(f"/customers/{made['Jan Kowalski']}"))["number"]
    for q, expected in {
        "kowalski jan": ["Jan Kowalski"], "Jan KOWAL": ["Jan Kowalski"], "kowal": ["Anna Kowalczyk", "Jan Kowalski"], "ko": ["Anna Kowalczyk", "Jan Kowalski"],
        "zazolc": ["Zażółć Gęślą"], "GĘŚL": ["Zażółć Gęślą"], "kowalski.example": ["Jan Kowalski"],
        "0601 234 567": ["Jan Kowalski"], "234-567": ["Jan Kowalski"], "586201122": ["Zażółć Gęślą"],
        f"#{number}": ["Jan Kowalski"], str(number): ["Jan Kowalski"], "wx4821k": ["Jan Kowalski"], "WX 4821": ["Jan Kowalski"],
        "jan wx4821k": ["Jan Kowalski"], "blue-fob": ["Anna Kowalczyk"], "9911": ["Anna Kowalczyk"], "nowak": ["Zażółć Gęślą"],
        "R-7788": ["Berth Guest"], "gdynia": ["Jan Kowalski"], "vip": ["Jan Kowalski"],
        "kowalsky": ["Jan Kowalski"], "kowlaski": ["Jan Kowalski"], "wx4821": ["Jan Kowalski"], "wy4821k": ["Jan Kowalski"], "kowalskii jan": ["Jan Kowalski"],
        "nobody": [], "x": [], "jan nowak": [], "'; DROP TABLE card; --": [], '" OR 1': [], "*": [], "(": [], "%": [], "\u202eabc\u200b": [],
    }.items():  # fmt: skip
        assert await names(site, q=q) == expected, q


@pytest.mark.feature("X-27", "X-7")
async def test_the_box_over_everything_names_what_it_found_and_shows_only_what_the_role_may_see(site: DeskFacility) -> None:
    made = await people(site)
    async with site.api("Administrator") as api:
        hits = (await api.get("/search", params={"q": "kowal"})).json()
        assert {(h["of"], h["title"]) for h in hits} == {("customer", "Anna Kowalczyk"), ("customer", "Jan Kowalski")}
        (car,) = (await api.get("/search", params={"q": "wx4821"})).json()
        assert (car["of"], car["title"], car["owner"], car["detail"]) == (
            "vehicle",
            "WX 4821K",
            made["Jan Kowalski"],
            "Jan Kowalski",
        )
        (company,) = (await api.get("/search", params={"q": "lodz"})).json()
        assert (company["of"], company["title"]) == ("company", "Acme Łódź")
        assert {h["of"] for h in (await api.get("/search", params={"q": "1"})).json()} == {"customer", "event"}
        assert len((await api.get("/search", params={"q": "ko", "limit": 1})).json()) == 1
    role = await site.add("/roles", name="Companies only", rights=["companies.view"])
    await site.add("/users", login="clerk", role=role["id"], password=PASSWORD)
    async with site.api("clerk") as api:
        assert (await api.get("/search", params={"q": "kowal"})).json() == []
        assert [h["of"] for h in (await api.get("/search", params={"q": "lodz"})).json()] == ["company"]


@pytest.mark.feature("S000-11", "S000-12", "S003-33")
async def test_every_filter_narrows_and_filters_add_up(site: DeskFacility) -> None:
    made = await people(site)
    jan, zaz, anna, guest = "Jan Kowalski", "Zażółć Gęślą", "Anna Kowalczyk", "Berth Guest"
    company = (await site.get(f"/customers/{made[jan]}"))["company"]
    for query, expected in (
        ({"first_name": "ja"}, [jan]), ({"last_name": "KOWAL"}, [jan]), ({"first_name": "kowalski"}, []),
        ({"email": "example.org"}, [anna, guest, zaz]), ({"phone": "601234"}, [jan]), ({"mobile": "601 234"}, [jan]),
        ({"fax": "333"}, [anna]), ({"mobile": "333"}, []), ({"landline": "620 11"}, [zaz]), ({"contact": "nowak"}, [zaz]),
        ({"street": "nabrz"}, [jan]), ({"street": "gdyn"}, [anna]), ({"city": "gdyn"}, [jan]), ({"postal_code": "00-9"}, [anna]),
        ({"country": "pl"}, [jan]), ({"company": company}, [jan]), ({"company": "none"}, [anna, guest, zaz]), ({"tag": "VIP"}, [jan]),
        ({"status": "inactive"}, [guest]), ({"kind": "guest"}, [guest]), ({"source": "online"}, [anna]), ({"language": "pl"}, [zaz]),
        ({"portal_blocked": "true"}, [anna]), ({"card_status": "active"}, [anna]), ({"card_status": "lost"}, []),
        ({"system": "pms"}, [guest]), ({"account_manager": "none"}, [anna, guest, jan, zaz]), ({"inside": "true"}, []),
        ({"number": "999"}, []), ({"created_from": "1", "created_to": "2"}, []), ({"not_reviewed_since": "1"}, [anna, guest, jan, zaz]),
        ({"q": "kowal", "portal_blocked": "true"}, [anna]), ({"email": "example.org", "status": "active", "language": "en"}, [anna]),
        ({"first_name": " "}, [anna, guest, jan, zaz]),
    ):  # fmt: skip
        assert await names(site, **query) == expected, query
    async with site.api("Administrator") as api:
        for query in (
            {"status": "asleep"},
            {"inside": "maybe"},
            {"sort": "shoe_size"},
            {"after": "%%%"},
            {"q": "x" * 201},
            {"number": "many"},
        ):
            assert (await api.get("/customers", params=query)).status_code == 400, query


@pytest.mark.feature("S003-28", "S003-30")
async def test_cards_and_vehicles_are_found_and_filtered_too(site: DeskFacility) -> None:
    made = await people(site)
    late = await site.add("/cards", customer=made["Jan Kowalski"], username="season", code="FOB-000-1234", valid_to=5_000)
    assert await names(site, "/vehicles", q="kowalski") == ["WX 4821K"]
    for query in (
        {"brand": "škoda"},
        {"colour": "RED"},
        {"year": 2019},
        {"plate": "4821"},
        {"customer": made["Jan Kowalski"]},
        {"vehicle_class": "car"},
    ):
        assert await names(site, "/vehicles", **query) == ["WX 4821K"], query
    for query in ({"brand": "Fiat"}, {"year": 2020}, {"plate": "9"}, {"vehicle_class": "boat"}, {"tag": "vip"}):
        assert await names(site, "/vehicles", **query) == [], query
    assert await names(site, "/cards", q="9911") == ["blue-fob"]
    assert await names(site, "/cards", q="anna") == ["blue-fob"]
    assert await names(site, "/cards", expires_to=6_000) == ["season"]
    assert await names(site, "/cards", unused_since=1, sort="username") == ["blue-fob", "season"]
    assert late["card"]["customer"] == made["Jan Kowalski"]


@pytest.mark.feature("X-6")
async def test_pages_are_stable_in_every_order(site: DeskFacility) -> None:
    await people(site)
    for sort in ("", "name", "-name", "number", "-number", "email", "-created_at", "status", "-last_name"):
        whole = await names(site, sort=sort)
        assert len(whole) == 4
        async with site.api("Administrator") as api:
            paged, after = [], ""
            while True:
                page = (await api.get("/customers", params={"sort": sort, "limit": 1, "after": after})).json()
                paged += [c["name"] for c in page["items"]]
                if not (after := page.get("next") or ""):
                    break
        assert paged == whole, sort
    assert await names(site, sort="-name") == list(reversed(await names(site)))


@pytest.mark.feature("S002-30", "S002-31")
async def test_an_address_is_checked_as_somebody_types(site: DeskFacility) -> None:
    made = await people(site)
    async with site.api("Administrator") as api:
        for field, value, problem, whose in (
            ("email", "JAN@kowalski.example ", "taken", "Jan Kowalski"), ("email", "nonsense", "format", ""), ("email", "new@example.org", "", ""),
            ("mobile", "601-234-567", "taken", "Jan Kowalski"), ("mobile", "+48 601 234 568", "", ""), ("email", "", "", ""), ("mobile", "", "", ""),
        ):  # fmt: skip
            said = (await api.get(f"/check/{field}", params={"value": value})).json()
            assert (said.get("problem", ""), said.get("name", "")) == (problem, whose), (field, value)
        own = await api.get("/check/email", params={"value": "jan@kowalski.example", "customer": made["Jan Kowalski"]})
        assert own.json().get("problem", "") == ""
        assert (await api.get("/check/shoe_size", params={"value": "44"})).status_code == 404


async def test_who_is_changed_or_gone_is_found_as_they_are(site: DeskFacility) -> None:
    made = await people(site)
    async with site.api("Administrator") as api:
        await api.patch(
            f"/customers/{made['Jan Kowalski']}",
            json={"name": "Jan Nowy", "last_name": "Nowy", "mobile": "", "email": "jan@nowy.example"},
        )
        assert await names(site, q="kowalski jan") == [], "the words are nobody's any more"
        assert await names(site, q="601234567") == [] and await names(site, q="nowy") == ["Jan Nowy"]
        await api.delete(f"/customers/{made['Anna Kowalczyk']}")
        assert await names(site, q="kowalczyk") == []
        assert await names(site, q="kowalczyk", deleted="true") == ["Anna Kowalczyk"]
        (car,) = (await api.get("/vehicles", params={"q": "wx4821k"})).json()["items"]
        await api.delete(f"/vehicles/{car['id']}")
        assert await names(site, q="wx4821k") == []


async def test_a_filter_that_is_misspelt_is_refused_not_ignored(site: DeskFacility) -> None:
    async with site.api() as api:
        answer = await api.get("/customers", params={"staus": "active"})
    assert (answer.status_code, answer.json()["field"]) == (400, "staus") and "status" in answer.json()["detail"]


async def test_what_nobody_sees_does_not_stand_between_a_name_and_its_search(site: DeskFacility) -> None:
    await site.add("/customers", name="Ada Kowalska", email="ada@example.org")
    for q in ("ada kowalska", "\u202eada", "kowal\u200dska", "ada\x00kowalska"):
        assert await names(site, q=q) == ["Ada Kowalska"], q
