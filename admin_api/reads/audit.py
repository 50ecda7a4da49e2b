"""The audit: who changed what, from and to, and who looked; newest first in bounded looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from admin_api.reads.cursor import Page
from admin_api.reads.database import Database
from edge.core.device import masked

LOOKS_BACK = 50_000
"""Lines one page looks at, at most: a rare filter answers with fewer and says where to go on."""
_OP = "CASE WHEN op <> 'put' THEN op WHEN before IS NULL THEN 'add' ELSE 'edit' END"
_NOT_SAID = frozenset({"id", "ver"})


@dataclass(frozen=True, kw_only=True)
class AuditQuery:
    """Filters. since and until in ms, until exclusive; before: older than this rev."""

    actor: str = ""
    entity: str = ""
    entity_id: str = ""
    command: str = ""
    op: str = ""
    since: int | None = None
    until: int | None = None
    before: int | None = None
    limit: int = 50


class FieldChange(Struct, frozen=True, kw_only=True):
    """A field before and after; null where it was not set."""

    field: str
    before: Any = None
    after: Any = None


class AuditLine(Struct, frozen=True, kw_only=True):
    """One change or look. op: add, edit, delete, view, reveal, ...; actor: the sign-in name, and the API key where there was one."""

    rev: int
    at: int
    actor: str
    command: str
    entity: str
    entity_id: str
    op: str
    reason: str
    changes: list[FieldChange]


async def audit(database: Database, query: AuditQuery) -> Page[AuditLine]:
    """One page. `next` is the rev to go on below, even when this page found nothing."""
    limit = max(1, min(query.limit, 200))
    top = query.before - 1 if query.before is not None else await _last(database)
    floor = 0 if query.entity_id else max(0, top - LOOKS_BACK)  # the lines of one record have an index
    terms, values = ["rev <= ?", "rev > ?"], list[Any]([top, floor])
    for column, value in (
        ("actor =", query.actor), ("entity =", query.entity), ("entity_id =", query.entity_id), ("command =", query.command),
        (f"{_OP} =", query.op), ("at >=", query.since), ("at <", query.until),
    ):  # fmt: skip
        if value not in ("", None):
            terms.append(f"{column} ?")
            values.append(value)
    rows = await database.fetch(
        f"SELECT rev, at, actor, command, entity, entity_id, {_OP}, reason, before, after FROM roster.change"
        f" WHERE {' AND '.join(terms)} ORDER BY rev DESC LIMIT ?",
        (*values, limit + 1),
    )
    following = str(rows[limit - 1][0]) if len(rows) > limit else str(floor + 1) if floor > 0 else None
    return Page(items=[_line(row) for row in rows[:limit]], next=following)


async def _last(database: Database) -> int:
    rows = await database.fetch("SELECT rev FROM roster.head")
    return int(rows[0][0])


def _line(row: tuple[Any, ...]) -> AuditLine:
    rev, at, actor, command, entity, entity_id, op, reason, before, after = row
    return AuditLine(
        rev=rev, at=at, actor=actor, command=command, entity=entity, entity_id=entity_id, op=op, reason=reason,
        changes=differences(before, after),
    )  # fmt: skip


def _shown(value: Any) -> Any:
    """A value without the password of the camera's address in it."""
    return {**value, "source": masked(value["source"])} if isinstance(value, dict) and "source" in value else value


def differences(before: str | None, after: str | None) -> list[FieldChange]:
    """Field by field, of two records as JSON. Of a record that is gone: what it was."""
    old: dict[str, Any] = msgspec.json.decode(before) if before else {}
    new: dict[str, Any] = msgspec.json.decode(after) if after else {}
    return [
        FieldChange(field=field, before=_shown(old.get(field)), after=_shown(new.get(field)))
        for field in dict.fromkeys((*old, *new))
        if field not in _NOT_SAID and old.get(field) != new.get(field)
    ]
