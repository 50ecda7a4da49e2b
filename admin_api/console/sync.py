"""How this edge stands with the central server: is it connected, what has gone up, what has come down."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.console.language import _
from admin_api.console.page import AnyRequest, Page, render, render_piece, times_of
from admin_api.console.sections import tabs_of
from admin_api.edge_health import EdgeReport
from admin_api.edge_health import Part as EdgePart
from admin_api.parts import Parts
from edge.core.errors import Forbidden
from edge.core.model import Permission

PATH = "/site/sync"


@dataclass(frozen=True, kw_only=True)
class SyncPage(Page):
    """state: alone, up, down, or unknown while nobody can say. waiting: events that central does not have yet, the oldest from `oldest`; share:
    percent of the journal that it has. problem: what is wrong, as the edge says it."""

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
    facts: tuple[tuple[str, str], ...] = ()


def _states() -> dict[str, tuple[str, str]]:
    return {
        "alone": (_("On its own"), "dim"), "up": (_("Connected"), "ok"), "down": (_("Not connected"), "no"), "unknown": (_("Not known"), "dim"),
    }  # fmt: skip


@get(PATH, opt=needs(Permission.SITE_VIEW))
async def sync_page(request: AnyRequest) -> Response[str]:
    """The page; for htmx what changes of it."""
    page = await _page(parts_of(request), session_of(request), request)
    if request.headers.get("hx-request"):
        return await render_piece(request, page, "sync_now.html")
    return await render(request, page)


async def _page(parts: Parts, session: Session, request: AnyRequest) -> SyncPage:
    settings, times = parts.settings.sync, times_of(parts)
    part = _part(await _report(parts, session)) if settings else None
    state = "alone" if settings is None else part.state if part and part.state in ("up", "down") else "unknown"
    word, tone = _states()[state]
    plain = {
        "title": _("Central server"),
        "section": "system",
        "path": PATH,
        "tabs": tabs_of("system", session),
        "state": state,
        "word": word,
        "tone": tone,
    }
    if settings is None:
        return SyncPage(**plain)  # type: ignore[arg-type]
    (seq, first, acked, connections), (epoch, rev, synced) = await _heads(parts)
    facts = (
        (_("Last event that it has"), _("%(seq)s, of %(when)s") % {"seq": times.number(acked), "when": await _when(parts, acked)} if acked else _("none yet")),
        (_("Last event here"), times.number(seq)),
        (_("List from central"), _("revision %(rev)s of %(epoch)s") % {"rev": times.number(rev), "epoch": epoch} if epoch else _("none yet")),
        (_("Connections so far"), times.number(connections)), (_("Broker"), settings.broker), (_("Site"), settings.site), (_("This edge"), settings.edge),
    )  # fmt: skip
    waiting = seq - acked
    return SyncPage(
        **plain, since=times.short(part.since) if part else "", problem=part.detail if part and state == "down" else "",  # type: ignore[arg-type]
        waiting=times.number(waiting), oldest=await _when(parts, max(acked + 1, first)) if waiting else "",
        share=100 if not seq else 100 * acked // seq, complete=times.short(synced) if synced else _("never"), facts=facts,
    )  # fmt: skip


def _part(report: EdgeReport | None) -> EdgePart | None:
    return next((p for p in report.parts if p.kind == "sync"), None) if report else None


async def _report(parts: Parts, session: Session) -> EdgeReport | None:
    """What the edge says of itself; nothing while it is down, or to whom it is not said."""
    try:
        return await parts.health.look(session.token)
    except Forbidden:
        return None


async def _heads(parts: Parts) -> tuple[tuple[int, int, int, int], tuple[str, int, int | None]]:
    ((seq, first, acked, connections),) = await parts.database.fetch("SELECT seq, first_seq, acked, connections FROM head")
    ((epoch, rev, synced),) = await parts.database.fetch("SELECT epoch, central_rev, synced_at FROM roster.head")
    return (seq, first, acked, connections), (epoch, rev, synced)


async def _when(parts: Parts, seq: int) -> str:
    """Of an event; a dash when it is no longer kept."""
    rows = await parts.database.fetch("SELECT at FROM event WHERE seq = ?", (seq,))
    return times_of(parts).short(rows[0][0] if rows else None)


HANDLERS = (sync_page,)
