"""A serial scanner on a pseudo-terminal: sends codes as bytes on a line, can be unplugged, plugged in again, and talk rubbish."""

from __future__ import annotations

import contextlib
import os
import random
import tty
from pathlib import Path


class SerialScanner:
    """A scanner whose port is a symlink at `path`, as /dev/serial/by-id is one to the real device."""

    def __init__(self, path: Path, terminator: bytes = b"\r\n") -> None:
        self.path = path
        self._terminator = terminator
        self._master = -1
        self._slave = -1

    def plug_in(self) -> None:
        """The device appears."""
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        """The device disappears; whoever reads it gets an I/O error."""
        self.path.unlink(missing_ok=True)
        for fd in (self._master, self._slave):
            if fd >= 0:
                os.close(fd)
        self._master = self._slave = -1

    def scan(self, code: str) -> None:
        """A code is held before the scanner."""
        self.send(code.encode() + self._terminator)

    def send(self, data: bytes) -> None:
        """Bytes on the line as they are."""
        if self._master < 0:
            raise OSError("the scanner is unplugged")
        with contextlib.suppress(BlockingIOError):  # nobody reads and the line is full: a real line drops bytes too
            os.write(self._master, data)

    def rubbish(self, seed: int, size: int) -> None:
        """Noise: random bytes, terminators among them."""
        self.send(random.Random(seed).randbytes(size))  # noqa: S311 - a repeatable fault, not a secret
