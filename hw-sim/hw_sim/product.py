"""The product as its user starts it: `gatelatch run` as a child process, unmodified, and its parts to be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

PARTS = {"edge": ("edge", "--edge-only"), "desk": ("admin_api",), "eyes": ("edge.drivers.eyes",)}


class Product:
    """One `gatelatch run`. Its output goes to a log file."""

    def __init__(self, settings: Path, log: Path) -> None:
        self._settings, self._log = settings, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "edge", "run", "--settings", str(self._settings)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    async def stop(self) -> None:
        """Ask it to stop, as Ctrl-C does; kill it after 20 s."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            await asyncio.to_thread(self._process.wait, 20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def pid(self, part: str) -> int | None:
        """The process id of edge, desk or eyes, found among our descendants."""
        words = PARTS[part]
        for pid in self._descendants():
            try:
                line = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if all(word.encode() in line for word in words):
                return pid
        return None

    def kill(self, part: str) -> bool:
        """kill -9; False when it does not run."""
        pid = self.pid(part)
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        return True

    def _descendants(self) -> list[int]:
        if self._process is None:
            return []
        found, level = [], [self._process.pid]
        while level:
            children = []
            for pid in level:
                try:
                    for task in Path(f"/proc/{pid}/task").iterdir():
                        children += [int(c) for c in (task / "children").read_text().split()]
                except OSError:
                    continue
            found += children
            level = children
        return found

    async def user(self, login: str, password: str) -> None:
        """`gatelatch user add`, tried until the edge answers (15 s)."""
        loop = asyncio.get_running_loop()
        end = loop.time() + 15
        while True:
            command = [sys.executable, "-m", "edge", "user", "add", login, "--settings", str(self._settings)]
            process = await asyncio.create_subprocess_exec(
                *command, env=os.environ | {"GATELATCH_PASSWORD": password}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            _, errors = await process.communicate()
            if process.returncode == 0:
                return
            if loop.time() > end:
                raise TimeoutError(f"no user could be added: {errors.decode()[-500:]}")
            await asyncio.sleep(0.2)
