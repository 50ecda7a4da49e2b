"""What the cameras see: a picture now, asked for once for all who watch; and the pictures kept with events."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from admin_api.current import Current
from admin_api.edge_client import EdgeClient
from edge.commands.doors import GetPicture, Picture
from edge.core.device import CameraReader
from edge.core.errors import NotFound
from edge.core.event import Event
from edge.core.place import AccessPoint
from edge.store.files import Files

FRESH_S = 0.8
"""How old a picture may be that one more watcher gets."""


@dataclass(frozen=True, kw_only=True)
class CameraAt:
    """A camera and the access point it looks at."""

    name: str
    point: AccessPoint


@dataclass
class _Newest:
    jpeg: bytes
    at: float


class Cameras:
    """The cameras of the settings. A picture is of who asks: the edge is asked with their token the first time, and each time it is old."""

    def __init__(self, current: Current, edge: EdgeClient) -> None:
        self._current, self._edge = current, edge
        self._folder = Files(Path(current.file.state)).evidence
        self._newest: dict[str, _Newest] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    def at(self, points: list[AccessPoint]) -> tuple[CameraAt, ...]:
        """Those at these access points, in the order of the settings. A camera names its access point by name or id."""
        by = {key: point for point in points for key in (point.id, point.name)}
        cameras = [r for r in self._current.now.reader if isinstance(r, CameraReader)]
        return tuple(CameraAt(name=c.name, point=by[c.access_point]) for c in cameras if c.access_point in by)

    async def picture(self, camera: CameraAt, token: str) -> bytes:
        """A JPEG, FRESH_S old at most. Raises Unavailable (edge down, no picture comes), Forbidden, NotFound."""
        async with self._asking.setdefault(camera.name, asyncio.Lock()):
            found = self._newest.get(camera.name)
            if found is None or time.monotonic() - found.at >= FRESH_S:
                command = GetPicture(reader=camera.name, access_point=camera.point.id)
                made = await self._edge.ask(command, Picture, token=token)
                found = self._newest[camera.name] = _Newest(made.jpeg, time.monotonic())
            return found.jpeg

    def kept(self, event: Event) -> Path:
        """The picture of a reading. Raises NotFound: there was none, or it has made room for newer ones."""
        path = self._folder / Path(event.evidence).name if event.evidence else None
        if path is None or not path.is_file():
            raise NotFound("there is no picture of this event (any more)", field="seq")
        return path
