"""One visit and its money: what it costs and why, what was paid, taking a payment and giving it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import uuid4

from babel.numbers import format_decimal
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.console import words
from admin_api.console.forms import Field, Form, blank, form_id, request_of, typed
from admin_api.console.language import N_, _, locale, ngettext
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.console.times import Times, minor_units, money, plain
from admin_api.errors import problem_of
from admin_api.parts import Parts
from admin_api.reads.entries import Visit
from edge.commands.payments import ConfirmPayment, Due, Quote, RefundPayment, Taken, TakePayment, VoidPayment
from edge.core.errors import HouseError, Invalid, NotSignedIn, Unavailable
from edge.core.model import Permission
from edge.core.payment import VOID_MS, Payment, PaymentMethod, PaymentState
from edge.core.place import Zone
from edge.core.tariff import Line, LineCode


@dataclass(frozen=True, kw_only=True)
class PaymentView:
    """A payment in a list, and what may still be done with it."""

    id: int
    seq: int
    amount: str
    method: str
    state: str
    tone: str
    when: str
    by: str
    note: str
    confirmable: bool
    refundable: bool
    voidable: bool
    left: str


@dataclass(frozen=True, kw_only=True)
class VisitPage(Page):
    """A visit with what is due for it. form: none where nothing can be taken."""

    template = "visit.html"
    visit: Visit
    zone: str
    came: str
    left: str
    lasted: str
    state: str
    tone: str
    due: str
    paid: str
    leave_by: str
    lines: tuple[tuple[str, str], ...]
    total: str
    payments: tuple[PaymentView, ...]
    form: Form | None
    request: str
    problem: str = ""


@get("/entries/{seq:int}", opt=needs(Permission.PAYMENTS_VIEW))
async def visit_page(request: AnyRequest, seq: FromPath[int]) -> Response[str]:
    return await render(request, await _page(parts_of(request), session_of(request), seq))


async def _page(parts: Parts, session: Session, seq: int) -> VisitPage:
    visit, zones, times = await parts.journal.entry(seq), await parts.roster.names(Zone), times_of(parts)
    payments = (await parts.journal.payments(entry=seq, limit=200)).items
    due, problem = await _due(parts, session, seq)
    currency = due.currency if due else visit.currency
    state, tone = words.PAYMENT_STATES[visit.payment]
    form = None
    if due and session.may(Permission.PAYMENTS_TAKE) and due.due > due.pending:
        form = blank(_fields(currency), action=f"/entries/{seq}/payments", submit=_("Take payment"), back=f"/events/{seq}",
                     amount=plain(due.due - due.pending, currency), method=PaymentMethod.CASH.value)  # fmt: skip
    return VisitPage(
        title=_("Visit of %(name)s") % {"name": visit.label or _("somebody")},
        section="list",
        visit=visit,
        zone=zones.get(visit.zone, _("a zone that is gone")),
        came=times.short(visit.in_at),
        left=times.short(visit.out_at) if visit.out_at else "",
        lasted=times.lasted(visit.in_at, visit.out_at),
        state=state,
        tone=tone,
        due=money(due.due, currency) if due else "",
        paid=money(visit.paid, currency) if currency else "",
        leave_by=times.short(due.leave_by) if due and due.leave_by is not None and due.leave_by >= times.now else "",
        lines=tuple(price_line(line, currency) for line in due.price.lines) if due and due.price else (),
        total=money(due.total, currency) if due else money(visit.total, currency) if visit.total is not None else "",
        payments=tuple(_view(p, times) for p in payments),
        form=form,
        request=uuid4().hex,
        problem=problem,
    )


async def _due(parts: Parts, session: Session, seq: int) -> tuple[Due | None, str]:
    """What is due, or why that cannot be said."""
    try:
        return await parts.edge.ask(Quote(entry=seq), Due, token=session.token), ""
    except (Invalid, Unavailable) as error:
        return None, words.sentence(error.message)


def _fields(currency: str) -> tuple[Field, ...]:
    return (
        Field(name="amount", label=_("Amount in %(currency)s") % {"currency": currency}, required=True),
        Field(name="method", label=N_("Method"), kind="select", choices=tuple((m.value, w) for m, w in words.METHODS.items())),
        Field(name="note", label=N_("Note"), hint=N_("A receipt or terminal number. Kept with the payment.")),
        Field(name="pending", label=N_("Not confirmed yet: count it when it is"), kind="check"),
    )


def _view(payment: Payment, times: Times) -> PaymentView:
    state, tone = words.PAYMENT_STATES[payment.state.value]
    pending, taken = payment.state is PaymentState.PENDING, payment.state is PaymentState.PAID
    back = ""
    if payment.refunded and taken:
        back = _(", %(amount)s given back") % {"amount": money(payment.refunded, payment.currency)}
    return PaymentView(
        id=payment.id, seq=payment.seq, amount=money(payment.amount, payment.currency), method=words.METHODS[payment.method],
        state=state + back, tone=tone, when=times.short(payment.taken_at), by=payment.taken_by, note=payment.note, confirmable=pending,
        refundable=taken, voidable=pending or (taken and not payment.refunded and times.now <= payment.taken_at + VOID_MS),
        left=plain(payment.left, payment.currency),
    )  # fmt: skip


def price_line(line: Line, currency: str) -> tuple[str, str]:
    """How a line of a price reads, and its amount."""
    rate = format_decimal(line.rate / 100, locale=locale())
    said = {"minutes": line.minutes, "num": line.count, "price": money(line.price, currency), "rate": rate}
    match line.code:
        case LineCode.PERMIT:
            says = _("Covered by a permit: %(minutes)s min") % said
        case LineCode.FREE:
            says = _("Free: %(minutes)s min") % said
        case LineCode.STEP:
            says = _("%(num)s × %(minutes)s min at %(price)s") % said
        case LineCode.CAP:
            says = ngettext("Daily cap of %(price)s, %(num)s day", "Daily cap of %(price)s, %(num)s days", line.count) % said
        case LineCode.DISCOUNT:
            says = _("Discount %(rate)s %%") % said
        case LineCode.TAX:
            says = f"{line.name} {rate} %{f' ({line.number})' if line.number else ''}"
        case LineCode.ROUNDING:
            says = _("Rounding")
    return says, money(line.amount, currency)


# ---------------------------------------------------------------------------------------------------- changes


@post("/entries/{seq:int}/payments", opt=needs(Permission.PAYMENTS_TAKE), status_code=200)
async def take_payment(request: AnyRequest, seq: FromPath[int]) -> Response[str]:
    parts, session, data = parts_of(request), session_of(request), await request.form()
    try:
        due = await parts.edge.ask(Quote(entry=seq), Due, token=session.token)
        command = TakePayment(
            entry=seq, amount=minor_units(str(data.get("amount", "")), due.currency), currency=due.currency,
            method=_method(str(data.get("method", ""))), note=str(data.get("note", "")), pending="pending" in data,
        )  # fmt: skip
        await parts.edge.ask(command, Taken, token=session.token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        page = await _page(parts, session, seq)
        form = page.form and typed([i.field for i in page.form.inputs], data, action=page.form.action, submit=page.form.submit,
                                   back=page.form.back, error=error)  # fmt: skip
        said = replace(page, form=form, problem="" if form else words.sentence(error.message))
        return await render(request, said, status=problem_of(error).status)
    return Redirect(f"/entries/{seq}?done=paid", status_code=303)


def _method(text: str) -> PaymentMethod:
    if text not in tuple(PaymentMethod):
        raise Invalid("choose how it was paid", field="method")
    return PaymentMethod(text)


@post("/entries/{seq:int}/payments/{payment:int}/confirm", opt=needs(Permission.PAYMENTS_TAKE), status_code=303)
async def confirm_payment(request: AnyRequest, seq: FromPath[int], payment: FromPath[int]) -> Response[str]:
    return await _change(request, seq, ConfirmPayment(id=payment))


@post("/entries/{seq:int}/payments/{payment:int}/refund", opt=needs(Permission.PAYMENTS_REFUND), status_code=303)
async def refund_payment(request: AnyRequest, seq: FromPath[int], payment: FromPath[int]) -> Response[str]:
    data = await request.form()
    currency = (await parts_of(request).journal.entry(seq)).currency
    try:
        amount = minor_units(str(data.get("amount", "")), currency)
    except Invalid as error:
        return await _refused(request, seq, error)
    return await _change(request, seq, RefundPayment(id=payment, amount=amount, reason=str(data.get("reason", ""))))


@post("/entries/{seq:int}/payments/{payment:int}/void", opt=needs(Permission.PAYMENTS_REFUND), status_code=303)
async def void_payment(request: AnyRequest, seq: FromPath[int], payment: FromPath[int]) -> Response[str]:
    data = await request.form()
    return await _change(request, seq, VoidPayment(id=payment, reason=str(data.get("reason", ""))))


async def _change(request: AnyRequest, seq: int, command: ConfirmPayment | RefundPayment | VoidPayment) -> Response[str]:
    data = await request.form()
    try:
        await parts_of(request).edge.ask(command, Taken, token=session_of(request).token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        return await _refused(request, seq, error)
    return Redirect(f"/entries/{seq}?done=saved", status_code=303)


async def _refused(request: AnyRequest, seq: int, error: HouseError) -> Response[str]:
    page = await _page(parts_of(request), session_of(request), seq)
    said = words.sentence(error.message)
    shown_again = replace(page, problem=said, request=form_id(await request.form()))
    return await render(request, shown_again, status=problem_of(error).status)


HANDLERS = (visit_page, take_payment, confirm_payment, refund_payment, void_payment)
