"""The pass page in a real browser: its codes are the gate's own, with the network gone too, and it asks nobody for anything."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import random
import re
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
import zxingcpp
from playwright.async_api import Browser, Download, Page, Request, expect

from admin_api import pass_page
from admin_api.brand import Brand, css_of
from edge.core import base32, rotating
from edge.core.model import LANGUAGES
from tests.admin_api.desk_facility import DeskFacility
from tests.console.in_browser import Complaints
from tests.console.test_every_page import violations

NUMBER, SECRET = "7Q2M4XK9TB", rotating.card_secret(b"m" * 32, "7Q2M4XK9TB")
CODE = Path(pass_page.__file__).parent / "code.js"
NOW = 1767225612000
"""12 s into a slice."""


def address(desk: DeskFacility, **more: str) -> str:
    return pass_page.link(desk.url, NUMBER, SECRET, **more)


def expected(at_ms: int) -> str:
    return rotating.make(NUMBER, SECRET, rotating.slice_of(at_ms))


async def opened(browser: Browser, url: str, at_ms: int = NOW, **more: object) -> Page:
    """The page on a phone, whose clock stands still at this moment until a test moves it."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, **more)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.clock.install(time=datetime.datetime.fromtimestamp(at_ms / 1000 - 3600, datetime.UTC))
    await page.clock.pause_at(datetime.datetime.fromtimestamp(at_ms / 1000, datetime.UTC))
    await page.goto(url)
    return page


