"""What is plugged in: serial ports, cameras and GPIO chips by name; and which port a reader speaks at, found by listening to all of them."""

from __future__ import annotations

import asyncio
import glob
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import cycle

import serialx

from edge.commands.devices import FoundPort
from edge.core.errors import DeviceLost, DeviceMissing
from edge.drivers.framing import LineFramer, code_text
from edge.drivers.trouble import mapped

BAUDS = (9600, 115_200, 19_200, 38_400, 57_600)
"""In the order in which scanners come from their makers. One on USB speaks at any of them."""
CAMERAS, CHIPS = ("/dev/v4l/by-id/*", "/dev/video*"), ("/dev/gpiochip*",)
PAUSE_S = 0.15
"""A pause this long ends what a reader has to say of one code."""
CODE_CAP = 512
AGAIN_S = 1.0

Tell = Callable[[FoundPort], None]


def there(patterns: Iterable[str], used: Iterable[str] = ()) -> tuple[str, ...]:
    """Paths that match, each device once under its first name, without those that are in use."""
    seen = {os.path.realpath(path) for path in used}
    found = []
    for path in (path for pattern in patterns for path in sorted(glob.glob(pattern))):
        device = os.path.realpath(path)
        if device not in seen:
            seen.add(device)
            found.append(path)
    return tuple(found)


async def listen(port: str, tell: Tell) -> None:
    """Listen at a port until cancelled, and tell what a reader sent last and at which speed; what cannot be read there is tried at the next."""
    for baud in cycle(BAUDS):
        try:
            async with _opened(port, baud) as stream:
                while True:
                    said = await _code(stream)
                    if not _readable(said):
                        tell(FoundPort(port=port, garbled=True))
                        break
                    framer = LineFramer()
                    lines = framer.feed(said) or framer.feed(b"\r")
                    endless = b"\r" not in said and b"\n" not in said
                    tell(FoundPort(port=port, heard=code_text(lines[-1]), baud=baud, endless=endless))
        except (DeviceMissing, DeviceLost) as error:
            tell(FoundPort(port=port, problem=error.message))
            await asyncio.sleep(AGAIN_S)


@asynccontextmanager
async def _opened(port: str, baud: int) -> AsyncIterator[asyncio.StreamReader]:
    """The port, open. Raises DeviceMissing, DeviceLost."""
    try:
        with mapped("port", port):
            stream, writer = await serialx.open_serial_connection(port, baudrate=baud)
            try:
                yield stream
            finally:
                writer.close()
    except serialx.SerialException as error:
        raise DeviceLost(f"{port} cannot be used: {error}. Does another program have it open?") from error


async def _code(stream: asyncio.StreamReader) -> bytes:
    """What comes until a pause. Raises DeviceLost at the end of the line."""
    said = await stream.read(CODE_CAP)
    while said and len(said) < CODE_CAP:
        try:
            async with asyncio.timeout(PAUSE_S):
                more = await stream.read(CODE_CAP - len(said))
        except TimeoutError:
            return said
        if not more:
            break
        said += more
    if not said:
        raise DeviceLost("it was unplugged")
    return said


def _readable(said: bytes) -> bool:
    """Is this text as codes are: at a wrong speed it is not."""
    return bool(said.split()) and all(32 <= byte < 127 or byte in b"\r\n\t" for byte in said)
