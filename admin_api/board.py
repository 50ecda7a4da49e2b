"""The live board: doors, last decisions, who is inside and health, put together at most twice a second for all browsers."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from admin_api.edge_health import DoorNow, EdgeReport, Part
from admin_api.reads.presence import Occupancy, occupancy
from edge.core.alerts import Alert
from edge.core.event import Event
from edge.core.place import AccessPoint, Zone

if TYPE_CHECKING:
    from admin_api.parts import Parts

FRESH_S = 0.4


@dataclass(frozen=True, kw_only=True)
class Board:
    """One look at the site. report None: edge is down. photos: of whom was decided on last."""

    points: list[AccessPoint]
    zones: dict[str, Zone]
    last: dict[str, Event]
    photos: dict[str, str]
    inside: list[Occupancy]
    alerts: list[Alert]
    report: EdgeReport | None
    seq: int

    def door(self, name: str) -> DoorNow:
        """How a door is; unknown while edge is down, never guessed."""
        if self.report is None:
            return DoorNow(name=name, state="unknown", fault="the edge is not running")
        found = next((d for d in self.report.doors if d.name == name), None)
        return found or DoorNow(name=name, state="unknown", fault="no such door in the settings")

    def troubles(self) -> list[Part]:
        return [p for p in self.report.parts if p.state != "up"] if self.report else []


class Boards:
    """The last board, made anew when it is older than FRESH_S."""

    def __init__(self) -> None:
        self._board: Board | None = None
        self._at = 0.0
        self._making = asyncio.Lock()

    async def look(self, parts: Parts, token: str, *, at_least: int = 0) -> Board:
        """token: of somebody who may see doors; at_least: the seq the board must know of."""
        async with self._making:
            if self._board is None or self._board.seq < at_least or time.monotonic() - self._at >= FRESH_S:
                self._board = await _make(parts, token)
                self._at = time.monotonic()
            return self._board


async def _make(parts: Parts, token: str) -> Board:
    seq = await parts.journal.head()
    points = await parts.roster.every(AccessPoint, 200)
    zones = await parts.roster.every(Zone, 200)
    last = await parts.journal.last_decisions([p.id for p in points])
    photos = await parts.roster.photos([e.customer for e in last.values() if e.customer])
    inside = await occupancy(parts.database, parts.now(), parts.scope)
    alerts = await parts.alerts.waiting()
    report = parts.report_of(await parts.health.look(token), points)
    return Board(
        points=points, zones={z.id: z for z in zones}, last=last, photos=photos, inside=inside, alerts=alerts, report=report, seq=seq
    )  # fmt: skip
