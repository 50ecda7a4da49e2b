"""Customers on the console: without a script first; search, new, edit, conflict, the switch, cards and vehicles."""

from __future__ import annotations

import re

import pytest

from edge.core.judgement import Reason
from edge.core.model import CredentialKind
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_sign_in import csrf_of


def values_of(page: str) -> dict[str, str]:
    """The hidden fields of the page's form."""
    form = page[page.index('<form method="post" action="/', page.index("<main")) :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<main") :]))


@pytest.mark.feature("S003-9", "S003-13")
async def test_a_new_customer_is_made_in_one_screen_with_card_and_vehicle(site: DeskFacility) -> None:
    async with site.browser() as http:
        assert 'href="/customers/new"' in (await http.get("/customers")).text
        form = (await http.get("/customers/new")).text
        fields = {
            **values_of(form), "name": "Ada Lovelace", "email": "ada@example.org", "status": "active", "language": "en",
            "profiles": site.house.ids["profile"], "card": "yes", "plate": "gd 1234a",
        }  # fmt: skip
        made = await http.post("/customers/new", data=fields)
        assert made.status_code == 200 and "<svg" in made.text and "right to print cards again" in made.text
        code = re.search(r'<p class="code">([^<]+)</p>', made.text)
        assert code
        assert await site.show(code[1]) is Reason.GRANTED
        assert await site.show("GD1234A", CredentialKind.PLATE) is Reason.GRANTED
        twice = await http.post("/customers/new", data=fields)
        assert twice.status_code == 303, "a second click makes nobody new"
        listed = (await http.get("/customers")).text
        assert listed.count(">Ada Lovelace</a>") == 1 and "1 customer<" in listed
        assert code[1] not in (await http.get(twice.headers["location"].partition("?")[0] + "?tab=cards")).text


@pytest.mark.feature("S003-14", "S003-15", "S003-16")
async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(site: DeskFacility) -> None:
    await site.add("/customers", name="Bob", email="bob@example.org")
    async with site.browser() as http:
        hidden = values_of((await http.get("/customers/new")).text)
        for typed, field, says in (
            ({"name": "", "email": "ada@example.org"}, "name", "cannot be empty"),
            ({"name": "Ada", "email": ""}, "email", "requires it"),
            ({"name": "Ada", "email": "nonsense"}, "email", "looks like"),
            ({"name": "Ada", "email": "bob@example.org"}, "email", "already"),
        ):
            data = {
                **hidden,
                "status": "active",
                "language": "en",
                "addresses": "home: Nabrzeżna 4; 81-001; Gdynia; pl",
                "description": "Notes <b>",
                **typed,
            }
            page = await http.post("/customers/new", data=data)
            assert page.status_code in (400, 409)
            error = re.search(rf'id="error-{field}">(.*?)</p>', page.text, re.S)
            assert error and says in error[1], (typed, page.status_code)
            assert "home: Nabrzeżna 4" in page.text and "Notes &lt;b&gt;" in page.text
            assert 'aria-invalid="true"' in page.text


@pytest.mark.feature("S003-18")
async def test_the_switch_on_the_page_stops_the_next_reading(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    async with site.browser() as http:
        address = f"/customers/{customer['id']}"
        proof = csrf_of((await http.get(address)).text)
        off = await http.post(f"{address}/status", data={"csrf": proof, "to": "inactive"})
        assert off.status_code == 303
        assert "the next reading stays out" in (await http.get(off.headers["location"])).text
        assert await site.show(code) is Reason.CUSTOMER_INACTIVE
        await http.post(f"{address}/status", data={"csrf": proof, "to": "active"})
        assert await site.show(code) is Reason.GRANTED
        page = text_of((await http.get(address)).text)
        assert "Inside: Garage" in page and "Customer not active" in page


@pytest.mark.feature("S003-50")
async def test_a_person_is_erased_on_a_page_of_its_own_by_their_number(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    address = f"/customers/{customer['id']}"
    async with site.browser("Operator") as http:
        assert "/erase" not in (await http.get(address)).text
    async with site.browser() as http:
        assert f'href="{address}/erase"' in (await http.get(address)).text
        hidden = values_of((await http.get(f"{address}/erase")).text)
        for wrong in ("", "99", "x"):
            page = await http.post(f"{address}/erase", data={**hidden, "confirm": wrong, "reason": "asked"})
            assert page.status_code == 400 and "the right one is erased" in page.text
        done = await http.post(f"{address}/erase", data={**hidden, "confirm": f"#{customer['number']}", "reason": "asked"})
        assert done.status_code == 303
        after = (await http.get(done.headers["location"])).text
        assert (
            "Erased 1" in after
            and "Ada" not in after
            and "Restore</button>" not in after
            and f'href="{address}/erase"' not in after
        )
    assert await site.show(code) is Reason.UNKNOWN_CREDENTIAL


async def test_two_people_edit_one_customer_and_both_values_are_shown(site: DeskFacility) -> None:
    customer, _ = await site.customer_with_card("Ada")
    address = f"/customers/{customer['id']}/edit"
    async with site.browser() as mine, site.api("Operator") as theirs:
        hidden = values_of((await mine.get(address)).text)
        await theirs.patch(f"/customers/{customer['id']}", json={"phone": "+48 111"})
        data = {**hidden, "name": "Ada", "email": "ada@example.org", "phone": "+48 222", "status": "active", "language": "en"}
        page = await mine.post(address, data=data)
        assert page.status_code == 409
        assert 'value="+48 222"' in page.text and re.search(r"Theirs: <strong>\+48 111</strong>", page.text)
        saved = await mine.post(address, data={**data, **values_of(page.text)})
        assert saved.status_code == 303
        assert "+48 222" in (await mine.get(saved.headers["location"])).text


async def test_search_finds_by_any_part_and_without_a_script(site: DeskFacility) -> None:
    customer, _ = await site.customer_with_card("Ada")
    await site.add("/vehicles", customer=customer["id"], plate="GD 1234A")
    await site.add("/customers", name="Bob", email="bob@example.org", phone="+48 601 777", status="suspended")
    async with site.browser() as http:
        for q, found in (("ada", "Ada"), ("b@exam", "Bob"), ("601", "Bob"), ("#1", "Ada"), ("gd1234a", "Ada"), ("o@", "")):
            page = (await http.get("/customers", params={"q": q})).text
            names = re.findall(r'<td class="lead"><a[^>]*>([^<]+)<', page)
            assert names == ([found] if found else []), q
        assert "Nothing matches" in (await http.get("/customers?q=xyzzy")).text
        assert "Type one more character" in (await http.get("/customers?q=b")).text
        piece = await http.get("/customers?status=suspended", headers={"HX-Request": "true", "HX-Target": "results"})
        assert "<html" not in piece.text and "Bob" in piece.text and "Ada" not in piece.text


@pytest.mark.feature("S003-27", "S003-29")
async def test_cards_and_vehicles_are_added_changed_and_deleted_on_their_pages(site: DeskFacility) -> None:
    customer, _ = await site.customer_with_card("Ada")
    base = f"/customers/{customer['id']}"
    async with site.browser() as http:
        hidden = values_of((await http.get(f"{base}/vehicles/new")).text)
        wrong = await http.post(f"{base}/vehicles/new", data={**hidden, "plate": "!", "status": "active", "year": "soon"})
        assert wrong.status_code == 400 and "whole number" in wrong.text
        car = {**hidden, "plate": "gd 1", "brand": "Volvo", "model": "XC60", "year": "2020", "colour": "blue", "status": "active"}
        assert (await http.post(f"{base}/vehicles/new", data=car)).status_code == 303
        page = (await http.get(f"{base}?tab=vehicles")).text
        assert all(w in text_of(page) for w in ("GD 1", "Volvo XC60", "2020", "blue"))
        edit = re.search(r'href="(/vehicles/[^"]+/edit)"', page)
        assert edit
        hidden = values_of((await http.get(edit[1])).text)
        assert (
            await http.post(edit[1], data={**car, **hidden, "status": "stolen", "valid_to": "2030-01-01T08:00"})
        ).status_code == 303
        assert "Stolen" in (await http.get(f"{base}?tab=vehicles")).text
        assert await site.show("GD1", CredentialKind.PLATE) is Reason.CARD_STOLEN
        assert (await http.post(edit[1].replace("edit", "delete"), data={"csrf": hidden["csrf"]})).status_code == 303
        assert "No vehicles" in (await http.get(f"{base}?tab=vehicles")).text

        hidden = values_of((await http.get(f"{base}/cards/new")).text)
        tag = {**hidden, "kind": "uid", "code": "04:A1:B2:C3", "username": "ada tag", "status": "active", "uses": "1"}
        made = await http.post(f"{base}/cards/new", data={**tag, "profiles": site.house.ids["profile"]})
        assert made.status_code == 200 and "04A1B2C3" in made.text and 'class="qr"' not in made.text
        assert await site.show("04a1b2c3", CredentialKind.UID) is Reason.GRANTED
        assert await site.show("04a1b2c3", CredentialKind.UID) is Reason.NO_USES_LEFT


async def test_strange_names_are_shown_as_text(site: DeskFacility) -> None:
    name = "<script>alert(1)</script>{{ 7*7 }}"
    made = await site.add("/customers", name=name, email="strange@example.org", description="<img src=x onerror=alert(1)>")
    made_card = await site.add("/cards", customer=made["id"], profiles=[site.house.ids["profile"]])
    assert await site.show(made_card["code"]) is Reason.GRANTED
    async with site.browser() as http:
        for path in ("/", "/customers", f"/customers/{made['id']}", f"/customers/{made['id']}/edit", "/events"):
            page = (await http.get(path)).text
            assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page and "<img src=x" not in page, path
