"""Tariffs: the figures on the board at the gate, every boundary to the millisecond, and an oracle that walks minute by minute."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.core.money import DIGITS, half_up, is_currency, minor_digits, shown
from edge.core.tariff import (
    DEAREST,
    FOR_EVER,
    LONGEST,
    MOST_STEPS,
    Line,
    LineCode,
    Price,
    Tariff,
    TariffStep,
    Tax,
    Visit,
    due,
    parked_minutes,
    pay,
    price,
    problems,
)

DOC = Path(__file__).parents[2] / "docs" / "tariffs.md"
BEGIN = 1_774_740_000_000
"""In the night of 2026-03-29, when clocks in Europe skip an hour."""
MIN = 60_000
HOUR = 60 * MIN
DAY = 24 * HOUR

HOURLY = Tariff(name="Hourly", currency="EUR", steps=(TariffStep(unit=60, price=200),))
ZURICH = Tariff(
    name="Zurich",
    currency="CHF",
    free_minutes=15,
    steps=(TariffStep(minutes=120, unit=60, price=250), TariffStep(unit=30, price=100)),
    daily_cap=1800,
    grace_minutes=15,
    taxes=(Tax(name="MWST", number="CHE-123.456.789", rate=810),),
    rounding=5,
)
VANCOUVER = Tariff(
    name="Vancouver",
    currency="CAD",
    steps=(TariffStep(unit=60, price=400),),
    daily_cap=2000,
    grace_minutes=15,
    taxes=(Tax(name="GST", number="12345 6789 RT0001", rate=500), Tax(name="PST", rate=700)),
)
LAST = (None, 60, 200)


def steps(*those: tuple[int | None, int, int]) -> tuple[TariffStep, ...]:
    return tuple(TariffStep(minutes=minutes, unit=unit, price=cents) for minutes, unit, cents in those)


def stay(ms: int, *, permit_until: int | None = None, discount: int = 0) -> Visit:
    return Visit(entered_at=BEGIN, left_at=BEGIN + ms, permit_until=permit_until, discount=discount)


def of(tariff: Tariff, ms: int, *, permit_until: int | None = None, discount: int = 0) -> Price:
    return price(tariff, stay(ms, permit_until=permit_until, discount=discount), BEGIN)


def total(tariff: Tariff, ms: int, *, permit_until: int | None = None, discount: int = 0) -> int:
    return of(tariff, ms, permit_until=permit_until, discount=discount).total


# ---------------------------------------------------------------------------------------------------- steps and time


@pytest.mark.parametrize(
    ("ms", "minutes"),
    [(-1, 0), (-DAY, 0), (0, 0), (1, 1), (MIN - 1, 1), (MIN, 1), (MIN + 1, 2), (DAY, 1440), (DAY + 1, 1441), (4000 * DAY, LONGEST)],
)
def test_a_started_minute_counts(ms: int, minutes: int) -> None:
    assert parked_minutes(BEGIN, BEGIN + ms) == minutes


@pytest.mark.parametrize(
    ("ms", "costs"),
    [
        (0, 0),
        (1, 200),
        (HOUR - 1, 200),
        (HOUR, 200),
        (HOUR + 1, 400),
        (2 * HOUR, 400),
        (2 * HOUR + 1, 600),
        (DAY, 4800),
        (DAY + 1, 5000),
    ],
)
def test_a_started_unit_counts_to_the_millisecond(ms: int, costs: int) -> None:
    assert total(HOURLY, ms) == costs


def test_a_visit_that_ends_before_it_began_costs_nothing() -> None:
    assert total(HOURLY, -DAY) == 0
    assert total(replace(HOURLY, daily_cap=500), -DAY) == 0


def test_somebody_still_inside_is_priced_until_now() -> None:
    visit = Visit(entered_at=BEGIN)
    assert price(HOURLY, visit, BEGIN + HOUR).total == 200
    assert price(HOURLY, visit, BEGIN + HOUR + 1).total == 400
    assert price(HOURLY, replace(visit, left_at=BEGIN + HOUR), BEGIN + DAY).total == 200, "whoever left pays no longer"


@pytest.mark.parametrize(
    ("minutes", "costs"), [(15, 0), (16, 270), (60, 270), (61, 540), (120, 540), (121, 650), (150, 650), (151, 755), (180, 755)]
)
def test_steps_follow_one_another(minutes: int, costs: int) -> None:
    assert total(ZURICH, minutes * MIN) == costs


def test_steps_do_not_begin_again_on_the_second_day() -> None:
    weekly = replace(HOURLY, steps=(TariffStep(minutes=7 * 1440, unit=1440, price=1000), TariffStep(unit=1440, price=800)))
    assert total(weekly, 7 * DAY) == 7000
    assert total(weekly, 7 * DAY + 1) == 7800
    assert total(weekly, 9 * DAY) == 8600


def test_a_step_may_be_free() -> None:
    tariff = replace(HOURLY, steps=(TariffStep(minutes=60, unit=60, price=0), *HOURLY.steps))
    assert total(tariff, HOUR) == 0
    assert total(tariff, HOUR + 1) == 200, "unlike free minutes, a free step is not paid afterwards"
    assert of(tariff, HOUR).lines == (Line(code=LineCode.STEP, minutes=60, count=1, price=0, amount=0),)


def test_free_minutes_are_over_one_millisecond_later_and_then_paid_from_the_first() -> None:
    tariff = replace(HOURLY, free_minutes=60)
    assert total(tariff, HOUR) == 0
    assert total(tariff, HOUR + 1) == 400
    assert of(tariff, HOUR).lines == (Line(code=LineCode.FREE, minutes=60),)
    assert of(tariff, HOUR).minutes == 60


def test_a_longer_stay_than_ten_years_costs_no_more_than_ten_years() -> None:
    tariff = replace(HOURLY, daily_cap=1000)
    assert total(tariff, 3660 * DAY) == total(tariff, FOR_EVER - BEGIN) == 3660 * 1000
    assert total(tariff, 3659 * DAY) == 3659 * 1000


def test_the_dearest_tariff_that_may_be_saved_fits_64_bits() -> None:
    dearest = replace(
        HOURLY,
        steps=(TariffStep(unit=1, price=DEAREST),),
        taxes=(Tax(name="a", rate=10_000), Tax(name="b", rate=10_000)),
        rounding=DEAREST,
    )
    assert problems(dearest) == []
    assert DEAREST * LONGEST < total(dearest, 3660 * DAY) < 1 << 63


# ---------------------------------------------------------------------------------------------------- the cap


@pytest.mark.parametrize(
    ("ms", "costs"),
    [
        (2 * HOUR, 400),
        (2 * HOUR + 1, 500),
        (DAY, 500),
        (DAY + 1, 700),
        (DAY + 2 * HOUR, 900),
        (DAY + 2 * HOUR + 1, 1000),
        (2 * DAY, 1000),
        (2 * DAY + 1, 1200),
    ],
)
def test_the_cap_holds_for_each_24_hours_from_entering(ms: int, costs: int) -> None:
    assert total(replace(HOURLY, daily_cap=500), ms) == costs


def test_a_unit_over_the_end_of_a_day_belongs_to_the_day_it_starts_in() -> None:
    tariff = replace(HOURLY, steps=(TariffStep(unit=1000, price=300),), daily_cap=500)
    assert total(tariff, DAY) == 500, "units at minute 0 and 1000"
    assert total(tariff, 2000 * MIN) == 500, "the second unit runs into the second day and was the first day's"
    assert total(tariff, 2000 * MIN + 1) == 800
    assert total(tariff, 3001 * MIN) == 1100


def test_the_cap_line_says_on_how_many_days_something_was_taken_off() -> None:
    assert of(replace(HOURLY, daily_cap=500), DAY + 2 * HOUR).lines == (
        Line(code=LineCode.STEP, minutes=60, count=26, price=200, amount=5200),
        Line(code=LineCode.CAP, count=1, price=500, amount=-4300),
    )


def test_a_day_that_just_reaches_the_cap_has_no_cap_line() -> None:
    assert [line.code for line in of(replace(HOURLY, daily_cap=400), 2 * HOUR).lines] == [LineCode.STEP]
    twice = replace(HOURLY, steps=steps((1440, 720, 200), LAST), daily_cap=400)
    assert of(twice, 2 * DAY).lines[-1] == Line(code=LineCode.CAP, count=1, price=400, amount=-4400), "the second day alone"


# ---------------------------------------------------------------------------------------------------- permit and discount


def test_time_under_a_permit_costs_nothing() -> None:
    assert total(HOURLY, DAY, permit_until=FOR_EVER) == 0
    assert total(HOURLY, DAY, permit_until=BEGIN + DAY) == 0
    assert total(HOURLY, DAY, permit_until=BEGIN + DAY - 1) == 200
    assert total(HOURLY, DAY, permit_until=BEGIN + DAY - HOUR) == 200
    assert total(HOURLY, DAY, permit_until=BEGIN + DAY - HOUR - 1) == 400


def test_a_permit_that_ended_before_the_visit_changes_nothing() -> None:
    for until in (0, BEGIN - DAY, BEGIN):
        assert of(HOURLY, DAY, permit_until=until) == of(HOURLY, DAY)


def test_after_the_permit_it_is_as_if_the_visit_began_then() -> None:
    until = BEGIN + 5 * HOUR
    priced = of(ZURICH, 5 * HOUR + 15 * MIN, permit_until=until)
    assert priced.total == 0, "the free minutes run from the permit's end"
    assert priced.minutes == 315
    assert priced.lines[:2] == (Line(code=LineCode.PERMIT, minutes=300), Line(code=LineCode.FREE, minutes=15))
    assert total(ZURICH, 5 * HOUR + 16 * MIN, permit_until=until) == 270, "and so do the steps"
    assert total(replace(HOURLY, daily_cap=500), DAY + 5 * HOUR, permit_until=until) == 500, "and the days of the cap"


@pytest.mark.parametrize(
    ("discount", "net"),
    [(0, 4800), (1, 4800), (1000, 4320), (2500, 3600), (9999, 0), (10_000, 0), (10_001, 0), (20_000, 0), (-500, 4800)],
)
def test_a_discount_is_a_share_between_nothing_and_everything(discount: int, net: int) -> None:
    priced = of(HOURLY, DAY, discount=discount)
    assert (priced.gross, priced.discount, priced.net, priced.total) == (4800, 4800 - net, net, net)


def test_a_discount_comes_after_the_cap() -> None:
    assert total(replace(HOURLY, daily_cap=500), DAY, discount=1000) == 450


def test_half_a_cent_of_the_net_amount_goes_up() -> None:
    tariff = replace(HOURLY, steps=(TariffStep(unit=60, price=5),))
    assert (of(tariff, HOUR, discount=5000).net, of(tariff, HOUR, discount=5000).discount) == (3, 2)
    assert of(tariff, HOUR, discount=5001).net == 2


# ---------------------------------------------------------------------------------------------------- taxes and rounding


def test_taxes_are_each_on_the_net_amount_after_the_discount() -> None:
    priced = of(replace(VANCOUVER, daily_cap=None), 5 * HOUR, discount=5000)
    assert (priced.gross, priced.discount, priced.net, priced.taxes, priced.total) == (2000, 1000, 1000, (50, 70), 1120)


def test_each_tax_is_rounded_half_up_by_itself() -> None:
    tariff = replace(HOURLY, steps=(TariffStep(unit=60, price=10),), taxes=(Tax(name="a", rate=500), Tax(name="b", rate=499)))
    priced = of(tariff, HOUR)
    assert (priced.taxes, priced.total) == ((1, 0), 11)


@pytest.mark.parametrize(
    ("cents", "smallest", "asked"),
    [
        (2, 5, 0),
        (3, 5, 5),
        (5, 5, 5),
        (7, 5, 5),
        (8, 5, 10),
        (4, 10, 0),
        (5, 10, 10),
        (14, 10, 10),
        (15, 10, 20),
        (7, 1, 7),
        (0, 5, 0),
    ],
)
def test_the_total_is_rounded_to_the_smallest_amount_half_up(cents: int, smallest: int, asked: int) -> None:
    priced = of(replace(HOURLY, steps=(TariffStep(unit=60, price=cents),), rounding=smallest), HOUR)
    assert (priced.net, priced.total, priced.rounding) == (cents, asked, asked - cents)
    assert [line.amount for line in priced.lines if line.code is LineCode.ROUNDING] == [asked - cents] * (asked != cents)


def test_the_lines_tell_how_the_amount_came_about() -> None:
    assert of(ZURICH, 10 * DAY, permit_until=BEGIN + DAY, discount=333) == Price(
        currency="CHF",
        minutes=14400,
        gross=16200,
        discount=539,
        net=15661,
        taxes=(1269,),
        rounding=0,
        total=16930,
        lines=(
            Line(code=LineCode.PERMIT, minutes=1440),
            Line(code=LineCode.STEP, minutes=60, count=2, price=250, amount=500),
            Line(code=LineCode.STEP, minutes=30, count=428, price=100, amount=42800),
            Line(code=LineCode.CAP, count=9, price=1800, amount=-27100),
            Line(code=LineCode.DISCOUNT, rate=333, amount=-539),
            Line(code=LineCode.TAX, rate=810, name="MWST", number="CHE-123.456.789", amount=1269),
        ),
    )


def test_a_tax_of_nothing_is_on_the_receipt_too() -> None:
    assert of(VANCOUVER, HOUR, discount=10_000).lines == (
        Line(code=LineCode.STEP, minutes=60, count=1, price=400, amount=400),
        Line(code=LineCode.DISCOUNT, rate=10_000, amount=-400),
        Line(code=LineCode.TAX, rate=500, name="GST", number="12345 6789 RT0001"),
        Line(code=LineCode.TAX, rate=700, name="PST"),
    )


def test_what_is_not_named_is_empty_in_a_line() -> None:
    assert Line(code=LineCode.FREE) == Line(code=LineCode.FREE, amount=0, minutes=0, count=0, price=0, rate=0, name="", number="")


def test_codes_of_lines_are_stable() -> None:
    assert [code.value for code in LineCode] == ["permit", "free", "step", "cap", "discount", "tax", "rounding"]


# ---------------------------------------------------------------------------------------------------- what is to be paid


GRACE = replace(HOURLY, grace_minutes=15)
PAID = Visit(entered_at=BEGIN, paid=200, settled_at=BEGIN + HOUR)


def test_what_was_not_paid_is_due() -> None:
    visit = Visit(entered_at=BEGIN)
    assert due(GRACE, visit, BEGIN + HOUR) == 200
    assert due(GRACE, replace(visit, paid=150), BEGIN + HOUR) == 50
    assert due(GRACE, replace(visit, paid=200), BEGIN + HOUR) == 0
    assert due(GRACE, replace(visit, paid=250), BEGIN + HOUR) == 0, "never below zero"


def test_the_grace_ends_after_its_last_millisecond() -> None:
    assert pay(GRACE, Visit(entered_at=BEGIN), 200, BEGIN + HOUR) == PAID
    assert due(GRACE, PAID, BEGIN + HOUR) == 0
    assert due(GRACE, PAID, BEGIN + HOUR + 1) == 0
    assert due(GRACE, PAID, BEGIN + HOUR + 15 * MIN) == 0
    assert due(GRACE, PAID, BEGIN + HOUR + 15 * MIN + 1) == 200


def test_without_grace_what_is_started_after_paying_is_due() -> None:
    assert due(HOURLY, PAID, BEGIN + HOUR) == 0
    assert due(HOURLY, PAID, BEGIN + HOUR + 1) == 200


def test_whoever_left_within_the_grace_owes_nothing_later() -> None:
    assert due(GRACE, replace(PAID, left_at=BEGIN + HOUR + 15 * MIN), BEGIN + DAY) == 0
    assert due(GRACE, replace(PAID, left_at=BEGIN + HOUR + 15 * MIN + 1), BEGIN + DAY) == 200


def test_too_little_begins_no_grace() -> None:
    visit = pay(GRACE, Visit(entered_at=BEGIN), 199, BEGIN + HOUR)
    assert visit == Visit(entered_at=BEGIN, paid=199)
    assert due(GRACE, visit, BEGIN + HOUR) == 1
    visit = pay(GRACE, visit, 1, BEGIN + HOUR)
    assert visit == PAID, "two coins are as good as one"


def test_too_much_begins_the_grace_and_counts_later() -> None:
    visit = pay(GRACE, Visit(entered_at=BEGIN), 300, BEGIN + HOUR)
    assert visit.settled_at == BEGIN + HOUR
    assert due(GRACE, visit, BEGIN + 2 * HOUR) == 100


@pytest.mark.parametrize("amount", [0, 1, 500])
def test_paying_where_nothing_is_due_begins_no_grace(amount: int) -> None:
    in_grace = pay(GRACE, PAID, amount, BEGIN + HOUR + 10 * MIN)
    assert in_grace == replace(PAID, paid=200 + amount)
    free = replace(GRACE, free_minutes=30)
    assert pay(free, Visit(entered_at=BEGIN), amount, BEGIN + 30 * MIN) == Visit(entered_at=BEGIN, paid=amount)


def test_a_second_payment_begins_a_second_grace() -> None:
    late = BEGIN + HOUR + 16 * MIN
    visit = pay(GRACE, PAID, 200, late)
    assert visit == Visit(entered_at=BEGIN, paid=400, settled_at=late)
    assert due(GRACE, visit, BEGIN + 2 * HOUR + 1) == 200
    assert due(GRACE, visit, late + 15 * MIN) == 0


# ---------------------------------------------------------------------------------------------------- the oracle


def walked(tariff: Tariff, visit: Visit) -> tuple[int, int]:
    """(gross, total) the slow way: walk through the minutes, pay when a unit begins, hold each day's purse at the cap; decimals after."""
    assert visit.left_at is not None
    begin = max(visit.entered_at, visit.permit_until or 0)
    purses: dict[int, int] = {}
    step, left_of_step, left_of_unit, walked_minutes = -1, 0, 0, 0
    at = begin
    while at < visit.left_at:
        if left_of_step == 0:
            step += 1
            left_of_step, left_of_unit = tariff.steps[step].minutes or 10**9, 0
        if left_of_unit == 0:
            day = walked_minutes // 1440
            purses[day] = purses.get(day, 0) + tariff.steps[step].price
            if tariff.daily_cap is not None and purses[day] > tariff.daily_cap:
                purses[day] = tariff.daily_cap
            left_of_unit = tariff.steps[step].unit
        left_of_unit -= 1
        left_of_step -= 1
        walked_minutes += 1
        at += MIN
    gross = 0 if walked_minutes <= tariff.free_minutes else sum(purses.values())

    def whole(amount: Decimal) -> Decimal:
        return amount.quantize(Decimal(1), ROUND_HALF_UP)

    net = whole(gross * (1 - Decimal(visit.discount) / 10000))
    asked = net + sum(whole(net * Decimal(tax.rate) / 10000) for tax in tariff.taxes)
    return gross, int(whole(asked / tariff.rounding) * tariff.rounding)


