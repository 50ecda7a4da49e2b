"""A form that came when nobody was signed in any more: what was typed goes back to its sender, and on once they have signed in again."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from litestar import Response

from admin_api.auth import Typed
from admin_api.console.back import back_of
from admin_api.console.language import _, language_of, speak
from admin_api.console.page import AnyRequest, Page, render_now

UNSAID = frozenset({"csrf", "request", "ver", "next"})
SECRET = ("password", "code", "pin", "secret", "number")
"""Fields whose value goes on and is not shown."""
Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class ResumePage(Page):
    """What was typed, to be sent on with one click. to: where; fields: all of it; said: what a person may look at."""

    template = "resume.html"
    to: str
    csrf: str
    fields: tuple[Pair, ...]
    said: tuple[Pair, ...]


def written(typed: Typed) -> str:
    """As the sign-in form carries it."""
    return msgspec.json.encode(typed).decode()


def read(text: str) -> Typed | None:
    """What a sign-in form carried; None for nothing, or for what does not lead into the console."""
    if not text:
        return None
    try:
        typed = msgspec.json.decode(text, type=Typed)
    except msgspec.DecodeError:
        return None
    inside = back_of(typed.path, "") == typed.path and not typed.path.startswith("/api/")
    return typed if inside else None


def resumed(request: AnyRequest, typed: Typed, csrf: str, *, status: int = 200) -> Response[str]:
    """The page from which it is sent on."""
    speak(language_of(request))
    fields = tuple((name, value) for name, value in typed.fields if name != "csrf")
    said = tuple(
        (_named(name), value) for name, value in fields if name not in UNSAID and value and not any(s in name for s in SECRET)
    )
    page = ResumePage(title=_("Nothing you typed is lost"), to=typed.path, csrf=csrf, fields=fields, said=said)
    return render_now(request, page, status=status)


def _named(name: str) -> str:
    return name.replace("_", " ").capitalize()
