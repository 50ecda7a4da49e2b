"""Payments for visits: taking, confirming, giving back and voiding them, and saying what is due. The gate reads what they leave."""

from __future__ import annotations

from typing import ClassVar

from edge.commands.base import Command, answers, handles_in_journal, text
from edge.core import payment as money
from edge.core.errors import Invalid
from edge.core.event import Event, EventKind
from edge.core.model import Actor, Moment, Permission, Value
from edge.core.money import shown
from edge.core.payment import Bill, Paid, Payment, PaymentMethod, PaymentState
from edge.core.tariff import Price, Visit, price
from edge.ports import JournalTx


class TakePayment(Command, tag="payments.take", frozen=True, kw_only=True):
    """Take money for a visit (known by its event in): so many minor units, or all that is due now where amount is left out.

    currency: what the person at the counter believes it is (left out: the tariff's). pending: it counts once it is confirmed.
    """

    right: ClassVar = Permission.PAYMENTS_TAKE
    entry: int
    method: PaymentMethod
    amount: int | None = None
    currency: str = ""
    note: str = ""
    pending: bool = False


class ConfirmPayment(Command, tag="payments.confirm", frozen=True, kw_only=True):
    """A pending payment has arrived: it counts as from the time it was taken."""

    right: ClassVar = Permission.PAYMENTS_TAKE
    id: int


class RefundPayment(Command, tag="payments.refund", frozen=True, kw_only=True):
    """Give back so much of a payment, or all that is left of it. What is then due is asked for at the way out again."""

    right: ClassVar = Permission.PAYMENTS_REFUND
    id: int
    amount: int | None = None
    reason: str


class VoidPayment(Command, tag="payments.void", frozen=True, kw_only=True):
    """Take back a pending payment, or one of the last 15 minutes, as if it had never been taken."""

    right: ClassVar = Permission.PAYMENTS_REFUND
    id: int
    reason: str


class Quote(Command, tag="payments.quote", frozen=True, kw_only=True):
    """What is due for a visit now, and how that came about. A question: changes nothing."""

    right: ClassVar = Permission.PAYMENTS_VIEW
    entry: int


class Due(Value, frozen=True, kw_only=True):
    """What a visit costs and what of it is due, minor units of `currency` at `at` (ms).

    total: its price by now, or what it came to; pending: of payments that are not confirmed; leave_by: until when nothing more is
    due (ms; None: no grace runs). price: how the amount came about (None: nothing to work it out from any more).
    """

    entry: int
    zone: str
    at: int
    currency: str
    total: int
    paid: int
    pending: int
    due: int
    leave_by: int | None = None
    price: Price | None = None


class Taken(Value, frozen=True, kw_only=True):
    """A payment after a command, and what is still due for its visit. leave_by: until when nothing more is (ms)."""

    payment: Payment
    due: int
    leave_by: int | None = None


@answers(Quote)
def quote(tx: JournalTx, command: Quote, actor: Actor, now: Moment) -> Due:
    bill, at = tx.bill(command.entry), tx.not_before(now.wall)
    currency = _currency(bill)
    worked_out = price(bill.tariff, bill.visit, at) if bill.tariff else None
    return Due(
        entry=bill.entry, zone=bill.zone, at=at, currency=currency, paid=bill.visit.paid, pending=bill.pending, due=money.due(bill, at),
        total=bill.total if bill.total is not None else worked_out.total if worked_out else 0,
        leave_by=money.leave_by(bill), price=worked_out,
    )  # fmt: skip


@handles_in_journal(TakePayment)
def take_payment(tx: JournalTx, command: TakePayment, actor: Actor, now: Moment) -> Taken:
    bill, at = tx.bill(command.entry), tx.not_before(now.wall)
    currency = _currency(bill)
    if command.currency and command.currency != currency:
        raise Invalid(f"this visit is paid in {currency}", field="currency")
    open_ = money.due(bill, at) - bill.pending
    asked = f"{shown(max(0, open_), currency)} due"
    asked += f" beside the {shown(bill.pending, currency)} that are not confirmed yet" if bill.pending else ""
    amount = command.amount if command.amount is not None else open_
    if command.amount is not None and amount <= 0:
        raise Invalid(f"an amount is above zero: {asked}", field="amount")
    if open_ <= 0:
        raise Invalid("nothing is due" if not bill.pending else f"nothing more is due: {asked}", field="amount")
    if amount > open_:
        raise Invalid(f"that is more than is due: {asked}", field="amount")
    state = PaymentState.PENDING if command.pending else PaymentState.PAID
    visit = bill.visit if command.pending else money.paid(bill, amount, at)
    paid = Paid(
        entry=bill.entry, amount=amount, currency=currency, method=command.method, state=state, paid=visit.paid,
        settled_at=visit.settled_at,
    )  # fmt: skip
    code = "payment_pending" if command.pending else "payment_taken"
    return _written(tx, bill, paid, code, text(command.note, "note", longest=300), actor, now)


