"""A relay, and maybe a door contact, an exit button and a buzzer, on GPIO lines of this machine (libgpiod 2 through gpiod).

Where a kernel driver holds the line (gpio-leds one-shot, a timer relay), the pulse ends by itself; with a plain relay it ends
with this process: releasing the line request hands it back to its default.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta

import gpiod
from gpiod.line import Bias, Direction, Edge, Value

from edge.core.device import GpioDoor as GpioDoorSettings
from edge.core.errors import DeviceLost
from edge.drivers.trouble import mapped
from edge.ports import DoorSink, EmergencySink
from edge.settings import Emergency as EmergencySettings

CONSUMER = "gatelatch"


class GpioDoor:
    """ports.Door on GPIO lines. A pulse that is asked for while one runs makes it last longer, never shorter."""

    def __init__(self, settings: GpioDoorSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._request: gpiod.LineRequest | None = None
        self._until = 0.0
        self._held = False
        self._pulse: asyncio.TimerHandle | None = None

    async def run(self, sink: DoorSink) -> None:
        s = self._settings
        lines: dict[Iterable[int | str] | int | str, gpiod.LineSettings | None] = {
            s.relay_line: gpiod.LineSettings(direction=Direction.OUTPUT, active_low=s.relay_active_low, output_value=Value.INACTIVE)
        }
        if s.buzzer_line is not None:
            lines[s.buzzer_line] = gpiod.LineSettings(direction=Direction.OUTPUT, output_value=Value.INACTIVE)
        if s.contact_line is not None:
            lines[s.contact_line] = _input(active_low=s.contact_closed_low)
        if s.exit_line is not None:
            lines[s.exit_line] = _input(active_low=s.exit_pressed_low)
        with mapped(f"door {self.name}", s.chip):
            request = gpiod.request_lines(s.chip, consumer=CONSUMER, config=lines)
        self._request = request
        sink.up(f"relay on line {s.relay_line} of {s.chip}")
        try:
            with mapped(f"door {self.name}", s.chip):
                if s.contact_line is not None:
                    sink.contact(request.get_value(s.contact_line) is Value.ACTIVE)
                await _watched(request, lambda event: self._heard(request, event, sink))
        finally:
            if self._pulse:
                self._pulse.cancel()
            self._held, self._until = False, 0.0
            self._request = None
            request.release()
            sink.contact(None)

    def _heard(self, request: gpiod.LineRequest, event: gpiod.EdgeEvent, sink: DoorSink) -> None:
        contact = self._settings.contact_line
        if contact is not None and event.line_offset == contact:
            sink.contact(request.get_value(contact) is Value.ACTIVE)
        elif event.event_type is gpiod.EdgeEvent.Type.RISING_EDGE:  # the exit button: pressed, not let go
            sink.exit_pressed()

    async def open(self, strike_ms: int) -> None:
        self._relay(Value.ACTIVE)
        loop = asyncio.get_running_loop()
        self._until = max(self._until, loop.time() + strike_ms / 1000)
        if self._pulse:
            self._pulse.cancel()
        self._pulse = loop.call_at(self._until, self._end_pulse)

    async def hold(self) -> None:
        self._relay(Value.ACTIVE)
        self._held = True

    async def lock(self) -> None:
        if self._pulse:
            self._pulse.cancel()
        self._held, self._until = False, 0.0
        self._relay(Value.INACTIVE)

    async def buzz(self, on: bool) -> None:
        if self._settings.buzzer_line is not None:
            self._set(self._settings.buzzer_line, Value.ACTIVE if on else Value.INACTIVE)

    def _end_pulse(self) -> None:
        if not self._held and self._request is not None:
            self._relay(Value.INACTIVE)

    def _relay(self, value: Value) -> None:
        self._set(self._settings.relay_line, value)

    def _set(self, line: int, value: Value) -> None:
        if self._request is None:
            raise DeviceLost(f"door {self.name}: {self._settings.chip} is not held")
        with mapped(f"door {self.name}", self._settings.chip):
            self._request.set_value(line, value)


class GpioEmergency:
    """ports.EmergencyInput on a GPIO line."""

    name = "input"

    def __init__(self, settings: EmergencySettings) -> None:
        self._settings = settings

    async def run(self, sink: EmergencySink) -> None:
        s = self._settings
        line = s.line
        assert line is not None  # settings.parse has seen to it
        with mapped("emergency input", s.chip):
            request = gpiod.request_lines(s.chip, consumer=CONSUMER, config={line: _input(active_low=s.on_low)})
        sink.up(f"line {line} of {s.chip}")
        try:
            with mapped("emergency input", s.chip):
                sink.emergency(request.get_value(line) is Value.ACTIVE)
                await _watched(request, lambda event: sink.emergency(request.get_value(line) is Value.ACTIVE))
        finally:
            request.release()


def _input(*, active_low: bool) -> gpiod.LineSettings:
    """An input that tells its changes; the pull-up makes an open contact high. Bounces of a door contact are the post's to judge."""
    return gpiod.LineSettings(
        direction=Direction.INPUT,
        active_low=active_low,
        edge_detection=Edge.BOTH,
        bias=Bias.PULL_UP,
        debounce_period=timedelta(milliseconds=5),
    )


async def _watched(request: gpiod.LineRequest, heard: Callable[[gpiod.EdgeEvent], None]) -> None:
    """Each change of its input lines, until cancelled."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()
    loop.add_reader(request.fd, changed.set)
    try:
        while True:
            await changed.wait()
            changed.clear()
            for event in request.read_edge_events():
                heard(event)
    finally:
        loop.remove_reader(request.fd)
