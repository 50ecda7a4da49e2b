"""Keeping parts running: restarts on device and link faults only, with backoff; a bug goes through to whoever started us."""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import Awaitable, Callable

from edge.core.errors import HouseError
from edge.health import Health, State

FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 15.0


async def keep(kind: str, name: str, run: Callable[[], Awaitable[None]], health: Health, longest: float = LONGEST_WAIT_S) -> None:
    """Run a part for ever. A HouseError with retry: down, wait (doubling, jittered, `longest` seconds at most), again. Anything else: out.

    A cancellation that nobody asked this task for is one of a library's within: it would end the part without a word.
    """
    wait = FIRST_WAIT_S
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await run()
            health.set(kind, name, State.DOWN, "it ended by itself; starting it again")
        except HouseError as error:
            if not error.retry:
                raise
            health.set(kind, name, State.DOWN, error.message)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            health.set(kind, name, State.DOWN, "it was cancelled by something within; starting it again")
        if loop.time() - began > longest:
            wait = FIRST_WAIT_S
        await asyncio.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret
        wait = min(wait * 2, longest)


def notify(message: str) -> None:
    """Tell systemd (sd_notify(3)): READY=1, WATCHDOG=1, STOPPING=1, STATUS=... Nothing happens where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.connect(address)
        channel.sendall(message.encode())


def watchdog_interval() -> float | None:
    """Seconds between two signs of life (a third of what systemd allows), or None when it asks for none."""
    micros = os.environ.get("WATCHDOG_USEC")
    return int(micros) / 3e6 if micros else None
