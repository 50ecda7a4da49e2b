"""The console in a real browser, over a real desk and edge: a guard's watch, the keyboard, what is cut and comes back, every page."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.admin_api.desk_facility import DeskFacility, desk_over, make_users
from tests.admin_api.test_photo import picture
from tests.console.in_browser import Complaints, connected, numbers, sign_in, signed_in
from tests.support.facility import Facility, until


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
