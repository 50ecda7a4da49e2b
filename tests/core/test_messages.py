"""What people read when a schedule or tariff makes no sense: field and sentence, word for word."""

from __future__ import annotations

from edge.core import schedule, tariff
from edge.core.place import Holiday, Schedule, Window
from edge.core.tariff import Tariff, TariffStep, Tax


def test_a_schedule_is_told_everything_that_is_wrong_with_it_at_once() -> None:
    wrong = Schedule(
        name="s",
        windows=(Window(days=(), start=-1, end=1441), Window(days=(7,), start=60, end=60)),
        holidays=(Holiday(date="24.12.2026", windows=((0, 1441),)), Holiday(date="24.12.2026", windows=((60, 60), (-1, 5)))),
    )
    assert schedule.problems(wrong) == [
        ("windows[0].days", "days run from 0 (Monday) to 6 (Sunday); name at least one"),
        ("windows[0].start", "minutes of a day run from 0 to 1440"),
        ("windows[0].end", "minutes of a day run from 0 to 1440"),
        ("windows[1].days", "days run from 0 (Monday) to 6 (Sunday); name at least one"),
        ("windows[1].end", "a window that ends when it starts opens nothing; for a whole day use 0 to 1440"),
        ("holidays[0].date", "a date is written YYYY-MM-DD"),
        ("holidays[0].windows", "minutes of a day run from 0 to 1440, and a window opens something"),
        ("holidays[1].date", "a date is written YYYY-MM-DD"),
        ("holidays[1].date", "this day is there already; give it all its windows in one place"),
        ("holidays[1].windows", "minutes of a day run from 0 to 1440, and a window opens something"),
        ("holidays[1].windows", "minutes of a day run from 0 to 1440, and a window opens something"),
    ]
    right = Schedule(name="s", windows=(Window(days=(0, 6), start=0, end=1440), Window(days=(1,), start=1440, end=0)), holidays=())
    assert schedule.problems(right) == []


def test_a_tariff_is_told_everything_that_is_wrong_with_it_at_once() -> None:
    steps = (
        TariffStep(minutes=None, unit=60, price=-1),
        TariffStep(minutes=90, unit=60, price=1),
        TariffStep(minutes=0, unit=0, price=1),
    )
    wrong = Tariff(
        name="t", currency="eur", steps=steps, free_minutes=-1, grace_minutes=-1, daily_cap=0, rounding=0,
        taxes=(Tax(name=" ", rate=-1), Tax(name="VAT", rate=10_001), Tax(name="City", rate=0)),
    )  # fmt: skip
    assert tariff.problems(wrong) == [
        ("currency", "a currency is three capital letters, as in ISO 4217: EUR, CHF, JPY"),
        ("free_minutes", "minutes run from 0 to ten years"),
        ("grace_minutes", "minutes run from 0 to ten years"),
        ("steps[0].price", "a price is not below zero, and 100000000000 at most"),
        ("steps[0].minutes", "a step after an endless one is never reached"),
        ("steps[1].minutes", "a step holds for whole units: the last one would be paid in full and cut short"),
        ("steps[2].unit", "a unit runs from one minute to ten years"),
        ("steps[2].minutes", "the last step holds for ever: leave its minutes out"),
        ("steps[2].minutes", "a step holds from one minute to ten years"),
        ("daily_cap", "a daily cap is above zero, 100000000000 at most; for no cap leave it out"),
        ("taxes", "2 taxes at most"),
        ("taxes[0].name", "a receipt has to name its taxes"),
        ("taxes[0].rate", "a rate runs from 0 to 10000 hundredths of a percent"),
        ("taxes[1].rate", "a rate runs from 0 to 10000 hundredths of a percent"),
        ("rounding", "the smallest amount asked for is 1 or more minor units, 100000000000 at most"),
    ]
    assert tariff.problems(Tariff(name="t", currency="EUR", steps=())) == [("steps", "a tariff has 1 to 24 steps")]
    low = Tariff(name="t", currency="EUR", steps=(TariffStep(unit=60, price=200),), daily_cap=199)
    assert tariff.problems(low) == [("daily_cap", "a daily cap below the price of one unit: that price would never be asked")]
