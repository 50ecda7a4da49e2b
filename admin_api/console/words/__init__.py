"""Words for people: every code of the house, short and as a sentence. Codes never reach a page without passing here."""

from __future__ import annotations

import re

from admin_api.console.language import _, refused
from admin_api.console.words.alerts import ALERT_OF, ALERTS
from admin_api.console.words.decisions import REASONS, REMEDIES, remedy
from admin_api.console.words.doors import ANTIPASSBACK, DOOR_STATES, DOOR_TONES, HOLDS, MODES
from admin_api.console.words.events import CAUSES, CLOCKS, EVENT_CODES, EVENT_KINDS, likely
from admin_api.console.words.health import PARTS, part
from admin_api.console.words.notices import NOTICES
from admin_api.console.words.office import WEBHOOK_EVENTS
from admin_api.console.words.records import (
    ADDRESSES,
    CARD_STATUS,
    COMMANDS,
    FLAGS,
    KINDS,
    LANGUAGES,
    METHODS,
    PAYMENT_STATES,
    STATUS,
    change,
)
from admin_api.console.words.rights import PERMISSIONS
from admin_api.console.words.said import Said, Toned, Words
from edge.core.alerts import AlertKind
from edge.core.judgement import Reason


def reason(code: str) -> Said:
    """The words for a reason or event code; one that is not known here is shown as it is."""
    if code in REASONS:
        return REASONS[Reason(code)]
    return EVENT_CODES.get(code) or Said(code.replace("_", " ").capitalize(), "")


CODES = frozenset(EVENT_CODES) | {r.value for r in REASONS}
"""Every code that has words here."""


_OF_EVENT = re.compile(r"event (\d+)(: .+)?")


def note(code: str, said: str) -> str:
    """The note of an event, with the codes that the house writes into it in words."""
    said = likely(said)
    first, _space, rest = said.partition(" ")
    if code.startswith("alert_") and first.rstrip(":") in tuple(AlertKind):
        return f"{ALERTS[AlertKind(first.rstrip(':'))].short}{':' if first.endswith(':') else ''} {rest}".strip()
    if code in ("event_refused", "event_resent") and (found := _OF_EVENT.search(said)):
        return _("Event %(seq)s") % {"seq": found[1]} + (found[2] or "")
    if code == "door_nuisance" and first in EVENT_CODES:
        return f"{EVENT_CODES[first].short} {rest}"
    return said


def sentence(message: str) -> str:
    """What the house says of something refused, as a sentence."""
    said = refused(message)
    return said[:1].upper() + said[1:] + ("" if said.endswith((".", "?", "!")) else ".")


__all__ = [
    "ADDRESSES", "ALERTS", "ALERT_OF", "ANTIPASSBACK", "CARD_STATUS", "CAUSES", "CLOCKS", "CODES", "COMMANDS", "DOOR_STATES", "DOOR_TONES", "EVENT_CODES", "EVENT_KINDS", "FLAGS",
    "HOLDS", "KINDS", "LANGUAGES", "METHODS", "MODES", "NOTICES", "PARTS", "PAYMENT_STATES", "PERMISSIONS", "REASONS", "REMEDIES", "STATUS", "WEBHOOK_EVENTS", "Said", "Toned", "Words",
    "change", "likely", "note", "part", "reason", "remedy", "sentence",
]  # fmt: skip
