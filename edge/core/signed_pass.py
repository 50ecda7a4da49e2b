"""The signed pass GS1: who may come in where and when, signed, so that a gate with no record of it can trust it.

    GS1-<key id>-<base 32 of body and signature>

body: a msgpack array [id, name, kind, valid_from, valid_to, zones, uses], every value in its shortest form; times in whole seconds
since 1970 UTC, uses nil or a number; an id that is a UUID in small letters is its 16 bytes (bin), any other is text. signature: the
64 bytes of Ed25519 (RFC 8032) over the text "GS1-<key id>-" followed by the body.

Base 32 rather than base 45: 7 % longer, but without the space and the % + / that keyboard readers and links change. Measured at error
correction M: a pass with a UUID, a name of 12 letters and one zone is 219 characters, a version 8 QR (49 modules a side); with four
zones 305 and version 10 (57); ten zones are the most that fit.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from edge.core import base32
from edge.core.credential import MAX_LENGTH
from edge.core.errors import Invalid
from edge.core.model import Value

LONGEST_NAME = 40
LONGEST_ID = 40
MOST_ZONES = 10
MOST_USES = 9999
LAST_SECOND = 2**32 - 1
"""Valid times end here, in the year 2106."""

_SIGNATURE_BYTES = 64
_KEY_ID = re.compile(rf"[{base32.ALPHABET}]{{1,8}}")
_TEXT = re.compile(rf"(GS1-({_KEY_ID.pattern})-)([{base32.ALPHABET}]+)")
_KIND = re.compile(r"[a-z][a-z0-9_]{0,15}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Pass(Value, frozen=True, kw_only=True):
    """What a pass grants: its id, the holder's name, what kind of visitor, [valid_from, valid_to) in ms, zone ids, entries (None: no limit)."""

    id: str
    name: str
    kind: str
    valid_from: int
    valid_to: int
    zones: tuple[str, ...]
    uses: int | None = None


class SealedPass(Value, frozen=True, kw_only=True):
    """A pass as it was read: what it says, and what is needed to check who says so."""

    key_id: str
    body: bytes
    signature: bytes
    says: Pass

    @property
    def signed(self) -> bytes:
        """The bytes that the signature is over."""
        return _opening(self.key_id).encode() + self.body


def parse(text: str) -> SealedPass | None:
    """What a pass says, its signature unchecked; None for any text that make() could not have made. Never raises."""
    if len(text) > MAX_LENGTH:
        return None
    found = _TEXT.fullmatch(text)
    sealed = base32.decode(found[3]) if found else None
    if found is None or sealed is None:
        return None
    body, signature = sealed[:-_SIGNATURE_BYTES], sealed[-_SIGNATURE_BYTES:]
    says = _read(body)
    return None if says is None else SealedPass(key_id=found[2], body=body, signature=signature, says=says)


def make(pass_: Pass, key_id: str, private: bytes) -> str:
    """The text of a pass, signed. private: 32 bytes from new_key(). Raises Invalid naming the field that cannot be carried."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not _KEY_ID.fullmatch(key_id):
        raise Invalid("a key id is 1 to 8 digits and capital letters, without I, L, O and U", field="key_id")
    fault, field = _fault(pass_)
    if fault:
        raise Invalid(fault, field=field)
    body = _write(pass_)
    signature = Ed25519PrivateKey.from_private_bytes(private).sign(_opening(key_id).encode() + body)
    text = _opening(key_id) + base32.encode(body + signature)
    if len(text) > MAX_LENGTH:
        raise Invalid(f"with these zones and this name it is longer than {MAX_LENGTH} characters", field="zones")
    return text


def verified(sealed: SealedPass, public: bytes) -> bool:
    """Did the owner of this public key (32 bytes) sign it. False also for bytes that are no key."""
    # Imported here: 9 MB that a gate without signed passes never pays.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(sealed.signature, sealed.signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def new_key(seed: bytes) -> tuple[bytes, bytes]:
    """(private, public) of 32 random bytes; the private key is the seed itself (RFC 8032). Raises ValueError for another length."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return seed, Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def is_key_id(text: str) -> bool:
    """Can this be the id of a key that signs passes."""
    return _KEY_ID.fullmatch(text) is not None


def _opening(key_id: str) -> str:
    return f"GS1-{key_id}-"


_Body = tuple[Any, str, str, int, int, list[Any], int | None]
_decode = msgspec.msgpack.Decoder(_Body).decode


def _write(says: Pass) -> bytes:
    zones = [_packed(zone) for zone in says.zones]
    window = (says.valid_from // 1000, says.valid_to // 1000)
    return msgspec.msgpack.encode((_packed(says.id), says.name, says.kind, *window, zones, says.uses))


def _read(body: bytes) -> Pass | None:
    try:
        id, name, kind, since, until, zones, uses = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    ids = [_unpacked(value) for value in (id, *zones)]
    said = [value for value in ids if value is not None]
    if len(said) < len(ids):
        return None
    says = Pass(id=said[0], name=name, kind=kind, valid_from=since * 1000, valid_to=until * 1000, zones=tuple(said[1:]), uses=uses)
    # Written again it must be the same bytes: one pass has one text, and what make() refuses nobody else can bring in.
    return says if _fault(says) == ("", "") and _write(says) == body else None


def _packed(id: str) -> str | bytes:
    return bytes.fromhex(id.replace("-", "")) if _UUID.fullmatch(id) else id


def _unpacked(value: object) -> str | None:
    if isinstance(value, bytes) and len(value) == 16:
        text = value.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    return value if isinstance(value, str) else None


def _fault(says: Pass) -> tuple[str, str]:
    """(what is wrong, with which field) of a pass that cannot be carried; two empty texts when it can."""
    if not _shown(says.id, LONGEST_ID):
        return f"an id has 1 to {LONGEST_ID} characters that can be printed", "id"
    if not _shown(says.name, LONGEST_NAME):
        return f"a name has 1 to {LONGEST_NAME} characters that can be printed", "name"
    if not _KIND.fullmatch(says.kind):
        return "a kind is 1 to 16 small letters, digits and _, the first a letter", "kind"
    if says.valid_from % 1000 or says.valid_to % 1000:
        return "times are in whole seconds", "valid_from" if says.valid_from % 1000 else "valid_to"
    if not 0 <= says.valid_from < says.valid_to <= LAST_SECOND * 1000:
        return "it begins in 1970 or later, ends after it began and before 2106", "valid_to"
    if not 1 <= len(says.zones) <= MOST_ZONES or len(set(says.zones)) < len(says.zones):
        return f"a pass has 1 to {MOST_ZONES} zones, each once", "zones"
    if not all(_shown(zone, LONGEST_ID) for zone in says.zones):
        return f"a zone id has 1 to {LONGEST_ID} characters that can be printed", "zones"
    if says.uses is not None and not 1 <= says.uses <= MOST_USES:
        return f"1 to {MOST_USES} entries, or no limit", "uses"
    return "", ""


def _shown(text: str, longest: int) -> bool:
    return 1 <= len(text) <= longest and text.isprintable() and text == text.strip()
