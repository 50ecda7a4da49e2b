"""Bytes as capital letters and digits, and back: Crockford's base 32, each value written in exactly one way.

Crockford's alphabet leaves out I, L, O and U, so that a number read out over a phone is typed right; it is that of card codes too.
All of it is in the alphabet of QR's alphanumeric mode. Bits go most significant first, the last character is filled with zeros.
"""

from __future__ import annotations

from base64 import b32decode, b32encode
from binascii import Error

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RFC4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO, _FROM = str.maketrans(_RFC4648, ALPHABET), str.maketrans(ALPHABET, _RFC4648)


def encode(data: bytes) -> str:
    """The text of these bytes, without padding."""
    return b32encode(data).decode().rstrip("=").translate(_TO)


def decode(text: str) -> bytes | None:
    """The bytes of a text that encode() makes; None for every other text (small letters, wrong length, bits left over)."""
    if not set(text) <= set(ALPHABET):
        return None
    try:
        data = b32decode(text.translate(_FROM) + "=" * (-len(text) % 8))
    except Error:
        return None
    return data if encode(data) == text else None
