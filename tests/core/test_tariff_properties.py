"""Tariffs against an oracle that walks minute by minute: prices add up, are never negative, and never cheaper for longer."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edge.core.tariff import (
    FOR_EVER,
    Tariff,
    TariffStep,
    Tax,
    Visit,
    due,
    pay,
    price,
    problems,
)
from tests.support.tariffs import BEGIN, DAY, MIN, of, stay, total


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
