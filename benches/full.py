"""decide-full, explain, rss/edge-1m: a site where every rule has something to look at, and a million cards."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter_ns

from hw_sim.door import DoorBoard
from hw_sim.product import Product

from benches.decide import MOMENT, NOW, decided
from benches.process import DECISIONS, _decide, devices, first_move, private_mb, settings_of
from benches.site import POINT, adder, code, codes, key_of, opened, site, uuid
from benches.table import Figure, below, bench, percentile
from edge.core.credential import lookup_key
from edge.core.decide import explain
from edge.core.model import Card, CredentialKind, Period, Reading
from edge.core.people import Company, Customer
from edge.core.place import (
    POLICY_ID,
    AccessPoint,
    Antipassback,
    Holiday,
    Mode,
    ModeHours,
    Profile,
    Schedule,
    SitePolicy,
    Window,
    Zone,
)
from edge.core.tariff import Tariff, TariffStep
from edge.ports import DoorWord
from edge.store.facts import FactsReader
from edge.store.files import Files, connect

CARDS = 1_000_000
SCHEDULES, PROFILES, COMPANIES = 200, 500, 10_000
INSIDE = 200
ZONE, INNER = uuid("zone", 1), uuid("zone", 2)
EVERY_DAY = tuple(range(7))


def build(folder: Path, cards: int) -> None:
    """Every setting of every rule is used; most cards come in all the same, as they would."""
    files, key, db = opened(folder)
    add = adder(db)
    holidays = tuple(Holiday(date=f"2027-{month:02}-01") for month in range(1, 13))
    for number in range(SCHEDULES):
        windows = (Window(days=EVERY_DAY, start=0, end=700), Window(days=EVERY_DAY, start=700, end=1440))
        add(Schedule(id=uuid("schedule", number), ver=1, name=f"Hours {number}", windows=windows, holidays=holidays))
    by_night = (ModeHours(mode=Mode.LOCKED_DOWN, schedule=uuid("schedule", SCHEDULES)),)
    add(Schedule(id=uuid("schedule", SCHEDULES), ver=1, name="Never", windows=(Window(days=(0,), start=0, end=1),)))
    add(Tariff(id=uuid("tariff", 1), ver=1, name="Day", currency="EUR", steps=(TariffStep(unit=60, price=200),), free_minutes=15))
    add(SitePolicy(id=POLICY_ID, ver=1, mode_hours=by_night, overdue_days=14))
    add(Zone(id=uuid("zone", 0), ver=1, name="Site", mode_hours=by_night))
    add(
        Zone(
            id=ZONE, ver=1, name="Main", parent=uuid("zone", 0), antipassback=Antipassback.TIMED, antipassback_minutes=10, capacity=5000,
            reserved=100, host_present=True, escort=True, guardian_below=14, tariff=uuid("tariff", 1), mode_hours=by_night,
        )
    )  # fmt: skip
    add(Zone(id=INNER, ver=1, name="Inner", parent=ZONE))
    for number in range(PROFILES):
        profile = uuid("profile", number)
        add(Profile(id=profile, ver=1, name=f"Profile {number}", escort=number % 7 == 0, reserved=number % 11 == 0))
        for zone in (ZONE, INNER):
            db.execute("INSERT INTO profile_zone VALUES (?, ?, ?)", (profile, zone, uuid("schedule", number % SCHEDULES)))
    add(
        AccessPoint(
            id=uuid("point", 1), ver=1, name=POINT, door="main", from_zone=uuid("zone", 0), to_zone=ZONE, pin=True,
            pin_free=uuid("schedule", 1), interlock=("second",), data_minutes=60, plate_floor=0.8, mode_hours=by_night,
        )
    )  # fmt: skip
    for number in range(COMPANIES):
        add(Company(id=uuid("company", number), ver=1, name=f"Company {number}"))
    for number in range(cards):
        customer = uuid("customer", number)
        add(Customer(id=customer, ver=1, name=f"Customer {number}", number=number + 1, email=f"c{number}@example.org", born="1990-05-05",
                     company=uuid("company", number % COMPANIES), profiles=(uuid("profile", number % PROFILES),), created_at=1,
                     discount=500))  # fmt: skip
        db.execute("INSERT INTO profile_grant VALUES (?, ?)", (customer, uuid("profile", number % PROFILES)))
        card = Card(
            id=uuid("card", number), ver=1, customer=customer, username=f"c{number}", last4=code(number)[-4:], valid_from=1, valid_to=1 << 50,
            uses=1000, daily_limit=20, period=Period.MONTH, period_limit=100, min_interval_s=1, has_pin=True, created_at=1,
        )  # fmt: skip
        add(card, key=lookup_key(key, CredentialKind.QR, code(number)))
        db.execute("INSERT INTO central_row VALUES ('card', ?, 1)", (card.id,))
    db.execute("UPDATE head SET rev = 1, config_rev = 1, next_number = ?, synced_at = ?", (cards + 1, NOW - 60_000))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("ANALYZE")
    db.close()
    journal = connect(files.journal)
    journal.execute("BEGIN")
    for number in range(INSIDE):
        journal.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, '', NULL, 0, NULL, '')",
                        (number + 1, uuid("card", number), None, "x", ZONE, NOW - 1000))  # fmt: skip
    journal.execute("COMMIT")
    journal.close()


def shut(door: str) -> DoorWord:
    return DoorWord(closed=True)


@bench("decide-full/p50", "decide-full/p99")
def decide_full() -> Iterator[Figure]:
    with site(CARDS, build, "full") as files:
        yield from decided(files, "decide-full", 4, CARDS, shut)


@bench("explain/p50")
def explain_bench() -> Iterator[Figure]:
    """Facts, decision, and every rule with what it saw, as text."""
    with site(CARDS, build, "full") as files:
        db = connect(files.journal, attach={"roster": files.roster})
        reader = FactsReader(db, key_of(files), "Europe/Warsaw")
        took: list[float] = []
        for text in codes(0, 3000, CARDS):
            reading = Reading(reader="r", access_point=POINT, kind=CredentialKind.QR, text=text)
            start = perf_counter_ns()
            explain(reader.facts(reading, reader.revs(), MOMENT, shut), NOW)
            took.append((perf_counter_ns() - start) / 1e6)
        db.close()
    gc.collect()
    yield below("explain/p50", percentile(took, 0.5), 2, "ms")


@bench("rss/edge-1m")
def rss_1m() -> Iterator[Figure]:
    """Private memory of an edge with a million cards after 10 000 decisions."""
    with site(CARDS, build, "full") as files:
        size = asyncio.run(_size(files))
    yield below("rss/edge-1m", size, 120, "MB")


async def _size(files: Files) -> float:
    second = DoorBoard("second", walker=False)
    await second.start()
    async with devices(files) as (scanner, board):
        more = f'[[door]]\ndriver = "line"\nname = "second"\naddress = "127.0.0.1:{second.port}"\n'
        product = Product(settings_of(files, scanner, board, more), files.folder / "log")
        product.start()
        try:
            await first_move(scanner, board, code(1))
            await _decide(files, scanner, DECISIONS, CARDS)
            return private_mb(product.pid("edge"))
        finally:
            await product.stop()
            await second.stop()
