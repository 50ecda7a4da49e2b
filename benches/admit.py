"""admit, events, bytes per event: a reading in to a relay command out, durable, against what the disk itself can do."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Coroutine, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import perf_counter
from typing import Any, TypeVar

import uvloop

from benches.site import CARDS, POINT, ROOT, codes, disk_of, site
from benches.table import Figure, at_least, at_most, bench, percentile
from edge.access_point import Gate
from edge.app import Edge
from edge.core.model import CredentialKind, Reading
from edge.door_post import DoorPost
from edge.ports import DoorSink
from edge.settings import parse
from edge.store.files import Files

T = TypeVar("T")

PAGE = 4096
SYNCS = 1500
ADMITS = 3000
BURST_S = 60.0
SINGLE_HZ = 40.0
COMMAND_MS = 0.5
"""What the way around the disk may cost (house allowance in the bar of admit/p50)."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """On the loop that the edge runs on."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


class TakingDoor:
    """A door that takes every command at once: the relay's wire is not what is measured here."""

    name = "main"

    def __init__(self) -> None:
        self.commands = 0

    async def run(self, sink: DoorSink) -> None:
        sink.up()
        await asyncio.Event().wait()

    async def open(self, strike_ms: int) -> None:
        self.commands += 1

    async def hold(self) -> None: ...

    async def lock(self) -> None: ...

    async def buzz(self, on: bool) -> None: ...


def fdatasyncs(number: int = SYNCS) -> list[float]:
    """Seconds of one 4 KiB append into a preallocated file plus fdatasync, so often, on the disk the databases are on."""
    ROOT.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=ROOT) as file:
        os.posix_fallocate(file.fileno(), 0, number * PAGE)
        os.fsync(file.fileno())
        block, times = b"x" * PAGE, []
        for i in range(number):
            start = perf_counter()
            os.pwrite(file.fileno(), block, i * PAGE)
            os.fdatasync(file.fileno())
            times.append(perf_counter() - start)
        return times


class Running:
    """A site's edge without devices but one door that takes everything."""

    def __init__(self, edge: Edge) -> None:
        self.edge = edge
        self.door = TakingDoor()
        post = DoorPost(self.door, edge.journal, edge.clock, edge.health, opens_unjournaled=False)
        post.up()
        self.gate = Gate(edge.journal, edge.clock, edge.health, edge._fallback)
        self.gate.add(post)

    async def admit(self, code: str) -> float:
        """Seconds from a reading to the relay's command (or the refusal)."""
        start = perf_counter()
        await self.answer(code)
        return perf_counter() - start

    async def answer(self, code: str) -> str:
        """The reason of the decision, once its command is given."""
        reading = Reading(reader="bench", access_point=POINT, kind=CredentialKind.QR, text=code)
        return str((await self.gate.serve(reading)).event.code)


def settings_of(files: Files) -> str:
    return f'state = "{files.folder}"\nsite = {{ name = "Bench", time_zone = "Europe/Warsaw" }}\n'


async def admit_times(running: Running, shown: list[str]) -> list[float]:
    return [await running.admit(code) for code in shown]


@bench("admit/p50", "events-1", "events-32")
def admit_bench() -> Iterator[Figure]:
    with site() as files:
        yield from run(_admit(files))


async def _admit(files: Files) -> list[Figure]:
    before = fdatasyncs()
    async with Edge(parse(settings_of(files))).running() as edge:
        running = Running(edge)
        await admit_times(running, codes(1, 300))
        start = perf_counter()
        times = await admit_times(running, codes(2, ADMITS))
        one = ADMITS / (perf_counter() - start)
        shown = codes(3, 32 * 400)
        start = perf_counter()
        await asyncio.gather(*(admit_times(running, shown[i::32]) for i in range(32)))
        many = len(shown) / (perf_counter() - start)
    syncs = before + fdatasyncs()
    sync_ms = percentile(syncs, 0.5) * 1000
    rate = len(syncs) / sum(syncs)
    ours = percentile(times, 0.5) * 1000
    p99 = percentile(times, 0.99) * 1000
    return [
        at_most("admit/p50", ours, sync_ms, 2.5, "ms", ratio=(ours - COMMAND_MS) / sync_ms, note=f"p99 {p99:.2f} ms; ratio is (ours - 0.5 ms) / limit"),
        at_least("events-1", one, rate, 0.4, "1/s"),
        at_least("events-32", many, rate, 3, "1/s", ok=many >= 3 * rate or (sync_ms < 1 and many >= 8000), bar=">= 3, or >= 8000/s where a sync takes under 1 ms"),
    ]  # fmt: skip


