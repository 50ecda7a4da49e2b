"""From what a reader saw to what is looked up: canonical text, keyed hash, last four."""

from __future__ import annotations

import re
from hashlib import blake2b

from edge.core import rotating
from edge.core.model import CredentialKind, Reading
from edge.core.plate import plate_key

MAX_LENGTH = 512
"""Longest code accepted, characters. Version 40 QR codes hold 4 296 alphanumerics; nobody's ticket needs them."""

_HEX = re.compile(r"[0-9A-F]{4,40}")
_SPACES = {CredentialKind.UID: b"u:", CredentialKind.PIN: b"p:", CredentialKind.ROTATING_QR: b"r:"}
_PIN = re.compile(r"[0-9]{4,12}")
_SEPARATORS = re.compile(r"[\s:\-]")


def canonical(kind: CredentialKind, text: str) -> str | None:
    """The one form under which a credential is registered and looked up, or None when the text is malformed.

    QR and barcode: printable characters as they are (codes are opaque), at most MAX_LENGTH. UID: hex digits, upper case,
    without separators. Plate: see plate.plate_key. PIN: 4 to 12 digits. Rotating code: the card's number. A signed pass has none.
    """
    if len(text) > MAX_LENGTH:
        return None
    if kind is CredentialKind.PLATE:
        return plate_key(text) or None
    if kind is CredentialKind.UID:
        uid = _SEPARATORS.sub("", text).upper()
        return uid if _HEX.fullmatch(uid) else None
    if kind is CredentialKind.SIGNED_PASS:
        return None
    code = text.strip()
    if kind is CredentialKind.PIN:
        return code if _PIN.fullmatch(code) else None
    if kind is CredentialKind.ROTATING_QR:
        return code if rotating.is_number(code) else None
    return code if code and code.isprintable() and "\ufffd" not in code else None


def lookup_key(secret: bytes, kind: CredentialKind, code: str) -> bytes:
    """The 16-byte keyed hash (BLAKE2b, RFC 7693) under which the roster keeps a canonical code.

    QR and barcode share a name space: the same card is often printed as both. The others do not: the number of a rotating
    card, printed as a plain code, is nobody's.
    """
    space = _SPACES.get(kind, b"c:")
    return blake2b(space + code.encode(), digest_size=16, key=secret).digest()


def pin_key(secret: bytes, card: str, pin: str) -> bytes:
    """The 16-byte keyed hash under which the roster keeps the PIN of a card: the same digits differ from card to card."""
    return blake2b(b"n:" + card.encode() + b":" + pin.encode(), digest_size=16, key=secret).digest()


def rotating_master(secret: bytes) -> bytes:
    """The site's key for rotating codes, 32 bytes, derived from the one that look-ups use."""
    return blake2b(b"gatelatch rotating codes", digest_size=32, key=secret).digest()


def is_pin(text: str) -> bool:
    """4 to 12 digits."""
    return _PIN.fullmatch(text) is not None


def shown_kind(reading: Reading) -> CredentialKind:
    """What was really shown: a QR code may be a rotating code or a signed pass, by how it begins."""
    if reading.kind is CredentialKind.QR:
        if reading.text.startswith("GR1-"):
            return CredentialKind.ROTATING_QR
        if reading.text.startswith("GS1-"):
            return CredentialKind.SIGNED_PASS
    return reading.kind


def last4(code: str) -> str:
    """What is shown of a code: its last four characters; short codes show half."""
    return code[-4:] if len(code) >= 8 else code[len(code) // 2 :]
