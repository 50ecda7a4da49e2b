"""Payments over REST: what a visit costs, taking money for it, giving it back."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.reads.cursor import Page
from admin_api.rest.common import AnyRequest, number, refusals, request_id
from admin_api.rest.saved_filters import saved_values, together
from edge.commands.payments import ConfirmPayment, Due, Quote, RefundPayment, Taken, TakePayment, VoidPayment
from edge.core.model import Permission
from edge.core.payment import Payment, PaymentMethod, PaymentState
from edge.core.saved import ExportArea


class PaymentFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """amount: minor units (left out: all that is due); currency: refused when it is another; pending: counts once it is confirmed."""

    method: PaymentMethod
    amount: int | None = None
    currency: str = ""
    note: str = ""
    pending: bool = False


class RefundFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """amount: minor units (left out: all that is left of it). reason: kept in the journal."""

    reason: str
    amount: int | None = None


class VoidFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; the journal keeps it."""

    reason: str


_TAKE: dict[str, Any] = {"tags": ["payments"], "responses": refusals(404, 413), "status_code": 200}


@get(
    "/entries/{seq:int}/price", opt=needs(Permission.PAYMENTS_VIEW), tags=["payments"], responses=refusals(404),
    operation_id="getEntryPrice",
)  # fmt: skip
async def get_price(request: AnyRequest, seq: FromPath[int]) -> Due:
    """What is due for a visit now, and every line of how it came about. seq: of the event in."""
    return await parts_of(request).edge.ask(Quote(entry=seq), Due, token=session_of(request).token)


@post(
    "/entries/{seq:int}/payments", opt=needs(Permission.PAYMENTS_TAKE), tags=["payments"], responses=refusals(404, 413),
    status_code=201, operation_id="takePayment",
)  # fmt: skip
async def take_payment(request: AnyRequest, seq: FromPath[int], data: JSONBody[PaymentFields]) -> Taken:
    """Take a payment; the next reading at the way out goes by it. Idempotency-Key: a retry takes nothing twice."""
    command = TakePayment(
        entry=seq, method=data.method, amount=data.amount, currency=data.currency, note=data.note, pending=data.pending
    )
    return await parts_of(request).edge.ask(command, Taken, token=session_of(request).token, request=request_id(request))


@post("/payments/{payment:int}/confirm", opt=needs(Permission.PAYMENTS_TAKE), operation_id="confirmPayment", **_TAKE)
async def confirm_payment(request: AnyRequest, payment: FromPath[int]) -> Taken:
    """A pending payment has arrived: it counts as from when it was taken."""
    command = ConfirmPayment(id=payment)
    return await parts_of(request).edge.ask(command, Taken, token=session_of(request).token, request=request_id(request))


@post("/payments/{payment:int}/refund", opt=needs(Permission.PAYMENTS_REFUND), operation_id="refundPayment", **_TAKE)
async def refund_payment(request: AnyRequest, payment: FromPath[int], data: JSONBody[RefundFields]) -> Taken:
    """Give back so much of a payment, or all that is left of it."""
    command = RefundPayment(id=payment, amount=data.amount, reason=data.reason)
    return await parts_of(request).edge.ask(command, Taken, token=session_of(request).token, request=request_id(request))


@post("/payments/{payment:int}/void", opt=needs(Permission.PAYMENTS_REFUND), operation_id="voidPayment", **_TAKE)
async def void_payment(request: AnyRequest, payment: FromPath[int], data: JSONBody[VoidFields]) -> Taken:
    """Take back a pending payment, or one of the last 15 minutes, as if it had never been."""
    command = VoidPayment(id=payment, reason=data.reason)
    return await parts_of(request).edge.ask(command, Taken, token=session_of(request).token, request=request_id(request))


@get("/payments", opt=needs(Permission.PAYMENTS_VIEW), tags=["payments"], responses=refusals(), operation_id="listPayment")
async def list_payments(
    request: AnyRequest, in_state: Annotated[PaymentState | None, QueryParameter(name="state")] = None, entry: FromQuery[int | None] = None,
    since: FromQuery[int | None] = None, until: FromQuery[int | None] = None, customer: FromQuery[str] = "", company: FromQuery[str] = "",
    saved: FromQuery[str] = "", after: FromQuery[str] = "", limit: FromQuery[int] = 50,
) -> Page[Payment]:  # fmt: skip
    """Newest first. since and until: when it was taken, ms since 1970 UTC, until exclusive; customer, company: whose visit it was for;
    saved: a saved filter, together with the other parameters, which win."""
    given = {
        "state": in_state.value if in_state else "", "entry": entry, "since": since, "until": until, "customer": customer, "company": company,
    }  # fmt: skip
    wanted = together(await saved_values(request, ExportArea.PAYMENTS, saved), given)
    return await parts_of(request).journal.payments(**wanted, before=number(after), limit=limit)


HANDLERS = (get_price, take_payment, confirm_payment, refund_payment, void_payment, list_payments)
