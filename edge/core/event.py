"""A line of the journal, as it is stored, hashed and sent."""

from __future__ import annotations

from enum import StrEnum

from edge.core.facts import Kept
from edge.core.judgement import Outcome
from edge.core.model import ClockQuality, Value
from edge.core.payment import Paid
from edge.core.presence import Moves


class EventKind(StrEnum):
    DECISION = "decision"
    DOOR = "door"
    ALARM = "alarm"
    OPERATOR = "operator"
    PAYMENT = "payment"
    SYSTEM = "system"
    FAULT = "fault"


class Event(Value, frozen=True, kw_only=True):
    """One line of the journal, as stored, hashed and sent. Names are kept as they were at the time.

    seq grows by one in the same commit as its effects; prev: the event before of the same card or vehicle; code is the reason,
    door state, alarm or system code; facts and refused let `explain` and `replay` judge it again; moves is what it changed for
    its card, from which presence and visits can be rebuilt; paid is the same for payments. credential is shown as kind and last four, never whole.
    salt: random, of an event about somebody, so that its hash says nothing of what was taken out of it. erased: names were taken out; the
    chain hash that it had with them, hex. erases: (seq, SHA-256 of the body that stands there now, hex) of events so changed.
    about: the event, refused by central, that this one is about; again: the body of that event, to be taken in its place.
    """

    seq: int = 0
    at: int
    boot: str = ""
    mono: int = 0
    quality: ClockQuality = ClockQuality.UNKNOWN
    kind: EventKind
    code: str
    outcome: Outcome | None = None
    access_point: str | None = None
    access_point_name: str = ""
    door: str = ""
    zone: str | None = None
    reader: str = ""
    credential: str = ""
    last4: str = ""
    card: str | None = None
    card_label: str = ""
    prev: int = 0
    customer: str | None = None
    customer_name: str = ""
    actor: str = ""
    note: str = ""
    rule: int = 0
    refused: tuple[tuple[int, str], ...] = ()
    facts: Kept | None = None
    moves: Moves | None = None
    paid: Paid | None = None
    evidence: str | None = None
    roster_rev: int = 0
    late: bool = False
    salt: str = ""
    erased: str = ""
    erases: tuple[tuple[int, str], ...] = ()
    about: int = 0
    again: str = ""


class DeadLetter(Value, frozen=True, kw_only=True):
    """An event that central refused, and why. told: the event that says so; resent: the one that carries it once more."""

    seq: int
    code: str
    told: int
    resent: int | None = None
