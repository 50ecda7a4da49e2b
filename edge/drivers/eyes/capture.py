"""Pictures from a source, newest first in hand: V4L2, RTSP, MJPEG over HTTP, a folder. One thread a camera, reopened for ever."""

from __future__ import annotations

import base64
import http.client
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.picture_source import Source, SourceKind
from edge.drivers.eyes.multipart import PART_CAP, Multipart, boundary_of
from edge.drivers.eyes.wire import SourceState
from edge.drivers.trouble import reason

Image = NDArray[np.uint8]

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
"""Pause before a lost source is opened again; it doubles with each failure and starts afresh after a picture."""
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
_MAX_FOLDER = 100_000


class SourceLost(Exception):
    """The source stopped or cannot be opened; the message is one sentence for a person, without any password."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture as it came: JPEG bytes (decoded only if somebody looks) or pixels; at is time.monotonic() of its arrival."""

    data: bytes | Image
    at: float

    def image(self) -> Image | None:
        """BGR pixels, or None for a picture that cannot be used whole."""
        return decode(self.data) if isinstance(self.data, bytes) else self.data


def decode(data: bytes) -> Image | None:
    """A JPEG as BGR pixels. None for a torn one: libjpeg would fill the rest with grey and call it a picture."""
    if not data.startswith(b"\xff\xd8") or data.rfind(b"\xff\xd9", -64) < 0:
        return None
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # larger than OPENCV_IO_MAX_IMAGE_PIXELS
        return None
    return None if image is None or min(image.shape[:2]) < 16 else np.asarray(image, np.uint8)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a capture is, at one moment. last: time.monotonic() of its newest picture; reopened: how often it was lost."""

    state: SourceState
    detail: str
    last: float | None
    corrupt: int
    reopened: int


class Capture:
    """One camera's thread. take() hands out the newest picture once; standing() says how the source is; news is set at each change."""

    def __init__(self, source: Source, *, silence_s: float, news: Event) -> None:
        self._source = source
        self._silence = silence_s
        self._news = news
        self._lock = Lock()
        self._stop = Event()
        self._taken = Event()
        self._frame: Frame | None = None
        self._fault: BaseException | None = None
        self._now = Standing(SourceState.OPENING, "", None, 0, 0)
        self._thread = Thread(target=self._run, name=f"capture {source.kind}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; it does so at its next picture or time-out, and the process does not wait for it."""
        self._stop.set()
        self._taken.set()

    @property
    def pending(self) -> bool:
        """Whether a picture waits to be taken, or a fault."""
        with self._lock:
            return self._frame is not None or self._fault is not None

    def take(self) -> Frame | None:
        """The newest picture, once. Raises what stopped the thread, if a bug or the memory cap did."""
        with self._lock:
            if self._fault is not None:
                raise self._fault
            frame, self._frame = self._frame, None
        self._taken.set()
        return frame

    def standing(self) -> Standing:
        with self._lock:
            return self._now

    def count_corrupt(self, pictures: int = 1) -> None:
        with self._lock:
            n = self._now
            self._now = Standing(n.state, n.detail, n.last, n.corrupt + pictures, n.reopened)

    def _set(self, state: SourceState, detail: str = "", *, last: float | None = None, reopened: int = 0) -> None:
        with self._lock:
            n = self._now
            self._now = Standing(state, detail, last if last is not None else n.last, n.corrupt, n.reopened + reopened)
        self._news.set()

    def _run(self) -> None:
        try:
            self._capture()
        except BaseException as fault:  # handed to the loop by take(), which ends the process
            with self._lock:
                self._fault = fault
            self._news.set()

    def _capture(self) -> None:
        pause = FIRST_PAUSE_S
        frames: dict[SourceKind, Callable[[], Iterator[bytes | Image]]] = {
            SourceKind.MJPEG: self._mjpeg,
            SourceKind.RTSP: self._rtsp,
            SourceKind.V4L2: self._v4l2,
            SourceKind.FOLDER: self._folder,
        }
        while not self._stop.is_set():
            self._set(SourceState.OPENING, self.standing().detail)
            try:
                for data in frames[self._source.kind]():
                    pause = FIRST_PAUSE_S
                    self._put(data)
                    if self._stop.is_set():
                        return
                self._set(SourceState.ENDED, "every picture was shown once")
                return
            except SourceLost as lost:
                self._set(SourceState.LOST, str(lost), reopened=1)
            self._stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def _put(self, data: bytes | Image) -> None:
        now = time.monotonic()
        self._taken.clear()
        with self._lock:
            self._frame = Frame(data, now)
        self._set(SourceState.LIVE, last=now)

    # ------------------------------------------------------------------------------------------------ the sources

    def _mjpeg(self) -> Iterator[bytes]:
        url = urllib.parse.urlsplit(self._source.address)
        place = f"{url.hostname}:{url.port}" if url.port else str(url.hostname)
        secure = url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        try:
            with closing(kind(str(url.hostname), url.port, timeout=self._silence)) as connection:
                headers = {"Accept": "multipart/x-mixed-replace", "User-Agent": "gatelatch"}
                if url.username is not None:
                    pair = f"{urllib.parse.unquote(url.username)}:{urllib.parse.unquote(url.password or '')}"
                    headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
                path = urllib.parse.urlunsplit(("", "", url.path or "/", url.query, ""))
                connection.request("GET", path, headers=headers)
                yield from self._parts(connection.getresponse(), place)
        except TimeoutError as error:
            raise SourceLost(f"{place} sent nothing for {self._silence:.0f} s") from error
        except (OSError, http.client.HTTPException) as error:
            why = reason(error) if isinstance(error, OSError) else f"what came is no HTTP ({type(error).__name__})"
            raise SourceLost(f"{place} cannot be read: {why}") from error

    def _parts(self, response: http.client.HTTPResponse, place: str) -> Iterator[bytes]:
        if response.status != 200:
            raise SourceLost(f"{place} answered {response.status} {response.reason}; is the address or its password right?")
        boundary = boundary_of(response.getheader("Content-Type", ""))
        if boundary is None:
            raise SourceLost(f"{place} sends {response.getheader('Content-Type')!r}, not an MJPEG stream")
        parser = Multipart(boundary)
        last, dropped = time.monotonic(), 0
        while not self._stop.is_set():
            data = response.read1(65536)
            if not data:
                raise SourceLost(f"{place} closed the stream")
            for part in parser.feed(data):
                last = time.monotonic()
                yield part
            if parser.dropped > dropped:
                self.count_corrupt(parser.dropped - dropped)
                dropped = parser.dropped
            if time.monotonic() - last > self._silence:
                raise SourceLost(f"{place} sends bytes but no picture of at most {PART_CAP >> 20} MB for {self._silence:.0f} s")

    def _rtsp(self) -> Iterator[Image]:
        limit = int(self._silence * 1000)
        # The time-outs count only when the backend is named.
        times = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, limit, cv2.CAP_PROP_READ_TIMEOUT_MSEC, limit]
        return self._opencv(lambda: cv2.VideoCapture(self._source.address, cv2.CAP_FFMPEG, times))

    def _v4l2(self) -> Iterator[Image]:
        path = self._source.address
        if not Path(path).exists():
            raise SourceLost(f"{path} is not there; is the camera plugged in?")

        def opened() -> cv2.VideoCapture:
            device = cv2.VideoCapture(path, cv2.CAP_V4L2)
            device.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            device.set(cv2.CAP_PROP_FRAME_WIDTH, 1280)
            device.set(cv2.CAP_PROP_FRAME_HEIGHT, 720)
            device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
            return device

        return self._opencv(opened)

    def _opencv(self, opened: Callable[[], cv2.VideoCapture]) -> Iterator[Image]:
        place = urllib.parse.urlsplit(self._source.address).hostname or self._source.address
        device = opened()
        try:
            if not device.isOpened():
                raise SourceLost(f"{place} cannot be opened")
            while not self._stop.is_set():
                good, image = device.read()
                if not good:
                    raise SourceLost(f"{place} stopped sending pictures")
                yield np.asarray(image, np.uint8)
        except cv2.error as error:
            raise SourceLost(f"{place} cannot be read: {error.err or 'OpenCV gave up'}") from error
        finally:
            device.release()

    def _folder(self) -> Iterator[Image]:
        folder = Path(self._source.address)
        while not self._stop.is_set():
            try:
                files = sorted(f for f in folder.iterdir() if f.suffix.lower() in PICTURES)[:_MAX_FOLDER]
            except OSError as error:
                raise SourceLost(f"{folder} cannot be read: {error.strerror}") from error
            if not files:
                raise SourceLost(f"{folder} holds no picture ({', '.join(sorted(PICTURES))})")
            for file in files:
                yield from self._held(file)
            if self._source.once:
                return

    def _held(self, file: Path) -> Iterator[Image]:
        """One picture, shown for as long as asked; each showing waits until it was looked at, so none is passed over."""
        try:
            image = cv2.imread(str(file), cv2.IMREAD_COLOR)
        except cv2.error:
            image = None
        if image is None:
            self.count_corrupt()
            self._stop.wait(1 / self._source.fps)  # a folder of nothing but broken pictures must not spin
            return
        for _ in range(max(1, round(self._source.hold_s * self._source.fps))):
            yield np.asarray(image, np.uint8)
            self._taken.wait()
            if self._stop.wait(1 / self._source.fps):
                return
