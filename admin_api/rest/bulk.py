"""One thing done to many customers: those named, or all that match; counted first, a result for each, and what takes it back."""

from __future__ import annotations

from litestar import post
from litestar.params import JSONBody

from admin_api.auth import needs, parts_of, session_of
from admin_api.bulk import BulkResult, BulkWanted, Selected, Selection, bulk_of, selected
from admin_api.rest.common import AnyRequest, refusals, request_id
from edge.core.model import Permission


@post(
    "/customers/bulk/preview", opt=needs(Permission.CUSTOMERS_EDIT), tags=["customers"], responses=refusals(413), status_code=200,
    operation_id="previewBulk",
)  # fmt: skip
async def preview(request: AnyRequest, data: JSONBody[Selection]) -> Selected:
    """How many customers a selection is, before anything is done to them."""
    return await selected(parts_of(request), data)


@post(
    "/customers/bulk", opt=needs(Permission.CUSTOMERS_EDIT), tags=["customers"], responses=refusals(404, 409, 413), status_code=200,
    operation_id="bulkCustomers",
)  # fmt: skip
async def bulk(request: AnyRequest, data: JSONBody[BulkWanted]) -> BulkResult:
    """Do one thing to many customers, at most 5 000 in a request. Each is done or not by itself; the answer says why not.

    Idempotency-Key: a retry goes on where it broke off and does nothing twice."""
    return await bulk_of(parts_of(request), session_of(request), data, request_id(request))


HANDLERS = (preview, bulk)
