"""The edge as a process: what systemd hears, how it ends, and what it refuses to start on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from edge.commands.doors import GetHealth
from edge.commands.wire import Request, frame
from edge.store.create import open_stores
from edge.store.files import Files, connect
from edge.store.journal import verify
from tests.support.facility import until

ALONE = '[site]\ntime_zone = "Europe/Warsaw"\n'


HOUR = 3_600_000


class Process:
    """`gatelatch run --edge-only` as systemd runs it, with a notify socket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = Files(folder / "state")
        self.settings = folder / "gatelatch.toml"
        self.settings.write_text(f'state = "{self.files.folder}"\n{ALONE}')
        self.notes: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        self._socket.setblocking(False)
        self.child: asyncio.subprocess.Process

    @contextlib.asynccontextmanager
    async def running(self, **env: str) -> AsyncIterator[Process]:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, lambda: self.notes.append(self._socket.recv(4096).decode()))
        self.child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "edge", "run", "--edge-only", "--settings", str(self.settings),
            env={**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify"), **env},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            yield self
        finally:
            if self.child.returncode is None:
                self.child.kill()
            await self.child.wait()
            loop.remove_reader(self._socket)
            self._socket.close()

    def told(self, word: str) -> Callable[[], bool]:
        return lambda: any(word in note.splitlines() for note in self.notes)

    async def ended(self) -> tuple[int, list[str]]:
        """(exit code, lines it said)."""
        said, _ = await self.child.communicate()
        assert self.child.returncode is not None
        return self.child.returncode, said.decode().strip().splitlines()


async def test_a_database_from_a_newer_version_ends_the_edge_with_one_line_and_exit_code_1(tmp_path: Path) -> None:
    process = Process(tmp_path)
    open_stores(process.files, "log-1")
    with contextlib.closing(sqlite3.connect(process.files.roster)) as db:
        db.execute("PRAGMA user_version = 99")
    async with process.running():
        code, lines = await process.ended()
    assert code == 1
    assert len(lines) == 1, lines
    assert "was written by a newer version (schema 99" in lines[0]
    assert not process.told("READY=1")()


async def test_settings_with_nothing_good_end_the_edge_with_one_line_and_exit_code_1(tmp_path: Path) -> None:
    process = Process(tmp_path)
    process.settings.write_text("colour = 1")
    async with process.running():
        code, lines = await process.ended()
    assert code == 1
    assert len(lines) == 1, lines
    assert "unknown setting colour" in lines[0]


async def test_systemd_hears_ready_signs_of_life_and_stopping_and_the_stop_is_quick_and_leaves_readable_files(
    tmp_path: Path,
) -> None:
    process = Process(tmp_path)
    async with process.running(WATCHDOG_USEC="600000"):
        await until(process.told("READY=1"), "READY=1", 20)
        await until(lambda: sum(n == "WATCHDOG=1" for n in process.notes) >= 3, "three signs of life")
        for path in (process.files.roster, process.files.journal):
            assert [_mode(p) for p in _with_its_own(path)] == [0o640] * 3
        begun = asyncio.get_running_loop().time()
        process.child.send_signal(signal.SIGTERM)
        code, lines = await process.ended()
        assert asyncio.get_running_loop().time() - begun < 5
        await until(process.told("STOPPING=1"), "STOPPING=1")
    assert code == 0, lines
    assert not [line for line in lines if "Traceback" in line]
    assert _mode(process.files.secrets) == 0o600
    for path in (process.files.roster, process.files.journal):
        assert [_mode(p) for p in _with_its_own(path)] == [0o640] * 3
    with contextlib.closing(connect(process.files.journal, read_only=True)) as db:
        assert verify(db) == (1, [])
    assert not process.files.socket.exists()


async def test_somebody_who_asks_and_never_listens_does_not_keep_the_edge_from_stopping(tmp_path: Path) -> None:
    process = Process(tmp_path)
    async with process.running():
        await until(process.told("READY=1"), "READY=1", 20)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as deaf:
            deaf.connect(str(process.files.socket))
            deaf.setblocking(False)
            asked = b"".join(frame(Request(id=f"request-{n:06}", token="@local", command=GetHealth())) for n in range(5000))
            with contextlib.suppress(BlockingIOError):
                while asked:
                    asked = asked[deaf.send(asked) :]
            begun = asyncio.get_running_loop().time()
            process.child.send_signal(signal.SIGTERM)
            code, lines = await process.ended()
            assert asyncio.get_running_loop().time() - begun < 5
        assert code == 0, lines


def _with_its_own(path: Path) -> tuple[Path, Path, Path]:
    return path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
