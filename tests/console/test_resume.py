"""A session that ends while somebody types: nothing typed is lost, nothing is done without them, and nobody else can have it done."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from admin_api.auth import Typed
from admin_api.console import resume
from tests.admin_api.desk_facility import PASSWORD, DeskFacility
from tests.console.test_device_pages import send


def hidden(page: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)}


async def sent_too_late(site: DeskFacility, http: httpx.AsyncClient) -> httpx.Response:
    """The form of a new customer, sent after its session has ended elsewhere."""
    form = hidden((await http.get("/customers/new")).text)
    async with site.api() as api:
        (mine,) = [s for s in (await api.get("/sessions")).json() if s["current"]]
        await api.delete(f"/sessions/{mine['id']}")
    site._tokens.clear()
    typed = form | {
        "name": "Grażyna <Nowak>",
        "email": "g@example.org",
        "status": "active",
        "language": "pl",
        "source": "telephone",
        "kind": "customer",
    }
    return await http.post("/customers/new", data=typed, headers={"Origin": site.url})


async def test_what_was_typed_comes_back_after_signing_in_and_is_saved_with_one_click(site: DeskFacility) -> None:
    async with site.browser() as http:
        late = await sent_too_late(site, http)
        assert late.status_code == 401 and "nothing you typed is lost" in late.text
        wrong = await http.post(
            "/sign-in", data=hidden(late.text) | {"login": "administrator", "password": "?"}, headers={"Origin": site.url}
        )
        assert wrong.status_code == 401
        back = await http.post(
            "/sign-in", data=hidden(wrong.text) | {"login": "administrator", "password": PASSWORD}, headers={"Origin": site.url}
        )
        assert back.status_code == 200 and "Grażyna &lt;Nowak&gt;" in back.text and 'action="/customers/new"' in back.text
        async with site.api() as api:
            assert (await api.get("/customers")).json()["items"] == [], "nothing is done before they say so"
        done = await http.post("/customers/new", data=hidden(back.text), headers={"Origin": site.url})
        assert done.status_code == 303
        (kept,) = (await site.get("/customers"))["items"]
        assert (kept["name"], kept["email"]) == ("Grażyna <Nowak>", "g@example.org")


async def test_a_form_of_another_session_of_ones_own_is_shown_again_to_be_sent(site: DeskFacility) -> None:
    async with site.browser() as http:
        late = await send(http, "/site/settings", csrf="0" * 64, site_name="Port")
        assert late.status_code == 403 and "Port" in late.text and "Send it now" in late.text
        done = await http.post("/site/settings", data=hidden(late.text), headers={"Origin": site.url})
        assert done.headers["location"] == "/site/settings?done=saved"


async def test_a_form_from_another_site_is_neither_kept_nor_shown(site: DeskFacility) -> None:
    async with site.client() as http:
        foreign = await http.post("/customers/new", data={"name": "Mallory"}, headers={"Origin": "https://example.org"})
        assert foreign.status_code == 403 and "Mallory" not in foreign.text
        program = await http.post("/customers/new", data={"name": "Mallory"})
        assert program.status_code == 303 and program.headers["location"] == "/sign-in"
        large = await http.post("/customers/new", data={"name": "x" * 70_000}, headers={"Origin": site.url})
        assert large.status_code == 303 and large.headers["location"] == "/sign-in"


async def test_passwords_go_on_and_are_not_shown(site: DeskFacility) -> None:
    async with site.client() as http:
        late = await http.post("/users/new", data={"login": "jan", "password": "s3cret-one"}, headers={"Origin": site.url})
        back = await http.post(
            "/sign-in", data=hidden(late.text) | {"login": "administrator", "password": PASSWORD}, headers={"Origin": site.url}
        )
        assert hidden(back.text)["password"] == "s3cret-one"
        assert "<dd>jan</dd>" in back.text and "<dd>s3cret-one" not in back.text


@pytest.mark.parametrize("path", ["https://example.org/", "//example.org", "/api/v1/customers", "javascript:alert(1)", "/a b"])
def test_what_leads_elsewhere_is_not_carried(path: str) -> None:
    assert resume.read(resume.written(Typed(path, (("name", "x"),)))) is None
    assert resume.read("{") is None
