"""`gatelatch run`: the edge, and beside it the desk as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

import click
import uvloop

from edge import logs
from edge.app import Edge
from edge.cli.options import one_line_errors, settings_option
from edge.core.errors import HouseError
from edge.settings import load_or_last_good

log = logs.get("run")
_PR_SET_PDEATHSIG = 1
RESTART_S = 1.0


@click.command()
@settings_option
@click.option("--edge-only", is_flag=True, help="Only the gate; the desk is started by somebody else (systemd does).")
@one_line_errors
def run(settings_path: Path, edge_only: bool) -> None:
    """Run the gate and, beside it, the desk. Ctrl-C stops both."""
    if edge_only:
        logs.configure(process="edge")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            raise SystemExit(runner.run(_edge(settings_path)))
    logs.configure(process="run")
    load_or_last_good(settings_path)  # a wrong file is said here, once, instead of by two processes for ever
    raise SystemExit(asyncio.run(_both(settings_path)))


async def _edge(path: Path) -> int:
    settings, problem = load_or_last_good(path)
    if problem:
        log.error("settings", problem=problem)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    try:
        async with Edge(settings, problem=problem).running():
            await stop.wait()
        return 0
    except* HouseError as group:
        for error in group.exceptions:
            log.error("edge stopped", error=str(error))
    return 1


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


async def _both(path: Path) -> int:
    """Both processes, each started again when it ends by itself; a person at a terminal has no systemd for that."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    parts = {
        "edge": [sys.executable, "-m", "edge", "run", "--edge-only", "--settings", str(path)],
        "desk": [sys.executable, "-m", "admin_api", "--settings", str(path)],
    }
    async with asyncio.TaskGroup() as tasks:
        for name, command in parts.items():
            tasks.create_task(_keep(name, command, stop), name=name)
    return 0


async def _keep(name: str, command: list[str], stop: asyncio.Event) -> None:
    while not stop.is_set():
        process = await asyncio.create_subprocess_exec(
            *command, start_new_session=True, preexec_fn=_die_with_parent, env=os.environ
        )
        ended = asyncio.create_task(process.wait(), name=f"{name} ended")
        stopped = asyncio.create_task(stop.wait(), name=f"{name} stop")
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not stop.is_set():
            log.error("process ended, starting it again", name=name, code=process.returncode)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RESTART_S):
                    await stop.wait()
            continue
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(15):
                await ended
        except TimeoutError:
            log.error("process did not stop in 15 s and is killed", name=name)
            process.kill()
            await process.wait()
