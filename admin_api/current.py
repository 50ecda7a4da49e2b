"""The settings as they are now: what the file says, and over it what was set from the console, looked at again after each change."""

from __future__ import annotations

import asyncio

from admin_api.brand import Brand, brand_of
from admin_api.reads.roster import RosterReads
from edge import logs
from edge.core.device import Device
from edge.core.errors import Busy, SettingsError, Unavailable
from edge.core.place import POLICY_ID, SitePolicy
from edge.settings import Settings, with_console

log = logs.get("settings")

LOOK_S = 5.0
"""How often it looks by itself: the files may not be there yet, or others than before (a backup was put back)."""


class Current:
    """Held by every part that goes by settings; `now` is theirs to read each time. file: what the settings file says."""

    def __init__(self, file: Settings, roster: RosterReads) -> None:
        self.file = self.now = file
        self.brand: Brand = brand_of(file)
        self._roster = roster

    async def look(self) -> None:
        """Read again what was set from the console. Raises Unavailable, Busy."""
        policy = await self._roster.find(SitePolicy, POLICY_ID)
        found, _left_out = with_console(self.file, policy or SitePolicy(id=POLICY_ID), await self._roster.every(Device))
        if found != self.now:
            self.brand = brand_of(found)
            self.now = found

    async def run(self) -> None:
        """Look again and again, for as long as the desk runs. Without the files things stay as they were."""
        while True:
            try:
                await self.look()
            except (Unavailable, Busy, SettingsError) as error:
                log.debug("not looked at", why=error.message)
            await asyncio.sleep(LOOK_S)
