"""One box over everything: people, companies, cards, plates, events and the pages of the console."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get

from admin_api.auth import SIGNED_IN, Session, parts_of, session_of
from admin_api.console import words
from admin_api.console.language import _
from admin_api.console.page import AnyRequest, Page, render, render_piece
from admin_api.console.sections import SECTIONS
from admin_api.reads.searching import Hit, everything
from admin_api.rest.search import RIGHTS
from edge.core.searching import fold

LETTERS, MOST, MOST_PAGES = 2, 25, 5


@dataclass(frozen=True, kw_only=True)
class HitView:
    """Something that was found: what it is, what it is called, what tells it apart."""

    href: str
    mark: str
    what: str
    title: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class SearchPage(Page):
    """short: too few letters to look for anything."""

    template = "search.html"
    q: str
    hits: tuple[HitView, ...]
    short: bool


@get("/search", opt=SIGNED_IN)
async def search_page(request: AnyRequest) -> Response[str]:
    """The page; for htmx what was found, as somebody types."""
    parts, session = parts_of(request), session_of(request)
    q = " ".join(str(request.query_params.get("q", "")).split())[:200]
    short = len(q) < LETTERS and not q.isdigit()
    hits: tuple[HitView, ...] = ()
    if not short:
        kinds = frozenset(kind for kind, right in RIGHTS.items() if session.may(right))
        found = await everything(parts.database, q, kinds, MOST, parts.scope)
        hits = (*(_hit(hit) for hit in found), *_pages(q, session))
    page = SearchPage(title=_("Search"), q=q, hits=hits, short=short)
    if request.headers.get("hx-target") in ("found-here", "found-anywhere"):
        return await render_piece(request, page, "search_hits.html")
    return await render(request, page)


def _hit(hit: Hit) -> HitView:
    owner = f"/customers/{hit.owner}" if hit.owner else ""
    href, mark, what = {
        "customer": (f"/customers/{hit.id}", "person", _("Customer")),
        "company": (f"/companies/{hit.id}", "people", _("Company")),
        "card": (f"{owner}?tab=cards" if owner else f"/cards/{hit.id}/edit", "key", _("Access card")),
        "vehicle": (f"{owner}?tab=vehicles" if owner else f"/vehicles/{hit.id}/edit", "car", _("Vehicle")),
    }.get(hit.of, (f"/events/{hit.id}", "list", _("Event")))
    if hit.of == "event":
        return HitView(href=href, mark=mark, what=what, title=f"{what} {hit.id}", detail=words.reason(hit.detail).short)
    return HitView(href=href, mark=mark, what=what, title=hit.title, detail=hit.detail)


def _pages(q: str, session: Session) -> list[HitView]:
    """Pages of the console whose name has these letters."""
    wanted = fold(q)
    tabs = [(section, tab) for section in SECTIONS for tab in section.open_to(session)]
    return [
        HitView(href=tab.path, mark=section.mark, what=_("Page"), title=_(tab.label), detail=_(section.label))
        for section, tab in tabs
        if wanted in fold(_(tab.label))
    ][:MOST_PAGES]


HANDLERS = (search_page,)
