"""What every handler is given: the reads, the line to the edge, the live hub, limits and settings of one desk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from admin_api.board import Boards
from admin_api.brand import Brand
from admin_api.cameras import Cameras
from admin_api.current import Current
from admin_api.edge_client import EdgeClient
from admin_api.edge_health import EdgeHealth, EdgeReport
from admin_api.half_signed_in import HalfSignedIn
from admin_api.imports.queue import Imports
from admin_api.limits import Limits
from admin_api.live import Hub
from admin_api.reads.alerts import AlertReads
from admin_api.reads.database import Database
from admin_api.reads.journal import JournalReads
from admin_api.reads.roster import RosterReads
from admin_api.reports.calendar import Calendar
from admin_api.reports.queue import Exports
from admin_api.views import Views
from edge.core.model import EVERYTHING, Scope
from edge.core.place import AccessPoint
from edge.settings import Settings
from edge.store.files import Files
from edge.store.who import Who


def wall_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(kw_only=True)
class Parts:
    """One desk's parts. secure: served over HTTPS, so cookies say so. authority: the site's own certificate authority (PEM file).

    scope: what the reads here are restricted to; time_zone: what times are shown in (empty: the site's).
    """

    current: Current
    files: Files
    database: Database
    roster: RosterReads
    journal: JournalReads
    alerts: AlertReads
    edge: EdgeClient
    health: EdgeHealth
    hub: Hub
    limits: Limits
    views: Views
    boards: Boards
    exports: Exports
    calendar: Calendar
    imports: Imports
    cameras: Cameras
    secure: bool
    authority: Path | None = None
    scope: Scope = EVERYTHING
    time_zone: str = ""
    now: Callable[[], int] = wall_ms
    noted: dict[str, int] = field(default_factory=dict)
    """Session -> when its last-seen was last sent on (ms); bounded by auth."""
    half_signed_in: HalfSignedIn = field(default_factory=HalfSignedIn)

    @property
    def settings(self) -> Settings:
        """As they are now."""
        return self.current.now

    @property
    def brand(self) -> Brand:
        """The site's look, as it is now."""
        return self.current.brand

    def seen_by(self, who: Who) -> Parts:
        """The same parts as this user sees them: reads of what they are restricted to, times in their time zone."""
        if who.scope.everything:
            return replace(self, time_zone=who.time_zone) if who.time_zone else self
        return replace(
            self, scope=who.scope, time_zone=who.time_zone, roster=RosterReads(self.database, who.scope), boards=Boards(),
            journal=JournalReads(self.database, who.scope), alerts=AlertReads(self.database, who.scope),
        )  # fmt: skip

    def report_of(self, report: EdgeReport | None, points: list[AccessPoint]) -> EdgeReport | None:
        """What the edge says of itself, without the doors and readers that one is restricted from. points: those one sees."""
        if report is None or self.scope.everything:
            return report
        names, doors = {key for p in points for key in (p.name, p.id)}, {p.door for p in points}
        seen = doors | {r.name for r in self.settings.reader if r.access_point in names}
        parts = tuple(p for p in report.parts if p.kind not in ("door", "reader", "eyes") or p.name in seen)
        return msgspec.structs.replace(report, parts=parts, doors=tuple(d for d in report.doors if d.name in doors))

    async def close(self) -> None:
        await self.hub.aclose()
        await self.views.flush()
        await self.exports.close()
        await self.edge.close()
        await self.database.close()


def build(settings: Settings, *, secure: bool, authority: Path | None) -> Parts:
    """The parts of a desk over these settings. Opens nothing yet."""
    files = Files(Path(settings.state))
    database = Database(files)
    edge = EdgeClient(files.socket)
    roster = RosterReads(database)
    current = Current(settings, roster)
    edge.on_wired = current.look
    exports = Exports(current, edge, database, wall_ms)
    return Parts(
        current=current,
        files=files,
        database=database,
        roster=roster,
        journal=JournalReads(database),
        alerts=AlertReads(database),
        edge=edge,
        health=EdgeHealth(edge),
        hub=Hub(files),
        limits=Limits(),
        views=Views(edge),
        boards=Boards(),
        exports=exports,
        calendar=Calendar(roster, edge, exports, current),
        imports=Imports(current, edge, database, wall_ms),
        cameras=Cameras(current, edge),
        secure=secure,
        authority=authority,
    )
