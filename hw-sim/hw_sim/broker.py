"""A mosquitto of our own on a free loopback port: started, killed and started again like any broker."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import time
from pathlib import Path

import click

CONFIG = """listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
max_packet_size 268435
set_tcp_nodelay true
log_dest file {folder}/mosquitto.log
"""


def free_port() -> int:
    """A TCP port of the loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def broker_address(context: object, option: object, text: str | None) -> tuple[str, int] | None:
    """HOST:PORT of an option on the command line (a callback of click)."""
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise click.BadParameter("is HOST:PORT, as 127.0.0.1:1883")
    return host.strip("[]"), int(port)


class Broker:
    """mosquitto as a child process; `kill` is -9."""

    def __init__(self, folder: Path, port: int = 0, *, config: str = CONFIG) -> None:
        """config: with {port} and {folder} in it."""
        self.folder, self._config = folder, config
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def _spawn(self, command: list[str]) -> None:
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "mosquitto.conf"
        config.write_text(self._config.format(port=self.port, folder=self.folder))
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self._spawn([program, "-c", str(config)])
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            await asyncio.sleep(0.02)
        raise TimeoutError(f"mosquitto did not open port {self.port} within 10 s; see {self.folder}/mosquitto.log")

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None