some_price = st.one_of(st.integers(0, 40), st.sampled_from([0, 50, 250, 333]))
some_unit = st.sampled_from([1, 5, 7, 15, 30, 60, 90, 720, 1000, 1440, 2000])


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    steps = [
        TariffStep(minutes=unit * draw(st.integers(1, 6)), unit=unit, price=draw(some_price))
        for unit in draw(st.lists(some_unit, max_size=3))
    ]
    steps.append(TariffStep(unit=draw(some_unit), price=draw(some_price)))
    lowest = max(1, *(step.price for step in steps))
    rates = draw(st.lists(st.one_of(st.integers(0, 10_000), st.sampled_from([500, 810, 1900])), max_size=2))
    return Tariff(
        name="drawn",
        currency="CHF",
        free_minutes=draw(st.sampled_from([0, 0, 1, 15, 60, 1500])),
        steps=tuple(steps),
        daily_cap=draw(st.one_of(st.none(), st.integers(lowest, lowest * 8))),
        grace_minutes=draw(st.sampled_from([0, 1, 15, 90])),
        taxes=tuple(Tax(name=f"tax {i}", rate=rate) for i, rate in enumerate(rates)),
        rounding=draw(st.sampled_from([1, 1, 2, 5, 10, 50, 100])),
    )


