"""Photographs the console over the demo's facility: `python scripts/_pictures.py FOLDER`. Started by scripts/pictures."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

import cv2
from hw_sim.broker import free_port
from hw_sim.door import DoorBoard
from hw_sim.product import Product
from hw_sim.serial_line import SerialScanner
from playwright.async_api import async_playwright
from playwright.sync_api import Browser, Page, expect, sync_playwright

SCANS = (
    ("garage-in", "HARBOUR-ADA-7H2K-0001", "Ada Lovelace"),
    ("office-door", "HARBOUR-ADA-7H2K-0001", "Ada Lovelace"),
    ("garage-in", "HARBOUR-GRACE-9QX3-0002", "Grace Hopper"),
    ("garage-in", "HARBOUR-EDSGER-88WA-0005", "Edsger Dijkstra"),
    ("garage-in", "HARBOUR-NIKLAUS-PAS-0007", "Niklaus Wirth"),
    ("garage-out", "HARBOUR-GRACE-9QX3-0002", "Grace Hopper"),
    ("garage-in", "HARBOUR-KATHERINE-0003", "Katherine Johnson"),
    ("office-door", "HARBOUR-BARBARA-LSP-0006", "Barbara Liskov"),
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
LARGEST = 150_000


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    demo = subprocess.Popen([sys.executable, "-m", "hw_sim", "demo"], stdout=subprocess.PIPE, text=True)
    try:
        assert demo.stdout
        said = ""
        while "Ctrl-C" not in said:
            line = demo.stdout.readline()
            if not line:
                raise SystemExit(f"the demo ended:\n{said}")
            said += line
        desk, password, gate = (
            re.search(pattern, said)[1]  # type: ignore[index]
            for pattern in (r"The console\s+(\S+)", r"password\s+(\S+)", r"The gate\s+(\S+)")
        )
        photograph(folder, desk, password, gate)
    finally:
        demo.terminate()
        demo.wait()


def photograph(folder: Path, desk: str, password: str, gate: str) -> None:
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1320, "height": 760}, color_scheme="light")
        page.goto(desk)
        page.get_by_label("Name").fill("admin")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#link-state")).to_have_text("Connected")
        for scanner, code, who in SCANS:
            lines = page.locator("#events > li.ok, #events > li.no").count()
            scan(gate, scanner, code)
            expect(page.locator("#events > li.ok, #events > li.no")).to_have_count(lines + 1)
            expect(page.locator("#events")).to_contain_text(who)
        expect(page.locator(".door .pill.plain", has_text="Shut")).to_have_count(3)
        shoot(page, folder / "live.png")
        page.locator("#events > li", has_text="Edsger Dijkstra").first.click()
        shoot(page, folder / "why.png")
        page.goto(f"{desk}/customers?q=ada")
        page.get_by_role("link", name="Ada Lovelace").click()
        shoot(page, folder / "customer.png")
        for path, name in (("/customers", "customers"), ("/site/devices", "devices"), ("/traffic", "traffic")):
            page.goto(desk + path)
            shoot(page, folder / f"{name}.png")
        page.goto(f"{desk}/site/tariffs/new")
        page.get_by_label("Name").first.fill("Day visitors")
        for field, value in (("steps.price", "2.50"), ("steps.unit", "60"), ("free_minutes", "15"), ("daily_cap", "18")):
            page.locator(f"[name='{field}']").first.fill(value)
        expect(page.locator("svg.chart").first).to_be_visible()
        page.wait_for_timeout(500)
        shoot(page, folder / "tariff.png")
        display(browser, page, folder, desk, gate)
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(desk)
        expect(page.locator("#link-state")).to_have_text("Connected")
        shoot(page, folder / "phone.png")
        browser.close()


def display(browser: Browser, page: Page, folder: Path, desk: str, gate: str) -> None:
    """A tablet at the garage: let in by its link, then somebody comes."""
    page.goto(f"{desk}/site/displays/new")
    page.get_by_label("Name").fill("Garage")
    page.get_by_label("access point").select_option(label="Garage in")
    page.locator("main form button.primary").click()
    link = page.get_by_role("link", name="Open the link").get_attribute("href") or ""
    tablet = browser.new_page(viewport={"width": 1000, "height": 640}, color_scheme="light")
    tablet.goto(urllib.parse.urljoin(desk, link))
    tablet.wait_for_timeout(1500)
    shoot(tablet, folder / "display-idle.png")
    scan(gate, "garage-in", "HARBOUR-ADA-7H2K-0001")
    expect(tablet.locator("#answer .answer")).to_be_visible()
    tablet.wait_for_timeout(400)
    shoot(tablet, folder / "display.png")
    tablet.close()


async def first_run(folder: Path) -> None:
    """A bare machine is set up, to the moment in which the first card opens."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        board, scanner, port = DoorBoard("main", travel_s=0.01), SerialScanner(home / "usb-scanner-if00"), free_port()
        await board.start()
        scanner.plug_in()
        settings = home / "gatelatch.toml"
        settings.write_text(f'state = "{home}/state"\nserial_ports = ["{home}/usb-*"]\n[desk]\nlisten = "127.0.0.1:{port}"\n')
        product = Product(settings, home / "log")
        product.start()
        try:
            await product.user("ada", "a long way to Gdynia")
            async with async_playwright() as tools:
                browser = await tools.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
                page = await browser.new_page(viewport={"width": 1320, "height": 760}, color_scheme="light")
                await page.goto(f"http://127.0.0.1:{port}/sign-in?next=/first-run/site")
                for label, text in (("Name", "ada"), ("Password", "a long way to Gdynia")):
                    await page.get_by_label(label).fill(text)
                await page.get_by_role("button", name="Sign in").click()
                await page.get_by_label("Name of the site").fill("Marina Gdynia")
                await page.get_by_role("button", name="Next").click()
                await page.get_by_label("Address of the door board").fill(f"127.0.0.1:{board.port}")
                await page.get_by_role("button", name="Set it up").click()
                await page.get_by_role("link", name="Next").click()
                while not await page.locator("#readers .heard").count():
                    scanner.scan("4006381333931")
                    await asyncio.sleep(0.5)
                await page.get_by_role("button", name="Use this one").click()
                await page.get_by_role("link", name="Next").click()
                await page.get_by_label("Whose card is it").fill("Ada Kowalska")
                await page.get_by_role("button", name="Make the card").click()
                scanner.scan(await page.locator(".code").inner_text())
                await page.get_by_text("It opens.", exact=True).wait_for()
                await page.screenshot(path=folder / "first-run.png")
                await browser.close()
        finally:
            await product.stop()
            await board.stop()
            scanner.unplug()


def scan(gate: str, scanner: str, code: str) -> None:
    """Press "scan" on the demo's page."""
    query = urllib.parse.urlencode({"what": "scan", "at": scanner, "text": code})
    urllib.request.urlopen(urllib.request.Request(f"{gate}do?{query}", method="POST")).read()


def shoot(page: Page, path: Path) -> None:
    page.evaluate("document.getAnimations().forEach((a) => a.finish())")
    page.mouse.move(2, 2)
    page.screenshot(path=path)
    picture = cv2.imread(str(path))
    cv2.imwrite(str(path), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert path.stat().st_size <= LARGEST, f"{path} is larger than {LARGEST} bytes"
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    asyncio.run(first_run(Path(sys.argv[1])))
