"""A customer's photograph: the record says which, edge keeps the picture (edge/photos.py)."""

from __future__ import annotations

from hashlib import sha256
from typing import ClassVar

import msgspec

from edge.commands.base import Command, handles
from edge.core.errors import Conflict, Invalid
from edge.core.model import Actor, Moment, Permission
from edge.core.people import Customer
from edge.ports import RosterTx

LARGEST_PHOTO = 120_000
"""Bytes: in base 64 it fits a message of the socket. The desk makes pictures smaller until they do."""
_JPEG = b"\xff\xd8\xff"


class SetPhoto(Command, tag="customers.set_photo", frozen=True, kw_only=True):
    """Keep this picture (JPEG) of a customer in place of any other; an empty one: none."""

    right: ClassVar = Permission.CUSTOMERS_EDIT
    id: str
    picture: bytes


@handles(SetPhoto)
def set_photo(tx: RosterTx, command: SetPhoto, actor: Actor, now: Moment) -> Customer:
    customer = tx.get(Customer, command.id)
    if customer.deleted_at is not None and command.picture:
        raise Conflict("they are deleted: restore them first", field="id")
    return tx.put(msgspec.structs.replace(customer, photo=photo_name(command.picture)))


def photo_name(picture: bytes) -> str:
    """What a picture is called; empty for none. Raises Invalid."""
    if not picture:
        return ""
    if len(picture) > LARGEST_PHOTO or not picture.startswith(_JPEG):
        raise Invalid(f"a JPEG of at most {LARGEST_PHOTO // 1000} kB", field="picture")
    return sha256(picture).hexdigest()
