"""Rotating codes: what they say, that nobody else can make them, and that another implementation makes the very same."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core import base32, rotating
from edge.core.errors import Invalid
from edge.core.rotating import SLICES, RotatingCode, card_secret, genuine, is_fresh, is_number, make, parse, slice_of

FILE: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "vectors" / "credentials.toml").read_text("utf-8"))
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER, SECRET, SLICE = "7Q2M4XK9TB", b"s" * 20, 58907520
GOOD = make(NUMBER, SECRET, SLICE)
quick = settings(max_examples=200, deadline=None, derandomize=True)
numbers = st.text(CROCKFORD, min_size=8, max_size=20)
slices = st.integers(0, SLICES - 1)


# An implementation of its own, from docs/credentials.md alone: RFC 2104 written out, base 32 by arithmetic.


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    padded = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in padded) + inner).digest()


def digits(value: int, count: int) -> str:
    return "".join(CROCKFORD[value // 32**i % 32] for i in reversed(range(count)))


def code_of(number: str, secret: bytes, slice: int) -> str:
    said = f"GR1-{number}-{digits(slice, 6)}"
    return f"{said}-{digits(int.from_bytes(hmac_sha256(secret, said.encode())[:10], 'big'), 16)}"


@pytest.mark.feature("X-1", "X-2")
@pytest.mark.parametrize("v", FILE["rotating"], ids=lambda v: v["text"])
def test_a_code_is_what_the_vectors_and_another_implementation_say(v: dict[str, Any]) -> None:
    secret = hmac_sha256(bytes.fromhex(v["master"]), b"gatelatch GR1 card secret " + v["number"].encode())[:20]
    assert secret.hex() == v["secret"] == card_secret(bytes.fromhex(v["master"]), v["number"]).hex()
    assert v["at"] // 30_000 == v["slice"] == slice_of(v["at"])
    assert code_of(v["number"], secret, v["slice"]) == v["text"] == make(v["number"], secret, v["slice"])
    read = parse(v["text"])
    assert read is not None
    assert (read.number, read.slice) == (v["number"], v["slice"])
    assert genuine(read, secret)


@pytest.mark.parametrize("text", [v["text"] for v in FILE["rotating_malformed"]])
def test_what_is_not_exactly_a_code_is_none(text: str) -> None:
    assert parse(text) is None


@quick
@given(numbers, st.binary(max_size=100), slices)
def test_a_code_that_was_made_reads_back_and_is_genuine(number: str, secret: bytes, slice: int) -> None:
    text = make(number, secret, slice)
    assert text == code_of(number, secret, slice)
    read = parse(text)
    assert read == RotatingCode(number=number, slice=slice, mac=hmac_sha256(secret, text[:-17].encode())[:10])
    assert genuine(read, secret)
    assert not genuine(read, secret + b"x")


@quick
@given(st.text(max_size=60))
def test_any_text_is_read_or_is_none(text: str) -> None:
    read = parse(text)
    assert read is None or len(read.mac) == 10


@quick
@given(st.integers(0, len(GOOD) - 1), st.characters())
def test_no_other_character_anywhere_leaves_a_code_genuine(at: int, other: str) -> None:
    changed = GOOD[:at] + other + GOOD[at + 1 :]
    read = parse(changed)
    assert changed == GOOD or read is None or not genuine(read, SECRET)


def test_a_code_is_genuine_for_its_own_number_slice_and_secret_alone() -> None:
    read = parse(GOOD)
    assert read is not None
    assert genuine(read, SECRET)
    assert not genuine(RotatingCode(number=NUMBER, slice=SLICE + 1, mac=read.mac), SECRET)
    assert not genuine(RotatingCode(number="7Q2M4XK9TC", slice=SLICE, mac=read.mac), SECRET)
    assert not genuine(RotatingCode(number=NUMBER, slice=SLICE, mac=read.mac[:9]), SECRET)
    assert not genuine(RotatingCode(number=NUMBER, slice=SLICE, mac=b""), SECRET)
    assert not genuine(read, card_secret(b"m" * 32, NUMBER))


def test_a_slice_is_thirty_seconds() -> None:
    assert [slice_of(ms) for ms in (0, 29_999, 30_000, 59_999, 60_000)] == [0, 0, 1, 1, 2]


@pytest.mark.parametrize(("ahead", "fresh"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_the_slice_before_and_the_slice_after_are_fresh_too(ahead: int, fresh: bool) -> None:
    for now_ms in (SLICE * 30_000, SLICE * 30_000 + 29_999):
        assert is_fresh(SLICE + ahead, now_ms) is fresh


def test_each_number_and_each_master_key_has_a_secret_of_its_own() -> None:
    found = {card_secret(master, number) for master in (b"a" * 32, b"b" * 32) for number in ("00000000", "00000001", "000000000")}
    assert len(found) == 6
    assert {len(s) for s in found} == {rotating.SECRET_BYTES} == {20}


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("0" * 7, False),
        ("0" * 8, True),
        ("Z" * 20, True),
        ("Z" * 21, False),
        ("ABCDEFGI", False),
        ("abcdefgh", False),
        ("ABCDEFGH\n", False),
    ],
)
def test_a_number_is_8_to_20_characters_of_base_32(number: str, good: bool) -> None:
    assert is_number(number) is good


def test_a_number_made_here_fits_the_smallest_qr_of_a_card() -> None:
    assert len(make("0" * rotating.NUMBER_LENGTH, SECRET, SLICE)) == 38


@pytest.mark.parametrize(
    ("number", "slice", "field"),
    [("short", 1, "number"), (NUMBER, -1, "slice"), (NUMBER, SLICES, "slice"), (NUMBER, 1 << 70, "slice")],
)
def test_no_code_is_made_of_what_could_not_be_read_back(number: str, slice: int, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make(number, SECRET, slice)
    assert refused.value.field == field
    assert (
        refused.value.message
        == {
            "number": "the number of a rotating card is 8 to 20 digits and capital letters, without I, L, O and U",
            "slice": "a slice is a number from 0 to 1073741823",
        }[field]
    )
    with pytest.raises(Invalid):
        genuine(RotatingCode(number=number, slice=slice, mac=b"m" * 10), SECRET)


def test_the_last_slice_is_read_back() -> None:
    read = parse(make(NUMBER, SECRET, SLICES - 1))
    assert read is not None
    assert read.slice == SLICES - 1


@quick
@given(st.binary(max_size=40))
def test_bytes_come_back_from_base_32(data: bytes) -> None:
    text = base32.encode(data)
    assert text == digits(int.from_bytes(data, "big") << (-8 * len(data)) % 5, -(-len(data) * 8 // 5))
    assert base32.decode(text) == data


@quick
@given(st.text(CROCKFORD + "ILOUilou1a= -ß２", max_size=12))
def test_base_32_that_nobody_would_write_is_none(text: str) -> None:
    data = base32.decode(text)
    assert data is None or base32.encode(data) == text


@pytest.mark.parametrize("text", ["0", "000", "01", "zz", "00======", "O0", "ZZ"])
def test_base_32_with_bits_left_over_is_none(text: str) -> None:
    assert base32.decode(text) is None
