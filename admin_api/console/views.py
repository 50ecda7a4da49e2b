"""Records and events as a page shows them: words, tones and times in place of codes."""

from __future__ import annotations

from dataclasses import dataclass

from admin_api.console import words
from admin_api.console.language import _
from admin_api.console.remedies import RemedyView
from admin_api.console.times import Times
from edge.core.event import Event, EventKind
from edge.core.judgement import Outcome
from edge.core.model import CredentialKind


@dataclass(frozen=True, kw_only=True)
class EventView:
    """A line of the journal. tone: ok, no, alarm, warn or plain; who: a person or what it was; photo: theirs, where it is shown; helps: what this user may do about it in one step."""

    seq: int
    tone: str
    mark: str
    who: str
    customer: str
    short: str
    long: str
    where: str
    shown: str
    note: str
    clock: str
    day: str
    iso: str
    kind: str
    photo: str = ""
    today: bool = True
    picture: bool = False
    helps: tuple[RemedyView, ...] = ()


def event_view(event: Event, times: Times, photo: str = "", helps: tuple[RemedyView, ...] = ()) -> EventView:
    said = words.reason(event.code)
    alarm = event.kind is EventKind.ALARM
    return EventView(
        seq=event.seq,
        tone=tone_of(event),
        mark=mark_of(event),
        who=event.customer_name or (event.actor if event.kind is EventKind.OPERATOR else "") or event.card_label or "",
        customer=event.customer or "",
        short=_("Alarm: %(what)s") % {"what": f"{said.short[:1].lower()}{said.short[1:]}"} if alarm else said.short,
        long=said.long,
        where=event.access_point_name or event.door,
        shown=shown_credential(event),
        note="" if alarm and event.note.startswith("event ") else words.note(event.code, event.note),
        clock=times.clock(event.at),
        day=times.day(event.at),
        iso=times.iso(event.at),
        kind=words.EVENT_KINDS[event.kind],
        photo=photo,
        today=times.is_today(event.at),
        helps=helps,
        picture=bool(event.evidence),
    )


def tone_of(event: Event) -> str:
    if event.kind in (EventKind.ALARM, EventKind.FAULT):
        return "alarm"
    if event.outcome is Outcome.GRANTED:
        return "ok"
    if event.outcome is Outcome.DENIED:
        return "no"
    if event.code == "door_offline":
        return "warn"
    return "plain"


def mark_of(event: Event) -> str:
    """The icon: never colour alone."""
    return {"ok": "check", "no": "cross", "alarm": "alarm", "warn": "alarm"}.get(
        tone_of(event), "door" if event.kind is EventKind.DOOR else "dot"
    )


def shown_credential(event: Event) -> str:
    """ "QR code …4F2A": kind and last four, never the code."""
    if not event.credential:
        return ""
    kind = words.KINDS[CredentialKind(event.credential)]
    if event.credential == CredentialKind.PLATE and event.card_label:
        return f"{kind} {event.card_label}"
    return f"{kind} …{event.last4}" if event.last4 else kind


STATUS_TONES = {
    "active": "ok",
    "inactive": "dim",
    "suspended": "warn",
    "invited": "info",
    "lost": "warn",
    "stolen": "no",
    "deleted": "no",
}


def status_tone(status: str) -> str:
    return STATUS_TONES.get(status, "dim")
