"""The vision child: `python -m edge.drivers.eyes`. Config on stdin, readings and health on stdout, the end when stdin ends."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import BinaryIO

# Before OpenCV is loaded, which reads these once: no picture of more than 32 megapixels, no talk, bounded V4L2 waits.
os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(32 << 20)
os.environ["OPENCV_LOG_LEVEL"] = "ERROR"
os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] = "5"

import cv2
import msgspec

from edge.core.errors import DeviceLost, HouseError
from edge.core.model import CredentialKind
from edge.drivers.eyes import wire
from edge.drivers.eyes.capture import Capture
from edge.drivers.eyes.evidence import Evidence
from edge.drivers.eyes.plate_worker import PlateWorker
from edge.drivers.eyes.watch import Watch

_CONTROL_QUEUE = 256


def main() -> int:
    """Exit code 0 after stdin ended, 2 when the config or the weights are unusable."""
    up = _own_stdout()
    _small_heap()
    cv2.setNumThreads(1)
    os.nice(5)  # the gate decides before anything is looked at
    try:
        config = wire.decode_config(sys.stdin.buffer.readline(wire.LINE_CAP))
    except msgspec.DecodeError as error:
        print(f"the first line is no config: {error}", file=sys.stderr)
        return 2
    resource.setrlimit(resource.RLIMIT_DATA, (config.memory_mb << 20, config.memory_mb << 20))
    try:
        Loop(config, up).run()
    except HouseError as error:
        print(error.message, file=sys.stderr)
        return 2
    except BrokenPipeError:
        pass  # the driver is gone: nobody to tell
    sys.stderr.flush()
    os._exit(0)  # captures may sit in a camera's time-out; nothing here needs an orderly end


def _own_stdout() -> BinaryIO:
    """The pipe up, kept from libraries that print: whatever writes to descriptor 1 comes out on stderr."""
    up = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return up


def _small_heap() -> None:
    """Give big tensors and pictures back to the system when they are freed. glibc only; elsewhere the memory cap remains."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        m_trim_threshold, m_mmap_threshold, m_arena_max = -1, -3, -8
        mallopt(m_mmap_threshold, 4 << 20)
        mallopt(m_trim_threshold, 8 << 20)
        mallopt(m_arena_max, 2)


class Loop:
    """The one processing loop over all cameras; alone writes to stdout."""

    def __init__(self, config: wire.Config, up: BinaryIO) -> None:
        self._up = up
        self._config = config
        self._news = Event()
        self._control: Queue[wire.Down] = Queue(_CONTROL_QUEUE)
        self._ended = Event()
        asked = {kind for camera in config.cameras for kind in camera.reads}
        self._plates = PlateWorker(self._news) if CredentialKind.PLATE in asked else None
        evidence = Evidence(Path(config.evidence_dir), config.evidence_keep) if config.evidence_dir else None
        self._captures = [Capture(c.source, silence_s=c.silence_s, news=self._news) for c in config.cameras]
        self._watches = {
            c.name: Watch(c, capture, self._plates, evidence) for c, capture in zip(config.cameras, self._captures, strict=True)
        }

    def run(self) -> None:
        """Until stdin ends. Raises BrokenPipeError when stdout does, HouseError when the plate weights are missing or a camera hangs."""
        Thread(target=self._listen, name="control", daemon=True).start()
        for capture in self._captures:
            capture.start()
        try:
            self._watch()
        finally:
            for capture in self._captures:
                capture.stop()

    def _watch(self) -> None:
        told_at = 0.0
        while not self._ended.is_set():
            self._obey()
            for watch in self._watches.values():
                self._send(watch.step(time.monotonic()))
                if watch.stuck(time.monotonic()):
                    raise DeviceLost(f"camera {watch.config.name} hangs inside its driver; the vision child starts afresh")
                if watch.changed():
                    self._send([watch.health(time.monotonic())])
            self._take_plates()
            if time.monotonic() - told_at >= self._config.health_s:
                told_at = time.monotonic()
                self._send([watch.health(told_at) for watch in self._watches.values()])
            self._wait(told_at + self._config.health_s)

    def _wait(self, latest: float) -> None:
        dues = [due for watch in self._watches.values() if (due := watch.due()) is not None]
        now = time.monotonic()
        if dues:  # a picture waits for its turn: news of newer ones need not wake anybody
            until = min(min(dues), latest)
            if until > now:
                self._ended.wait(min(until - now, 0.05))
            return
        self._news.wait(max(0.0, min(latest - now, 0.5)))
        self._news.clear()

    def _take_plates(self) -> None:
        while self._plates is not None and (done := self._plates.result()) is not None:
            job, reads = done
            self._send(self._watches[job.camera].plates_read(job, reads, time.monotonic()))

    def _obey(self) -> None:
        while True:
            try:
                line = self._control.get_nowait()
            except Empty:
                return
            watch = self._watches.get(line.camera)
            if watch is not None:
                watch.control(line, time.monotonic())

    def _send(self, lines: Iterable[wire.Line]) -> None:
        for line in lines:
            self._up.write(wire.encode(line))
            self._up.flush()

    def _listen(self) -> None:
        """Control lines until stdin ends. A line that is none is said on stderr; one too many is dropped with a word."""
        while line := sys.stdin.buffer.readline(wire.LINE_CAP):
            try:
                self._control.put_nowait(wire.decode_down(line))
            except msgspec.DecodeError as error:
                print(f"not a control line: {error}", file=sys.stderr)
            except Full:
                print("control lines come faster than they are obeyed; one was dropped", file=sys.stderr)
            self._news.set()
        self._ended.set()
        self._news.set()


if __name__ == "__main__":
    raise SystemExit(main())
