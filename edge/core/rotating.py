"""The rotating QR code GR1: a card number, a slice of time, and a MAC that only the holder's phone and this site can make.

    GR1-<number>-<slice>-<mac>          GR1-7Q2M4XK9TB-1R8PN0-3J9W0ZC5V7HD2KAE

number: 8 to 20 characters of base 32, the card's look-up code. slice: 30-second slices since 1970 UTC, 6 characters of base 32 as a
number with leading zeros. mac: the first 80 bits of HMAC-SHA-256 over the text before its hyphen, keyed with the card's secret.
Whether a slice is still good and was not used before is for the rules; here is what the text says and whether it is genuine.
"""

from __future__ import annotations

import hmac
import re

from edge.core import base32
from edge.core.errors import Invalid
from edge.core.model import Value

SLICE_S = 30
"""How long one code is shown, seconds."""
TOLERANCE = 1
"""How many slices before and after the present one are taken: a phone's clock may be off by this much."""
NUMBER_LENGTH = 10
"""Characters of a number made here: 50 random bits, and the whole code is 38 characters, the most that a 25 x 25 QR (2-M) holds."""
SECRET_BYTES = 20
SLICES = 32**6
"""Slices that six characters can say: they last until the year 2990."""

_MAC_BYTES = 10
_NUMBER = re.compile(rf"[{base32.ALPHABET}]{{8,20}}")
_CODE = re.compile(rf"(GR1-({_NUMBER.pattern})-([{base32.ALPHABET}]{{6}}))-([{base32.ALPHABET}]{{16}})")


class RotatingCode(Value, frozen=True, kw_only=True):
    """What a rotating code says, genuine or not."""

    number: str
    slice: int
    mac: bytes


def parse(text: str) -> RotatingCode | None:
    """What the code says; None for anything that is not exactly a GR1 code (capital letters, nothing around it)."""
    found = _CODE.fullmatch(text)
    if found is None:
        return None
    mac = base32.decode(found[4])
    return None if mac is None else RotatingCode(number=found[2], slice=_slice_said(found[3]), mac=mac)


def make(number: str, secret: bytes, slice: int) -> str:
    """The code of a card in a slice. Raises Invalid when there is no such number or slice."""
    said = _said(number, slice)
    return f"{said}-{base32.encode(_mac(secret, said))}"


def genuine(code: RotatingCode, secret: bytes) -> bool:
    """Was it made with this secret. Takes the same time whatever is wrong with it. Raises Invalid as make() does."""
    return hmac.compare_digest(code.mac, _mac(secret, _said(code.number, code.slice)))


def slice_of(at_ms: int) -> int:
    """The slice in which this moment lies."""
    return at_ms // (SLICE_S * 1000)


def is_fresh(slice: int, now_ms: int) -> bool:
    """Is this slice the present one or within TOLERANCE of it, before or after."""
    return abs(slice - slice_of(now_ms)) <= TOLERANCE


def card_secret(master: bytes, number: str) -> bytes:
    """The secret of a card, 20 bytes: from the site's master key and the number, so that none is stored and a new number is a new secret."""
    return hmac.digest(master, b"gatelatch GR1 card secret " + number.encode(), "sha256")[:SECRET_BYTES]


def is_number(text: str) -> bool:
    """Can this be the number of a rotating card."""
    return _NUMBER.fullmatch(text) is not None


def _said(number: str, slice: int) -> str:
    if not is_number(number):
        raise Invalid("the number of a rotating card is 8 to 20 digits and capital letters, without I, L, O and U", field="number")
    if not 0 <= slice < SLICES:
        raise Invalid(f"a slice is a number from 0 to {SLICES - 1}", field="slice")
    digits = "".join(base32.ALPHABET[slice >> shift & 31] for shift in range(25, -1, -5))
    return f"GR1-{number}-{digits}"


def _slice_said(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value << 5 | base32.ALPHABET.index(digit)
    return value


def _mac(secret: bytes, said: str) -> bytes:
    return hmac.digest(secret, said.encode(), "sha256")[:_MAC_BYTES]
