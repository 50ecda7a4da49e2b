"""What a reader saw becomes one canonical code, or is malformed; it is kept as a keyed hash."""

from __future__ import annotations

from hashlib import blake2b

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.credential import MAX_LENGTH, canonical, is_pin, last4, lookup_key, pin_key, rotating_master, shown_kind
from edge.core.model import CredentialKind, Reading

K = CredentialKind


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (K.QR, "  ABC-123 ", "ABC-123"),
        (K.QR, "", None),
        (K.QR, "   ", None),
        (K.QR, "A\x00B", None),
        (K.QR, "A\ufffdB", None),
        (K.QR, "A" * MAX_LENGTH, "A" * MAX_LENGTH),
        (K.QR, "A" * (MAX_LENGTH + 1), None),
        (K.BARCODE, "5901234123457", "5901234123457"),
        (K.UID, "04:a2-b3 c4", "04A2B3C4"),
        (K.UID, "04A", None),
        (K.UID, "04A2B3G4", None),
        (K.UID, "0" * 41, None),
        (K.PLATE, "wx 12-34a", "WX1234A"),
        (K.PLATE, "W", None),
        (K.PLATE, "!!", None),
        (K.PLATE, "ABCDEFGHIJK", None),
    ],
)
def test_one_form_under_which_it_is_looked_up(kind: CredentialKind, text: str, code: str | None) -> None:
    assert canonical(kind, text) == code


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(K), st.text(max_size=40))
def test_the_canonical_form_of_a_canonical_form_is_itself(kind: CredentialKind, text: str) -> None:
    code = canonical(kind, text)
    assert code is None or canonical(kind, code) == code


def test_a_qr_code_and_a_barcode_are_the_same_card_and_a_tag_is_another() -> None:
    key = b"k" * 32
    assert lookup_key(key, K.QR, "04A2B3C4") == lookup_key(key, K.BARCODE, "04A2B3C4") != lookup_key(key, K.UID, "04A2B3C4")
    assert lookup_key(key, K.QR, "X") != lookup_key(b"l" * 32, K.QR, "X")


@pytest.mark.parametrize(("code", "shown"), [("ABCDEFGH", "EFGH"), ("ABCD", "CD"), ("A", "A"), ("ABCDEFG", "DEFG")])
def test_never_more_than_half_of_a_short_code_is_shown(code: str, shown: str) -> None:
    assert last4(code) == shown


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (K.PIN, " 1234 ", "1234"),
        (K.PIN, "123456789012", "123456789012"),
        (K.PIN, "123", None),
        (K.PIN, "1234567890123", None),
        (K.PIN, "12a4", None),
        (K.ROTATING_QR, "7Q2M4XK9TB", "7Q2M4XK9TB"),
        (K.ROTATING_QR, "short", None),
        (K.SIGNED_PASS, "GS1-1-ABC", None),
    ],
)
def test_pins_and_numbers_have_a_form_and_passes_have_none(kind: CredentialKind, text: str, code: str | None) -> None:
    assert canonical(kind, text) == code


def test_the_same_text_of_another_kind_is_another_credential() -> None:
    keys = {lookup_key(b"k" * 32, kind, "12345678") for kind in (K.QR, K.UID, K.PIN, K.ROTATING_QR)}
    assert len(keys) == 4
    assert lookup_key(b"k" * 32, K.PLATE, "X") == lookup_key(b"k" * 32, K.QR, "X")


def test_keys_are_what_another_implementation_works_out() -> None:
    """BLAKE2b of 16 bytes, keyed, over the kind's letter and the code: kept in databases, so it never changes."""
    for kind, letter in ((K.QR, b"c"), (K.UID, b"u"), (K.PIN, b"p"), (K.ROTATING_QR, b"r")):
        assert lookup_key(b"k" * 32, kind, "ABCD") == blake2b(letter + b":ABCD", digest_size=16, key=b"k" * 32).digest()
    assert pin_key(b"k" * 32, "card-1", "2468") == blake2b(b"n:card-1:2468", digest_size=16, key=b"k" * 32).digest()
    master = blake2b(b"gatelatch rotating codes", digest_size=32, key=b"k" * 32).digest()
    assert rotating_master(b"k" * 32) == master


@pytest.mark.parametrize(("text", "right"), [("1234", True), ("123456789012", True), ("123", False), ("12 34", False), ("", False)])
def test_a_pin_has_four_to_twelve_digits(text: str, right: bool) -> None:
    assert is_pin(text) is right


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        (K.QR, "GR1-A", K.ROTATING_QR),
        (K.QR, "GS1-A", K.SIGNED_PASS),
        (K.QR, "gr1-a", K.QR),
        (K.QR, "GR1", K.QR),
        (K.QR, "GS1", K.QR),
        (K.QR, "X GR1-A", K.QR),
        (K.BARCODE, "GR1-A", K.BARCODE),
        (K.UID, "GS1-A", K.UID),
    ],
)
def test_a_qr_code_may_turn_out_to_be_a_rotating_one_or_a_pass(kind: CredentialKind, text: str, shown: CredentialKind) -> None:
    assert shown_kind(Reading(reader="r", access_point="a", kind=kind, text=text)) is shown


@pytest.mark.parametrize(("code", "shown"), [("ABCDEFGHI", "FGHI"), ("ABCDEFGH", "EFGH"), ("ABCDEF", "DEF"), ("", "")])
def test_of_a_long_code_the_last_four_are_shown(code: str, shown: str) -> None:
    assert last4(code) == shown
