"""Where each webhook stands, in the journal's own file: a delivery and what it is about are of one disk."""

from __future__ import annotations

import sqlite3

import msgspec

from edge.core.webhook import Cursor, Webhook
from edge.store.tables import TABLES, from_row

LOOKS_BACK = 1000
"""It is looked at within a second of being made; more than so many events do not happen meanwhile."""


def active(db: sqlite3.Connection) -> list[tuple[Webhook, Cursor | None]]:
    """Webhooks that are to be told, each with where it stands (None: it is new)."""
    table = TABLES[Webhook]
    rows = db.execute(f"SELECT {', '.join(table.columns)} FROM roster.{table.name} WHERE active = 1 ORDER BY id").fetchall()
    found = [from_row(db, table, row, "roster") for row in rows]
    return [(webhook, cursor_of(db, webhook.id)) for webhook in found if isinstance(webhook, Webhook)]


def cursor_of(db: sqlite3.Connection, webhook: str) -> Cursor | None:
    row = db.execute("SELECT seq, failing_since, tries, problem, down FROM webhook_cursor WHERE webhook = ?", (webhook,)).fetchone()
    if row is None:
        return None
    down = msgspec.json.decode(row[4], type=tuple[str, ...])
    return Cursor(seq=row[0], failing_since=row[1], tries=row[2], problem=row[3], down=down)


def beginning(db: sqlite3.Connection, created_at: int) -> int:
    """Behind which event a new webhook begins: all since it was made is for it, of the last LOOKS_BACK."""
    row = db.execute(
        "SELECT h.seq, (SELECT seq FROM event WHERE seq > h.seq - ? AND at >= ? ORDER BY seq LIMIT 1) FROM main.head h",
        (LOOKS_BACK, created_at),
    ).fetchone()
    return int(row[1]) - 1 if row[1] is not None else int(row[0])


def keep(db: sqlite3.Connection, webhook: str, cursor: Cursor) -> None:
    down = msgspec.json.encode(cursor.down).decode()
    db.execute(
        "INSERT OR REPLACE INTO webhook_cursor VALUES (?, ?, ?, ?, ?, ?)",
        (webhook, cursor.seq, cursor.failing_since, cursor.tries, cursor.problem, down),
    )
    db.execute("DELETE FROM webhook_cursor WHERE webhook NOT IN (SELECT id FROM roster.webhook)")
