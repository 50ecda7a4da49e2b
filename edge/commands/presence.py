"""Setting right what the records say of who is where: one holder, a zone's count, locked PINs, and visits that did not take place."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, handles_in_journal, text
from edge.core.errors import Invalid
from edge.core.event import Event, EventKind
from edge.core.model import Actor, CredentialKind, Moment, Permission, Value
from edge.core.presence import Effects, Moves, moves
from edge.ports import Held, JournalTx

MOST_INSIDE = 5000
"""Visits that one reset ends at most: each has an event of its own, in one commit."""


class CorrectPresence(Command, tag="presence.correct", frozen=True, kw_only=True):
    """Say where the holder of a card or vehicle is: in this zone, or outside. Spends no use, opens no door."""

    right: ClassVar = Permission.PRESENCE_CORRECT
    holder: str
    zone: str | None = None
    reason: str


class CorrectCount(Command, tag="presence.count", frozen=True, kw_only=True):
    """Correct a zone's count by so many: people who are in it without a visit of theirs, or the other way round."""

    right: ClassVar = Permission.PRESENCE_CORRECT
    zone: str
    by: int
    reason: str


class ResetZone(Command, tag="presence.reset", frozen=True, kw_only=True):
    """Nobody is in this zone (nor in those inside it): ends every open visit there and takes the correction back."""

    right: ClassVar = Permission.PRESENCE_CORRECT
    zone: str
    reason: str


class UnlockPin(Command, tag="cards.unlock_pin", frozen=True, kw_only=True):
    """Let PINs be typed again: of this card, or at this access point where a PIN is all there is."""

    right: ClassVar = Permission.CARDS_MANAGE
    card: str = ""
    access_point: str = ""
    reason: str


class Corrected(Value, frozen=True, kw_only=True):
    """The event of a correction, how many visits it ended, and what the zone's count says now (None: no zone)."""

    event: int
    ended: int = 0
    inside: int | None = None


@handles_in_journal(CorrectPresence)
def correct_presence(tx: JournalTx, command: CorrectPresence, actor: Actor, now: Moment) -> Corrected:
    around = tx.around(command.zone) if command.zone else ()
    held = tx.held(command.holder)
    moved = moves(held.where, Effects(enter=command.zone), around, 0)
    event = tx.record(_by_hand("presence_corrected", command.reason, actor, now, held, zone=command.zone, moves=moved))
    tx.settle(event, held.where)
    return Corrected(event=event.seq, ended=len(moved.closes), inside=tx.inside(command.zone) if command.zone else None)


@handles_in_journal(CorrectCount)
def correct_count(tx: JournalTx, command: CorrectCount, actor: Actor, now: Moment) -> Corrected:
    tx.around(command.zone)
    before = tx.inside(command.zone)
    if not command.by or not -MOST_INSIDE <= command.by <= MOST_INSIDE:
        raise Invalid(f"by how many, between -{MOST_INSIDE} and {MOST_INSIDE}, and not 0", field="by")
    if before + command.by < 0:
        raise Invalid(f"{before} are inside by the records: the count cannot go below nothing", field="by")
    return _count(tx, command.zone, command.by, command.reason, actor, now)


@handles_in_journal(ResetZone)
def reset_zone(tx: JournalTx, command: ResetZone, actor: Actor, now: Moment) -> Corrected:
    tx.around(command.zone)
    zones = (command.zone, *tx.within(command.zone))
    holders = tx.holders_in(zones, MOST_INSIDE + 1)
    if len(holders) > MOST_INSIDE:
        raise Invalid(f"more than {MOST_INSIDE} visits are open there; correct the count instead", field="zone")
    ended = last = 0
    for holder in holders:
        held = tx.held(holder)
        closes = tuple(v.seq for v in held.where.visits if v.zone in zones)
        left = [v.zone for v in held.where.visits if v.zone not in zones]
        moved = Moves(closes=closes, enter=left[-1] if left else "", stays=bool(left))
        event = tx.record(_by_hand("presence_corrected", command.reason, actor, now, held, zone=command.zone, moves=moved))
        tx.settle(event, held.where)
        ended, last = ended + len(closes), event.seq
    by = -tx.correction(command.zone)
    if by or not last:
        last = _count(tx, command.zone, by, command.reason, actor, now).event
    return Corrected(event=last, ended=ended, inside=tx.inside(command.zone))


@handles_in_journal(UnlockPin)
def unlock_pin(tx: JournalTx, command: UnlockPin, actor: Actor, now: Moment) -> Corrected:
    if bool(command.card) == bool(command.access_point):
        raise Invalid("a card or an access point", field="card")
    if command.card:
        held = tx.held(command.card)
        event = tx.record(_by_hand("pin_unlocked", command.reason, actor, now, held, moves=Moves(pin=-1)))
        tx.settle(event, held.where)
    else:
        point = tx.access_point(command.access_point)
        at = _by_hand("pin_unlocked", command.reason, actor, now, moves=Moves(pin=-1))
        at = msgspec.structs.replace(at, access_point=point.id, access_point_name=point.name, credential=CredentialKind.PIN.value)
        event = tx.record(at)
        tx.settle(event)
    return Corrected(event=event.seq)


def _count(tx: JournalTx, zone: str, by: int, reason: str, actor: Actor, now: Moment) -> Corrected:
    event = tx.record(_by_hand("count_corrected", reason, actor, now, zone=zone, moves=Moves(count=by)))
    tx.settle(event)
    return Corrected(event=event.seq, inside=tx.inside(zone))


def _by_hand(
    code: str, reason: str, actor: Actor, now: Moment, held: Held | None = None, *, zone: str | None = None, moves: Moves
) -> Event:
    """The event of something that a person set right."""
    return Event(
        at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=EventKind.OPERATOR, code=code, zone=zone, actor=actor.name,
        note=text(reason, "reason", required=True, longest=300), moves=moves,
        card=held.id if held else None, card_label=held.label if held else "", prev=held.where.last_seq if held else 0,
        customer=held.customer if held else None, customer_name=held.customer_name if held else "",
    )  # fmt: skip


def void_passage(tx: JournalTx, cause: Event, now: Moment) -> Event | None:
    """The door that this event released never opened: its visit did not take place, and its use is given back.

    None when there is nothing to give back: it was done before, or the holder has moved on since.
    """
    if not cause.card or cause.moves is None or not cause.moves.enter or not tx.policy().give_back_unused:
        return None
    held = tx.held(cause.card)
    if all(v.seq != cause.seq for v in held.where.visits):
        return None
    left = [v for v in held.where.visits if v.seq != cause.seq]
    moved = Moves(
        voids=(cause.seq,), enter=left[-1].zone if left else "", stays=bool(left), spend=-cause.moves.spend, day=cause.moves.day
    )
    event = Event(
        at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=EventKind.DOOR, code="not_passed", door=cause.door,
        access_point=cause.access_point, access_point_name=cause.access_point_name, zone=cause.moves.enter, card=held.id,
        card_label=held.label, prev=held.where.last_seq, customer=held.customer, customer_name=held.customer_name, moves=moved,
        note=f"event {cause.seq}",
    )  # fmt: skip
    event = tx.record(event)
    tx.settle(event, held.where)
    return event
