"""What a list is made of: its columns, filters and rows as a page shows them. One sheet for each kind of list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from admin_api.auth import Session
from admin_api.console.times import Times
from admin_api.parts import Parts
from edge.core.model import Permission
from edge.core.saved import ExportArea

Choice = tuple[str, str]
"""(value, label)."""
ROWS = (10, 25, 50, 100)
"""How many rows a page may have (X-6)."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """sort: the sort of the list that it shows, empty: none. shown: unless somebody chose otherwise; the first column always is."""

    name: str
    label: str
    sort: str = ""
    shown: bool = True
    right: bool = False


@dataclass(frozen=True, kw_only=True)
class Cell:
    """text, with a second line below it. tone: as a pill of that tone; look: plate or num; mark: an icon before it."""

    text: str = ""
    sub: str = ""
    href: str = ""
    tone: str = ""
    look: str = ""
    mark: str = ""


@dataclass(frozen=True, kw_only=True)
class RowAction:
    """A line of a row's menu: a place to go to, or something to do (a POST of name=value)."""

    label: str
    href: str = ""
    post: str = ""
    name: str = ""
    value: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """cells by the name of their column. id: what a selection names it by. tone: of the whole line."""

    id: str
    cells: Mapping[str, Cell]
    menu: tuple[RowAction, ...] = ()
    tone: str = ""


class FilterKind(StrEnum):
    """DATES is two parameters, its `since` and `until`, whose last day is within. AMOUNT is typed as money and asked for in its minor unit."""

    CHOICE = "choice"
    TEXT = "text"
    YES = "yes"
    DATES = "dates"
    AMOUNT = "amount"


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One filter of a list, by the name that the list's query has for it. first: it stands beside the search, the others behind "More"."""

    name: str
    label: str
    kind: FilterKind = FilterKind.TEXT
    choices: tuple[Choice, ...] = ()
    any: str = ""
    first: bool = False
    since: str = ""
    until: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        if self.kind is FilterKind.DATES:
            return self.since or f"{self.name}_from", self.until or f"{self.name}_to"
        return (self.name,)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a list is asked for. filters: as the API takes them, name -> words; after: where the page before ended."""

    q: str = ""
    filters: Mapping[str, str]
    sort: str = ""
    after: str = ""
    limit: int = 50


@dataclass(frozen=True, kw_only=True)
class Found:
    """total: None where it is not counted. following: where the next page begins. busy: rows will change by themselves soon."""

    rows: tuple[Row, ...]
    following: str | None = None
    total: int | None = None
    busy: bool = False


@dataclass(frozen=True, kw_only=True)
class Here:
    """For whom a list is made: the reads within their scope, what they may, their clock; given: the parameters as they were typed."""

    parts: Parts
    session: Session
    times: Times
    given: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class New:
    """The button above a list."""

    href: str
    label: str
    right: Permission


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One list. right: None: anybody signed in. name: what its look is remembered under; area: the list of the API that it is, for exports and saved filters.

    title, lead, search and empty are said when the page is made, in the language of who asks. counted: so many, in words.
    """

    name: str
    path: str
    section: str
    right: Permission | None
    title: Callable[[], str]
    columns: Callable[[], tuple[Column, ...]]
    rows: Callable[[Here, Asked], Awaitable[Found]]
    filters: Callable[[Here], Awaitable[tuple[Filter, ...]]] | None = None
    counted: Callable[[int], str] | None = None
    lead: Callable[[], str] | None = None
    search: Callable[[], str] | None = None
    empty: Callable[[], tuple[str, str]] | None = None
    new: Callable[[], New] | None = None
    area: ExportArea | None = None
    bulk: bool = False
