"""One thing done to many customers, as REST and the pages ask for it: those named, or all that match; counted first, then a result for each."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from admin_api.auth import Session
from admin_api.parts import Parts
from admin_api.reads.conditions import Query
from admin_api.reads.filters import parameters, typed
from edge.commands.bulk import BACK, MOST, NEEDS_RIGHT, Action, BulkCustomers, BulkDone, BulkRow
from edge.core.errors import Forbidden, Invalid
from edge.core.people import Customer

MOST_ROWS = 5000
"""In one request: a few seconds. Whoever has more narrows the filter and asks again."""


class Selection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ids, or all that match: filters as the parameters of the list, q as its search; deleted: of those that were deleted."""

    ids: tuple[str, ...] = ()
    all: bool = False
    q: str = ""
    filters: dict[str, Any] = {}
    deleted: bool = False


class BulkWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """what: the id of the group, list or profile, or the tag."""

    selection: Selection
    action: Action
    what: str = ""
    reason: str = ""


class Selected(Struct, frozen=True, kw_only=True):
    """How many it would be done to, and the first of them by name."""

    count: int
    names: list[str]


class BulkResult(Struct, frozen=True, kw_only=True):
    """changed: how many; rows: each with why not, where it was not. undo: the request that takes it back (None: nothing can)."""

    changed: int
    rows: list[BulkRow]
    undo: BulkWanted | None = None


async def selected(parts: Parts, selection: Selection) -> Selected:
    """How many customers a selection is, counted up to MOST_ROWS + 1, and the first ten by name."""
    if not selection.all:
        names = await parts.roster.customer_names(list(selection.ids[:10]))
        return Selected(count=len(set(selection.ids)), names=list(names.values()))
    query = query_of(selection)
    first = await parts.roster.listing(Customer, query)
    return Selected(count=await parts.roster.count(Customer, query, MOST_ROWS + 1), names=[c.name for c in first.items])


async def bulk_of(parts: Parts, session: Session, wanted: BulkWanted, request: str) -> BulkResult:
    """Done to each, a hundred in a command; the same request again goes on where it broke off. Raises Forbidden, Invalid."""
    if wanted.action in NEEDS_RIGHT and not session.may(NEEDS_RIGHT[wanted.action]):
        raise Forbidden(f"your role does not include {NEEDS_RIGHT[wanted.action].value}")
    ids = list(dict.fromkeys(wanted.selection.ids))
    if wanted.selection.all:
        ids = await parts.roster.matching(Customer, query_of(wanted.selection), MOST_ROWS + 1)
    if not ids:
        raise Invalid("nobody is selected", field="selection")
    if len(ids) > MOST_ROWS:
        raise Invalid(f"more than {MOST_ROWS} customers: narrow the selection", field="selection")
    rows: list[BulkRow] = []
    for start in range(0, len(ids), MOST):
        command = BulkCustomers(ids=tuple(ids[start : start + MOST]), action=wanted.action, what=wanted.what, reason=wanted.reason)
        done = await parts.edge.ask(command, BulkDone, token=session.token, request=f"{request}-{start}")
        rows += done.rows
    changed = tuple(row.id for row in rows if row.changed)
    back = BACK.get(wanted.action)
    undo = (
        BulkWanted(selection=Selection(ids=changed), action=back, what=wanted.what, reason="taken back")
        if back and changed
        else None
    )
    return BulkResult(changed=len(changed), rows=rows, undo=undo)


def query_of(selection: Selection) -> Query:
    """Raises Invalid for a filter that the list does not have, or a value that is none."""
    known = parameters(Customer)
    filters = tuple((name, typed(known, name, value)) for name, value in selection.filters.items())
    return Query(q=selection.q, filters=filters, deleted=selection.deleted, limit=10)
