"""What every handler is given: the reads, the line to the edge, the live hub, limits and settings of one desk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from admin_api.board import Boards
from admin_api.edge_client import EdgeClient
from admin_api.edge_health import EdgeHealth
from admin_api.limits import Limits
from admin_api.live import Hub
from admin_api.reads.alerts import AlertReads
from admin_api.reads.database import Database
from admin_api.reads.journal import JournalReads
from admin_api.reads.roster import RosterReads
from admin_api.reports.calendar import Calendar
from admin_api.reports.queue import Exports
from edge.settings import Settings
from edge.store.files import Files


def wall_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(kw_only=True)
class Parts:
    """One desk's parts. secure: served over HTTPS, so cookies say so. authority: the site's own certificate authority (PEM file)."""

    settings: Settings
    files: Files
    database: Database
    roster: RosterReads
    journal: JournalReads
    alerts: AlertReads
    edge: EdgeClient
    health: EdgeHealth
    hub: Hub
    limits: Limits
    boards: Boards
    exports: Exports
    calendar: Calendar
    secure: bool
    authority: Path | None = None
    now: Callable[[], int] = wall_ms
    noted: dict[str, int] = field(default_factory=dict)
    """Session -> when its last-seen was last sent on (ms); bounded by auth."""

    async def close(self) -> None:
        await self.hub.aclose()
        await self.exports.close()
        await self.edge.close()
        await self.database.close()


def build(settings: Settings, *, secure: bool, authority: Path | None) -> Parts:
    """The parts of a desk over these settings. Opens nothing yet."""
    files = Files(Path(settings.state))
    database = Database(files)
    edge = EdgeClient(files.socket)
    roster = RosterReads(database)
    exports = Exports(settings, edge, database, wall_ms)
    return Parts(
        settings=settings,
        files=files,
        database=database,
        roster=roster,
        journal=JournalReads(database),
        alerts=AlertReads(database),
        edge=edge,
        health=EdgeHealth(edge),
        hub=Hub(files),
        limits=Limits(),
        boards=Boards(),
        exports=exports,
        calendar=Calendar(roster, edge, exports, settings.site.time_zone),
        secure=secure,
        authority=authority,
    )
