"""What is traced: real writers, real decisions and changes; each acknowledged one is said on stdout after its commit.

Usage: crash_workload FOLDER full|normal
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

from edge.commands.central import apply_large
from edge.commands.doors import admit
from edge.core.model import Card, ClockQuality, CredentialKind, Moment, Reading
from edge.core.people import Customer
from edge.core.place import AccessPoint, Profile, Zone, ZoneRight
from edge.identity import new_code, new_token, uuid7
from edge.store import writer as writer_room
from edge.store.create import open_stores
from edge.store.facts import FactsReader
from edge.store.files import Files, connect
from edge.store.journal import JournalTransaction
from edge.store.roster import Identity, RosterTransaction
from edge.store.sealed import SealedCodes
from edge.store.secrets import Secrets
from edge.store.tables import TABLES, to_row
from edge.store.writer import Writer
from tests.support.stores import no_fault

KEY = b"k" * 32
ROUNDS, CARDS = 120, 12
SNAPSHOTS, MEMBERS = (30, 60, 90), 300
"""In which rounds a snapshot of central's comes, and how many it holds."""


def load(tx: RosterTransaction, rev: int) -> None:
    """Central's whole roster is other people than before: as the child would say it."""
    people = [Customer(id=f"s{rev}-{i}", ver=1, name=f"Member {i}", number=10_000 * rev + i) for i in range(MEMBERS)]
    rows = [to_row(TABLES[Customer], customer) for customer in people]
    central = [("customer", customer.id, 1, i + 1, False) for i, customer in enumerate(people)]
    gone = [("customer", f"s{rev - 1}-{i}") for i in range(MEMBERS)] if rev > 1 else []
    said: list[tuple[Any, ...]] = [("gone", gone), ("new", 0, "customer", rows, {}, central, []), ("end", 10_000 * rev + MEMBERS)]
    assert apply_large(tx, iter(said), lambda i: (), "epoch", rev, 1_800_000_000_000) == []


def say(text: str) -> None:
    os.write(1, text.encode() + b"\n")


async def main(folder: Path, synchronous: str) -> None:
    writer_room.CHECKPOINT_PAGES = 150  # several checkpoints within a short trace
    files = Files(folder)
    open_stores(files, uuid7())

    keys = Secrets(folder.with_name(f"{folder.name}-secrets.db"))  # beside the folder whose writes are traced

    def opened(path: Path, **more: Path) -> sqlite3.Connection:
        db = connect(path, attach=more)
        db.execute(f"PRAGMA synchronous = {synchronous}")
        return db

    def open_roster() -> tuple[sqlite3.Connection, RosterTransaction]:
        db = opened(files.roster)
        return db, RosterTransaction(db, KEY, Identity(uuid7, new_token, new_code), SealedCodes(keys, KEY, ()), keys)

    def open_journal() -> tuple[sqlite3.Connection, JournalTransaction]:
        db = opened(files.journal, roster=files.roster)
        return db, JournalTransaction(db, FactsReader(db, KEY, "UTC"))

    roster = Writer("roster", files.roster, open_roster)
    journal = Writer("journal", files.journal, open_journal)
    await roster.start()
    await journal.start()

    def furnish(tx: RosterTransaction) -> None:
        tx.put(Zone(id="z", name="Garage"))
        tx.put(Profile(id="p", name="All", zones=(ZoneRight(zone="z"),)))
        tx.put(AccessPoint(id="a", name="in", door="d", to_zone="z"))

    await roster.write(furnish)
    say("furnished")
    at = 1_800_000_000_000
    for i in range(ROUNDS):
        if i % 10 == 0:
            name = f"c{i}"

            def add(tx: RosterTransaction, name: str = name) -> None:
                tx.put(Customer(id=name, name=name, number=tx.next_customer_number()))
                for k in range(CARDS):
                    tx.put(Card(id=f"{name}-{k}", customer=name, profiles=("p",)), code=f"CODE-{name}-{k}")

            await roster.write(add)
            say(f"customer {name}")
        if i in SNAPSHOTS:
            rev = SNAPSHOTS.index(i) + 1
            await roster.write(lambda tx, rev=rev: load(tx, rev), patient=True)
            say(f"snapshot {rev}")
        at += 1000
        now = Moment(wall=at, mono=i, boot="b", quality=ClockQuality.NTP)
        group = 1 if i % 3 else 8
        readings = [
            Reading(reader="r", access_point="in", kind=CredentialKind.QR, text=f"CODE-c{i // 10 * 10}-{(i + k) % CARDS}")
            for k in range(group)
        ]
        done = await asyncio.gather(
            *(journal.write(lambda tx, r=r, now=now: admit(tx, r, now=now, doors=no_fault)) for r in readings)
        )
        say("events " + " ".join(str(d.event.seq) for d in done))
    os._exit(0)  # no orderly end: nothing is checkpointed or closed


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
