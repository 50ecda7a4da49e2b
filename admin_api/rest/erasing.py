"""Erasing a person over REST, and how far it is."""

from __future__ import annotations

from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.rest.common import AnyRequest, refusals, request_id
from edge.commands.erasing import EraseCustomer
from edge.core.model import Permission
from edge.core.people import Customer, Erasure


class EraseFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """confirm: the customer's number. reason: kept, so it may not name them."""

    confirm: int
    reason: str


@post(
    "/customers/{record_id:str}/erase", opt=needs(Permission.CUSTOMERS_ERASE), tags=["customers"], responses=refusals(404, 409),
    status_code=202, operation_id="eraseCustomer",
)  # fmt: skip
async def erase(request: AnyRequest, record_id: FromPath[str], data: JSONBody[EraseFields]) -> Erasure:
    """Take out of everything who a customer was, for good. Nothing opens for them from now on; the journal and the audit are gone through behind it.

    Visits, bookings and payments stay, under the customer's number. `finished_at` says when all of it was done."""
    command = EraseCustomer(id=record_id, confirm=data.confirm, reason=data.reason)
    return await parts_of(request).edge.ask(command, Erasure, token=session_of(request).token, request=request_id(request))


@get(
    "/customers/{record_id:str}/erasure", opt=needs(Permission.CUSTOMERS_VIEW), tags=["customers"], responses=refusals(404),
    operation_id="getErasure",
)  # fmt: skip
async def erasure(request: AnyRequest, record_id: FromPath[str]) -> Erasure:
    """When, why and by whom a customer was erased, and whether the journal has been gone through."""
    roster = parts_of(request).roster
    await roster.get(Customer, record_id)
    return await roster.erasure(record_id)


HANDLERS = (erase, erasure)
