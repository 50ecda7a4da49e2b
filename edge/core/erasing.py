"""Erasing a person: what is looked for, and what an event, a visit or an audit line is without it. Pure.

Records keep their ids, which say nothing of anybody; what they said of the person is replaced by a name made of the customer's number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from edge.core.event import Event, EventKind
from edge.core.model import Json, Value

SHORTEST = 5
"""Texts of fewer letters are not looked for where people write what they like, nor single words: they are parts of what is said of others."""
MOST_TEXTS = 100
_SAID = ("name", "email", "phone", "mobile", "evening_phone", "fax", "plate", "plate_key", "username")
_PEOPLE_WRITE = (EventKind.OPERATOR, EventKind.PAYMENT, EventKind.DECISION)
"""Kinds of events whose note somebody wrote; other notes are the house's own ("event 12")."""
_OF_ERASING = ("events_erased", "customer_erased")


class Erasing(Value, frozen=True, kw_only=True):
    """What is looked for. names: customer (id) -> what stands in place of the name; labels: vehicle (id) -> in place of its plate.

    texts: as they were written, replaced wherever people write what they like (notes, reasons). done_by: who asked.
    """

    id: str
    names: dict[str, str]
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    texts: tuple[str, ...] = ()
    done_by: str = ""

    @property
    def name(self) -> str:
        return next(iter(self.names.values()))


def erased_name(number: int) -> str:
    return f"Erased {number}"


def erased_plate(id: str) -> str:
    """In place of a plate: the random end of its vehicle's id, the same in each of its events."""
    return f"erased-{id[-8:]}"


def texts_of(record: Json) -> list[str]:
    """What a record of a person, card or vehicle (as JSON) says that people may have written elsewhere too."""
    found = [record.get(field) for field in _SAID]
    found.append(f"{record.get('first_name', '')} {record.get('last_name', '')}".strip())
    return [text for text in found if isinstance(text, str) and len(text) >= SHORTEST and not text.isalpha()]


def with_texts(who: Erasing, texts: Iterable[str]) -> Erasing:
    """Looking for these too; longer ones first, so that no part of one is left."""
    said = {text for text in (*who.texts, *texts) if text not in who.names.values()}
    return replace(who, texts=tuple(sorted(said, key=lambda t: (-len(t), t))[:MOST_TEXTS]))


def hidden(text: str, who: Erasing) -> str:
    """What somebody wrote, without the texts that are looked for."""
    for said in who.texts:
        text = text.replace(said, who.name)
    return text


def without_names(event: Event, who: Erasing) -> Event:
    """The event as it stands there afterwards; the very same one when it says nothing of the person."""
    changes: dict[str, Any] = {}
    if event.code in _OF_ERASING:
        return event
    if event.customer in who.names:
        changes = {
            "customer_name": who.names[event.customer] if event.customer_name else "",
            "last4": "",
            "evidence": None,
            "salt": "",
        }
        changes["card_label"] = who.labels.get(event.card or "", "")
        if event.kind in _PEOPLE_WRITE:
            changes["note"] = ""
    else:
        changes["note"] = hidden(event.note, who)
        if event.card_label in who.texts:
            changes |= {"card_label": who.labels.get(event.card or "", ""), "last4": ""}
    kept = event.facts
    if kept and kept.person and event.customer in who.names:
        kept = replace(kept, person=replace(kept.person, born=""))
    if kept and kept.companion and kept.companion.person in who.names:
        kept = replace(kept, companion=replace(kept.companion, born=""))
    if event.again:
        carried = msgspec.json.decode(event.again, type=Event)
        left = without_names(carried, who)
        changes["again"] = event.again if left is carried else msgspec.json.encode(left).decode()
    after = replace(event, facts=kept, **changes)
    return event if after == event else after
