"""Alerts as the desk sees them: those that wait for somebody first, then those that are over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from admin_api.reads.cursor import Page
from admin_api.reads.database import Database
from admin_api.reads.scope import also
from edge.core.alerts import Alert
from edge.core.model import EVERYTHING, Scope
from edge.store.alerts import alert_of

_COLUMNS = ", ".join(Alert.__struct_fields__)
MOST = 200


STATES = {
    "new": "a.acked_at IS NULL",
    "seen": "a.acked_at IS NOT NULL AND a.cleared_at IS NULL",
    "over": "a.cleared_at IS NOT NULL",
    "done": "a.acked_at IS NOT NULL AND a.cleared_at IS NOT NULL",
}
"""State -> its condition: nobody has looked; looked at and still on; over, looked at or not; both."""


@dataclass(frozen=True, kw_only=True)
class AlertQuery:
    """Filters of the list of alerts. state: one of STATES; since, until: raised (ms, until exclusive); before: the alert to go on below."""

    kind: str = ""
    state: str = ""
    since: int | None = None
    until: int | None = None
    before: int | None = None
    limit: int = 50


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

    async def listing(self, query: AlertQuery) -> Page[Alert]:
        """Any of them, the newest first; `next` is the id to go on below."""
        limit = max(1, min(query.limit, MOST))
        terms, values = ["a.id < ?"], list[Any]([query.before if query.before is not None else 1 << 62])
        for term, value in (("a.kind = ?", query.kind), ("a.raised_at >= ?", query.since), ("a.raised_at < ?", query.until)):
            if value not in ("", None):
                terms.append(term)
                values.append(value)
        if query.state:
            terms.append(STATES[query.state])
        rows = await self._db.fetch(
            f"SELECT {_COLUMNS} FROM alert a WHERE {' AND '.join(terms)} {self._terms} ORDER BY id DESC LIMIT ?",
            (*values, *self._values, limit + 1),
        )
        found = [alert_of(r) for r in rows[:limit]]
        return Page(items=found, next=str(found[-1].id) if len(rows) > limit else None)

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
