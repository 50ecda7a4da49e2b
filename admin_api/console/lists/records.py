"""Lists of records: one way to read them, whatever the kind. A sheet adds its columns, filters and how a row reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from admin_api.console import words
from admin_api.console.lists.frame import COUNTED
from admin_api.console.lists.sheet import Asked, Cell, Choice, Found, Here, Row
from admin_api.console.views import status_tone
from admin_api.reads.conditions import Query
from admin_api.reports.filters import values_of
from edge.core.model import Permission, Record, Status
from edge.core.people import Company, CustomerList, Group
from edge.core.place import AccessPoint, Profile, Zone
from edge.core.saved import ExportArea

R = TypeVar("R", bound=Record)
OFFERED = 250
"""Companies that a filter offers by name; where there are more, the filter on the company's name finds them."""


async def records(
    here: Here, asked: Asked, kind: type[R], rows: Callable[[Here, list[R]], Awaitable[tuple[Row, ...]]], *,
    area: ExportArea | None = None, fixed: tuple[tuple[str, object], ...] = (), by_itself: str = "",
) -> Found:  # fmt: skip
    """One page of a kind. fixed: conditions of this list that nobody takes off; by_itself: its sort where nobody asked. Raises Invalid."""
    parts = here.parts
    values = values_of(area, asked.filters, now=parts.now(), tz=here.times.tz) if area else {}
    deleted = bool(values.pop("deleted", False))
    values.pop("q", None)
    filters = tuple({**values, **dict(fixed)}.items())
    query = Query(
        q=asked.q,
        filters=filters,
        deleted=deleted,
        sort=asked.sort or ("" if asked.q else by_itself),
        after=asked.after,
        limit=asked.limit,
    )
    page = await parts.roster.listing(kind, query)
    total: int | None = len(page.items)  # all of it, where there is but one page
    if page.next or asked.after:  # a search of many is not made twice for its number
        total = None if asked.q else await parts.roster.count(kind, query, COUNTED + 1)
    return Found(rows=await rows(here, page.items), following=page.next, total=total)


async def companies(here: Here, none: str) -> tuple[Choice, ...]:
    """For a filter; empty where this user sees none. Of more than OFFERED the one that is chosen: nobody reads so long a menu."""
    if not here.session.may(Permission.COMPANIES_VIEW):
        return ()
    found = await here.parts.roster.every(Company, OFFERED + 1)
    if len(found) > OFFERED:
        chosen = await here.parts.roster.find(Company, here.given.get("company"))
        found = [chosen] if chosen else []
    return (("none", none), *((c.id, c.name) for c in found)) if found else ()


async def groups(here: Here) -> tuple[Choice, ...]:
    return tuple((g.id, g.name) for g in await here.parts.roster.every(Group))


async def lists(here: Here) -> tuple[Choice, ...]:
    return tuple((one.id, one.name) for one in await here.parts.roster.every(CustomerList))


async def profiles(here: Here) -> tuple[Choice, ...]:
    return tuple((p.id, p.name) for p in await here.parts.roster.every(Profile))


async def zones(here: Here) -> tuple[Choice, ...]:
    return tuple((z.id, z.name) for z in await here.parts.roster.every(Zone))


async def one_customer(here: Here) -> tuple[tuple[str, str], ...]:
    """The customer whose list this is, when it is somebody's: led here from their page."""
    customer = here.given.get("customer", "")
    return tuple((await here.parts.roster.customer_names([customer])).items()) if customer else ()


async def points(here: Here) -> tuple[Choice, ...]:
    return tuple((p.id, p.name) for p in await here.parts.roster.every(AccessPoint))


def state(status: str) -> Cell:
    """Of a person or company, as a pill."""
    return Cell(text=words.STATUS[Status(status)], tone=status_tone(status))


def person(id: str | None, name: str) -> Cell:
    """A name that leads to them."""
    return Cell(text=name, href=f"/customers/{id}" if id and name else "")
