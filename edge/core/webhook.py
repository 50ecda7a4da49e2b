"""Webhooks: which events somebody else's server is told of, what it is told, and how it knows that it was us. Pure."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from edge.core.alerts import AlertKind
from edge.core.event import Event, EventKind
from edge.core.judgement import Outcome
from edge.core.model import Record, Value

LONGEST_URL = 500


class WebhookEvent(StrEnum):
    ACCESS_GRANTED = "access.granted"
    ACCESS_DENIED = "access.denied"
    ALERT_RAISED = "alert.raised"
    DEVICE_ONLINE = "device.online"
    DEVICE_OFFLINE = "device.offline"


class Webhook(Record, frozen=True, kw_only=True):
    """An address that is told of events as they are written down. Its secret is in secrets.db, edge alone."""

    name: str
    url: str
    events: tuple[WebhookEvent, ...] = tuple(WebhookEvent)
    active: bool = True
    created_at: int = 0


class Cursor(Value, frozen=True, kw_only=True):
    """How far one webhook is: everything up to seq was delivered, dropped, or is not for it.

    failing_since: when the delivery that fails now began to (ms); tries: so far; problem: of the last. down: doors whose
    device.offline it was told of.
    """

    seq: int
    failing_since: int | None = None
    tries: int = 0
    problem: str = ""
    down: tuple[str, ...] = ()


class Told(Value, frozen=True, kw_only=True):
    """What is sent: at is when it happened (ms since 1970 UTC), however late this comes. id: the same in every try."""

    id: str
    event: WebhookEvent
    seq: int
    at: int
    site: str
    reason: str = ""
    access_point: str = ""
    door: str = ""
    zone: str = ""
    credential: str = ""
    card: str = ""
    customer: str = ""
    customer_name: str = ""
    device: str = ""
    actor: str = ""
    note: str = ""


_OUTCOMES = {Outcome.GRANTED: WebhookEvent.ACCESS_GRANTED, Outcome.DENIED: WebhookEvent.ACCESS_DENIED}
_ALERTS = {"alert_raised": WebhookEvent.DEVICE_OFFLINE, "alert_cleared": WebhookEvent.DEVICE_ONLINE}
_READERS = (AlertKind.READER_OFFLINE.value, AlertKind.EMERGENCY_INPUT.value)


def told_of(event: Event, down: Iterable[str]) -> tuple[WebhookEvent, ...]:
    """What an event is to a webhook, none for most. down: doors that were told to be offline.

    A door is off and on line as the journal has it; a reader when its alert is raised and cleared, which waits for its window.
    """
    if event.kind in (EventKind.DECISION, EventKind.OPERATOR):
        return (_OUTCOMES[event.outcome],) if event.outcome in _OUTCOMES else ()
    if event.code in _ALERTS:
        of_device = (_ALERTS[event.code],) if event.note.split(" ", 1)[0].rstrip(":") in _READERS else ()
        return (*((WebhookEvent.ALERT_RAISED,) if event.code == "alert_raised" else ()), *of_device)
    if event.code == "door_offline":
        return (WebhookEvent.DEVICE_OFFLINE,)
    if event.door in down and event.kind in (EventKind.DOOR, EventKind.ALARM) and event.code.startswith("door_"):
        return (WebhookEvent.DEVICE_ONLINE,)
    return ()


def down_after(event: Event, down: tuple[str, ...]) -> tuple[str, ...]:
    """The doors that are told to be offline, after this event."""
    if event.code == "door_offline":
        return tuple(sorted({*down, event.door}))
    if WebhookEvent.DEVICE_ONLINE in told_of(event, down):
        return tuple(d for d in down if d != event.door)
    return down


def body(event: Event, told: WebhookEvent, log_id: str, site: str) -> bytes:
    """The JSON of one delivery."""
    of_device = told in (WebhookEvent.DEVICE_ONLINE, WebhookEvent.DEVICE_OFFLINE)
    named = event.note.partition(" ")[2].partition(":")[0] if event.code in _ALERTS else event.door
    return msgspec.json.encode(
        Told(
            id=f"{log_id}-{event.seq}-{told.value}", event=told, seq=event.seq, at=event.at, site=site, reason=event.code,
            access_point=event.access_point_name, door=event.door, zone=event.zone or "", credential=event.credential,
            card=event.card or "", customer=event.customer or "", customer_name=event.customer_name, actor=event.actor,
            device=named if of_device else "", note=event.note,
        )
    )  # fmt: skip


def signature(secret: bytes, timestamp: str, sent: bytes) -> str:
    """`sha256=` and the HMAC-SHA-256 of `timestamp.body` in hex, under the webhook's secret."""
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + sent, hashlib.sha256).hexdigest()


def problem_of_url(url: str) -> str:
    """Why nothing may be sent there, or nothing. https anywhere; http to this machine and to private addresses alone."""
    if len(url) > LONGEST_URL or any(not 33 <= ord(c) <= 126 for c in url):
        return f"an address of at most {LONGEST_URL} characters, without spaces"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "this is no address"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "an address begins with https:// and names a host"
    if parts.username or parts.password or parts.fragment:
        return "an address without name, password and #"
    if parts.scheme == "http" and not _nearby(parts.hostname):
        return "http is for this machine and for private addresses (192.168.1.20); take https"
    return ""


def _nearby(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or (address.is_private and not address.is_link_local and not address.is_unspecified)


def wait_s(tries: int) -> float:
    """Seconds before the next try: 1, 2, 4, ... ten minutes at most."""
    return min(600.0, float(1 << min(max(tries - 1, 0), 10)))
