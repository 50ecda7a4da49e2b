"""The alerts' part of the journal: rows, what the events say since the last look, and what is counted. Each on one connection."""

from __future__ import annotations

import sqlite3

import msgspec

from edge.core.alerts import Alert, AlertKind, AlertRule
from edge.core.errors import NotFound
from edge.core.event import Event
from edge.core.levels import Counts, ZoneCount
from edge.store.tables import TABLES, from_row

KEPT_MS = 365 * 24 * 3600 * 1000
_COLUMNS = ", ".join(Alert.__struct_fields__)
_MARKS = ", ".join("?" * len(Alert.__struct_fields__))
_event = msgspec.json.Decoder(Event)


def alert_of(row: tuple[object, ...]) -> Alert:
    """The alert of a row with all columns, in the order of its fields."""
    return msgspec.convert(dict(zip(Alert.__struct_fields__, row, strict=True)), Alert)


def waiting(db: sqlite3.Connection) -> list[Alert]:
    """Every alert that is not both acknowledged and over."""
    return [
        alert_of(r) for r in db.execute(f"SELECT {_COLUMNS} FROM alert WHERE acked_at IS NULL OR cleared_at IS NULL ORDER BY id")
    ]


def get(db: sqlite3.Connection, id: int) -> Alert:
    """Raises NotFound."""
    row = db.execute(f"SELECT {_COLUMNS} FROM alert WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NotFound(f"there is no alert {id}", field="id")
    return alert_of(row)


def keep(db: sqlite3.Connection, alert: Alert) -> None:
    """Insert or replace; what has been acknowledged and over for a year goes."""
    values = [v.value if isinstance(v, AlertKind) else v for v in (getattr(alert, f) for f in Alert.__struct_fields__)]
    db.execute(f"INSERT OR REPLACE INTO alert ({_COLUMNS}) VALUES ({_MARKS})", values)
    old = alert.last_at - KEPT_MS
    db.execute("DELETE FROM alert WHERE acked_at < ? AND cleared_at < ?", (old, old))


def rules(db: sqlite3.Connection) -> list[AlertRule]:
    """What the site says of kinds of alerts."""
    table = TABLES[AlertRule]
    rows = db.execute(f"SELECT {', '.join(table.columns)} FROM roster.{table.name}").fetchall()
    return [r for r in (from_row(db, table, row, "roster") for row in rows) if isinstance(r, AlertRule)]


def unseen(db: sqlite3.Connection, head: int, after: int | None, limit: int) -> tuple[list[Event], int]:
    """(events after this one that may say something to alerts, the seq up to which that is all). after None: from where the last look ended."""
    seen = after if after is not None else int(db.execute("SELECT seq FROM alerted").fetchone()[0])
    upto = min(head, seen + limit)
    rows = db.execute(
        "SELECT body FROM event WHERE seq > ? AND seq <= ? AND (kind IN ('alarm', 'door', 'fault', 'system') OR outcome = 'denied') ORDER BY seq",
        (seen, upto),
    )
    return [_event.decode(body) for (body,) in rows], upto


def looked(db: sqlite3.Connection, seq: int) -> None:
    """The alerts have looked up to here."""
    db.execute("UPDATE alerted SET seq = ?", (seq,))


def counts(db: sqlite3.Connection, free_mb: int | None, *, synced: bool) -> Counts:
    """Zones with a capacity and who is in them, what central has not got. free_mb is handed through."""
    zones = db.execute(
        "SELECT z.id, z.name, z.capacity, (SELECT count(*) FROM entry e WHERE e.zone = z.id AND e.out_at IS NULL)"
        " + ifnull((SELECT by FROM correction c WHERE c.zone = z.id), 0) FROM roster.zone z WHERE z.capacity > 0"
    )
    (unacked,) = db.execute("SELECT seq - acked FROM head").fetchone()
    return Counts(
        zones=tuple(ZoneCount(zone=id, name=name, inside=inside, capacity=capacity) for id, name, capacity, inside in zones),
        free_mb=free_mb,
        unacked=unacked if synced else None,
    )
