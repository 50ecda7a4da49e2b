"""A parked car through the whole edge: refused, paid for, let out in time, refused after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.clock import SystemClock
from edge.commands.payments import TakePayment
from edge.commands.site import AddTariff, EditAccessPoint, EditZone
from edge.core.judgement import Reason
from edge.core.payment import PaymentMethod
from tests.support.facility import Facility, until

MINUTE = 60_000


class Hands:
    """A trusted clock whose hands the test moves."""

    def __init__(self) -> None:
        self.wall, self.mono = 1_795_000_000_000, 10_000

    def pass_by(self, ms: int) -> None:
        self.wall += ms
        self.mono += ms

    def clock(self, high_water: int) -> SystemClock:
        return SystemClock(high_water, wall=lambda: self.wall, mono=lambda: self.mono, trusted=lambda: True, boot="boot")


@pytest.mark.feature("S003-32", "X-14")
async def test_a_parked_car_leaves_once_it_is_paid_for_and_in_time(tmp_path: Path) -> None:
    hands, house = Hands(), Facility(tmp_path / "site")
    house.make_clock = hands.clock
    try:
        async with house.running():
            fields = {"name": "Hourly", "currency": "EUR", "steps": [{"unit": 60, "price": 200}], "grace_minutes": 10}
            tariff = await house.do(AddTariff(fields=fields))
            await house.do(EditZone(id=house.ids["zone"], changes={"tariff": tariff["id"]}))
            await house.do(EditAccessPoint(id=house.ids["North out"], changes={"pedestrian": False}))
            _, _, code = await house.customer_with_card("Ada")
            assert await house.scan(code) is Reason.GRANTED
            entry = (await house.events())[-1].seq
            hands.pass_by(55 * MINUTE)
            assert await house.scan(code, out=True) is Reason.PAYMENT_DUE

            taken = await house.do(TakePayment(entry=entry, method=PaymentMethod.CASH))
            assert (taken["payment"]["amount"], taken["due"]) == (200, 0)
            hands.pass_by(11 * MINUTE)
            assert await house.scan(code, out=True) is Reason.PAYMENT_DUE, "the grace is over and the second hour has begun"

            await house.do(TakePayment(entry=entry, method=PaymentMethod.CARD))
            hands.pass_by(9 * MINUTE)
            moved = len(house.board.moves)
            assert await house.scan(code, out=True) is Reason.GRANTED
            await until(lambda: len(house.board.moves) > moved, "the barrier to move")
            assert [e.code for e in await house.events("payment")] == ["payment_taken", "payment_taken"]
    finally:
        await house.close()
