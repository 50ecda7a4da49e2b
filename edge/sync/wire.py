"""The messages between edge and central, their topics and their envelope. Both ends of the wire use this file.

Topics: gatelatch/1/SITE/EDGE/up/... and .../down/...; JSON, zlib above 1 kB. Every down message is an envelope signed by
central: {"key", "sig", "body"}, Ed25519 (RFC 8032) over topic, a zero byte, and the body's own bytes.
"""

from __future__ import annotations

import base64
import zlib
from typing import Annotated, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from msgspec import Raw, Struct

from edge.core.merge import ChangeVerdict, DeskChange, RosterOp

T = TypeVar("T")

ROOT = "gatelatch/1"
LARGEST = 256 * 1024
COMPRESS_ABOVE = 1024
DEFLATE_LEVEL = 3
"""A third of the time of zlib's own level 6, for a tenth more bytes of a batch."""
PLAIN, DEFLATED = "application/json", "application/json+zlib"

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
"""A seq or rev: what every JSON reader holds exactly."""

BATCH_EVENTS, BATCH_BYTES = 100, 32 * 1024


class Message(Struct, frozen=True, kw_only=True):
    """Unknown fields are ignored: a newer peer may say more."""


class RosterPosition(Message, frozen=True, kw_only=True):
    """Where a roster stands: central's epoch and its rev that is applied. count: the rows that central holds (said and not deleted).

    digest: the xor of their hashes (edge.core.merge.row_hash), 16 hex digits; empty: not said.
    """

    epoch: str
    rev: int
    count: int = 0
    digest: str = ""


class Clock(Message, frozen=True, kw_only=True):
    """wall: ms since 1970; mono: ms since boot; quality: ntp, rtc, restored or unknown."""

    wall: int
    quality: str
    mono: int = 0


class Hello(Message, frozen=True, kw_only=True):
    """After every connect. acked and acked_hash: what edge believes central has, and the chain hash (hex) there."""

    connection: int
    boot: str
    log_id: str
    first_seq: int
    last_seq: int
    acked: int
    acked_hash: str
    roster: RosterPosition
    clock: Clock
    version: str


class State(Message, frozen=True, kw_only=True):
    """Retained, and the Will. An old Will is told by its connection number."""

    online: bool
    connection: int


class Events(Message, frozen=True, kw_only=True):
    """A batch in seq order; each event is the journal's own bytes. before: the chain hash (hex) before the first."""

    connection: int
    log_id: str
    first: int
    before: str
    events: tuple[Raw, ...]


class RosterAck(Message, frozen=True, kw_only=True):
    """Everything of central's up to here is durably applied. snapshot: its id, while one is under way; parts: so many of its parts
    are kept here from the first on, and central sends the next; said again after silence: then they were lost on the way."""

    epoch: str
    rev: int
    snapshot: str = ""
    parts: int = 0


class RosterWant(Message, frozen=True, kw_only=True):
    """Say again what is missing here. reason: gap (deltas from have_rev), refused (`rows`, that could not be taken, as (type, id): each
    again as a delta of a new version), or epoch, damaged, digest (a snapshot)."""

    connection: int
    epoch: str
    have_rev: int
    reason: str
    rows: tuple[tuple[str, str], ...] = ()


class Changes(Message, frozen=True, kw_only=True):
    """Changes made here to what central holds too, in order. Sent again until each has a verdict, and nothing after them before that."""

    connection: int
    changes: tuple[DeskChange, ...]


class Evidence(Message, frozen=True, kw_only=True):
    """Part i of n of the picture of a reading, that of event `seq`; one picture is under way at a time, and only when central has every event.
    jpeg: base64. sha256 (hex) is over the whole picture."""

    connection: int
    log_id: str
    seq: Count
    sha256: str
    i: Count = 0
    n: Count = 1
    jpeg: bytes


class Refused(Message, frozen=True, kw_only=True):
    """An event that central could not take: a dead letter. It counts as acked."""

    seq: Count
    code: str


class EventsAck(Message, frozen=True, kw_only=True):
    """Central's own word, after its commit: everything up to `upto` of this log. hash: the chain hash there (hex), "" if none kept.

    connection: that of the hello or batch it answers; one of an earlier connection is ignored, since central may have been restored since.
    hello: it answers a hello, and says where central stands, also when that is further back than before; any other ack only ever
    moves forward. at: central's time then (ms since
    1970; 0: not said), mono: what that hello's clock said, so that an edge that does not trust its clock can tell the age of a command.
    roster: in an answer to a hello, where central's roster stands: with the same rev and another digest, edge asks for a snapshot.
    evidence: the last event whose picture central has; said in answer to a hello and to a picture (0 otherwise, and when it has none).
    """

    log_id: str
    upto: Count
    hash: str = ""
    refused: tuple[Refused, ...] = ()
    connection: int
    hello: bool = False
    at: Count = 0
    mono: int = 0
    roster: RosterPosition | None = None
    evidence: Count = 0


class RosterDelta(Message, frozen=True, kw_only=True):
    """Applied in one transaction when epoch is ours and from_rev <= our rev < to_rev.

    It is the whole difference between the two revs, since its rows refer to one another and codes move between them. What is too
    much for one message comes in parts, this one being i of n: none of it is applied until all of it is there.
    """

    epoch: str
    from_rev: Count
    to_rev: Count
    i: Count = 0
    n: Count = 1
    ops: tuple[RosterOp, ...]


