"""A wrong clock is said, never followed backwards, and loses nothing."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
import pytest

from edge.app import Edge
from edge.clock import Jump, SystemClock
from edge.core.event import Event
from edge.core.model import BUILT_AT, ClockQuality, CredentialKind, Reading
from edge.settings import parse
from edge.store.files import Files, connect
from edge.store.journal import verify
from tests.support.facility import until

HOUR = 3_600_000


class Hands:
    """A clock whose hands a test moves: wall and mono in ms, and is the wall clock trusted."""

    def __init__(self, wall: int = BUILT_AT + 1000 * HOUR, *, trusted: bool = False) -> None:
        self.wall, self.mono, self.trusted = wall, 10_000, trusted

    def pass_by(self, ms: int) -> None:
        self.wall += ms
        self.mono += ms

    def clock(self, high_water: int = 0) -> SystemClock:
        return SystemClock(high_water, wall=lambda: self.wall, mono=lambda: self.mono, trusted=lambda: self.trusted, boot="boot")


def test_a_clock_at_1970_goes_on_from_what_was_written_before() -> None:
    hands = Hands(wall=0)
    clock = hands.clock(BUILT_AT + HOUR)
    for passed in (0, 60_000, 120_000):
        now = clock.now()
        assert (now.wall, now.quality) == (BUILT_AT + HOUR + passed, ClockQuality.RESTORED)
        hands.pass_by(60_000)


def test_a_clock_at_1970_on_a_new_device_says_that_it_knows_nothing() -> None:
    assert Hands(wall=0).clock().now().quality is ClockQuality.UNKNOWN
    assert Hands().clock().now().quality is ClockQuality.RTC
    assert Hands(trusted=True).clock().now().quality is ClockQuality.NTP


def test_an_untrusted_clock_that_steps_back_is_not_followed() -> None:
    hands = Hands()
    clock = hands.clock()
    before = clock.now().wall
    hands.wall -= 5 * HOUR
    hands.mono += 1000
    now = clock.now()
    assert (now.wall, now.quality) == (before + 1000, ClockQuality.RESTORED)


def test_small_steps_back_stand_still() -> None:
    hands = Hands()
    clock = hands.clock()
    before = clock.now().wall
    hands.wall -= 1500
    assert clock.now().wall == before


def test_a_trusted_clock_is_believed_wherever_it_goes() -> None:
    hands = Hands(trusted=True)
    clock = hands.clock()
    clock.now()
    hands.wall -= 5 * HOUR
    assert clock.now().wall == hands.wall


@pytest.mark.parametrize("by", [5 * HOUR, -5 * HOUR, 2001, -2001])
def test_a_jump_is_seen_once(by: int) -> None:
    hands = Hands()
    clock = hands.clock()
    hands.pass_by(1000)
    assert clock.look() is None
    hands.pass_by(1000)
    hands.wall += by
    assert clock.look() == Jump(by, trusted=False)
    hands.pass_by(1000)
    assert clock.look() is None


def test_drifting_is_no_jump_and_becoming_trusted_is_news() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.wall += 1999
    assert clock.look() is None
    hands.trusted = True
    assert clock.look() == Jump(0, trusted=True)
    assert clock.look() is None


def test_a_start_with_a_trusted_clock_behind_the_journal_is_news_at_the_first_look() -> None:
    hands = Hands(trusted=True)
    clock = hands.clock(hands.wall + 5 * HOUR)
    assert clock.look() == Jump(-5 * HOUR, trusted=True)
    assert clock.look() is None


def test_a_clock_that_was_set_between_two_starts_of_one_boot_is_news() -> None:
    hands = Hands(trusted=True)
    clock = hands.clock()
    clock.doubt()
    assert clock.now().quality is ClockQuality.RTC
    assert clock.look() == Jump(0, trusted=True)
    assert clock.now().quality is ClockQuality.NTP


ALONE = '[site]\ntime_zone = "Europe/Warsaw"\n'


async def journal(edge: Edge) -> list[Event]:
    _, rows = await edge.journal.write(lambda tx: tx.events_after(0, 10_000, 1 << 30))
    return [msgspec.json.decode(body, type=Event) for _, body in rows]


async def shown(edge: Edge) -> Event:
    reading = Reading(reader="r", access_point="nowhere", kind=CredentialKind.QR, text="CODE-OF-NOBODY")
    return (await edge.gate.serve(reading)).event


async def adjusted(edge: Edge, count: int) -> None:
    """Wait until so many clock adjustments are written."""

    async def there() -> bool:
        return sum(e.code == "clock_adjusted" for e in await journal(edge)) >= count

    await until(there, f"{count} adjustments of the clock")


async def test_events_never_go_back_whatever_an_untrusted_clock_does_and_come_to_the_truth_once_it_is_trusted(
    tmp_path: Path,
) -> None:
    hands = Hands()
    truth = hands.wall
    settings = parse(f'state = "{tmp_path / "state"}"\n{ALONE}')
    async with Edge(settings, make_clock=hands.clock).running() as edge:
        await shown(edge)
        hands.wall = truth + 5 * HOUR
        await adjusted(edge, 1)
        assert (await shown(edge)).at == truth + 5 * HOUR
        hands.wall = 0
        await adjusted(edge, 2)
        hands.pass_by(1000)
        late = await shown(edge)
        assert late.quality is ClockQuality.RESTORED
        assert late.at >= truth + 5 * HOUR
        times = [e.at for e in await journal(edge)]
        assert times == sorted(times)
        hands.wall, hands.trusted = truth + 60_000, True
        await adjusted(edge, 3)
        assert (await shown(edge)).at == truth + 60_000
        note = next(e.note for e in reversed(await journal(edge)) if e.code == "clock_adjusted")
        assert "trusted now" in note
    with contextlib.closing(connect(Files(tmp_path / "state").journal, read_only=True)) as db:
        assert verify(db)[1] == []


async def test_a_journal_written_hours_ahead_does_not_hold_back_the_truth_after_a_restart(tmp_path: Path) -> None:
    hands = Hands()
    truth = hands.wall
    settings = parse(f'state = "{tmp_path / "state"}"\n{ALONE}')
    hands.wall += 5 * HOUR
    async with Edge(settings, make_clock=hands.clock).running() as edge:
        assert (await shown(edge)).at == truth + 5 * HOUR
    hands.wall, hands.trusted = truth + 120_000, True
    async with Edge(settings, make_clock=hands.clock).running() as edge:
        await adjusted(edge, 1)
        assert (await shown(edge)).at == truth + 120_000
