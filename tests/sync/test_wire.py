"""The messages of the sync: what is packed comes out again, what is altered is refused, what explodes is not unpacked."""

from __future__ import annotations

import zlib

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.sync import wire

KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
KEYS = {"k1": KEY.public_key()}
TOPIC = wire.Topics("main", "north").down("events-ack")
bodies = st.dictionaries(st.text(max_size=8), st.one_of(st.integers(-(2**53), 2**53), st.text(max_size=20)), max_size=5).map(
    msgspec.json.encode
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(bodies)
def test_what_central_signs_is_what_is_read(body: bytes) -> None:
    assert wire.verify(TOPIC, wire.sign(TOPIC, body, "k1", KEY), KEYS) == body


@settings(max_examples=400, deadline=None, derandomize=True)
@given(bodies, st.data())
def test_a_flipped_bit_anywhere_never_changes_what_is_read(body: bytes, data: st.DataObject) -> None:
    envelope = bytearray(wire.sign(TOPIC, body, "k1", KEY))
    envelope[data.draw(st.integers(0, len(envelope) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read = wire.verify(TOPIC, bytes(envelope), KEYS)
    except (wire.NotGenuine, wire.NotUnderstood):
        return
    assert read == body, "at most the unused bits of the signature's last letter may differ"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(bodies, st.data())
def test_a_flipped_bit_in_the_body_is_refused(body: bytes, data: st.DataObject) -> None:
    envelope = wire.sign(TOPIC, body, "k1", KEY)
    start = envelope.index(body)
    altered = bytearray(envelope)
    altered[start + data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((wire.NotGenuine, wire.NotUnderstood)):
        wire.verify(TOPIC, bytes(altered), KEYS)


def test_a_message_for_another_edge_an_unknown_key_and_another_signer_are_refused() -> None:
    envelope = wire.sign(TOPIC, b"{}", "k1", KEY)
    for topic, message in (
        (wire.Topics("main", "south").down("events-ack"), envelope),
        (wire.Topics("main", "north").down("roster-delta"), envelope),
        (TOPIC, wire.sign(TOPIC, b"{}", "k2", KEY)),
        (TOPIC, wire.sign(TOPIC, b"{}", "k1", OTHER)),
        (TOPIC, msgspec.json.encode({"key": "k1", "sig": "", "body": {}})),
        (TOPIC, msgspec.json.encode({"key": "k1", "sig": "żółw", "body": {}})),
    ):
        with pytest.raises(wire.NotGenuine):
            wire.verify(topic, message, KEYS)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=5000))
def test_what_is_packed_comes_out_again_and_large_messages_are_compressed(body: bytes) -> None:
    payload, kind = wire.pack_bytes(body)
    assert wire.unpack(payload, kind) == body
    assert (kind == wire.DEFLATED) == (len(body) > wire.COMPRESS_ABOVE)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=300), st.sampled_from([wire.PLAIN, wire.DEFLATED, ""]))
def test_any_bytes_are_understood_or_refused_and_nothing_else(payload: bytes, kind: str) -> None:
    try:
        wire.verify(TOPIC, wire.unpack(payload, kind), KEYS)
    except (wire.NotGenuine, wire.NotUnderstood):
        return
    raise AssertionError("nobody can guess a signature")


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zlib.compress(bytes(64 << 20), 9)
    assert len(bomb) < wire.LARGEST
    with pytest.raises(wire.NotUnderstood, match="too large"):
        wire.unpack(bomb, wire.DEFLATED)


def test_the_largest_message_is_unpacked_and_one_byte_more_is_not() -> None:
    assert len(wire.unpack(zlib.compress(bytes(wire.LARGEST)), wire.DEFLATED)) == wire.LARGEST
    for payload, kind in (
        (zlib.compress(bytes(wire.LARGEST + 1)), wire.DEFLATED),
        (bytes(wire.LARGEST + 1), wire.PLAIN),
        (zlib.compress(b"x" * 100)[:-3], wire.DEFLATED),
    ):
        with pytest.raises(wire.NotUnderstood):
            wire.unpack(payload, kind)


@pytest.mark.parametrize(
    "nested", [b'{"x":' * 40_000, b"[" * 100_000, b'{"key":"k1","sig":"","body":' + b"[" * 60_000 + b"]" * 60_000 + b"}"]
)
def test_a_message_nested_without_end_is_not_understood(nested: bytes) -> None:
    with pytest.raises(wire.NotUnderstood):
        wire.verify(TOPIC, nested, KEYS)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (wire.EventsAck, b'{"connection":1,"log_id":"x","upto":-1}'),
        (wire.EventsAck, b'{"connection":1,"log_id":"x","upto":99999999999999999999}'),
        (wire.EventsAck, b'{"connection":1,"log_id":"x"}'),
        (wire.RosterDelta, b'{"epoch":"e","from_rev":0,"to_rev":"1","ops":[]}'),
        (wire.RosterDelta, b'{"epoch":"e","from_rev":0,"to_rev":1e300,"ops":[]}'),
        (wire.EventsAck, b"\xff\xfe"),
        (wire.EventsAck, b"[]"),
    ],
)
def test_a_body_that_makes_no_sense_is_not_understood(kind: type[wire.Message], body: bytes) -> None:
    with pytest.raises(wire.NotUnderstood):
        wire.decode(body, kind)


def test_a_newer_central_may_say_more() -> None:
    assert wire.decode(b'{"connection":1,"log_id":"x","upto":5,"weather":"fine"}', wire.EventsAck) == wire.EventsAck(
        connection=1, log_id="x", upto=5
    )


def test_a_public_key_is_32_bytes_or_der_of_the_right_kind() -> None:
    import base64

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    raw = KEY.public_key().public_bytes_raw()
    der = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for good in (raw, der):
        assert wire.public_key(base64.b64encode(good).decode()).public_bytes_raw() == raw
    strange = X25519PrivateKey.generate().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for bad in (base64.b64encode(strange).decode(), "not base64!", base64.b64encode(raw[:31]).decode(), ""):
        with pytest.raises(ValueError, match=r".*"):
            wire.public_key(bad)
