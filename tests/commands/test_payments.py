"""Payments over real stores: what is due, what is taken, given back and voided, and what the way out makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from edge.commands.base import QUESTIONS
from edge.commands.payments import ConfirmPayment, Due, Quote, RefundPayment, Taken, TakePayment, VoidPayment
from edge.commands.presence import CorrectPresence
from edge.commands.site import EditAccessPoint, EditTariff, EditZone
from edge.core.errors import Invalid, NotFound
from edge.core.judgement import Reason
from edge.core.payment import PaymentMethod, PaymentState
from edge.core.place import AccessPoint, Profile, Zone, ZoneRight
from edge.core.tariff import LineCode, Tariff, TariffStep, Tax
from tests.support.stores import BEGIN, EVERYTHING, Stores, at, refused

MINUTE = 60_000
CASH, CARD = PaymentMethod.CASH, PaymentMethod.CARD


@pytest.fixture
async def garage(stores: Stores) -> Stores:
    """2 EUR an hour, nothing up to 5 minutes, 10 minutes to leave; a barrier out; Ada's car inside since BEGIN (entry 1)."""
    hourly = Tariff(
        id="t", name="Hourly", currency="EUR", steps=(TariffStep(unit=60, price=200),), free_minutes=5, grace_minutes=10
    )
    await stores.put(hourly)
    await stores.do(EditZone(id="z", changes={"tariff": "t"}))
    await stores.do(EditAccessPoint(id="a-out", changes={"pedestrian": False}))
    assert (await stores.show(await stores.card("ada"))).event.seq == 1
    return stores


async def quoted(stores: Stores, entry: int = 1, ms: int = 0) -> Due:
    found: Due = await stores.journal.write(lambda tx: QUESTIONS[Quote](tx, Quote(entry=entry), EVERYTHING, at(ms)))
    return found


async def take(stores: Stores, ms: int = 61 * MINUTE, **fields: Any) -> Taken:
    taken: Taken = await stores.set_right(TakePayment(**{"entry": 1, "method": CASH, **fields}), ms)
    return taken


async def out(stores: Stores, ms: int) -> Reason:
    return (await stores.show("CODE-ada", "out", ms)).decision.reason


async def wrong(stores: Stores, command: Any, ms: int = 61 * MINUTE) -> tuple[str, str]:
    error = await refused(lambda: stores.set_right(command, ms))
    assert isinstance(error, Invalid), error
    return error.field, error.message


# ---------------------------------------------------------------------------------------------------- taking


@pytest.mark.feature("S003-32")
async def test_a_payment_of_all_that_is_due_opens_the_way_out_and_stands_with_the_visit(garage: Stores) -> None:
    assert await out(garage, 61 * MINUTE) is Reason.PAYMENT_DUE
    taken = await take(garage, 62 * MINUTE)
    assert (taken.payment.amount, taken.payment.currency, taken.payment.state) == (400, "EUR", PaymentState.PAID)
    assert (taken.due, taken.leave_by) == (0, BEGIN + 72 * MINUTE)
    assert await out(garage, 70 * MINUTE) is Reason.GRANTED
    assert await garage.rows("SELECT total, paid, settled_at, currency FROM entry") == [(400, 400, BEGIN + 62 * MINUTE, "EUR")]
    assert await garage.rows("SELECT entry, amount, method, state, taken_by FROM payment") == [(1, 400, "cash", "paid", "boss")]
    rows = await garage.rows("SELECT kind, code, card, customer, prev FROM event WHERE kind = 'payment'")
    assert rows == [("payment", "payment_taken", "card-ada", "customer-ada", 2)]


@pytest.mark.feature("X-14")
async def test_there_is_time_to_leave_after_paying_and_then_the_difference_is_due(garage: Stores) -> None:
    assert await out(garage, 5 * MINUTE) is Reason.GRANTED, "up to the free minutes it costs nothing"
    await garage.show("CODE-ada", ms=6 * MINUTE)
    paid = await take(garage, 65 * MINUTE, entry=3)
    assert paid.payment.amount == 200
    assert await out(garage, 75 * MINUTE + 1) is Reason.PAYMENT_DUE
    assert (await quoted(garage, 3, 75 * MINUTE + 1)).due == 200
    await take(garage, 76 * MINUTE, entry=3)
    assert await out(garage, 86 * MINUTE) is Reason.GRANTED
    assert await garage.rows("SELECT total, paid FROM entry WHERE in_seq = 3") == [(400, 400)]


async def test_who_leaves_within_the_grace_is_done_though_the_next_hour_has_begun(garage: Stores) -> None:
    await take(garage, 59 * MINUTE)
    assert await out(garage, 61 * MINUTE) is Reason.GRANTED
    assert await garage.rows("SELECT total, paid FROM entry") == [(200, 200)]
    assert (await quoted(garage, 1, 99 * MINUTE)).due == 0


