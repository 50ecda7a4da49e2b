"""Inviting guests on the console: one screen, the host found as one types, the pass shown once, and what it then opens."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from edge.core.judgement import Reason
from edge.core.model import CredentialKind, Permission
from tests.admin_api.desk_facility import PASSWORD, DeskFacility
from tests.console.test_customers_pages import text_of, values_of


def inputs(page: str) -> dict[str, str]:
    """What stands in the form: hidden fields, texts and times."""
    found = dict(re.findall(r'<input id="f-\w+" name="(\w+)"[^>]* value="([^"]*)"', page))
    return {**values_of(page), **found}


async def form(http: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    return {**inputs((await http.get("/guests/new")).text), "kind": "guest", "code": "yes", "q": "", **more}


def hosts(page: str) -> list[str]:
    return re.findall(r'name="host"[^>]*><span><strong>([^<]+)<', page)


@pytest.mark.feature("X-12")
async def test_a_guest_is_invited_in_one_screen_and_the_pass_opens_as_often_as_it_says(site: DeskFacility) -> None:
    host, _ = await site.customer_with_card("Host")
    async with site.browser() as http:
        assert 'href="/guests/new"' in (await http.get("/guests")).text
        fields = await form(http, name="Gus", host=host["id"], plate="GA 4411")
        assert fields["valid_to"].endswith("T23:59") and fields["uses"] == "1"
        made = await http.post("/guests/new", data=fields)
        assert made.status_code == 200, text_of(made.text)
        said = text_of(made.text)
        assert (
            "<svg" in made.text
            and "data-print" in made.text
            and "Gus, you are expected at Test by Host." in said
            and "GA 4411" in said
        )
        code = re.search(r'<p class="code">([^<]+)</p>', made.text)
        assert code and f"Code: {code[1]}" in said and "23:59" in said
        twice = await http.post("/guests/new", data=fields)
        assert twice.status_code == 200 and "They were invited already" in twice.text and code[1] not in twice.text
        listed = (await http.get("/guests")).text
        assert listed.count(">Gus</a>") == 1 and "Invite again" in listed
        again = re.search(r'href="(/guests/new\?again=[^"]+)"', listed)
        assert again
        page = (await http.get(again[1])).text
        assert inputs(page)["name"] == "Gus" and f'value="{host["id"]}" checked' in page
    assert await site.show(code[1]) is Reason.GRANTED, "the host's own profile was passed on"
    assert await site.show(code[1], at="North out") is Reason.GRANTED
    assert await site.show(code[1]) is Reason.NO_USES_LEFT
    assert await site.show("GA4411", CredentialKind.PLATE) is Reason.GRANTED


@pytest.mark.feature("X-7")
async def test_a_host_is_offered_from_two_letters_on_and_at_most_twenty_five(site: DeskFacility) -> None:
    for number in range(27):
        await site.add("/customers", name=f"Marina {number:02}", email=f"m{number}@example.org")
    host, _ = await site.customer_with_card("Ada")
    now = site.desk.parts.now()
    await site.add("/guests", name="Marta Visitor", host=host["id"], valid_from=now, valid_to=now + 3_600_000)
    async with site.browser() as http:
        page = (await http.get("/guests/new")).text
        assert 'hx-trigger="input changed delay:300ms"' in page and hosts(page) == []
        piece = {"HX-Request": "true", "HX-Target": "hosts"}
        one = (await http.get("/guests/new?q=m", headers=piece)).text
        assert hosts(one) == [] and "Type one more character" in one and "<html" not in one
        two = (await http.get("/guests/new?q=ma", headers=piece)).text
        assert len(hosts(two)) == 25 and "Marta Visitor" not in hosts(two), "a guest is nobody's host"
        chosen = (await http.get("/guests/new", params={"q": "marina 07", "host": host["id"]}, headers=piece)).text
        assert hosts(chosen) == ["Ada", "Marina 07"] and f'value="{host["id"]}" checked' in chosen, "who was chosen stays"
        assert "Nobody is found" in (await http.get("/guests/new?q=zzzz", headers=piece)).text
    async with site.browser("Guard") as http:
        assert (await http.get("/guests/new?q=ma")).status_code == 403


@pytest.mark.feature("X-12", "X-7")
async def test_without_a_script_the_host_is_found_in_a_second_step_and_nothing_typed_is_lost(site: DeskFacility) -> None:
    host, _ = await site.customer_with_card("Ada")
    async with site.browser() as http:
        fields = await form(http, name="Gus", email="gus@example.org", description="by the side door", q="ad")
        found = await http.post("/guests/new", data={**fields, "find": "yes"})
        assert found.status_code == 200 and hosts(found.text) == ["Ada"]
        assert (
            'value="gus@example.org"' in found.text
            and "by the side door" in found.text
            and 'name="code" value="yes" checked' in found.text
        )
        tomorrow = await http.post("/guests/new", data={**fields, "host": host["id"], "when": "tomorrow"})
        times = inputs(tomorrow.text)
        assert times["valid_from"].endswith("T00:00") and times["valid_to"].endswith("T23:59") and times["name"] == "Gus"
        assert times["valid_from"][:10] == times["valid_to"][:10] > fields["valid_from"][:10]
        for change, says, status in (
            ({"host": ""}, "Choose whom they come to", 400), ({"valid_to": ""}, "Say until when", 400), ({"valid_to": "2001-01-01T00:00"}, "This is over already", 400),
            ({"code": None}, "A guest needs a code or a plate", 400), ({"name": ""}, "This cannot be empty", 400), ({"uses": "often"}, "A whole number", 400),
            ({"kind": "customer"}, "A guest, delivery, contractor or service", 400),
        ):  # fmt: skip
            data = {k: v for k, v in {**fields, "host": host["id"], **change}.items() if v is not None}
            answer = await http.post("/guests/new", data=data)
            assert answer.status_code == status and says in text_of(answer.text), (change, text_of(answer.text)[:600])
        assert (await site.get("/customers?visitor=true"))["items"] == []


@pytest.mark.feature("X-12")
async def test_only_what_the_role_could_make_is_offered(site: DeskFacility) -> None:
    host = await site.add("/customers", name="Bare", email="bare@example.org")
    rights = [Permission.CUSTOMERS_ADD, Permission.CUSTOMERS_VIEW]
    for name, more in (("Nothing", []), ("Cars", [Permission.VEHICLES_MANAGE])):
        role = await site.add("/roles", name=name, rights=[right.value for right in (*rights, *more)])
        await site.add("/users", login=name.lower(), role=role["id"], password=PASSWORD)
    async with site.browser("Nothing") as http:
        page = (await http.get("/guests/new")).text
        assert "No pass could be made" in page and '<form method="post" action="/guests' not in page
    async with site.browser("Cars") as http:
        page = (await http.get("/guests/new")).text
        assert 'name="plate"' in page and 'name="code"' not in page
        fields = {**inputs(page), "kind": "delivery", "name": "Parcel", "host": host["id"], "plate": "PA 1", "uses": ""}
        made = (await http.post("/guests/new", data=fields)).text
        assert "This opens nothing" in made and "PA 1" in made and "any number" in made and "Delivery" in made
    (guest,) = (await site.get("/customers?visitor=true"))["items"]
    assert guest["kind"] == "delivery" and (await site.get(f"/cards?customer={guest['id']}"))["items"] == []
