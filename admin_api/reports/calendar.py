"""Exports by the calendar: when each is due, and that a run missed while the desk was down is made up once."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime

from cronsim import CronSim, CronSimError

from admin_api.current import Current
from admin_api.edge_client import EdgeClient
from admin_api.reads.roster import RosterReads
from admin_api.reports.queue import Exports
from edge import logs
from edge.core.errors import HouseError
from edge.core.saved import SavedFilter, ScheduledExport, combined
from edge.core.schedule import zone

log = logs.get("calendar")

LOOK_S = 20.0
CLOCK_JUMP_MS = 24 * 3_600_000


class Calendar:
    """Looks every LOOK_S which saved exports are due, and puts them into the queue."""

    def __init__(self, roster: RosterReads, edge: EdgeClient, exports: Exports, current: Current) -> None:
        self._roster, self._edge, self._exports, self._current = roster, edge, exports, current
        self._looking = asyncio.Lock()

    async def run(self) -> None:
        """Runs for as long as the desk does."""
        while True:
            try:
                await self.look()
            except HouseError as error:
                log.warning("the calendar was not looked at", why=error.message)
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Ask for what is due now. However many runs were missed, one is made up."""
        async with self._looking:
            if await self._edge.reachable():  # without it nothing could be written down; what is due waits
                await self._look()

    async def _look(self) -> None:
        store, now = await self._exports.ready(), self._exports.now()
        known = await store.looked()
        saved = {one.id: one for one in await self._roster.every(ScheduledExport) if one.active}
        for id in known.keys() - saved.keys():
            await store.look_no_more(id)
        for id, one in saved.items():
            cron, since = known.get(id, ("", now))
            if cron != one.cron or since > now + CLOCK_JUMP_MS:
                # New, changed or of another clock: it counts from now on.
                await store.look(id, one.cron, now)
            elif due(one.cron, since, now, self._current.now.site.time_zone):
                await self._ask(one)
                await store.look(id, one.cron, now)

    async def _ask(self, one: ScheduledExport) -> None:
        saved = await self._roster.find(SavedFilter, one.saved)
        job = self._exports.new(
            format=one.format, owner="", operator=f"{one.made_by} (by the calendar: {one.name})", stem=stem(one.name), area=one.area,
            filters=dict(combined(saved, one.filters)), schedule=one.id, folder=one.folder,
        )  # fmt: skip
        await self._exports.ask(job)


def due(cron: str, since: int, now: int, tz: str) -> bool:
    """Is there a time of this cron after `since` and not after `now` (ms), in the site's zone."""
    try:
        following = next(CronSim(cron, datetime.fromtimestamp(since / 1000, zone(tz))))
    except (CronSimError, StopIteration):
        return False  # a day that never comes, such as 30 February
    return following.timestamp() * 1000 <= now


def stem(name: str) -> str:
    """A file name of plain letters."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "export"
