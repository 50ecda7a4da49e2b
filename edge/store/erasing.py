"""What erasing a person asks of the two databases, in pieces small enough to stand between two readings."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

import msgspec

from edge.core.erasing import Erasing, erased_plate, texts_of, with_texts
from edge.core.event import Event
from edge.core.model import Card, Record, Vehicle
from edge.core.people import Customer
from edge.core.place import Booking

SCAN = 4000
"""Lines one piece looks at, shared among the texts that are looked for."""
REWRITTEN = 40
"""Events one piece rewrites: the line that names them stays well below a message to central."""
MERGE_PAGES = 64
_ABOUT = ("card", "vehicle", "booking", "merge", "reviewitem")
_FREE_TEXT = ("export", "pass", "savedfilter", "scheduledexport", "accessreview")
_event = msgspec.json.Decoder(Event)
_encode = msgspec.json.Encoder().encode


def needles(who: Erasing) -> list[str]:
    """What bodies are searched for: as JSON writes it."""
    written = [_encode(text).decode()[1:-1] for text in who.texts]
    carried = [_encode(text).decode()[1:-1] for text in written]  # in an event that carries another one
    return [*who.names, *dict.fromkeys((*written, *carried))]


def _any(column: str, count: int) -> str:
    return "(" + " OR ".join([f"instr({column}, ?)"] * count) + ")"


def _scan(count: int) -> int:
    return max(200, SCAN // count)


# ------------------------------------------------------------------------------------------------ journal


def events_naming(db: sqlite3.Connection, who: Erasing, after: int) -> tuple[int, tuple[Event, ...]]:
    """(upto, the events after `after` and up to there that may say something of them); upto == after at the end."""
    (last,) = db.execute("SELECT seq FROM head").fetchone()
    wanted = needles(who)
    upto = min(last, after + _scan(len(wanted)))
    rows = db.execute(
        f"SELECT seq, body FROM event WHERE seq > ? AND seq <= ? AND {_any('body', len(wanted))} ORDER BY seq LIMIT ?",
        (after, upto, *wanted, REWRITTEN),
    ).fetchall()
    if len(rows) == REWRITTEN:
        upto = rows[-1][0]
    return upto, tuple(event for _, body in rows if (event := _read(body)) is not None)


def _read(body: str) -> Event | None:
    """None: a damaged line, which `journal verify` names; it must not keep the others from being gone through."""
    try:
        return _event.decode(body)
    except msgspec.DecodeError:
        return None


def rewrite(db: sqlite3.Connection, event: Event) -> str:
    """Put this body in place of the one there, with the chain hash of the first; SHA-256 of the new one, hex."""
    (kept,) = db.execute("SELECT hash FROM event WHERE seq = ?", (event.seq,)).fetchone()
    body = _encode(event if event.erased else msgspec.structs.replace(event, erased=bytes(kept).hex()))
    db.execute("UPDATE event SET body = ? WHERE seq = ?", (body.decode(), event.seq))
    return hashlib.sha256(body).hexdigest()


def rename_visits(db: sqlite3.Connection, who: Erasing, after: int, upto: int) -> None:
    """Visits, payments and alerts that began with an event between."""
    for customer, name in who.names.items():
        db.execute(
            "UPDATE payment SET note = '' WHERE id > ?1 AND id <= ?2 AND note <> ''"
            " AND EXISTS (SELECT 1 FROM entry e WHERE e.in_seq = payment.entry AND e.customer = ?3)",
            (after, upto, customer),
        )
        db.execute("UPDATE entry SET label = ? WHERE in_seq > ? AND in_seq <= ? AND customer = ?", (name, after, upto, customer))
    for text in who.texts:
        db.execute(
            "UPDATE alert SET note = replace(note, ?1, ?2), detail = replace(detail, ?1, ?2)"
            " WHERE id > ?3 AND id <= ?4 AND (instr(note, ?1) OR instr(detail, ?1))",
            (text, who.name, after, upto),
        )


def rename_results(db: sqlite3.Connection, who: Erasing) -> None:
    """The first results that are kept a day for retries."""
    for text in needles(who)[len(who.names) :]:
        db.execute("UPDATE executed SET result = replace(result, ?1, ?2) WHERE instr(result, ?1)", (text, who.name))


# ------------------------------------------------------------------------------------------------ roster


def read_changes(db: sqlite3.Connection, who: Erasing, after: int) -> tuple[int, Erasing]:
    """(upto, looking for what the lines between say too): how they were called before, vehicles they no longer have."""
    (last,) = db.execute("SELECT rev FROM head").fetchone()
    ids = list(who.names)
    upto = min(last, after + _scan(2 * len(ids)))
    rows = db.execute(
        f"SELECT entity, entity_id, before, after FROM change WHERE rev > ? AND rev <= ? AND {_mine(len(ids))}",
        (after, upto, *ids, *ids, *ids),
    ).fetchall()
    labels, texts = dict(who.labels), list[str]()
    for entity, id, *records in rows:
        for record in (msgspec.json.decode(text) for text in records if text):
            texts += texts_of(record)
            if entity == "vehicle":
                labels[id] = erased_plate(id)
    return upto, with_texts(msgspec.structs.replace(who, labels=labels), texts)


def blank_changes(db: sqlite3.Connection, who: Erasing, after: int) -> int:
    """Lines about them keep who, when and which command; upto where. (Their erasing keeps its reason, which names nobody.)"""
    last: int = db.execute("SELECT rev FROM head").fetchone()[0]
    ids = list(who.names)
    wanted = needles(who)[len(ids) :]
    upto = min(last, after + _scan(2 * len(ids) + len(wanted)))
    db.execute(
        f"UPDATE change SET before = NULL, after = NULL, reason = iif(command = 'customers.erase', reason, '')"
        f" WHERE rev > ? AND rev <= ? AND {_mine(len(ids))}",
        (after, upto, *ids, *ids, *ids),
    )
    for text in who.texts:
        db.execute(
            "UPDATE change SET reason = replace(reason, ?1, ?2) WHERE rev > ?3 AND rev <= ?4 AND instr(reason, ?1)",
            (text, who.name, after, upto),
        )
    for column in ("before", "after") if wanted else ():
        db.execute(
            f"UPDATE change SET {column} = NULL WHERE rev > ? AND rev <= ? AND entity IN {_FREE_TEXT} AND {_any(column, len(wanted))}",
            (after, upto, *wanted),
        )
    return upto


def _mine(count: int) -> str:
    """Lines of the customers themselves, and of cards, vehicles, bookings and merges while these were theirs."""
    ids = ", ".join("?" * count)
    said = " OR ".join(_any(f"ifnull({column}, '')", count) for column in ("before", "after"))
    return f"(entity_id IN ({ids}) OR (entity IN {_ABOUT} AND ({said})))"


def blank_results(db: sqlite3.Connection, who: Erasing, after: str) -> str | None:
    """First results of requests: what they said of the person is gone, that they were done stays. After which id to go on."""
    told = [f'"id":"{id}"' for id in who.names] + needles(who)[len(who.names) :]
    told += [f'"customer":"{id}"' for id in who.names]
    rows = db.execute("SELECT id FROM request WHERE id > ? ORDER BY id LIMIT ?", (after, _scan(len(told)))).fetchall()
    if not rows:
        return None
    db.execute(
        f"UPDATE request SET result = '' WHERE id > ? AND id <= ? AND {_any('result', len(told))} AND NOT instr(result, ?)",
        (after, rows[-1][0], *told, f'"id":"{who.id}"'),
    )
    return str(rows[-1][0])


def rename_filters(db: sqlite3.Connection, who: Erasing) -> None:
    """Filters that were kept to find them by, and what imports keep of them to be taken back."""
    texts = needles(who)[len(who.names) :]
    db.execute(
        f"DELETE FROM import_row WHERE record IN (SELECT value FROM json_each(?)) OR {_any('before', len(texts))} OR {_any('problem', len(texts))}"
        if texts
        else "DELETE FROM import_row WHERE record IN (SELECT value FROM json_each(?))",
        (_encode([*who.names, *who.labels]).decode(), *texts, *texts),
    )
    for text in texts:
        for table in ("saved_filter", "scheduled_export", "access_review"):
            db.execute(f"UPDATE {table} SET filters = replace(filters, ?1, ?2) WHERE instr(filters, ?1)", (text, who.name))


def merge_index(db: sqlite3.Connection, *, begin: bool) -> bool:
    """Work what was taken out of the search's index out of its pages. True: there is more to do."""
    before = db.total_changes
    db.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (-MERGE_PAGES if begin else MERGE_PAGES,))
    return db.total_changes - before >= 2


def keep(db: sqlite3.Connection, who: Erasing) -> None:
    db.execute("INSERT OR REPLACE INTO erasing VALUES (?, ?)", (who.id, _encode(who).decode()))


def under_way(db: sqlite3.Connection) -> list[Erasing]:
    return [msgspec.json.decode(said, type=Erasing) for (said,) in db.execute("SELECT said FROM erasing ORDER BY id").fetchall()]


def end(db: sqlite3.Connection, id: str) -> None:
    db.execute("DELETE FROM erasing WHERE id = ?", (id,))


def refers_to_erased(db: sqlite3.Connection, record: Record, before: Any) -> bool:
    """Is it a record of somebody who was erased, or newly given to them."""
    match record, before:
        case Customer(), Customer():
            return before.erased_at is not None
        case ((Card() | Vehicle() | Booking()), _) if record.customer and not (before and before.customer == record.customer):
            sql = "SELECT 1 FROM customer WHERE id = ? AND erased_at IS NOT NULL"
            return db.execute(sql, (record.customer,)).fetchone() is not None
        case _:
            return False
