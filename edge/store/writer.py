"""One thread per database file: drains its queue, runs every piece of work in one commit, and alone checkpoints.

Group commit: what is waiting when a transaction begins goes into it, nothing joins an open one, nothing waits for company.
Each piece of work stands in a savepoint of its own, or alone in its transaction: one that fails costs itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from edge.core.errors import Busy, HouseError, StoreError

T = TypeVar("T")


class Tx(Protocol):
    """What a store's transaction object offers its writer."""

    def begin(self) -> None:
        """Read what a commit needs (log head, revision). Called right after BEGIN."""

    def mark(self) -> Any:
        """The state to go back to when the next piece of work fails."""

    def back_to(self, mark: Any) -> None:
        """Undo in memory what the savepoint's rollback undoes on disk."""

    def finish(self) -> None:
        """Write what belongs to the commit as a whole. Called right before COMMIT."""

    def failed(self, error: Exception) -> None:
        """A piece of work raised something that is not the house's own; write it down (its savepoint is rolled back)."""


TX = TypeVar("TX", bound=Tx)
Job = tuple[Callable[[Any], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]

QUEUE_LIMIT = 4096
GROUP_LIMIT = 256
CHECKPOINT_PAGES = 10_500
"""Checkpoint (PASSIVE) once the WAL holds this many pages: rare enough to write a page once for many commits, early enough
that the journal's fit into the room of its WAL."""


class Writer(Generic[TX]):
    """Runs work against one database from any task; `write` returns when the work is durable."""

    def __init__(self, name: str, path: Path, open_tx: Callable[[], tuple[sqlite3.Connection, TX]]) -> None:
        self.name = name
        self._path = path
        self._open = open_tx
        self._jobs: deque[Job] = deque()
        self._patient: deque[Job] = deque()
        self._emptying: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[bool]]] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self.problem = ""
        """Why commits fail, for health; empty when they do not."""
        self.commits = 0
        self.beats = 0
        """Grows with every commit, and with every step of one that takes long: what it shows is alive."""
        self.checkpoints = 0
        self.wal_bytes = 0

    async def start(self) -> None:
        """Open the file in the writer's own thread; raises StoreError when it cannot be opened."""
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = loop.create_future()
        self._thread = threading.Thread(target=self._run, args=(loop, opened), name=f"writer-{self.name}", daemon=True)
        self._thread.start()
        await opened

    async def stop(self) -> None:
        """Finish what is queued, checkpoint, close. Work handed in afterwards is refused."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread:
            await asyncio.to_thread(self._thread.join)

    async def write(self, work: Callable[[TX], T], *, patient: bool = False) -> T:
        """Run work in a transaction; returns its result once committed. Raises what the work raised, Busy, or StoreError.

        patient: a long piece of something larger. It waits until nothing else does, and nothing else waits in one commit with it.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        with self._wake:
            if self._stopping or self._thread is None:
                raise StoreError(f"the {self.name} writer is not running")
            waiting = self._patient if patient else self._jobs
            if len(waiting) >= QUEUE_LIMIT:
                raise Busy(f"the {self.name} has {QUEUE_LIMIT} changes waiting; try again in a moment")
            waiting.append((work, loop, done))
            self._wake.notify()
        return await done

    def beat(self) -> None:
        """A step of work that takes long is done."""
        self.beats += 1

    async def empty_wal(self) -> bool:
        """Everything into the file and the WAL cut to nothing: what was written over is in neither. False: a reader is in the way now."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool] = loop.create_future()
        with self._wake:
            if self._stopping or self._thread is None:
                raise StoreError(f"the {self.name} writer is not running")
            self._emptying.append((loop, done))
            self._wake.notify()
        return await done

    # ------------------------------------------------------------------------------------------------ the thread

    def _run(self, loop: asyncio.AbstractEventLoop, opened: asyncio.Future[None]) -> None:
        try:
            db, tx = self._open()
        except HouseError as error:
            loop.call_soon_threadsafe(opened.set_exception, error)
            return
        loop.call_soon_threadsafe(opened.set_result, None)
        try:
            self._serve(db, tx)
        finally:
            with contextlib.suppress(sqlite3.Error):
                db.execute("PRAGMA main.wal_checkpoint(PASSIVE)")
            db.close()

    def _serve(self, db: sqlite3.Connection, tx: TX) -> None:
        wal = _WalGauge(self._path.with_name(self._path.name + "-wal"))
        while True:
            with self._wake:
                while not (self._jobs or self._patient or self._emptying or self._stopping):
                    self._wake.wait()
                group = [self._jobs.popleft() for _ in range(min(len(self._jobs), GROUP_LIMIT))]
                if not group and self._patient:
                    group = [self._patient.popleft()]
                emptying = [self._emptying.popleft() for _ in range(len(self._emptying))]
                if not group and not emptying and self._stopping:
                    return
            if emptying:
                self._empty(db, emptying)
                wal.pages = 0
            if not group:
                continue
            self._commit(db, tx, group)
            wal.committed(len(group))
            self.wal_bytes = wal.size
            if wal.pages >= CHECKPOINT_PAGES:
                self._checkpoint(db)
                wal.pages = 0

    def _checkpoint(self, db: sqlite3.Connection) -> None:
        """PASSIVE waits for nobody. Once all of it is in the file, the next commit writes the WAL from its start again."""
        with contextlib.suppress(sqlite3.OperationalError):  # a reader is in the way: the next time will do
            db.execute("PRAGMA main.wal_checkpoint(PASSIVE)").fetchone()
            self.checkpoints += 1

    def _empty(self, db: sqlite3.Connection, asked: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[bool]]]) -> None:
        """TRUNCATE waits for readers; here it does not: who asked tries again."""
        done = False
        with contextlib.suppress(sqlite3.OperationalError):
            db.execute("PRAGMA busy_timeout = 0")
            busy, *_ = db.execute("PRAGMA main.wal_checkpoint(TRUNCATE)").fetchone()
            done = not busy
        db.execute("PRAGMA busy_timeout = 5000")
        for loop, answer in asked:
            with contextlib.suppress(RuntimeError):
                results: list[tuple[asyncio.Future[Any], Any, BaseException | None]] = [(answer, done, None)]
                loop.call_soon_threadsafe(_settle, results)

    def _commit(self, db: sqlite3.Connection, tx: TX, group: list[Job]) -> None:
        results: list[tuple[Job, Any, BaseException | None]] = []
        try:
            before = db.total_changes
            db.execute("BEGIN IMMEDIATE")
            tx.begin()
            if len(group) == 1:
                results.append((group[0], *self._alone(db, tx, group[0][0])))
            else:
                for job in group:
                    results.append((job, *self._one(db, tx, job[0])))
            tx.finish()
            db.execute("COMMIT")
            if db.total_changes != before:  # a question proves nothing about the disk
                self.problem = ""
            self.commits += 1
            self.beats += 1
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            self.problem = f"{self.name}: {error}"
            failure = StoreError(f"the {self.name} cannot be written: {error}. Is the disk full? `gatelatch doctor` shows what is.")
            results = [(job, None, failure) for job in group]
        self._answer(results)

    def _alone(self, db: sqlite3.Connection, tx: TX, work: Callable[[TX], Any]) -> tuple[Any, BaseException | None]:
        """Without a savepoint: what fails takes its whole transaction with it. (Every page that a savepoint has to remember makes each
        statement in it slower: a thousand rows of central's take a tenth of the time.)"""
        tx.mark()
        try:
            return work(tx), None
        except sqlite3.OperationalError:
            raise
        except Exception as error:
            db.execute("ROLLBACK")
            db.execute("BEGIN IMMEDIATE")
            tx.begin()
            if not isinstance(error, HouseError):
                tx.failed(error)
            return None, error

    def _one(self, db: sqlite3.Connection, tx: TX, work: Callable[[TX], Any]) -> tuple[Any, BaseException | None]:
        before = tx.mark()
        db.execute("SAVEPOINT member")
        try:
            value = work(tx)
        except sqlite3.OperationalError:
            raise  # disk full, I/O error: nothing of this group can be trusted to be written
        except Exception as error:
            db.execute("ROLLBACK TO member")
            db.execute("RELEASE member")
            tx.back_to(before)
            if not isinstance(error, HouseError):
                tx.failed(error)
            return None, error
        db.execute("RELEASE member")
        return value, None

    @staticmethod
    def _answer(results: list[tuple[Job, Any, BaseException | None]]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any, BaseException | None]]] = {}
        for (_, loop, done), value, error in results:
            by_loop.setdefault(loop, []).append((done, value, error))
        for loop, answers in by_loop.items():
            with contextlib.suppress(RuntimeError):  # the loop has closed: nobody is waiting any more
                loop.call_soon_threadsafe(_settle, answers)


def _settle(answers: list[tuple[asyncio.Future[Any], Any, BaseException | None]]) -> None:
    for done, value, error in answers:
        if done.cancelled():
            continue
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(value)


class _WalGauge:
    """About how many pages the WAL holds. Its size tells while it grows; while it is written over, a guess does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = self._look()
        self.pages = 0

    def committed(self, members: int) -> None:
        size = self._look()
        grown = (size - self.size) // 4096
        self.pages += grown if grown > 0 else 3 + 2 * members
        self.size = size

    def _look(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0
