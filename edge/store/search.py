"""Keeping the index of the search in step with the records, in their own commits."""

from __future__ import annotations

import sqlite3

from edge.core.model import Record
from edge.core.searching import FIELDS, owner_of, words_of

_COLUMNS = ", ".join(FIELDS)
_MARKS = ", ".join("?" * len(FIELDS))
_SETS = ", ".join(f"{f} = excluded.{f}" for f in FIELDS)
_PUT = (
    f"INSERT INTO searched (id, entity, owner, {_COLUMNS}) VALUES (?, ?, ?, {_MARKS})"
    f" ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, {_SETS}"
)


def keep(db: sqlite3.Connection, entity: str, before: Record | None, record: Record) -> None:
    """Make a record findable as it is now; nothing is written when nothing that it is found by changed."""
    words = words_of(record)
    if words is None:
        return
    owner = owner_of(record)
    if before is not None and words_of(before) == words and owner_of(before) == owner:
        return
    db.execute(_PUT, (record.id, entity, owner, *words))


def forget(db: sqlite3.Connection, record: Record) -> None:
    db.execute("DELETE FROM searched WHERE id = ?", (record.id,))
