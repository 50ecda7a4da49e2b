"""Every page in a real browser: nothing too wide, nothing without a name, nothing that axe finds, on every width, in both themes and every language."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.async_api import Browser, Page

from admin_api.console.device_fields import DRIVERS
from admin_api.console.language import LANGUAGES
from admin_api.parts import wall_ms
from tests.admin_api.desk_facility import DeskFacility, whole
from tests.admin_api.test_central import event_refused, not_taken, refused, waits
from tests.admin_api.test_imports import settled
from tests.console.in_browser import Complaints, signed_in

WIDTHS = {390: 844, 820: 1180, 1440: 900}


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
        shed = await site.add(
            "/devices", wired={"driver": "line", "name": "shed", "address": "127.0.0.1:1", "place": "behind the shed, box 3"}
        )
        review = await site.add("/access-reviews", name="Everybody in autumn", due_at=wall_ms() + 86_400_000)
        who = f"/customers/{customer['id']}"
        newest = (await site.house.events())[-1].seq
        await refused(
            site,
            "c1",
            "customer",
            customer["id"],
            {"description": "long " * 40, "status": "active"},
            {"status": "inactive"},
            "changed_since",
        )
        await waits(site, "vehicle", vehicle["id"])
        await not_taken(site, "customer", customer["id"], "the number is taken " * 6)
        await event_refused(site, newest)
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
            "/guests/new", "/guests/new?q=wolf", f"/guests/new?host={customer['id']}", "/muster", "/search", "/search?q=wolf", "/first-run/site", "/first-run/door", "/first-run/door?driver=gpio",
            "/first-run/reader", "/first-run/card", "/site/settings", "/site/devices/new", *(f"/site/devices/new?driver={driver}" for driver in DRIVERS), f"/site/devices/{shed['id']}",
            "/site/alert-rules", "/site/alert-rules/new", "/site/zones/new", "/site/access-points/new", "/site/profiles/new", "/groups/new", "/users/roles/new", "/office/webhooks/new", "/exports/scheduled/new",
            "/site/pass-keys/new", f"{who}/cards/print",
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


@pytest.mark.feature("S003-12")
@pytest.mark.timeout(600)
async def test_every_page_is_sound_on_phone_tablet_and_desktop_light_and_dark(
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


@pytest.mark.feature("X-24")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
async def test_no_page_is_too_wide_in_any_language(
    furnished: tuple[DeskFacility, list[str]], browser: Browser, language: str
) -> None:
    site, pages = furnished
    async with site.api() as http:
        await http.patch(f"/users/{(await http.get('/sessions/current')).json()['user']}", json={"language": language})
    for width, height in WIDTHS.items():
        async with signed_in(browser, site, "Administrator", viewport={"width": width, "height": height}) as context:
            page = await context.new_page()
            for path in pages:
                await page.goto(site.url + path)
                found = await page.evaluate(LOOK)
                assert (found["overflow"] <= 0, found["wide"], found["lang"]) == (True, [], language), (
                    path,
                    width,
                    found["overflow"],
                )


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
