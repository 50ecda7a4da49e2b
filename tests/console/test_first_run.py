"""First run: an installer comes with a bare machine, a door board and a scanner, and leaves with a door that opens; in a browser, and without a script."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import httpx
import numpy
import pytest
import zxingcpp
from hw_sim.broker import free_port
from hw_sim.door import DoorBoard
from hw_sim.product import Product
from hw_sim.serial_line import SerialScanner
from playwright.async_api import Browser, Page, expect

from tests.console.in_browser import Complaints
from tests.support.facility import until

PASSWORD = "a long way to Gdynia"


@dataclass
class Bare:
    """A machine with nothing set up: `gatelatch run` on a file that says where it may listen, a door board and a scanner in the same network."""

    url: str
    product: Product
    board: DoorBoard
    scanner: SerialScanner


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[Bare]:
    board, scanner = DoorBoard("south", travel_s=0.01), SerialScanner(tmp_path / "tty-usb-scanner")
    await board.start()
    url = f"http://127.0.0.1:{free_port()}"
    settings = tmp_path / "gatelatch.toml"
    settings.write_text(f'state = "{tmp_path / "state"}"\nserial_ports = ["{tmp_path}/tty-*"]\n[desk]\nlisten = "{url[7:]}"\n')
    product = Product(settings, tmp_path / "gatelatch.log")
    product.start()
    try:
        await product.user("installer", PASSWORD)
        await until(lambda: listens(url), "the desk to listen", 20)
        yield Bare(url, product, board, scanner)
    finally:
        await product.stop()
        await board.stop()
        scanner.unplug()


async def listens(url: str) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(f"{url}/alive")).status_code == 200
    except httpx.HTTPError:
        return False


async def step(page: Page, name: str) -> None:
    await expect(page.locator(".steps-line [aria-current]")).to_contain_text(name)


async def read(page: Page) -> str:
    """What a phone or a scanner reads off the screen."""
    picture = cv2.imdecode(numpy.frombuffer(await page.locator(".try .qr").screenshot(), numpy.uint8), cv2.IMREAD_COLOR)
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.text)


@pytest.mark.timeout(180)
async def test_an_installer_sets_up_a_site_from_nothing_to_a_door_that_opens(bare: Bare, browser: Browser) -> None:
    began = time.monotonic()
    page = await browser.new_page(viewport={"width": 820, "height": 1180})
    complaints = Complaints()
    complaints.follow(page)

    await page.goto(f"{bare.url}/sign-in")
    await page.get_by_label("Name").fill("installer")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="Set up this site").click()

    await step(page, "The site")
    await page.get_by_label("Name of the site").fill("Marina Gdynia")
    await page.get_by_label("Time zone").fill("Europe/Warsaw")
    await page.get_by_role("button", name="Next").click()

    await step(page, "A door")
    await expect(page.locator(".brand-name")).to_contain_text("Marina Gdynia")
    await page.get_by_label("Name of the door").fill("South gate")
    await page.get_by_label("Address of the door board").fill("board")
    await page.get_by_label("It leads to").fill("Pontoons")
    await page.get_by_role("button", name="Set it up").click()
    await expect(page.locator(".field.wrong")).to_contain_text("Write address:port")
    await page.get_by_label("Address of the door board").fill(f"127.0.0.1:{bare.board.port}")
    await page.get_by_label("People also show something on their way out").check()
    await page.get_by_role("button", name="Set it up").click()
    await expect(page.locator("#doors")).to_contain_text("It answers")
    await page.get_by_role("button", name="Open it once").click()
    await until(lambda: len(bare.board.moves) == 1, "the door to move at the try")

    await page.get_by_role("link", name="Next").click()
    await step(page, "A reader")
    await expect(page.locator("#readers")).to_contain_text("Nothing new is plugged in")
    bare.scanner.plug_in()
    await expect(page.locator("#readers")).to_contain_text("tty-usb-scanner")
    await page.get_by_label("At the access point").select_option("South gate in")

    async def heard() -> bool:
        bare.scanner.scan("4006381333931")  # the barcode of whatever is at hand
        return await page.locator("#readers .heard").count() == 1

    await until(heard, "the page to say which reader it is")
    await page.get_by_role("button", name="Use this one").click()
    await expect(page.locator("#readers .set-up")).to_contain_text("Works")

    await page.get_by_role("link", name="Next").click()
    await step(page, "The first card")
    await page.get_by_label("Whose card is it").fill("Ada Kowalska")
    await page.get_by_role("button", name="Make the card").click()
    await step(page, "It opens")
    await expect(page.locator("#shown")).to_contain_text("Now show this code")

    bare.scanner.scan("SOMETHING-ELSE-1")
    await expect(page.locator("#shown")).to_contain_text("Not registered")
    code = await read(page)
    assert code == await page.locator(".code").inner_text()
    bare.scanner.scan(code)
    await expect(page.locator("#shown")).to_contain_text("It opens.")
    await expect(page.locator("#shown")).to_contain_text("Ada Kowalska · South gate in")
    await until(lambda: len(bare.board.moves) == 2, "the door to open")
    assert time.monotonic() - began < 600, "ten minutes, and a machine types faster"

    await page.get_by_role("link", name="See what happens at the gates").click()
    await expect(page.get_by_role("article", name="South gate in")).to_contain_text("Ada Kowalska")
    assert [said for said in complaints.found if "400 (Bad Request)" not in said] == [], "but for the address that was wrong"


@pytest.mark.timeout(120)
async def test_every_step_works_without_a_script_and_a_step_done_twice_is_done_once(bare: Bare) -> None:
    async with httpx.AsyncClient(base_url=bare.url, trust_env=False, timeout=20, follow_redirects=True) as http:
        await http.post("/sign-in", data={"login": "installer", "password": PASSWORD}, headers={"Origin": bare.url})

        async def send(path: str, **fields: str) -> httpx.Response:
            form = (await http.get(path)).text
            hidden = dict(re.findall(r'<input type="hidden" name="(csrf|request)" value="([^"]+)"', form))
            answer = await http.post(path, data=hidden | fields, headers={"Origin": bare.url})
            again = await http.post(path, data=hidden | fields, headers={"Origin": bare.url})  # a double click
            assert (answer.status_code, again.status_code) == (200, 200), answer.text[-500:]
            return answer

        assert (await http.get("/first-run")).url.path == "/first-run/site"
        await send("/first-run/site", site_name="Gym", time_zone="Europe/Bucharest", language="en")
        assert (await http.get("/first-run")).url.path == "/first-run/door"
        assert "A door comes first" in (await http.get("/first-run/reader")).text
        await send("/first-run/door?driver=line", name="Front", address=f"127.0.0.1:{bare.board.port}", zone="Inside")
        await send("/first-run/door?driver=line", name="Front", address=f"127.0.0.1:{bare.board.port}", zone="Inside")
        bare.scanner.plug_in()
        reader = (await http.get("/first-run/reader")).text
        (point,) = re.findall(r'<option value="([^"]+)">Front in', reader)
        await send("/first-run/reader", access_point=point, take=f"serial:0:{bare.scanner.path}")
        page = (await send("/first-run/card", name="Jan")).text
        (code,) = re.findall(r'<p class="code">([^<]+)</p>', page)

        async def opened() -> bool:
            bare.scanner.scan(code)
            return bool(bare.board.moves)

        await until(opened, "the door to open", 20)
        token = (await http.post("/api/v1/sessions", json={"login": "installer", "password": PASSWORD})).json()["token"]
        http.headers["Authorization"] = f"Bearer {token}"
        for path, count in (("/zones", 1), ("/access-points", 1), ("/customers", 1), ("/cards", 1), ("/profiles", 1)):
            assert len((await http.get(f"/api/v1{path}")).json()["items"]) == count, path
        assert [d["name"] for d in (await http.get("/api/v1/devices")).json()] == ["Front", "Front in, reader"]
