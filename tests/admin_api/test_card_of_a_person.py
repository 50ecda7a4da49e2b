"""Every field of a person: written over REST, found again by its filter, and what it changes elsewhere."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility


async def found(site: DeskFacility, **query: Any) -> list[str]:
    async with site.api() as api:
        answer = await api.get("/customers", params=query)
        assert answer.status_code == 200, answer.text
        return [c["name"] for c in answer.json()["items"]]


async def exported(site: DeskFacility, area: str, **filters: str) -> list[dict[str, str]]:
    """The rows of a csv of this list."""
    async with site.api() as api:
        job = (await api.post("/exports", json={"area": area, "format": "csv", "filters": filters, "plain": True})).json()
        done = (await api.get(f"/exports/{job['id']}", params={"wait": 20})).json()
        assert done["state"] == "done", done
        text = (await api.get(f"/exports/{job['id']}/file")).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


async def two(site: DeskFacility, **fields: Any) -> dict[str, Any]:
    """Ada with these fields, and Bob without them."""
    await site.add("/customers", name="Bob", email="bob@example.org")
    made: dict[str, Any] = await site.add("/customers", name="Ada", email="ada@example.org", **fields)
    return made


@pytest.mark.feature("S000-13", "S004-2", "S002-5")
async def test_a_number_is_found_and_never_given_again(site: DeskFacility) -> None:
    ada = await two(site)
    assert await found(site, number=ada["number"]) == ["Ada"] and await found(site, q=f"#{ada['number']}") == ["Ada"]
    async with site.api() as api:
        await api.delete(f"/customers/{ada['id']}")
        eve = await site.add("/customers", name="Eve", email="eve@example.org")
    assert eve["number"] == ada["number"] + 1


@pytest.mark.feature("S000-18", "S000-19", "S000-20")
async def test_each_kind_of_number_is_found_by_itself_and_any_by_all(site: DeskFacility) -> None:
    await two(site, phone="(58) 620 11 22", mobile="+48 601 234 567", fax="58-333-44-55")
    for query in ({"landline": "620-11"}, {"mobile": "601234"}, {"fax": "3334455"}, {"phone": "333 44"}, {"q": "601-234"}):
        assert await found(site, **query) == ["Ada"], query
    for query in ({"landline": "601"}, {"mobile": "620"}, {"fax": "601"}):
        assert await found(site, **query) == [], query


@pytest.mark.feature("S000-24", "S000-25", "S002-32")
async def test_whom_to_ring_when_something_is_up(site: DeskFacility) -> None:
    ada = await two(site, contact_person="Ewa Nowak", evening_phone="58 111 22 33", phone="58 620 11 22")
    assert await found(site, contact="nowak") == ["Ada"] and await found(site, evening_phone="1112233") == ["Ada"]
    again = await site.get(f"/customers/{ada['id']}")
    assert (again["contact_person"], again["evening_phone"], again["phone"]) == ("Ewa Nowak", "58 111 22 33", "58 620 11 22")


@pytest.mark.feature("S000-21", "S000-22", "S000-23")
async def test_an_address_is_found_by_code_city_and_street(site: DeskFacility) -> None:
    await two(site, addresses=[{"street": "Nabrzeżna 4", "postal_code": "81-001", "city": "Gdynia", "country": "pl"}])
    for query in ({"postal_code": "81-0"}, {"city": "gdyn"}, {"street": "nabrzezna"}):
        assert await found(site, **query) == ["Ada"], query
    for query in ({"postal_code": "4"}, {"city": "nabrz"}, {"street": "gdyn"}):
        assert await found(site, **query) == [], query


@pytest.mark.feature("S000-26", "S002-12", "S002-22")
async def test_many_addresses_each_of_its_kind(site: DeskFacility) -> None:
    home, post = {"city": "Gdynia", "country": "pl"}, {"kind": "delivery", "city": "Paris", "country": "FR"}
    ada = await two(site, addresses=[home, post])
    assert await found(site, country="fr") == ["Ada"] and await found(site, country="pl") == ["Ada"]
    kept = (await site.get(f"/customers/{ada['id']}"))["addresses"]
    assert [(a.get("kind", "home"), a["country"]) for a in kept] == [("home", "PL"), ("delivery", "FR")]


@pytest.mark.feature("S000-16", "S003-35", "S003-17")
async def test_a_company_gathers_its_people(site: DeskFacility) -> None:
    acme = await site.add("/companies", name="Acme")
    ada = await two(site, company=acme["id"])
    assert await found(site, company=acme["id"]) == ["Ada"]
    assert [row for row in await exported(site, "customers", company=acme["id"]) if "Ada" in row.values()]
    _, code = await site.customer_with_card("Cy")
    async with site.api() as api:
        (cy,) = (await api.get("/customers", params={"q": "cy"})).json()["items"]
        await api.patch(f"/customers/{cy['id']}", json={"company": acme["id"]})
        await api.patch(f"/companies/{acme['id']}", json={"status": "suspended"})
    assert await site.show(code) is Reason.COMPANY_INACTIVE
    assert ada["company"] == acme["id"]


@pytest.mark.feature("S000-28", "S002-42")
async def test_customers_are_found_by_who_looks_after_them(site: DeskFacility) -> None:
    async with site.api() as api:
        users = {u["login"]: u["id"] for u in (await api.get("/users")).json()["items"]}
        ada = await two(site, account_manager=users["operator"])
        assert await found(site, account_manager=users["operator"]) == ["Ada"] and await found(site, account_manager="none") == [
            "Bob"
        ]
        assert (await api.patch(f"/customers/{ada['id']}", json={"account_manager": "nobody"})).status_code == 404


@pytest.mark.feature("S002-33", "S002-38", "S002-39")
async def test_citizenship_birthday_and_sex_are_kept_and_checked(site: DeskFacility) -> None:
    ada = await two(site, citizenship="pl", born="1990-02-28", sex="female")
    kept = await site.get(f"/customers/{ada['id']}")
    assert (kept["citizenship"], kept["born"], kept["sex"]) == ("PL", "1990-02-28", "female")
    async with site.api() as api:
        for field, value in (("citizenship", "Poland"), ("born", "1990-02-30"), ("sex", "x")):
            answer = await api.patch(f"/customers/{ada['id']}", json={field: value})
            assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.feature("S002-40", "S002-47")
async def test_where_a_record_comes_from(site: DeskFacility) -> None:
    await two(site, source="online", origin_site="Harbour north")
    assert await found(site, source="online") == ["Ada"] and await found(site, source="telephone") == ["Bob"], "the default"
    assert await found(site, origin_site="Harbour north") == ["Ada"]


@pytest.mark.feature("S002-43", "S002-44")
async def test_terms_of_payment_and_an_overdue_account(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    async with site.api() as api:
        kept = (
            await api.patch(f"/customers/{customer['id']}", json={"discount": 500, "payment_days": 14, "overdue_since": 1})
        ).json()
        assert (kept["discount"], kept["payment_days"]) == (500, 14)
        assert await site.show(code) is Reason.ACCOUNT_OVERDUE
        await api.patch(f"/customers/{customer['id']}", json={"overdue_since": None})
    assert await site.show(code) is Reason.GRANTED


@pytest.mark.feature("S000-17", "S002-3", "S002-2")
async def test_by_name_in_any_order_and_by_address(site: DeskFacility) -> None:
    await two(site)
    await site.add("/customers", first_name="Łucja", last_name="Żak", email="LUCJA@example.org")
    for query in ({"q": "zak lucja"}, {"q": "Łucja Ż"}, {"email": "lucja@"}, {"first_name": "luc"}, {"last_name": "ŻA"}):
        assert await found(site, **query) == ["Łucja Żak"], query


@pytest.mark.feature("S002-41", "S004-10", "S004-16")
async def test_a_group_gives_what_it_carries_and_lists_who_is_in_it(site: DeskFacility) -> None:
    group = await site.add("/groups", name="Night shift", profiles=[site.house.ids["profile"]])
    ada = await two(site)
    code = (await site.add("/cards", customer=ada["id"], username="ada"))["code"]
    assert await site.show(code) is Reason.ZONE_NOT_ALLOWED
    async with site.api() as api:
        await api.patch(f"/customers/{ada['id']}", json={"groups": [group["id"]]})
    assert await found(site, group=group["id"]) == ["Ada"]
    assert await site.show(code) is Reason.GRANTED


@pytest.mark.feature("S004-7")
async def test_who_somebody_is_in_other_systems(site: DeskFacility) -> None:
    ada = await two(site, identities=[{"system": "pms", "id": "R-7788"}, {"system": "calendar", "id": "ada@cal"}])
    assert (
        await found(site, system="pms") == ["Ada"]
        and await found(site, q="r-7788") == ["Ada"]
        and await found(site, system="crm") == []
    )
    assert [i["system"] for i in (await site.get(f"/customers/{ada['id']}"))["identities"]] == ["pms", "calendar"]


@pytest.mark.feature("S001-15", "S001-8", "S004-13")
async def test_bookings_of_a_customer_stay_when_the_customer_goes(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    await site.add(
        "/bookings", customer=customer["id"], zone=site.house.ids["zone"], from_at=1_000_000, to_at=2_000_000, note="berth 4"
    )
    async with site.api() as api:
        await api.delete(f"/customers/{customer['id']}")
        assert await site.show(code) is Reason.CUSTOMER_DELETED
        assert [b["note"] for b in (await api.get("/bookings", params={"customer": customer["id"]})).json()["items"]] == ["berth 4"]
    assert [row for row in await exported(site, "bookings", customer=customer["id"]) if "berth 4" in row.values()]


@pytest.mark.feature("S003-2", "S003-11")
async def test_the_states_of_a_customer_count_at_the_door_and_in_the_list(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    async with site.api() as api:
        for status, reason in (
            ("invited", Reason.CUSTOMER_INACTIVE),
            ("suspended", Reason.CUSTOMER_INACTIVE),
            ("inactive", Reason.CUSTOMER_INACTIVE),
        ):
            await api.patch(f"/customers/{customer['id']}", json={"status": status})
            assert await found(site, status=status) == ["Ada"]
            assert await site.show(code) is reason, status
        await api.patch(f"/customers/{customer['id']}", json={"status": "active"})
    assert await site.show(code) is Reason.GRANTED
    assert await found(site, status="active", inside="true") == ["Ada"]
