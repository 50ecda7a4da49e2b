"""The frame around every list: search, filters as chips, sorting, columns and rows as one likes them, saved views, exports, paging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from admin_api.auth import SIGNED_IN, needs, parts_of, session_of
from admin_api.console.language import _
from admin_api.console.lists.bulk import actions
from admin_api.console.lists.looks import look_of
from admin_api.console.lists.sheet import ROWS, Asked, Choice, Column, Filter, FilterKind, Found, Here, New, Row, Sheet
from admin_api.console.page import AnyRequest, Page, render, render_piece, times_of
from admin_api.console.sections import tabs_of
from admin_api.reads.conditions import Query
from edge.commands.bulk import NEEDS_RIGHT
from edge.core.errors import Invalid
from edge.core.model import Permission
from edge.core.saved import ExportArea, ExportFormat, SavedFilter

COUNTED = 1000
"""A total is counted up to here: it must not stall the page."""
LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class FilterView:
    """A filter as it is set. value: of one that has one; since and until: of dates."""

    filter: Filter
    value: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A filter that is set, in words; off: the list without it."""

    label: str
    value: str
    off: str


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A column's head. sorted: ascending, descending or nothing; href: sorts by it, or the other way round."""

    column: Column
    sorted: str
    href: str


@dataclass(frozen=True, kw_only=True)
class View:
    """A saved view: a list with filters under a name. mine: may be taken out."""

    id: str
    name: str
    href: str
    shared: bool
    mine: bool
    here: bool


@dataclass(frozen=True, kw_only=True)
class ListPage(Page):
    """Any list in its frame. kept: the parameters of this view, without its page."""

    template = "list.html"
    path: str
    name: str
    lead: str
    tabs: tuple[Choice, ...]
    search: str
    q: str
    short: bool
    sort: str
    sorts: tuple[Choice, ...]
    first: tuple[FilterView, ...]
    more: tuple[FilterView, ...]
    more_set: bool
    chips: tuple[Chip, ...]
    headings: tuple[Heading, ...]
    every: tuple[tuple[str, str, bool], ...]
    rows: tuple[Row, ...]
    counted: str
    following: str
    back: str
    limit: int
    limits: tuple[int, ...]
    empty: tuple[str, str]
    new: New | None
    views: tuple[View, ...]
    area: str
    formats: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]
    exact: tuple[tuple[str, str], ...]
    bulk: tuple[Choice, ...]
    ticks: bool
    busy: bool
    problem: str = ""

    @property
    def filtered(self) -> bool:
        return bool(self.chips or self.q)


def list_page(sheet: Sheet) -> HTTPRouteHandler:
    """The page of a list."""

    @get(sheet.path, opt=needs(sheet.right) if sheet.right else SIGNED_IN, name=f"list {sheet.name}")
    async def page(request: AnyRequest) -> Response[str]:
        return await answer(request, sheet)

    return page


async def answer(request: AnyRequest, sheet: Sheet) -> Response[str]:
    """The whole page, or for htmx its results."""
    page = await made(request, sheet)
    status = 400 if page.problem else 200
    if request.headers.get("hx-target") == "results":
        return await render_piece(request, page, "list_results.html", status=status)
    return await render(request, page, status=status)


