"""How the edge and its doors are, asked at most once a second for all browsers."""

from __future__ import annotations

import asyncio
import time

from msgspec import Struct

from admin_api.edge_client import EdgeClient
from edge.commands.doors import GetHealth
from edge.core.errors import Forbidden, NotSignedIn, Unavailable

FRESH_S = 1.0


class Part(Struct, frozen=True, kw_only=True):
    """One part of the edge: state up, trouble or down, and what there is to say about it."""

    name: str
    kind: str
    state: str
    detail: str = ""
    since: int = 0
    at: int = 0
    count: int = 0


class DoorNow(Struct, frozen=True, kw_only=True):
    """A door: its state since when (ms), why it cannot be opened, if so, who holds it open (operator, emergency), how it fails."""

    name: str
    state: str
    since: int = 0
    fault: str = ""
    held_by: tuple[str, ...] = ()
    fails: str = "secure"


class EdgeReport(Struct, frozen=True, kw_only=True):
    """What edge says about itself."""

    version: str
    state: str
    parts: tuple[Part, ...] = ()
    doors: tuple[DoorNow, ...] = ()


class EdgeHealth:
    """The last report, fetched again when it is older than a second."""

    def __init__(self, edge: EdgeClient) -> None:
        self._edge = edge
        self._report: EdgeReport | None = None
        self._at = -FRESH_S
        self._asking = asyncio.Lock()

    async def report(self, token: str) -> EdgeReport:
        """Raises Unavailable when edge is down, Forbidden or NotSignedIn as edge says."""
        found = await self.look(token)
        if found is None:
            raise Unavailable("the edge is not running; doors and parts are not known")
        return found

    async def look(self, token: str) -> EdgeReport | None:
        """The report, or None while edge is down. token: of somebody who may see doors."""
        async with self._asking:
            if time.monotonic() - self._at >= FRESH_S:
                try:
                    self._report = await self._edge.ask(GetHealth(), EdgeReport, token=token)
                except (Forbidden, NotSignedIn):
                    raise
                except Unavailable:
                    self._report = None
                self._at = time.monotonic()
            return self._report
