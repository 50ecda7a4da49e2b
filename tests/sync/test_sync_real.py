"""Edge, a real mosquitto and the simulated central server: nothing lost, nothing twice, whatever breaks between them."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import msgspec
from hw_sim.central import DELTA_OPS, KEY_ID, Central
from hw_sim.central_store import CentralStore

from edge.core.judgement import Reason
from edge.core.model import Card
from edge.core.people import Customer
from edge.sync import wire
from tests.support.central import Site
from tests.support.facility import until


def sample(zone: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """A profile, a customer and a card as central says them."""
    return [
        ("put", "profile", "p-1", {"name": "From central", "zones": [{"zone": zone}]}),
        ("put", "customer", "c-1", {"name": "Grace", "email": "grace@example.org", "profiles": ["p-1"]}),
        ("put", "card", "k-1", {"customer": "c-1", "username": "grace", "code": "CENTRAL-CARD-0001"}),
    ]


async def roster_at(site: Site, rev: int) -> None:
    async def there() -> bool:
        return (await site.edge.roster.write(lambda tx: tx.central.position()))[1] >= rev

    await until(there, f"the roster to be at central's revision {rev}")


async def test_events_go_up_once_and_in_order(site: Site) -> None:
    _, _, code = await site.customer_with_card("Ada")
    for _ in range(5):
        await site.scan(code)
    await site.in_step()


async def test_a_customer_of_central_comes_in_and_one_set_inactive_there_does_not(site: Site) -> None:
    assert await site.scan("CENTRAL-CARD-0001") is Reason.UNKNOWN_CREDENTIAL
    await roster_at(site, await site.central.edit(sample(site.ids["zone"])))
    assert await site.scan("CENTRAL-CARD-0001") is Reason.GRANTED
    await roster_at(site, await site.central.edit([("put", "customer", "c-1", {"status": "inactive"})]))
    assert await site.scan("CENTRAL-CARD-0001") is Reason.CUSTOMER_INACTIVE


async def test_a_row_that_makes_no_sense_costs_only_itself(site: Site) -> None:
    rows = [*sample(site.ids["zone"]), ("put", "card", "k-2", {"customer": "nobody", "code": "X"}), ("put", "spaceship", "s", {})]
    await roster_at(site, await site.central.edit(rows))
    assert await site.scan("CENTRAL-CARD-0001") is Reason.GRANTED
    card = await site.edge.roster.write(lambda tx: tx.find(Card, id="k-2"))
    assert card is None


async def test_whom_a_row_blocks_that_makes_no_sense_stays_out(site: Site) -> None:
    await roster_at(site, await site.central.edit(sample(site.ids["zone"])))
    assert await site.scan("CENTRAL-CARD-0001") is Reason.GRANTED
    await roster_at(site, await site.central.edit([("put", "customer", "c-1", {"status": "inactive", "email": 7})]))
    assert await site.scan("CENTRAL-CARD-0001") is Reason.CUSTOMER_INACTIVE
    await roster_at(site, await site.central.edit([("put", "customer", "c-1", {"status": "active"})]))
    assert await site.scan("CENTRAL-CARD-0001") is Reason.CUSTOMER_INACTIVE, "nothing of it is taken but a block"
    await roster_at(site, await site.central.edit([("put", "customer", "c-1", {"email": "grace@example.org"})]))
    assert await site.scan("CENTRAL-CARD-0001") is Reason.GRANTED


async def test_the_first_snapshot_comes_to_an_edge_that_knows_nothing(site: Site) -> None:
    many = [("put", "customer", f"c-{i}", {"name": f"Customer {i}"}) for i in range(1000)]
    await site.central.edit(many)
    site.central.store.new_epoch()
    site.broker.kill()
    await site.broker.start()
    epoch, rev = site.central.store.position()

    async def there() -> bool:
        here, at = await site.edge.roster.write(lambda tx: tx.central.position())
        return here == epoch and at >= rev  # what is here goes up meanwhile, and central goes on by it

    await until(there, "the snapshot to be applied", 20)
    assert (await site.edge.roster.write(lambda tx: tx.get(Customer, "c-999"))).name == "Customer 999"


async def test_what_a_snapshot_no_longer_holds_is_gone(site: Site) -> None:
    await roster_at(site, await site.central.edit(sample(site.ids["zone"])))
    await site.central.edit([("delete", "card", "k-1", {})])
    await roster_at(site, site.central.store.position()[1])
    assert await site.scan("CENTRAL-CARD-0001") is Reason.UNKNOWN_CREDENTIAL


async def test_more_rows_than_a_message_holds_are_applied_together_since_they_refer_to_one_another(site: Site) -> None:
    """While the edge is away many join, and what they refer to is changed last; one bears the code of a card that gave it up last."""
    await roster_at(site, await site.central.edit(sample(site.ids["zone"])))
    await site.central.stop()
    store = CentralStore(site.folder / "central" / "central.db")
    joined = [("put", "customer", f"c-{i}", {"name": f"Member {i}", "profiles": ["p-2"]}) for i in range(10, 10 + 2 * DELTA_OPS)]
    store.edit([("put", "profile", "p-2", {"name": "Club", "zones": [{"zone": site.ids["zone"]}]})])
    store.edit([("put", "card", "k-1", {"code": "CENTRAL-CARD-0002"})])
    store.edit([("put", "card", "k-2", {"customer": "c-1", "username": "twin", "code": "CENTRAL-CARD-0001"}), *joined])
    store.edit([("put", "profile", "p-2", {"name": "The club"}), ("put", "card", "k-1", {"username": "hopper"})])
    _, rev = store.position()
    store.close()
    await site.open_central()
    await roster_at(site, rev)
    assert site.edge.session.counts["rows_refused"] == 0
    assert await site.edge.roster.write(lambda tx: tx.find(Customer, id=joined[0][2]))
    assert await site.scan("CENTRAL-CARD-0001") is Reason.GRANTED


async def test_central_that_comes_back_tells_an_edge_that_stayed_where_the_roster_stands(site: Site) -> None:
    await until(lambda: site.central.counts["hello"], "the edge to have greeted")
    await site.central.stop()
    store = CentralStore(site.folder / "central" / "central.db")
    _, rev = store.edit(sample(site.ids["zone"]))
    store.close()
    await site.open_central()
    await roster_at(site, rev)
    assert not site.central.counts["hello"]
    await roster_at(site, await site.central.edit([("put", "customer", "c-1", {"name": "Grace Hopper"})]))


async def test_a_broker_killed_with_its_data_loses_nothing(site: Site) -> None:
    _, _, code = await site.customer_with_card("Ada")
    await site.scan(code)
    site.broker.kill()
    shutil.rmtree(site.broker.folder)
    await site.scan(code)
    await until(lambda: site.part("sync", "central") == "down", "the loss of the broker to be seen")
    await site.scan(code)
    await site.broker.start()
    await site.in_step()


async def set_back(site: Site, code: str) -> None:
    """Central is backed up, takes three more decisions, and is then put back; it is left stopped."""
    await site.central.stop()
    shutil.copytree(site.folder / "central", site.folder / "backup")
    await site.open_central()
    for _ in range(3):
        await site.scan(code)
    await site.in_step()
    await site.central.stop()
    shutil.rmtree(site.folder / "central")
    shutil.move(site.folder / "backup", site.folder / "central")


async def test_central_restored_from_an_old_backup_gets_everything_again(site: Site) -> None:
    _, _, code = await site.customer_with_card("Ada")
    await site.scan(code)
    await site.in_step()
    await set_back(site, code)
    site.broker.kill()
    await site.open_central()
    await site.broker.start()
    await site.in_step()


async def test_forged_and_broken_messages_are_counted_and_change_nothing(site: Site) -> None:
    topic = wire.Topics("main", "north").down("roster-delta")
    forged = Central(site.folder / "forger", ("127.0.0.1", site.broker.port))
    delta = wire.RosterDelta(epoch=site.central.store.position()[0], from_rev=0, to_rev=99, ops=())
    body = msgspec.json.encode(delta)
    await until(lambda: site.central.counts["hello"], "central to know the edge")
    await site.central.send_raw(topic, wire.sign(topic, body, KEY_ID, forged._key))
    await site.central.send_raw(topic, body)
    await site.central.send_raw(topic, b"\xff\xfe not json")
    await site.central.send_raw(topic, b"x" * 2000, wire.DEFLATED)
    await site.central.send_raw(
        topic, wire.sign(wire.Topics("main", "south").down("roster-delta"), body, KEY_ID, site.central._key)
    )
    forged.store.close()
    await site.rosters_alike()
    rev = await site.central.edit(sample(site.ids["zone"]))
    await roster_at(site, rev)
    assert (await site.edge.roster.write(lambda tx: tx.central.position()))[1] == rev
    counts = site.edge.session.counts
    assert counts["not_genuine"] == 2
    assert counts["not_understood"] == 3


async def test_runs_alone_and_catches_up_when_a_broker_appears(tmp_path: Path) -> None:
    house = Site(tmp_path)
    house.central = Central(tmp_path / "central", ("127.0.0.1", house.broker.port))
    house.wire_up()
    async with house.running():
        _, _, code = await house.customer_with_card("Ada")
        assert await house.scan(code) is Reason.GRANTED
        assert house.part("sync", "central") == "down"
        await house.broker.start()
        await house.central.start()
        await house.in_step()
    await house.central.stop()
    house.broker.stop()
    await house.close()


async def test_a_restored_card_takes_a_new_log_and_sends_everything(site: Site) -> None:
    _, _, code = await site.customer_with_card("Ada")
    await site.scan(code)
    await site.in_step()
    before = (await site.edge.journal.write(lambda tx: tx.position())).log_id
    topics = next(iter(site.central.edges.values()))
    ack = wire.EventsAck(connection=site.central.connections[topics.base], log_id=before, upto=10_000)
    await site.central._send(topics, "events-ack", ack)

    async def forked() -> bool:
        return (await site.edge.journal.write(lambda tx: tx.position())).log_id != before

    await until(forked, "a new log id")
    await site.in_step()
    assert any(e.code == "log_forked" for e in await site.events("system"))


def whole(site: Site, connection: int) -> wire.SnapshotPart:
    """Everything central holds now, as one part."""
    epoch, rev = site.central.store.position()
    rows = msgspec.json.encode(site.central.store.snapshot())
    digest = hashlib.sha256(rows).hexdigest()
    return wire.SnapshotPart(connection=connection, id="all", epoch=epoch, rev=rev, i=0, n=1, sha256=digest, rows=msgspec.Raw(rows))


async def test_an_old_snapshot_sent_again_brings_no_blocked_card_back(site: Site) -> None:
    """Signed by central once, kept by whoever holds the broker: of an earlier connection, of an earlier epoch, or merely behind."""
    await roster_at(site, await site.central.edit(sample(site.ids["zone"])))
    topics = next(iter(site.central.edges.values()))
    connection = site.central.connections[topics.base]
    old = whole(site, connection)
    await roster_at(site, await site.central.edit([("put", "card", "k-1", {"status": "inactive"})]))
    await site.rosters_alike()
    here = await site.edge.roster.write(lambda tx: tx.central.position())
    await site.central._send(topics, "roster-snapshot/all/0", old)
    await site.central._send(
        topics, "roster-snapshot/all/0", msgspec.structs.replace(old, connection=connection - 1, epoch="an older one")
    )
    await until(lambda: site.edge.session.counts["stale"] == 1, "the snapshot of an earlier connection to be ignored")
    assert await site.edge.roster.write(lambda tx: tx.central.position()) == here
    assert await site.scan("CENTRAL-CARD-0001") is Reason.CARD_INACTIVE


async def test_an_ack_of_an_earlier_connection_moves_nothing(site: Site) -> None:
    """Central may have been restored since it said so."""
    _, _, code = await site.customer_with_card("Ada")
    await site.scan(code)
    await site.in_step()
    topics = next(iter(site.central.edges.values()))
    connection, here = site.central.connections[topics.base], await site.edge.journal.write(lambda tx: tx.position())
    await site.central.stop()
    for _ in range(3):
        await site.scan(code)
    last = (await site.edge.journal.write(lambda tx: tx.position())).last_seq
    await site.open_central()
    await until(lambda: site.central._client, "central to be back")
    await site.central._send(topics, "events-ack", wire.EventsAck(connection=connection - 1, log_id=here.log_id, upto=last))
    await until(lambda: site.edge.session.counts["stale"] == 1, "the ack to be ignored")
    await site.in_step()


async def test_central_restored_while_the_connection_stands_says_so_and_gets_everything_again(site: Site) -> None:
    _, _, code = await site.customer_with_card("Ada")
    await site.scan(code)
    await site.in_step()
    topics = next(iter(site.central.edges.values()))
    connection, here = site.central.connections[topics.base], await site.edge.journal.write(lambda tx: tx.position())
    await set_back(site, code)
    await site.open_central()
    await until(lambda: site.central._client, "central to be back")
    stands = wire.EventsAck(connection=connection, hello=True, log_id=here.log_id, upto=here.acked)
    await site.central._send(topics, "events-ack", stands)
    await site.in_step()


async def test_a_snapshot_that_comes_damaged_again_and_again_is_not_asked_for_each_time(site: Site) -> None:
    await site.rosters_alike()
    topics = next(iter(site.central.edges.values()))
    bad = msgspec.structs.replace(whole(site, site.central.connections[topics.base]), epoch="another", sha256="0" * 64)
    before = site.central.counts["wanted"]
    for n in (1, 2, 3):
        await site.central._send(topics, "roster-snapshot/all/0", bad)
        await until(lambda n=n: site.edge.session.counts["snapshot_damaged"] == n, "the damage to be counted")
    await until(lambda: site.central.counts["wanted"] == before + 1, "it to be asked for")
    _, _, code = await site.customer_with_card("Ada")
    await site.scan(code)
    await site.in_step()
    assert site.central.counts["wanted"] == before + 1
