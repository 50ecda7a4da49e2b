"""What an edge wrote while its clock was not set, restated once it is: central's time for an event, beside the one in its body."""

from __future__ import annotations

import sqlite3

import msgspec
from msgspec import Struct

SCHEMA = """
CREATE TABLE IF NOT EXISTS restated (
  edge TEXT NOT NULL, log_id TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (edge, log_id, seq)
) STRICT, WITHOUT ROWID;
"""


class _Timed(Struct, frozen=True):
    at: int
    boot: str = ""
    mono: int = 0
    quality: str = ""
    code: str = ""


def restate(db: sqlite3.Connection, edge: str, log_id: str, seq: int) -> None:
    """Event `seq` may say that the clock is right now: then so is, by the monotonic time between, that of every event of the same boot
    before it, back to the last one that was written by a right clock. An event without a boot has no such time."""
    now = _read(db.execute("SELECT body FROM event WHERE edge = ? AND log_id = ? AND seq = ?", (edge, log_id, seq)).fetchone()[0])
    if now.code != "clock_adjusted" or now.quality != "ntp":
        return
    found = []
    for number, body in db.execute(
        "SELECT seq, body FROM event WHERE edge = ? AND log_id = ? AND seq < ? ORDER BY seq DESC", (edge, log_id, seq)
    ):
        event = _read(body)
        if event.boot and (event.boot != now.boot or event.quality == "ntp"):
            break
        if event.boot:
            found.append((edge, log_id, number, now.at - (now.mono - event.mono)))
    db.executemany("INSERT OR REPLACE INTO restated VALUES (?, ?, ?, ?)", found)


def restated(db: sqlite3.Connection, log_id: str) -> dict[int, int]:
    """Central's time (ms since 1970) of each event of a log for which it is another than the event's own."""
    return dict(db.execute("SELECT seq, at FROM restated WHERE log_id = ? ORDER BY seq", (log_id,)))


def _read(body: str) -> _Timed:
    """An event that says its time in no way that can be read is as one without a boot: it stays as it is."""
    try:
        return msgspec.json.decode(body, type=_Timed)
    except msgspec.ValidationError:
        return _Timed(at=0)
