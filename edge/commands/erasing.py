"""Erasing a person for good: the records at once, what happened and the audit in steps behind it (edge/erasing.py goes through them)."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, handles, text
from edge.core.erasing import Erasing, erased_name, erased_plate, texts_of, with_texts, without_names
from edge.core.errors import Conflict, Invalid
from edge.core.event import Event, EventKind
from edge.core.model import Actor, Card, CardStatus, Moment, Permission, Status, Vehicle
from edge.core.people import Customer, Erasure, Merge
from edge.core.place import Booking
from edge.core.review import ReviewItem
from edge.ports import JournalTx, RosterTx


class EraseCustomer(Command, tag="customers.erase", frozen=True, kw_only=True):
    """Take out of everything who a customer was; counts, visits, bookings and payments stay. It cannot be taken back.

    They are deleted by it, with all who were merged into them. confirm: the customer's number, so that nobody erases the wrong one.
    reason: kept, so it may not name them.
    """

    right: ClassVar = Permission.CUSTOMERS_ERASE
    id: str
    confirm: int
    reason: str


@handles(EraseCustomer)
def erase_customer(tx: RosterTx, command: EraseCustomer, actor: Actor, now: Moment) -> Erasure:
    customer = tx.get(Customer, command.id)
    if customer.erased_at is not None:
        raise Conflict("they are erased already", field="id")
    if customer.merged_into is not None:
        raise Conflict("they were merged into another customer: erase that one", field="id")
    if command.confirm != customer.number:
        raise Invalid("write the customer's number, so that the right one is erased", field="confirm")
    reason = text(command.reason, "reason", required=True, longest=300)
    people = _merged(tx, customer)
    who = Erasing(id=tx.new_id(), names={each.id: erased_name(each.number) for each in people}, done_by=actor.name)
    for person in people:
        who = _records_of(tx, person, who)
    if any(said in reason for said in who.texts):
        raise Invalid("the reason is kept: it may not name the person", field="reason")
    for person in people:
        tx.keep_document(person, "")
        tx.put(_nobody(person, now), said=False)
    tx.keep_erasing(who)
    return tx.put(Erasure(id=who.id, customer=customer.id, number=customer.number, reason=reason, by=actor.name, at=now.wall))


def _merged(tx: RosterTx, customer: Customer) -> list[Customer]:
    """The customer and all who turned out to be them."""
    people = [customer]
    for one in people:
        people += [each for each in tx.every(Customer, merged_into=one.id) if each.erased_at is None]
    return people


def _nobody(customer: Customer, now: Moment) -> Customer:
    """What stays of a record: its number, when it came and went, what kind of customer it was and of which company."""
    return Customer(
        id=customer.id, name=erased_name(customer.number), number=customer.number, status=Status.INACTIVE, company=customer.company,
        kind=customer.kind, source=customer.source, origin_site=customer.origin_site, created_at=customer.created_at,
        deleted_at=customer.deleted_at if customer.deleted_at is not None else now.wall, merged_into=customer.merged_into,
        erased_at=now.wall,
    )  # fmt: skip


def _records_of(tx: RosterTx, person: Customer, who: Erasing) -> Erasing:
    """Cards open nothing and say nothing any more, vehicles go, bookings and merges keep what is counted."""
    texts = texts_of(msgspec.to_builtins(person))
    for card in tx.every(Card, customer=person.id):
        texts += texts_of(msgspec.to_builtins(card))
        tx.forget_code(
            tx.put(msgspec.structs.replace(card, username="", last4="", has_pin=False, status=CardStatus.INACTIVE), said=False)
        )
    labels = dict(who.labels)
    for vehicle in tx.every(Vehicle, customer=person.id):
        texts += texts_of(msgspec.to_builtins(vehicle))
        labels[vehicle.id] = erased_plate(vehicle.id)
        tx.delete(vehicle, said=False)
    for booking in tx.every(Booking, customer=person.id):
        if booking.note:
            tx.put(msgspec.structs.replace(booking, note=""), said=False)
    for item in tx.every(ReviewItem, customer=person.id):
        if item.note:
            tx.put(msgspec.structs.replace(item, note=""), said=False)
    for merge in (*tx.every(Merge, kept=person.id), *tx.every(Merge, other=person.id)):
        if merge.fields:
            tx.put(msgspec.structs.replace(merge, fields=()), said=False)
    return with_texts(msgspec.structs.replace(who, labels=labels), texts)


# ------------------------------------------------------------------------------------------------ the journal, in steps


def take_names_out(tx: JournalTx, who: Erasing, found: tuple[Event, ...], after: int, upto: int, now: Moment) -> int:
    """Rewrite these events, and what visits and payments between after and upto say; how many changed.

    A line behind them names each with the hash of what stands there now: an event changed under the pretext is found by it.
    """
    changed = [(event.seq, tx.rewrite(rewritten)) for event in found if (rewritten := without_names(event, who)) != event]
    tx.rename_visits(who, after, upto)
    if changed:
        tx.record(
            Event(
                at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=EventKind.SYSTEM, code="events_erased",
                customer=next(iter(who.names)), customer_name=who.name, erases=tuple(changed),
            )
        )  # fmt: skip
    return len(changed)


def tell_of_erasing(tx: JournalTx, who: Erasing, now: Moment) -> None:
    """The last line, once: central learns from it whom to erase there."""
    if tx.executed(who.id) is None:
        event = Event(
            at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=EventKind.OPERATOR, code="customer_erased",
            customer=next(iter(who.names)), customer_name=who.name, actor=who.done_by,
        )  # fmt: skip
        tx.remember_executed(who.id, str(tx.record(event).seq), now.wall)
