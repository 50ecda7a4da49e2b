"""An edge whose clock was not set: central restates what it wrote then, once it is."""

from __future__ import annotations

from pathlib import Path

import msgspec
from hw_sim.central_store import CentralStore

from edge.core.event import Event, EventKind
from edge.core.model import ClockQuality
from tests.support.central import Site
from tests.support.facility import until
from tests.system.test_wrong_clock import HOUR, Hands


async def restated(site: Site, count: int) -> dict[int, int]:
    """Central's own times of the edge's events, once there are so many."""
    log_id = (await site.edge.journal.write(lambda tx: tx.position())).log_id
    await until(lambda: len(site.central.store.restated(log_id)) >= count, f"{count} times to be restated", 20)
    return site.central.store.restated(log_id)


async def test_what_was_written_by_a_clock_at_1970_gets_its_true_time_once_it_is_set(at_rest: Site) -> None:
    hands = Hands()
    truth = hands.wall
    hands.wall = 0
    at_rest.make_clock = hands.clock
    async with at_rest.running():
        for _ in range(3):
            await at_rest.scan("NOBODY")
            hands.pass_by(60_000)
        wrong = [e for e in await at_rest.events() if e.code == "unknown_credential"]
        assert {e.quality for e in wrong} == {ClockQuality.UNKNOWN}
        hands.wall, hands.trusted = truth, True
        times = await restated(at_rest, len(wrong))
        assert [times[e.seq] for e in wrong] == [truth - 180_000, truth - 120_000, truth - 60_000]
        await at_rest.scan("NOBODY")
        await at_rest.in_step()
        last = (await at_rest.events())[-1]
        assert last.at == truth and last.seq not in await restated(at_rest, len(wrong))


async def test_so_it_does_when_the_clock_was_set_while_the_edge_was_down(at_rest: Site) -> None:
    hands = Hands()
    truth = hands.wall
    hands.wall -= 5 * HOUR
    at_rest.make_clock = hands.clock
    async with at_rest.running():
        await at_rest.scan("NOBODY")
        (wrong,) = [e for e in await at_rest.events() if e.code == "unknown_credential"]
    hands.pass_by(1000)
    hands.wall, hands.trusted = truth, True
    async with at_rest.running():
        assert (await restated(at_rest, 1))[wrong.seq] == truth - 1000


def test_an_event_whose_time_cannot_be_read_stands_in_nobodys_way(tmp_path: Path) -> None:
    store = CentralStore(tmp_path / "central.db")
    said = (
        b'{"seq":1,"kind":"system","code":"edge_started","at":7,"boot":"b","mono":10,"quality":"rtc"}',
        b'{"seq":2,"kind":"system","code":"clock_adjusted","at":"soon","boot":"b"}',
        b'{"seq":3,"kind":"system","code":"edge_started","at":7,"boot":7}',
        b'{"seq":4,"kind":"system","code":"clock_adjusted","at":1000,"boot":"b","mono":50,"quality":"ntp"}',
    )
    assert store.take("edge", "log", 1, b"", list(said)).cursor == 4
    assert store.restated("log") == {1: 960}
    store.close()


def test_only_events_of_the_same_boot_back_to_a_right_clock_are_restated(tmp_path: Path) -> None:
    said = [
        ("a", 0, "unknown"), ("b", 10, "rtc"), ("b", 20, "ntp"), ("b", 30, "restored"), ("", 0, "unknown"), ("b", 40, "rtc"), ("b", 50, "ntp"),
    ]  # fmt: skip
    events = [
        Event(
            seq=seq, at=1_000_000 + mono, boot=boot, mono=mono, quality=ClockQuality(quality), kind=EventKind.SYSTEM,
            code="clock_adjusted" if mono == 50 else "edge_started",
        )
        for seq, (boot, mono, quality) in enumerate(said, 1)
    ]  # fmt: skip
    store = CentralStore(tmp_path / "central.db")
    bodies = [msgspec.json.encode(msgspec.structs.replace(e, at=7 if e.quality is not ClockQuality.NTP else e.at)) for e in events]
    for first in range(1, 8):  # however they are batched
        store.take("edge", "log", first, b"", bodies[first - 1 :])
    assert store.restated("log") == {4: 1_000_030, 6: 1_000_040}
    store.close()
