"""A customer's record: its tabs are the lists, what stands above it, each field in place, checks as one types, a group made beside the others."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import Browser, expect

from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_sign_in import csrf_of
from tests.console.in_browser import signed_in
from tests.console.test_customers_pages import text_of, values_of
from tests.console.test_lists import columns, leads

BY_HTMX = {"HX-Request": "true"}


@pytest.fixture
async def ada(site: DeskFacility) -> tuple[DeskFacility, dict[str, Any], str]:
    """Ada, with all that a record may have, beside Bob, who has a little of it too."""
    baltic, nord = await site.add("/companies", name="Baltic"), await site.add("/companies", name="Nordhavn")
    customer, code = await site.customer_with_card("Ada")
    other, _ = await site.customer_with_card("Bob")
    await site.add("/vehicles", customer=customer["id"], plate="GD 1", brand="Volvo")
    await site.add("/vehicles", customer=other["id"], plate="GD 2")
    places = [
        {"kind": "home", "street": "Nabrzeżna 4", "city": "Gdynia"},
        {"kind": "billing", "street": "Portowa 1", "city": "Sopot"},
    ]
    fields = {"company": baltic["id"], "companies": [nord["id"]], "addresses": places, "born": "1985-12-10", "discount": 1250}
    async with site.api() as http:
        answer = await http.patch(f"/customers/{customer['id']}", json=fields)
        assert answer.status_code == 200, answer.text
    return site, customer, code


def tabs_of(page: str) -> dict[str, str]:
    """Label -> how many are behind it."""
    nav = page[page.index('id="tabs"') :]
    nav = nav[: nav.index("</nav>")]
    found = re.findall(r">([^<]+?) ?(?:<span class=\"tab-count\">(\d+)</span>)?</a>", nav)
    return dict(found)


async def form_of(http: httpx.AsyncClient, address: str) -> dict[str, str]:
    """The hidden fields of one field's form."""
    piece = (await http.get(address, headers=BY_HTMX)).text
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', piece))


@pytest.mark.feature("S003-7", "S003-24", "S003-25")
async def test_each_tab_is_the_list_with_this_customers_rows(ada: tuple[DeskFacility, dict[str, Any], str]) -> None:
    site, customer, code = ada
    assert await site.show(code) is Reason.GRANTED
    who = f"/customers/{customer['id']}"
    async with site.browser() as http:
        page = (await http.get(who)).text
        assert tabs_of(page) == {
            "Events": "", "Vehicles": "1", "Access cards": "1", "Entries": "", "Companies": "2", "Addresses": "2", "Bookings": "",
            "Payments": "", "History": "",
        }  # fmt: skip
        cars = (await http.get(f"{who}?tab=vehicles")).text
        assert leads(cars) == ["GD 1"] and "GD 2" not in cars
        assert columns(cars) == ["Plate", "Status", "Brand", "Model", "Colour", "Year"], "whose they are goes without saying"
        whole = re.search(r'href="([^"]+)">Open as a list<', cars)
        assert whole
        listed = (await http.get(whole[1])).text
        assert "GD 1" in listed and "GD 2" not in listed and "Customer: Ada" in text_of(listed)
        for tab, says in (
            ("events", "Let in"), ("cards", "QR code"), ("entries", "Garage"), ("companies", "Nordhavn Active Further"), ("addresses", "Portowa 1"),
            ("bookings", "No bookings"), ("payments", "No payments"),
        ):  # fmt: skip
            said = text_of((await http.get(f"{who}?tab={tab}")).text)
            assert says in said, (tab, said)
        history = text_of((await http.get(f"{who}?tab=history")).text)
        assert "discount: – → 1250" in history or "discount: 0 → 1250" in history
        assert "Baltic Active Primary" in text_of((await http.get(f"{who}?tab=companies")).text)


@pytest.mark.feature("S003-42")
async def test_a_tab_is_exported_with_its_filter_by_who_may(ada: tuple[DeskFacility, dict[str, Any], str]) -> None:
    site, customer, _ = ada
    who = f"/customers/{customer['id']}?tab=vehicles"
    async with site.browser("Viewer") as http:
        assert 'name="area"' not in (await http.get(who)).text
    async with site.browser() as http:
        page = (await http.get(who)).text
        form = dict(re.findall(r'name="(area|filters|csrf)" value="([^"]*)"', page[page.index('action="/exports"') :]))
        assert form["area"] == "vehicles"
        asked = await http.post("/exports", data={**form, "format": "csv"})
        assert asked.status_code == 303
        (job,) = await site.desk.parts.exports.jobs()
        await site.desk.parts.exports.wait(job.id, 20)
        async with site.api() as api:
            done = (await api.get(f"/exports/{job.id}/file")).text
        assert [row for row in csv.reader(io.StringIO(done)) if "GD 1" in row] and "GD 2" not in done


