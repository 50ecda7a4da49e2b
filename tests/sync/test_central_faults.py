"""Every fault of a central server at its switch: nothing is lost, nothing is twice, and the roster comes to rest where central's is."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from hw_sim import central_faults
from hw_sim.central_store import CentralStore
from hw_sim.central_watch import Watch

from edge.core.people import Customer
from edge.sync import wire
from tests.support.central import Site
from tests.support.facility import until

EDGE = wire.Topics("main", "north").base


async def greeted(site: Site) -> None:
    await until(lambda: "central has everything" in site.detail("sync", "central"), "central to have answered", 20)


async def scanned(site: Site, times: int = 3) -> None:
    _, _, code = await site.customer_with_card("Ada")
    for _ in range(times):
        await site.scan(code)


async def named(site: Site, name: str) -> None:
    """Until the edge knows customer c-1 by this name."""

    async def known() -> bool:
        found = await site.edge.roster.write(lambda tx: tx.find(Customer, id="c-1"))
        return found is not None and found.name == name

    await until(known, f"the customer to be {name}", 20)


async def test_what_a_silent_central_has_is_sent_again_and_kept_once(site: Site) -> None:
    await greeted(site)
    await site.in_step()
    site.central.faults.silent = True
    await scanned(site)
    last = (await site.edge.journal.write(lambda tx: tx.position())).last_seq
    log_id = (await site.edge.journal.write(lambda tx: tx.position())).log_id
    await until(lambda: site.central.store.cursor_of(log_id) == last, "central to have what it does not say it has")
    assert (await site.edge.journal.write(lambda tx: tx.position())).acked < last
    batches = site.central.counts["batches"]
    await until(lambda: site.central.counts["batches"] > batches, "a batch to be sent again")
    site.central.faults.silent = False
    await site.in_step()


@pytest.mark.parametrize("switch", ["late", "acks_twice"])
async def test_acks_that_come_late_or_twice_move_the_cursor_once(site: Site, switch: str) -> None:
    await greeted(site)
    setattr(site.central.faults, switch, True)
    await scanned(site)
    await site.in_step()


@pytest.mark.parametrize("switch", ["deltas_twice", "deltas_swapped"])
async def test_deltas_that_come_twice_or_out_of_order_end_in_the_same_roster(site: Site, switch: str) -> None:
    await greeted(site)
    setattr(site.central.faults, switch, True)
    for name in ("Grace", "Barbara", "Radia"):
        await site.central.edit([("put", "customer", "c-1", {"name": name})])
    await named(site, "Radia")
    position = site.central.store.position()
    await until(lambda: site.central.watch.edges[EDGE].roster == position, "the edge to say that it has all of it")


async def test_a_refused_event_is_a_dead_letter_with_its_body_and_holds_up_nothing(site: Site) -> None:
    await greeted(site)
    await site.in_step()
    site.central.faults.poison = 1
    _, _, code = await site.customer_with_card("Ada")
    await site.scan(code)
    await until(lambda: site.central.store.dead_letters(), "the event to be refused")
    ((edge, _, seq, why, body),) = site.central.store.dead(10)
    assert (edge, why, msgspec.json.decode(body)["seq"]) == (EDGE, central_faults.POISON, seq)

    async def told() -> bool:
        return any(f"central refused event {seq}" in event.note for event in await site.events("fault"))

    await until(told, "the refusal in the journal")
    await site.scan(code)
    here = await site.edge.journal.write(lambda tx: tx.position())
    await until(lambda: site.central.store.cursor_of(here.log_id) >= here.last_seq, "the events behind it")


async def test_a_central_put_back_gets_its_events_again_and_its_edges_a_snapshot(site: Site) -> None:
    await greeted(site)
    await site.central.edit([("put", "customer", "c-1", {"name": "Grace"})])
    await named(site, "Grace")
    site.central.store.save(site.central.backup)
    await site.central.edit([("put", "customer", "c-1", {"name": "Radia"})])
    await named(site, "Radia")
    await scanned(site)
    await site.in_step()
    epoch, _ = site.central.store.position()
    await central_faults.roll_back(site.central)
    await site.in_step()
    await named(site, "Grace")
    assert site.central.store.position()[0] != epoch


async def test_a_central_without_a_backup_is_not_put_back(site: Site) -> None:
    with pytest.raises(FileNotFoundError, match="nothing was saved"):
        await central_faults.roll_back(site.central)


async def test_a_central_that_leaves_the_broker_and_comes_back_misses_nothing(site: Site) -> None:
    await greeted(site)
    await site.central.disconnect()
    assert not site.central.connected
    await scanned(site)
    await site.central.start()
    await site.in_step()


# ---------------------------------------------------------------------------------------------------- who is there


def said(message: wire.Message) -> bytes:
    return msgspec.json.encode(message)


def test_the_will_of_an_earlier_connection_says_nothing_of_the_present_one() -> None:
    watch = Watch(lambda: 7.0)
    watch.heard("e", "state", said(wire.State(online=True, connection=5)))
    watch.heard("e", "state", said(wire.State(online=False, connection=4)))
    assert watch.edges["e"].online
    watch.heard("e", "state", said(wire.State(online=False, connection=5)))
    assert not watch.edges["e"].online
    watch.heard("e", "state", said(wire.State(online=True, connection=6)))
    assert (watch.edges["e"].online, watch.edges["e"].connection) == (True, 6)


def test_a_state_is_no_sign_of_life_since_the_broker_says_it_too() -> None:
    watch = Watch(lambda: 7.0)
    watch.heard("e", "state", said(wire.State(online=True, connection=5)))
    assert watch.edges["e"].heard == 0.0
    watch.heard("e", "events", b"")
    assert watch.edges["e"].heard == 7.0


async def test_central_knows_who_is_there_and_learns_from_the_will_who_went(at_rest: Site) -> None:
    def seen(fact: Callable[[], bool], what: str) -> Awaitable[object]:
        return until(lambda: EDGE in at_rest.central.watch.edges and fact(), what)

    async with at_rest.running():
        await greeted(at_rest)
        there = at_rest.central.watch.edges[EDGE]
        assert there.online
        assert there.hello is not None
        assert there.connection == there.hello.connection
        at_rest.central.watch.edges.clear()
        await at_rest.central.disconnect()
        await at_rest.central.start()
        await seen(lambda: at_rest.central.watch.edges[EDGE].online, "the retained state")
    await seen(lambda: not at_rest.central.watch.edges[EDGE].online, "the edge to be known as gone")


async def test_of_a_log_that_is_new_to_central_the_first_batch_cannot_be_skipped(tmp_path: Path) -> None:
    """The broker may lose it, and central must not begin with the second."""
    with contextlib.closing(CentralStore(tmp_path / "central.db")) as store:
        lines = [b'{"seq": %d, "kind": "system"}' % seq for seq in (7, 8, 9)]
        assert store.take("e", "log", 8, b"x", lines[1:]).cursor == 0, "not even before it has said hello"
        assert store.cursor("e", "log", 7) == (6, b"")
        assert store.take("e", "log", 8, b"x", lines[1:]).cursor == 6
        assert store.take("e", "log", 7, b"x", lines).cursor == 9
        assert [event["seq"] for event in store.events_of("log")] == [7, 8, 9]
