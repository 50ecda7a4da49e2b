"""decide: all facts and rules, no commit, against one prepared SELECT by the unique credential key."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from time import perf_counter_ns

from benches.site import POINT, codes, key_of, site
from benches.table import Figure, at_most, bench, percentile
from edge.core.credential import lookup_key
from edge.core.decide import decide
from edge.core.model import ClockQuality, CredentialKind, Moment, Reading
from edge.ports import DoorWord
from edge.store.facts import FactsReader
from edge.store.files import connect

NOW = 1_800_000_000_000
MOMENT = Moment(wall=NOW, quality=ClockQuality.NTP)
ROUNDS, EACH = 8, 4000
LIMIT = """SELECT c.id, c.kind, c.username, c.status, c.valid_from, c.valid_to, c.uses, c.daily_limit, c.min_interval_s,
 u.id, u.name, u.status, u.blocklisted, u.deleted_at, co.id, co.status, co.deleted_at
FROM roster.card c JOIN roster.customer u ON u.id = c.customer JOIN roster.company co ON co.id = u.company WHERE c.key = ?"""


@bench("decide/p50", "decide/p99")
def decide_bench() -> Iterator[Figure]:
    """Alternating rounds over the same codes, same thread and connection, so that the machine's moods meet both."""
    with site() as files:
        key = key_of(files)
        db = connect(files.journal, attach={"roster": files.roster})
        plan = "; ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {LIMIT}", (b"",)))
        reader = FactsReader(db, key, "Europe/Warsaw")
        ours: list[float] = []
        limit: list[float] = []
        fault = lambda door: DoorWord()  # noqa: E731
        for number in range(ROUNDS):
            shown = codes(number, EACH)
            readings = [Reading(reader="r", access_point=POINT, kind=CredentialKind.QR, text=text) for text in shown]
            keys = [lookup_key(key, CredentialKind.QR, text) for text in shown]
            if number == 0:  # both see the tables once before it counts
                for one, reading in zip(keys, readings, strict=True):
                    db.execute(LIMIT, (one,)).fetchone()
                    reader.facts(reading, reader.revs(), MOMENT, fault)
            for part in (limit, ours) if number % 2 else (ours, limit):
                gc.collect()
                gc.disable()
                if part is ours:
                    for reading in readings:
                        start = perf_counter_ns()
                        decide(reader.facts(reading, reader.revs(), MOMENT, fault), NOW)
                        part.append((perf_counter_ns() - start) / 1000)
                else:
                    for one in keys:
                        start = perf_counter_ns()
                        db.execute(LIMIT, (one,)).fetchone()
                        part.append((perf_counter_ns() - start) / 1000)
                gc.enable()
        db.close()
    for share, name in ((0.5, "decide/p50"), (0.99, "decide/p99")):
        yield at_most(
            name, percentile(ours, share), percentile(limit, share), 3, "us", note=f"plan: {plan}" if share == 0.5 else ""
        )