@pytest.mark.feature("S004-13", "S004-14")
async def test_bookings_and_payments_stand_on_the_record_with_who_paid_on_the_list(site: DeskFacility) -> None:
    tariff = await site.add("/tariffs", name="Hourly", currency="CHF", steps=[{"unit": 60, "price": 400}])
    customer, code = await site.customer_with_card("Ada")
    async with site.api() as http:
        await http.patch(f"/zones/{site.house.ids['zone']}", json={"tariff": tariff["id"]})
    assert await site.show(code) is Reason.GRANTED and await site.show(code, at="North out") is Reason.GRANTED
    seq = (await site.get("/entries"))["items"][0]["in_seq"]
    async with site.api() as http:
        begins = 1_900_000_000_000
        booked = await http.post("/bookings", json={"customer": customer["id"], "zone": site.house.ids["zone"], "from_at": begins, "to_at": begins + 3_600_000, "note": "Regatta"})  # fmt: skip
        assert booked.status_code == 201, booked.text
    who = f"/customers/{customer['id']}"
    async with site.browser() as http:
        page = (await http.get(who)).text
        assert "Next booking" in page and tabs_of(page)["Bookings"] == "1"
        assert f'<a href="/entries/{seq}">' in page[: page.index('id="tabs"')], "what is due leads to the visit"
        assert "4.00 CHF" in page[: page.index('id="tabs"')]
        assert "Regatta" in text_of((await http.get(f"{who}?tab=bookings")).text)
        fields = values_of((await http.get(f"/entries/{seq}")).text)
        paid = await http.post(f"/entries/{seq}/payments", data={**fields, "amount": "4.00", "method": "cash"})
        assert paid.status_code == 303, text_of(paid.text)
        assert "Cash" in text_of((await http.get(f"{who}?tab=payments")).text)
        assert f'href="{who}">{customer["name"]}</a>' in (await http.get("/payments")).text
        assert "Due Nothing" in text_of((await http.get(who)).text)


@pytest.mark.feature("S003-57", "S003-22")
async def test_the_record_says_why_somebody_may_not_enter_and_what_helps(site: DeskFacility) -> None:
    firm = await site.add("/companies", name="Baltic")
    customer = await site.add("/customers", name="Ada", email="ada@example.org", company=firm["id"])
    who = f"/customers/{customer['id']}"
    async with site.browser() as http, site.api() as api:

        async def why() -> str:
            page = (await http.get(who)).text
            found = re.search(r'<div class="why-not".*?</div>', page, re.S)
            return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])) if found else ""

        assert "no access card and no vehicle" in await why()
        made = (await api.post("/cards", json={"customer": customer["id"]})).json()
        assert "nothing gives them an access profile" in await why()
        await api.patch(f"/customers/{customer['id']}", json={"profiles": [site.house.ids["profile"]]})
        assert await why() == ""
        assert "Last let through Never" in text_of((await http.get(who)).text)
        assert await site.show(made["code"]) is Reason.GRANTED
        assert "Inside: Garage" in text_of((await http.get(who)).text) and "Last let through Never" not in text_of(
            (await http.get(who)).text
        )
        card = (await api.get(f"/cards?customer={customer['id']}")).json()["items"][0]
        await api.patch(f"/cards/{card['id']}", json={"valid_to": 1_000})
        assert "have expired" in await why()
        await api.patch(f"/cards/{card['id']}", json={"valid_to": None, "status": "lost"})
        assert "none of their access cards and vehicles is active" in await why()
        await api.patch(f"/companies/{firm['id']}", json={"status": "inactive"})
        assert "the company Baltic is not active" in await why()
        await api.patch(f"/customers/{customer['id']}", json={"status": "suspended"})
        assert "the customer is suspended" in await why()
        await api.patch(f"/customers/{customer['id']}", json={"blocklisted": True})
        assert "on the block list" in await why()
        await site.show(made["code"])
        said = await why()
        assert "Refused" in said and "North in" in said
    async with site.browser("Guard") as http:
        page = (await http.get(who)).text
        assert "on the block list" in page and "#f-blocklisted" not in page, "who may not change it is offered no way to"


