"""What becomes of a card: replaced by another, handed out, taken back."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, handles, text
from edge.commands.credentials import CardMade, card_code, new_code
from edge.core.errors import Conflict, Invalid
from edge.core.model import Actor, Card, CardStatus, CredentialKind, Moment, Permission
from edge.ports import RosterTx


class ReplaceCard(Command, tag="cards.replace", frozen=True, kw_only=True):
    """A new card in place of this one: same person, rights, validity and limits, a code of its own; the old one opens nothing any more.

    status: what became of the old one (inactive, lost or stolen). Its history stays with it; the new one names it. code: as for a
    new card; left empty, one is made.
    """

    right: ClassVar = Permission.CARDS_MANAGE
    id: str
    reason: str
    status: CardStatus = CardStatus.INACTIVE
    code: str = ""


class HandOutCard(Command, tag="cards.hand_out", frozen=True, kw_only=True):
    """The card is in its holder's hands now."""

    right: ClassVar = Permission.CARDS_MANAGE
    id: str


class TakeBackCard(Command, tag="cards.take_back", frozen=True, kw_only=True):
    """The card came back: it opens nothing until it is handed out again."""

    right: ClassVar = Permission.CARDS_MANAGE
    id: str
    reason: str = ""


@handles(ReplaceCard)
def replace_card(tx: RosterTx, command: ReplaceCard, actor: Actor, now: Moment) -> CardMade:
    text(command.reason, "reason", required=True, longest=300)
    if command.status in (CardStatus.ACTIVE, CardStatus.SUSPENDED):
        raise Invalid("the old card becomes inactive, lost or stolen", field="status")
    old = tx.get(Card, command.id)
    if old.kind is CredentialKind.UID and not command.code:
        raise Invalid("a tag has a number of its own: read it at a reader or type it", field="code")
    code = card_code(old.kind, command.code or new_code(tx, old.kind))
    tx.put(msgspec.structs.replace(old, status=command.status))
    fresh = msgspec.structs.replace(
        old, id=tx.new_id(), ver=0, status=CardStatus.ACTIVE, created_at=now.wall, replaces=old.id, has_pin=False, handed_out_at=None,
        taken_back_at=None,
    )  # fmt: skip
    return CardMade(card=tx.put(fresh, code=code), code=code)


@handles(HandOutCard)
def hand_out(tx: RosterTx, command: HandOutCard, actor: Actor, now: Moment) -> Card:
    card = tx.get(Card, command.id)
    if card.handed_out_at is not None and card.taken_back_at is None:
        raise Conflict("it is handed out already", field="id")
    if card.status not in (CardStatus.ACTIVE, CardStatus.INACTIVE):
        raise Conflict(f"it is {card.status.value}: activate it first", field="id")
    return tx.put(msgspec.structs.replace(card, status=CardStatus.ACTIVE, handed_out_at=now.wall, taken_back_at=None))


@handles(TakeBackCard)
def take_back(tx: RosterTx, command: TakeBackCard, actor: Actor, now: Moment) -> Card:
    card = tx.get(Card, command.id)
    if card.taken_back_at is not None:
        raise Conflict("it came back already", field="id")
    return tx.put(msgspec.structs.replace(card, status=CardStatus.INACTIVE, taken_back_at=now.wall))