around = st.builds(
    lambda minutes, ms: max(0, minutes * MIN + ms),
    st.one_of(st.integers(0, 300), st.integers(0, 5 * 1440), st.sampled_from([15, 60, 1440, 1500, 2880, 4320])),
    st.sampled_from([-1, 0, 0, 1, 30_000]),
)
share = st.one_of(st.just(0), st.integers(0, 10_000))
permits = st.one_of(st.none(), st.just(FOR_EVER), around.map(lambda ms: BEGIN + ms))
quick = settings(max_examples=120, deadline=None, derandomize=True)


@quick
@given(tariffs(), around, share, permits)
def test_the_price_is_what_a_walk_through_the_minutes_costs(tariff: Tariff, ms: int, discount: int, permit: int | None) -> None:
    visit = stay(ms, permit_until=permit, discount=discount)
    priced = price(tariff, visit, BEGIN)
    assert (priced.gross, priced.total) == walked(tariff, visit)


@quick
@given(tariffs(), around, share, permits)
def test_a_price_adds_up(tariff: Tariff, ms: int, discount: int, permit: int | None) -> None:
    assert problems(tariff) == []
    priced = of(tariff, ms, permit_until=permit, discount=discount)
    assert min(priced.gross, priced.discount, priced.net, *priced.taxes, priced.total) >= 0
    assert priced.gross - priced.discount == priced.net
    assert priced.net + sum(priced.taxes) + priced.rounding == priced.total == sum(line.amount for line in priced.lines)
    assert len(priced.taxes) == len(tariff.taxes)
    assert priced.total % tariff.rounding == 0
    assert abs(priced.rounding) * 2 <= tariff.rounding
    if tariff.daily_cap is not None:
        assert priced.gross <= tariff.daily_cap * -(-ms // DAY)


@quick
@given(tariffs(), st.lists(around, min_size=2, max_size=30), share, permits)
def test_a_longer_stay_is_never_cheaper(tariff: Tariff, stays: list[int], discount: int, permit: int | None) -> None:
    costs = [total(tariff, ms, permit_until=permit, discount=discount) for ms in sorted(stays)]
    assert costs == sorted(costs)


@quick
@given(tariffs(), around, share, share, permits)
def test_a_discount_or_a_permit_never_makes_it_dearer(tariff: Tariff, ms: int, one: int, other: int, permit: int | None) -> None:
    small, large = sorted((one, other))
    assert total(tariff, ms, discount=large) <= total(tariff, ms, discount=small)
    assert total(tariff, ms, permit_until=permit) <= total(tariff, ms)


@quick
@given(tariffs(), around, around, share, permits)
def test_paying_what_is_due_settles_until_the_grace_is_over(
    tariff: Tariff, paid_after: int, later: int, discount: int, permit: int | None
) -> None:
    before = Visit(entered_at=BEGIN, permit_until=permit, discount=discount)
    at = BEGIN + paid_after
    owed = due(tariff, before, at)
    assume(owed)
    visit = pay(tariff, before, owed, at)
    over = at + tariff.grace_minutes * MIN
    assert [due(tariff, visit, t) for t in (at, (at + over) // 2, over)] == [0, 0, 0]
    end = over + 1 + later
    assert due(tariff, visit, end) == price(tariff, before, end).total - owed, "in all, the same as without paying in between"


@quick
@given(tariffs(), around, share, st.lists(st.integers(1, 400), max_size=4))
def test_a_price_in_parts_is_the_same_price(tariff: Tariff, ms: int, discount: int, coins: list[int]) -> None:
    visit = stay(ms, discount=discount)
    asked, now = due(tariff, visit, BEGIN), BEGIN + ms
    for coin in coins:
        visit = pay(tariff, visit, coin, now)
        assert due(tariff, visit, now) == max(0, asked - visit.paid)
    assert visit.paid == sum(coins)
    assert visit.settled_at == (now if 0 < asked <= sum(coins) else None)


# ---------------------------------------------------------------------------------------------------- what may be saved


@pytest.mark.parametrize(
    ("tariff", "fields"),
    [
        (replace(HOURLY, currency=""), ["currency"]),
        (replace(HOURLY, currency="EU"), ["currency"]),
        (replace(HOURLY, currency="EURO"), ["currency"]),
        (replace(HOURLY, currency="eur"), ["currency"]),
        (replace(HOURLY, currency="ÄÖÜ"), ["currency"]),
        (replace(HOURLY, currency="E1R"), ["currency"]),
        (replace(HOURLY, free_minutes=-1), ["free_minutes"]),
        (replace(HOURLY, free_minutes=LONGEST + 1), ["free_minutes"]),
        (replace(HOURLY, grace_minutes=-1), ["grace_minutes"]),
        (replace(HOURLY, grace_minutes=LONGEST + 1), ["grace_minutes"]),
        (replace(HOURLY, steps=()), ["steps"]),
        (replace(HOURLY, steps=steps(*[(60, 60, 1)] * MOST_STEPS, LAST)), ["steps"]),
        (replace(HOURLY, steps=steps((None, 60, -1))), ["steps[0].price"]),
        (replace(HOURLY, steps=steps((60, 60, DEAREST + 1), LAST)), ["steps[0].price"]),
        (replace(HOURLY, steps=steps((60, 60, 1), (None, 0, 200))), ["steps[1].unit"]),
        (replace(HOURLY, steps=steps((60, 0, 1), LAST)), ["steps[0].unit"]),
        (replace(HOURLY, steps=steps((None, -5, 200))), ["steps[0].unit"]),
        (replace(HOURLY, steps=steps((None, LONGEST + 1, 200))), ["steps[0].unit"]),
        (replace(HOURLY, steps=steps((90, 60, 1), LAST)), ["steps[0].minutes"]),
        (replace(HOURLY, steps=steps((0, 60, 1), LAST)), ["steps[0].minutes"]),
        (replace(HOURLY, steps=steps((-60, 60, 1), LAST)), ["steps[0].minutes"]),
        (replace(HOURLY, steps=steps((LONGEST + 1, 1, 1), LAST)), ["steps[0].minutes"]),
        (replace(HOURLY, steps=steps((60, 60, 1))), ["steps[0].minutes"]),
        (replace(HOURLY, steps=steps((60, 60, 1), LAST, LAST)), ["steps[1].minutes"]),
        (replace(HOURLY, steps=(HOURLY.steps[0], HOURLY.steps[0])), ["steps[0].minutes"]),
        (replace(HOURLY, steps=steps(LAST, (60, 60, 1))), ["steps[0].minutes", "steps[1].minutes"]),
        (replace(HOURLY, daily_cap=0), ["daily_cap"]),
        (replace(HOURLY, daily_cap=-1), ["daily_cap"]),
        (replace(HOURLY, daily_cap=DEAREST + 1), ["daily_cap"]),
        (replace(HOURLY, daily_cap=199), ["daily_cap"]),
        (replace(HOURLY, steps=steps((60, 60, 301), LAST), daily_cap=300), ["daily_cap"]),
        (replace(HOURLY, taxes=(Tax(name="a", rate=1), Tax(name="b", rate=1), Tax(name="c", rate=1))), ["taxes"]),
        (replace(HOURLY, taxes=(Tax(name=" ", rate=500),)), ["taxes[0].name"]),
        (replace(HOURLY, taxes=(Tax(name="a", rate=-1),)), ["taxes[0].rate"]),
        (replace(HOURLY, taxes=(Tax(name="a", rate=0), Tax(name="b", rate=10_001))), ["taxes[1].rate"]),
        (replace(HOURLY, rounding=0), ["rounding"]),
        (replace(HOURLY, rounding=-5), ["rounding"]),
        (replace(HOURLY, rounding=DEAREST + 1), ["rounding"]),
    ],
)
def test_what_makes_no_sense_is_named(tariff: Tariff, fields: list[str]) -> None:
    found = problems(tariff)
    assert [field for field, _ in found] == fields
    assert all(message for _, message in found)


@pytest.mark.parametrize(
    "tariff",
    [
        HOURLY,
        ZURICH,
        VANCOUVER,
        replace(HOURLY, free_minutes=LONGEST, grace_minutes=LONGEST),
        replace(HOURLY, steps=steps(*[(60, 60, 1)] * (MOST_STEPS - 1), LAST)),
        replace(
            HOURLY,
            steps=steps((1, 1, 0), (LONGEST, LONGEST, DEAREST), (None, LONGEST, DEAREST)),
            daily_cap=DEAREST,
            rounding=DEAREST,
        ),
        replace(HOURLY, daily_cap=200),
        replace(HOURLY, steps=steps((None, 60, 0)), daily_cap=1),
        replace(HOURLY, taxes=(Tax(name="a", rate=0), Tax(name="b", rate=10_000))),
    ],
)
def test_the_edges_of_what_makes_sense_may_be_saved(tariff: Tariff) -> None:
    assert problems(tariff) == []


def test_the_bounds() -> None:
    assert (LONGEST, DEAREST, MOST_STEPS, FOR_EVER) == (3660 * 1440, 100_000_000_000, 24, 9_223_372_036_854_775_807)


def test_a_tariff_survives_its_way_through_the_tables() -> None:
    assert msgspec.json.decode(msgspec.json.encode(ZURICH), type=Tariff) == ZURICH


# ---------------------------------------------------------------------------------------------------- money


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1250, "EUR", "12.50 EUR"),
        (5, "EUR", "0.05 EUR"),
        (0, "EUR", "0.00 EUR"),
        (100, "EUR", "1.00 EUR"),
        (-5, "CHF", "-0.05 CHF"),
        (-1205, "CHF", "-12.05 CHF"),
        (1200, "JPY", "1200 JPY"),
        (-3, "JPY", "-3 JPY"),
        (5, "KWD", "0.005 KWD"),
        (12345, "CLF", "1.2345 CLF"),
        ((1 << 53) + 1, "EUR", "90071992547409.93 EUR"),
    ],
)
def test_an_amount_as_text(amount: int, currency: str, text: str) -> None:
    assert shown(amount, currency) == text


