"""What is paid and still due of a visit: open ones go by their price, closed ones by what they came to."""

from __future__ import annotations

import pytest

from edge.core.payment import Bill, Payment, PaymentMethod, PaymentState, due, given_back, leave_by, paid
from edge.core.tariff import Tariff, TariffStep, Visit

MINUTE = 60_000
HOURLY = Tariff(name="Hourly", currency="EUR", steps=(TariffStep(unit=60, price=200),), grace_minutes=10)


def bill(*, total: int | None = None, tariff: Tariff | None = HOURLY, **visit: int | None) -> Bill:
    return Bill(entry=1, holder="card", zone="z", tariff=tariff, visit=Visit(entered_at=0, **visit), total=total)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bill_", "now", "amount"),
    [
        (bill(), 61 * MINUTE, 400),
        (bill(paid=200), 61 * MINUTE, 200),
        (bill(tariff=None), 61 * MINUTE, 0),
        (bill(total=400, left_at=61 * MINUTE), 999 * MINUTE, 400),
        (bill(total=400, paid=150), 0, 250),
        (bill(total=400, paid=400), 0, 0),
        (bill(total=400, paid=500), 0, 0),
        (bill(total=0), 0, 0),
        (bill(total=400, tariff=None), 0, 400),
    ],
)
def test_what_is_due(bill_: Bill, now: int, amount: int) -> None:
    assert due(bill_, now) == amount


@pytest.mark.parametrize(
    ("bill_", "amount", "paid_", "settled"),
    [
        (bill(), 400, 400, 61 * MINUTE),
        (bill(), 399, 399, None),
        (bill(total=400), 400, 400, 61 * MINUTE),
        (bill(total=400), 401, 401, 61 * MINUTE),
        (bill(total=400), 399, 399, None),
        (bill(total=400, paid=399), 1, 400, 61 * MINUTE),
        (bill(total=400, paid=400, settled_at=7), 5, 405, 7),
        (bill(tariff=None), 5, 5, None),
    ],
)
def test_a_payment_counts_and_settles_when_it_covers_what_is_due(bill_: Bill, amount: int, paid_: int, settled: int | None) -> None:
    after = paid(bill_, amount, 61 * MINUTE)
    assert (after.paid, after.settled_at, after.entered_at) == (paid_, settled, 0)


def test_what_is_given_back_ends_the_grace() -> None:
    after = given_back(bill(paid=400, settled_at=5), 150)
    assert (after.paid, after.settled_at) == (250, None)


@pytest.mark.parametrize(
    ("bill_", "until"),
    [
        (bill(paid=400, settled_at=5), 5 + 10 * MINUTE),
        (bill(), None),
        (bill(paid=400, settled_at=5, left_at=9), None),
        (bill(paid=400, settled_at=5, tariff=None), None),
    ],
)
def test_until_when_one_may_leave(bill_: Bill, until: int | None) -> None:
    assert leave_by(bill_) == until


@pytest.mark.parametrize(("state", "left"), [("paid", 250), ("pending", 0), ("refunded", 0), ("voided", 0)])
def test_only_what_was_paid_is_still_with_the_house(state: str, left: int) -> None:
    payment = Payment(
        id=1, entry=1, amount=400, currency="EUR", method=PaymentMethod.CASH, state=PaymentState(state), refunded=150, taken_at=0,
        taken_by="ada", note="", seq=1,
    )  # fmt: skip
    assert payment.left == left
