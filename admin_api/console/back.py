"""The way back from a form to the page it was sent from."""

from __future__ import annotations

from urllib.parse import urlsplit


def back_of(text: str, otherwise: str) -> str:
    """The address that a form says it came from, if it is within the console; else another one."""
    parts = urlsplit(text[:2000])
    if (
        parts.scheme
        or parts.netloc
        or not parts.path.startswith("/")
        or parts.path.startswith("//")
        or "\\" in text
        or any(ord(c) < 33 for c in text)
    ):
        return otherwise
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def done(back: str, word: str) -> str:
    """That page with a word of what was done (words.NOTICES)."""
    return f"{back}{'&' if '?' in back else '?'}done={word}"
