"""The emergency input: a contact that opens the doors declared for it, before and without any decision, journal or no journal."""

from __future__ import annotations

from collections.abc import Mapping

from edge import logs
from edge.core.event import EventKind
from edge.door_post import DoorPost
from edge.health import Health, State
from edge.lines import Lines
from edge.ports import EmergencyInput

log = logs.get("emergency")


class EmergencyPost:
    """The input and its doors: those of the edge that are declared for it. A line to it that is lost opens nothing and ends nothing: what it said last holds until it speaks again."""

    def __init__(self, driver: EmergencyInput, doors: Mapping[str, DoorPost], health: Health, lines: Lines) -> None:
        self.driver = driver
        self.on: bool | None = None
        self._doors, self._health, self.lines = doors, health, lines

    async def run(self) -> None:
        await self.driver.run(self)

    def tell(self, door: DoorPost) -> None:
        """A door that came while the input is on opens too, if it is declared for it."""
        if self.on and door.care.emergency:
            door.emergency(True)

    # ports.EmergencySink

    def emergency(self, on: bool) -> None:
        if on is self.on:
            return
        first, self.on = self.on is None, on
        declared = [door for door in self._doors.values() if door.care.emergency]
        for door in declared:
            door.emergency(on)
        if first and not on:
            return
        names = ", ".join(door.name for door in declared)
        log.warning("emergency", on=on, doors=names)
        kind, code = (EventKind.ALARM, "emergency_on") if on else (EventKind.SYSTEM, "emergency_off")
        self.lines.say(kind, code, note=f"doors: {names or 'none'}")

    def up(self, detail: str = "") -> None:
        self._health.set("emergency", self.driver.name, State.UP, detail)

    def trouble(self, detail: str) -> None:
        self._health.set("emergency", self.driver.name, State.TROUBLE, detail)
