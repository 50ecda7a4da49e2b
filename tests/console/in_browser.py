"""What tests in a real browser share: what the browser complains of, signing in as a person does."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from tests.admin_api.desk_facility import PASSWORD, DeskFacility

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


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
