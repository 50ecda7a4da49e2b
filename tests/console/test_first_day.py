"""An administrator's first day with a site that is set up: people, hours, guests, a mistake put right, a list taken home."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.admin_api.desk_facility import DeskFacility
from tests.console.in_browser import Complaints, signed_in


@pytest.mark.feature("S003-13", "S003-19", "X-12")
@pytest.mark.timeout(180)
async def test_an_administrator_s_first_day(site: DeskFacility, browser: Browser, tmp_path: Path) -> None:
    async with signed_in(browser, site, "Administrator", viewport={"width": 1440, "height": 900}, accept_downloads=True) as context:
        page = await context.new_page()
        complaints = Complaints()
        complaints.follow(page)

        # who else works here
        await page.goto(f"{site.url}/users")
        await page.get_by_role("link", name="New user").click()
        await page.get_by_label("Sign-in name").fill("jan")
        await page.get_by_label("Name", exact=True).fill("Jan Nowak")
        await page.get_by_label("Role").select_option(label="Guard")
        await page.get_by_label("Password").fill("a long way to Gdynia")
        await page.get_by_role("button", name="Add user").click()
        await expect(page.get_by_role("link", name="jan", exact=True)).to_be_visible()

        # when they may come: the week is drawn while it is typed
        await page.goto(f"{site.url}/site/schedules/new")
        await page.get_by_label("Name").fill("Office hours")
        before = await page.get_by_role("img", name="The hours of a week").inner_html()
        await page.get_by_label("Weekly hours").fill("Mon-Fri 07:00-19:00")
        await expect(page.get_by_role("img", name="The hours of a week").locator("rect").first).to_be_visible()
        await page.wait_for_function("before => document.querySelector('#picture-windows svg').innerHTML !== before", arg=before)
        await page.get_by_role("button", name="Add schedule").click()
        await page.goto(f"{site.url}/site/profiles/new")
        await page.get_by_label("Name").fill("Staff")
        await page.get_by_role("group", name="Zones and hours").get_by_label("Office hours").check()
        await page.get_by_role("button", name="Add access profile").click()
        await expect(page.get_by_text("Garage (Office hours)")).to_be_visible()

        # a company, and its first person with card and car, in one screen
        await page.goto(f"{site.url}/companies/new")
        await page.get_by_label("Name").fill("Harbour Works")
        await page.get_by_role("button", name="Add company").click()
        await page.goto(f"{site.url}/customers")
        await page.get_by_role("link", name="New customer").first.click()
        await page.locator("#f-name").fill("Grażyna Wiśniewska")
        await page.locator("#f-email").fill("grazyna@example.org")
        await page.locator("#f-company").select_option(label="Harbour Works")
        await page.get_by_role("group", name="Access profiles").get_by_label("All hours").check()
        await page.get_by_label("Make an access card").check()
        await page.get_by_label("Number plate").fill("GD 4411K")
        await page.get_by_role("button", name="Save customer").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Access card made")
        code = await page.locator(".code").first.inner_text()
        assert await site.house.scan(code) == "granted"

        # a mistake, seen and put right where it is explained
        await page.get_by_role("link", name="Go to the record").click()
        await page.get_by_role("button", name="Inactive").click()
        assert await site.house.scan(code) == "customer_inactive"
        await page.goto(site.url)
        await page.get_by_role("article", name="North in").locator(".last").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Customer not active")
        remedies = page.get_by_role("region", name="What would help")
        await remedies.get_by_label("Do it here").select_option(label="Set the customer active")
        await remedies.get_by_label("Reason").fill("set by mistake")
        await remedies.get_by_role("button", name="Correct, then open").click()
        await expect(page.get_by_text("Corrected, judged again, and opened.")).to_be_visible()
        assert await site.house.scan(code) == "granted"

        # a guest for today
        await page.goto(f"{site.url}/guests/new")
        await page.locator("#f-name").fill("Piotr the plumber")
        await page.get_by_label("Comes to").fill("wisniewska")
        await page.get_by_role("radio", name=re.compile("Grażyna")).check()
        await page.get_by_role("button", name="Today").click()
        await page.get_by_role("button", name="Invite").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Guest invited")
        assert await site.house.scan(await page.locator(".pass .code").first.inner_text()) == "granted"

        # somebody rings about a plate; then a list goes home, and the audit knows
        await page.get_by_label("Search everything").fill("4411")
        await page.locator("#found-anywhere").get_by_role("link", name=re.compile("GD 4411K|GD4411K")).click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Grażyna Wiśniewska")
        await page.goto(f"{site.url}/customers")
        await page.get_by_text("Export", exact=True).click()
        await page.get_by_role("button", name="CSV").click()
        async with page.expect_download() as fetched:
            await page.get_by_role("link", name=re.compile("customers-")).click(timeout=20_000)
        saved = tmp_path / "customers.csv"
        await (await fetched.value).save_as(saved)
        rows = list(csv.reader(io.StringIO(saved.read_text("utf-8-sig"))))
        assert any("Grażyna Wiśniewska" in row for row in rows)
        await page.goto(f"{site.url}/audit")
        await expect(page.locator("table.list")).to_contain_text("administrator")
        assert complaints.found == []

    guard = await browser.new_page()
    await guard.goto(f"{site.url}/sign-in")
    await guard.get_by_label("Name").fill("jan")
    await guard.get_by_label("Password").fill("a long way to Gdynia")
    await guard.get_by_role("button", name="Sign in").click()
    await expect(guard.get_by_role("article", name="North in")).to_contain_text("Piotr the plumber")
    assert await guard.get_by_role("link", name="Office").count() == 0
    answer = await guard.goto(f"{site.url}/users")
    assert answer is not None and answer.status == 403
