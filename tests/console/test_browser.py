"""The console in a real browser, over a real desk and edge: a guard's watch, the keyboard, what is cut and comes back, every page."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright, expect

from admin_api.parts import wall_ms
from tests.admin_api.desk_facility import PASSWORD, DeskFacility, desk_over, make_users, whole
from tests.admin_api.test_imports import settled
from tests.admin_api.test_photo import picture
from tests.support.facility import Facility, until

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDTHS = {390: 844, 1440: 900}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="not run: chromium is not installed"),
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as tools:
        made = await tools.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield made
        finally:
            await made.close()


@dataclass
class Complaints:
    """What the browser had to complain about: the console, scripts, requests that failed."""

    found: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"{page.url}: {error}"))
        page.on("requestfailed", self._failed)

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # leaving a page breaks off what it was still loading
            self.found.append(f"{request.url}: {request.failure}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.found.append(f"{message.location.get('url')}: {message.text}")


async def sign_in(page: Page, url: str, role: str = "Guard") -> None:
    """As a person does: by the form."""
    await page.goto(f"{url}/sign-in")
    await page.get_by_label("Name").fill(role.lower())
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{url}/")


async def connected(page: Page) -> None:
    await expect(page.locator("#link-state")).to_have_text("Connected", timeout=20_000)


async def numbers(page: Page) -> list[int]:
    """The seq of every line on the live page, top to bottom."""
    found: list[int] = await page.eval_on_selector_all("#events > li", "lines => lines.map(line => Number(line.dataset.seq))")
    return found


@contextlib.asynccontextmanager
async def signed_in(browser: Browser, site: DeskFacility, role: str, **more: Any) -> AsyncIterator[BrowserContext]:
    """A browser that holds the session of this role."""
    context = await browser.new_context(**more)
    await context.add_cookies([{"name": "gatelatch", "value": await site.token(role), "url": site.url}])
    try:
        yield context
    finally:
        await context.close()


@pytest.mark.feature("S003-18")
async def test_a_guard_watches_a_gate_and_opens_it_once(site: DeskFacility, browser: Browser) -> None:
    customer, code = await site.customer_with_card("Ada")
    page = await browser.new_page()
    complaints = Complaints()
    complaints.follow(page)
    await sign_in(page, site.url)
    await connected(page)
    loaded = await page.evaluate("window.loaded = Math.random()")
    gate, events = page.get_by_role("article", name="North in"), page.locator("#events > li")

    assert await site.house.scan(code) == "granted"  # bytes on the scanner's line
    await expect(gate.locator(".last")).to_contain_text("Ada")
    await expect(gate.locator(".last")).to_contain_text("Let in")
    await expect(events.filter(has_text="Ada")).to_have_count(1)
    await expect(page.get_by_role("region", name="Inside now")).to_contain_text(re.compile(r"Garage\s*1"))

    await site.house.scan("NOBODYS-CODE-0000")
    await expect(gate.locator(".last.no")).to_contain_text("Not registered")

    async with signed_in(browser, site, "Administrator") as office:
        desk = await office.new_page()
        await desk.goto(f"{site.url}/customers")
        await desk.get_by_role("searchbox").fill("ada")
        await desk.get_by_role("link", name="Ada", exact=True).click()
        await desk.get_by_role("button", name="Inactive").click()
        await expect(desk.get_by_text("the next reading stays out")).to_be_visible()
    assert await site.house.scan(code) == "customer_inactive"
    await expect(gate.locator(".last.no")).to_contain_text("Customer not active")

    moved = len(site.house.board.moves)
    await gate.get_by_text("Open, hold, lock…").click()
    await gate.get_by_label("Reason (the journal keeps it)").fill("Courier with a parcel")
    await gate.get_by_role("button", name="Open once").click()
    await expect(gate.locator(".said.ok")).to_contain_text("Opened; written down as event")
    await until(lambda: len(site.house.board.moves) == moved + 1, "the relay to move once")
    await expect(gate.locator(".last.ok")).to_contain_text("Courier with a parcel")
    assert await page.evaluate("window.loaded") == loaded, "all of it without loading the page again"
    shown = await numbers(page)
    assert shown == sorted(set(shown), reverse=True)

    await events.filter(has_text="Customer not active").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Customer not active")
    await expect(page.locator(".rules li.decided")).to_have_count(1)
    await expect(page.locator(".rules li.decided")).to_contain_text("Holder state")
    await expect(page.get_by_role("region", name="What would help")).to_contain_text("Set the customer active")
    assert customer["id"] and complaints.found == []
    await page.close()


async def test_a_photo_is_put_on_the_customer_s_page_and_seen_at_the_gate(
    site: DeskFacility, browser: Browser, tmp_path: Path
) -> None:
    customer, code = await site.customer_with_card("Ada")
    good, bad = tmp_path / "ada.png", tmp_path / "ada.txt"
    good.write_bytes(picture("PNG"))
    bad.write_text("not a picture")
    async with signed_in(browser, site, "Administrator") as office:
        page = await office.new_page()
        await page.goto(f"{site.url}/customers/{customer['id']}")
        await page.get_by_label("Photo").set_input_files(bad)
        await expect(page.get_by_role("alert")).to_contain_text("not a JPEG, PNG or WebP")
        await page.get_by_label("Photo").set_input_files(good)
        await expect(page.get_by_role("img", name="Photo of Ada")).to_be_visible()
        assert await page.eval_on_selector("img.photo", "image => image.naturalWidth") == 480
        await page.goto(site.url)
        await connected(page)
        await site.house.scan(code)
        await expect(page.get_by_role("article", name="North in").get_by_role("img", name="Photo of Ada")).to_be_visible()


async def test_the_keyboard_alone_reaches_and_presses_open_once(site: DeskFacility, browser: Browser) -> None:
    page = await browser.new_page()
    await sign_in(page, site.url)
    await connected(page)
    moved = len(site.house.board.moves)

    async def focus_is(script: str) -> bool:
        return bool(await page.evaluate(f"(() => {{ const at = document.activeElement; return {script}; }})()"))

    await page.keyboard.press("Tab")
    assert await focus_is('at.classList.contains("skip")'), "the first stop is the way past the navigation"
    await page.keyboard.press("Enter")
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await focus_is('at.matches("summary")'):
            break
    assert await focus_is('at.matches("summary") && getComputedStyle(at).outlineStyle !== "none"'), "reached, and seen to be"
    await page.keyboard.press("Enter")
    await page.wait_for_function('document.activeElement.name === "reason"')
    await page.keyboard.type("Wheelchair at the gate")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await until(lambda: len(site.house.board.moves) == moved + 1, "the relay to move")
    await expect(page.locator(".said.ok").first).to_be_visible()
    assert await focus_is('at.textContent.trim() === "Open once" || at.name === "reason"'), "and the next press is where it was"
    await page.close()


async def test_the_theme_that_was_chosen_stays(site: DeskFacility, browser: Browser) -> None:
    async with signed_in(browser, site, "Guard", viewport={"width": 1440, "height": 900}) as context:
        page = await context.new_page()
        await page.goto(site.url)
        ground = "getComputedStyle(document.body).backgroundColor"
        light = await page.evaluate(ground)
        await page.get_by_label("Theme").select_option("dark")
        await page.wait_for_function('document.documentElement.dataset.theme === "dark"')
        assert await page.evaluate(ground) != light
        await page.goto(f"{site.url}/events")
        assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.get_by_role("link", name="Account").click()
        await page.get_by_role("main").get_by_role("button", name="Light").click()
        await page.wait_for_function('document.documentElement.dataset.theme === "light"')
        assert await page.evaluate(ground) == light


@pytest.fixture
async def apart(tmp_path: Path) -> AsyncIterator[Facility]:
    """A facility with users and no desk: for those who start and end one."""
    house = Facility(tmp_path / "site")
    async with house.running():
        await make_users(house)
        yield house
    await house.close()


async def test_a_desk_killed_and_started_again_loses_and_doubles_no_line(
    apart: Facility, browser: Browser, tmp_path: Path, free_port: int
) -> None:
    settings = tmp_path / "gatelatch.toml"
    settings.write_text(apart.settings() + f'\n[desk]\nlisten = "127.0.0.1:{free_port}"\n')
    command = (sys.executable, "-m", "admin_api", "--settings", str(settings), "--log", "error")
    url = f"http://127.0.0.1:{free_port}"
    _, _, code = await apart.customer_with_card("Ada")
    desk = await asyncio.create_subprocess_exec(*command)
    try:
        page = await browser.new_page()

        async def there() -> bool:
            with contextlib.suppress(Exception):
                return bool((await page.goto(f"{url}/alive")) is not None)
            return False

        await until(there, "the desk to serve", 20)
        await sign_in(page, url)
        await connected(page)
        for _ in range(3):
            await apart.scan(code)
        desk.kill()
        await desk.wait()
        await expect(page.locator("#link-state")).to_have_attribute("data-tone", "warn")
        for _ in range(4):
            await apart.scan(code)
        desk = await asyncio.create_subprocess_exec(*command)
        await connected(page)
        for _ in range(3):
            await apart.scan(code)
        written = [e.seq for e in await apart.events()]
        assert len(written) == 10
        await page.wait_for_function(
            "last => Math.max(...[...document.querySelectorAll('#events > li')].map(l => Number(l.dataset.seq))) >= last",
            arg=written[-1],
        )
        shown = await numbers(page)
        assert shown == sorted(set(shown), reverse=True), "no line twice, none out of its order"
        assert shown == list(range(shown[0], shown[-1] - 1, -1)), "and none missing"
        assert set(written) <= set(shown)
        await page.close()
    finally:
        if desk.returncode is None:
            desk.kill()
            await desk.wait()


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


async def test_with_the_edge_stopped_pages_say_so_and_offer_nothing(tmp_path: Path, browser: Browser) -> None:
    house = Facility(tmp_path / "site")
    async with contextlib.AsyncExitStack() as stack:
        async with house.running():
            await make_users(house)
            site = await stack.enter_async_context(desk_over(house))
            customer, _ = await site.customer_with_card("Ada")
            context = await stack.enter_async_context(signed_in(browser, site, "Administrator"))
            page = await context.new_page()
            await page.goto(site.url)
            await connected(page)
            await page.get_by_role("article", name="North in").get_by_text("Open, hold, lock…").click()
            button = page.get_by_role("article", name="North in").get_by_role("button", name="Open once")
            await expect(button).to_be_enabled()
        await expect(page.locator("#banner")).to_contain_text("The access controller is not running")
        await expect(button).to_be_disabled()
        other = await context.new_page()
        for path in (
            f"/customers/{customer['id']}",
            f"/customers/{customer['id']}/edit",
            f"/access-points/{house.ids['North in']}/open",
            "/site/tariffs/new",
            "/site/policy",
            "/site/backup",
            "/office/keys/new",
            "/exports/scheduled/new",
        ):
            await other.goto(site.url + path)
            await expect(other.locator("#banner")).to_contain_text("The access controller is not running")
            usable = await other.locator("main").get_by_role("button", disabled=False).all_inner_texts()
            assert usable == [], path
            assert "Errno" not in await other.inner_text("body")
        async with house.running():
            await expect(page.locator("#banner")).to_be_empty(timeout=15_000)
            await expect(button).to_be_enabled()
    await house.close()


@pytest.mark.feature("X-28")
async def test_a_file_is_sent_with_a_bar_and_the_page_goes_on_by_itself(site: DeskFacility, browser: Browser) -> None:
    async with signed_in(browser, site, "Administrator") as context:
        page = await context.new_page()
        complaints = Complaints()
        complaints.follow(page)
        await page.goto(f"{site.url}/imports/new")
        file = page.get_by_label("File (csv or xlsx)")
        await file.set_input_files({"name": "empty.csv", "mimeType": "text/csv", "buffer": b" \n"})
        await page.get_by_role("button", name="Look at the file").click()
        await expect(page.locator("#error-file")).to_have_text("The file is empty")
        many = "Name;E-mail\n" + "".join(f"Ada {n};ada{n}@example.org\n" for n in range(400))
        await file.set_input_files({"name": "people.csv", "mimeType": "text/csv", "buffer": many.encode()})
        await page.get_by_role("button", name="Look at the file").click()
        await expect(page.locator(".sentence")).to_contain_text("400 customers will be added", timeout=20_000)
        await page.get_by_role("button", name="Apply").click()
        await expect(page.get_by_role("heading", name="Done")).to_be_visible(timeout=20_000)
        await expect(page.locator(".done .tile").first).to_contain_text("400")
        assert [c for c in complaints.found if "400 (Bad Request)" not in c] == []


@pytest.mark.feature("X-7", "X-12")
async def test_a_host_is_offered_as_one_types_and_a_quick_pick_fills_in_the_times(site: DeskFacility, browser: Browser) -> None:
    await site.customer_with_card("Ada")
    async with signed_in(browser, site, "Administrator") as context:
        page = await context.new_page()
        await page.goto(f"{site.url}/guests/new")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "q=" in request.url else None)
        await page.get_by_label("Name", exact=False).first.fill("Gus")
        await page.get_by_label("Comes to").first.press_sequentially("ada", delay=20)
        await page.locator("#hosts").get_by_role("radio").check()
        assert len(asked) == 1, "typing three letters asks once"
        await page.get_by_role("button", name="Tomorrow").click()
        assert (await page.get_by_label("From").input_value()).endswith("T00:00")
        await page.get_by_role("button", name="Invite").click()
        await expect(page.locator(".pass .code")).to_be_visible()
        await expect(page.locator(".pass")).to_contain_text("Gus")
        assert await page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0


# ---------------------------------------------------------------------------------------------------- every page


async def an_import(site: DeskFacility, data: str, apply: bool) -> str:
    async with site.api() as http:
        id: str = (await http.post("/imports", params={"kind": "customers", "file": "people.csv"}, content=data)).json()["id"]
        await settled(http, id)
        if apply:
            await http.post(f"/imports/{id}/apply", json={"skip_wrong": True})
            await settled(http, id)
    return id


@pytest.fixture
async def furnished(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[DeskFacility, list[str]]]:
    """A site with something of everything, and every page of its console."""
    async with whole(tmp_path_factory.mktemp("site")) as site:
        ids = site.house.ids
        company = await site.add("/companies", name="A company with a name as long as companies like to have them & Sons")
        group = await site.add("/groups", name="Swimmers")
        schedule = await site.add("/schedules", name="Working days", windows=[{"days": [0, 1, 2, 3, 4], "start": 420, "end": 1140}])
        tariff = await site.add(
            "/tariffs",
            name="Garage by the hour",
            currency="CHF",
            steps=[{"minutes": 120, "unit": 60, "price": 250}, {"unit": 30, "price": 100}],
        )
        key, hook = (
            await site.add("/keys", name="Booking system", scopes=["customers.view"]),
            await site.add("/webhooks", name="Security", url="http://127.0.0.1:9/x"),
        )
        calendar = await site.add("/scheduled-exports", name="Board", area="customers", cron="0 6 * * 1", folder="/srv/files")
        await site.add("/pass-keys", key="H7", name="Hotel", public="A" * 43 + "=")
        customer, code = await site.customer_with_card("Wolfeschlegelsteinhausenbergerdorff")
        vehicle = await site.add("/vehicles", customer=customer["id"], plate="GD 1234A", brand="Volvo", model="XC60")
        async with site.api() as http:
            card = (await http.get(f"/cards?customer={customer['id']}")).json()["items"][0]
            role = (await http.get("/roles")).json()["items"][0]
            user = (await http.get("/users")).json()["items"][0]
            await http.patch(f"/customers/{customer['id']}", json={"company": company["id"], "description": "long " * 60})
        await site.show(code)
        await site.show("x" * 40, at="North out")
        review = await site.add("/access-reviews", name="Everybody in autumn", due_at=wall_ms() + 86_400_000)
        who = f"/customers/{customer['id']}"
        newest = (await site.house.events())[-1].seq
        wrong = "Surname;E-mail;Mobile;Company;Remarks on a column with a long title\nWolfeschlegelsteinhausen;not-an-address;12;Nobody;{}\n"
        people = wrong.format("long " * 40) + f"Twin;{customer['email']};;;\nNew;new@example.org;+48 601 100 200;;\n"
        imports = [await an_import(site, people, apply) for apply in (False, True)]
        pages = [
            "/", "/customers", "/customers?q=nobody-at-all", "/customers/new", who, f"{who}/edit", f"{who}/cards/new",
            f"{who}/vehicles/new", *(f"{who}?tab={tab}" for tab in ("vehicles", "cards", "entries", "companies", "addresses", "bookings", "payments", "history")),
            f"/cards/{card['id']}/edit", f"/vehicles/{vehicle['id']}/edit", "/companies", "/companies/new",
            f"/companies/{company['id']}", "/groups", f"/groups/{group['id']}", "/events", "/events?outcome=granted&until=2000-01-01", "/guests", "/cards",
            "/vehicles", "/lists", "/lists/new", "/traffic", "/cameras", "/alerts", "/help", "/site/devices", "/site/displays", "/site/displays/new", "/site/schedules/new", "/entries", "/payments", "/bookings", "/audit", "/exports", "/imports",
            "/customers?status=active&sort=-name&tag=vip",
            f"/events/{newest}", f"/events/{newest - 1}", "/events/1", "/site/access-points", f"/site/access-points/{ids['North in']}",
            f"/access-points/{ids['North in']}/open", "/site/zones", f"/site/zones/{ids['zone']}", "/site/profiles",
            f"/site/profiles/{ids['profile']}", "/site/schedules", f"/site/schedules/{schedule['id']}", "/site/tariffs", "/site/tariffs/new", f"/site/tariffs/{tariff['id']}", "/site/policy", "/site/sync", "/site/backup", "/site/pass-keys", "/site/pass-keys/H7",
            "/office/keys", "/office/keys/new", f"/office/keys/{key['record']['id']}", "/office/webhooks", f"/office/webhooks/{hook['webhook']['id']}", "/exports/scheduled",
            f"/exports/scheduled/{calendar['id']}", "/users", "/users/new",
            f"/users/{user['id']}", "/users/roles", f"/users/roles/{role['id']}", "/me", f"{who}/erase", "/reviews", "/reviews/new",
            f"/reviews/{review['review']['id']}", "/imports/new", *(f"/imports/{id}" for id in imports), f"/imports/{imports[0]}?only=wrong",
            "/guests/new", "/guests/new?q=wolf", f"/guests/new?host={customer['id']}",
        ]  # fmt: skip
        yield site, pages


LOOK = """() => {
    const seen = (part) => part.offsetParent !== null || getComputedStyle(part).position === "fixed";
    const named = (part) => part.labels?.length > 0 || part.getAttribute("aria-label") || part.getAttribute("aria-labelledby");
    const ids = [...document.querySelectorAll("[id]")].map((part) => part.id);
    const wide = (part) => part.getBoundingClientRect().right > innerWidth + 1 && !part.closest(".tabs, .hidden, .skip, pre");
    return {
        overflow: document.scrollingElement.scrollWidth - innerWidth,
        wide: [...document.querySelectorAll("main *")].filter((part) => seen(part) && wide(part)).map((part) => part.outerHTML.slice(0, 120)),
        unlabelled: [...document.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((part) => !named(part))
            .map((part) => part.outerHTML),
        nameless: [...document.querySelectorAll("button, a")].filter((part) => !part.textContent.trim() && !part.getAttribute("aria-label"))
            .map((part) => part.outerHTML),
        pictures: [...document.querySelectorAll("img:not([alt]), svg:not([aria-hidden]):not([role=img])")].map((part) => part.outerHTML),
        headings: document.querySelectorAll("h1").length,
        twice: ids.filter((id, at) => ids.indexOf(id) !== at),
        small: [...document.querySelectorAll("main button, main .button, main input:not([type=hidden]):not([type=checkbox]), .rail a")]
            .filter((part) => seen(part) && part.getBoundingClientRect().height < 30).map((part) => part.outerHTML.slice(0, 120)),
        title: document.title, lang: document.documentElement.lang,
    };
}"""


AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
AXED = ((1440, "light"), (390, "dark"))
"""Each width and each theme once: what axe looks at differs by one of them at a time."""


async def violations(page: Page) -> list[str]:
    """What axe-core has against a page: WCAG 2.2 A and AA, and best practice."""
    await page.evaluate(AXE)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = (await page.evaluate("tags => axe.run(document, {runOnly: tags})", tags))["violations"]
    return [f"{v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"]]


async def test_every_page_is_sound_on_phone_and_desktop_light_and_dark(
    furnished: tuple[DeskFacility, list[str]], browser: Browser
) -> None:
    site, pages = furnished
    complaints = Complaints()
    for width, height in WIDTHS.items():
        for theme in ("light", "dark"):
            async with signed_in(browser, site, "Administrator", viewport={"width": width, "height": height}) as context:
                await context.add_cookies([{"name": "theme", "value": theme, "url": site.url}])
                page = await context.new_page()
                complaints.follow(page)
                for path in pages:
                    answer = await page.goto(site.url + path)
                    assert answer and answer.status == 200, path
                    found = await page.evaluate(LOOK)
                    where = f"{path} at {width}, {theme}"
                    assert found["overflow"] <= 0 and found["wide"] == [], (where, found)
                    for fault in ("unlabelled", "nameless", "pictures", "twice", "small"):
                        assert found[fault] == [], (where, fault, found[fault])
                    assert found["headings"] == 1 and found["title"].endswith("· Test") and found["lang"] == "en", where
                    if (width, theme) in AXED:
                        assert await violations(page) == [], where
                await context.clear_cookies(name="gatelatch")
                await page.goto(f"{site.url}/sign-in")
                found = await page.evaluate(LOOK)
                assert found["overflow"] <= 0 and found["unlabelled"] == [] and found["headings"] == 1
    assert complaints.found == []


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of "rgb(1, 2, 3)"."""
    parts = [int(n) / 255 for n in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT_ON = (
    ("text", "ground"), ("text", "card"), ("text", "raised"), ("dim", "ground"), ("dim", "card"), ("accent", "ground"), ("accent", "card"),
    ("on-accent", "accent"), ("on-accent", "accent-deep"), ("accent-deep", "accent-soft"), ("ok", "ok-soft"), ("ok", "card"),
    ("no", "no-soft"), ("no", "card"), ("no", "ground"), ("warn", "warn-soft"), ("warn", "ground"), ("info", "info-soft"),
    ("text", "ok-soft"), ("text", "no-soft"), ("dim", "no-soft"), ("dim", "ok-soft"), ("text", "accent-soft"), ("white", "no-strong"),
)  # fmt: skip


async def test_text_is_readable_in_both_themes(site: DeskFacility, browser: Browser) -> None:
    page = await browser.new_page()
    for theme in ("light", "dark"):
        await page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url}])
        await page.goto(f"{site.url}/sign-in")
        names = sorted({name for pair in TEXT_ON for name in pair})
        colours = await page.evaluate(
            """names => Object.fromEntries(names.map((name) => {
                const mark = document.createElement("i");
                mark.style.color = name === "white" ? "#fff" : `var(--${name})`;
                document.body.append(mark);
                return [name, getComputedStyle(mark).color];
            }))""",
            names,
        )
        faint = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in TEXT_ON}
        assert {pair: ratio for pair, ratio in faint.items() if ratio < 4.5} == {}, theme
    await page.close()
