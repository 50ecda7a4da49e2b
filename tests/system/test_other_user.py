"""The desk reads as another real Unix user than the edge writes: up, stopped, killed, -shm lost, restarted; and can do nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

EDGE, DESK, GROUP = 31001, 31002, 31000
"""Numbers of nobody on this machine."""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="not run: needs root to become another user")


@pytest.fixture
def state() -> Iterator[Path]:
    """The state folder as systemd makes it: 2750 edge:gatelatch. Not below tmp_path, where only root may go."""
    above = Path(tempfile.mkdtemp(prefix="gatelatch-", dir="/var/tmp"))
    above.chmod(0o711)
    folder = above / "state"
    folder.mkdir()
    os.chown(folder, EDGE, GROUP)
    folder.chmod(0o2750)
    try:
        yield folder
    finally:
        shutil.rmtree(above)


class Process:
    """One of tests/support/other_user.py."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def answer(self) -> Any:
        assert self._process.stdout
        async with asyncio.timeout(30):
            line = await self._process.stdout.readline()
        assert line, f"it ended with {await self._process.wait()}"
        return json.loads(line)

    async def ask(self, what: str) -> Any:
        assert self._process.stdin
        self._process.stdin.write(what.encode() + b"\n")
        return await self.answer()

    async def stop(self) -> None:
        self._process.terminate()
        assert await self._process.wait() == 0

    async def kill(self) -> None:
        self._process.kill()
        await self._process.wait()

    @property
    def user(self) -> tuple[int, int]:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        lines = dict(line.split(":", 1) for line in status.splitlines())
        assert lines["Groups"].split() == [] and int(lines["CapEff"], 16) == 0
        return int(lines["Uid"].split()[1]), int(lines["Gid"].split()[1])


@asynccontextmanager
async def other(role: str, uid: int, state: Path) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.other_user", role, str(uid), str(GROUP), str(state),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    made = Process(process)
    try:
        assert await made.answer() == "ready"
        assert made.user == (uid, GROUP)
        yield made
    finally:
        if process.returncode is None:
            await made.kill()


async def test_the_desks_user_reads_whatever_happens_to_the_edge(state: Path) -> None:
    roles = ["Administrator", "Guard", "Operator", "Technician", "Viewer"]
    async with other("desk", DESK, state) as desk:

        async def seen(*, up: bool) -> int:
            """The newest event; both a desk that has been there and one that comes now see it, and the same roles."""
            found = await desk.ask("look")
            assert found["kept"] == found["fresh"] and found["edge"] == up, found
            assert isinstance(found["fresh"], list) and found["fresh"][1] == roles, found
            return int(found["fresh"][0])

        before = await desk.ask("look")
        assert "start the edge once" in before["fresh"], "a site that has never run"

        async with other("edge", EDGE, state) as edge:
            first = await seen(up=True)
            assert first >= 1
            await edge.stop()
            assert await seen(up=False) >= first, "stopped while somebody read"

        await desk.ask("forget")
        async with other("edge", EDGE, state) as edge:
            await edge.stop()
        second = await seen(up=False)
        assert second > first, "stopped while nobody read: sqlite took -wal and -shm away, the edge put them back"

        await desk.ask("forget")
        async with other("edge", EDGE, state) as edge:
            await edge.kill()
        third = await seen(up=False)
        assert third > second and (state / "journal.db-wal").stat().st_size > 0, "killed: what it wrote last is in the WAL"

        for name in ("journal.db-shm", "roster.db-shm"):
            (state / name).unlink()
        assert await seen(up=False) == third, "-shm lost, nothing to make it anew: the WAL is read all the same"

        async with other("edge", EDGE, state) as edge:
            fourth = await seen(up=True)
            assert fourth > third, "restarted: nobody goes on with the view of before"
            await edge.stop()
            assert await seen(up=False) >= fourth

        await desk.ask("forget")
        async with other("edge", EDGE, state):
            assert await seen(up=True) > fourth
            (state / "roster.db-shm").rename(state / "lost")  # as bad as it gets: taken away under a running edge, and put back
            await desk.ask("look")
            (state / "lost").rename(state / "roster.db-shm")
            assert await seen(up=True) > fourth


def rights_in(folder: Path) -> dict[str, tuple[int, int, int]]:
    """(mode, owner, group) of every file."""
    return {p.name: (stat.S_IMODE(p.stat().st_mode), p.stat().st_uid, p.stat().st_gid) for p in folder.iterdir()}


async def test_the_desks_user_can_read_and_do_nothing_else(state: Path) -> None:
    async with other("desk", DESK, state) as desk, other("edge", EDGE, state) as edge:
        for up in (True, False):
            if not up:
                await edge.stop()
            found = await desk.ask("trespass")
            assert len(found) == 12 and "done" not in found.values(), found
            assert isinstance((await desk.ask("look"))["fresh"], list)
    rights = rights_in(state)
    for name in ("roster.db", "roster.db-wal", "roster.db-shm", "journal.db", "journal.db-wal", "journal.db-shm"):
        assert rights[name] == (0o640, EDGE, GROUP), name
    assert rights["secrets.db"][0] == 0o600
    assert all(mode & 0o007 == 0 for mode, _, _ in rights.values()), "and nothing for everybody"