@bench("bytes-per-event/single", "bytes-per-event/burst")
def bytes_bench() -> Iterator[Figure]:
    """write_bytes of /proc/self/io over 60 s each, checkpoints inside, files on a real disk."""
    for kind in ("single", "burst"):
        with site() as files:
            if disk_of(files.folder) in ("tmpfs", "ramfs"):
                raise SystemExit("bytes-per-event needs a disk: this folder is in memory")
            written, events, checkpoints = run(_write(files, 10 if kind == "burst" else 1))
        bar = 1 if kind == "burst" else 4.5
        yield at_most(
            f"bytes-per-event/{kind}",
            written / events,
            PAGE,
            bar,
            "B",
            note=f"{events} events, {checkpoints} checkpoints, {disk_of(ROOT)}",
        )


async def _write(files: Files, at_once: int) -> tuple[int, int, int]:
    chance = random.Random(4)
    async with Edge(parse(settings_of(files))).running() as edge:
        running = Running(edge)
        loop = asyncio.get_running_loop()
        await admit_times(running, codes(5, 50))
        before, events = _write_bytes(), 0
        end = loop.time() + BURST_S
        while loop.time() < end:
            shown = codes(chance.randrange(CARDS), at_once)
            await asyncio.gather(*(running.admit(code) for code in shown))
            events += at_once
            await asyncio.sleep(1 / SINGLE_HZ / 10)
        await edge.journal.write(lambda tx: tx.wall_high)
        checkpoints = edge.journal.checkpoints
    return _write_bytes() - before, events, checkpoints


def _write_bytes() -> int:
    os.sync()
    for row in Path("/proc/self/io").read_text().splitlines():
        if row.startswith("write_bytes:"):
            return int(row.split()[1])
    raise SystemExit("no write_bytes in /proc/self/io")


@bench("admit-signin")
def signin_bench() -> Iterator[Figure]:
    """p99 of admit while twenty people a second sign in."""
    with site() as files:
        idle, busy, done = run(_signin(files))
    yield at_most(
        "admit-signin", percentile(busy, 0.99) * 1000, percentile(idle, 0.99) * 1000, 3, "ms", note=f"{done} sign-ins meanwhile"
    )


async def _signin(files: Files) -> tuple[list[float], list[float], int]:
    from edge.commands.users import AddUser, SignIn
    from edge.commands.wire import LOCAL, Request
    from edge.core.errors import Busy
    from edge.core.model import Role

    async with Edge(parse(settings_of(files))).running() as edge:
        running = Running(edge)
        role = await edge.roster.write(lambda tx: tx.find(Role, name="Guard"))
        assert role is not None
        add = AddUser(fields={"login": "guard", "role": role.id}, password="correct horse")
        await edge.control.do(Request(id="bench-user", token=LOCAL, command=add), local=True)
        await admit_times(running, codes(6, 300))
        idle = await admit_times(running, codes(7, ADMITS))
        signing, done = True, 0

        async def sign_in(number: int) -> None:
            nonlocal done
            try:
                await edge.control.do(
                    Request(id=f"bench-sign-{number:06}", command=SignIn(login="guard", password="correct horse"))
                )
                done += 1
            except Busy:
                pass  # the queue of eight is full: a person would try again

        async def crowd() -> None:
            number = 0
            async with asyncio.TaskGroup() as tasks:
                while signing:
                    number += 1
                    tasks.create_task(sign_in(number))
                    await asyncio.sleep(1 / 20)

        people = asyncio.create_task(crowd())
        busy: list[float] = []
        end = asyncio.get_running_loop().time() + 10
        while asyncio.get_running_loop().time() < end:
            busy += await admit_times(running, codes(len(busy) + 8, 50))
        signing = False
        await people
    return idle, busy, done
