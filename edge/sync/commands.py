"""What central commands (unlock, hold, lock, modes, bookings): done now or never, one after the other, each answered."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import msgspec
from msgspec import Raw

from edge import logs
from edge.core.errors import HouseError
from edge.core.model import ClockQuality, Moment
from edge.ports import Clock, DoesCommands
from edge.sync.wire import Command, CommandResult

log = logs.get("sync")
WAITING = 16
"""How many may wait for the one before them; more are refused as busy."""

Send = Callable[[CommandResult], Awaitable[None]]

WORDS = {
    "stale": "it answers an earlier connection of this edge: ask again if it is still wanted",
    "late": "it came after the time it was to be done by",
    "busy": f"{WAITING} commands are waiting already",
}


class Told(msgspec.Struct, frozen=True):
    """Central's time (wall, ms since 1970) when it answered the hello that was sent at `mono` (ms since boot) here."""

    at: int
    mono: int


def untimely(command: Command, connection: int, now: Moment, told: Told | None) -> str:
    """Why a command is not done any more: "stale", "late", or "" when it is. Pure.

    An edge that does not trust its clock goes by central's, as it was told it, and by its own monotonic time since.
    """
    if command.connection != connection:
        return "stale"
    if now.quality is ClockQuality.NTP:
        return "late" if now.wall > command.not_after else ""
    if told is None:
        return "late"
    return "late" if told.at + (now.mono - told.mono) > command.not_after else ""


class Commands:
    """Of one connection after the other. What waits when a connection ends is dropped: central asks again if it still wants it."""

    def __init__(self, do: DoesCommands, clock: Clock, counts: Counter[str]) -> None:
        self._do, self._clock, self._counts = do, clock, counts
        self._connection = 0
        self._told: Told | None = None
        self._waiting: asyncio.Queue[Command] = asyncio.Queue(WAITING)

    def connected(self, number: int) -> None:
        """A new connection: nothing that was commanded before it counts."""
        self._connection, self._told = number, None
        self._waiting = asyncio.Queue(WAITING)

    def told(self, at: int, mono: int) -> None:
        """Central has said its time, and the monotonic time of the hello that it answers. One that cannot be is not believed."""
        if at and 0 <= mono <= self._clock.now().mono:
            self._told = Told(at, mono)

    def take(self, command: Command) -> CommandResult | None:
        """Put it behind the others; or its refusal, at once."""
        try:
            self._waiting.put_nowait(command)
        except asyncio.QueueFull:
            return self._refused(command, "busy")
        return None

    async def run(self, send: Send) -> None:
        """Do what waits. One that was begun is seen through even when the connection ends meanwhile."""
        while True:
            doing = asyncio.create_task(self._answer(await self._waiting.get()), name="command of central")
            try:
                answer = await asyncio.shield(doing)
            except asyncio.CancelledError:
                await doing
                raise
            await send(answer)

    async def _answer(self, command: Command) -> CommandResult:
        if why := untimely(command, self._connection, self._clock.now(), self._told):
            return self._refused(command, why)
        try:
            result = await self._do(command.id, command.by, bytes(command.command))
        except HouseError as error:
            return self._refused(command, error.code, error.message)
        except Exception as error:  # a fault in one must not stop the stream
            log.exception("command failed", id=command.id)
            return self._refused(command, "internal", f"a fault of the house: {type(error).__name__}; it is logged")
        self._counts["commands"] += 1
        return CommandResult(id=command.id, result=Raw(msgspec.json.encode(result)))

    def _refused(self, command: Command, code: str, message: str = "") -> CommandResult:
        self._counts["commands_refused"] += 1
        log.warning("command refused", id=command.id, code=code, by=command.by[:80], count=self._counts["commands_refused"])
        return CommandResult(id=command.id, code=code, message=message or WORDS[code], result=Raw(b"null"))
