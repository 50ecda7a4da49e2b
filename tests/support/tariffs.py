"""Tariffs and stays that the tests of tariffs are told in."""

from __future__ import annotations

from edge.core.tariff import (
    Price,
    Tariff,
    TariffStep,
    Tax,
    Visit,
    price,
)

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
