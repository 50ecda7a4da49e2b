"""replay and rebuild: the past judged by other rules, and the tables made anew from the events."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from time import perf_counter

from benches.site import POINT, ROOT, codes, site, uuid
from benches.table import Figure, at_least, bench
from edge.commands.doors import admit
from edge.core.model import ClockQuality, CredentialKind, Moment, Reading
from edge.core.place import AccessPoint
from edge.ports import DoorWord
from edge.store import passages
from edge.store.facts import FactsReader
from edge.store.files import Files, connect
from edge.store.journal import JournalTransaction
from edge.store.replay import Rules, Tally, replay
from edge.store.secrets import LOOKUP_KEY, Secrets

CARDS = 20_000
EVENTS = 200_000
BEGIN = 1_800_000_000_000


def fill(files: Files, number: int, cards: int = CARDS, begin: int = BEGIN, apart_ms: int = 500) -> None:
    """So many readings of a site whose people come and go, decided and written down as the gate does it, one every apart_ms from begin on."""
    secrets = Secrets(files.secrets)
    key = secrets.key(LOOKUP_KEY)
    secrets.close()
    with closing(connect(files.roster)) as roster:
        add_exit(roster)
    chance = random.Random(1)
    inside: set[str] = set()
    with closing(connect(files.journal, attach={"roster": files.roster})) as db:
        tx = JournalTransaction(db, FactsReader(db, key, "Europe/Warsaw"))
        done = 0
        for seed in range(number // 10_000):
            db.execute("BEGIN IMMEDIATE")
            tx.begin()
            for text in codes(seed, 10_000, cards):
                point = "Main out" if text in inside and chance.random() < 0.9 else POINT
                (inside.discard if point == "Main out" else inside.add)(text)
                done += 1
                now = Moment(wall=begin + done * apart_ms, mono=done * apart_ms, boot="bench", quality=ClockQuality.NTP)
                admit(
                    tx,
                    Reading(reader="r", access_point=point, kind=CredentialKind.QR, text=text),
                    now=now,
                    doors=lambda door: DoorWord(),
                )
            tx.finish()
            db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def add_exit(roster: object) -> None:
    from benches.site import adder  # the site's own helper

    adder(roster)(AccessPoint(id=uuid("point", 2), ver=1, name="Main out", door="main", from_zone=uuid("zone", 1)))  # type: ignore[arg-type]


@bench("replay", "rebuild")
def past() -> Iterator[Figure]:
    """On one core, journal and roster on this disk."""
    ROOT.mkdir(parents=True, exist_ok=True)
    with site(CARDS) as files:
        fill(files, EVENTS)
        with closing(connect(files.journal, read_only=True, attach={"roster": files.roster})) as db:
            (events,) = db.execute("SELECT seq FROM head").fetchone()
            started = perf_counter()
            *_, tally = replay(db, Rules(db, "roster", "Europe/Warsaw", {}), since=0, until=1 << 62)
            judged = perf_counter() - started
            assert isinstance(tally, Tally)
            started = perf_counter()
            rows = passages.rebuilt(db).rows()
            folded = perf_counter() - started
            same = passages.present(db) == rows
    note = f"{tally.judged} readings, {tally.judged - tally.same} decided otherwise"
    yield at_least("replay", tally.judged / judged, 5000, 1, "readings/s", note=note)
    yield at_least(
        "rebuild", events / folded, 100_000, 1, "events/s", note=f"{events} events, tables {'the same' if same else 'DIFFER'}"
    )
