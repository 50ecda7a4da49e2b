"""Deciding and opening: the transactions of the journal. The caller moves the door afterwards, never before."""

from __future__ import annotations

from typing import ClassVar

from edge.commands.base import Command
from edge.core.decide import decide
from edge.core.errors import Invalid
from edge.core.event import Event, EventKind
from edge.core.facts import Facts
from edge.core.judgement import Decision, Outcome, Reason
from edge.core.kept import keep
from edge.core.model import Actor, CredentialKind, Moment, Permission, Reading, Value
from edge.core.place import AccessPoint
from edge.core.presence import Moves
from edge.ports import DoorsSay, JournalTx


class UnlockDoor(Command, tag="doors.unlock", frozen=True, kw_only=True):
    """Open an access point's door once, now. Never queued, never replayed after not_after (ms since 1970; 0: no limit)."""

    right: ClassVar = Permission.DOORS_OPEN
    access_point: str
    reason: str
    not_after: int = 0


class HoldDoor(Command, tag="doors.hold", frozen=True, kw_only=True):
    """Hold an access point's door open, now, until a time (ms since 1970; left out: until it is locked). Never queued.

    Who passes is not decided and not counted meanwhile; what is shown to its readers is.
    """

    right: ClassVar = Permission.DOORS_MODE
    access_point: str
    until: int | None = None
    reason: str


class LockDoor(Command, tag="doors.lock", frozen=True, kw_only=True):
    """End a hold and any strike of an access point's door, now."""

    right: ClassVar = Permission.DOORS_MODE
    access_point: str
    reason: str


class GetHealth(Command, tag="health.get", frozen=True, kw_only=True):
    """How every part of the edge is, and the state of each door. A question: changes nothing."""

    right: ClassVar = Permission.DOORS_VIEW


class GetPicture(Command, tag="doors.picture", frozen=True, kw_only=True):
    """What a camera at an access point sees now, as a small JPEG. A question: changes nothing, keeps nothing."""

    right: ClassVar = Permission.DOORS_VIEW
    reader: str
    access_point: str


class Picture(Value, frozen=True, kw_only=True):
    """jpeg: base64 on the wire."""

    jpeg: bytes


class Explain(Command, tag="decisions.explain", frozen=True, kw_only=True):
    """What would be decided about a code at an access point, and what each rule would see. Changes nothing, opens nothing."""

    right: ClassVar = Permission.EVENTS_VIEW
    access_point: str
    kind: CredentialKind
    code: str
    at: int | None = None


class ExplainEvent(Command, tag="decisions.explain_event", frozen=True, kw_only=True):
    """What every rule saw in the facts that an event kept, at its access point as it is set up now. Changes nothing."""

    right: ClassVar = Permission.EVENTS_VIEW
    event: int


class Admission(Value, frozen=True, kw_only=True):
    """What was decided and written down."""

    event: Event
    decision: Decision


class Unlocking(Value, frozen=True, kw_only=True):
    """What an operator's opening amounts to: the access point, how long, and the event; again: it was done before."""

    access_point: AccessPoint
    event_seq: int
    again: bool = False


class Awaited(Value, frozen=True, kw_only=True):
    """Nothing is decided yet: this card's PIN or the plate beside it may still come, or this plate's card."""

    pin: bool = False
    plate: bool = False
    card: bool = False
    wait_s: int = 0


def admit(tx: JournalTx, reading: Reading, *, now: Moment, doors: DoorsSay) -> Admission:
    """Decide and write down what was decided. All or nothing; the caller moves the door afterwards."""
    facts = tx.facts(reading, now, doors)
    return _admit(tx, facts, decide(facts, now.wall), now, doors)


def admit_or_wait(tx: JournalTx, reading: Reading, *, now: Moment, doors: DoorsSay) -> Admission | Awaited:
    """Like admit; but where only a PIN or a plate is missing that may come in a moment, nothing is written and the caller waits for it."""
    facts = tx.facts(reading, now, doors)
    decision = decide(facts, now.wall)
    place = facts.place
    if place and place.point.needs_plate and facts.kind is CredentialKind.PLATE:
        return Awaited(card=True, wait_s=place.policy.pair_s)
    if place and decision.reason is Reason.PIN_REQUIRED and facts.has_pin:
        return Awaited(pin=True, wait_s=place.policy.pair_s)
    if place and decision.reason is Reason.VEHICLE_NOT_REGISTERED and not reading.beside:
        return Awaited(plate=True, wait_s=place.policy.pair_s)
    return _admit(tx, facts, decision, now, doors)


