"""Rows that central and edge both hold: what a row of central's says, what a change made here says, and how the two go together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from edge.core import model, people, place, tariff
from edge.core.credential import canonical
from edge.core.errors import Invalid
from edge.core.model import Card, CardStatus, Record, Status, Vehicle, too_large
from edge.core.plate import plate_key

SYNCED: dict[str, type[Record]] = {
    k.__name__.lower(): k
    for k in (
        people.Company,
        people.Group,
        people.CustomerList,
        tariff.Tariff,
        place.Zone,
        place.Schedule,
        place.Profile,
        people.Customer,
        model.Card,
        model.Vehicle,
        place.Booking,
        place.PassKey,
        place.RevokedPass,
    )
}
"""The kinds that central may send, in the order in which they refer to one another."""


OWN_FIELDS: dict[type[Record], frozenset[str]] = {
    people.Customer: frozenset({"photo", "has_document", "document_issuer"}),
    model.Card: frozenset({"last4", "has_pin"}),
    model.Vehicle: frozenset({"plate_key"}),
}
"""What stays here: pictures, sealed numbers and PINs, and what is worked out from other fields."""


class RosterOp(Struct, frozen=True, kw_only=True):
    """One row as central says it: put with all its fields (a card with its code), or delete. ver is central's own.

    hold: central itself has blocked it: nobody but central clears that.
    """

    op: str
    type: str
    id: str
    ver: int
    fields: dict[str, Any] = {}
    hold: bool = False


class DeskChange(Struct, frozen=True, kw_only=True):
    """A change made at the desk to one row: put with the fields that changed, or delete. base: central's version that it was made
    on, 0 where central knew no such row. actor and at (ms): who made it and when, for people; no rule goes by that time."""

    id: str
    op: str
    type: str
    row: str
    base: int = 0
    fields: dict[str, Any] = {}
    actor: str = ""
    at: int = 0


class Ruling(StrEnum):
    """What central makes of a change. MERGED: all of it but some fields, in which it has something else."""

    ACCEPTED = "accepted"
    MERGED = "merged"
    REFUSED = "refused"


class ChangeVerdict(Struct, frozen=True, kw_only=True):
    """Central's word on a change. lost: the fields of a merged one that were not taken; code and reason: why something was not;
    row: the row as central has it now; None: it has none."""

    id: str
    verdict: Ruling
    lost: tuple[str, ...] = ()
    code: str = ""
    reason: str = ""
    row: RosterOp | None = None


def row_hash(op: RosterOp) -> int:
    """64 bits, signed, of what central says of a row: the first 8 bytes, big-endian, of SHA-256 over its JSON with sorted keys.

    A card's code is left out: on disk, the hash of a short code would give it away.
    """
    said = [op.type, op.id, op.ver, op.hold, {f: v for f, v in op.fields.items() if f != "code"}]
    return int.from_bytes(hashlib.sha256(msgspec.json.encode(said, order="sorted")).digest()[:8], "big", signed=True)


def fields_changed(before: Record | None, after: Record) -> dict[str, Any]:
    """The fields of `after` that differ, as they go over a wire; all of them where there was nothing before."""
    own = OWN_FIELDS.get(type(after), frozenset()) | {"id", "ver"}
    return {
        field: msgspec.to_builtins(getattr(after, field))
        for field in after.__struct_fields__
        if field not in own and (before is None or getattr(before, field) != getattr(after, field))
    }


def may_enter(record: Record) -> bool:
    """Does its own state let it in; what else is asked of it, the rules say."""
    match record:
        case people.Customer():
            return record.status is Status.ACTIVE and not record.blocklisted
        case people.Company():
            return record.status is Status.ACTIVE
        case Card() | Vehicle():
            return record.status is CardStatus.ACTIVE
        case _:
            return True


_STATE = ("status", "blocklisted")


def with_changes(op: RosterOp, waiting: Iterable[dict[str, Any]]) -> RosterOp:
    """A row of central's with the changes over it that central has not heard of yet. A block of central's stays. Raises Invalid."""
    fields = dict(op.fields)
    for changed in waiting:
        fields |= changed
    if fields == op.fields:
        return op
    over = msgspec.structs.replace(op, fields=fields)
    if may_enter(record_of(op)[0]) or not may_enter(record_of(over)[0]):
        return over
    state = {f: op.fields[f] for f in _STATE if f in op.fields}
    return msgspec.structs.replace(op, fields={f: v for f, v in fields.items() if f not in _STATE} | state)


def kept_out(record: Record, op: RosterOp) -> Record:
    """The record, blocked where a row that cannot be taken as a whole blocks it."""
    if not may_enter(record) or not hasattr(record, "status"):
        return record
    state = {f: op.fields[f] for f in _STATE if f in op.fields and hasattr(record, f)}
    try:
        said = msgspec.convert(msgspec.to_builtins(record) | state, type(record))
    except msgspec.ValidationError:
        said = record
    if op.hold and may_enter(said):
        off = CardStatus.INACTIVE if isinstance(record, Card | Vehicle) else Status.INACTIVE
        return msgspec.structs.replace(record, status=off)
    return said if not may_enter(said) else record


def is_news(op: RosterOp, known_ver: int | None) -> bool:
    """A row that is not newer than what central sent before changes nothing."""
    return known_ver is None or op.ver > known_ver


def record_of(op: RosterOp) -> tuple[Record, str | None]:
    """(record, canonical code of a card or None). Fields that this version does not know are left out. Raises Invalid."""
    kind = SYNCED.get(op.type)
    if kind is None:
        raise Invalid(f"central sent a {op.type!r}, which this version does not know", field="type")
    known = {f: v for f, v in op.fields.items() if f in kind.__struct_fields__}
    known |= {"id": op.id, "ver": op.ver}
    try:
        record = msgspec.convert(known, kind)
    except msgspec.ValidationError as error:
        raise Invalid(f"{op.type} {op.id} from central: {error}") from error
    if field := too_large(record):
        raise Invalid(f"{op.type} {op.id} from central: {field} is too large a number", field=field)
    if isinstance(record, Vehicle):
        record = msgspec.structs.replace(record, plate_key=plate_key(record.plate))
        if not record.plate_key:
            raise Invalid(f"vehicle {op.id} from central: no plate")
    if not isinstance(record, Card):
        return record, None
    code = canonical(record.kind, str(op.fields.get("code", "")))
    if code is None:
        raise Invalid(f"card {op.id} from central: no code that a reader could see")
    return record, code
