"""How this edge stands with the central server: is it connected, what has gone up, what has come down, and what was not taken."""

from __future__ import annotations

from dataclasses import dataclass, replace

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from admin_api.auth import needs, parts_of, session_of
from admin_api.console.forms import request_of
from admin_api.console.language import _, ngettext
from admin_api.console.page import AnyRequest, Page, render, render_piece, times_of
from admin_api.console.sections import tabs_of
from admin_api.console.sync_views import LetterView, RefusalView, RowView, letter_views, refusal_views, row_views
from admin_api.console.times import Times
from admin_api.console.words import sentence
from admin_api.errors import problem_of
from admin_api.parts import Parts
from admin_api.reads import sync
from admin_api.rest.sync import Standing, kinds_of, standing
from edge.commands.base import Command
from edge.commands.dead_letters import ResendEvent
from edge.commands.disagreements import AskAgain, KeepTheirs
from edge.core.errors import HouseError, Invalid, NotSignedIn
from edge.core.model import Permission

PATH = "/site/sync"
SHOWN = 25
"""Of each list; what is decided makes room for the next."""


@dataclass(frozen=True, kw_only=True)
class SyncPage(Page):
    """state: alone, up, down, or unknown while nobody can say. waiting: events that central does not have yet, the oldest from `oldest`; share:
    percent of the journal that it has; changes: how many wait for its word, empty: none. problem: what is wrong, as the edge says it.

    refusals, rows, letters: the first of what was not taken; more: of which of them there are more. failed: the form that was refused, and refusal why."""

    template = "sync.html"
    path: str
    tabs: tuple[tuple[str, str], ...]
    state: str
    word: str
    tone: str
    since: str = ""
    problem: str = ""
    waiting: str = ""
    oldest: str = ""
    share: int = 0
    complete: str = ""
    changes: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    refusals: tuple[RefusalView, ...] = ()
    rows: tuple[RowView, ...] = ()
    letters: tuple[LetterView, ...] = ()
    more: tuple[str, ...] = ()
    failed: str = ""
    refusal: str = ""


def _states() -> dict[str, tuple[str, str]]:
    return {
        "alone": (_("On its own"), "dim"), "up": (_("Connected"), "ok"), "down": (_("Not connected"), "no"), "unknown": (_("Not known"), "dim"),
    }  # fmt: skip


@get(PATH, opt=needs(Permission.SITE_VIEW))
async def sync_page(request: AnyRequest) -> Response[str]:
    """The page; for htmx what changes of it by itself."""
    if request.headers.get("hx-request"):
        return await render_piece(request, await _now(request), "sync_now.html")
    return await render(request, await _page(request))


@post(f"{PATH}/disagreements/{{change:str}}", opt=needs(Permission.SITE_VIEW), status_code=200)
async def decide(request: AnyRequest, change: FromPath[str]) -> Response[str]:
    """Leave a record as central has it, or ask for what was wanted here once more."""
    what = str((await request.form()).get("do", ""))
    if what not in ("keep", "again"):
        raise Invalid(_("choose what to do"), field="do")
    command = KeepTheirs(id=change) if what == "keep" else AskAgain(id=change)
    return await _done(request, command, change, "kept-theirs" if what == "keep" else "asked-again", "disagreements")


@post(f"{PATH}/events/{{seq:int}}", opt=needs(Permission.SITE_MANAGE), status_code=200)
async def resend(request: AnyRequest, seq: FromPath[int]) -> Response[str]:
    """Send an event that central refused once more."""
    return await _done(request, ResendEvent(event=seq), str(seq), "resent", "events")


async def _done(request: AnyRequest, command: Command, id: str, word: str, where: str) -> Response[str]:
    """Back to the page with a word of it; or the page with what speaks against it, beside what it is about."""
    form = await request.form()
    try:
        await parts_of(request).edge.send(command, token=session_of(request).token, request=request_of(form))
    except NotSignedIn:
        raise
    except HouseError as error:
        page = replace(await _page(request), failed=id, refusal=sentence(error.message))
        return await render(request, page, status=problem_of(error).status)
    return Redirect(f"{PATH}?done={word}#{where}", status_code=303)


async def _page(request: AnyRequest) -> SyncPage:
    """All of it. What was not taken is not for who is restricted to a part of the site."""
    parts, session, times, page = parts_of(request), session_of(request), times_of(parts_of(request)), await _now(request)
    if not parts.scope.everything:
        return page
    kinds, sees_events = kinds_of(session), session.may(Permission.EVENTS_VIEW)
    refusals = await sync.disagreements(parts.database, kinds, limit=SHOWN)
    rows = await sync.refused_rows(parts.database, kinds, limit=SHOWN)
    letters = await sync.refused_events(parts.database, limit=SHOWN) if sees_events else None
    events = await parts.journal.by_numbers(letter.event for letter in letters.items) if letters else {}
    found = (("refusals", refusals.next), ("rows", rows.next), ("letters", letters.next if letters else None))
    return replace(
        page, refusals=await refusal_views(parts, session, refusals.items, times), rows=row_views(session, rows.items),
        letters=letter_views(letters.items, events, times) if letters else (), more=tuple(name for name, following in found if following),
    )  # fmt: skip


async def _now(request: AnyRequest) -> SyncPage:
    """How it stands."""
    parts, session = parts_of(request), session_of(request)
    settings, times, now = parts.settings.sync, times_of(parts), await standing(parts, session)
    word, tone = _states()[now.state]
    page = SyncPage(
        title=_("Central server"), section="system", path=PATH, tabs=tabs_of("system", session), state=now.state, word=word, tone=tone,
    )  # fmt: skip
    if settings is None:
        return page
    waiting, changes = now.last_event - now.acked, now.waiting.changes_waiting
    since = times.short(now.since) if now.since else ""
    said = ngettext("%(num)s change waits for central's word", "%(num)s changes wait for central's word", changes)
    return replace(
        page, since=since, problem=now.problem, waiting=times.number(waiting),
        oldest=await _when(parts, max(now.acked + 1, now.first_event)) if waiting else "",
        share=100 if not now.last_event else 100 * now.acked // now.last_event,
        complete=times.short(now.complete_at) if now.complete_at else _("never"),
        changes=said % {"num": times.number(changes)} if changes else "",
        facts=(
            *await _facts(parts, now, times), (_("Broker"), settings.broker), (_("Site"), settings.site), (_("This edge"), settings.edge),
            (_("Pictures of readings"), _("go to central") if settings.evidence else _("stay here")),
        ),
    )  # fmt: skip


async def _facts(parts: Parts, now: Standing, times: Times) -> tuple[tuple[str, str], ...]:
    number, has = times.number, {"seq": times.number(now.acked), "when": await _when(parts, now.acked)}
    return (
        (_("Last event that it has"), _("%(seq)s, of %(when)s") % has if now.acked else _("none yet")), (_("Last event here"), number(now.last_event)),
        (_("List from central"), _("revision %(rev)s of %(epoch)s") % {"rev": number(now.rev), "epoch": now.epoch} if now.epoch else _("none yet")),
        (_("Connections so far"), number(now.connections)),
    )  # fmt: skip


async def _when(parts: Parts, seq: int) -> str:
    """Of an event; a dash when it is no longer kept."""
    rows = await parts.database.fetch("SELECT at FROM event WHERE seq = ?", (seq,))
    return times_of(parts).short(rows[0][0] if rows else None)


HANDLERS = (sync_page, decide, resend)
