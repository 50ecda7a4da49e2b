"""The customer's pass page: one self-contained page that draws a rotating code on the holder's phone, with or without a network.

Anybody may load it: there is nothing of anybody in it. Number and secret are in the address behind `#`, which no browser sends.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Request, Response, get

from admin_api.auth import ANYBODY, parts_of
from admin_api.brand import Brand
from edge.core import base32

HERE = Path(__file__).parent
CONSOLE = HERE.parent / "console" / "static"
SCRIPTS = ("vendor/qrcode-generator-2.0.4.js", "code.js", "words.js", "page.js")
TOKENS_END = "\n*,"
"""In the console's stylesheet: what stands before the first rule is its colours, type and radii."""


@lru_cache(maxsize=2)
def assembled(brand: Brand) -> tuple[str, str]:
    """(page, its content security policy): scripts and styles inlined, and allowed by their hashes alone. It looks as the console does."""
    scripts = [(HERE / name).read_text("utf-8") for name in SCRIPTS]
    tokens = (CONSOLE / "style.css").read_text("utf-8").partition(TOKENS_END)[0]
    css = tokens + (HERE / "page.css").read_text("utf-8") + brand.css
    rules = (
        "default-src 'none'", f"script-src {' '.join(_hash(s) for s in scripts)}", f"style-src {_hash(css)}", "img-src data:",
        "base-uri 'none'", "form-action 'none'",
    )  # fmt: skip
    policy = "; ".join(rules)
    page = (HERE / "page.html").read_text("utf-8").replace("{policy}", policy).replace("{css}", css)
    drawing = (CONSOLE / "mark.svg").read_text("utf-8")
    icon = _data(brand.logo, brand.logo_type) if brand.logo else _data(drawing.encode(), "image/svg+xml")
    own = drawing.replace("<svg ", '<svg class="logo" aria-hidden="true" ', 1).replace('"#2f4fc4"', '"currentColor"').strip()
    page = page.replace("{icon}", icon).replace("{mark}", f'<img class="logo" src="{icon}" alt="">' if brand.logo else own)
    return page.replace("{scripts}", "\n".join(f"<script>{s}</script>" for s in scripts)), policy


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _data(content: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def link(desk: str, number: str, secret: bytes, *, label: str = "", site: str = "") -> str:
    """The address to give to the holder of a rotating card: desk's address, then everything behind `#`. Whoever has it has the card."""
    given = {"number": number, "secret": base32.encode(secret), "label": label, "site": site}
    return f"{desk.rstrip('/')}/pass#{urlencode({k: v for k, v in given.items() if v}, quote_via=quote)}"


@get("/pass", opt=ANYBODY, include_in_schema=False)
async def pass_page(request: Request[Any, Any, Any]) -> Response[str]:
    """The page, with this house's time in it so that it can tell a phone whose clock is wrong."""
    parts = parts_of(request)
    made, policy = assembled(parts.brand)
    page = made.replace('<html lang="en"', f'<html lang="en" data-served="{parts.now()}"', 1)
    return Response(page, media_type="text/html", headers={"content-security-policy": f"{policy}; frame-ancestors 'none'"})
