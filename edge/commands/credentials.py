"""Cards and vehicles: what is shown at a gate, and whose it is."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, Patch, SaidOnce, changed, handles, made, text
from edge.commands.tidy import tags_of
from edge.core import rotating
from edge.core.credential import canonical
from edge.core.errors import Invalid
from edge.core.model import Actor, Card, CredentialKind, Moment, Permission, Vehicle
from edge.core.plate import plate_key
from edge.ports import RosterTx


class AddCard(Command, tag="cards.add", frozen=True, kw_only=True):
    """A new card. code: what the reader will see; left empty, a code of 100 random bits is made and returned once (of a rotating
    card a number of 50)."""

    right: ClassVar = Permission.CARDS_MANAGE
    fields: Patch
    code: str = ""


class EditCard(Command, tag="cards.edit", frozen=True, kw_only=True):
    """Change a card; code replaces what the reader sees (a new print, another tag). A rotating card gets a new number, and with it a
    new secret, when code is empty or it was of another kind."""

    right: ClassVar = Permission.CARDS_MANAGE
    id: str
    changes: Patch
    code: str | None = None
    ver: int | None = None
    reason: str = ""


class DeleteCard(Command, tag="cards.delete", frozen=True, kw_only=True):
    right: ClassVar = Permission.CARDS_MANAGE
    id: str
    reason: str = ""


class CardMade(SaidOnce, frozen=True):
    """A new card with its code: said again only to who may reveal it."""

    card: Card
    code: str

    def kept(self) -> CardMade:
        return msgspec.structs.replace(self, code="")


class RevealCards(Command, tag="cards.reveal", frozen=True, kw_only=True):
    """Say the codes of these cards (1 to 500), to print them again. Every one is written down with who asked and why."""

    right: ClassVar = Permission.CARDS_REVEAL
    ids: tuple[str, ...]
    reason: str


class RevealedCard(msgspec.Struct, frozen=True):
    """A card with its code; None where none was kept (an imported tag, or a card older than the key)."""

    card: Card
    code: str | None


class Revealed(SaidOnce, frozen=True):
    """What RevealCards says, in the order that was asked. Never kept for a retry: a retry asks and is written down again."""

    cards: tuple[RevealedCard, ...]


_WANTED = {
    CredentialKind.UID: "8 to 40 hex digits",
    CredentialKind.ROTATING_QR: "a number of 8 to 20 digits and capital letters, without I, L, O and U; left empty, one is made",
}
MOST_REVEALED = 500
MOST_CHARACTERS = 100_000
"""Of all codes together in one answer, which must fit a message of the socket."""


@handles(AddCard)
def add_card(tx: RosterTx, command: AddCard, actor: Actor, now: Moment) -> CardMade:
    card = _tidy(made(Card, command.fields, id=tx.new_id(), created_at=now.wall))
    if not command.code and card.kind is CredentialKind.UID:
        raise Invalid("a tag has a number of its own: read it at a reader or type it", field="code")
    code = card_code(card.kind, command.code or new_code(tx, card.kind))
    return CardMade(card=tx.add(card, code=code), code=code)


@handles(EditCard)
def edit_card(tx: RosterTx, command: EditCard, actor: Actor, now: Moment) -> Card:
    before = tx.get(Card, command.id)
    card = _tidy(changed(before, command.changes, command.ver))
    code = command.code
    if card.kind is CredentialKind.ROTATING_QR and (code == "" or (code is None and card.kind is not before.kind)):
        code = new_code(tx, card.kind)
    if card.kind is not before.kind and code is None:
        raise Invalid("another kind of card needs its code again", field="code")
    return tx.put(card, code=None if code is None else card_code(card.kind, code))


@handles(DeleteCard)
def delete_card(tx: RosterTx, command: DeleteCard, actor: Actor, now: Moment) -> None:
    tx.delete(tx.get(Card, command.id))


@handles(RevealCards)
def reveal_cards(tx: RosterTx, command: RevealCards, actor: Actor, now: Moment) -> Revealed:
    text(command.reason, "reason", required=True, longest=300)
    ids = tuple(dict.fromkeys(command.ids))
    if not 1 <= len(ids) <= MOST_REVEALED:
        raise Invalid(f"1 to {MOST_REVEALED} cards at a time", field="ids")
    found = []
    for id in ids:
        card = tx.get(Card, id)
        found.append(RevealedCard(card=card, code=tx.code_of(card)))
        tx.note(card, "reveal")
    if sum(len(each.code or "") for each in found) > MOST_CHARACTERS:
        raise Invalid("these codes are too long for one answer: ask for fewer cards at a time", field="ids")
    return Revealed(cards=tuple(found))


def new_code(tx: RosterTx, kind: CredentialKind) -> str:
    """A code of 100 random bits, or the number of a rotating card."""
    code = tx.new_code()
    return code[: rotating.NUMBER_LENGTH] if kind is CredentialKind.ROTATING_QR else code


def card_code(kind: CredentialKind, code: str) -> str:
    """The canonical form of a code that was typed. Raises Invalid."""
    found = canonical(kind, code)
    if found is None:
        wanted = _WANTED.get(kind, "1 to 512 characters that can be printed")
        raise Invalid(f"this is not a {kind.value} code: {wanted}", field="code")
    return found


def _tidy(card: Card) -> Card:
    if card.kind is CredentialKind.PLATE:
        raise Invalid("a plate belongs to a vehicle: add a vehicle instead", field="kind")
    if card.customer is None and card.company is None:
        raise Invalid("a card belongs to a customer or a company", field="customer")
    _lasts(card)
    for field in ("uses", "daily_limit", "period_limit", "min_interval_s"):
        value = getattr(card, field)
        if value is not None and value < 0:
            raise Invalid("zero or more", field=field)
    return msgspec.structs.replace(card, username=text(card.username, "username"))


class AddVehicle(Command, tag="vehicles.add", frozen=True, kw_only=True):
    right: ClassVar = Permission.VEHICLES_MANAGE
    fields: Patch


class EditVehicle(Command, tag="vehicles.edit", frozen=True, kw_only=True):
    right: ClassVar = Permission.VEHICLES_MANAGE
    id: str
    changes: Patch
    ver: int | None = None
    reason: str = ""


class DeleteVehicle(Command, tag="vehicles.delete", frozen=True, kw_only=True):
    right: ClassVar = Permission.VEHICLES_MANAGE
    id: str
    reason: str = ""


@handles(AddVehicle)
def add_vehicle(tx: RosterTx, command: AddVehicle, actor: Actor, now: Moment) -> Vehicle:
    return tx.add(_parked(made(Vehicle, command.fields, id=tx.new_id(), created_at=now.wall)))


@handles(EditVehicle)
def edit_vehicle(tx: RosterTx, command: EditVehicle, actor: Actor, now: Moment) -> Vehicle:
    return tx.put(_parked(changed(tx.get(Vehicle, command.id), command.changes, command.ver)))


@handles(DeleteVehicle)
def delete_vehicle(tx: RosterTx, command: DeleteVehicle, actor: Actor, now: Moment) -> None:
    tx.delete(tx.get(Vehicle, command.id))


def _parked(vehicle: Vehicle) -> Vehicle:
    key = plate_key(vehicle.plate)
    if not key:
        raise Invalid("a plate has 2 to 10 letters and digits", field="plate")
    if vehicle.customer is None and vehicle.company is None:
        raise Invalid("a vehicle belongs to a customer or a company", field="customer")
    _lasts(vehicle)
    if vehicle.uses is not None and vehicle.uses < 0:
        raise Invalid("zero or more", field="uses")
    if vehicle.year is not None and not 1880 <= vehicle.year <= 2200:
        raise Invalid("a year has four digits", field="year")
    return msgspec.structs.replace(
        vehicle,
        plate=text(vehicle.plate, "plate", required=True).upper(),
        plate_key=key,
        country=text(vehicle.country, "country", longest=2).upper(),
        brand=text(vehicle.brand, "brand"),
        model=text(vehicle.model, "model"),
        colour=text(vehicle.colour, "colour"),
        tags=tags_of(vehicle.tags),
    )


def _lasts(thing: Card | Vehicle) -> None:
    if thing.valid_from is not None and thing.valid_to is not None and thing.valid_to <= thing.valid_from:
        raise Invalid("it would end before it begins", field="valid_to")
