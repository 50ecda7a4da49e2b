"""Which tariffs may be saved, how amounts are written, and docs/tariffs.md against the code."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
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
    Tax,
    Visit,
    due,
    pay,
    price,
    problems,
)
from tests.support.tariffs import BEGIN, HOUR, HOURLY, LAST, MIN, VANCOUVER, ZURICH, of, steps, total

DOC = Path(__file__).parents[2] / "docs" / "tariffs.md"

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
