"""Ids, tokens and codes from the system's randomness: made in the shell, handed to everything below it."""

from __future__ import annotations

import os
import secrets
import time

from edge.core.base32 import ALPHABET

CODE_LENGTH = 20


def uuid7() -> str:
    """A UUIDv7 (RFC 9562): 48 bits of ms since 1970, then 74 random bits; text sorts by time."""
    ms = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (ms & (1 << 48) - 1) << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def new_token() -> str:
    """A session token: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """A card code: 100 random bits in Crockford's base 32, which a QR code keeps small (alphanumeric mode)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
