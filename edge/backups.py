"""Backups made on this machine: by a child, one at a time, into a folder of edge's own, the last few kept."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from edge import __version__, logs
from edge.commands.backups import Backup, BackupBegun, BackupsNow
from edge.core.errors import Conflict, StoreError
from edge.ports import Clock
from edge.store.backup import NAMES, WORKSPACE, manifest_of
from edge.store.backup_child import Said
from edge.store.files import Files

log = logs.get("backups")

KEPT = 7
"""So many; the oldest goes when a newer one is there."""
LONGEST_S = 2 * 3600.0
"""A backup that takes longer is given up."""
SPARE = 100_000_000
"""Bytes that a backup leaves to the journal."""


class Backups:
    """The folder holds keys and password hashes, so it is 0700. What a power cut leaves half-made is in a workspace that goes at the next start."""

    def __init__(self, files: Files, clock: Clock) -> None:
        self._files, self._clock, self._folder = files, clock, files.folder / "backups"
        self._asking, self._wanted = asyncio.Lock(), asyncio.Event()
        self._making, self._request = "", ""
        self._since: int | None = None
        self._problem, self._problem_at = "", 0

    async def ask(self, request: str, write_down: Callable[[], Awaitable[BackupBegun]]) -> BackupBegun:
        """Begin one, once for a request, after it was written down who asked. Raises Conflict when another is being made, or there is no room."""
        async with self._asking:
            if self._making and request != self._request:
                raise Conflict("a backup is being made just now; wait until it is there")
            need, free = await asyncio.to_thread(self._room)
            if need > free and not self._making:
                raise Conflict(
                    f"a backup needs {_mb(need)} MB for a while, and {_mb(free)} MB are free: take the old ones to another place first"
                )
            begun = await write_down()
            if request != self._request and not (self._folder / begun.name).exists():
                self._making, self._request, self._since, self._problem = begun.name, request, self._clock.now().wall, ""
                self._wanted.set()
            return begun

    async def now(self) -> BackupsNow:
        kept, share = await asyncio.to_thread(self._look)
        return BackupsNow(
            folder=str(self._folder), kept=kept, making=self._making, since=self._since if self._making else None, share=share if self._making else 0.0,
            problem=self._problem, problem_at=self._problem_at if self._problem else None,
        )  # fmt: skip

    async def run(self) -> None:
        """For ever: whatever is asked for, one after the other."""
        if await asyncio.to_thread(self._sweep):
            self._failed("the edge was stopped while one was being made; ask for another")
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._make(self._folder / self._making)
                await asyncio.to_thread(self._drop_oldest)
            except StoreError as error:
                self._failed(error.message)
                await asyncio.to_thread(self._sweep)
            finally:
                self._making = ""

    async def _make(self, target: Path) -> None:
        """Raises StoreError."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "edge.store.backup_child", str(self._files.folder), str(target), str(self._clock.now().wall), __version__,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise StoreError(f"{self._folder}: {error.strerror}") from error
        try:
            async with asyncio.timeout(LONGEST_S):
                out, _ = await child.communicate()
        except TimeoutError as error:
            raise StoreError("it took longer than two hours and was given up") from error
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if not out:
            raise StoreError(f"the process that made it ended by itself ({child.returncode})")
        if problem := msgspec.json.decode(out, type=Said).problem:
            raise StoreError(problem)
        log.info("backup made", file=target.name)

    def _failed(self, why: str) -> None:
        self._problem, self._problem_at = why, self._clock.now().wall
        log.warning("no backup", why=why)

    # ------------------------------------------------------------------------------------------------ the folder

    def _files_there(self) -> list[Path]:
        """Newest first: their names begin with their time."""
        return sorted(self._folder.glob("gatelatch-*.tar"), reverse=True)

    def _look(self) -> tuple[tuple[Backup, ...], float]:
        kept = []
        for path in self._files_there():
            manifest = manifest_of(path)
            if manifest is not None:
                kept.append(
                    Backup(name=path.name, at=manifest.at, size=path.stat().st_size, events=manifest.events, last_seq=manifest.last_seq, program=manifest.program)
                )  # fmt: skip
        done = sum(p.stat().st_size for p in self._folder.glob(f"{WORKSPACE}*/*"))
        return tuple(kept), min(0.99, done / max(1, 2 * self._size()))

    def _size(self) -> int:
        return sum(path.stat().st_size for name in NAMES if (path := self._files.folder / f"{name}.db").exists())

    def _room(self) -> tuple[int, int]:
        """(needed, free): the copies and the file made of them lie side by side for a while."""
        photos = sum(p.stat().st_size for p in self._files.photos.glob("*.jpg"))
        return 2 * self._size() + photos + SPARE, shutil.disk_usage(self._files.folder).free

    def _sweep(self) -> bool:
        left = list(self._folder.glob(f"{WORKSPACE}*"))
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
        return bool(left)

    def _drop_oldest(self) -> None:
        for path in self._files_there()[KEPT:]:
            path.unlink(missing_ok=True)


def _mb(size: int) -> int:
    return -(-size // 1_000_000)
