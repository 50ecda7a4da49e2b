"""The protocol's document is the wire's own, its examples are read by both ends, and whatever is wrong with any message is seen."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hw_sim.central import KEY_ID

from edge.commands.central import read_command
from edge.core.event import Event
from edge.core.merge import record_of
from edge.sync import wire
from tests.support.central import Site
from tests.support.facility import until
from tests.sync import protocol

EVERY = wire.UP | wire.DOWN


def test_the_document_is_made_from_the_wires_own_types() -> None:
    assert protocol.DOCUMENT.read_bytes() == protocol.written(), "python -m tests.sync.protocol writes it anew"


@pytest.mark.parametrize("word", EVERY)
def test_the_example_is_read_and_says_all_that_a_message_can(word: str) -> None:
    message = wire.decode(protocol.example(word), EVERY[word])
    assert msgspec.json.decode(protocol.example(word)).keys() == set(message.__struct_fields__)
    match message:
        case wire.Events():
            assert msgspec.json.decode(message.events[0], type=Event).seq == message.first
        case wire.RosterDelta():
            assert [record_of(op)[0].id for op in message.ops if op.op == "put"] == ["c-1", "k-1"]
        case wire.Command():
            read_command(bytes(message.command))


def test_every_message_says_what_it_is() -> None:
    assert all("Message" not in (kind.__doc__ or "") and kind.__doc__ for kind in EVERY.values())


# ---------------------------------------------------------------------------------------------------- what is wrong with it


def _wrong_type(body: dict[str, Any]) -> dict[str, Any]:
    first = next(iter(body))
    return {**body, first: {"not": "this"}}


def _oversized(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "more": "x" * wire.LARGEST}


@pytest.mark.parametrize("word", EVERY)
def test_each_kind_cut_short_is_not_understood(word: str) -> None:
    whole = msgspec.json.encode(msgspec.json.decode(protocol.example(word)))
    for end in range(len(whole)):
        with pytest.raises(wire.NotUnderstood):
            wire.decode(whole[:end], EVERY[word])


@pytest.mark.parametrize("word", EVERY)
def test_each_kind_with_a_wrong_type_or_too_large_is_not_understood_and_an_unknown_field_is_ignored(word: str) -> None:
    body = msgspec.json.decode(protocol.example(word))
    with pytest.raises(wire.NotUnderstood):
        wire.decode(msgspec.json.encode(_wrong_type(body)), EVERY[word])
    with pytest.raises(wire.NotUnderstood):
        wire.unpack(*wire.pack_bytes(msgspec.json.encode(_oversized(body))))
    more = msgspec.json.encode({**body, "weather": "fine"})
    assert wire.decode(more, EVERY[word]) == wire.decode(msgspec.json.encode(body), EVERY[word])


async def test_whatever_comes_down_wrong_is_counted_and_the_stream_goes_on(site: Site) -> None:
    """Every kind: cut short, of a wrong type, too large, for another edge, signed by nobody known, unsigned; and kinds there are not."""
    await until(lambda: "central has everything" in site.detail("sync", "central"), "central to have answered", 20)
    central, mine, other = site.central, wire.Topics("main", "north"), wire.Topics("main", "south")
    stranger = Ed25519PrivateKey.generate()
    await site.rosters_alike()
    here = central.store.position()
    not_genuine = not_understood = unknown = 0
    for word in wire.DOWN:
        topic, body = mine.down(word), msgspec.json.decode(protocol.example(word))
        whole = msgspec.json.encode(body)
        for bad in (whole[: len(whole) // 2], msgspec.json.encode(_wrong_type(body))):
            await central.send_raw(topic, wire.sign(topic, msgspec.json.encode(msgspec.Raw(bad)), KEY_ID, central._key))
            not_understood += 1
        await central.send_raw(
            topic, *wire.pack_bytes(wire.sign(topic, msgspec.json.encode(_oversized(body)), KEY_ID, central._key))
        )
        await central.send_raw(topic, whole)
        not_understood += 2
        await central.send_raw(topic, wire.sign(other.down(word), whole, KEY_ID, central._key))
        await central.send_raw(topic, wire.sign(topic, whole, KEY_ID, stranger))
        await central.send_raw(topic, wire.sign(topic, whole, "k9", central._key))
        not_genuine += 3
    for word in ("weather", "events-ack2", ""):
        topic = mine.down(word)
        await central.send_raw(topic, wire.sign(topic, b'{"version":9}', KEY_ID, central._key))
        unknown += 1
    counts = site.edge.session.counts
    await until(lambda: counts["unknown_kind"] == unknown, "all of it to have come")
    assert (counts["not_genuine"], counts["not_understood"]) == (not_genuine, not_understood)
    assert await site.edge.roster.write(lambda tx: tx.central.position()) == here
    _, _, code = await site.customer_with_card("Ada")
    await site.scan(code)
    await site.in_step()
    assert site.edge.session.counts is counts, "one connection, all the while"
