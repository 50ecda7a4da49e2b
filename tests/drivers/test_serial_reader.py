"""A serial port that cannot be used is told apart and never ends the house."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from hw_sim.serial_line import SerialScanner

from edge.core.device import SerialReader as SerialReaderSettings
from edge.core.errors import DeviceLost, DeviceMissing
from edge.core.model import Reading
from edge.drivers.serial_reader import SerialReader


class Silent:
    """A sink that nothing is expected to reach."""

    async def deliver(self, reading: Reading) -> None:
        raise AssertionError(f"nothing was shown, and yet: {reading}")

    def up(self, detail: str = "") -> None:
        raise AssertionError("the port cannot be up")

    def trouble(self, detail: str) -> None:
        raise AssertionError(detail)


def reader(port: Path) -> SerialReader:
    return SerialReader(SerialReaderSettings(name="north", access_point="North in", port=str(port)))


async def test_a_port_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DeviceMissing, match="is not there"):
        await reader(tmp_path / "nothing").run(Silent())


async def test_a_port_that_another_program_holds_is_tried_again_later(tmp_path: Path) -> None:
    scanner = SerialScanner(tmp_path / "tty")
    scanner.plug_in()
    other = os.open(scanner.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        with pytest.raises(DeviceLost, match="something else uses it"):
            await reader(scanner.path).run(Silent())
    finally:
        fcntl.flock(other, fcntl.LOCK_UN)
        os.close(other)
        scanner.unplug()


async def test_what_is_no_serial_port_is_told(tmp_path: Path) -> None:
    plain = tmp_path / "file"
    plain.write_text("not a port")
    with pytest.raises((DeviceLost, DeviceMissing)):
        await reader(plain).run(Silent())
