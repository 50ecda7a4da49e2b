"""What every page shares: a typed context, the frame around it (navigation, banner, theme), and errors as pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import jinja2
from litestar import Request, Response
from markupsafe import Markup

from admin_api.auth import Session, parts_of
from admin_api.brand import Brand
from admin_api.console import words
from admin_api.console.language import _, language_of, ngettext, refused, speak, spoken
from admin_api.console.sections import sections_of
from admin_api.console.times import Times
from admin_api.errors import Problem
from admin_api.parts import Parts
from edge import __version__
from edge.core.errors import HouseError
from edge.core.model import Permission

AnyRequest = Request[Any, Any, Any]
HERE = Path(__file__).parent
THEMES = ("auto", "light", "dark")

env = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
    extensions=["jinja2.ext.i18n"],
)
env.install_gettext_callables(_, ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
env.filters["refused"] = refused
env.filters["said"] = _  # a text that is marked elsewhere; unlike _() in a template it takes no values, so a % in it is one


def asset(name: str) -> str:
    """The address of a static file, with a hash of its content: it may be kept for a year and changes when it changes."""
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


ASSETS = {
    name: asset(name) for name in ("style.css", "console.js", "live.js", "cameras.js", "vendor/htmx-2.0.11.min.js", "mark.svg")
}
env.globals.update(words=words, version=__version__, assets=ASSETS)


@dataclass(frozen=True, kw_only=True)
class Link:
    """A place to go to. mark: the name of its icon."""

    href: str
    label: str
    mark: str = ""
    here: bool = False


@dataclass(frozen=True, kw_only=True)
class Page:
    """Base of all pages: title and the part of the navigation they belong to."""

    template: ClassVar[str]
    title: str
    section: str = ""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What is around a page. edge_up None: not asked (nobody signed in)."""

    site: str
    brand: Brand
    session: Session | None
    theme: str
    nav: tuple[Link, ...]
    language: str
    times: Times
    path: str
    notice: str = ""
    edge_up: bool | None = None

    @property
    def csrf(self) -> str:
        return self.session.csrf if self.session else ""

    def may(self, right: str) -> bool:
        return self.session is not None and right in self.session.row.rights


@dataclass(frozen=True, kw_only=True)
class ErrorPage(Page):
    """What went wrong, in words, with a way on."""

    template = "error.html"
    problem: Problem


def signed_in(request: AnyRequest) -> Session | None:
    found = request.scope.get("user")
    return found if isinstance(found, Session) else None


def times_of(parts: Parts) -> Times:
    return Times(parts.time_zone or parts.settings.site.time_zone, parts.now())


async def frame_of(request: AnyRequest, section: str = "") -> Frame:
    parts, session = parts_of(request), signed_in(request)
    return _frame(request, section, edge_up=await edge_is_up(parts, session) if session else None)


def _frame(request: AnyRequest, section: str, *, edge_up: bool | None) -> Frame:
    parts, session = parts_of(request), signed_in(request)
    nav = tuple(
        Link(href=href, label=label, mark=mark, here=mark == section)
        for mark, href, label in (sections_of(session) if session else ())
    )
    theme = request.cookies.get("theme", "auto")
    return Frame(
        site=parts.settings.site.name,
        brand=parts.brand,
        session=session,
        theme=theme if theme in THEMES else "auto",
        nav=nav,
        language=spoken(),
        times=times_of(parts),
        path=request.url.path,
        notice=words.NOTICES.get(request.query_params.get("done", ""), ""),
        edge_up=edge_up,
    )


async def edge_is_up(parts: Parts, session: Session) -> bool:
    """Is there an edge to take changes."""
    try:
        if session.may(Permission.DOORS_VIEW):
            return await parts.health.look(session.token) is not None
        return await parts.edge.reachable()
    except HouseError:
        return True  # it answered, if only with a refusal


async def render(request: AnyRequest, page: Page, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[str]:
    """The page in its frame."""
    return _answer(page, page.template, await frame_of(request, page.section), status, headers)


def render_now(request: AnyRequest, page: Page, *, status: int = 200) -> Response[str]:
    """The page without asking anybody anything: for where nothing can be waited for."""
    return _answer(page, page.template, _frame(request, page.section, edge_up=None), status, {"Cache-Control": "no-store"})


async def render_piece(request: AnyRequest, page: Page, template: str, *, status: int = 200) -> Response[str]:
    """A piece of a page, for htmx."""
    return _answer(page, template, await frame_of(request, page.section), status, None)


def _answer(page: Page, template: str, frame: Frame, status: int, headers: dict[str, str] | None) -> Response[str]:
    text = env.get_template(template).render(page=page, frame=frame, times=frame.times)
    return Response(text, status_code=status, media_type="text/html", headers=headers or {})


def macro(template: str, name: str, *values: Any) -> Markup:
    """One macro of a template, as safe text."""
    made: Markup = getattr(env.get_template(template).module, name)(*values)
    return made


def error_page(request: AnyRequest, problem: Problem, headers: dict[str, str]) -> Response[str]:
    """An error for a person: a short piece for htmx, a whole page otherwise. Asks nobody: it must work when nothing else does."""
    speak(language_of(request))  # an address that there is not has no middleware
    page = ErrorPage(title=_(problem.title), problem=problem)
    frame = _frame(request, "", edge_up=None)
    if request.headers.get("hx-request"):
        where = {**headers, "HX-Retarget": "#toast", "HX-Reswap": "innerHTML"}
        return _answer(page, "error_piece.html", frame, problem.status, where)
    return _answer(page, page.template, frame, problem.status, headers)
