"""One thing done to many customers: those named, or all that match; counted first, a result for each, and what takes it back."""

from __future__ import annotations

from typing import Any

from litestar import post
from litestar.params import JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.reads.conditions import Query
from admin_api.reads.filters import parameters, typed
from admin_api.rest.common import AnyRequest, refusals, request_id
from edge.commands.bulk import BACK, MOST, NEEDS_RIGHT, Action, BulkCustomers, BulkDone, BulkRow
from edge.core.errors import Forbidden, Invalid
from edge.core.model import Permission
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


@post(
    "/customers/bulk/preview", opt=needs(Permission.CUSTOMERS_EDIT), tags=["customers"], responses=refusals(413), status_code=200,
    operation_id="previewBulk",
)  # fmt: skip
async def preview(request: AnyRequest, data: JSONBody[Selection]) -> Selected:
    """How many customers a selection is, before anything is done to them."""
    parts = parts_of(request)
    if not data.all:
        names = await parts.roster.customer_names(list(data.ids[:10]))
        return Selected(count=len(set(data.ids)), names=list(names.values()))
    query = query_of(data)
    first = await parts.roster.listing(Customer, query)
    return Selected(count=await parts.roster.count(Customer, query, MOST_ROWS + 1), names=[c.name for c in first.items])


@post(
    "/customers/bulk", opt=needs(Permission.CUSTOMERS_EDIT), tags=["customers"], responses=refusals(404, 409, 413), status_code=200,
    operation_id="bulkCustomers",
)  # fmt: skip
async def bulk(request: AnyRequest, data: JSONBody[BulkWanted]) -> BulkResult:
    """Do one thing to many customers, at most 5 000 in a request. Each is done or not by itself; the answer says why not.

    Idempotency-Key: a retry goes on where it broke off and does nothing twice."""
    if data.action in NEEDS_RIGHT and not session_of(request).may(NEEDS_RIGHT[data.action]):
        raise Forbidden(f"your role does not include {NEEDS_RIGHT[data.action].value}")
    parts, session, id = parts_of(request), session_of(request), request_id(request)
    ids = list(dict.fromkeys(data.selection.ids))
    if data.selection.all:
        ids = await parts.roster.matching(Customer, query_of(data.selection), MOST_ROWS + 1)
    if not ids:
        raise Invalid("nobody is selected", field="selection")
    if len(ids) > MOST_ROWS:
        raise Invalid(f"more than {MOST_ROWS} customers: narrow the selection", field="selection")
    rows: list[BulkRow] = []
    for start in range(0, len(ids), MOST):
        command = BulkCustomers(ids=tuple(ids[start : start + MOST]), action=data.action, what=data.what, reason=data.reason)
        done = await parts.edge.ask(command, BulkDone, token=session.token, request=f"{id}-{start}")
        rows += done.rows
    changed = tuple(row.id for row in rows if row.changed)
    back = BACK.get(data.action)
    undo = (
        BulkWanted(selection=Selection(ids=changed), action=back, what=data.what, reason="taken back") if back and changed else None
    )
    return BulkResult(changed=len(changed), rows=rows, undo=undo)


def query_of(selection: Selection) -> Query:
    """Raises Invalid for a filter that the list does not have, or a value that is none."""
    known = parameters(Customer)
    filters = tuple((name, typed(known, name, value)) for name, value in selection.filters.items())
    return Query(q=selection.q, filters=filters, deleted=selection.deleted, limit=10)


HANDLERS = (preview, bulk)
