"""Payments: what was taken for a visit, given back or voided, and what of the visit is still due.

A payment is known by the seq of the event that began it, as a visit is by its way in. Every event of a payment carries the whole
of it (Paid), with what its visit has been paid by then: the tables are a fold over these events and nothing is worked out twice.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec.structs import replace

from edge.core import tariff
from edge.core.model import Value
from edge.core.tariff import MINUTE_MS, Tariff, Visit

VOID_MS = 15 * MINUTE_MS
"""How long after it was taken a payment may be voided, as if it had never been; from then on money is refunded."""


class PaymentMethod(StrEnum):
    """How the money came."""

    CASH = "cash"
    CARD = "card"
    TRANSFER = "transfer"
    VOUCHER = "voucher"
    ACCOUNT = "account"


class PaymentState(StrEnum):
    """PENDING counts for nothing yet; REFUNDED: all of it was given back; VOIDED: it was never taken after all."""

    PENDING = "pending"
    PAID = "paid"
    REFUNDED = "refunded"
    VOIDED = "voided"


class Paid(Value, frozen=True, kw_only=True):
    """What an event says of a payment: the payment as it is from then on, and what its visit is paid.

    id: seq of the event that began it (0: this very event). entry: seq of the visit's way in. amount and refunded in minor units
    of `currency`. paid, settled_at: of the visit, after this event (core.tariff.Visit).
    """

    id: int = 0
    entry: int
    amount: int
    currency: str
    method: PaymentMethod
    state: PaymentState
    refunded: int = 0
    paid: int = 0
    settled_at: int | None = None


class Payment(Value, frozen=True, kw_only=True):
    """A payment as the tables hold it. taken_at in ms; note of who took it; seq: its last event."""

    id: int
    entry: int
    amount: int
    currency: str
    method: PaymentMethod
    state: PaymentState
    refunded: int
    taken_at: int
    taken_by: str
    note: str
    seq: int

    @property
    def left(self) -> int:
        """What of it is still with the house."""
        return self.amount - self.refunded if self.state is PaymentState.PAID else 0


class Bill(Value, frozen=True, kw_only=True):
    """A visit as its payments see it. total: what it came to (None: it is still open, or ended where no price was worked out).

    currency: of what was paid or worked out so far ("" before both). pending: amounts that are not confirmed. void: the visit did not take place.
    """

    entry: int
    holder: str
    zone: str
    tariff: Tariff | None
    visit: Visit
    total: int | None = None
    currency: str = ""
    pending: int = 0
    void: bool = False


def due(bill: Bill, now: int) -> int:
    """What is still to be paid of the visit, minor units: of a closed one what it came to, of an open one its price now."""
    if bill.total is not None:
        return max(0, bill.total - bill.visit.paid)
    return tariff.due(bill.tariff, bill.visit, now) if bill.tariff else 0


def paid(bill: Bill, amount: int, at: int) -> Visit:
    """The visit after so much was taken at that time (ms)."""
    if bill.total is not None or bill.tariff is None:
        settles = 0 < due(bill, at) <= amount
        return replace(bill.visit, paid=bill.visit.paid + amount, settled_at=at if settles else bill.visit.settled_at)
    return tariff.pay(bill.tariff, bill.visit, amount, at)


def given_back(bill: Bill, amount: int) -> Visit:
    """The visit after so much was given back. It ends the grace: what is due now is asked for at the way out."""
    return replace(bill.visit, paid=bill.visit.paid - amount, settled_at=None)


def leave_by(bill: Bill) -> int | None:
    """Until when (ms) nothing more is due; None where nothing was settled, or the visit is over."""
    settled, rate = bill.visit.settled_at, bill.tariff
    if settled is None or rate is None or bill.visit.left_at is not None:
        return None
    return settled + rate.grace_minutes * MINUTE_MS