@pytest.mark.feature("S000-2")
async def test_a_field_is_changed_in_place_and_nothing_typed_is_lost(ada: tuple[DeskFacility, dict[str, Any], str]) -> None:
    site, customer, _ = ada
    at = f"/customers/{customer['id']}/fields"
    async with site.browser() as http, site.api("Operator") as theirs:
        hidden = await form_of(http, f"{at}/discount")
        saved = await http.post(f"{at}/discount", data={**hidden, "discount": "7,5"}, headers=BY_HTMX)
        assert saved.status_code == 200 and "7.5 %" in saved.text and "<form" not in saved.text
        assert (await site.get(f"/customers/{customer['id']}"))["discount"] == 750
        hidden = await form_of(http, f"{at}/discount")
        wrong = await http.post(f"{at}/discount", data={**hidden, "discount": "much"}, headers=BY_HTMX)
        assert wrong.status_code == 400 and 'value="much"' in wrong.text and 'aria-invalid="true"' in wrong.text
        await theirs.patch(f"/customers/{customer['id']}", json={"discount": 1000})
        stale = await http.post(f"{at}/discount", data={**hidden, "discount": "3"}, headers=BY_HTMX)
        assert stale.status_code == 409 and 'value="3"' in stale.text and "Theirs: <strong>10 %</strong>" in stale.text
        again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', stale.text))
        kept = await http.post(f"{at}/discount", data={**again, "discount": "3"}, headers=BY_HTMX)
        assert kept.status_code == 200 and "3 %" in kept.text
        read = await http.get(f"{at}/discount?read=true", headers=BY_HTMX)
        assert "3 %" in read.text and "<form" not in read.text
        assert (await http.get(f"{at}/erased_at", headers=BY_HTMX)).status_code == 404
        hidden = await form_of(http, f"{at}/host")
        nobody = await http.post(f"{at}/host", data={**hidden, "host": "99"}, headers=BY_HTMX)
        assert nobody.status_code == 400 and "nobody has this number" in nobody.text.lower()
        host = await http.post(f"{at}/host", data={**hidden, "host": "#2"}, headers=BY_HTMX)
        assert "#2 Bob" in host.text
        plain = await http.post(f"{at}/tags", data={**await form_of(http, f"{at}/tags"), "tags": "vip, Boat"})
        assert plain.status_code == 303, "without a script it is a form like any other"
        assert (await site.get(f"/customers/{customer['id']}"))["tags"] == ["boat", "vip"]
    async with site.browser("Viewer") as http:
        assert (await http.get(f"{at}/discount")).status_code == 403
        assert 'class="pencil"' not in (await http.get(f"/customers/{customer['id']}")).text


async def test_what_is_taken_or_misspelt_is_said_as_one_types(ada: tuple[DeskFacility, dict[str, Any], str]) -> None:
    site, customer, _ = ada
    bob = next(c for c in (await site.get("/customers"))["items"] if c["name"] == "Bob")
    async with site.api() as api:
        await api.patch(f"/customers/{bob['id']}", json={"mobile": "+48 601 100 200"})
    async with site.browser() as http:

        async def says(field: str, value: str) -> str:
            return (
                await http.get(f"/customers/check?field={field}&value={quote(value)}&but={customer['id']}", headers=BY_HTMX)
            ).text

        assert "looks like" in await says("email", "ada@")
        assert f'href="/customers/{bob["id"]}">Bob<' in await says("email", "Bob@example.org")
        assert f'href="/customers/{bob["id"]}">Bob<' in await says("mobile", "+48601100200")
        for field, value in (("email", "ada@example.org"), ("email", "new@example.org"), ("email", ""), ("mobile", "+48 1")):
            assert (await says(field, value)).strip() == "", (field, value)
        assert (await http.get("/customers/check?field=name&value=x")).status_code == 400
        form = (await http.get(f"/customers/{customer['id']}/edit")).text
        assert f'hx-get="/customers/check?field=email&amp;but={customer["id"]}"' in form and "delay:300ms" in form
    role = await site.add("/roles", name="Adder", rights=["customers.add"])
    await site.add("/users", login="adder", role=role["id"], password="correct horse")
    async with site.browser("Adder") as http:
        taken = (await http.get("/customers/check?field=email&value=bob@example.org")).text
        assert "Somebody else has it" in taken and "Bob" not in taken, "who may see no customers learns no name"
    async with site.browser("Viewer") as http:
        assert (await http.get("/customers/check?field=email&value=bob@example.org")).status_code == 403