def _admit(tx: JournalTx, facts: Facts, decision: Decision, now: Moment, doors: DoorsSay) -> Admission:
    event = write_decision(tx, facts, decision, now)
    if decision.effects.companion:  # who waited at this door for a second person comes in with this one
        first = tx.waiting(facts, now, doors)
        write_decision(tx, first, decide(first, now.wall), now)
    return Admission(event=event, decision=decision)


def write_order(tx: JournalTx, command: HoldDoor | LockDoor, actor: Actor, request: str, *, now: Moment) -> Unlocking:
    """Write down an operator's order to a door, once per request id. Raises NotFound, Invalid."""
    reason = command.reason.strip()
    if not reason:
        raise Invalid("say why: the journal keeps it", field="reason")
    until = command.until if isinstance(command, HoldDoor) else None
    if until is not None and until <= now.wall:
        raise Invalid("this has passed already", field="until")
    point = tx.access_point(command.access_point)
    done = tx.executed(request)
    if done is not None:
        return Unlocking(access_point=point, event_seq=int(done), again=True)
    code = "door_hold_ordered" if isinstance(command, HoldDoor) else "door_lock_ordered"
    event = tx.record(
        Event(
            at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=EventKind.OPERATOR, code=code, access_point=point.id,
            access_point_name=point.name, door=point.door, actor=actor.name, note=reason[:300],
        )
    )  # fmt: skip
    tx.remember_executed(request, str(event.seq), now.wall)
    return Unlocking(access_point=point, event_seq=event.seq)


def write_decision(
    tx: JournalTx, facts: Facts, decision: Decision, now: Moment, *, opened: bool = True, late: bool = False, note: str = "",
    actor: str = "",
) -> Event:  # fmt: skip
    """The event of a decision, its alarms, and what they change. opened: a grant that did move (or will move) its door."""
    effects, passes = decision.effects, decision.granted and opened
    if passes and facts.holder:
        moved = tx.moves(facts, effects, now)
    else:
        moved = Moves(pin=effects.pin, slice=effects.slice if effects.waits else None)
    event = last = tx.record(
        decision_event(facts, decision, now, moved if moved != _STILL else None, late=late, note=note, actor=actor)
    )
    for reason in decision.alarms:
        last = tx.record(alarm_event(event, reason.value, prev=last.seq))
    tx.follow(facts, event, last_seq=last.seq, waits=effects.waits, strike_ms=decision.strike_ms if passes else 0)
    return event


_STILL = Moves()


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


def decision_event(
    facts: Facts,
    decision: Decision,
    now: Moment,
    moved: Moves | None = None,
    *,
    late: bool = False,
    note: str = "",
    actor: str = "",
) -> Event:
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
        credential=facts.kind.value,
        last4=facts.last4,
        card=holder.id if holder else None,
        card_label=holder.label if holder else "",
        customer=person.id if person else None,
        customer_name=person.name if person else "",
        rule=decision.rule,
        refused=decision.refused,
        evidence=reading.evidence,
        prev=facts.where.last_seq if holder else 0,
        facts=keep(facts, now.wall),
        moves=moved,
        late=late,
        note=note,
        actor=actor,
    )


def alarm_event(cause: Event, code: str, *, prev: int = 0) -> Event:
    """The alarm that a decision raised, with the same names. prev: the event before it in the card's chain (0: it is not in it)."""
    return Event(
        at=cause.at, boot=cause.boot, mono=cause.mono, quality=cause.quality, kind=EventKind.ALARM, code=code,
        access_point=cause.access_point, access_point_name=cause.access_point_name, door=cause.door, reader=cause.reader,
        prev=prev, card=cause.card, card_label=cause.card_label, customer=cause.customer, customer_name=cause.customer_name,
        note=f"event {cause.seq}", late=cause.late,
    )  # fmt: skip
