"""Two customers who turned out to be one: seen side by side, merged, taken back."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.rest.common import AnyRequest, refusals, request_id
from edge.commands.merging import CHOSEN, MergeCustomers, UndoMerge
from edge.core.model import Permission
from edge.core.people import Customer, Merge


class FieldOfTwo(Struct, frozen=True, kw_only=True):
    name: str
    kept: Any
    other: Any


class MergeSeen(Struct, frozen=True, kw_only=True):
    """Both, the fields of which one is to be chosen, and how much of the other would move."""

    kept: Customer
    other: Customer
    differ: list[FieldOfTwo]
    moves: dict[str, int]


class MergeFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """other: who is merged into this one; take: the fields whose value is the other's."""

    other: str
    take: tuple[str, ...] = ()
    reason: str = ""


@get(
    "/customers/{record_id:str}/merge/{other:str}", opt=needs(Permission.CUSTOMERS_VIEW), tags=["customers"], responses=refusals(404),
    operation_id="previewMerge",
)  # fmt: skip
async def preview_merge(request: AnyRequest, record_id: FromPath[str], other: FromPath[str]) -> MergeSeen:
    """Two customers side by side, field by field, before they are merged."""
    roster = parts_of(request).roster
    one, two = await roster.get(Customer, record_id), await roster.get(Customer, other)
    pairs = ((name, msgspec.to_builtins(getattr(one, name)), msgspec.to_builtins(getattr(two, name))) for name in CHOSEN)
    differ = [FieldOfTwo(name=name, kept=a, other=b) for name, a, b in pairs if a != b]
    return MergeSeen(kept=one, other=two, differ=differ, moves=await roster.held_by(two.id))


@post(
    "/customers/{record_id:str}/merge", opt=needs(Permission.CUSTOMERS_EDIT), tags=["customers"], responses=refusals(404, 409, 413),
    status_code=201, operation_id="mergeCustomers",
)  # fmt: skip
async def merge(request: AnyRequest, record_id: FromPath[str], data: JSONBody[MergeFields]) -> Merge:
    """Make one of two: this one stays and has the other's cards, vehicles, bookings, guests and lists; the other is deleted.

    Needs customers.delete too. Idempotency-Key: a retry merges nothing twice."""
    command = MergeCustomers(kept=record_id, other=data.other, take=data.take, reason=data.reason)
    return await parts_of(request).edge.ask(command, Merge, token=session_of(request).token, request=request_id(request))


@post(
    "/merges/{record_id:str}/undo", opt=needs(Permission.CUSTOMERS_EDIT), tags=["customers"], responses=refusals(404, 409),
    status_code=200, operation_id="undoMerge",
)  # fmt: skip
async def undo_merge(request: AnyRequest, record_id: FromPath[str]) -> Merge:
    """Take a merge back: what moved and is still there goes back to the other, who is a customer again."""
    command = UndoMerge(id=record_id)
    return await parts_of(request).edge.ask(command, Merge, token=session_of(request).token, request=request_id(request))


@get("/merges", opt=needs(Permission.CUSTOMERS_VIEW), tags=["customers"], responses=refusals(), operation_id="listMerge")
async def list_merges(request: AnyRequest, customer: FromQuery[str]) -> list[Merge]:
    """The merges that a customer was part of, newest first."""
    return await parts_of(request).roster.merges(customer)


HANDLERS = (preview_merge, merge, undo_merge, list_merges)
