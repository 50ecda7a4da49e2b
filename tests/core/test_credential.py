"""What a reader saw becomes one canonical code, or is malformed; it is kept as a keyed hash."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.credential import MAX_LENGTH, canonical, last4, lookup_key
from edge.core.model import CredentialKind

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
