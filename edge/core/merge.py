"""Rows from central: what one says, whether it makes sense, and whether it is newer than what is here."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from edge.core import model, people, place, tariff
from edge.core.credential import canonical
from edge.core.errors import Invalid
from edge.core.model import Card, Record, Vehicle, too_large
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


class RosterOp(Struct, frozen=True, kw_only=True):
    """One row as central says it: put with all its fields (a card with its code), or delete. ver is central's own."""

    op: str
    type: str
    id: str
    ver: int
    fields: dict[str, Any] = {}


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
