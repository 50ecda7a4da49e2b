"""What the shell asks of clocks, readers, doors and the emergency input, and what it hands them to speak to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from msgspec import Struct

from edge.core.judgement import Decision
from edge.core.model import Moment, Reading


class DoorWord(Struct, frozen=True):
    """What a door says of itself: why it cannot be opened now (empty: it can); is it shut (None: nobody knows); is its emergency input on."""

    fault: str = ""
    closed: bool | None = None
    emergency: bool = False


DoorsSay = Callable[[str], DoorWord]
"""What a door (by name) says of itself now."""


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


@runtime_checkable
class Camera(Protocol):
    """A reader that somebody can look through."""

    async def picture(self) -> bytes:
        """What it sees now, as a small JPEG. Raises DeviceLost when no picture comes."""


class DoorSink(Protocol):
    """What a door driver is handed to speak to."""

    def contact(self, closed: bool | None) -> None:
        """The door contact changed, or was learnt at connect; None: unknown (line lost)."""

    def exit_pressed(self) -> None:
        """The exit button was pressed: somebody wants out."""

    def up(self, detail: str = "") -> None: ...

    def trouble(self, detail: str) -> None: ...


class Door(Protocol):
    """The thing that moves."""

    name: str

    async def run(self, sink: DoorSink) -> None:
        """Hold the device until cancelled, report contact changes. Raises DeviceMissing or DeviceLost."""

    async def open(self, strike_ms: int) -> None:
        """Release the door for this long; returns when the device has taken the command. Raises DeviceLost.

        A strike that runs or a hold is never made shorter by it.
        """

    async def hold(self) -> None:
        """Release the door until `lock`; returns when the device has taken it. Raises DeviceLost."""

    async def lock(self) -> None:
        """End a hold and any strike at once; returns when the device has taken it. Raises DeviceLost."""

    async def buzz(self, on: bool) -> None:
        """The buzzer that says it has been open for long; a device without one does nothing. Raises DeviceLost."""


class EmergencySink(Protocol):
    """What an emergency input is handed to speak to."""

    def emergency(self, on: bool) -> None:
        """The input changed, or was learnt at connect. Never called for a line that is lost."""

    def up(self, detail: str = "") -> None: ...

    def trouble(self, detail: str) -> None: ...


class EmergencyInput(Protocol):
    """The contact that opens doors before and without any decision."""

    name: str

    async def run(self, sink: EmergencySink) -> None:
        """Watch the input until cancelled, say how it is at connect and at each change. Raises DeviceMissing or DeviceLost."""
