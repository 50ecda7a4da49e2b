"""The two databases of an edge with their real writers, and nothing else: for tests below the shell."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from edge.commands.base import HANDLERS, JOURNAL_HANDLERS, Command
from edge.commands.doors import Admission, admit
from edge.core.model import Actor, Card, ClockQuality, CredentialKind, Moment, Permission, Reading
from edge.core.people import Customer
from edge.core.place import AccessPoint, Profile, Zone, ZoneRight
from edge.ports import DoorsSay, DoorWord
from edge.store.create import open_stores
from edge.store.facts import FactsReader
from edge.store.files import Files, connect
from edge.store.journal import JournalTransaction
from edge.store.roster import Identity, RosterTransaction
from edge.store.sealed import Codes, SealedCodes
from edge.store.secrets import Secrets
from edge.store.writer import Writer

T = TypeVar("T")
KEY = b"k" * 32
BEGIN = 1_795_000_000_000
"""Wednesday 18 November 2026, ms."""
EVERYTHING = Actor(id="boss", name="boss", rights=frozenset(p.value for p in Permission))


def at(ms: int = 0) -> Moment:
    """An instant so many ms after BEGIN, by a trusted clock."""
    return Moment(wall=BEGIN + ms, mono=ms, boot="boot", quality=ClockQuality.NTP)


def read(text: str, point: str = "in", kind: CredentialKind = CredentialKind.QR) -> Reading:
    return Reading(reader="r", access_point=point, kind=kind, text=text)


def no_fault(door: str) -> DoorWord:
    """Every door is well, and says nothing of its contact."""
    return DoorWord()


class Stores:
    """Roster and journal in a folder. `furnish` gives zone z behind door d with sides in and out, and profile p at all hours."""

    def __init__(self, folder: Path) -> None:
        self.files = Files(folder)
        numbers = itertools.count(1)
        self.identity = Identity(
            lambda: f"id-{next(numbers):05}", lambda: f"token-{next(numbers):05}", lambda: f"MADE-CODE-{next(numbers):010}"
        )
        self.codes: Codes | None = None
        """Where codes are kept; None: of no kind of card."""
        self.secrets: Secrets
        self.roster: Writer[RosterTransaction] = Writer("roster", self.files.roster, self._open_roster)
        self.journal: Writer[JournalTransaction] = Writer("journal", self.files.journal, self._open_journal)

    def _open_roster(self) -> tuple[sqlite3.Connection, RosterTransaction]:
        db = connect(self.files.roster)
        return db, RosterTransaction(db, KEY, self.identity, self.codes or SealedCodes(self.secrets, KEY, ()), self.secrets)

    def _open_journal(self) -> tuple[sqlite3.Connection, JournalTransaction]:
        db = connect(self.files.journal, attach={"roster": self.files.roster})
        return db, JournalTransaction(db, FactsReader(db, KEY, "Europe/Warsaw"))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Stores]:
        open_stores(self.files, "log-1")
        self.secrets = Secrets(self.files.secrets)
        await self.roster.start()
        await self.journal.start()
        try:
            yield self
        finally:
            await self.journal.stop()
            await self.roster.stop()
            self.secrets.close()

    async def furnish(self) -> None:
        def work(tx: RosterTransaction) -> None:
            tx.put(Zone(id="z", name="Garage"))
            tx.put(Profile(id="p", name="All hours", zones=(ZoneRight(zone="z"),)))
            tx.put(AccessPoint(id="a-in", name="in", door="d", to_zone="z"))
            tx.put(AccessPoint(id="a-out", name="out", door="d", from_zone="z"))

        await self.roster.write(work)

    async def card(self, name: str, **fields: Any) -> str:
        """A customer with one card, whose code is CODE-name."""

        def work(tx: RosterTransaction) -> None:
            tx.put(Customer(id=f"customer-{name}", name=name, number=tx.next_customer_number()))
            tx.put(Card(id=f"card-{name}", customer=f"customer-{name}", profiles=("p",), **fields), code=f"CODE-{name}")

        await self.roster.write(work)
        return f"CODE-{name}"

    async def show(self, code: str, point: str = "in", ms: int = 0, *, doors: DoorsSay = no_fault, **reading: Any) -> Admission:
        """A code at an access point, decided and written down."""
        shown = msgspec.structs.replace(read(code, point), **reading)
        return await self.journal.write(lambda tx: admit(tx, shown, now=at(ms), doors=doors))

    async def do(self, command: Command, actor: Actor = EVERYTHING, ms: int = 0) -> Any:
        """A roster command as the control room does it, with its audit line."""

        def work(tx: RosterTransaction) -> Any:
            reason: str = getattr(command, "reason", "")
            tx.by = (actor.name, str(type(command).__struct_config__.tag), reason, at(ms).wall)
            return HANDLERS[type(command)](tx, command, actor, at(ms))

        return await self.roster.write(work)

    async def set_right(self, command: Command, ms: int = 0) -> Any:
        """A command of the journal, as the control room does it."""
        return await self.journal.write(lambda tx: JOURNAL_HANDLERS[type(command)](tx, command, EVERYTHING, at(ms)))

    async def put(self, *records: Any) -> None:
        """Records into the roster as they are."""

        def work(tx: RosterTransaction) -> None:
            for record in records:
                tx.put(record)

        await self.roster.write(work)

    async def rows(self, sql: str, *values: Any, of: str = "journal") -> list[tuple[Any, ...]]:
        """What a database holds, read beside the writers."""

        def look() -> list[tuple[Any, ...]]:
            with contextlib.closing(connect(getattr(self.files, of), read_only=True)) as db:
                return db.execute(sql, values).fetchall()

        return await asyncio.to_thread(look)


async def refused(work: Callable[[], Any]) -> Exception:
    """The error that this raises."""
    try:
        await work()
    except Exception as error:
        return error
    raise AssertionError("it was not refused")
