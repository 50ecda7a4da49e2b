"""Photographs the console over the demo's facility: `python scripts/_pictures.py FOLDER`. Started by scripts/pictures."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

import cv2
from playwright.sync_api import Page, expect, sync_playwright

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
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(desk)
        expect(page.locator("#link-state")).to_have_text("Connected")
        shoot(page, folder / "phone.png")
        browser.close()


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
