"""A process that becomes another Unix user and is the edge, or reads as the desk does: `python -m tests.support.other_user ROLE UID GID PATH`.

It runs once as root on a scratch folder before it changes its user, so that everything is imported: the interpreter itself may lie
where other users cannot go. Files of the site are touched only afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from admin_api.edge_client import EdgeClient
from admin_api.reads.database import Database
from admin_api.reads.journal import JournalReads
from admin_api.reads.roster import RosterReads
from edge import logs
from edge.app import Edge
from edge.core.errors import HouseError
from edge.core.model import Role
from edge.settings import parse
from edge.store.files import Files


def settings(state: Path) -> str:
    return f'state = "{state}"\nsite = {{ name = "Test", time_zone = "Europe/Warsaw" }}\n'


def become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    os.umask(0o077)


def say(what: Any) -> None:
    print(json.dumps(what), flush=True)


async def edge(state: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Edge(parse(settings(state))).running():
        say("ready")
        await stop.wait()


class Reader:
    """Looks with a connection that is kept as a desk keeps it, and with a fresh one, as a desk does that starts now."""

    def __init__(self, state: Path) -> None:
        self.files = Files(state)
        self.kept = Database(self.files)

    async def look(self) -> dict[str, Any]:
        fresh = Database(self.files)
        edge = EdgeClient(self.files.socket)
        try:
            return {"kept": await self._seen(self.kept), "fresh": await self._seen(fresh), "edge": await edge.reachable()}
        finally:
            await fresh.close()
            await edge.close()

    @staticmethod
    async def _seen(database: Database) -> Any:
        try:
            return [await JournalReads(database).head(), sorted((await RosterReads(database).names(Role)).values())]
        except HouseError as error:
            return error.message

    async def forget(self) -> None:
        await self.kept.close()

    def trespass(self) -> dict[str, str]:
        """Everything the desk's user must not be able to do; the name of what stopped it, or "done"."""
        folder = self.files.folder
        tries: dict[str, Callable[[], Any]] = {
            **{f"write {p.name}": lambda p=p: _write(p) for p in (self.files.roster, self.files.journal)},
            **{f"open {p.name} to write": lambda p=p: p.open("r+b") for p in (self.files.roster, self.files.journal)},
            "read secrets.db": lambda: self.files.secrets.read_bytes(),
            "read secrets.db through sqlite": lambda: (
                sqlite3.connect(self.files.secrets).execute("SELECT * FROM secret").fetchall()
            ),
            "make a file": lambda: (folder / "mine").write_text("x"),
            "make a journal of its own": lambda: (folder / "journal.db-journal").write_text("x"),
            "take a file away": lambda: (folder / "roster.db-shm").unlink(),
            "change a file's rights": lambda: self.files.roster.chmod(0o666),
            "write into the WAL": lambda: (folder / "journal.db-wal").open("ab"),
            "write into the shared index": lambda: (folder / "journal.db-shm").open("r+b"),
        }
        found = {}
        for what, attempt in tries.items():
            try:
                attempt()
                found[what] = "done"
            except (OSError, sqlite3.Error) as error:
                found[what] = type(error).__name__
        return found


def _write(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=0.1)) as db:
        db.execute("CREATE TABLE mine (x)")


async def serve(reader: Reader) -> None:
    say("ready")
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        match line.strip():
            case "look":
                say(await reader.look())
            case "forget":
                await reader.forget()
                say("forgotten")
            case "trespass":
                say(reader.trespass())
    await reader.forget()


async def warm_up(folder: Path) -> None:
    reader = Reader(folder)
    async with Edge(parse(settings(folder))).running():
        await reader.look()
    await reader.look()
    await reader.forget()
    with contextlib.suppress(sqlite3.Error):
        sqlite3.connect(folder)


def main() -> None:
    role, uid, gid, state = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    logs.configure("error", process=role)
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(warm_up(Path(scratch)))
    become(uid, gid)
    asyncio.run(edge(state) if role == "edge" else serve(Reader(state)))


if __name__ == "__main__":
    main()
