"""Keeping the index of the search in step with the records, in their own commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from edge.core.model import Card, Record, Vehicle
from edge.core.people import Company, Customer
from edge.core.searching import FIELDS, owner_of, words_of
from edge.store import rows
from edge.store.tables import TABLES

_COLUMNS = ", ".join(FIELDS)
_MARKS = ", ".join("?" * len(FIELDS))
_SETS = ", ".join(f"{f} = excluded.{f}" for f in FIELDS)
_PUT = (
    f"INSERT INTO searched (id, entity, owner, {_COLUMNS}) VALUES (?, ?, ?, {_MARKS})"
    f" ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, {_SETS}"
)


def keep(db: sqlite3.Connection, changes: Iterable[tuple[Record | None, Record | None]]) -> None:
    """Make records findable as they are now, (before, after) each in the order of their changes; nothing is written where nothing that
    one is found by changed."""
    firsts: dict[str, Record | None] = {}
    lasts: dict[str, Record | None] = {}
    for before, after in changes:
        either = before or after
        assert either is not None
        firsts.setdefault(either.id, before)
        lasts[either.id] = after
    for id, record in lasts.items():
        _keep(db, id, firsts[id], record)


def _keep(db: sqlite3.Connection, id: str, before: Record | None, record: Record | None) -> None:
    words = words_of(record) if record is not None else None
    if record is None or words is None:
        if before is not None and words_of(before) is not None:
            db.execute("DELETE FROM searched WHERE id = ?", (id,))
        return
    owner = owner_of(record)
    if before is not None and words_of(before) == words and owner_of(before) == owner:
        return
    db.execute(_PUT, (id, TABLES[type(record)].entity, owner, *words))


SOUGHT: tuple[type[Record], ...] = (Customer, Card, Vehicle, Company)


def owe(db: sqlite3.Connection) -> None:
    """Rows have come in that are not in the index yet."""
    db.executemany("INSERT OR REPLACE INTO search_due VALUES (?, '')", [(TABLES[kind].entity,) for kind in SOUGHT])


def catch_up(db: sqlite3.Connection, limit: int) -> bool:
    """Take up to so many rows into the index that it owes; True: there are more."""
    for kind in SOUGHT:
        table = TABLES[kind]
        due = db.execute("SELECT after FROM search_due WHERE entity = ?", (table.entity,)).fetchone()
        if due is None:
            continue
        ids = [id for (id,) in db.execute(
            f"SELECT id FROM {table.name} t WHERE id > ? AND NOT EXISTS (SELECT 1 FROM searched WHERE searched.id = t.id) ORDER BY id LIMIT ?",
            (due[0], limit),
        )]  # fmt: skip
        for id in ids:
            record = rows.read(db, table, "id", id)
            if record is not None:
                _keep(db, id, None, record)
        if ids:
            db.execute("UPDATE search_due SET after = ? WHERE entity = ?", (ids[-1], table.entity))
        else:
            db.execute("DELETE FROM search_due WHERE entity = ?", (table.entity,))
        return True
    return False
