"""Signed passes: what they say is what was signed; whatever is shown to a reader, nothing raises and nothing else is believed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core import base32, signed_pass
from edge.core.credential import MAX_LENGTH
from edge.core.errors import Invalid
from edge.core.signed_pass import Pass, SealedPass, make, new_key, parse, verified

FILE: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "vectors" / "credentials.toml").read_text("utf-8"))
PRIVATE, PUBLIC = new_key(bytes.fromhex(FILE["pass"][0]["seed"]))
ID = "0199aef0-7c00-7000-8000-000000000001"
ADA = Pass(id=ID, name="Ada Lovelace", kind="guest", valid_from=1767225600000, valid_to=1767312000000, zones=("garage",), uses=2)
GOOD = make(ADA, "K1", PRIVATE)
quick = settings(max_examples=200, deadline=None, derandomize=True)

plain = st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=10)
ids = plain | st.uuids().map(str) | st.uuids().map(lambda u: str(u).upper())
seconds = st.integers(0, 2**32 - 1)


@st.composite
def passes(draw: st.DrawFn) -> Pass:
    since, until = sorted(draw(st.lists(seconds, min_size=2, max_size=2, unique=True)))
    return Pass(
        id=draw(ids), name=draw(plain), kind=draw(st.from_regex(r"[a-z][a-z0-9_]{0,15}", fullmatch=True)),
        valid_from=since * 1000, valid_to=until * 1000, zones=tuple(draw(st.lists(ids, min_size=1, max_size=3, unique=True))),
        uses=draw(st.none() | st.integers(1, 9999)),
    )  # fmt: skip


# A writer of its own, from docs/credentials.md alone: the few forms of msgpack that a pass needs, by hand.


def packed(value: Any) -> bytes:
    if value is None:
        return b"\xc0"
    if isinstance(value, bytes):
        return bytes((0xC4, len(value))) + value
    if isinstance(value, str):
        raw = value.encode()
        return (bytes((0xA0 | len(raw),)) if len(raw) < 32 else bytes((0xD9, len(raw)))) + raw
    if isinstance(value, tuple):
        return bytes((0x90 | len(value),)) + b"".join(packed(v) for v in value)
    size, mark = next((n, m) for n, m in ((0, 0), (1, 0xCC), (2, 0xCD), (4, 0xCE)) if value < (128 if n == 0 else 256**n))
    return bytes((value,)) if size == 0 else bytes((mark,)) + value.to_bytes(size, "big")


def written(says: dict[str, Any]) -> bytes:
    def short(id: str) -> bytes | str:
        return bytes.fromhex(id.replace("-", "")) if len(id) == 36 and id == id.lower() and id.count("-") == 4 else id

    zones = tuple(short(z) for z in says["zones"])
    window = (says["valid_from"] // 1000, says["valid_to"] // 1000)
    return packed((short(says["id"]), says["name"], says["kind"], *window, zones, says.get("uses")))


def test_the_key_of_the_vectors_is_that_of_rfc_8032() -> None:
    assert PRIVATE.hex() == "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
    assert PUBLIC.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    with pytest.raises(ValueError, match="32 bytes"):
        new_key(b"short")


@pytest.mark.parametrize("v", FILE["pass"], ids=lambda v: v["name"])
def test_a_pass_is_what_the_vectors_say(v: dict[str, Any]) -> None:
    says = msgspec.convert(v["says"], Pass)
    assert make(says, v["key_id"], bytes.fromhex(v["seed"])) == v["text"]
    sealed = parse(v["text"])
    assert sealed is not None
    assert sealed.says == says
    assert (sealed.key_id, sealed.body.hex(), len(sealed.signature)) == (v["key_id"], v["body"], 64)
    assert written(v["says"]).hex() == v["body"]
    assert sealed.signed == f"GS1-{v['key_id']}-".encode() + sealed.body
    assert verified(sealed, bytes.fromhex(v["public"]))


@pytest.mark.parametrize("v", FILE["pass_malformed"], ids=lambda v: v["why"])
def test_what_make_could_not_have_made_is_none_however_well_it_is_signed(v: dict[str, Any]) -> None:
    assert parse(v["text"]) is None


@pytest.mark.parametrize("v", FILE["pass_unsigned"], ids=lambda v: v["why"])
def test_what_was_not_signed_so_is_not_verified(v: dict[str, Any]) -> None:
    sealed = parse(v["text"])
    assert sealed is not None
    assert not verified(sealed, PUBLIC)


@quick
@given(passes(), st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=1, max_size=8))
def test_a_pass_that_was_made_reads_back_and_is_verified(says: Pass, key_id: str) -> None:
    sealed = parse(make(says, key_id, PRIVATE))
    assert sealed is not None
    assert (sealed.says, sealed.key_id) == (says, key_id)
    assert verified(sealed, PUBLIC)
    assert not verified(sealed, new_key(bytes(32))[1])


@quick
@given(st.text(max_size=600) | st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", max_size=600).map("GS1-K1-".__add__))
def test_any_text_is_read_or_is_none(text: str) -> None:
    sealed = parse(text)
    assert sealed is None or not verified(sealed, PUBLIC)


@quick
@given(st.binary(max_size=200))
def test_any_body_however_signed_is_none_or_a_pass_that_can_be_made_again(body: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    signature = Ed25519PrivateKey.from_private_bytes(PRIVATE).sign(b"GS1-K1-" + body)
    text = "GS1-K1-" + base32.encode(body + signature)
    sealed = parse(text)
    assert sealed is None or make(sealed.says, "K1", PRIVATE) == text


@quick
@given(st.data(), passes())
def test_a_pass_changed_anywhere_is_none_or_not_verified(data: st.DataObject, says: Pass) -> None:
    text = make(says, "K1", PRIVATE)
    at = data.draw(st.integers(0, len(text) - 1))
    way = data.draw(st.sampled_from(("other", "gone", "twice", "cut")))
    other = data.draw(st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ-"))
    changed = {
        "other": text[:at] + other + text[at + 1 :],
        "gone": text[:at] + text[at + 1 :],
        "twice": text[:at] + text[at] + text[at:],
        "cut": text[:at],
    }[way]
    sealed = parse(changed)
    assert changed == text or sealed is None or not verified(sealed, PUBLIC)


@quick
@given(st.data())
def test_a_body_with_any_byte_changed_never_raises(data: st.DataObject) -> None:
    sealed = parse(GOOD)
    assert sealed is not None
    at, byte = data.draw(st.integers(0, len(sealed.body) - 1)), data.draw(st.integers(0, 255))
    body = sealed.body[:at] + bytes((byte,)) + sealed.body[at + 1 :]
    read = parse("GS1-K1-" + base32.encode(body + sealed.signature))
    assert body == sealed.body or read is None or not verified(read, PUBLIC)


@pytest.mark.parametrize("public", [b"", b"short", PUBLIC + b"x", bytes(32)])
def test_a_key_that_is_none_verifies_nothing(public: bytes) -> None:
    sealed = parse(GOOD)
    assert sealed is not None
    assert verified(sealed, PUBLIC)
    assert not verified(sealed, public)
    assert not verified(SealedPass(key_id="K1", body=sealed.body, signature=b"", says=ADA), PUBLIC)


@pytest.mark.parametrize(
    ("field", "values", "refused"),
    [
        ("id", ("A", "A" * 40), ("", "A" * 41, "a\x00b", " a", "\ud800")),
        ("name", ("A", "A" * 40, "Żółć", "a b"), ("", "A" * 41, "a\nb", "a ", "\u202eA")),
        ("kind", ("g", "g" * 16, "a_1"), ("", "g" * 17, "G", "1a", "a-b", "g\n")),
        ("valid_from", (0, 1767311999000), (-1000, 1500, 1767312000000)),
        ("valid_to", (1767225601000, 4294967295000), (1767225600000, 1767225600500, 4294967296000, 1 << 80)),
        ("zones", (("a",), tuple("abcdefghij")), ((), tuple("abcdefghijk"), ("a", "a"), ("a", ""), ("a", "b\n"), ("A" * 41,))),
        ("uses", (None, 1, 9999), (0, -1, 10000)),
    ],
)
def test_a_pass_carries_this_and_refuses_that(field: str, values: tuple[Any, ...], refused: tuple[Any, ...]) -> None:
    for value in values:
        says = msgspec.structs.replace(ADA, **{field: value})
        sealed = parse(make(says, "K1", PRIVATE))
        assert sealed is not None
        assert sealed.says == says
    for value in refused:
        with pytest.raises(Invalid) as error:
            make(msgspec.structs.replace(ADA, **{field: value}), "K1", PRIVATE)
        assert error.value.field in (field, "valid_to")
        assert error.value.message


@pytest.mark.parametrize("key_id", ["", "K" * 9, "k1", "K-1", "O", "K1\n"])
def test_a_key_id_is_1_to_8_characters_of_base_32(key_id: str) -> None:
    with pytest.raises(Invalid) as refused:
        make(ADA, key_id, PRIVATE)
    assert refused.value.field == "key_id"
    assert parse(make(ADA, "Z" * 8, PRIVATE)) is not None


def test_a_pass_of_ten_uuids_fits_and_what_would_be_longer_than_a_code_may_be_is_refused() -> None:
    zones = tuple(f"0199aef0-7c00-7000-8000-00000000000{n}" for n in range(10))
    text = make(msgspec.structs.replace(ADA, zones=zones), "K1", PRIVATE)
    assert len(text) <= MAX_LENGTH
    assert parse(text) is not None
    with pytest.raises(Invalid) as refused:
        make(msgspec.structs.replace(ADA, zones=tuple(z.upper() for z in zones)), "K1", PRIVATE)
    assert refused.value.field == "zones"


@pytest.mark.parametrize(("more", "read"), [(0, True), (1, False)])
def test_a_text_as_long_as_a_code_may_be_is_read_and_a_longer_one_is_not(more: int, read: bool) -> None:
    # 512 = 8 + 504 characters of base 32, which hold 315 bytes: 64 of signature, 251 of body.
    zones = tuple(f"{n}" * 25 for n in range(7))
    bare = len(written(msgspec.structs.asdict(msgspec.structs.replace(ADA, zones=zones))))
    says = msgspec.structs.replace(ADA, zones=(*zones, "z" * (250 - bare + more)))
    body = written(msgspec.structs.asdict(says))
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    text = "GS1-K12-" + base32.encode(body + Ed25519PrivateKey.from_private_bytes(PRIVATE).sign(b"GS1-K12-" + body))
    assert (parse(text) is not None) is read
    if read:
        assert len(text) == MAX_LENGTH
        assert make(says, "K12", PRIVATE) == text
    else:
        with pytest.raises(Invalid, match=r"^with these zones and this name it is longer than 512 characters$"):
            make(says, "K12", PRIVATE)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("id", "", "an id has 1 to 40 characters that can be printed"),
        ("name", "", "a name has 1 to 40 characters that can be printed"),
        ("kind", "", "a kind is 1 to 16 small letters, digits and _, the first a letter"),
        ("valid_from", 1, "times are in whole seconds"),
        ("valid_to", 0, "it begins in 1970 or later, ends after it began and before 2106"),
        ("zones", (), "a pass has 1 to 10 zones, each once"),
        ("zones", ("",), "a zone id has 1 to 40 characters that can be printed"),
        ("uses", 0, "1 to 9999 entries, or no limit"),
    ],
)
def test_a_refusal_says_what_would_do(field: str, value: Any, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        make(msgspec.structs.replace(ADA, **{field: value}), "K1", PRIVATE)
    assert (refused.value.message, refused.value.field) == (message, field)


def test_a_gate_without_signed_passes_never_loads_the_signing_library() -> None:
    asks = f"import sys; from {signed_pass.__name__} import parse; assert parse({GOOD!r}); assert 'cryptography' not in sys.modules"
    subprocess.run([sys.executable, "-c", asks], check=True, cwd=Path(__file__).parents[2])
