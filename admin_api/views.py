"""Who looked at whose record: collected here, sent to the edge in batches, and no page or answer waits for it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from admin_api.edge_client import EdgeClient
from edge import logs
from edge.commands.audit import MOST_VIEWS, ONCE_MS, NoteViews, View
from edge.core.errors import Busy, HouseError, Unavailable

log = logs.get("views")

EVERY_S = 5.0
WAITING = 1000
"""Lines that wait for an edge that is down, at most; what comes then is dropped and counted in the log."""
REMEMBERED = 10_000


class Views:
    """Lines by session, since the edge itself says who has looked."""

    def __init__(self, edge: EdgeClient) -> None:
        self._edge = edge
        self._waiting: deque[tuple[str, View]] = deque()
        self._noted: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._full = asyncio.Event()
        self._sending = asyncio.Lock()
        self.dropped = 0

    def saw(self, user: str, token: str, customer: str, now: int) -> None:
        """This customer's record is being shown to this user, whose session's token this is, at (ms). Returns at once."""
        who = (user, customer)
        if now - self._noted.get(who, -ONCE_MS) < ONCE_MS:
            return
        if len(self._waiting) >= WAITING:
            self._drop(1, "too many wait for the edge")
            return
        self._noted[who] = now
        self._noted.move_to_end(who)
        if len(self._noted) > REMEMBERED:
            self._noted.popitem(last=False)
        self._waiting.append((token, View(customer=customer, at=now)))
        if len(self._waiting) >= MOST_VIEWS:
            self._full.set()

    async def run(self) -> None:
        """For ever: send what waits every EVERY_S, and sooner when it is many."""
        while True:
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._full.wait()
                await self.flush()
            except TimeoutError:
                await self.flush()

    async def flush(self) -> None:
        """Send what waits now. With the edge down it goes on waiting."""
        async with self._sending:
            self._full.clear()
            waiting, self._waiting = self._waiting, deque()
            batches: dict[str, list[View]] = {}
            for token, view in waiting:
                batches.setdefault(token, []).append(view)
            for token, views in batches.items():
                for start in range(0, len(views), MOST_VIEWS):
                    await self._send(token, views[start : start + MOST_VIEWS])

    async def _send(self, token: str, views: list[View]) -> None:
        try:
            await self._edge.send(NoteViews(views=tuple(views)), token=token)
        except (Unavailable, Busy):
            room = max(0, WAITING - len(self._waiting))
            self._waiting.extendleft((token, view) for view in reversed(views[:room]))
            if views[room:]:
                self._drop(len(views[room:]), "too many wait for the edge")
        except HouseError as error:
            self._drop(len(views), error.message)

    def _drop(self, lines: int, why: str) -> None:
        self.dropped += lines
        log.warning("views not written down", lines=lines, in_all=self.dropped, why=why)
