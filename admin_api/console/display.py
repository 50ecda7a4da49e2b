"""The display at a gate: a tablet that says what was decided there, to the person who stands before it.

It is let in by a key of its own in a cookie that goes to these addresses alone; no other page takes that key, and these take no session.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec
from litestar import Response, get
from litestar.datastructures import Cookie
from litestar.params import FromQuery
from litestar.response import Redirect, Stream

from admin_api.auth import ANYBODY, Session, note_seen, parts_of
from admin_api.console.answers import FRESH_MS, AnswerView, IdleView, Place, answer_view, answers, idle_view, place_of
from admin_api.console.language import _, speak
from admin_api.console.live import message
from admin_api.console.page import AnyRequest, Page, macro, render, times_of
from admin_api.parts import Parts
from admin_api.reads.journal import decoded
from admin_api.rest.events import event_stream, resume_from
from edge.core.errors import Busy, NotSignedIn, Unavailable

PATH = "/display"
COOKIE_SECURE, COOKIE_PLAIN = "__Secure-gatelatch-display", "gatelatch-display"
KEPT_S = 400 * 86_400
"""The longest that browsers keep a cookie; the tablet loads its page again every day."""
TICK_S, LOOK_S = 1.0, 5.0
"""How often a display hears that the line is up; how often places, and whether it may still show anything, are looked at by themselves."""


@dataclass(frozen=True, kw_only=True)
class DisplayPage(Page):
    """What stands there now: an answer that is still fresh, else what to do here. Both None: it may show nothing."""

    template = "display.html"
    name: str = ""
    answer: AnswerView | None = None
    idle: IdleView | None = None
    seq: int = 0
    gone: bool = False


@dataclass(frozen=True)
class Display:
    """A tablet that was let in, and where it stands."""

    session: Session
    place: Place


async def display_of(parts: Parts, token: str) -> Display:
    """Raises NotSignedIn: no such display, it was revoked, or what it showed is gone."""
    row = await parts.roster.session(token, parts.now()) if token else None
    place = await place_of(parts, row.display) if row and row.display else None
    if row is None or place is None:
        raise NotSignedIn("this display may show nothing")
    session = Session(token, row)
    note_seen(parts, session)
    return Display(session, place)


def _cookie_name(parts: Parts) -> str:
    return COOKIE_SECURE if parts.secure else COOKIE_PLAIN


def _token_of(request: AnyRequest) -> str:
    return request.cookies.get(_cookie_name(parts_of(request)), "")[:200]


def _kept(parts: Parts, token: str) -> Cookie:
    return Cookie(
        key=_cookie_name(parts), value=token, max_age=KEPT_S, path=PATH, httponly=True, secure=parts.secure, samesite="lax"
    )


# ---------------------------------------------------------------------------------------------------- the tablet's pages


@get("/display/start", opt=ANYBODY)
async def start(request: AnyRequest, key: FromQuery[str] = "") -> Response[str]:
    """The link that was shown once: the tablet keeps the key, and its address bar and history do not."""
    parts, token = parts_of(request), key[:200]
    try:
        await display_of(parts, token)
    except NotSignedIn:
        return await _gone(request)
    answer = Redirect(PATH, status_code=303)
    answer.set_cookie(_kept(parts, token))
    return answer


@get("/display", opt=ANYBODY)
async def display_page(request: AnyRequest) -> Response[str]:
    """One full screen; goes on by itself from here, without a script by being loaded again every few seconds."""
    parts, token = parts_of(request), _token_of(request)
    speak(parts.settings.desk.language)
    try:
        display = await display_of(parts, token)
    except NotSignedIn:
        return await _gone(request)
    place, times, seq = display.place, times_of(parts), await parts.journal.head()
    last = (await parts.journal.last_decisions([place.point.id])).get(place.point.id)
    fresh = last is not None and answers(last, place.point.id) and parts.now() - last.at <= FRESH_MS
    page = DisplayPage(
        title=place.point.name, name=place.point.name, seq=seq, idle=await idle_view(parts, place, times),
        answer=await answer_view(parts, place, last) if last and fresh else None,
    )  # fmt: skip
    answer = await render(request, page)
    answer.set_cookie(_kept(parts, token))
    return answer


async def _gone(request: AnyRequest) -> Response[str]:
    speak(parts_of(request).settings.desk.language)
    return await render(request, DisplayPage(title=_("Display"), gone=True), status=401)


# ---------------------------------------------------------------------------------------------------- as things happen


@get("/display/stream", opt=ANYBODY, media_type="text/event-stream")
async def display_stream(request: AnyRequest, after: FromQuery[int | None] = None) -> Stream:
    """Answers as they are given, what stands there between them, and a tick every second. Raises NotSignedIn."""
    parts = parts_of(request)
    speak(parts.settings.desk.language)
    display = await display_of(parts, _token_of(request))
    return event_stream(_pieces(parts, display, resume_from(request, after)))


async def _pieces(parts: Parts, display: Display, after: int | None) -> AsyncIterator[bytes]:
    """Each with the desk's time, by which the tablet knows how old it is; the last seq is the id of all, so that none comes twice."""
    clock = asyncio.get_running_loop().time
    newest, shown, changed = after, "", True
    ticked = looked = -LOOK_S
    yield b"retry: 1000\n\n"
    async with parts.hub.listen(after) as lines:
        async for line in lines:
            if line is not None:
                newest, changed = line[0], True
                event = decoded(line[1])
                if answers(event, display.place.point.id) and parts.now() - event.at <= FRESH_MS:
                    view = await answer_view(parts, display.place, event)
                    yield _piece(parts, "answer", newest, str(macro("display_parts.html", "answer", view)))
            if clock() - ticked < TICK_S:
                continue
            ticked = clock()
            if changed or clock() - looked >= LOOK_S:
                looked, changed = clock(), False
                try:
                    display = await display_of(parts, display.session.token)
                    idle = str(macro("display_parts.html", "idle", await idle_view(parts, display.place, times_of(parts))))
                except NotSignedIn:
                    yield _piece(parts, "gone", newest)
                    return
                except (Unavailable, Busy):
                    continue  # the files cannot be read now: no tick, so the tablet says that it hears nothing
                if idle != shown:
                    shown = idle
                    yield _piece(parts, "idle", newest, idle)
            yield _piece(parts, "tick", newest)


def _piece(parts: Parts, kind: str, seq: int | None, html: str = "") -> bytes:
    return message(kind, msgspec.json.encode({"at": parts.now(), "html": html}).decode(), seq)


HANDLERS = (start, display_page, display_stream)
