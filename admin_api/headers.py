"""Headers on every answer: what a browser may do with it, and that nobody keeps it."""

from __future__ import annotations

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
ALWAYS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


async def add_headers(message: Message, scope: Scope) -> None:
    """before_send hook of the application."""
    if message["type"] != "http.response.start":
        return
    own = {name for name, _ in message["headers"]}
    added = [(name, value) for name, value in ALWAYS if name not in own]  # the pass page has a stricter policy of its own
    if scope["path"].startswith("/static/") and message["status"] == 200:
        added.append((b"cache-control", b"public, max-age=31536000, immutable"))  # the address carries a hash of the content
    elif b"cache-control" not in own:
        added.append((b"cache-control", b"no-store"))
    message["headers"] = [*message["headers"], *added]