@pytest.mark.feature("S004-16", "S004-17")
async def test_a_group_is_made_beside_the_others_with_a_script_and_without(site: DeskFacility) -> None:
    customer, _ = await site.customer_with_card("Ada")
    edit = f"/customers/{customer['id']}/edit"
    async with site.browser() as http:
        page = (await http.get(edit)).text
        data = {**values_of(page), "name": "Ada", "email": "ada@example.org", "status": "active", "language": "en"}
        piece = await http.post("/customers/groups", data={"csrf": csrf_of(page), "new_group": "Swimmers"}, headers=BY_HTMX)
        box = re.search(r'name="groups" value="([^"]+)" checked> Swimmers', piece.text)
        assert piece.status_code == 200 and box and 'hx-swap-oob="true"' in piece.text
        wrong = await http.post("/customers/groups", data={"csrf": csrf_of(page), "new_group": " "}, headers=BY_HTMX)
        assert wrong.status_code == 400 and 'class="error"' in wrong.text
        refused = await http.post(edit, data={**data, "groups": [box[1]], "new_group": "Rowers", "email": "nonsense"})
        assert refused.status_code == 400 and re.search(r'value="[^"]+" checked> Rowers', refused.text), (
            "made once, and still ticked"
        )
        rowers = re.search(r'value="([^"]+)" checked> Rowers', refused.text)
        assert rowers
        assert (await http.post(edit, data={**data, "groups": [box[1], rowers[1]], "new_group": "Divers"})).status_code == 303
        said = text_of((await http.get(f"/customers/{customer['id']}")).text)
        assert "Divers, Rowers, Swimmers" in said
    names = [g["name"] for g in (await site.get("/groups"))["items"]]
    assert sorted(names) == ["Divers", "Rowers", "Swimmers"]
    async with site.browser("Viewer") as http:
        assert (await http.post("/customers/groups", data={"new_group": "x"})).status_code in (400, 403)


async def test_the_number_of_a_document_is_shown_to_who_may_and_written_down(site: DeskFacility) -> None:
    customer, _ = await site.customer_with_card("Ada")
    who = f"/customers/{customer['id']}"
    async with site.api() as api:
        await api.put(f"{who}/document", json={"number": "ABC123456", "issuer": "Gdynia"})
    async with site.browser("Guard") as http:
        page = (await http.get(who)).text
        assert "Gdynia" in page and "Show its number" not in page and "ABC123456" not in page
    async with site.browser() as http:
        page = (await http.get(who)).text
        assert "ABC123456" not in page
        silent = await http.post(f"{who}/document", data={"csrf": csrf_of(page), "reason": ""}, headers=BY_HTMX)
        assert silent.status_code == 400 and "ABC123456" not in silent.text
        shown = await http.post(f"{who}/document", data={"csrf": csrf_of(page), "reason": "Car hire"}, headers=BY_HTMX)
        assert "ABC123456" in shown.text and shown.headers["cache-control"] == "no-store"
        assert "Car hire" in text_of((await http.get(f"{who}?tab=history")).text)


@pytest.mark.feature("S003-13")
async def test_a_new_customer_gets_a_rotating_card_and_the_page_leads_on(site: DeskFacility) -> None:
    async with site.browser() as http:
        form = (await http.get("/customers/new")).text
        fields = {
            **values_of(form), "name": "Ada", "email": "ada@example.org", "status": "active", "language": "en",
            "profiles": site.house.ids["profile"], "card": "yes", "card_kind": "rotating_qr", "born": "1985-12-10", "discount": "10",
        }  # fmt: skip
        made = (await http.post("/customers/new", data=fields)).text
        assert "Put on phone" in made and 'href="/customers/new"' in made and "Go to the record" in made and "Show pass" not in made
        fields = {
            **values_of((await http.get("/customers/new")).text),
            **{k: v for k, v in fields.items() if k not in ("request", "csrf")},
        }
        printed = (
            await http.post("/customers/new", data={**fields, "name": "Bob", "email": "bob@example.org", "card_kind": "qr"})
        ).text
        assert "Print card" in printed and "Show pass" in printed
    ada = next(c for c in (await site.get("/customers"))["items"] if c["name"] == "Ada")
    assert (ada["born"], ada["discount"]) == ("1985-12-10", 1000)


async def test_a_field_in_place_by_keyboard_and_a_check_as_one_types(site: DeskFacility, browser: Browser) -> None:
    customer, _ = await site.customer_with_card("Ada")
    await site.customer_with_card("Bob")
    async with signed_in(browser, site, "Administrator", viewport={"width": 1440, "height": 900}) as context:
        page = await context.new_page()
        await page.goto(f"{site.url}/customers/{customer['id']}")
        pencil = page.get_by_role("link", name="Change E-mail")
        await pencil.focus()
        await page.keyboard.press("Enter")
        box = page.locator("#f-email")
        await expect(box).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(box).to_have_count(0)
        await expect(pencil).to_be_focused()
        await pencil.click()
        await expect(box).to_be_focused()
        await box.fill("bob@example.org")
        await expect(page.locator("#check-email")).to_contain_text("Bob")
        await box.fill("ada@home.example")
        await expect(page.locator("#check-email")).to_be_empty()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name="ada@home.example")).to_be_visible()
        await expect(pencil).to_be_focused()

        await page.goto(f"{site.url}/customers/{customer['id']}/edit")
        await page.get_by_label("New group").fill("Swimmers")
        await page.get_by_label("New group").press("Enter")
        await expect(page.get_by_role("checkbox", name="Swimmers")).to_be_checked()
        await expect(page.get_by_label("New group")).to_have_value("")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator("#field-groups")).to_contain_text("Swimmers")