async def test_a_part_may_be_paid_and_the_rest_later_by_another_method(garage: Stores) -> None:
    first = await take(garage, amount=150)
    assert (first.due, first.leave_by) == (250, None)
    second = await take(garage, method=CARD, note="terminal 2")
    assert (second.payment.amount, second.due) == (250, 0)
    assert await garage.rows("SELECT method, amount, note FROM payment ORDER BY id") == [
        ("cash", 150, ""),
        ("card", 250, "terminal 2"),
    ]


@pytest.mark.feature("X-15")
async def test_what_is_due_is_told_with_every_line_of_it(garage: Stores) -> None:
    taxes = (Tax(name="GST", number="RT0001", rate=500), Tax(name="PST", rate=700))
    await garage.do(EditTariff(id="t", changes={"taxes": [{"name": t.name, "number": t.number, "rate": t.rate} for t in taxes]}))
    asked = await quoted(garage, ms=61 * MINUTE)
    assert (asked.total, asked.due, asked.paid, asked.currency) == (448, 448, 0, "EUR")
    assert asked.price is not None
    assert [(line.code, line.amount) for line in asked.price.lines] == [
        (LineCode.STEP, 400), (LineCode.TAX, 20), (LineCode.TAX, 28),
    ]  # fmt: skip
    assert (await take(garage)).payment.amount == 448


async def test_a_question_writes_nothing(garage: Stores) -> None:
    before = await garage.rows("SELECT seq FROM head")
    await quoted(garage, ms=61 * MINUTE)
    assert await garage.rows("SELECT seq FROM head") == before


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"amount": 0}, "amount", "above zero: 4.00 EUR due"),
        ({"amount": -5}, "amount", "above zero"),
        ({"amount": 401}, "amount", "more than is due: 4.00 EUR due"),
        ({"amount": 1 << 70}, "amount", "more than is due"),
        ({"currency": "USD"}, "currency", "paid in EUR"),
    ],
)
async def test_amounts_that_make_no_sense_are_refused(garage: Stores, fields: dict[str, Any], field: str, says: str) -> None:
    found = await wrong(garage, TakePayment(entry=1, method=CASH, **fields))
    assert found[0] == field
    assert says in found[1]
    assert await garage.rows("SELECT count(*) FROM payment") == [(0,)]


async def test_nothing_is_taken_where_nothing_is_due(garage: Stores) -> None:
    assert await wrong(garage, TakePayment(entry=1, method=CASH), 4 * MINUTE) == ("amount", "nothing is due")
    await take(garage)
    assert await wrong(garage, TakePayment(entry=1, method=CASH)) == ("amount", "nothing is due")
    assert await wrong(garage, TakePayment(entry=1, method=CASH, amount=100)) == ("amount", "nothing is due")
    await garage.do(EditZone(id="z", changes={"tariff": None}))
    await garage.show(await garage.card("grace"), ms=62 * MINUTE)
    ((entry,),) = await garage.rows("SELECT max(in_seq) FROM entry")
    assert (await wrong(garage, TakePayment(entry=entry, method=CASH)))[0] == "entry"
    assert isinstance(await refused(lambda: take(garage, entry=999)), NotFound)


async def test_a_tariff_that_changed_its_currency_takes_no_more_for_what_was_begun_in_the_other(garage: Stores) -> None:
    await take(garage, amount=100)
    await garage.do(EditTariff(id="t", changes={"currency": "CHF"}))
    assert (await wrong(garage, TakePayment(entry=1, method=CASH)))[0] == "currency"


async def test_a_visit_that_is_over_is_paid_by_what_it_came_to(garage: Stores) -> None:
    await garage.do(EditAccessPoint(id="a-out", changes={"pedestrian": True}))
    assert await out(garage, 61 * MINUTE) is Reason.GRANTED
    await garage.do(EditTariff(id="t", changes={"steps": [{"unit": 60, "price": 900}]}))
    assert (await quoted(garage, ms=500 * MINUTE)).due == 400, "a new price is for those who come later"
    assert (await take(garage, 500 * MINUTE)).due == 0


async def test_a_visit_ended_by_hand_is_priced_until_then(garage: Stores) -> None:
    await garage.set_right(CorrectPresence(holder="card-ada", reason="left by the side gate"), 130 * MINUTE)
    assert (await quoted(garage, ms=500 * MINUTE)).due == 600
    assert (await take(garage, 500 * MINUTE)).payment.amount == 600


