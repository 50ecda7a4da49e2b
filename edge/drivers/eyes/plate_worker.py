"""The thread that reads plates, so that a QR code at the next camera does not wait 100 to 400 ms for them. One job at a time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Lock, Thread

import numpy as np
from numpy.typing import NDArray

from edge.drivers.eyes.capture import Frame
from edge.drivers.eyes.plates import PlateRead, PlateReader


@dataclass(frozen=True, slots=True)
class Job:
    """A picture (the plate region, BGR) to read at a detector side; frame is what is kept as evidence."""

    camera: str
    image: NDArray[np.uint8]
    side: int
    frame: Frame


class PlateWorker:
    """Takes one job at a time from all cameras. Loads the models in its thread, so that codes are read meanwhile.

    A worker that failed says so by raising from result(): the process then ends and is started afresh.
    """

    def __init__(self, news: Event) -> None:
        self._news = news
        self._jobs: SimpleQueue[Job] = SimpleQueue()  # holds one at most: offer() refuses while one is under way
        self._lock = Lock()
        self._busy = True
        self._done: deque[tuple[Job, list[PlateRead]]] = deque()  # and so does this one
        self._fault: BaseException | None = None
        Thread(target=self._run, name="plates", daemon=True).start()

    @property
    def busy(self) -> bool:
        with self._lock:
            return self._busy

    def offer(self, job: Job) -> bool:
        """Take a job unless one is under way."""
        with self._lock:
            if self._busy:
                return False
            self._busy = True
        self._jobs.put(job)
        return True

    def result(self) -> tuple[Job, list[PlateRead]] | None:
        """The job that is done and what was read, once. Raises what stopped the thread, if something did."""
        with self._lock:
            if self._fault is not None:
                raise self._fault
            return self._done.popleft() if self._done else None

    def _run(self) -> None:
        try:
            reader = PlateReader()
            while True:
                with self._lock:
                    self._busy = False
                self._news.set()
                job = self._jobs.get()
                reads = reader.read(job.image, job.side)
                with self._lock:
                    self._done.append((job, reads))
        except BaseException as fault:  # handed to the loop by result(), which ends the process
            with self._lock:
                self._fault = fault
            self._news.set()
