"""What only some access points ask for (core.facts.Place.asks), in one statement that has just those parts."""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from typing import NamedTuple


class Asked(NamedTuple):
    """What only some access points ask for: wrong PINs, who showed just before, how many are inside, doors just released (a line
    each), when central's word was last complete (None: it is not central's card)."""

    wrong: int = 0
    failed_at: int = 0
    beside: str = ""
    beside_kind: str = ""
    beside_waits: int = 0
    beside_at: int = 0
    inside: int = 0
    released: str = ""
    synced_at: int | None = None


NOT_ASKED = Asked()
_ASKED = {
    "pin": ("p.wrong", "p.at"),
    "companion": ("c.holder", "c.kind", "c.waits", "c.at"),
    "inside": ("{inside}",),
    "interlock": ("(SELECT group_concat(door, char(10)) FROM released WHERE until > ?4)",),
    "data": ("(SELECT ifnull(h.synced_at, 0) FROM {r}.head h, {r}.central_row w WHERE w.entity = ?5 AND w.id = ?3)",),
}
_CORRECTED = " + ifnull((SELECT by FROM correction WHERE zone = ?1), 0)"
COUNT = "(SELECT count(*) FROM entry WHERE zone = ?1 AND out_at IS NULL)" + _CORRECTED
COUNTED = "ifnull((SELECT open FROM temp.occupancy WHERE zone = ?1), 0)" + _CORRECTED
"""Visits open in the zone ?1, corrected by hand: counted, and as kept by keep_counts."""

_KEEP_COUNTS = """
CREATE TEMP TABLE occupancy (zone TEXT PRIMARY KEY, open INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO occupancy SELECT zone, count(*) FROM main.entry WHERE out_at IS NULL GROUP BY zone;
CREATE TEMP TRIGGER visit_begins AFTER INSERT ON main.entry WHEN new.out_at IS NULL BEGIN
  INSERT INTO occupancy VALUES (new.zone, 1) ON CONFLICT (zone) DO UPDATE SET open = open + 1;
END;
CREATE TEMP TRIGGER visit_ends AFTER UPDATE OF out_at ON main.entry WHEN old.out_at IS NULL AND new.out_at IS NOT NULL BEGIN
  UPDATE occupancy SET open = open - 1 WHERE zone = old.zone;
END;
CREATE TEMP TRIGGER visit_is_gone AFTER DELETE ON main.entry WHEN old.out_at IS NULL BEGIN
  UPDATE occupancy SET open = open - 1 WHERE zone = old.zone;
END;
"""


def keep_counts(db: sqlite3.Connection) -> None:
    """Count the open visits of each zone as they begin and end on this connection, which is the one that writes them.

    Counted anew for each decision they would cost the more the fuller a zone is. In memory, and rolled back with the rest.
    """
    db.executescript(_KEEP_COUNTS)


@lru_cache(maxsize=64)
def asked_sql(schema: str, inside: str, asks: frozenset[str]) -> str:
    """A statement of one row like Asked, NULL for what is not asked.

    Parameters: zone, access point's id, card, now (ms), "card" or "vehicle", whose wrong PINs. inside: COUNT or COUNTED.
    """
    columns = [sql.format(r=schema, inside=inside) if ask in asks else "NULL" for ask, sqls in _ASKED.items() for sql in sqls]
    source = "(SELECT 1) LEFT JOIN companion c ON c.access_point = ?2" if "companion" in asks else "(SELECT 1)"
    tried = "LEFT JOIN pin_failure p ON p.holder = ?6" if "pin" in asks else ""
    return f"SELECT {', '.join(columns)} FROM {source} {tried} WHERE ifnull(?1, ifnull(?2, ifnull(?3, ifnull(?4, ifnull(?5, ?6))))) IS NOT NULL"  # (binds all six)