def test_digits_are_those_of_iso_4217() -> None:
    assert [minor_digits(code) for code in ("EUR", "CHF", "JPY", "KRW", "KWD", "TND", "CLF", "UYW", "XYZ")] == [
        2,
        2,
        0,
        0,
        3,
        3,
        4,
        4,
        2,
    ]
    assert all(is_currency(code) for code in DIGITS)
    assert sorted(DIGITS.values()) == [0] * 17 + [3] * 7 + [4] * 2


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_a_half_goes_up(amount: int, by: int) -> None:
    assert half_up(amount, by) == int((Decimal(amount) / by).quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize("code", ["AAA", "ZZZ", "EUR"])
def test_three_capital_letters_may_be_a_currency(code: str) -> None:
    assert is_currency(code)


# ---------------------------------------------------------------------------------------------------- the page for managers


def percent(rate: int) -> str:
    return f"{rate // 100}.{rate % 100:02} %"


def tax_text(tax: Tax | Line) -> str:
    return f"{tax.name} {percent(tax.rate)}" + (f" ({tax.number})" if tax.number else "")


def settings_table(tariff: Tariff) -> list[str]:
    assert tariff.daily_cap is not None
    rows = [("setting", "value"), ("---", "---"), ("free minutes", str(tariff.free_minutes))]
    for i, step in enumerate(tariff.steps, 1):
        holds = "for ever" if step.minutes is None else f"{step.minutes} min"
        rows.append((f"step {i}", f"{holds}, each {step.unit} min {shown(step.price, tariff.currency)}"))
    rows += [("daily cap", shown(tariff.daily_cap, tariff.currency)), ("grace", f"{tariff.grace_minutes} min")]
    rows += [("tax", tax_text(tax)) for tax in tariff.taxes]
    rows.append(("rounding", shown(tariff.rounding, tariff.currency)))
    return ["| " + " | ".join(row) + " |" for row in rows]


def price_table(tariff: Tariff, priced: Price) -> list[str]:
    rows = [("line", "how", "amount"), ("---", "---", "---")]
    for line in priced.lines:
        each = shown(line.price, priced.currency)
        how = {
            LineCode.STEP: f"{line.count} x {line.minutes} min at {each}",
            LineCode.CAP: f"{line.count} days at {each}",
            LineCode.DISCOUNT: percent(line.rate),
            LineCode.TAX: tax_text(line),
            LineCode.ROUNDING: f"to {shown(tariff.rounding, priced.currency)}",
        }[line.code]
        rows.append((line.code.value, how, shown(line.amount, priced.currency)))
    rows.append(("total", f"{priced.minutes} min", shown(priced.total, priced.currency)))
    return ["| " + " | ".join(row) + " |" for row in rows]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("zurich", lambda: settings_table(ZURICH)),
        ("keller", lambda: price_table(ZURICH, of(ZURICH, 3 * HOUR + 20 * MIN, discount=1000))),
        ("vancouver", lambda: settings_table(VANCOUVER)),
        ("singh", lambda: price_table(VANCOUVER, of(VANCOUVER, 51 * HOUR))),
    ],
)
def test_the_worked_examples_are_the_codes_own_figures(name: str, rows: Callable[[], list[str]]) -> None:
    found = re.search(rf"<!-- {name}: checked by .*? -->\n\n(.*?)\n\n<!-- end of {name} -->", DOC.read_text("utf-8"), re.DOTALL)
    assert found
    assert found.group(1).splitlines() == rows()


def test_what_the_page_says_beside_its_tables() -> None:
    page = " ".join(DOC.read_text("utf-8").split())
    assert "Had she left after 15 minutes, it would have cost nothing; one second later, a whole hour." in page
    assert total(ZURICH, 15 * MIN) == 0
    assert of(ZURICH, 15 * MIN + 1000).lines[0] == Line(code=LineCode.STEP, minutes=60, count=1, price=250, amount=250)

    paid_at = BEGIN + 51 * HOUR
    visit = pay(VANCOUVER, Visit(entered_at=BEGIN), 5824, paid_at)
    late = paid_at + 20 * MIN
    assert due(VANCOUVER, visit, paid_at + 15 * MIN) == 0
    now_52 = price(VANCOUVER, visit, late)
    assert now_52.lines[0].count == 52
    text = (
        f"now 52 hours and {shown(now_52.total, 'CAD')}, less what he paid, so {shown(due(VANCOUVER, visit, late), 'CAD')} are due"
    )
    assert text in page
