"""The edge and the central server as processes of their own, to be killed (SIGKILL) and started again; the edge also with another session."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
STOP_S = 20.0


class Killable:
    """One command. `start` again after `kill` is what systemd does. What it says goes to a log file."""

    def __init__(self, log: Path, *command: str) -> None:
        self._log, self._command = log, command
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, *self._command], cwd=ROOT, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """kill -9, and see it gone."""
        if self._child:
            self._child.kill()
            self._child.wait()
            self._forget()

    async def stop(self) -> None:
        """Ask it to stop, and see it gone."""
        if self._child:
            self._child.terminate()
            await asyncio.to_thread(self._child.wait, STOP_S)
            self._forget()

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def said(self) -> str:
        """The end of its log."""
        return self._log.read_text("utf-8", "replace")[-4000:] if self._log.exists() else ""

    def _forget(self) -> None:
        assert self._child and self._child.stdin
        self._child.stdin.close()
        self._child = None

    def _tell(self, line: bytes) -> bool:
        if not self.alive:
            return False
        assert self._child and self._child.stdin
        try:
            self._child.stdin.write(line)
            self._child.stdin.flush()
        except OSError:
            return False
        return True


class EdgeProcess(Killable):
    """`gatelatch run --edge-only`, or another program that takes the same words."""

    def __init__(self, folder: Path, settings: Path, program: str = "edge") -> None:
        super().__init__(folder / "edge.log", "-m", program, "run", "--edge-only", "--settings", str(settings))


class CentralProcess(Killable):
    """tests.support.central_child: all it knows is in its folder."""

    def __init__(self, folder: Path, broker_port: int) -> None:
        super().__init__(folder / "central.log", "-m", "tests.support.central_child", str(folder / "central"), str(broker_port))

    def edit(self, rows: Iterable[tuple[object, ...]]) -> bool:
        """Have it change rows; False when it is not there. Whether it did is in its database."""
        return self._tell(json.dumps([list(row) for row in rows]).encode() + b"\n")
