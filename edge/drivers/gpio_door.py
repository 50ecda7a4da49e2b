"""A relay, and maybe a door contact, on GPIO lines of this machine (libgpiod 2 through gpiod).

Where a kernel driver holds the line (gpio-leds one-shot, a timer relay), the pulse ends by itself; with a plain relay it ends
with this process: releasing the line request hands it back to its default.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import gpiod
from gpiod.line import Bias, Direction, Edge, Value

from edge.core.errors import DeviceLost
from edge.drivers.trouble import mapped
from edge.ports import DoorSink
from edge.settings import GpioDoor as GpioDoorSettings

CONSUMER = "gatelatch"


class GpioDoor:
    """ports.Door on GPIO lines. A pulse that is asked for while one runs makes it last longer, never shorter."""

    def __init__(self, settings: GpioDoorSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._request: gpiod.LineRequest | None = None
        self._until = 0.0
        self._pulse: asyncio.Task[None] | None = None

    async def run(self, sink: DoorSink) -> None:
        s = self._settings
        lines: dict[Iterable[int | str] | int | str, gpiod.LineSettings | None] = {
            s.relay_line: gpiod.LineSettings(direction=Direction.OUTPUT, active_low=s.relay_active_low, output_value=Value.INACTIVE)
        }
        if s.contact_line is not None:
            lines[s.contact_line] = gpiod.LineSettings(
                direction=Direction.INPUT,
                active_low=s.contact_closed_low,
                edge_detection=Edge.BOTH,
                bias=Bias.PULL_UP,
                debounce_period=timedelta(milliseconds=20),
            )
        with mapped(f"door {self.name}", s.chip):
            request = gpiod.request_lines(s.chip, consumer=CONSUMER, config=lines)
        self._request = request
        sink.up(f"relay on line {s.relay_line} of {s.chip}")
        try:
            with mapped(f"door {self.name}", s.chip):
                if s.contact_line is None:
                    await asyncio.Event().wait()
                else:
                    await self._watch(request, s.contact_line, sink)
        finally:
            if self._pulse:
                self._pulse.cancel()
            self._request = None
            request.release()
            sink.contact(None)

    async def _watch(self, request: gpiod.LineRequest, line: int, sink: DoorSink) -> None:
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()
        loop.add_reader(request.fd, changed.set)
        try:
            sink.contact(request.get_value(line) is Value.ACTIVE)
            while True:
                await changed.wait()
                changed.clear()
                request.read_edge_events()
                sink.contact(request.get_value(line) is Value.ACTIVE)
        finally:
            loop.remove_reader(request.fd)

    async def open(self, strike_ms: int) -> None:
        request = self._request
        if request is None:
            raise DeviceLost(f"door {self.name}: {self._settings.chip} is not held")
        with mapped(f"door {self.name}", self._settings.chip):
            request.set_value(self._settings.relay_line, Value.ACTIVE)
        self._until = max(self._until, asyncio.get_running_loop().time() + strike_ms / 1000)
        if self._pulse is None or self._pulse.done():
            self._pulse = asyncio.create_task(self._end_pulse(request), name=f"pulse door {self.name}")

    async def _end_pulse(self, request: gpiod.LineRequest) -> None:
        loop = asyncio.get_running_loop()
        try:
            while loop.time() < self._until:  # noqa: ASYNC110 - a later strike moves the end
                await asyncio.sleep(self._until - loop.time())
        finally:
            request.set_value(self._settings.relay_line, Value.INACTIVE)
