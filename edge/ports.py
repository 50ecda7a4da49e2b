"""The small Protocols between the rooms: what the shell asks of drivers, stores and clocks. Adapters inherit nothing.

The contract of each port is a test suite (tests/drivers/contract.py) run over every adapter and over the simulator.
"""

from __future__ import annotations

from typing import Protocol

from edge.core.model import Decision, Moment, Reading


class Clock(Protocol):
    """Where `now` comes from; everything below the shell gets it as an argument."""

    def now(self) -> Moment: ...


class ReaderSink(Protocol):
    """What a reader is handed to speak to: readings, and how it is."""

    async def deliver(self, reading: Reading) -> None:
        """Decide on this reading; returns when it is decided and written down. One at a time per reader."""

    def up(self, detail: str = "") -> None:
        """The device answers (again). Call at connect and whenever something is heard."""

    def trouble(self, detail: str) -> None:
        """The device works but something is off: garbage on the line, a frozen picture. One sentence, for health."""


class Reader(Protocol):
    """A device that sees credentials."""

    name: str

    async def run(self, sink: ReaderSink) -> None:
        """Read until cancelled. Raises DeviceMissing or DeviceLost; the supervisor tries again with backoff."""

    async def show(self, decision: Decision) -> None:
        """Tell the person (green, red, a beep); a reader that cannot does nothing. Never raises for a lost device."""


class DoorSink(Protocol):
    """What a door driver is handed to speak to."""

    def contact(self, closed: bool | None) -> None:
        """The door contact changed, or was learnt at connect; None: unknown (line lost)."""

    def up(self, detail: str = "") -> None: ...

    def trouble(self, detail: str) -> None: ...


class Door(Protocol):
    """The thing that moves."""

    name: str

    async def run(self, sink: DoorSink) -> None:
        """Hold the device until cancelled, report contact changes. Raises DeviceMissing or DeviceLost."""

    async def open(self, strike_ms: int) -> None:
        """Release the door for this long; returns when the device has taken the command. Raises DeviceLost."""
