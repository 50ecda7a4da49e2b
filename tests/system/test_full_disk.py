"""A full disk is said, each door does as its policy says, and nothing that happened is lost."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.app import Edge
from edge.commands.customers import AddCustomer
from edge.commands.doors import GetHealth
from edge.core.errors import StoreError
from edge.core.event import Event, EventKind
from edge.core.judgement import Reason
from edge.core.model import CardStatus, CredentialKind, Reading
from edge.settings import parse
from edge.store.files import connect
from edge.store.journal import verify
from tests.support.facility import Facility, until
from tests.support.small_disk import SmallDisk, lively, small_disk
from tests.support.stores import refused

__all__ = ["lively", "small_disk"]

HOUR = 3_600_000


class Policy(Facility):
    """A facility whose door opens, or stays shut, while the journal cannot be written."""

    def __init__(self, folder: Path, policy: str) -> None:
        super().__init__(folder)
        self._policy = policy

    def settings(self) -> str:
        return super().settings().replace('name = "north"\n', f'name = "north"\nwhen_journal_fails = "{self._policy}"\n')


@contextlib.asynccontextmanager
async def house_of(folder: Path, policy: str) -> AsyncIterator[Policy]:
    house = Policy(folder, policy)
    async with house.running():
        yield house
    await house.close()


async def held(house: Facility, lines: int) -> None:
    await until(lambda: f" {lines} lines are held" in house.detail("journal", "writing"), f"{lines} lines to be held")


async def fill_up_the_last_block(house: Facility) -> None:
    """Small lines may still fit into the last block of a full disk: show a stranger until one is held."""
    while house.part("journal", "writing") != "down":
        before = last_line(house)
        house.scanner.scan("CODE-OF-NOBODY")

        def answered(before: int = before) -> bool:
            return house.part("journal", "writing") == "down" or last_line(house) > before

        await until(answered, "the stranger to be refused")
    with contextlib.suppress(StoreError):  # nor the smallest line, which a door's would be
        for _ in range(1000):
            await house.edge.journal.write(lambda tx: tx.record(Event(at=0, kind=EventKind.SYSTEM, code="fills")))


def last_line(house: Facility) -> int:
    with contextlib.closing(connect(house.edge.files.journal, read_only=True)) as db:
        return int(db.execute("SELECT seq FROM head").fetchone()[0])


async def written(house: Facility) -> list[Event]:
    """The decisions, once what was held is written."""
    await until(lambda: house.part("journal", "writing") == "up", "the held lines to be written")
    return await house.events()


def seen(house: Facility) -> tuple[int, int]:
    """How often health's word on the roster changed, and when it was last looked at (ms)."""
    (part,) = [p for p in house.edge.health.parts() if (p.kind, p.name) == ("database", "roster")]
    return part.count, part.at


def sound(house: Facility) -> bool:
    with contextlib.closing(connect(house.edge.files.journal, read_only=True)) as db:
        return verify(db)[1] == []


async def test_with_a_full_disk_a_door_that_is_to_stay_shut_stays_shut_and_nothing_is_lost(
    small_disk: SmallDisk, lively: None, tmp_path: Path
) -> None:
    async with house_of(tmp_path, "shut") as house:
        _, _, code = await house.customer_with_card("Ada", uses=5)
        small_disk.fill()
        await fill_up_the_last_block(house)
        house.scanner.scan(code)
        await held(house, 2)
        assert house.board.moves == []
        await until(lambda: house.part("database", "journal") == "down", "health to say that the journal cannot be written")
        assert "full" in house.detail("journal", "writing")
        assert (await house.do(GetHealth()))["state"] == "down", "who asks is answered all the same"
        error = await refused(lambda: house.do(AddCustomer(fields={"source": "walk_in", "name": "Eve"})))
        assert isinstance(error, StoreError)
        assert "Is the disk full?" in error.message
        await until(lambda: house.part("database", "roster") == "down", "health to say that the roster cannot be written")
        count, at = seen(house)
        await until(lambda: seen(house)[1] > at + 300, "more signs of life")
        assert (seen(house)[0], house.part("database", "roster")) == (count, "down"), "it does not flicker"
        small_disk.empty()
        first, second = [e for e in await written(house) if e.late]
        assert first.code == "unknown_credential"
        assert (second.code, second.note) == ("granted", "not opened: the journal could not be written")
        assert await house.scan(code) is Reason.GRANTED
        assert len(house.board.moves) == 1
        await house.do(AddCustomer(fields={"source": "walk_in", "name": "Eve"}))
        for name in ("journal", "roster"):
            await until(lambda name=name: house.part("database", name) == "up", f"the {name} to be well again")
        assert sound(house)
        with contextlib.closing(connect(house.edge.files.journal, read_only=True)) as db:
            assert db.execute("SELECT spent FROM presence").fetchall() == [(1,)], "what did not open spent nothing"


async def test_with_a_full_disk_a_door_that_is_to_open_opens_once_for_each_use(
    small_disk: SmallDisk, lively: None, tmp_path: Path
) -> None:
    async with house_of(tmp_path, "open") as house:
        _, _, code = await house.customer_with_card("Ada", uses=2)
        _, card, stolen = await house.customer_with_card("Eve", status=CardStatus.STOLEN)
        small_disk.fill()
        await fill_up_the_last_block(house)
        for text in (code, code, code, stolen, code):
            reading = Reading(reader="scanner-in", access_point="North in", kind=CredentialKind.QR, text=text)
            assert (await house.edge.gate.serve(reading)).event.late
        assert len(house.board.moves) == 2
        small_disk.empty()
        stranger, *found = [e for e in await written(house) if e.late]
        assert stranger.code == "unknown_credential"
        assert [e.code for e in found] == ["granted", "granted", "no_uses_left", "card_stolen", "no_uses_left"]
        (alarm,) = [e for e in await house.events("alarm") if e.code != "alert_raised"]
        assert (alarm.code, alarm.card, alarm.late) == ("card_stolen", card, True)
        with contextlib.closing(connect(house.edge.files.journal, read_only=True)) as db:
            rows = dict(db.execute("SELECT holder, spent FROM presence").fetchall())
            assert sorted(rows.values()) == [0, 2]
            assert db.execute("SELECT count(*) FROM entry WHERE out_at IS NULL").fetchone() == (1,)

        async def told() -> bool:
            return any(e.code == "door_unlocked" and e.late for e in await house.events("door"))

        await until(told, "what the door did, which was held too")
        seqs = {e.seq: e for e in found if e.card_label == "ada"}
        assert [e.prev for e in seqs.values()] == [0, *list(seqs)[:-1]], "a card's events stay one chain"
        assert sound(house)


async def test_a_start_on_a_full_disk_is_one_clear_line_and_costs_nothing_that_was_there(
    small_disk: SmallDisk, lively: None, tmp_path: Path
) -> None:
    async with house_of(tmp_path, "open") as house:
        _, _, code = await house.customer_with_card("Ada")
        assert await house.scan(code) is Reason.GRANTED
    again = Policy(tmp_path, "open")
    again.ids = house.ids
    small_disk.fill()
    with pytest.raises(StoreError, match="Is the disk full"):
        async with Edge(parse(house.settings())).running():
            pass
    small_disk.empty()
    async with again.running():
        assert await again.scan(code) is not None
        assert [e.code for e in await again.events()] == ["granted", "granted"]
        assert sound(again)
    await again.close()
