"""Headers on every answer: what a browser may do with it, and that nobody keeps it."""

from __future__ import annotations

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


async def add_headers(message: Message, scope: Scope) -> None:
    """before_send hook of the application."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    headers.setdefault("content-security-policy", POLICY)  # the pass page has a stricter one of its own
    headers["x-content-type-options"] = "nosniff"
    headers["referrer-policy"] = "same-origin"
    headers["x-frame-options"] = "DENY"
    headers["cross-origin-opener-policy"] = "same-origin"
    headers["permissions-policy"] = "camera=(), microphone=(), geolocation=()"
    if scope["path"].startswith("/static/") and message["status"] == 200:
        headers["cache-control"] = "public, max-age=31536000, immutable"  # the address carries a hash of the content
    elif "cache-control" not in headers:
        headers["cache-control"] = "no-store"
