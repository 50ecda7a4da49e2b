"""What a command is, and the three verbs that most records share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import msgspec
from msgspec import Struct

from edge.core.errors import Conflict, Invalid
from edge.core.model import Actor, Moment, Permission, Record, too_large
from edge.ports import JournalTx, RosterTx

R = TypeVar("R", bound=Record)
F = TypeVar("F", bound=Callable[..., Any])


class Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """A change somebody asks for. right: the permission it needs (None: signing in, or one's own session)."""

    right: ClassVar[Permission | None] = None
    patient: ClassVar[bool] = False
    """A long piece of something larger: whatever else waits goes first."""


class SaidOnce(Struct, frozen=True):
    """A result with a secret in it."""

    def kept(self) -> Any:
        """What a retry of the request gets: the result without its secret. None: nothing is kept, a retry does it again."""
        return None


Patch = dict[str, Any]
"""Field name -> JSON value, checked against the record type when applied: one definition of a field serves add and edit."""

SET_BY_THE_HOUSE = frozenset(
    {
        "id",
        "ver",
        "number",
        "last4",
        "plate_key",
        "created_at",
        "deleted_at",
        "has_pin",
        "made_by",
        "owner",
        "has_document",
        "document_issuer",
        "reviewed_at",
        "merged_into",
        "erased_at",
        "photo",
        "replaces",
        "handed_out_at",
        "taken_back_at",
        "second_factor",
        "used_at",
        "display",
    }
)

Handler = Callable[[RosterTx, Any, Actor, Moment], Any]
HANDLERS: dict[type[Command], Handler] = {}


def handles(*commands: type[Command]) -> Callable[[F], F]:
    """Register the function that does a roster command (or several of one shape)."""

    def register(function: F) -> F:
        HANDLERS.update(dict.fromkeys(commands, function))
        return function

    return register


JournalHandler = Callable[[JournalTx, Any, Actor, Moment], Any]
JOURNAL_HANDLERS: dict[type[Command], JournalHandler] = {}


def handles_in_journal(*commands: type[Command]) -> Callable[[F], F]:
    """The same for a command that writes to the journal: done once for a request id."""

    def register(function: F) -> F:
        JOURNAL_HANDLERS.update(dict.fromkeys(commands, function))
        return function

    return register


QUESTIONS: dict[type[Command], JournalHandler] = {}


def answers(*commands: type[Command]) -> Callable[[F], F]:
    """The same for a question that the journal's tables answer: nothing is written, nothing is kept."""

    def register(function: F) -> F:
        QUESTIONS.update(dict.fromkeys(commands, function))
        return function

    return register


def made(kind: type[R], fields: Patch, **by_the_house: Any) -> R:
    """A new record from a request's fields. Raises Invalid naming the field."""
    _refuse_house_fields(fields)
    try:
        return _held(msgspec.convert({**fields, **{k: v for k, v in by_the_house.items() if v is not None}}, kind, strict=True))
    except msgspec.ValidationError as error:
        raise _invalid(kind, error) from error


def changed(before: R, changes: Patch, ver: int | None) -> R:
    """The record with the changes applied. Raises Conflict when ver is not the present one, Invalid naming the field."""
    if ver is not None and ver != before.ver:
        raise Conflict(f"it was changed in the meantime (it is at version {before.ver}, you started from {ver})", field="ver")
    _refuse_house_fields(changes)
    try:
        return _held(msgspec.convert({**msgspec.to_builtins(before), **changes}, type(before), strict=True))
    except msgspec.ValidationError as error:
        raise _invalid(type(before), error) from error


def _held(record: R) -> R:
    if field := too_large(record):
        raise Invalid("this number is too large", field=field)
    return record


def _refuse_house_fields(fields: Patch) -> None:
    taken = sorted(SET_BY_THE_HOUSE & fields.keys())
    if taken:
        raise Invalid(f"{taken[0]} is set by the house, not by a request", field=taken[0])


def _invalid(kind: type[Record], error: msgspec.ValidationError) -> Invalid:
    """msgspec says `... - at `$.name`` or names an unknown or missing field; pass on which."""
    text = str(error)
    if " - at `$." in text:
        message, _, path = text.partition(" - at `$.")
        return Invalid(message, field=path.rstrip("`"))
    for opening in ("unknown field `", "missing required field `"):
        if opening in text:
            return Invalid(text, field=text.split(opening, 1)[1].split("`", 1)[0])
    return Invalid(text)


def text(value: str, field: str, *, required: bool = False, longest: int = 200) -> str:
    """Text as it is kept: trimmed, one space between words, no control characters. Raises Invalid."""
    kept = " ".join(value.split()) if value else ""
    if not kept and not required:
        return kept
    if required and not kept:
        raise Invalid("this cannot be empty", field=field)
    if len(kept) > longest:
        raise Invalid(f"at most {longest} characters", field=field)
    if not kept.isprintable():
        raise Invalid("there are characters in it that cannot be shown", field=field)
    return kept
