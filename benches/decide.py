"""decide: all facts and rules, no commit, against one prepared SELECT by the unique credential key."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from time import perf_counter_ns

from benches.site import CARDS, POINT, codes, key_of, site
from benches.table import Figure, at_most, bench, percentile
from edge.core.credential import lookup_key
from edge.core.decide import decide
from edge.core.model import ClockQuality, CredentialKind, Moment, Reading
from edge.ports import DoorsSay, DoorWord
from edge.store.facts import FactsReader
from edge.store.files import Files, connect

NOW = 1_800_000_000_000
MOMENT = Moment(wall=NOW, quality=ClockQuality.NTP)
ROUNDS, EACH = 8, 4000
LIMIT = """SELECT c.id, c.kind, c.username, c.status, c.valid_from, c.valid_to, c.uses, c.daily_limit, c.min_interval_s,
 u.id, u.name, u.status, u.blocklisted, u.deleted_at, co.id, co.status, co.deleted_at
FROM roster.card c JOIN roster.customer u ON u.id = c.customer JOIN roster.company co ON co.id = u.company WHERE c.key = ?"""


@bench("decide/p50", "decide/p99")
def decide_bench() -> Iterator[Figure]:
    with site() as files:
        yield from decided(files, "decide", 3, CARDS)


def decided(files: Files, name: str, most: float, cards: int, doors: DoorsSay = lambda door: DoorWord()) -> Iterator[Figure]:
    """Alternating rounds over the same codes, same thread and connection, so that the machine's moods meet both."""
    key = key_of(files)
    db = connect(files.journal, attach={"roster": files.roster})
    plan = "; ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {LIMIT}", (b"",)))
    reader = FactsReader(db, key, "Europe/Warsaw")
    reader.keep_counts()  # as on the connection that writes
    ours: list[float] = []
    limit: list[float] = []
    granted = 0
    for number in range(ROUNDS):
        shown = codes(number, EACH, cards)
        readings = [Reading(reader="r", access_point=POINT, kind=CredentialKind.QR, text=text) for text in shown]
        keys = [lookup_key(key, CredentialKind.QR, text) for text in shown]
        if number == 0:  # both see the tables once before it counts
            for one, reading in zip(keys, readings, strict=True):
                db.execute(LIMIT, (one,)).fetchone()
                granted += decide(reader.facts(reading, reader.revs(), MOMENT, doors), NOW).granted
        for part in (limit, ours) if number % 2 else (ours, limit):
            gc.collect()
            gc.disable()
            if part is ours:
                for reading in readings:
                    start = perf_counter_ns()
                    db.execute("BEGIN")  # as an admission does: what it reads is of one moment
                    decide(reader.facts(reading, reader.revs(), MOMENT, doors), NOW)
                    db.execute("COMMIT")
                    part.append((perf_counter_ns() - start) / 1000)
            else:
                for one in keys:
                    start = perf_counter_ns()
                    db.execute(LIMIT, (one,)).fetchone()
                    part.append((perf_counter_ns() - start) / 1000)
            gc.enable()
    db.close()
    note = f"{granted} of {EACH} granted; plan: {plan}"
    for share, figure in ((0.5, f"{name}/p50"), (0.99, f"{name}/p99")):
        yield at_most(figure, percentile(ours, share), percentile(limit, share), most, "us", note=note if share == 0.5 else "")