async def test_the_total_is_of_the_zone_that_was_left_though_it_lies_in_another(garage: Stores) -> None:
    await garage.put(
        Zone(id="deck", name="Deck", parent="z", tariff="t"),
        Profile(id="p", name="All hours", zones=(ZoneRight(zone="z"), ZoneRight(zone="deck"))),
        AccessPoint(id="a-up", name="up", door="u", from_zone="z", to_zone="deck"),
        AccessPoint(id="a-down", name="down", door="u", from_zone="deck", to_zone="z"),
    )
    assert (await garage.show("CODE-ada", "up", MINUTE)).decision.granted
    await garage.show("CODE-ada", "down", 62 * MINUTE)
    assert await garage.rows("SELECT zone, total FROM entry ORDER BY in_seq") == [("z", None), ("deck", 400)]


# ---------------------------------------------------------------------------------------------------- pending, back, void


async def test_a_pending_payment_counts_when_it_is_confirmed_and_from_when_it_was_taken(garage: Stores) -> None:
    pending = await take(garage, 61 * MINUTE, method=CARD, pending=True)
    assert (pending.payment.state, pending.due) == (PaymentState.PENDING, 400)
    assert await out(garage, 62 * MINUTE) is Reason.PAYMENT_DUE
    assert await wrong(garage, TakePayment(entry=1, method=CASH)) == (
        "amount", "nothing more is due: 0.00 EUR due beside the 4.00 EUR that are not confirmed yet",
    )  # fmt: skip
    done = await garage.set_right(ConfirmPayment(id=pending.payment.id), 63 * MINUTE)
    assert (done.payment.state, done.due, done.leave_by) == (PaymentState.PAID, 0, BEGIN + 71 * MINUTE)
    assert await out(garage, 71 * MINUTE) is Reason.GRANTED
    assert (await wrong(garage, ConfirmPayment(id=pending.payment.id)))[0] == "id"


async def test_a_confirmation_that_comes_late_gives_no_free_stay(garage: Stores) -> None:
    pending = await take(garage, 61 * MINUTE, pending=True)
    done = await garage.set_right(ConfirmPayment(id=pending.payment.id), 300 * MINUTE)
    assert done.due == 600
    assert await out(garage, 300 * MINUTE) is Reason.PAYMENT_DUE


async def test_what_is_given_back_is_due_again_at_the_way_out(garage: Stores) -> None:
    taken = await take(garage)
    part = await garage.set_right(RefundPayment(id=taken.payment.id, amount=100, reason="lift was broken"), 62 * MINUTE)
    assert (part.payment.state, part.payment.refunded, part.due) == (PaymentState.PAID, 100, 100)
    assert await out(garage, 63 * MINUTE) is Reason.PAYMENT_DUE
    rest = await garage.set_right(RefundPayment(id=taken.payment.id, reason="all of it"), 64 * MINUTE)
    assert (rest.payment.state, rest.payment.refunded, rest.due) == (PaymentState.REFUNDED, 400, 400)
    assert await garage.rows("SELECT paid, settled_at FROM entry") == [(0, None)]


async def test_a_payment_is_voided_while_it_is_fresh(garage: Stores) -> None:
    taken = await take(garage)
    void = await garage.set_right(VoidPayment(id=taken.payment.id, reason="wrong car"), 76 * MINUTE)
    assert (void.payment.state, void.payment.refunded, void.due) == (PaymentState.VOIDED, 0, 400)
    again = await take(garage, 80 * MINUTE)
    assert "refund it" in (await wrong(garage, VoidPayment(id=again.payment.id, reason="late"), 95 * MINUTE + 1))[1]
    pending = await take(garage, 130 * MINUTE, pending=True)
    gone = await garage.set_right(VoidPayment(id=pending.payment.id, reason="never came"), 900 * MINUTE)
    assert gone.payment.state is PaymentState.VOIDED
    assert await garage.rows("SELECT paid FROM entry") == [(400,)]


async def test_what_was_given_back_or_voided_is_not_given_back_again(garage: Stores) -> None:
    id = (await take(garage)).payment.id
    for amount in (0, -1, 401):
        assert (await wrong(garage, RefundPayment(id=id, amount=amount, reason="r")))[0] == "amount"
    assert (await wrong(garage, RefundPayment(id=id, reason=" ")))[0] == "reason"
    await garage.set_right(RefundPayment(id=id, amount=100, reason="r"), 62 * MINUTE)
    assert (await wrong(garage, VoidPayment(id=id, reason="r"))) == ("id", "this payment is refunded already")
    await garage.set_right(RefundPayment(id=id, reason="r"), 62 * MINUTE)
    for command in (RefundPayment(id=id, reason="r"), VoidPayment(id=id, reason="r"), ConfirmPayment(id=id)):
        assert (await wrong(garage, command))[0] == "id"
    void = (await take(garage, 63 * MINUTE)).payment.id
    await garage.set_right(VoidPayment(id=void, reason="r"), 64 * MINUTE)
    for command in (RefundPayment(id=void, reason="r"), VoidPayment(id=void, reason="r")):
        assert (await wrong(garage, command))[0] == "id"
    assert isinstance(await refused(lambda: garage.set_right(VoidPayment(id=999, reason="r"))), NotFound)
