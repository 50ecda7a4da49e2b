"""Finding what is plugged in and not set up yet, for somebody who is setting it up: ports are listened to only as long as they ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from edge.commands.devices import FoundDevices, FoundPort
from edge.core.device import CameraReader, SerialReader
from edge.drivers.finding import CAMERAS, CHIPS, listen, there
from edge.settings import Settings

LISTENS_S = 20.0
"""So long after the last question the ports are let go."""
MOST_PORTS = 16


class Finder:
    """settings: as they are now, since what they name is in use."""

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings
        self._heard: dict[str, FoundPort] = {}
        self._listening: dict[str, asyncio.Task[None]] = {}
        self._end: asyncio.TimerHandle | None = None

    async def find(self, *, listens: bool) -> FoundDevices:
        """What is there now. listens: from now on listen to the ports, LISTENS_S long from each question; the next one hears of it."""
        readers = self._settings().reader
        used = [r.port for r in readers if isinstance(r, SerialReader)]
        seen = [r.source.removeprefix("v4l2:") for r in readers if isinstance(r, CameraReader)]
        ports = there(self._settings().serial_ports, used)[:MOST_PORTS]
        for gone in self._listening.keys() - set(ports):
            await self._let_go(gone)
        if listens:
            self._listen(ports)
        return FoundDevices(
            ports=tuple(self._heard.get(port, FoundPort(port=port)) for port in ports),
            cameras=there(CAMERAS, seen),
            chips=there(CHIPS),
        )

    def _listen(self, ports: tuple[str, ...]) -> None:
        for port in ports:
            if port not in self._listening:
                self._listening[port] = asyncio.create_task(listen(port, self._tell), name=f"listening at {port}")
        if self._end:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(LISTENS_S, self._stop)

    def _tell(self, found: FoundPort) -> None:
        self._heard[found.port] = found

    def _stop(self) -> None:
        for task in self._listening.values():
            task.cancel()
        self._listening.clear()
        self._heard.clear()

    async def _let_go(self, port: str) -> None:
        self._heard.pop(port, None)
        task = self._listening.pop(port, None)
        if task:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def let_go(self) -> None:
        """Close every port, before somebody else opens one of them."""
        if self._end:
            self._end.cancel()
        for port in list(self._listening):
            await self._let_go(port)
        self._heard.clear()
