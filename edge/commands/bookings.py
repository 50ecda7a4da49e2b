"""Bookings: who may be in a zone from when to when. A timed grant that an operator gives at the gate is one too."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, Patch, changed, handles, made
from edge.core.errors import Invalid
from edge.core.model import Actor, Moment, Permission
from edge.core.place import Booking, BookingState
from edge.ports import RosterTx

LONGEST_MS = 366 * 24 * 3600 * 1000


class AddBooking(Command, tag="bookings.add", frozen=True, kw_only=True):
    """Let a customer or guest be in a zone from (ms since 1970, inclusive) to (exclusive); who asks is kept with it."""

    right: ClassVar = Permission.BOOKINGS_MANAGE
    fields: Patch
    reason: str = ""


class EditBooking(Command, tag="bookings.edit", frozen=True, kw_only=True):
    """Move a booking or change its note."""

    right: ClassVar = Permission.BOOKINGS_MANAGE
    id: str
    changes: Patch
    ver: int | None = None
    reason: str = ""


class CancelBooking(Command, tag="bookings.cancel", frozen=True, kw_only=True):
    """Take it back: from the next reading on it opens nothing. The row stays for the books."""

    right: ClassVar = Permission.BOOKINGS_MANAGE
    id: str
    reason: str = ""


@handles(AddBooking)
def add_booking(tx: RosterTx, command: AddBooking, actor: Actor, now: Moment) -> Booking:
    booking = made(Booking, command.fields, id=tx.new_id(), made_by=actor.name, created_at=now.wall)
    return tx.put(_sensible(booking))


@handles(EditBooking)
def edit_booking(tx: RosterTx, command: EditBooking, actor: Actor, now: Moment) -> Booking:
    return tx.put(_sensible(changed(tx.get(Booking, command.id), command.changes, command.ver)))


@handles(CancelBooking)
def cancel_booking(tx: RosterTx, command: CancelBooking, actor: Actor, now: Moment) -> Booking:
    before = tx.get(Booking, command.id)
    return (
        before if before.state is BookingState.CANCELLED else tx.put(msgspec.structs.replace(before, state=BookingState.CANCELLED))
    )


def _sensible(booking: Booking) -> Booking:
    if booking.to_at <= booking.from_at:
        raise Invalid("it would end before it begins", field="to_at")
    if booking.to_at - booking.from_at > LONGEST_MS:
        raise Invalid("a booking is for a year at most; give an access profile for longer", field="to_at")
    return msgspec.structs.replace(booking, note=booking.note.strip()[:1000])
