"""The display at a gate: what it says to the person there, what it never says, and how a tablet is let in and taken away."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from admin_api.console.answers import FRESH_MS
from admin_api.console.words.answers import ANSWERS, NOT_LET_IN
from admin_api.parts import wall_ms
from edge.commands.displays import AddDisplay, DisplayMade
from edge.commands.site import EditAccessPoint, EditZone
from edge.core.judgement import Reason
from edge.core.model import CardStatus
from tests.admin_api.desk_facility import DeskFacility, desk_over, make_users
from tests.admin_api.test_payments import parked
from tests.admin_api.test_sign_in import csrf_of
from tests.console.in_browser import Complaints
from tests.console.test_every_page import LOOK, violations
from tests.support.facility import Facility, until

SIZES = ((800, 1280), (1280, 800), (390, 844))


async def made(site: DeskFacility, at: str = "North in") -> DisplayMade:
    command = AddDisplay(name=f"Tablet at {at}", access_point=site.house.ids[at])
    return await site.desk.parts.edge.ask(command, DisplayMade, token=await site.token())


@asynccontextmanager
async def tablet(browser: Browser, site: DeskFacility, at: str = "North in", **more: Any) -> AsyncIterator[Page]:
    """A tablet that was let in by the link."""
    display = await made(site, at)
    context = await browser.new_context(**{"viewport": {"width": 800, "height": 1280}, **more})
    page = await context.new_page()
    async with page.expect_response("**/display/stream*"):
        await page.goto(f"{site.url}/display/start?key={display.key}")
    try:
        yield page
    finally:
        await context.close()


async def said(page: Page, tone: str) -> tuple[str, ...]:
    """The lines of the answer that stands there now."""
    await expect(page.locator(f"#answer .answer.{tone}")).to_be_visible()
    return tuple(await page.locator("#answer p").all_inner_texts())


async def idle(page: Page) -> None:
    await expect(page.locator("#answer")).to_be_hidden(timeout=15_000)


# ---------------------------------------------------------------------------------------------------- what it says


def test_every_reason_has_words_for_the_person_at_the_gate() -> None:
    assert set(ANSWERS) == set(Reason)


def test_a_thief_a_finder_and_those_behind_learn_nothing_and_duress_is_as_any_other() -> None:
    assert {r for r, answer in ANSWERS.items() if answer.hushed} >= {
        Reason.CARD_STOLEN, Reason.CARD_LOST, Reason.BLOCKLISTED, Reason.UNKNOWN_CREDENTIAL, Reason.CARD_INACTIVE, Reason.CUSTOMER_INACTIVE,
    }  # fmt: skip
    assert all(answer is NOT_LET_IN for answer in ANSWERS.values() if answer.hushed)
    assert ANSWERS[Reason.GRANTED_DURESS] is ANSWERS[Reason.GRANTED]


async def test_who_comes_in_is_welcomed_and_who_leaves_is_bidden_goodbye(site: DeskFacility, browser: Browser) -> None:
    _, code = await site.customer_with_card("Ada")
    await site.house.do(EditZone(id=site.house.ids["zone"], changes={"capacity": 2}))
    async with tablet(browser, site) as page, tablet(browser, site, "North out") as other:
        complaints = Complaints()
        complaints.follow(page)
        await expect(page.get_by_role("heading", level=1)).to_have_text("North in")
        await expect(page.locator(".places")).to_have_text("2 places left")
        assert await site.house.scan(code) == "granted"  # bytes on the scanner's line
        assert (await said(page, "ok"))[0] == "Welcome"
        await expect(page.locator(".places")).to_have_text("1 place left")
        await expect(other.locator("#answer")).to_be_hidden()
        assert await site.house.scan(code, out=True) == "granted"
        assert (await said(other, "ok"))[0] == "Goodbye"
        await expect(page.locator(".places")).to_have_text("2 places left")
        await idle(page)
        assert "Ada" not in await page.content() + await other.content(), "no names: others can read it"
        assert complaints.found == []


async def test_it_says_the_price_and_where_to_pay(site: DeskFacility, browser: Browser) -> None:
    _, code = await parked(site)
    async with tablet(browser, site, "North out") as page:
        assert await site.show(code, at="North out") is Reason.PAYMENT_DUE
        assert await said(page, "wait") == ("Please pay first", "2.50 CHF to pay", "Pay at the desk, then show it again.")


async def test_with_the_zone_full_no_places_are_left(site: DeskFacility, browser: Browser) -> None:
    _, first = await site.customer_with_card("Ada")
    _, second = await site.customer_with_card("Bob")
    await site.house.do(EditZone(id=site.house.ids["zone"], changes={"capacity": 1}))
    assert await site.show(first) is Reason.GRANTED
    async with tablet(browser, site) as page:
        await expect(page.locator(".places.full")).to_have_text("0 places left")
        assert await site.show(second) is Reason.ZONE_FULL
        assert (await said(page, "wait"))[0] == "No places left"


@pytest.mark.feature("S003-23")
@pytest.mark.parametrize(("language", "line"), [("fr", "Votre carte a expiré"), ("pl", "Ta karta straciła ważność")])
async def test_an_answer_is_in_the_language_of_the_holder(site: DeskFacility, browser: Browser, language: str, line: str) -> None:
    customer, code = await site.customer_with_card("Ada")
    async with site.api() as http:
        await http.patch(f"/customers/{customer['id']}", json={"language": language})
        (card,) = (await http.get("/cards", params={"customer": customer["id"]})).json()["items"]
        await http.patch(f"/cards/{card['id']}", json={"valid_to": site.desk.parts.now() - 1000})
    async with tablet(browser, site, locale="ro-RO") as page:
        assert await site.show(code) is Reason.CARD_EXPIRED
        assert (await said(page, "no"))[0] == line
        assert await page.locator("#answer .answer").get_attribute("lang") == language
        assert await page.get_attribute("html", "lang") == "en", "until somebody comes: the site's, whatever the tablet asks for"


async def test_stolen_and_blocklisted_say_what_unknown_says_in_any_language(site: DeskFacility, browser: Browser) -> None:
    customer, code = await site.customer_with_card("Ada")
    async with tablet(browser, site) as page, site.api() as http:
        await http.patch(f"/customers/{customer['id']}", json={"language": "fr"})
        (card,) = (await http.get("/cards", params={"customer": customer["id"]})).json()["items"]
        assert await site.show("NOBODYS-CODE-0000") is Reason.UNKNOWN_CREDENTIAL
        await said(page, "no")
        unknown = await page.inner_html("#answer")
        for status in (CardStatus.STOLEN, CardStatus.LOST, CardStatus.INACTIVE):
            await page.reload()
            await idle(page)
            assert (await http.patch(f"/cards/{card['id']}", json={"status": status})).status_code == 200
            assert await site.show(code) is Reason(f"card_{status}")
            await said(page, "no")
            assert await page.inner_html("#answer") == unknown, status


async def test_a_gate_that_lets_nobody_in_says_so_before_anybody_tries(tmp_path: Path, browser: Browser) -> None:
    house = Facility(tmp_path / "site")
    async with AsyncExitStack() as stack:
        async with house.running():
            await make_users(house)
            site = await stack.enter_async_context(desk_over(house))
            page = await stack.enter_async_context(tablet(browser, site))
            says = page.locator(".idle-line")
            await house.do(EditAccessPoint(id=house.ids["North in"], changes={"mode": "locked_down"}))
            await expect(says).to_have_text("Closed at the moment", timeout=10_000)
            await house.do(EditAccessPoint(id=house.ids["North in"], changes={"mode": "normal", "kinds": ["plate"]}))
            await expect(says).to_have_text("Drive up slowly: the camera reads your plate", timeout=10_000)
        await expect(says).to_have_text("Out of order", timeout=10_000)
    await house.close()


# ---------------------------------------------------------------------------------------------------- how it looks


async def test_it_is_sound_on_tablets_and_phones_light_and_dark(site: DeskFacility, browser: Browser) -> None:
    _, code = await parked(site)
    await site.house.do(EditZone(id=site.house.ids["zone"], changes={"capacity": 40}))
    for at, shown in (("North in", "NOBODYS-CODE-0000"), ("North out", code)):
        for scheme in ("light", "dark"):
            async with tablet(browser, site, at, color_scheme=scheme, reduced_motion="reduce") as page:
                for answered in (False, True):
                    if answered:
                        await site.show(shown, at=at)
                        await expect(page.locator("#answer .answer")).to_be_visible()
                    for width, height in SIZES:
                        await page.set_viewport_size({"width": width, "height": height})
                        found = await page.evaluate(LOOK)
                        where = (at, scheme, answered, width)
                        assert found["overflow"] <= 0 and found["wide"] == [] and found["headings"] == 1, (where, found)
                        tall = "[...document.querySelectorAll('.stage p, .stage h1')].filter((p) => p.offsetParent && p.getBoundingClientRect().bottom > innerHeight + 1).length"
                        assert await page.evaluate(tall) == 0, where
                    assert await violations(page) == [], where


# ---------------------------------------------------------------------------------------------------- what is cut


SHOWN = """() => { window.shown = []; new MutationObserver(() => {
    const line = document.querySelector("#answer .answer-line");
    if (line) window.shown.push(line.textContent);
}).observe(document.getElementById("answer"), { childList: true }); }"""


async def test_after_a_cut_nothing_old_is_shown_and_what_is_new_is_shown_once(
    tmp_path: Path, browser: Browser, free_port: int
) -> None:
    house = Facility(tmp_path / "site")
    async with house.running():
        await make_users(house)
        _, _, code = await house.customer_with_card("Ada")
        async with desk_over(house, listen=f"127.0.0.1:{free_port}") as site:
            display = await made(site)
            page = await browser.new_page()
            await page.goto(f"{site.url}/display/start?key={display.key}")
            assert await house.scan(code) == "granted"
            await said(page, "ok")
            await page.evaluate(SHOWN)
        await expect(page.locator("#unheard")).to_have_text("Not connected", timeout=15_000)
        await expect(page.locator("#answer")).to_be_hidden()
        assert await house.scan(code) == "granted"  # the tablet hears nothing of it
        at = (await house.events())[-1].at
        await until(lambda: wall_ms() - at > FRESH_MS, "that answer to be old")
        async with desk_over(house, listen=f"127.0.0.1:{free_port}"):
            await expect(page.locator("#unheard")).to_be_hidden(timeout=20_000)
            assert await house.scan("NOBODYS-CODE-0000") == "unknown_credential"
            await said(page, "no")
            assert await page.evaluate("window.shown") == ["Not let in"]
            await page.close()
    await house.close()


async def test_without_a_script_the_page_comes_again_by_itself(site: DeskFacility, browser: Browser) -> None:
    _, code = await site.customer_with_card("Ada")
    display = await made(site)
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{site.url}/display/start?key={display.key}")
    await expect(page.locator(".idle-line")).to_be_visible()
    await site.show(code)
    await expect(page.locator("#answer .answer.ok")).to_be_visible(timeout=10_000)
    await context.close()


# ---------------------------------------------------------------------------------------------------- letting in, taking away


async def test_a_display_is_made_on_its_page_shown_once_and_taken_away(site: DeskFacility, browser: Browser) -> None:
    async with site.browser() as http:
        form = (await http.get("/site/displays/new")).text
        values = {"csrf": csrf_of(form), "request": re.search(r'name="request" value="(\w+)"', form).group(1)}  # type: ignore[union-attr]
        wrong = await http.post("/site/displays/new", data={**values, "name": "", "access_point": site.house.ids["North in"]})
        assert wrong.status_code == 400 and "error-name" in wrong.text
        values |= {"name": "Tablet", "access_point": site.house.ids["North in"]}
        page = await http.post("/site/displays/new", data=values)
        link = re.search(r'href="(http[^"]+/display/start\?key=glk_[^"]+)"', page.text)
        assert page.status_code == 200 and link and page.headers["cache-control"] == "no-store"
        again = await http.post("/site/displays/new", data=values)
        assert "glk_" not in again.text and "made already" in again.text, "a key is said once"
        listed = (await http.get("/site/displays")).text
        assert "Tablet" in listed and "Never" in listed and "glk_" not in listed
        screen = await browser.new_page()
        await screen.goto(link.group(1))
        assert screen.url == f"{site.url}/display", "the key stays in no address"
        await until(lambda: seen(site), "the display to have been seen")
        (id,) = [k["id"] for k in (await site.get("/keys"))["items"] if k.get("display")]
        gone = await http.post(f"/site/displays/{id}/revoke", data={"csrf": values["csrf"], "request": "revokerevoke0001"})
        assert gone.headers["location"] == "/site/displays?done=display-gone"
        await expect(screen.get_by_role("heading")).to_have_text("This display shows nothing", timeout=20_000)
        assert "Tablet" not in (await http.get("/site/displays")).text
        await screen.close()


async def seen(site: DeskFacility) -> bool:
    return any(k.get("used_at") for k in (await site.get("/keys"))["items"] if k.get("display"))


async def test_its_key_opens_this_display_and_nothing_else(site: DeskFacility) -> None:
    key = (await made(site)).key
    async with site.client(headers={"Authorization": f"Bearer {key}"}) as http:
        for path in ("/api/v1/sessions/current", "/api/v1/customers", "/api/v1/doors"):
            assert (await http.get(path)).status_code == 401, path
    async with site.client(cookies={"gatelatch": key}) as http:
        assert (await http.get("/")).headers["location"].startswith("/sign-in")
    async with site.client(cookies={"gatelatch": await site.token(), "gatelatch-display": await site.token()}) as http:
        assert (await http.get("/display")).status_code == 401, "and a session opens no display"
        assert (await http.get("/display/stream", headers={"Accept": "text/event-stream"})).status_code == 401
    async with site.client() as http:
        let_in = await http.get(f"/display/start?key={key}")
        cookie = let_in.headers["set-cookie"]
        assert (let_in.status_code, let_in.headers["location"]) == (303, "/display")
        assert "Path=/display" in cookie and "HttpOnly" in cookie and "SameSite=lax" in cookie
        assert (await http.get("/display/start?key=glk_nobody")).status_code == 401
    async with site.api() as http:
        (record,) = [k for k in (await http.get("/keys")).json()["items"] if k.get("display")]
        raised = await http.patch(f"/keys/{record['id']}", json={"scopes": ["customers.view"]})
        assert raised.status_code == 400, "it never becomes more than it was made for"
    async with site.browser("Guard") as http:
        assert (await http.get("/site/displays")).status_code == 403
