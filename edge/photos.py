"""The folder of customers' photographs: one file a picture, called by its SHA-256; written by edge alone, read by the desk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from edge import logs
from edge.commands.photos import photo_name
from edge.core.errors import StoreError
from edge.store.files import MODE_SHARED, sync_folder
from edge.store.roster import RosterTransaction
from edge.store.writer import Writer

log = logs.get("photos")


class Photos:
    """The file is there before its record names it and gone after none does; what a power cut leaves over goes at the next start."""

    def __init__(self, folder: Path, roster: Writer[RosterTransaction]) -> None:
        self._folder, self._roster = folder, roster
        self._changing = asyncio.Lock()

    def changing(self) -> AbstractAsyncContextManager[None]:
        """Held from before a picture is written until its record is: nothing is swept meanwhile."""
        return self._changing

    async def put(self, picture: bytes) -> None:
        """Durable on return. Raises Invalid, StoreError."""
        name = photo_name(picture)
        if name:
            await asyncio.to_thread(_mapped, lambda: self._write(name, picture))

    def _write(self, name: str, picture: bytes) -> None:
        self._folder.mkdir(exist_ok=True, mode=0o750)
        path = self._folder / f"{name}.jpg"
        if path.exists():
            return
        part = path.with_suffix(".part")
        fd = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, MODE_SHARED)
        try:
            with open(fd, "wb", closefd=False) as file:
                file.write(picture)
            os.fsync(fd)
        finally:
            os.close(fd)
        part.replace(path)
        sync_folder(self._folder)

    async def sweep(self) -> None:
        """Take out whatever no record names."""
        async with self._changing:
            used = await self._roster.write(lambda tx: tx.photos())
            await asyncio.to_thread(_mapped, lambda: self._sweep(used))

    def _sweep(self, used: frozenset[str]) -> None:
        if self._folder.exists():
            for path in self._folder.iterdir():
                if path.suffix == ".part" or path.stem not in used:
                    path.unlink(missing_ok=True)

    async def sweep_quietly(self) -> None:
        """The same where nobody waits for it: what cannot be taken out now is at the next time."""
        try:
            await self.sweep()
        except StoreError as error:
            log.warning("photos not swept", error=error.message)


def _mapped(work: Callable[[], None]) -> None:
    try:
        work()
    except OSError as error:
        raise StoreError(f"the folder of photos cannot be written: {error.strerror}") from error