class SnapshotPart(Message, frozen=True, kw_only=True):
    """Part i of n of everything central holds. sha256 (hex) is over the parts' rows, in order, as their own bytes.

    connection: that of the hello or want it answers. One of an earlier connection is ignored: an old snapshot, kept or sent again by
    whoever holds the broker, must not bring back a card that was blocked since.
    """

    connection: int
    id: str
    epoch: str
    rev: Count
    i: int
    n: int
    sha256: str
    rows: Raw


class ChangeVerdicts(Message, frozen=True, kw_only=True):
    """What central makes of changes, each once for all: a change sent again gets its first verdict again.

    epoch: central's. A verdict of another epoch than the roster's here is ignored: a central that was restored since may know nothing of it.
    """

    epoch: str
    verdicts: tuple[ChangeVerdict, ...]


class Command(Message, frozen=True, kw_only=True):
    """Do this now, or never. command: one of the edge's own (edge.commands.central.FromCentral); by: who at central wants it.

    connection: of the last hello that central heard: a command for an earlier connection is refused, whatever the clock says.
    not_after: ms since 1970 by central's clock.
    """

    id: Annotated[str, msgspec.Meta(min_length=8, max_length=64)]
    connection: int
    not_after: Count
    by: str = ""
    command: Raw


class CommandResult(Message, frozen=True, kw_only=True):
    """What became of a command. code: "" done, "stale", "late", "busy", or the house's own (core.errors); result: what the command came to, null when refused."""

    id: str
    code: str = ""
    message: str = ""
    result: Raw


class Envelope(Message, frozen=True, kw_only=True):
    """What every down message is in. key: the id of central's key; sig: base64 of Ed25519 over topic, a zero byte, body; body: the message."""

    key: str
    sig: str
    body: Raw


UP: dict[str, type[Message]] = {
    "hello": Hello,
    "state": State,
    "events": Events,
    "roster-ack": RosterAck,
    "roster-want": RosterWant,
    "change": Changes,
    "command-result": CommandResult,
    "evidence": Evidence,
}
DOWN: dict[str, type[Message]] = {
    "events-ack": EventsAck,
    "roster-delta": RosterDelta,
    "roster-snapshot": SnapshotPart,
    "change-verdict": ChangeVerdicts,
    "command": Command,
}
"""Every message there is, by the word behind up/ or down/ in its topic. A part of a snapshot has its id and number
behind that, a picture the number of its event."""


class Topics:
    """The topics of one edge."""

    def __init__(self, site: str, edge: str) -> None:
        self.base = f"{ROOT}/{site}/{edge}"

    def up(self, name: str) -> str:
        return f"{self.base}/up/{name}"

    def down(self, name: str) -> str:
        return f"{self.base}/down/{name}"


class NotGenuine(Exception):
    """A down message that is unsigned, signed by nobody known, or altered."""


class NotUnderstood(Exception):
    """Bytes that are not the message they should be."""


def pack(message: Message) -> tuple[bytes, str]:
    """(payload, content type): JSON, compressed when that is worth it."""
    return pack_bytes(msgspec.json.encode(message))


def pack_bytes(body: bytes) -> tuple[bytes, str]:
    return (zlib.compress(body, DEFLATE_LEVEL), DEFLATED) if len(body) > COMPRESS_ABOVE else (body, PLAIN)


def unpack(payload: bytes, content_type: str) -> bytes:
    """The JSON bytes of a payload, at most LARGEST once decompressed. Raises NotUnderstood."""
    if len(payload) > LARGEST:
        raise NotUnderstood(f"{len(payload)} bytes are too many")
    if content_type != DEFLATED:
        return payload
    inflate = zlib.decompressobj()
    try:
        body = inflate.decompress(payload, LARGEST)
    except zlib.error as error:
        raise NotUnderstood("not zlib") from error
    if inflate.unconsumed_tail or not inflate.eof:
        raise NotUnderstood("too large, or cut short")
    return body


def decode(body: bytes | Raw, kind: type[T]) -> T:
    """Raises NotUnderstood."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotUnderstood(str(error)) from error
    except RecursionError as error:
        raise NotUnderstood("nested too deeply") from error


def sign(topic: str, body: bytes, key_id: str, key: Ed25519PrivateKey) -> bytes:
    """The envelope of a down message."""
    sig = base64.b64encode(key.sign(topic.encode() + b"\0" + body)).decode()
    return msgspec.json.encode(Envelope(key=key_id, sig=sig, body=Raw(body)))


def verify(topic: str, envelope: bytes, keys: dict[str, Ed25519PublicKey]) -> bytes:
    """The body of a genuine down message. Raises NotGenuine, NotUnderstood."""
    opened = decode(envelope, Envelope)
    key = keys.get(opened.key)
    if key is None:
        raise NotGenuine(f"no key {opened.key!r}")
    body = bytes(opened.body)
    try:
        key.verify(base64.b64decode(opened.sig), topic.encode() + b"\0" + body)
    except (InvalidSignature, ValueError) as error:
        raise NotGenuine("the signature does not fit") from error
    return body


def public_key(text: str) -> Ed25519PublicKey:
    """An Ed25519 public key from base64: 32 raw bytes, or DER. Raises ValueError."""
    raw = base64.b64decode(text, validate=True)
    if len(raw) == 32:
        return Ed25519PublicKey.from_public_bytes(raw)
    key = load_der_public_key(raw)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    return key