async def seen(page: Page) -> str:
    """What a reader reads off the screen."""
    picture = cv2.imdecode(np.frombuffer(await page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1
    return str(found[0].text)


async def test_its_hmac_and_codes_are_pythons_own_for_any_input(browser: Browser) -> None:
    page = await browser.new_page()
    await page.add_script_tag(path=CODE)
    chance = random.Random(4)
    cases = [
        (chance.randbytes(n), chance.randbytes(m)) for n in (0, 1, 20, 63, 64, 65, 130) for m in (0, 1, 54, 55, 56, 63, 64, 65, 200)
    ]
    macs = await page.evaluate("cases => cases.map(([key, text]) => code.hmac(key, text))", [[list(k), list(m)] for k, m in cases])
    assert [bytes(m) for m in macs] == [hmac.digest(k, m, "sha256") for k, m in cases]
    many = "cases => cases.map(([number, secret, slice]) => code.make(number, code.fromBase32(secret), slice))"
    cards = [
        ("".join(chance.choices(base32.ALPHABET, k=chance.randint(8, 20))), chance.randbytes(20), chance.randrange(rotating.SLICES))
        for _ in range(300)
    ]
    made = await page.evaluate(many, [[n, base32.encode(s), i] for n, s, i in cards])
    assert made == [rotating.make(n, s, i) for n, s, i in cards]
    await page.close()


@pytest.mark.feature("X-1", "X-2")
async def test_the_phone_shows_the_code_the_gate_expects_and_changes_it_with_the_slice(
    site: DeskFacility, browser: Browser
) -> None:
    page = await opened(browser, address(site, label="Ada Lovelace", site="Harbour"))
    complaints = Complaints()
    complaints.follow(page)
    assert await seen(page) == expected(NOW)
    await expect(page.get_by_role("timer")).to_have_text("18")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelace")
    await expect(page.get_by_text("Harbour")).to_be_visible()
    await page.clock.run_for(17_750)
    assert await seen(page) == expected(NOW)
    await page.clock.run_for(500)
    assert await seen(page) == expected(NOW + 18_000) != expected(NOW)
    await page.clock.run_for(60_000)
    assert await seen(page) == expected(NOW + 78_000)
    assert complaints.found == []
    await page.context.close()


@pytest.mark.feature("X-2")
async def test_it_asks_nobody_for_anything_and_works_with_the_network_gone(site: DeskFacility, browser: Browser) -> None:
    asked: list[Request] = []
    page = await opened(browser, "about:blank")
    page.on("request", lambda request: asked.append(request))
    await page.goto(address(site, label="Ada"))
    await page.context.set_offline(True)
    await page.clock.run_for(95_000)
    assert await seen(page) == expected(NOW + 95_000)
    assert [urlsplit(r.url).path for r in asked] == ["/pass"]
    assert base32.encode(SECRET) not in str(await asked[0].all_headers()) + str(asked[0].post_data)
    await page.context.close()


@pytest.mark.feature("X-2")
async def test_a_saved_copy_works_from_a_file_without_a_network(site: DeskFacility, browser: Browser, tmp_path: Path) -> None:
    name = 'Ada "<b>&amp;</script>" Łódź'
    page = await opened(browser, address(site, label=name, site="Harbour"))
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Keep a copy").click()
    download: Download = await waiting.value
    assert download.suggested_filename == "Ada-b-amp-script-Łódź.html"
    kept = tmp_path / "kept.html"
    await download.save_as(kept)
    await page.context.close()

    asked: list[Request] = []
    copy = await opened(browser, "about:blank", offline=True)
    complaints = Complaints()
    complaints.follow(copy)
    copy.on("request", lambda request: asked.append(request))
    await copy.goto(kept.as_uri())
    assert await seen(copy) == expected(NOW)
    await copy.clock.run_for(30_000)
    assert await seen(copy) == expected(NOW + 30_000)
    await expect(copy.get_by_role("heading", level=1)).to_have_text(name)
    await expect(copy.get_by_role("button")).to_have_count(0)
    assert [r.url for r in asked] == [kept.as_uri()]
    assert complaints.found == []
    assert "<b>&amp;</script>" not in kept.read_text("utf-8")
    await copy.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_code_is_black_on_white_in_any_colours_and_size(site: DeskFacility, browser: Browser, scheme: str) -> None:
    page = await opened(browser, address(site, label="Ada Lovelace", site="Harbour"), color_scheme=scheme)
    for width, height in ((320, 568), (390, 844), (844, 390), (1440, 900)):
        await page.set_viewport_size({"width": width, "height": height})
        picture = cv2.imdecode(np.frombuffer(await page.locator("#qr").screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
        assert (picture[picture.shape[0] // 20, picture.shape[1] // 2], picture.min()) == (255, 0)
        assert await seen(page) == expected(NOW), (width, height)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (width, height)
    await page.context.close()


@pytest.mark.parametrize(
    ("off_s", "said"),
    [(0, ""), (20, ""), (-20, ""), (45, "45 seconds ahead"), (-600, "10 minutes behind"), (7200, "2 hours ahead")],
)
async def test_a_phone_whose_clock_is_wrong_is_told(site: DeskFacility, browser: Browser, off_s: int, said: str) -> None:
    site.desk.parts.now = lambda: NOW - off_s * 1000
    page = await browser.new_page()
    await page.add_init_script(
        f"Object.defineProperty(performance, 'timeOrigin', {{ value: {NOW} - performance.getEntriesByType('navigation')[0].responseStart }})"
    )
    await page.goto(address(site))
    warning = page.locator("#clock")
    await expect(warning).to_contain_text(said) if said else await expect(warning).to_be_hidden()
    await page.close()


@pytest.mark.parametrize(
    "behind", ["", "#", "#number=7Q2M4XK9TB", f"#number=short&secret={'0' * 32}", f"#number=7Q2M4XK9TB&secret={'0' * 31}"]
)
async def test_a_link_that_was_cut_says_so(site: DeskFacility, browser: Browser, behind: str) -> None:
    page = await opened(browser, f"{site.url}/pass{behind}")
    await expect(page.get_by_role("heading", name="This link is not complete")).to_be_visible()
    await expect(page.locator("#qr")).to_be_hidden()
    await page.goto(address(site, label="Ada"))
    assert await seen(page) == expected(NOW)
    await page.context.close()


async def test_it_runs_its_own_scripts_and_styles_alone(site: DeskFacility) -> None:
    async with site.client() as http:
        answer = await http.get("/pass")
        desk = await http.get("/sign-in")
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    for inline in re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", answer.text, re.DOTALL):
        assert base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode() in policy
    assert "default-src 'none'" in policy and "'self'" not in policy and "unsafe" not in policy
    assert "script-src 'self'" in desk.headers["content-security-policy"]


@pytest.mark.feature("X-24")
async def test_it_says_everything_in_every_language(browser: Browser) -> None:
    page = await browser.new_page()
    await page.add_script_tag(path=CODE.with_name("words.js"))
    said: dict[str, dict[str, str]] = await page.evaluate("words")
    assert set(said) == set(LANGUAGES)
    for language, texts in said.items():
        assert texts.keys() == said["en"].keys() and all(texts.values()), language
        assert {name for name, text in texts.items() if "{far}" in text} == {"ahead", "behind"}, language
        if language != "en":
            assert not set(texts.values()) & set(said["en"].values()), language
    html = CODE.with_name("page.html").read_text("utf-8")
    assert set(re.findall(r'data-(?:says|label)="(\w+)"', html)) <= said["en"].keys()
    await page.close()


@pytest.mark.feature("X-24")
@pytest.mark.parametrize(
    ("locale", "language", "says"),
    [("fr-CH", "fr", "Présentez ce code"), ("pl", "pl", "Pokaż ten kod"), ("ro-RO", "ro", "Arătați acest cod"), ("de", "en", "Show this code")],
)  # fmt: skip
async def test_it_speaks_the_language_of_the_phone_offline_too(
    site: DeskFacility, browser: Browser, locale: str, language: str, says: str
) -> None:
    context = await browser.new_context(locale=locale)
    page = await context.new_page()
    await page.goto(address(site, label="Ada"))
    await context.set_offline(True)
    await expect(page.get_by_text(says)).to_be_visible()
    assert await page.get_attribute("html", "lang") == language
    assert await violations(page) == []
    await context.close()


async def test_it_looks_as_the_site_does(site: DeskFacility, browser: Browser) -> None:
    logo = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4"/></svg>'
    site.desk.parts.current.brand = Brand(css=css_of((11, 107, 79)), logo=logo, logo_type="image/svg+xml")
    for scheme, ground in (("light", "rgb(245, 246, 248)"), ("dark", "rgb(16, 18, 24)")):
        page = await opened(browser, address(site, label="Ada", site="Harbour"), color_scheme=scheme)
        complaints = Complaints()
        complaints.follow(page)
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == ground, "the console's own"
        assert await page.eval_on_selector("img.logo", "image => image.complete && image.naturalWidth > 0")
        stroke = await page.eval_on_selector("#ring", "ring => getComputedStyle(ring).stroke")
        assert (stroke == "rgb(11, 107, 79)") == (scheme == "light"), "in the dark as light as can be read"
        assert await seen(page) == expected(NOW) and complaints.found == []
        await page.context.close()
