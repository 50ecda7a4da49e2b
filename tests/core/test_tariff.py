"""Tariffs: the figures on the board at the gate, every boundary to the millisecond."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.core.tariff import (
    DEAREST,
    FOR_EVER,
    LONGEST,
    Line,
    LineCode,
    Price,
    TariffStep,
    Tax,
    Visit,
    due,
    parked_minutes,
    pay,
    price,
    problems,
)
from tests.support.tariffs import BEGIN, DAY, HOUR, HOURLY, LAST, MIN, VANCOUVER, ZURICH, of, steps, total

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
