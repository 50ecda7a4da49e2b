"""What the tables say is what the events say: made anew from the first event they are the same, byte by byte."""

from __future__ import annotations

import random
from contextlib import closing

import pytest

from edge.commands.payments import ConfirmPayment, RefundPayment, TakePayment, VoidPayment
from edge.commands.presence import CorrectCount, CorrectPresence, ResetZone, void_passage
from edge.commands.site import EditAccessPoint, EditZone
from edge.core.errors import HouseError
from edge.core.payment import PaymentMethod
from edge.core.tariff import Tariff, TariffStep
from edge.store import passages
from edge.store.files import connect
from tests.support.stores import Stores, at

MINUTE = 60_000


def same(stores: Stores) -> dict[str, int]:
    """Compare every table with the fold; how many rows each has."""
    with closing(connect(stores.files.journal, read_only=True)) as db:
        made, held = passages.rebuilt(db).rows(), passages.present(db)
    assert made == held
    return {table: len(rows) for table, rows in held.items()}


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_is_paid_and_given_back_the_fold_says_the_same(stores: Stores, seed: int) -> None:
    chance = random.Random(seed)
    hourly = Tariff(
        id="t", name="Hourly", currency="EUR", steps=(TariffStep(unit=60, price=200),), free_minutes=5, grace_minutes=10
    )
    await stores.put(hourly)
    await stores.do(EditZone(id="z", changes={"tariff": "t"}))
    await stores.do(EditAccessPoint(id="a-out", changes={"pedestrian": False}))
    codes = [await stores.card(f"driver{n}") for n in range(3)]
    ms, done = 0, 0
    for step in range(150):
        ms += chance.choice((1000, MINUTE, 20 * MINUTE, 90 * MINUTE))
        entries = [seq for (seq,) in await stores.rows("SELECT in_seq FROM entry")] or [1]
        payments = [id for (id,) in await stores.rows("SELECT id FROM payment")] or [1]
        entry, payment, amount = chance.choice(entries[-4:]), chance.choice(payments[-4:]), chance.choice((None, None, 50, 100))
        match chance.randrange(12):
            case 0 | 1 | 2:
                await stores.show(chance.choice(codes), "in", ms)
                continue
            case 3 | 4:
                await stores.show(chance.choice(codes), "out", ms)
                continue
            case 5:
                event = (await stores.show(chance.choice(codes), "in", ms)).event
                await stores.journal.write(lambda tx, event=event, ms=ms: void_passage(tx, event, at(ms)))
                continue
            case 6:
                command = chance.choice(
                    (
                        CorrectPresence(holder=f"card-driver{chance.randrange(3)}", reason="seen", zone=chance.choice(("z", None))),
                        CorrectCount(zone="z", by=chance.choice((1, 2)), reason="seen"),
                        ResetZone(zone="z", reason="night"),
                    )
                )
            case 7 | 8 | 9:
                method = chance.choice(tuple(PaymentMethod))
                command = TakePayment(entry=entry, method=method, amount=amount, note=f"step {step}", pending=chance.random() < 0.3)
            case 10:
                command = chance.choice((ConfirmPayment(id=payment), VoidPayment(id=payment, reason="mistake")))
            case _:
                command = RefundPayment(id=payment, amount=amount, reason="goodwill")
        try:
            await stores.set_right(command, ms)
            done += command.__struct_config__.tag.startswith("payments")
        except HouseError:
            pass  # what makes no sense is refused and leaves no trace
        if step % 30 == 0:
            same(stores)
    assert same(stores)["payment"] > 5
    assert done > 15
    owed = "SELECT count(*) FROM entry WHERE paid < 0 OR paid <> (SELECT ifnull(sum(amount - refunded), 0) FROM payment WHERE entry = in_seq AND state = 'paid')"
    assert await stores.rows(owed) == [(0,)], "what a visit is paid is what its payments left"


async def test_tables_that_were_spoilt_are_put_right_by_the_events(stores: Stores) -> None:
    await stores.put(Tariff(id="t", name="Hourly", currency="EUR", steps=(TariffStep(unit=60, price=200),)))
    await stores.do(EditZone(id="z", changes={"tariff": "t"}))
    await stores.show(await stores.card("ada"))
    await stores.set_right(TakePayment(entry=1, method=PaymentMethod.CASH), MINUTE)
    before = same(stores)
    with closing(connect(stores.files.journal)) as db:
        db.execute("UPDATE entry SET paid = 999, settled_at = NULL")
        db.execute("DELETE FROM payment")
        db.execute("BEGIN IMMEDIATE")
        passages.replace_tables(db, passages.rebuilt(db).rows())
        db.execute("COMMIT")
    assert same(stores) == before
