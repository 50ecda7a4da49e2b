"""Alerts: what a look at events and levels changes, and somebody's acknowledgement. Rules of alerts are records of the site."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, handles_in_journal, text
from edge.core import alerts, levels
from edge.core.alerts import Alert, AlertKind, Change, Level
from edge.core.errors import Conflict
from edge.core.event import Event, EventKind
from edge.core.levels import Denials, PartWord
from edge.core.model import Actor, Moment, Permission, Value
from edge.ports import JournalTx

A_LOOK = 500
"""Events one look takes, at most; the rest is for the next."""


class AcknowledgeAlert(Command, tag="alerts.acknowledge", frozen=True, kw_only=True):
    """Somebody has seen an alert and says what is done about it."""

    right: ClassVar = Permission.ALERTS_MANAGE
    id: int
    note: str


@handles_in_journal(AcknowledgeAlert)
def acknowledge(tx: JournalTx, command: AcknowledgeAlert, actor: Actor, now: Moment) -> Alert:
    note = text(command.note, "note", required=True, longest=300)
    before = tx.alert(command.id)
    if before.acked_at is not None:
        raise Conflict(f"{before.acked_by} has acknowledged it already", field="id")
    alert = alerts.acknowledged(before, actor.name, note, tx.not_before(now.wall))
    tx.record(_event(alert, EventKind.OPERATOR, "alert_acknowledged", now, actor=actor.name, note=note))
    tx.keep_alert(alert)
    return alert


class Around(Value, frozen=True, kw_only=True):
    """What a look is told beside the journal: health, which readers are cameras, the disk, is there a central, has every part spoken."""

    parts: tuple[PartWord, ...]
    cameras: frozenset[str] = frozenset()
    free_mb: int | None = None
    synced: bool = False
    settled: bool = False


class Looked(Value, frozen=True, kw_only=True):
    """What a look leaves for the next: refusals counted so far, up to which event (None: the journal says) and up to which that is kept.

    changed: how many alerts it changed; more: there may be more to look at now.
    """

    denials: Denials = Denials()
    upto: int | None = None
    kept: int = 0
    changed: int = 0
    more: bool = False


def look(tx: JournalTx, around: Around, before: Looked, now: Moment) -> Looked:
    """Turn what happened since the last look, and how everything is now, into alerts: rows, and a line for each raised or cleared."""
    rules = alerts.rules_of(tx.alert_rules())
    events, upto = tx.unseen_events(before.upto, A_LOOK)
    denials = before.denials
    for event in events:
        denials = levels.denied(denials, event, rules[AlertKind.DENIALS])
    signs = [sign for event in events for sign in alerts.signs_of(event)]
    waiting = tx.waiting_alerts()
    standing = _levels(tx, around, denials, waiting, rules, now)
    found = alerts.judge(waiting, signs, standing, rules, now.wall, settled=around.settled)
    for change in found:
        _keep(tx, change.what, change.alert, now)
    # Grants are not worth a write of their own: they are looked at again after a restart, and say nothing again.
    keeps = bool(events) or upto - before.kept >= A_LOOK
    if keeps:
        tx.alerts_looked(upto)
    more = before.upto is None or upto - before.upto >= A_LOOK
    return Looked(denials=denials, upto=upto, kept=upto if keeps else before.kept, changed=len(found), more=more)


def _levels(
    tx: JournalTx, around: Around, denials: Denials, waiting: list[Alert], rules: alerts.Rules, now: Moment
) -> tuple[Level, ...]:
    raised = frozenset(a.subject for a in waiting if a.kind is AlertKind.DENIALS and a.cleared_at is None)
    counts = tx.alert_counts(around.free_mb, synced=around.synced)
    return (
        *levels.of_denials(denials, rules[AlertKind.DENIALS], raised, now.wall),
        *levels.of_parts(around.parts, rules, around.cameras, now.wall),
        *levels.of_counts(counts, around.parts, rules, now.wall),
    )


def _keep(tx: JournalTx, what: Change, alert: Alert, now: Moment) -> None:
    if what is Change.RAISED:
        event = tx.record(_event(alert, EventKind.ALARM, "alert_raised", now))
        alert = msgspec.structs.replace(alert, id=event.seq)
    elif what is Change.CLEARED:
        tx.record(_event(alert, EventKind.SYSTEM, "alert_cleared", now))
    tx.keep_alert(alert)


def _event(alert: Alert, kind: EventKind, code: str, now: Moment, *, actor: str = "", note: str = "") -> Event:
    about = " ".join(w for w in (alert.kind.value, alert.name) if w)
    said = ": ".join(w for w in (about, note or alert.detail) if w)
    return Event(at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=kind, code=code, actor=actor, note=said[:300])
