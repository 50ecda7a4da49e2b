"""From what a reader saw to what is looked up: canonical text, keyed hash, last four."""

from __future__ import annotations

import re
from hashlib import blake2b

from edge.core.model import CredentialKind
from edge.core.plate import plate_key

MAX_LENGTH = 512
"""Longest code accepted, characters. Version 40 QR codes hold 4 296 alphanumerics; nobody's ticket needs them."""

_HEX = re.compile(r"[0-9A-F]{4,40}")
_SEPARATORS = re.compile(r"[\s:\-]")


def canonical(kind: CredentialKind, text: str) -> str | None:
    """The one form under which a credential is registered and looked up, or None when the text is malformed.

    QR and barcode: printable characters as they are (codes are opaque), at most MAX_LENGTH. UID: hex digits, upper case,
    without separators. Plate: see plate.plate_key.
    """
    if len(text) > MAX_LENGTH:
        return None
    if kind is CredentialKind.PLATE:
        return plate_key(text) or None
    if kind is CredentialKind.UID:
        uid = _SEPARATORS.sub("", text).upper()
        return uid if _HEX.fullmatch(uid) else None
    code = text.strip()
    return code if code and code.isprintable() and "\ufffd" not in code else None


def lookup_key(secret: bytes, kind: CredentialKind, code: str) -> bytes:
    """The 16-byte keyed hash (BLAKE2b, RFC 7693) under which the roster keeps a canonical code.

    QR and barcode share a name space: the same card is often printed as both.
    """
    space = b"u:" if kind is CredentialKind.UID else b"c:"
    return blake2b(space + code.encode(), digest_size=16, key=secret).digest()


def last4(code: str) -> str:
    """What is shown of a code: its last four characters; short codes show half."""
    return code[-4:] if len(code) >= 8 else code[len(code) // 2 :]
