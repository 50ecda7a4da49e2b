"""A customer from the first day to the last: made, found, let in, followed, changed; over REST and pages, seen at the gate and in files."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from edge.core.judgement import Reason
from edge.core.model import CredentialKind
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_card_of_a_person import exported, found
from tests.console.test_customers_pages import text_of, values_of

DAY_MS = 86_400_000


@pytest.mark.feature("S001-4", "S002-27", "S004-27")
async def test_a_button_on_the_list_leads_to_a_form_that_makes_a_customer(site: DeskFacility) -> None:
    async with site.browser("Operator") as http:
        assert '<a class="button primary" href="/customers/new">' in (await http.get("/customers")).text
        hidden = values_of((await http.get("/customers/new")).text)
        await http.post(
            "/customers/new", data={**hidden, "name": "Ada", "email": "ada@example.org", "status": "active", "language": "en"}
        )
    assert await found(site, q="ada") == ["Ada"], "without a booking or anything else"
    async with site.browser("Guard") as http:
        assert "/customers/new" not in (await http.get("/customers")).text
        assert (await http.get("/customers/new")).status_code == 403


@pytest.mark.feature("S002-28", "S002-48")
async def test_a_site_may_ask_for_a_first_name_and_nothing_else(site: DeskFacility) -> None:
    async with site.api() as http:
        assert (await http.patch("/site", json={"required": ["first_name"]})).status_code == 200
        nameless = await http.post("/customers", json={"last_name": "Kowalska"})
        assert (nameless.status_code, nameless.json()["field"]) == (400, "first_name")
        assert (await http.post("/customers", json={"first_name": "Ada"})).status_code == 201
    async with site.browser() as page:
        assert (await page.get("/customers")).text.count(">Ada</a>") == 1


@pytest.mark.feature("S003-1", "S001-1", "S000-4")
async def test_what_is_written_down_is_read_back_enters_and_ends(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    path = f"/customers/{customer['id']}"
    read = await site.get(path)
    assert (read["id"], read["name"], read["email"], read["number"]) == (
        customer["id"],
        "Ada",
        "ada@example.org",
        customer["number"],
    )
    assert await site.show(code) is Reason.GRANTED
    assert {e["customer_name"] for e in (await site.get(f"/events?customer={customer['id']}"))["items"]} == {"Ada"}
    async with site.api() as http:
        assert (await http.delete(path)).status_code == 204
        assert await site.show(code) is Reason.CUSTOMER_DELETED
        assert (await http.post(f"{path}/restore")).status_code == 200
    assert await site.show(code, at="North out") is Reason.GRANTED


@pytest.mark.feature("S001-9", "S002-21", "S002-20")
async def test_a_change_shows_everywhere_and_says_what_was_before(site: DeskFacility) -> None:
    customer, _ = await site.customer_with_card("Ada")
    path = f"/customers/{customer['id']}"
    async with site.api() as http:
        await http.patch(path, json={"name": "Ada Byron", "phone": "58 111 22 33"})
    assert await found(site, q="byron") == ["Ada Byron"]
    assert [row["Name"] for row in await exported(site, "customers", q="byron")] == ["Ada Byron"]
    async with site.browser() as page:
        assert "Ada Byron" in text_of((await page.get(path)).text)
        assert "Changed" in text_of((await page.get(f"{path}?tab=history")).text)
    changes = (await site.get(f"{path}/history"))["items"][0]["changes"]
    assert {c["field"]: (c.get("before"), c.get("after")) for c in changes}["name"] == ("Ada", "Ada Byron")


@pytest.mark.feature("S003-4")
async def test_where_and_when_somebody_may_come_in_is_zones_hours_and_validity(site: DeskFacility) -> None:
    now = datetime.now()
    other = (now + timedelta(days=3)).isoweekday() - 1
    hours = await site.add("/schedules", name="Another day", windows=[{"days": [other], "start": 0, "end": 1440}])
    profile = await site.add("/profiles", name="Tight", zones=[{"zone": site.house.ids["zone"], "schedule": hours["id"]}])
    customer = await site.add("/customers", name="Ada", email="ada@example.org", profiles=[profile["id"]])
    card = await site.add("/cards", customer=customer["id"])
    assert await site.show(card["code"]) is Reason.OUTSIDE_SCHEDULE
    async with site.api() as http:
        await http.patch(f"/profiles/{profile['id']}", json={"zones": [{"zone": site.house.ids["zone"]}]})
        assert await site.show(card["code"]) is Reason.GRANTED, "from the very next reading on"
        await site.show(card["code"], at="North out")
        await http.patch(f"/profiles/{profile['id']}", json={"zones": []})
        assert await site.show(card["code"]) is Reason.ZONE_NOT_ALLOWED
        await http.patch(f"/profiles/{profile['id']}", json={"zones": [{"zone": site.house.ids["zone"]}]})
        ended = site.desk.parts.now() - 1
        await http.patch(f"/cards/{card['card']['id']}", json={"valid_to": ended})
    assert await site.show(card["code"]) is Reason.CARD_EXPIRED


@pytest.mark.feature("S003-5", "S002-23", "S002-6")
async def test_groups_lists_tags_and_companies_gather_people_and_are_filters(site: DeskFacility) -> None:
    acme, other = await site.add("/companies", name="Acme Ropes"), await site.add("/companies", name="Bosun")
    group = await site.add("/groups", name="Season", profiles=[site.house.ids["profile"]])
    wardens = await site.add("/lists", name="Wardens")
    ada = await site.add(
        "/customers",
        name="Ada",
        email="a@example.org",
        groups=[group["id"]],
        lists=[wardens["id"]],
        tags=["VIP"],
        company=acme["id"],
    )
    await site.add("/customers", name="Bob", email="b@example.org")
    for query in (
        {"group": group["id"]},
        {"list": wardens["id"]},
        {"tag": "vip"},
        {"company": acme["id"]},
        {"company_name": "acme"},
    ):
        assert await found(site, **query) == ["Ada"], query
    async with site.api() as http:
        await http.patch(f"/customers/{ada['id']}", json={"company": other["id"], "companies": [acme["id"]]})
    assert await found(site, company=other["id"]) == ["Ada"] == await found(site, company=acme["id"]), "one primary, further ones"
    card = await site.add("/cards", customer=ada["id"])
    assert await site.show(card["code"]) is Reason.GRANTED, "by the group's profile"


@pytest.mark.feature("S003-6", "S003-8", "S002-4")
async def test_a_profile_has_who_they_are_and_what_they_did_and_is_found_by_either(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    async with site.api() as http:
        await http.patch(f"/customers/{customer['id']}", json={"phone": "+48 58 620 11 22"})
    await site.customer_with_card("Bob")
    began = site.desk.parts.now()
    await site.show(code)
    assert await found(site, phone="620 11 22", visited_from=began, inside=True) == ["Ada"]
    assert await found(site, phone="620 11 22", visited_to=began) == []
    async with site.browser() as page:
        shown = text_of((await page.get(f"/customers/{customer['id']}")).text)
    assert "+48 58 620 11 22" in shown and "Inside: Garage" in shown and "North in" in shown


@pytest.mark.feature("S003-25", "S004-14")
async def test_one_timeline_of_entries_exits_payments_and_the_houses_own_lines(site: DeskFacility) -> None:
    tariff = await site.add("/tariffs", name="Hourly", currency="CHF", steps=[{"unit": 60, "price": 400}])
    async with site.api() as http:
        await http.patch(f"/zones/{site.house.ids['zone']}", json={"tariff": tariff["id"]})
        customer, code = await site.customer_with_card("Ada")
        await site.show(code)
        visit = (await http.get("/entries", params={"customer": customer["id"]})).json()["items"][0]
        assert (await http.post(f"/entries/{visit['in_seq']}/payments", json={"method": "cash"})).status_code == 201
        await site.show(code, at="North out")
    events = (await site.get(f"/events?customer={customer['id']}"))["items"]
    assert [e["kind"] for e in events if e["kind"] in ("decision", "payment")] == ["decision", "payment", "decision"], (
        "newest first"
    )
    everything = {e["kind"] for e in (await site.get("/events"))["items"]}
    assert {"decision", "payment", "system"} <= everything
    paid = (await site.get(f"/payments?customer={customer['id']}"))["items"]
    assert [(p["amount"], p["currency"]) for p in paid] == [(400, "CHF")]
    assert (await site.get("/payments?customer=nobody"))["items"] == []


@pytest.mark.feature("S003-37", "S003-39")
async def test_people_by_the_state_of_their_cards_and_visits_by_when_they_began_and_ended(site: DeskFacility) -> None:
    ada, code = await site.customer_with_card("Ada")
    bob, other = await site.customer_with_card("Bob")
    card = (await site.get(f"/cards?customer={bob['id']}"))["items"][0]
    await site.show(other)
    async with site.api() as http:
        await http.patch(f"/cards/{card['id']}", json={"status": "suspended"})
    assert await found(site, card_status="active") == ["Ada"] and await found(site, card_status="suspended") == ["Bob"]
    now = site.desk.parts.now()
    await site.show(code)
    await site.show(code, at="North out")
    after = (await site.get(f"/entries?since={now}"))["items"]
    assert [v["customer"] for v in after] == [ada["id"]], "came in since"
    left = (await site.get(f"/entries?left_since={now}&left_until={now + DAY_MS}"))["items"]
    assert [v["customer"] for v in left] == [ada["id"]], "and who went out in a range"
    assert {v["customer"] for v in (await site.get(f"/entries?until={now}"))["items"]} == {bob["id"]}


@pytest.mark.feature("S000-1")
async def test_the_whole_of_it_is_an_administrators_and_each_verb_a_right_of_its_own(site: DeskFacility) -> None:
    customer, _ = await site.customer_with_card("Ada")
    verbs = (("GET", "", "customers.view"), ("PATCH", "", "customers.edit"), ("DELETE", "", "customers.delete"))
    async with site.api() as http:
        rights = (await http.get("/sessions/current")).json()["rights"]
        assert {right for _, _, right in verbs} <= set(rights) and "users.manage" in rights
    for method, path, right in verbs:
        role = await site.add("/roles", name=f"Only {right}", rights=[right])
        await site.add("/users", login=f"only-{right}", role=role["id"], password="correct horse")
        key = await site.add("/keys", name=right, scopes=[right])
        async with site.api() as http:
            http.headers["Authorization"] = f"Bearer {key['key']}"
            for other_method, _, other in verbs:
                answer = await http.request(other_method, f"/customers/no-such{path}", json={} if other_method == "PATCH" else None)
                assert (answer.status_code == 403) == (other != right), (method, other_method)
    assert (await site.get(f"/customers/{customer['id']}"))["name"] == "Ada"


@pytest.mark.feature("S004-1", "S004-3", "S004-4")
async def test_the_list_on_the_console_has_everybody_with_number_name_and_address(site: DeskFacility) -> None:
    made = [
        await site.add("/customers", name=name, email=f"{name.lower()}@example.org", phone="58 6") for name in ("Ada", "Bob", "Eve")
    ]
    async with site.browser() as page:
        table = (await page.get("/customers")).text
    rows = re.findall(r"<tr.*?</tr>", table, re.S)
    for customer in made:
        row = next(r for r in rows if customer["id"] in r)
        for value in (customer["name"], customer["email"], customer["phone"], str(customer["number"])):
            assert value in row


@pytest.mark.feature("S004-9", "S004-11", "S004-12")
async def test_the_list_is_searched_filtered_and_leads_to_the_record(site: DeskFacility) -> None:
    await site.add("/customers", name="Ada", email="ada@example.org")
    bob = await site.add("/customers", name="Bob", email="bob@example.org", status="inactive")
    async with site.browser() as page:
        for query, names in (
            ({"q": "bo"}, {"Bob"}),
            ({"status": "inactive"}, {"Bob"}),
            ({"status": "active"}, {"Ada"}),
            ({}, {"Ada", "Bob"}),
        ):
            listed = (await page.get("/customers", params=query)).text
            assert set(re.findall(r'<td class="lead"><a[^>]*>([^<]+)<', listed)) == names
        link = re.search(r'<td class="lead"><a[^>]*href="([^"]+)"[^>]*>Bob<', (await page.get("/customers?q=bob")).text)
        assert link
        assert link[1] == f"/customers/{bob['id']}"
        assert "<h1>Bob" in (await page.get(link[1])).text or "Bob" in text_of((await page.get(link[1])).text)


@pytest.mark.feature("S002-10", "S002-11", "S002-52")
async def test_the_record_opens_on_tabs_each_read_when_it_is_opened(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    await site.add("/vehicles", customer=customer["id"], plate="GD 77")
    await site.show("GD77", CredentialKind.PLATE)
    await site.show(code)
    path = f"/customers/{customer['id']}"
    async with site.browser() as page:
        assert "ada@example.org" in text_of((await page.get(path)).text), "who they are stands above every tab"
        shown = {
            tab: text_of((await page.get(f"{path}?tab={tab}")).text)
            for tab in ("events", "vehicles", "cards", "entries", "history")
        }
    assert "GD 77" in shown["vehicles"] and "GD 77" not in shown["cards"], "a tab has what is its own"
    assert "QR code" in shown["cards"] and "Garage" in shown["entries"] and "Added" in shown["history"]


@pytest.mark.feature("S004-5", "S004-6", "S002-1")
async def test_the_list_says_the_number_to_ring_and_since_when_and_is_sorted_by_it(site: DeskFacility) -> None:
    for name, phone in (("Bob", "58 2"), ("Ada", "58 1")):
        await site.add("/customers", name=name, email=f"{name.lower()}@example.org", phone=phone)
    listed = (await site.get("/customers?sort=created_at"))["items"]
    assert [(c["name"], c["phone"]) for c in listed] == [("Bob", "58 2"), ("Ada", "58 1")]
    assert listed[0]["created_at"] <= listed[1]["created_at"] <= site.desk.parts.now()
    rows = {row["Name"]: row for row in await exported(site, "customers")}
    assert rows["Ada"]["Phone"] == "58 1" and rows["Bob"]["On record since"]
    async with site.browser("Guard") as page:
        front = (await page.get("/")).text
        assert '<a href="/customers"' in front, "the menu leads to it"
        assert "58 1" in (await page.get("/customers")).text