async def made(request: AnyRequest, sheet: Sheet) -> ListPage:
    """The list as it was asked for."""
    parts, session = parts_of(request), session_of(request)
    here = Here(parts=parts, session=session, times=times_of(parts), given=request.query_params)
    look = await look_of(parts, session.user, sheet.name)
    columns, filters = sheet.columns(), await sheet.filters(here) if sheet.filters else ()
    given = _given(request, sheet, filters)
    q, sort, after = given.pop("q", ""), given.pop("sort", ""), given.pop("after", "")
    short = len(q) == 1 and not q.isdigit()
    exact = exact_of(filters, given)
    found, problem = Found(rows=()), ""
    try:
        asked = Asked(q="" if short else q, filters=exact, sort=sort, after=after, limit=look.rows)
        found = await sheet.rows(here, asked)
    except Invalid as error:
        problem = f"{error.message[:1].upper()}{error.message[1:]}."
    kept = {**({"q": q} if q else {}), **given, **({"sort": sort} if sort else {})}
    first = tuple(_view(f, given) for f in filters if f.first)
    more = tuple(_view(f, given) for f in filters if not f.first)
    return ListPage(
        title=sheet.title(), section=sheet.section, path=sheet.path, name=sheet.name, lead=sheet.lead() if sheet.lead else "",
        tabs=tabs_of(sheet.section, session), search=sheet.search() if sheet.search else "", q=q, short=short, sort=sort,
        sorts=_sorts(columns), first=first, more=more, more_set=any(v.value or v.since or v.until for v in more),
        chips=_chips(sheet, filters, kept), headings=_headings(sheet, look.shown(columns), kept, sort),
        every=tuple((c.name, c.label, c in look.shown(columns)) for c in columns[1:]), rows=found.rows,
        counted=_counted(sheet, found.total), following=_link(sheet, {**kept, "after": found.following}) if found.following else "",
        back=_link(sheet, kept) if after else "", limit=look.rows, limits=ROWS, empty=sheet.empty() if sheet.empty else ("", ""),
        new=_new(sheet, here), views=await _views(here, sheet, {**exact, **({"q": q} if q else {})}),
        area=sheet.area.value if sheet.area else "", formats=_formats(sheet, here), kept=tuple(kept.items()),
        exact=tuple({**exact, **({"q": q} if q else {})}.items()), bulk=_bulk(here, found) if sheet.bulk else (), ticks=sheet.bulk and bool(found.rows), busy=found.busy, problem=problem,
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------- what was asked


def _given(request: AnyRequest, sheet: Sheet, filters: tuple[Filter, ...]) -> dict[str, str]:
    """The parameters that this list knows, as they were typed; the others belong to somebody else."""
    known = {"q", "sort", "after", *(name for f in filters for name in f.names)}
    texts = {name: " ".join(str(value).split())[:LONGEST] for name, value in request.query_params.items() if name in known}
    return {name: text for name, text in texts.items() if text}


def exact_of(filters: tuple[Filter, ...], given: Mapping[str, str]) -> dict[str, str]:
    """As the API takes them: its ranges end before a time, those of a page with a day; its amounts are in hundredths."""
    return {name: _turned(filters, name, text, 1) for name, text in given.items()}


def shown_of(filters: tuple[Filter, ...], exact: Mapping[str, str]) -> dict[str, str]:
    """The other way round."""
    return {name: _turned(filters, name, text, -1) for name, text in exact.items()}


def _turned(filters: tuple[Filter, ...], name: str, text: str, way: int) -> str:
    """way: 1 as the API takes it, -1 as people type it."""
    kind = next((f.kind for f in filters if name in f.names and (f.kind is not FilterKind.DATES or name == f.names[1])), None)
    if kind is FilterKind.DATES:
        return _moved(text, way)
    if kind is FilterKind.AMOUNT:
        return _minor(text) if way > 0 else _major(text)
    return text


def _minor(text: str) -> str:
    """ "12.5" -> "1250"; what is no amount stays, and the list says so."""
    major, _point, minor = text.replace(",", ".").partition(".")
    return f"{int(major)}{minor:0<2}" if major.isdecimal() and len(minor) <= 2 and (minor.isdecimal() or not minor) else text


def _major(text: str) -> str:
    return f"{int(text) // 100}.{int(text) % 100:02}" if text.isdecimal() else text


def _moved(text: str, days: int) -> str:
    try:
        return (date.fromisoformat(text) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return text  # an instant, or so long ago


# ---------------------------------------------------------------------------------------------------- what is shown


def _link(sheet: Sheet, parameters: Mapping[str, str | None]) -> str:
    said = {name: value for name, value in parameters.items() if value}
    return f"{sheet.path}?{urlencode(said)}" if said else sheet.path


def _view(filter: Filter, given: Mapping[str, str]) -> FilterView:
    if filter.kind is FilterKind.DATES:
        since, until = filter.names
        return FilterView(filter=filter, since=given.get(since, ""), until=given.get(until, ""))
    return FilterView(filter=filter, value=given.get(filter.name, ""))


def _chips(sheet: Sheet, filters: tuple[Filter, ...], kept: Mapping[str, str]) -> tuple[Chip, ...]:
    chips = []
    for filter in filters:
        mine = {name: kept[name] for name in filter.names if name in kept}
        if not mine:
            continue
        off = _link(sheet, {name: value for name, value in kept.items() if name not in mine})
        chips.append(Chip(label=filter.label, value=_said(filter, mine), off=off))
    return tuple(chips)


def _said(filter: Filter, mine: Mapping[str, str]) -> str:
    if filter.kind is FilterKind.DATES:
        since, until = (mine.get(name, "") for name in filter.names)
        if since and until:
            return f"{since} – {until}"
        return _("from %(day)s") % {"day": since} if since else _("until %(day)s") % {"day": until}
    if filter.kind is FilterKind.YES:
        return _("yes") if mine[filter.name] == "true" else _("no")
    return dict(filter.choices).get(mine[filter.name], mine[filter.name])


def _headings(sheet: Sheet, columns: tuple[Column, ...], kept: Mapping[str, str], sort: str) -> tuple[Heading, ...]:
    made = []
    for column in columns:
        sorted = {column.sort: "ascending", f"-{column.sort}": "descending"}.get(sort, "") if column.sort else ""
        to = f"-{column.sort}" if sorted == "ascending" else column.sort
        made.append(Heading(column=column, sorted=sorted, href=_link(sheet, {**kept, "sort": to}) if column.sort else ""))
    return tuple(made)


def _sorts(columns: tuple[Column, ...]) -> tuple[Choice, ...]:
    """For the narrow screens, where columns have no heads."""
    return tuple(
        choice for c in columns if c.sort for choice in ((c.sort, f"{c.label} ↑"), (f"-{c.sort}", f"{c.label} ↓"))
    )  # fmt: skip


def _counted(sheet: Sheet, total: int | None) -> str:
    if total is None or sheet.counted is None:
        return ""
    return _("more than %(count)s") % {"count": COUNTED} if total > COUNTED else sheet.counted(total)


def _new(sheet: Sheet, here: Here) -> New | None:
    new = sheet.new() if sheet.new else None
    return new if new and here.session.may(new.right) else None


def _formats(sheet: Sheet, here: Here) -> tuple[str, ...]:
    if sheet.area is None or not here.session.may(sheet.area.right):
        return ()
    return tuple(f.value for f in ExportFormat if f is not ExportFormat.VCF or sheet.area is ExportArea.CUSTOMERS)


def _bulk(here: Here, found: Found) -> tuple[Choice, ...]:
    """What may be done to many of this list."""
    if not found.rows or not here.session.may(Permission.CUSTOMERS_EDIT):
        return ()
    return tuple((a.value, label) for a, label in actions().items() if a not in NEEDS_RIGHT or here.session.may(NEEDS_RIGHT[a]))


async def _views(here: Here, sheet: Sheet, exact: Mapping[str, str]) -> tuple[View, ...]:
    """One's own and those that are shared."""
    if sheet.area is None or sheet.filters is None:
        return ()
    query = Query(filters=(("seen_by", here.session.user), ("area", sheet.area.value)), limit=50)
    saved = (await here.parts.roster.listing(SavedFilter, query)).items
    filters = await sheet.filters(here)
    return tuple(
        View(
            id=view.id, name=view.name, href=_link(sheet, shown_of(filters, dict(view.filters))), shared=view.shared,
            mine=view.owner == here.session.user, here=bool(exact) and dict(view.filters) == dict(exact),
        )
        for view in saved
    )  # fmt: skip
