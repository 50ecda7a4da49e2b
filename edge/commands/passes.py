"""PINs of cards, keys that sign passes, and passes that are taken back."""

from __future__ import annotations

import base64
import binascii
from typing import ClassVar

import msgspec

from edge.commands.base import Command, Patch, changed, handles, made, text
from edge.core.credential import is_pin
from edge.core.errors import Invalid
from edge.core.model import Actor, Card, Moment, Permission
from edge.core.place import PassKey, RevokedPass
from edge.core.signed_pass import is_key_id
from edge.ports import RosterTx


class SetPin(Command, tag="cards.pin", frozen=True, kw_only=True):
    """Give a card a PIN (4 to 12 digits) and, if wanted, another one to type under threat; an empty PIN takes both away."""

    right: ClassVar = Permission.CARDS_MANAGE
    id: str
    pin: str
    duress: str = ""
    reason: str = ""


class AddPassKey(Command, tag="pass_keys.add", frozen=True, kw_only=True):
    """Believe passes that this Ed25519 key (base64, 32 bytes) signs. key: its id, as passes name it."""

    right: ClassVar = Permission.SITE_MANAGE
    key: str
    fields: Patch


class EditPassKey(Command, tag="pass_keys.edit", frozen=True, kw_only=True):
    """Rename a key, or revoke it: none of its passes is good any more."""

    right: ClassVar = Permission.SITE_MANAGE
    id: str
    changes: Patch
    ver: int | None = None
    reason: str = ""


class RevokePass(Command, tag="passes.revoke", frozen=True, kw_only=True):
    """Take a signed pass back by its id; it opens nothing from the next reading on."""

    right: ClassVar = Permission.CARDS_MANAGE
    pass_id: str
    reason: str


@handles(SetPin)
def set_pin(tx: RosterTx, command: SetPin, actor: Actor, now: Moment) -> Card:
    card = tx.get(Card, command.id)
    for field, digits in (("pin", command.pin), ("duress", command.duress)):
        if digits and not is_pin(digits):
            raise Invalid("a PIN has 4 to 12 digits", field=field)
    if command.duress and not command.pin:
        raise Invalid("a PIN to type under threat needs a PIN beside it", field="duress")
    if command.duress and command.duress == command.pin:
        raise Invalid("the two PINs must differ", field="duress")
    return tx.put_pin(msgspec.structs.replace(card, has_pin=bool(command.pin)), command.pin, command.duress)


@handles(AddPassKey)
def add_pass_key(tx: RosterTx, command: AddPassKey, actor: Actor, now: Moment) -> PassKey:
    if not is_key_id(command.key):
        raise Invalid("a key id has 1 to 8 digits and capital letters, without I, L, O and U", field="key")
    if tx.find(PassKey, id=command.key):
        raise Invalid("there is a key of this id; keys are never replaced, take another id", field="key")
    return tx.put(_sensible(made(PassKey, command.fields, id=command.key)))


@handles(EditPassKey)
def edit_pass_key(tx: RosterTx, command: EditPassKey, actor: Actor, now: Moment) -> PassKey:
    before = tx.get(PassKey, command.id)
    after = changed(before, command.changes, command.ver)
    if after.public != before.public:
        raise Invalid("keys are never replaced; add another one and revoke this", field="public")
    return tx.put(_sensible(after))


@handles(RevokePass)
def revoke_pass(tx: RosterTx, command: RevokePass, actor: Actor, now: Moment) -> RevokedPass:
    id = text(command.pass_id, "pass_id", required=True)
    held = tx.find(RevokedPass, id=id)
    return held or tx.put(RevokedPass(id=id, note=text(command.reason, "reason", required=True, longest=300), created_at=now.wall))


def _sensible(key: PassKey) -> PassKey:
    try:
        whole = len(base64.b64decode(key.public, validate=True)) == 32
    except (binascii.Error, ValueError):
        whole = False
    if not whole:
        raise Invalid("an Ed25519 public key is 32 bytes, written in base64", field="public")
    return msgspec.structs.replace(key, name=text(key.name, "name"))
