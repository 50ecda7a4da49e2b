"""What a visit costs, how that came about, and what of it is still to be paid.

The order, each from what the one before left:

1. steps: the units started, from the visit's first minute on; a visit within the free minutes starts none
2. cap: no 24 h from entering cost more (before the discount: the board at the gate says the same to everybody)
3. discount: the customer's share off, on a capped day as well
4. taxes: each on the net amount and none on the other, for tax is owed on what is truly asked; each rounded half up, as it is printed
5. rounding: to the smallest amount asked for, half up; last, because it is about coins and not about prices

Each of the five gives more for more, so a longer stay is never cheaper; none goes below zero. That holds for every tariff
without `problems`. Times are ms since 1970 UTC and a day is 24 h: a change of the clocks neither costs nor saves anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise

from msgspec.structs import replace

from edge.core.model import Record, Value
from edge.core.money import half_up, is_currency

MINUTE_MS = 60_000
DAY = 24 * 60
FULL = 10_000
"""100 %: rates are whole hundredths of a percent."""
FOR_EVER = (1 << 63) - 1
"""permit_until of a permit without an end."""

LONGEST = 3660 * DAY
"""Ten years: a longer visit costs no more than one of this length. It is a clock that was wrong, and each day is looked at."""
DEAREST = 10**11
"""The highest price in minor units: ten years of it, taxed twice, still fit 64 bits."""
MOST_STEPS = 24
MOST_TAXES = 2


class TariffStep(Value, frozen=True, kw_only=True):
    """For `minutes` (None: for ever) every started `unit` of minutes costs `price` minor units."""

    minutes: int | None = None
    unit: int
    price: int


class Tax(Value, frozen=True, kw_only=True):
    """A tax added to the net amount. number: the registration printed on receipts; rate in hundredths of a percent."""

    name: str
    number: str = ""
    rate: int


class Tariff(Record, frozen=True, kw_only=True):
    """What a zone costs. Amounts are minor units of `currency`.

    free_minutes: a visit not longer than that costs nothing, a longer one pays from its first minute; steps: one after the other
    from entering, never starting again; daily_cap: the most for any 24 h from entering, before discount and taxes; grace_minutes:
    time to leave after paying; rounding: the smallest amount asked for (5: CHF 0.05).
    """

    name: str
    currency: str
    steps: tuple[TariffStep, ...]
    free_minutes: int = 0
    daily_cap: int | None = None
    grace_minutes: int = 0
    taxes: tuple[Tax, ...] = ()
    rounding: int = 1


class Visit(Value, frozen=True, kw_only=True):
    """What a price needs of a visit.

    left_at None: still inside. permit_until: time before it costs nothing, as if the visit began then (None: no permit, FOR_EVER).
    discount: hundredths of a percent, taken as 0 to 100 %. paid: all payments so far; settled_at: the last payment that left
    nothing due (not simply the last one, or a coin too many or too few would move the grace). `pay` keeps the two.
    """

    entered_at: int
    left_at: int | None = None
    permit_until: int | None = None
    discount: int = 0
    paid: int = 0
    settled_at: int | None = None


class LineCode(StrEnum):
    """What a line of a price is about."""

    PERMIT = "permit"
    FREE = "free"
    STEP = "step"
    CAP = "cap"
    DISCOUNT = "discount"
    TAX = "tax"
    ROUNDING = "rounding"


class Line(Value, frozen=True, kw_only=True):
    """One line of how a price came about; amounts of all lines add up to the total. What is not named for a code is empty.

    permit, free: minutes that cost nothing. step: count units of `minutes` at `price`. cap: count days that would have been above
    `price`. discount: rate. tax: name, number, rate. rounding: the amount alone.
    """

    code: LineCode
    amount: int = 0
    minutes: int = 0
    count: int = 0
    price: int = 0
    rate: int = 0
    name: str = ""
    number: str = ""


class Price(Value, frozen=True, kw_only=True):
    """What a visit costs: gross - discount = net; net + taxes + rounding = total. Amounts are minor units of `currency`.

    minutes: started minutes of the visit; gross: steps and cap; taxes: one amount per tax of the tariff, in its order; rounding:
    below zero where the total was rounded down; lines: how it came about.
    """

    currency: str
    minutes: int
    gross: int
    discount: int
    net: int
    taxes: tuple[int, ...]
    rounding: int
    total: int
    lines: tuple[Line, ...]


# ---------------------------------------------------------------------------------------------------- what it costs


def parked_minutes(begin: int, end: int) -> int:
    """Started minutes between two instants in ms; none where the clock went back, LONGEST at most."""
    return min(max(0, -((begin - end) // MINUTE_MS)), LONGEST)


def price(tariff: Tariff, visit: Visit, now: int) -> Price:
    """What the visit costs until it ended, or until now. The tariff has no `problems`."""
    end = visit.left_at if visit.left_at is not None else now
    parked = parked_minutes(visit.entered_at, end)
    minutes = parked if visit.permit_until is None else parked_minutes(max(visit.entered_at, visit.permit_until), end)
    free = minutes <= tariff.free_minutes
    steps = () if free else tuple(_step_lines(tariff, minutes))
    cap = None if free else _cap_line(tariff, minutes)
    gross = sum(line.amount for line in steps) + (cap.amount if cap else 0)

    rate = min(max(0, visit.discount), FULL)
    net = half_up(gross * (FULL - rate), FULL)
    taxes = tuple(half_up(net * tax.rate, FULL) for tax in tariff.taxes)
    exact = net + sum(taxes)
    total = half_up(exact, tariff.rounding) * tariff.rounding

    lines = [
        Line(code=LineCode.PERMIT, minutes=parked - minutes),
        Line(code=LineCode.FREE, minutes=minutes if free else 0),
        *steps,
        *([cap] if cap else []),
        Line(code=LineCode.DISCOUNT, rate=rate, amount=net - gross),
        *(
            Line(code=LineCode.TAX, name=t.name, number=t.number, rate=t.rate, amount=amount)
            for t, amount in zip(tariff.taxes, taxes, strict=True)
        ),
        Line(code=LineCode.ROUNDING, amount=total - exact),
    ]
    return Price(
        currency=tariff.currency,
        minutes=parked,
        gross=gross,
        discount=gross - net,
        net=net,
        taxes=taxes,
        rounding=total - exact,
        total=total,
        lines=tuple(line for line in lines if _says_something(line)),
    )


def _says_something(line: Line) -> bool:
    """A step that is free and a tax of nothing belong on a receipt; a discount or a rounding of nothing does not."""
    return line.code in (LineCode.STEP, LineCode.TAX) or line.amount != 0 or line.minutes != 0


def _units(tariff: Tariff, minutes: int) -> Iterator[tuple[TariffStep, int]]:
    """Each step reached in that many minutes, with the units of it that were started."""
    for step in tariff.steps:
        if minutes <= 0:
            return
        inside = minutes if step.minutes is None else min(minutes, step.minutes)
        yield step, -(-inside // step.unit)
        minutes -= inside


def _step_lines(tariff: Tariff, minutes: int) -> Iterator[Line]:
    for step, units in _units(tariff, minutes):
        yield Line(code=LineCode.STEP, minutes=step.unit, count=units, price=step.price, amount=units * step.price)


def _cap_line(tariff: Tariff, minutes: int) -> Line | None:
    """What the cap takes off. A unit counts for the day it is started in, even where it runs into the next one."""
    cap = tariff.daily_cap
    if cap is None:
        return None
    so_far = [sum(step.price * units for step, units in _units(tariff, m)) for m in (*range(0, minutes, DAY), minutes)]
    over = [after - before - cap for before, after in pairwise(so_far) if after - before > cap]
    return Line(code=LineCode.CAP, count=len(over), price=cap, amount=-sum(over)) if over else None


# ---------------------------------------------------------------------------------------------------- what is to be paid


def due(tariff: Tariff, visit: Visit, now: int) -> int:
    """What is still to be paid, minor units, never below zero. Nothing until the grace has run out, its last ms included.

    After that the whole stay counts from entering, less what was paid: paying in between makes it neither cheaper nor dearer.
    """
    at = visit.left_at if visit.left_at is not None else now
    if visit.settled_at is not None and at <= visit.settled_at + tariff.grace_minutes * MINUTE_MS:
        return 0
    return max(0, price(tariff, visit, now).total - visit.paid)


def came_to(tariff: Tariff, visit: Visit, now: int) -> int:
    """What a visit that ends now comes to: its price, or what was paid where the grace lets the rest go."""
    return min(price(tariff, visit, now).total, visit.paid + due(tariff, visit, now))


def pay(tariff: Tariff, visit: Visit, amount: int, at: int) -> Visit:
    """The visit after a payment (amount above zero, at in ms). The grace begins when it covers what is due.

    Where nothing is due a payment begins no grace: a coin every quarter of an hour would be a cheap way to stay.
    """
    settles = 0 < due(tariff, visit, at) <= amount
    return replace(visit, paid=visit.paid + amount, settled_at=at if settles else visit.settled_at)


# ---------------------------------------------------------------------------------------------------- what may be saved


def problems(tariff: Tariff) -> list[tuple[str, str]]:
    """What makes no sense in a tariff, as (field, message); empty when it may be saved.

    With no price below zero, no steps or cap can make a longer stay cheaper: a day's units only add up, a cap holds them at one
    height, and a new day adds to the days before.
    """
    return list(_problems(tariff))


def _problems(tariff: Tariff) -> Iterator[tuple[str, str]]:
    if not is_currency(tariff.currency):
        yield "currency", "a currency is three capital letters, as in ISO 4217: EUR, CHF, JPY"
    for field, minutes in (("free_minutes", tariff.free_minutes), ("grace_minutes", tariff.grace_minutes)):
        if not 0 <= minutes <= LONGEST:
            yield field, "minutes run from 0 to ten years"
    if not 1 <= len(tariff.steps) <= MOST_STEPS:
        yield "steps", f"a tariff has 1 to {MOST_STEPS} steps"
    for i, step in enumerate(tariff.steps, 1):
        for field, message in _step_problems(step, last=i == len(tariff.steps)):
            yield f"steps[{i - 1}].{field}", message
    if tariff.daily_cap is not None:
        if not 1 <= tariff.daily_cap <= DEAREST:
            yield "daily_cap", "a daily cap is above zero, 100000000000 at most; for no cap leave it out"
        elif any(tariff.daily_cap < step.price for step in tariff.steps):
            yield "daily_cap", "a daily cap below the price of one unit: that price would never be asked"
    if len(tariff.taxes) > MOST_TAXES:
        yield "taxes", f"{MOST_TAXES} taxes at most"
    for i, tax in enumerate(tariff.taxes):
        if not tax.name.strip():
            yield f"taxes[{i}].name", "a receipt has to name its taxes"
        if not 0 <= tax.rate <= FULL:
            yield f"taxes[{i}].rate", "a rate runs from 0 to 10000 hundredths of a percent"
    if not 1 <= tariff.rounding <= DEAREST:
        yield "rounding", "the smallest amount asked for is 1 or more minor units, 100000000000 at most"


def _step_problems(step: TariffStep, *, last: bool) -> Iterator[tuple[str, str]]:
    if not 0 <= step.price <= DEAREST:
        yield "price", "a price is not below zero, and 100000000000 at most"
    if not 1 <= step.unit <= LONGEST:
        yield "unit", "a unit runs from one minute to ten years"
    elif step.minutes is not None and step.minutes % step.unit:
        yield "minutes", "a step holds for whole units: the last one would be paid in full and cut short"
    if last and step.minutes is not None:
        yield "minutes", "the last step holds for ever: leave its minutes out"
    if not last and step.minutes is None:
        yield "minutes", "a step after an endless one is never reached"
    if step.minutes is not None and not 1 <= step.minutes <= LONGEST:
        yield "minutes", "a step holds from one minute to ten years"
