"""What the central server did not take, in words: changes with both values side by side, its own rows, and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec

from admin_api.auth import Session
from admin_api.console import credentials, import_words
from admin_api.console.customers import customer_fields
from admin_api.console.forms import Field, filled_with, in_words
from admin_api.console.language import _
from admin_api.console.lists.office import entities
from admin_api.console.record_kinds import KINDS
from admin_api.console.times import Times
from admin_api.console.views import EventView, event_view
from admin_api.console.words import sentence
from admin_api.console.words.sync import REFUSALS
from admin_api.parts import Parts
from admin_api.reads.sync import DisagreementView, RefusedEvent, RefusedRow
from edge.commands.disagreements import RIGHTS
from edge.core.event import Event
from edge.core.merge import SYNCED
from edge.core.model import Permission

NOTHING = "–"
_PATHS = {kind.kind: kind.path for kind in KINDS}


@dataclass(frozen=True, kw_only=True)
class Side:
    """A field as it was wanted here and as central has it."""

    label: str
    ours: str
    theirs: str


@dataclass(frozen=True, kw_only=True)
class RefusalView:
    """A change that central refused. name and href: of the record, empty when it is not here; more: what central says of it itself;
    deletes: it was to be deleted; may: this user decides; request: of its form."""

    id: str
    kind: str
    name: str
    href: str
    why: str
    because: str
    more: str
    by: str
    when: str
    deletes: bool
    sides: tuple[Side, ...]
    may: bool
    request: str


@dataclass(frozen=True, kw_only=True)
class RowView:
    """A row of central's that could not be taken."""

    kind: str
    id: str
    name: str
    href: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class LetterView:
    """An event that central refused. what: the event itself, if it is kept; resent: the event that carries it once more, 0: none."""

    event: int
    what: EventView | None
    code: str
    when: str
    told: int
    resent: int
    request: str


async def refusal_views(parts: Parts, session: Session, found: Sequence[DisagreementView], times: Times) -> tuple[RefusalView, ...]:
    forms = {kind: await _fields(parts, session, kind) for kind in {one.type for one in found}}
    wanted = [one.fields.get(name) or one.theirs.get(name) for one in found for name in ("customer", "host")]
    people = await parts.roster.customer_names([id for id in wanted if isinstance(id, str)])
    views = []
    for one in found:
        said = REFUSALS.get(one.code)
        names = dict.fromkeys((*one.fields, *one.theirs)) if one.op != "delete" else {}
        sides = (
            _side(name, one, forms[one.type].get(name), people, times)
            for name in names if one.fields.get(name) != one.theirs.get(name)
        )  # fmt: skip
        views.append(RefusalView(
            id=one.id, kind=_kind(one.type), name=one.name or "", href=_href(one.type, one.row, session) if one.name is not None else "",
            why=said.short if said else one.code, because=said.long if said else "", more="" if said and one.code != "refused" else one.reason,
            by=one.actor, when=times.short(one.at), deletes=one.op == "delete", request=uuid4().hex,
            may=session.may(RIGHTS.get(one.type, Permission.SITE_MANAGE)), sides=tuple(sides),
        ))  # fmt: skip
    return tuple(views)


def row_views(session: Session, found: Sequence[RefusedRow]) -> tuple[RowView, ...]:
    return tuple(
        RowView(
            kind=_kind(row.type), id=row.id, name=row.name or "", problem=sentence(row.problem),
            href=_href(row.type, row.id, session) if row.name is not None else "",
        )
        for row in found
    )  # fmt: skip


def letter_views(found: Sequence[RefusedEvent], events: Mapping[int, Event], times: Times) -> tuple[LetterView, ...]:
    return tuple(
        LetterView(
            event=letter.event,
            what=event_view(events[letter.event], times) if letter.event in events else None,
            code=letter.code,
            when=times.short(letter.at),
            told=letter.told,
            resent=letter.resent or 0,
            request=uuid4().hex,
        )
        for letter in found
    )


def _kind(kind: str) -> str:
    return entities().get(kind, kind)


def _href(kind: str, id: str, session: Session) -> str:
    """The page of a record; empty where it has none, or none for this user."""
    match kind:
        case "customer":
            return f"/customers/{id}" if session.may(Permission.CUSTOMERS_VIEW) else ""
        case "card" | "vehicle":
            return f"/{kind}s/{id}/edit" if session.may(RIGHTS[kind]) else ""
        case _:
            path = _PATHS.get(SYNCED[kind], "") if kind in SYNCED else ""
            return f"{path}/{id}" if path and session.may(RIGHTS.get(kind, Permission.SITE_MANAGE)) else ""


# ---------------------------------------------------------------------------------------------------- both sides


async def _fields(parts: Parts, session: Session, kind: str) -> dict[str, Field]:
    """How the fields of a kind are asked on its form, by their names: their labels, and how their values read."""
    fields: tuple[Field, ...] = ()
    if kind == "customer":
        fields = await customer_fields(parts, session)
    elif kind in ("card", "vehicle"):
        fields = await credentials.fields_of(parts, credentials.CARD if kind == "card" else credentials.VEHICLE)
    else:
        for known in KINDS:
            if known.kind is SYNCED.get(kind):
                fields = await known.fields(parts, False)
    return {field.name: field for field in fields}


def _side(name: str, one: DisagreementView, field: Field | None, people: dict[str, str], times: Times) -> Side:
    ours, theirs = (_reads(name, one.type, values.get(name), field, people, times) for values in (one.fields, one.theirs))
    return Side(label=_(field.label) if field else import_words.field(name).capitalize(), ours=ours, theirs=theirs)


def _reads(name: str, kind: str, value: Any, field: Field | None, people: dict[str, str], times: Times) -> str:
    """A value for people. Of what is none of this field (central may say anything) and of what no form asks, as it stands."""
    if value in (None, "", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str) and name in ("customer", "host"):
        return people.get(value, value)
    if isinstance(value, int) and (name.endswith("_at") or name in ("valid_from", "valid_to")):
        return times.short(value)
    if field is not None and _is_one(name, kind, value):
        form = filled_with((field,), {name: value}, times, action="", submit="", back="", ver=None)
        return in_words(form.inputs[0]) or NOTHING
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _is_one(name: str, kind: str, value: Any) -> bool:
    """Is this a value that the record may have in this field."""
    types = {field.name: field.type for field in msgspec.structs.fields(SYNCED[kind])} if kind in SYNCED else {}
    try:
        msgspec.convert(value, types[name])
    except (KeyError, msgspec.ValidationError):
        return False
    return True
