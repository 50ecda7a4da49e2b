"""What a person carries on a phone: the rotating code of a card, and passes that this house signs itself."""

from __future__ import annotations

import base64
from typing import ClassVar

import msgspec

from edge.commands.base import Command, SaidOnce, handles, text
from edge.core import signed_pass
from edge.core.errors import Conflict, Invalid
from edge.core.model import Actor, Card, CredentialKind, Moment, Permission, Value
from edge.core.people import Customer
from edge.core.place import PassKey, Zone
from edge.core.signed_pass import Pass
from edge.ports import RosterTx

MOST_KEYS = 99


class EnrolPhone(Command, tag="cards.enrol", frozen=True, kw_only=True):
    """Say the secret of a rotating card, to put it on its holder's phone. Written down with who asked and why."""

    right: ClassVar = Permission.CARDS_MANAGE
    id: str
    reason: str


class IssuePass(Command, tag="passes.issue", frozen=True, kw_only=True):
    """Sign a pass with this house's own key: name, zones, [valid_from, valid_to) in ms, and how often (None: no limit).

    No gate keeps a record of it; the audit line alone says its id, zones and window.
    """

    right: ClassVar = Permission.CARDS_MANAGE
    name: str
    zones: tuple[str, ...]
    valid_from: int
    valid_to: int
    uses: int | None = None
    kind: str = "guest"
    reason: str = ""


class RotatePassKey(Command, tag="pass_keys.rotate", frozen=True, kw_only=True):
    """Sign new passes with a new key. Those of the key before stay good until it is revoked."""

    right: ClassVar = Permission.SITE_MANAGE
    reason: str


class Enrolled(SaidOnce, frozen=True):
    """A rotating card with its number and secret (base 32): whoever has the two has the card. Never kept for a retry."""

    card: Card
    number: str
    secret: str


class Issued(SaidOnce, frozen=True):
    """A pass with its text: said once, a retry gets the rest."""

    id: str
    key: str
    text: str
    valid_from: int
    valid_to: int
    zones: tuple[str, ...]

    def kept(self) -> Issued:
        return msgspec.structs.replace(self, text="")


class PassIssued(Value, frozen=True, kw_only=True):
    """What the audit line of a pass says."""

    key: str
    kind: str
    zones: tuple[str, ...]
    valid_from: int
    valid_to: int
    uses: int | None = None


@handles(EnrolPhone)
def enrol_phone(tx: RosterTx, command: EnrolPhone, actor: Actor, now: Moment) -> Enrolled:
    text(command.reason, "reason", required=True, longest=300)
    card = tx.get(Card, command.id)
    if card.kind is not CredentialKind.ROTATING_QR:
        raise Invalid("only a card of the kind rotating_qr is put on a phone", field="id")
    customer = tx.find(Customer, id=card.customer) if card.customer else None
    if customer and customer.portal_blocked:
        raise Conflict("this customer may have no pass on a phone: that is blocked on the record", field="portal_blocked")
    number = tx.code_of(card)
    if number is None:
        raise Conflict("the number of this card is not kept here: give it a new one, then put it on the phone", field="id")
    tx.note(card, "enrol")
    return Enrolled(card=card, number=number, secret=tx.phone_secret(number))


@handles(IssuePass)
def issue_pass(tx: RosterTx, command: IssuePass, actor: Actor, now: Moment) -> Issued:
    for zone in command.zones:
        if tx.find(Zone, id=zone) is None:
            raise Invalid(f"there is no zone {zone[:80]}", field="zones")
    if command.valid_to <= now.wall:
        raise Invalid("it would be over already", field="valid_to")
    says = Pass(
        id=tx.new_id(), name=text(command.name, "name", required=True), kind=command.kind, zones=command.zones, uses=command.uses,
        valid_from=command.valid_from // 1000 * 1000, valid_to=command.valid_to // 1000 * 1000,
    )  # fmt: skip
    key = _own_key(tx) or _next_key(tx)
    signed = signed_pass.make(says, key.id, tx.signing_key(key.id))
    line = PassIssued(
        key=key.id, kind=says.kind, zones=says.zones, valid_from=says.valid_from, valid_to=says.valid_to, uses=says.uses
    )
    tx.say("pass", says.id, "issue", line)
    return Issued(id=says.id, key=key.id, text=signed, valid_from=says.valid_from, valid_to=says.valid_to, zones=says.zones)


@handles(RotatePassKey)
def rotate_pass_key(tx: RosterTx, command: RotatePassKey, actor: Actor, now: Moment) -> PassKey:
    text(command.reason, "reason", required=True, longest=300)
    return _next_key(tx)


def _ids() -> tuple[str, ...]:
    return tuple(f"H{n}" for n in range(1, MOST_KEYS + 1))


def _own_key(tx: RosterTx) -> PassKey | None:
    """The newest key of this house that is not revoked. A key of that id that somebody else brought is not ours."""
    last = None
    for id in _ids():
        key = tx.find(PassKey, id=id)
        if key is None:
            break
        if not key.revoked and key.public == _public(tx, id):
            last = key
    return last


def _next_key(tx: RosterTx) -> PassKey:
    """A key of an id that was never used; its public half is in the roster from now on."""
    free = next((id for id in _ids() if tx.find(PassKey, id=id) is None), None)
    if free is None:
        raise Conflict(f"this house has had {MOST_KEYS} keys; take out those that are revoked and long over")
    return tx.put(PassKey(id=free, name="This house", public=_public(tx, free)))


def _public(tx: RosterTx, id: str) -> str:
    return base64.b64encode(signed_pass.new_key(tx.signing_key(id))[1]).decode()
