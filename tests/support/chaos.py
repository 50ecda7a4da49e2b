"""One seeded run of chaos: an edge, a broker and a central server as real processes, a wire that misbehaves, and a count at the end.

The seed says what breaks when and for how long, what is shown to the scanners and what the office edits; the machine's own timing
adds to that, so a seed is a schedule, not a recording.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import functools
import random
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from hw_sim.broker import Broker
from hw_sim.central import KEY_ID, Central
from hw_sim.central_store import CentralStore
from hw_sim.proxy import Proxy, Way
from msgspec import Struct

from edge.store.files import Files, connect
from tests.support.compared import Compared, compare, cursors
from tests.support.facility import Facility, until
from tests.support.faults import Fault, Step, schedule
from tests.support.killable import CentralProcess, EdgeProcess
from tests.support.office import Office

REACHED_S, IN_STEP_S, PIPE_S = 30.0, 120.0, 5.0


class Outcome(Struct, frozen=True):
    """What one seed came to."""

    seed: int
    counts: Compared
    connections: int
    seconds: float

    def __str__(self) -> str:
        c = self.counts
        return (
            f"seed {self.seed}: {c.events} events: {c.lost} lost, {c.doubled} doubled, {c.altered} altered; {c.rows} rows: "
            f"{len(c.differing)} differing; {self.connections} connections, {self.seconds:.0f} s"
        )


class Chaos(Facility):
    """A facility whose edge is a process, with everything behind it breakable."""

    def __init__(self, folder: Path, seed: int, program: str = "edge") -> None:
        super().__init__(folder)
        self.seed = seed
        self.files = Files(folder / "state")
        self.broker = Broker(folder / "broker")
        self.wire = Proxy(self.broker.port, seed)
        self._program = program
        self.diary: list[str] = []
        """What broke when, for whoever looks into a failure."""
        self._central_db, self._backup = folder / "central" / "central.db", folder / "backup.db"
        self._busy: dict[str, asyncio.Lock] = collections.defaultdict(asyncio.Lock)
        self.process: EdgeProcess
        self.central: CentralProcess
        self.store: CentralStore
        self._office: Office

    @contextlib.asynccontextmanager
    async def breakable(self) -> AsyncIterator[Chaos]:
        """All of it up and in step."""
        async with self.running():  # furnished by an edge of our own, which then makes room
            pass
        folder = self.folder
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self.close)
            await self.wire.start()
            stack.push_async_callback(self.wire.stop)
            await self.broker.start()
            stack.callback(self.broker.stop)
            made = Central(folder / "central", ("127.0.0.1", self.broker.port))
            self.store = made.store
            stack.callback(lambda: self.store.close())
            self._office = Office(random.Random(f"{self.seed} office"), self.ids["zone"])
            self.store.edit(self._office.opening())
            self.sync = (
                f'[sync]\nbroker = "mqtt://127.0.0.1:{self.wire.port}"\nsite = "main"\nedge = "north"\n'
                f'central_keys = {{ {KEY_ID} = "{made.public_key}" }}\n'
            )
            settings = folder / "gatelatch.toml"
            settings.write_text(self.settings())
            self.central = CentralProcess(folder, self.broker.port)
            self.process = EdgeProcess(folder, settings, self._program)
            for process in (self.central, self.process):
                process.start()
                stack.callback(process.kill)
            await self._in_step()
            self._back_up()
            yield self

    # ------------------------------------------------------------------------------------------------ the run

    async def run(self) -> Outcome:
        """Break everything while people come and the office works; heal, wait until in step, stop the edge and count."""
        began, over = time.monotonic(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._people(over), name="people")
            tasks.create_task(self._edits(over), name="office")
            faults = []
            for step in schedule(self.seed):
                await asyncio.sleep(step.after_s)
                faults.append(tasks.create_task(self._fault(step), name=step.fault))
                if step.alone:
                    await faults[-1]
            await asyncio.gather(*faults)
            over.set()
        self.wire.heal()
        await self._in_step()
        with contextlib.suppress(AssertionError):  # what is still in the pipe may arrive; what is lost never does
            await until(lambda: not self._compare().lost, deadline_s=PIPE_S)
        await self.process.stop()
        return Outcome(self.seed, self._compare(), self._connections(), time.monotonic() - began)

    async def _people(self, over: asyncio.Event) -> None:
        """Cards and rubbish at both scanners. Whoever comes while the edge is dead is decided on when it is back, or never."""
        chance = random.Random(f"{self.seed} people")
        while not over.is_set():
            codes = [str(op.fields["code"]) for op in self.store.snapshot() if op.type == "card"]
            for _ in range(20):
                code = chance.choice(codes) if codes and chance.random() < 0.8 else f"NOBODY-{chance.randrange(10**6)}"
                chance.choice((self.scanner, self.exit_scanner)).scan(code)
                await asyncio.sleep(chance.uniform(0.01, 0.05))

    async def _edits(self, over: asyncio.Event) -> None:
        """One edit after the other, each made of what central has then."""
        chance = random.Random(f"{self.seed} edits")
        while not over.is_set():
            here = self.store.position()
            rows = self._office.edit(self.store.snapshot())
            if rows and self.central.edit(rows):
                await until(functools.partial(self._beyond, *here), "central to take an edit", REACHED_S)
            await asyncio.sleep(chance.uniform(0.02, 0.3))

    def _beyond(self, epoch: str, rev: int) -> bool:
        """Has central gone on since this place, or is it dead, or another one."""
        now = self.store.position()
        return now[1] > rev or now[0] != epoch or not self.central.alive

    def _back_up(self) -> None:
        with contextlib.closing(sqlite3.connect(self._backup)) as to, contextlib.closing(sqlite3.connect(self._central_db)) as db:
            db.backup(to)

    def _put_back(self) -> None:
        """What whoever restores a central does: the backup's rows under a new epoch."""
        self.store.close()
        for path in self._central_db.parent.glob("central.db*"):
            path.unlink()
        shutil.copy(self._backup, self._central_db)
        self.store = CentralStore(self._central_db)
        self.store.new_epoch()

    # ------------------------------------------------------------------------------------------------ faults

    async def _fault(self, step: Step) -> None:
        self.diary.append(f"{datetime.now(UTC):%M:%S.%f} {step}")
        try:
            await self._do(step)
        except AssertionError as error:
            error.add_note("\n".join((f"seed {self.seed}", *self._known())))
            raise
        self.diary.append(f"{datetime.now(UTC):%M:%S.%f} {step.fault} is over")

    async def _do(self, step: Step) -> None:
        match step.fault:
            case Fault.KILL_BROKER | Fault.WIPE_BROKER:
                async with self._busy["broker"]:
                    self.broker.kill()
                    if step.fault is Fault.WIPE_BROKER:
                        shutil.rmtree(self.broker.folder)
                    await asyncio.sleep(step.lasts_s)
                    await self.broker.start()
            case Fault.KILL_EDGE:
                async with self._busy["edge"]:
                    self.process.kill()
                    await asyncio.sleep(step.lasts_s)
                    self.process.start()
            case Fault.KILL_CENTRAL | Fault.RESTORE_CENTRAL:
                async with self._busy["central"]:
                    self.central.kill()
                    if step.fault is Fault.RESTORE_CENTRAL:
                        self._put_back()
                    await asyncio.sleep(step.lasts_s)
                    self.central.start()
            case Fault.KILL_BOTH:
                async with self._busy["central"], self._busy["broker"]:
                    self.central.kill()
                    await asyncio.sleep(step.lasts_s)
                    self.broker.kill()
                    await self.broker.start()
                    self.central.start()
            case _:
                await until(lambda: self.wire.carrying, "the wire to carry a connection", REACHED_S)
                async with self._busy[step.fault]:
                    await self._on_the_wire(step, self.wire)

    async def _on_the_wire(self, step: Step, wire: Proxy) -> None:
        match step.fault:
            case Fault.ABORT:
                wire.abort()
            case Fault.CUT:
                cuts = wire.cuts
                wire.cut()
                await until(lambda: wire.cuts > cuts, "a message to be cut", REACHED_S)
            case Fault.THROTTLE:
                wire.rate = 1000
                await asyncio.sleep(step.lasts_s)
                wire.rate = 0
            case Fault.SPLIT:
                wire.split = True
                await asyncio.sleep(step.lasts_s)
                wire.split = False
            case Fault.LATENCY:
                wire.latency_s = step.lasts_s / 2
                await asyncio.sleep(step.lasts_s)
                wire.latency_s = 0.0
            case _:
                ways = {Fault.BLACKHOLE: set(Way), Fault.DEAF: {Way.DOWN}, Fault.MUTE: {Way.UP}}[step.fault]
                wire.swallow |= ways
                await asyncio.sleep(step.lasts_s)
                wire.swallow -= ways
                if not step.half_open:
                    wire.abort()

    # ------------------------------------------------------------------------------------------------ facts

    async def _in_step(self) -> None:
        """By the edge's own belief: central has every event and every change made here, and central's roster is here."""
        with contextlib.closing(connect(self.files.journal, read_only=True)) as journal, \
             contextlib.closing(connect(self.files.roster, read_only=True)) as roster:  # fmt: skip

            def same() -> bool:
                delivered, place = cursors(journal, roster)
                return delivered and place == self.store.position()

            try:
                await until(same, "edge and central to be in step", IN_STEP_S)
            except AssertionError as error:
                here = f"seed {self.seed}: {cursors(journal, roster)}, central {self.store.position()}"
                error.add_note("\n".join((here, *self._known())))
                raise

    def _compare(self) -> Compared:
        return compare(self.files, self._central_db)

    def _connections(self) -> int:
        with contextlib.closing(connect(self.files.journal, read_only=True)) as journal:
            number: int = journal.execute("SELECT connections FROM head").fetchone()[0]
        return number

    def _known(self) -> tuple[str, ...]:
        """What helps to understand a run that failed."""
        return (*self.diary, self.process.said(), self.central.said())
