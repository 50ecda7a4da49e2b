"""MJPEG cameras over HTTP: /NAME.mjpeg sends what each camera sees; scenes and faults are switched while it runs."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from hw_sim import draw

Image = NDArray[np.uint8]

_BOUNDARY = b"simulated"
_REQUEST_CAP = 16 * 1024
_NOISES = 4


@dataclass(slots=True)
class _View:
    """One camera: the empty lane as JPEGs that differ in noise, and what is in front of it until when."""

    empty: list[bytes]
    seed: int
    shown: list[bytes] = field(default_factory=list)
    until: float | None = None
    silent: bool = False
    garbage: bool = False
    corrupt: int = 0
    sent: int = 0
    seen_by: set[asyncio.StreamWriter] = field(default_factory=set)

    def now(self, clock: float) -> list[bytes]:
        if self.shown and (self.until is None or clock < self.until):
            return self.shown
        self.shown = []
        return self.empty


class CameraServer:
    """Any number of cameras on one port. Use as `async with CameraServer(("gate",)) as cameras`.

    fps: pictures a second to each who watches; seed: lane, noise and tears; quality: of the JPEGs.
    """

    def __init__(self, names: tuple[str, ...], *, fps: float = 10.0, seed: int = 1, quality: int = 85) -> None:
        self._fps = fps
        self._quality = quality
        self._rng = np.random.default_rng(seed)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._views = {name: _View(empty=self._jpegs(draw.lane(seed + i), seed + i), seed=seed + i) for i, name in enumerate(names)}
        self.port = 0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one, which is then in .port."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=_REQUEST_CAP)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the port and every stream."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> CameraServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def url(self, name: str) -> str:
        """Where a camera's stream is. Raises KeyError for a camera that is not simulated."""
        self._views[name]
        return f"http://127.0.0.1:{self.port}/{name}.mjpeg"

    # ------------------------------------------------------------------------------------------------ what it sees

    def show(self, name: str, image: Image, seconds: float | None = None) -> None:
        """Put a picture before the camera for so many seconds, or until clear()."""
        view = self._views[name]
        view.shown = self._jpegs(image, view.seed)
        view.until = None if seconds is None else time.monotonic() + seconds

    def clear(self, name: str) -> None:
        """The lane is empty again."""
        self._views[name].shown = []

    def sent(self, name: str) -> int:
        """Whole pictures sent so far, to everybody together."""
        return self._views[name].sent

    # ------------------------------------------------------------------------------------------------ faults

    def silence(self, name: str) -> None:
        """The camera hangs: connections stay open and nothing comes."""
        self._views[name].silent = True

    def resume(self, name: str) -> None:
        """It works again."""
        view = self._views[name]
        view.silent = view.garbage = False

    def drop(self, name: str) -> None:
        """The camera restarts: every stream of it is cut."""
        for writer in list(self._views[name].seen_by):
            writer.close()

    def corrupt_next(self, name: str, pictures: int = 1) -> None:
        """The next pictures are torn: cut short, or with their inside overwritten."""
        self._views[name].corrupt += pictures

    def babble(self, name: str) -> None:
        """The camera sends a part that never ends until resume()."""
        self._views[name].garbage = True

    # ------------------------------------------------------------------------------------------------ the wire

    def _jpegs(self, image: Image, seed: int) -> list[bytes]:
        made = []
        for i in range(_NOISES):
            good, data = cv2.imencode(".jpg", draw.noisy(image, seed * 100 + i), [cv2.IMWRITE_JPEG_QUALITY, self._quality])
            assert good
            made.append(data.tobytes())
        return made

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            async with asyncio.timeout(10):
                request = await reader.readuntil(b"\r\n\r\n")
            path = request.split(b" ", 2)[1].decode("ascii", "replace").split("?")[0]
            view = self._views.get(path.removeprefix("/").removesuffix(".mjpeg"))
            if view is None:
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                await writer.drain()
                return
            await self._stream(view, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError):
            pass  # a viewer that left or spoke no HTTP is no news to a camera
        except asyncio.CancelledError:
            pass  # stop() ends the task here; the stream callback of Python 3.11 would print a cancelled one
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _stream(self, view: _View, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nConnection: close\r\n"
            b"Content-Type: multipart/x-mixed-replace; boundary=" + _BOUNDARY + b"\r\n\r\n"
        )
        view.seen_by.add(writer)
        try:
            loop = asyncio.get_running_loop()
            due = loop.time()
            turn = 0
            while not writer.is_closing():
                if view.garbage:
                    writer.write(b"--" + _BOUNDARY + b"\r\nContent-Type: image/jpeg\r\n\r\n" if turn == 0 else bytes(262_144))
                elif not view.silent:
                    pictures = view.now(time.monotonic())
                    self._send(view, writer, pictures[turn % len(pictures)])
                turn += 1
                await writer.drain()
                due = max(due + 1 / self._fps, loop.time())
                await asyncio.sleep(due - loop.time())
        finally:
            view.seen_by.discard(writer)

    def _send(self, view: _View, writer: asyncio.StreamWriter, jpeg: bytes) -> None:
        if view.corrupt > 0:
            view.corrupt -= 1
            jpeg = self._torn(jpeg)
        writer.write(b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (_BOUNDARY, len(jpeg), jpeg))
        view.sent += 1

    def _torn(self, jpeg: bytes) -> bytes:
        if self._rng.random() < 0.5:
            return jpeg[: len(jpeg) // 3]
        middle = len(jpeg) // 2
        return jpeg[:middle] + self._rng.bytes(200) + jpeg[middle + 200 : -2]
