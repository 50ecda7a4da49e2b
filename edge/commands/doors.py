"""Deciding and opening: the transactions of the journal. The caller moves the door afterwards, never before."""

from __future__ import annotations

from typing import ClassVar

from edge.commands.base import Command
from edge.core.credential import last4
from edge.core.decide import decide
from edge.core.errors import Invalid
from edge.core.event import Event, EventKind
from edge.core.judgement import Decision, Facts, Outcome, Reason
from edge.core.kept import keep
from edge.core.model import Actor, CredentialKind, Moment, Permission, Reading, Value
from edge.core.place import AccessPoint
from edge.ports import DoorFault, JournalTx


class UnlockDoor(Command, tag="doors.unlock", frozen=True, kw_only=True):
    """Open an access point's door once, now. Never queued, never replayed after not_after (ms since 1970; 0: no limit)."""

    right: ClassVar = Permission.DOORS_OPEN
    access_point: str
    reason: str
    not_after: int = 0


class GetHealth(Command, tag="health.get", frozen=True, kw_only=True):
    """How every part of the edge is, and the state of each door. A question: changes nothing."""

    right: ClassVar = Permission.DOORS_VIEW


class Explain(Command, tag="decisions.explain", frozen=True, kw_only=True):
    """What would be decided about a code at an access point, and what each rule would see. Changes nothing, opens nothing."""

    right: ClassVar = Permission.EVENTS_VIEW
    access_point: str
    kind: CredentialKind
    code: str
    at: int | None = None


class Admission(Value, frozen=True, kw_only=True):
    """What was decided and written down."""

    event: Event
    decision: Decision


class Unlocking(Value, frozen=True, kw_only=True):
    """What an operator's opening amounts to: the access point, how long, and the event; again: it was done before."""

    access_point: AccessPoint
    event_seq: int
    again: bool = False


def admit(tx: JournalTx, reading: Reading, *, now: Moment, door_fault: DoorFault) -> Admission:
    """Decide and write down what was decided. All or nothing; the caller moves the door afterwards."""
    facts = tx.facts(reading, door_fault)
    decision = decide(facts, now.wall)
    event = last = tx.record(decision_event(facts, decision, now))
    for reason in decision.alarms:
        last = tx.record(alarm_event(event, reason.value, prev=last.seq))
    tx.follow(facts, decision.effects if decision.outcome is Outcome.GRANTED else None, event, last_seq=last.seq)
    return Admission(event=event, decision=decision)


def unlock(tx: JournalTx, command: UnlockDoor, actor: Actor, request: str, *, now: Moment) -> Unlocking:
    """Write down an operator's opening, once per request id. Raises NotFound, Invalid."""
    reason = command.reason.strip()
    if not reason:
        raise Invalid("say why: the journal keeps it", field="reason")
    if command.not_after and now.wall > command.not_after:
        raise Invalid("too late: this opening was to be done by an earlier time", field="not_after")
    point = tx.access_point(command.access_point)
    done = tx.executed(request)
    if done is not None:
        return Unlocking(access_point=point, event_seq=int(done), again=True)
    event = tx.record(
        Event(
            at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=EventKind.OPERATOR, code=Reason.GRANTED_BY_OPERATOR.value,
            outcome=Outcome.GRANTED, access_point=point.id, access_point_name=point.name, door=point.door, actor=actor.name, note=reason[:300],
        )
    )  # fmt: skip
    tx.remember_executed(request, str(event.seq), now.wall)
    return Unlocking(access_point=point, event_seq=event.seq)


def decision_event(facts: Facts, decision: Decision, now: Moment) -> Event:
    """The journal line of a decision, with the names as they are now and the facts its rules read."""
    reading, point, holder, person = facts.reading, facts.point, facts.holder, facts.person
    return Event(
        at=now.wall,
        boot=now.boot,
        mono=now.mono,
        quality=now.quality,
        kind=EventKind.DECISION,
        code=decision.reason.value,
        outcome=decision.outcome,
        access_point=point.id if point else None,
        access_point_name=reading.access_point,
        door=point.door if point else "",
        zone=(point.to_zone or point.from_zone) if point else None,
        reader=reading.reader,
        credential=reading.kind.value,
        last4=last4(facts.code) if facts.code else "",
        card=holder.id if holder else None,
        card_label=holder.label if holder else "",
        customer=person.id if person else None,
        customer_name=person.name if person else "",
        rule=decision.rule,
        refused=decision.refused,
        evidence=reading.evidence,
        prev=facts.where.last_seq if holder else 0,
        facts=keep(facts),
    )


def alarm_event(cause: Event, code: str, *, prev: int = 0) -> Event:
    """The alarm that a decision raised, with the same names. prev: the event before it in the card's chain (0: it is not in it)."""
    return Event(
        at=cause.at, boot=cause.boot, mono=cause.mono, quality=cause.quality, kind=EventKind.ALARM, code=code,
        access_point=cause.access_point, access_point_name=cause.access_point_name, door=cause.door, reader=cause.reader,
        prev=prev, card=cause.card, card_label=cause.card_label, customer=cause.customer, customer_name=cause.customer_name,
        note=f"event {cause.seq}",
    )  # fmt: skip
