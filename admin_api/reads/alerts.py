"""Alerts as the desk sees them: those that wait for somebody first, then those that are over."""

from __future__ import annotations

from admin_api.reads.cursor import Page
from admin_api.reads.database import Database
from admin_api.reads.scope import also
from edge.core.alerts import Alert
from edge.core.model import EVERYTHING, Scope
from edge.store.alerts import alert_of

_COLUMNS = ", ".join(Alert.__struct_fields__)
MOST = 200


class AlertReads:
    """Each look is one bounded read."""

    def __init__(self, database: Database, scope: Scope = EVERYTHING) -> None:
        self._db = database
        self._terms, self._values = also("alert", scope, "a")

    async def waiting(self) -> list[Alert]:
        """Not both acknowledged and over; those nobody has looked at first, the newest first."""
        rows = await self._db.fetch(
            f"SELECT {_COLUMNS} FROM alert a WHERE (acked_at IS NULL OR cleared_at IS NULL) {self._terms}"
            " ORDER BY acked_at IS NOT NULL, cleared_at IS NOT NULL, last_at DESC LIMIT ?",
            (*self._values, MOST),
        )
        return [alert_of(r) for r in rows]

    async def done(self, *, before: int | None = None, limit: int = 50) -> Page[Alert]:
        """Acknowledged and over, the newest first; `next` is the id to go on below."""
        limit = max(1, min(limit, MOST))
        rows = await self._db.fetch(
            f"SELECT {_COLUMNS} FROM alert a WHERE acked_at IS NOT NULL AND cleared_at IS NOT NULL AND id < ? {self._terms}"
            " ORDER BY id DESC LIMIT ?",
            (before if before is not None else 1 << 62, *self._values, limit + 1),
        )
        found = [alert_of(r) for r in rows[:limit]]
        return Page(items=found, next=str(found[-1].id) if len(rows) > limit else None)
