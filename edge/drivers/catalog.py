"""Which driver serves which settings: one entry a device."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from edge.core.device import CameraReader, DoorSettings, GpioDoor, ReaderSettings
from edge.core.device import SerialReader as SerialReaderSettings
from edge.drivers.camera import Eyes
from edge.drivers.line_door import LineDoor, LineEmergency
from edge.drivers.serial_reader import SerialReader
from edge.ports import Door, EmergencyInput, Reader
from edge.settings import Emergency

Part = tuple[str, Callable[[], Awaitable[None]]]


def make_door(settings: DoorSettings) -> Door:
    """The driver of a door."""
    if isinstance(settings, GpioDoor):
        from edge.drivers.gpio_door import GpioDoor as GpioDriver  # gpiod's library is loaded only where a GPIO door is wired

        return GpioDriver(settings)
    return LineDoor(settings)


def make_emergency(settings: Emergency) -> EmergencyInput:
    """The driver of the emergency input."""
    if settings.chip:
        from edge.drivers.gpio_door import GpioEmergency

        return GpioEmergency(settings)
    return LineEmergency(settings.board)


def make_readers(settings: tuple[ReaderSettings, ...], evidence: Path) -> tuple[list[Reader], list[Part]]:
    """The drivers of all readers, and the parts they share (the vision child of all cameras) as (name, run). Raises SettingsError."""
    readers: list[Reader] = [SerialReader(s) for s in settings if isinstance(s, SerialReaderSettings)]
    cameras = [s for s in settings if isinstance(s, CameraReader)]
    if not cameras:
        return readers, []
    eyes = Eyes(cameras, evidence_dir=evidence)
    return [*readers, *eyes.cameras.values()], [("cameras", eyes.run)]
