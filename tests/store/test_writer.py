"""One writer a file: groups, savepoints, bounds, and what happens when a piece of work breaks."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from edge.core.errors import Busy, Invalid, StoreError
from edge.core.event import Event, EventKind
from edge.core.place import Zone
from edge.store.files import connect
from edge.store.journal import JournalTransaction
from edge.store.roster import RosterTransaction
from edge.store.writer import QUEUE_LIMIT
from tests.support.stores import BEGIN, Stores, refused


def line(note: str) -> Event:
    return Event(at=BEGIN, kind=EventKind.SYSTEM, code="test", note=note)


async def notes(stores: Stores) -> list[tuple[str, str]]:
    rows = await stores.rows("SELECT body FROM event ORDER BY seq")
    events = [msgspec.json.decode(body, type=Event) for (body,) in rows]
    return [(e.code, e.note) for e in events]


class Gate:
    """Holds the writer's thread inside a transaction until it is opened: what is handed in meanwhile becomes one group."""

    def __init__(self) -> None:
        self._inside, self._go = threading.Event(), threading.Event()

    def work(self, tx: object) -> None:
        self._inside.set()
        assert self._go.wait(20)

    async def entered(self) -> None:
        assert await asyncio.to_thread(self._inside.wait, 20)

    def open(self) -> None:
        self._go.set()


async def held(stores: Stores) -> tuple[Gate, asyncio.Task[None]]:
    gate = Gate()
    first = asyncio.create_task(stores.journal.write(gate.work))
    await gate.entered()
    return gate, first


async def test_a_member_of_a_group_that_fails_costs_itself_and_is_written_down(stores: Stores) -> None:
    def broken(tx: JournalTransaction) -> None:
        tx.record(line("never seen"))
        raise ZeroDivisionError("a bug")

    gate, first = await held(stores)
    commits = stores.journal.commits
    work = [lambda tx: tx.record(line("before")), broken, lambda tx: tx.record(line("after"))]
    tasks = [asyncio.create_task(stores.journal.write(w)) for w in work]
    await asyncio.sleep(0)
    gate.open()
    await first
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [getattr(r, "note", type(r)) for r in results] == ["before", ZeroDivisionError, "after"]
    assert await notes(stores) == [("test", "before"), ("work_failed", "ZeroDivisionError: a bug"), ("test", "after")]
    assert stores.journal.commits == commits + 2, "the three were one commit"


async def test_a_refusal_in_a_group_leaves_no_trace(stores: Stores) -> None:
    def refusing(tx: JournalTransaction) -> None:
        tx.record(line("never seen"))
        raise Invalid("no")

    gate, first = await held(stores)
    tasks = [asyncio.create_task(stores.journal.write(w)) for w in (refusing, lambda tx: tx.record(line("after")))]
    await asyncio.sleep(0)
    gate.open()
    await first
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[0], Invalid)
    assert results[1].seq == 1  # type: ignore[union-attr]
    assert await notes(stores) == [("test", "after")]


async def test_a_change_that_fails_leaves_rev_and_audit_as_they_were(stores: Stores) -> None:
    before = await stores.rows("SELECT rev, config_rev FROM head", of="roster")

    def broken(tx: RosterTransaction) -> None:
        tx.put(Zone(id="y", name="Yard"))
        raise ZeroDivisionError

    assert isinstance(await refused(lambda: stores.roster.write(broken)), ZeroDivisionError)
    assert await stores.rows("SELECT rev, config_rev FROM head", of="roster") == before
    assert await stores.rows("SELECT * FROM change WHERE entity_id = 'y'", of="roster") == []
    assert await stores.rows("SELECT * FROM zone WHERE id = 'y'", of="roster") == []


async def test_more_than_the_queue_holds_is_refused_as_busy_and_the_rest_is_done(stores: Stores) -> None:
    gate, first = await held(stores)
    waiting = [asyncio.create_task(stores.journal.write(lambda tx: None)) for _ in range(QUEUE_LIMIT)]
    await asyncio.sleep(0)
    error = await refused(lambda: stores.journal.write(lambda tx: None))
    assert isinstance(error, Busy)
    assert error.retry
    gate.open()
    await first
    await asyncio.gather(*waiting)
    await stores.journal.write(lambda tx: tx.record(line("works again")))


async def test_what_is_queued_at_a_stop_is_done_and_what_comes_later_is_refused(tmp_path: Path) -> None:
    stores = Stores(tmp_path / "state")
    async with stores.running():
        tasks = [asyncio.create_task(stores.journal.write(lambda tx, n=n: tx.record(line(str(n))))) for n in range(50)]
        await asyncio.sleep(0)
    assert [e.seq for e in await asyncio.gather(*tasks)] == list(range(1, 51))
    assert isinstance(await refused(lambda: stores.journal.write(lambda tx: None)), StoreError)


async def test_work_whose_asker_went_away_is_done_all_the_same(stores: Stores) -> None:
    gate, first = await held(stores)
    task = asyncio.create_task(stores.journal.write(lambda tx: tx.record(line("asked for"))))
    await asyncio.sleep(0)
    task.cancel()
    gate.open()
    await first
    await stores.journal.write(lambda tx: tx.record(line("next")))
    assert [note for _, note in await notes(stores)] == ["asked for", "next"]


async def test_a_file_that_cannot_be_opened_is_said_at_the_start(tmp_path: Path) -> None:
    stores = Stores(tmp_path / "state")
    with pytest.raises(StoreError, match="cannot be opened"):
        await stores.roster.start()


async def test_an_emptied_wal_holds_nothing_and_a_reader_in_the_way_is_not_waited_for(stores: Stores) -> None:
    wal = stores.files.roster.with_name("roster.db-wal")
    await stores.roster.write(lambda tx: tx.put(Zone(id="deck", name="What was there"), said=False))
    with closing(connect(stores.files.roster, read_only=True)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM zone").fetchone()
        await stores.roster.write(lambda tx: tx.put(Zone(id="deck", name="Deck"), said=False))
        assert not await stores.roster.empty_wal()
        reader.execute("COMMIT")
        assert b"What was there" in wal.read_bytes()
        assert await stores.roster.empty_wal()
        assert wal.stat().st_size == 0 and b"What was there" not in stores.files.roster.read_bytes()
        assert reader.execute("SELECT name FROM zone WHERE id = 'deck'").fetchone() == ("Deck",)
    await stores.roster.write(lambda tx: tx.put(Zone(id="pier", name="Pier")))
    assert await stores.roster.write(lambda tx: tx.get(Zone, "pier").name) == "Pier"
    await stores.roster.stop()
    with pytest.raises(StoreError):
        await stores.roster.empty_wal()


async def test_patient_work_waits_for_all_others_and_stands_alone_in_its_commit(stores: Stores) -> None:
    gate, first = await held(stores)
    commits = stores.journal.commits
    patient = [
        asyncio.create_task(stores.journal.write(lambda tx, n=n: tx.record(line(f"patient {n}")), patient=True)) for n in range(2)
    ]
    others = [asyncio.create_task(stores.journal.write(lambda tx, n=n: tx.record(line(f"other {n}")))) for n in range(3)]
    await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(first, *patient, *others)
    assert [note for _, note in (await notes(stores))[-5:]] == ["other 0", "other 1", "other 2", "patient 0", "patient 1"]
    assert stores.journal.commits == commits + 4, "the gate's, the others' together, and one for each patient one"
