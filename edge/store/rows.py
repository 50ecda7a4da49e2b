"""A record's rows: read and written whole with its lists; what SQLite refuses is said as a Conflict that names the field."""

from __future__ import annotations

import sqlite3
from typing import Any, TypeVar

from edge.core.errors import Conflict
from edge.core.model import Record
from edge.store.tables import TABLES, Table, child_rows, from_row, to_row

R = TypeVar("R", bound=Record)
_FIELDS = {"key": "code", "plate_key": "plate"}


def read(db: sqlite3.Connection, table: Table, column: str, value: str) -> Record | None:
    row = db.execute(f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {column} = ?", (value,)).fetchone()
    return from_row(db, table, row) if row else None


def every(db: sqlite3.Connection, kind: type[R], schema: str = "main", **equal: str) -> list[R]:
    """All records of a kind, or those with these values, by id."""
    table = TABLES[kind]
    where = " AND ".join(f"{column} = ?" for column in equal) or "1"
    found = db.execute(
        f"SELECT {', '.join(table.columns)} FROM {schema}.{table.name} WHERE {where} ORDER BY id", tuple(equal.values())
    ).fetchall()
    return [from_row(db, table, row, schema) for row in found]  # type: ignore[misc]


def write(db: sqlite3.Connection, table: Table, record: Record, before: Record | None, extra: dict[str, Any]) -> None:
    columns = table.written + tuple(extra)
    values = to_row(table, record) + tuple(extra.values())
    try:
        if before is None and not extra:
            db.execute(table.insert, values)
        elif before is None:
            marks = ", ".join("?" * len(columns))
            db.execute(f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})", values)
        else:
            sets = ", ".join(f"{c} = ?" for c in columns[1:])
            db.execute(f"UPDATE {table.name} SET {sets} WHERE id = ?", (*values[1:], record.id))
        for name, child in table.children.items():
            if getattr(before, name, ()) == getattr(record, name):
                continue
            if before is not None:
                db.execute(f"DELETE FROM {child.table} WHERE {child.owner} = ?", (record.id,))
            marks = ", ".join("?" * (1 + len(child.columns)))
            db.executemany(
                f"INSERT INTO {child.table} ({child.owner}, {', '.join(child.columns)}) VALUES ({marks})",
                child_rows(child, record, name),
            )
    except sqlite3.IntegrityError as error:
        raise _conflict(table, error, _dangling(db, table, record)) from error


def _dangling(db: sqlite3.Connection, table: Table, record: Record) -> str:
    """The field that refers to something that is not there; empty when none does. SQLite does not say which."""
    for name in (table.name, *(child.table for child in table.children.values())):
        for _, _, target, column, *_ in db.execute(f"PRAGMA foreign_key_list({name})").fetchall():
            field, values = _referring(table, record, name, column)
            for value in values:
                if value is not None and not db.execute(f"SELECT 1 FROM {target} WHERE id = ?", (value,)).fetchone():
                    return field
    return ""


def _referring(table: Table, record: Record, source: str, column: str) -> tuple[str, list[str | None]]:
    if source == table.name:
        return column, [getattr(record, column)]
    for field, child in table.children.items():
        if child.table == source and column in child.columns:
            return field, [v if isinstance(v, str) else getattr(v, column) for v in getattr(record, field)]
    return "", []


def _conflict(table: Table, error: sqlite3.IntegrityError, dangling: str) -> Conflict:
    text = str(error)
    if "UNIQUE" in text:
        column = text.rsplit(".", 1)[-1]
        name = _FIELDS.get(column, column)
        return Conflict(f"another {table.entity} has this {name} already", field=name)
    if "FOREIGN KEY" in text:
        return Conflict(f"this {table.entity} refers to something that is not there", field=dangling)
    return Conflict(f"this {table.entity} cannot be stored: {text}")
