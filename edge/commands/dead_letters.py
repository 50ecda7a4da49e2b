"""Events that central refused: written down once each, and sent again once each when somebody asks for it."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, handles_in_journal
from edge.core.errors import Conflict, NotFound
from edge.core.event import DeadLetter, Event, EventKind
from edge.core.model import Actor, Moment, Permission
from edge.ports import JournalTx

RESENT = "event_resent"


class ResendEvent(Command, tag="dead_letters.resend", frozen=True, kw_only=True):
    """Send an event that central refused once more: a new event carries it. Once for each."""

    right: ClassVar = Permission.SITE_MANAGE
    event: int


def note_refused(tx: JournalTx, seq: int, code: str, now: Moment) -> None:
    """Central refused this event; said twice, it is written down once."""
    if tx.dead_letter(seq) is not None:
        return
    note = f"central refused event {seq}: {code}"[:300]
    told = tx.record(_event(now, EventKind.FAULT, "event_refused", about=seq, note=note))
    tx.keep_dead_letter(DeadLetter(seq=seq, code=code[:60], told=told.seq))


@handles_in_journal(ResendEvent)
def resend(tx: JournalTx, command: ResendEvent, actor: Actor, now: Moment) -> Event:
    letter = tx.dead_letter(command.event)
    if letter is None:
        raise NotFound("central has not refused such an event", field="event")
    if letter.resent is not None:
        raise Conflict(f"it was sent again already, as event {letter.resent}", field="event")
    refused = tx.event(letter.seq)
    again = refused.code == RESENT  # what it carries goes once more, not the carrier
    about, body = (refused.about, refused.again) if again else (refused.seq, tx.body(letter.seq))
    # Whose it is stands in it, so that it is salted and found when the person is erased.
    sent = tx.record(
        _event(
            now,
            EventKind.SYSTEM,
            RESENT,
            about=about,
            again=body,
            customer=refused.customer,
            actor=actor.name,
            note=f"event {about}",
        )
    )
    tx.keep_dead_letter(msgspec.structs.replace(letter, resent=sent.seq))
    return sent


def _event(
    now: Moment, kind: EventKind, code: str, *, about: int, note: str, again: str = "", customer: str | None = None, actor: str = ""
) -> Event:
    return Event(
        at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=kind, code=code, about=about, again=again,
        customer=customer, actor=actor, note=note,
    )  # fmt: skip
