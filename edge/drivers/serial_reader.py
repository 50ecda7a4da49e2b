"""A scanner or card reader that sends lines over a serial port (serialx)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import serialx

from edge.core.device import SerialReader as SerialReaderSettings
from edge.core.errors import DeviceLost
from edge.core.judgement import Decision
from edge.core.model import CredentialKind, Reading
from edge.drivers.framing import LineFramer, code_text
from edge.drivers.trouble import mapped
from edge.ports import ReaderSink

HALF_LINE_S = 2.0
"""A line that has not ended after this long is noise or a reader without its terminator."""


class SerialReader:
    """ports.Reader over a serial line. Survives garbage, endless and half lines, unplugging and silence; says so each time."""

    def __init__(self, settings: SerialReaderSettings) -> None:
        self.name = settings.name
        self._settings = settings

    async def run(self, sink: ReaderSink) -> None:
        port = self._settings.port
        with mapped(f"reader {self.name}", port), _serialx_mapped(self.name, port):
            stream, writer = await serialx.open_serial_connection(port, baudrate=self._settings.baud)
        sink.up(f"open at {self._settings.baud} baud")
        try:
            with mapped(f"reader {self.name}", port), _serialx_mapped(self.name, port):
                await self._read(stream, sink)
        finally:
            writer.close()

    async def _read(self, stream: asyncio.StreamReader, sink: ReaderSink) -> None:
        s = self._settings
        framer = LineFramer(s.terminator.encode())
        silence = s.silence_s or None
        while True:
            wait = HALF_LINE_S if framer.pending else silence
            try:
                async with asyncio.timeout(wait):
                    data = await stream.read(4096)
            except TimeoutError:
                if framer.pending:
                    sink.trouble(f"{framer.drop()} bytes without an end came and were dropped; is the terminator setting right?")
                else:
                    sink.trouble(f"silent for {s.silence_s:.0f} s")
                continue
            if not data:
                raise DeviceLost(f"reader {self.name}: {s.port} was unplugged. It is opened again as soon as it is back.")
            overruns = framer.overruns
            lines = framer.feed(data)
            if framer.overruns > overruns:
                sink.trouble("a line of more than 1024 bytes was dropped: noise, or the wrong baud rate?")
            else:
                sink.up()
            for line in lines:
                text = code_text(line, s.strip_prefix, s.strip_suffix)
                kind = s.kind
                if s.pin_prefix and text.startswith(s.pin_prefix):
                    kind, text = CredentialKind.PIN, text.removeprefix(s.pin_prefix)
                await sink.deliver(Reading(reader=self.name, access_point=s.access_point, kind=kind, text=text))

    async def show(self, decision: Decision) -> None:
        """Line scanners have no light of ours to switch."""


@contextmanager
def _serialx_mapped(name: str, port: str) -> Iterator[None]:
    """serialx's own errors (a port somebody else has locked, a setting it cannot do) as DeviceLost: they are no OSError."""
    try:
        yield
    except serialx.SerialException as error:
        raise DeviceLost(f"reader {name}: {port} cannot be used: {error}. Does another program have it open?") from error
