"""`python -m admin_api --settings FILE`: the desk as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

import uvloop

from admin_api.app import Desk
from edge import logs
from edge.core.errors import HouseError
from edge.settings import Settings, load


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. 0: stopped when asked; 2: it could not start, one line says why."""
    parser = argparse.ArgumentParser(prog="python -m admin_api", description="The console and REST API of one site.")
    parser.add_argument("--settings", type=Path, default=Path("/etc/gatelatch/gatelatch.toml"), help="settings file (TOML)")
    parser.add_argument("--log", default="info", choices=("debug", "info", "warning", "error"), help="how much is logged")
    options = parser.parse_args(argv)
    logs.configure(options.log, process="desk")
    os.umask(0o077)
    os.nice(5)  # the gate decides before anything is shown
    try:
        uvloop.run(_serve(load(options.settings)))
    except HouseError as error:
        print(f"gatelatch desk: {error.message}", file=sys.stderr)
        return 2
    return 0


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Desk(settings).running():
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
