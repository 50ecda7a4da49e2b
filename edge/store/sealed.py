"""Codes of cards, kept so that a card can be printed again, and numbers of identity documents: sealed by AES-256-GCM with a key from a file of its own.

The roster knows a card by a keyed hash of its code; whoever copies all databases learns no code. The key file is 0600, made at
the first start and in no backup: without it cards go on opening, but must be given new codes to be printed again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from edge.core.model import CredentialKind
from edge.store.files import MODE_PRIVATE, sync_folder
from edge.store.secrets import Secrets

KEY_BYTES = 32
_NONCE = 12

DOCUMENT, CHANGE = "document", "change"
Change = tuple[str, CredentialKind | str | None, str]
"""(card, kind, code) of a card with a new code, or (what names it, DOCUMENT, number) of an identity document, or (what names it, CHANGE,
code) of a code that central is still to hear of; kind None: it is gone."""


class Codes(Protocol):
    """Where the roster's writer leaves the codes of cards."""

    def keep(self, changes: Sequence[Change]) -> None:
        """Take these over, in order, durable on return. Called just before the roster commits: what then does not commit costs a
        reprint, and nothing of a deleted card is left behind."""

    def keep_sealed(self, codes: Sequence[tuple[str, bytes]]) -> None:
        """Codes of new cards that are sealed already, durable on return."""

    def open(self, card: str) -> str | None:
        """The code of a card; None when it is not kept or cannot be unsealed. The caller compares it with the roster's hash."""


class SealedCodes:
    """Codes of these kinds, sealed in secrets.db; codes of others are not kept, and what was kept of such a card is erased."""

    def __init__(self, secrets: Secrets, key: bytes, kinds: Sequence[CredentialKind]) -> None:
        self._secrets, self._key, self._kinds = secrets, key, frozenset(kinds)

    def keep(self, changes: Sequence[Change]) -> None:
        self._secrets.put_codes(
            [
                (card, seal(self._key, code.encode(), card) if kind in (DOCUMENT, CHANGE) or kind in self._kinds else None)
                for card, kind, code in changes
            ]
        )

    def keep_sealed(self, codes: Sequence[tuple[str, bytes]]) -> None:
        if codes:
            self._secrets.put_codes(codes)

    def open(self, card: str) -> str | None:
        sealed = self._secrets.code(card)
        code = unseal(self._key, sealed, card) if sealed is not None else None
        return code.decode() if code is not None else None


def seal(key: bytes, plain: bytes, about: str) -> bytes:
    """plain under the key, bound to what it is about: nonce, then AES-256-GCM."""
    # Imported here: a gate whose cards do not change never pays its 9 MB.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, about.encode())


def unseal(key: bytes, sealed: bytes, about: str) -> bytes | None:
    """None: sealed with a key that was lost, about something else, or damaged."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
    except (InvalidTag, ValueError):
        return None


def sealing_key(path: Path) -> bytes:
    """The key in this file, made the first time. One that is no key is moved aside: the gate must start, and only reprints are lost."""
    if path.exists():
        key = path.read_bytes()
        if len(key) == KEY_BYTES:
            return key
        path.replace(path.with_name(path.name + ".damaged"))
    key, part = os.urandom(KEY_BYTES), path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    fd = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, MODE_PRIVATE)
    try:
        os.write(fd, key)
        os.fsync(fd)
    finally:
        os.close(fd)
    part.replace(path)
    sync_folder(path.parent)
    return key