@handles_in_journal(ConfirmPayment)
def confirm_payment(tx: JournalTx, command: ConfirmPayment, actor: Actor, now: Moment) -> Taken:
    payment = tx.payment(command.id)
    if payment.state is not PaymentState.PENDING:
        raise Invalid(f"only a pending payment is confirmed; this one is {payment.state.value}", field="id")
    bill = tx.bill(payment.entry)
    # As from the time it was taken: a terminal that takes a minute must not cost another hour, nor one that takes a day give a free one.
    visit = money.paid(bill, payment.amount, payment.taken_at)
    return _written(tx, bill, _after(payment, visit, state=PaymentState.PAID), "payment_confirmed", "", actor, now)


@handles_in_journal(RefundPayment)
def refund_payment(tx: JournalTx, command: RefundPayment, actor: Actor, now: Moment) -> Taken:
    payment = tx.payment(command.id)
    if payment.state is not PaymentState.PAID:
        words = {PaymentState.PENDING: "pending: void it", PaymentState.REFUNDED: "refunded already", PaymentState.VOIDED: "void"}
        raise Invalid(f"only money that was taken is given back; this payment is {words[payment.state]}", field="id")
    amount = command.amount if command.amount is not None else payment.left
    if amount <= 0:
        raise Invalid("an amount is above zero", field="amount")
    if amount > payment.left:
        raise Invalid(f"that is more than is left of it: {shown(payment.left, payment.currency)}", field="amount")
    bill, refunded = tx.bill(payment.entry), payment.refunded + amount
    state = PaymentState.REFUNDED if refunded == payment.amount else PaymentState.PAID
    paid = _after(payment, money.given_back(bill, amount), state=state, refunded=refunded)
    return _written(tx, bill, paid, "payment_refunded", text(command.reason, "reason", required=True, longest=300), actor, now)


@handles_in_journal(VoidPayment)
def void_payment(tx: JournalTx, command: VoidPayment, actor: Actor, now: Moment) -> Taken:
    payment, at = tx.payment(command.id), tx.not_before(now.wall)
    if payment.state in (PaymentState.REFUNDED, PaymentState.VOIDED) or payment.refunded:
        raise Invalid(f"this payment is {'void' if payment.state is PaymentState.VOIDED else 'refunded'} already", field="id")
    if payment.state is PaymentState.PAID and at > payment.taken_at + money.VOID_MS:
        raise Invalid("it was taken more than 15 minutes ago: refund it instead", field="id")
    bill = tx.bill(payment.entry)
    visit = bill.visit if payment.state is PaymentState.PENDING else money.given_back(bill, payment.amount)
    paid = _after(payment, visit, state=PaymentState.VOIDED)
    return _written(tx, bill, paid, "payment_voided", text(command.reason, "reason", required=True, longest=300), actor, now)


def _currency(bill: Bill) -> str:
    """What the visit is paid in. Raises Invalid where there is nothing to pay for."""
    if bill.void:
        raise Invalid("this visit did not take place: nothing is due for it", field="entry")
    if bill.total is None and bill.tariff is None:
        raise Invalid("there is no tariff in this zone: nothing is due", field="entry")
    if bill.currency and bill.total is None and bill.tariff and bill.tariff.currency != bill.currency:
        raise Invalid(
            f"its payments are in {bill.currency} and the tariff is in {bill.tariff.currency} by now: refund and let them out by hand",
            field="currency",
        )
    return bill.currency or (bill.tariff.currency if bill.tariff else "")


def _after(payment: Payment, visit: Visit, *, state: PaymentState, refunded: int | None = None) -> Paid:
    return Paid(
        id=payment.id, entry=payment.entry, amount=payment.amount, currency=payment.currency, method=payment.method, state=state,
        refunded=payment.refunded if refunded is None else refunded, paid=visit.paid, settled_at=visit.settled_at,
    )  # fmt: skip


def _written(tx: JournalTx, bill: Bill, paid: Paid, code: str, note: str, actor: Actor, now: Moment) -> Taken:
    """Write it down and say what is due after it."""
    held = tx.held(bill.holder)
    event = tx.record(
        Event(
            at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=EventKind.PAYMENT, code=code, zone=bill.zone,
            actor=actor.name, note=note, card=held.id, card_label=held.label, prev=held.where.last_seq, customer=held.customer,
            customer_name=held.customer_name, paid=paid,
        )
    )  # fmt: skip
    tx.settle(event, held.where)
    payment = tx.payment(paid.id or event.seq)
    after = tx.bill(bill.entry)
    return Taken(payment=payment, due=money.due(after, event.at), leave_by=money.leave_by(after))
