"""How each user likes each list: rows a page and columns, remembered in the desk's scratch. Lost with it, the lists are as they were made."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from admin_api.console.lists.sheet import ROWS, Column
from admin_api.parts import Parts
from edge.core.errors import Unavailable

DEFAULT_ROWS = 50


@dataclass(frozen=True, kw_only=True)
class Look:
    """columns: names of those shown, None: those that the list shows by itself."""

    rows: int = DEFAULT_ROWS
    columns: tuple[str, ...] | None = None

    def shown(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The first always is: it leads to the record."""
        if self.columns is None:
            return tuple(c for c in columns if c.shown)
        return tuple(c for i, c in enumerate(columns) if i == 0 or c.name in self.columns)


async def look_of(parts: Parts, user: str, sheet: str) -> Look:
    """As it was left; where the scratch cannot be read, as lists are made."""
    try:
        store = await parts.exports.ready()
        rows = list(await store.db.execute_fetchall("SELECT rows, columns FROM look WHERE user = ? AND list = ?", (user, sheet)))
    except (Unavailable, sqlite3.Error):
        return Look()
    if not rows:
        return Look()
    size, columns = rows[0]
    return Look(rows=size if size in ROWS else DEFAULT_ROWS, columns=tuple(columns.split()) if columns is not None else None)


async def keep_look(parts: Parts, user: str, sheet: str, look: Look) -> None:
    """Raises Unavailable."""
    store = await parts.exports.ready()
    columns = None if look.columns is None else " ".join(look.columns)
    try:
        await store.db.execute("INSERT OR REPLACE INTO look VALUES (?, ?, ?, ?)", (user, sheet, look.rows, columns))
    except sqlite3.Error as error:
        raise Unavailable(f"desk.db cannot be written ({error})") from error
