"""What events make of presence, visits, payments, slices and wrong PINs: applied to the tables as they happen, and made anew from the first event on."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from edge.core.errors import Invalid
from edge.core.event import Event, EventKind
from edge.core.payment import Paid
from edge.core.presence import NOWHERE, Moves, Whereabouts, fold

_encode = msgspec.json.Encoder().encode

PRESENCE = (
    "INSERT INTO presence VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (holder) DO UPDATE SET spent = ?2, day = ?3,"
    " today = ?4, week = ?5, month = ?6, last_at = ?7, last_seq = ?8, visits = ?9"
)
ENTRY = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
PAYMENT = (
    "INSERT INTO payment VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (id) DO UPDATE SET state = ?6,"
    " refunded = ?7, seq = ?11"
)
NOTHING = Moves()


def apply(db: sqlite3.Connection, event: Event, before: Whereabouts, *, last_seq: int) -> None:
    """One event's moves into the tables. last_seq: the last event of its card's chain by now."""
    moved = event.moves or NOTHING
    if event.card:
        where = fold(before, moved, seq=event.seq, at=event.at)
        for seqs, flag in _ended(event, moved):
            for seq in seqs:
                db.execute(
                    "UPDATE entry SET out_at = ?, out_seq = ?, flag = ifnull(?, flag) WHERE in_seq = ?",
                    (event.at, event.seq, flag, seq),
                )
        if moved.total is not None:
            for seq in moved.closes:
                db.execute(
                    "UPDATE entry SET total = ?1, currency = iif(currency = '', ?2, currency) WHERE in_seq = ?3 AND zone = ?4",
                    (moved.total, moved.currency, seq, moved.left),
                )
        if moved.enter and not moved.stays:
            db.execute(ENTRY, _entry(event, moved))
        db.execute(PRESENCE, _presence(event.card, where, last_seq))
        if moved.slice is not None and event.access_point:
            db.execute("INSERT OR REPLACE INTO slice VALUES (?, ?, ?)", (event.card, event.access_point, moved.slice))
    if event.paid:
        db.execute(PAYMENT, _payment(event, event.paid))
        db.execute(
            "UPDATE entry SET paid = ?, settled_at = ?, currency = ? WHERE in_seq = ?",
            (event.paid.paid, event.paid.settled_at, event.paid.currency, event.paid.entry),
        )
    key = _tried(event)
    if moved.pin > 0 and key:
        db.execute(
            "INSERT INTO pin_failure VALUES (?1, 1, ?2) ON CONFLICT (holder) DO UPDATE SET wrong = wrong + 1, at = ?2",
            (key, event.at),
        )
    elif moved.pin < 0 and key:
        db.execute("DELETE FROM pin_failure WHERE holder = ?", (key,))
    if moved.count and event.zone:
        db.execute(
            "INSERT INTO correction VALUES (?1, ?2) ON CONFLICT (zone) DO UPDATE SET by = by + ?2", (event.zone, moved.count)
        )


def _ended(event: Event | Told, moved: Moves) -> tuple[tuple[tuple[int, ...], str | None], ...]:
    """The visits that end, by the flag they get for it (None: the one they have)."""
    return (moved.closes, "corrected" if event.kind is EventKind.OPERATOR else None), (moved.ghosts, "ghost"), (moved.voids, "void")


def _entry(event: Event, moved: Moves) -> tuple[Any, ...]:
    label = event.customer_name or event.card_label
    flag = "doubtful" if moved.doubtful else "corrected" if event.kind is EventKind.OPERATOR else ""
    return event.seq, event.card, event.customer, label, moved.enter, event.at, None, None, flag, None, 0, None, ""


def _payment(event: Event | Told, paid: Paid) -> tuple[Any, ...]:
    """Its row if this is its first event; of a later one state, refunded and seq count alone."""
    return (
        paid.id or event.seq, paid.entry, paid.amount, paid.currency, paid.method.value, paid.state.value, paid.refunded,
        event.at, event.actor, event.note, event.seq,
    )  # fmt: skip


def _presence(card: str, where: Whereabouts, last_seq: int) -> tuple[Any, ...]:
    return (
        card,
        where.spent,
        where.day,
        where.today,
        where.week,
        where.month,
        where.last_at,
        last_seq,
        _encode(where.visits).decode() if where.visits else "[]",
    )


def _tried(event: Event | Told) -> str | None:
    """Whose wrong PINs are counted: the card's, and where a PIN is all there is the access point's."""
    return event.access_point if event.credential == "pin" else event.card


# ------------------------------------------------------------------------------------------------ made anew


class Told(msgspec.Struct, frozen=True, gc=False):
    """What of an event's body the fold needs; the rest is not even decoded."""

    seq: int
    at: int
    kind: EventKind
    access_point: str | None = None
    zone: str | None = None
    credential: str = ""
    card: str | None = None
    card_label: str = ""
    prev: int = 0
    customer: str | None = None
    customer_name: str = ""
    actor: str = ""
    note: str = ""
    moves: Moves | None = None
    paid: Paid | None = None


TABLES = ("presence", "entry", "payment", "correction", "slice", "pin_failure")
"""What is made anew, in the order of its keys."""

_told = msgspec.json.Decoder(Told).decode


class Fold:
    """The tables in memory, grown event by event."""

    def __init__(self) -> None:
        self.where: dict[str, tuple[Whereabouts, int]] = {}
        self.entries: dict[int, list[Any]] = {}
        self.payments: dict[int, tuple[Any, ...]] = {}
        self.slices: dict[tuple[str, str], int] = {}
        self.wrong: dict[str, tuple[int, int]] = {}
        self.corrections: dict[str, int] = {}

    def add(self, event: Told) -> None:
        moved, card = event.moves, event.card
        if card and _in_chain(event):
            held = self.where.get(card)
            before = held[0] if held else NOWHERE
            self.where[card] = (fold(before, moved, seq=event.seq, at=event.at) if moved else before, event.seq)
        if event.paid:
            self._pay(event, event.paid)
        if moved is None:
            return
        ended = _ended(event, moved) if moved.closes or moved.ghosts or moved.voids else ()
        for seqs, flag in ended:
            for seq in seqs:
                entry = self.entries[seq]
                entry[6], entry[7] = event.at, event.seq
                entry[8] = flag or entry[8]
                if moved.total is not None and flag is None and entry[4] == moved.left:
                    entry[9] = moved.total
                    entry[12] = entry[12] or moved.currency
        if moved.enter and not moved.stays:
            self.entries[event.seq] = list(_entry(event, moved))  # type: ignore[arg-type]  # the fields it reads are Told's too
        if moved.slice is not None and card and event.access_point:
            self.slices[card, event.access_point] = moved.slice
        if moved.pin or moved.count:
            self._count(event, moved)

    def _pay(self, event: Told, paid: Paid) -> None:
        now = _payment(event, paid)
        first = self.payments.get(now[0], now)
        self.payments[now[0]] = (*first[:5], *now[5:7], *first[7:10], now[10])
        self.entries[paid.entry][10:] = paid.paid, paid.settled_at, paid.currency

    def _count(self, event: Told, moved: Moves) -> None:
        key = _tried(event)
        if moved.pin > 0 and key:
            self.wrong[key] = (self.wrong.get(key, (0, 0))[0] + 1, event.at)
        elif moved.pin < 0 and key:
            self.wrong.pop(key, None)
        if moved.count and event.zone:
            self.corrections[event.zone] = self.corrections.get(event.zone, 0) + moved.count

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every table's rows in the order of its key."""
        return {
            "presence": [_presence(card, where, seq) for card, (where, seq) in sorted(self.where.items())],
            "entry": [tuple(entry) for _, entry in sorted(self.entries.items())],
            "payment": [row for _, row in sorted(self.payments.items())],
            "correction": sorted(self.corrections.items()),
            "slice": [(*key, slice) for key, slice in sorted(self.slices.items())],
            "pin_failure": [(key, *tries) for key, tries in sorted(self.wrong.items())],
        }


def _in_chain(event: Told) -> bool:
    """Is it in its card's chain: a decision, a correction or a payment always, an alarm when it names the event before it."""
    return event.kind in (EventKind.DECISION, EventKind.OPERATOR, EventKind.PAYMENT) or event.prev > 0


def told(db: sqlite3.Connection, progress: Callable[[int], None] | None = None) -> Iterator[Told]:
    """Every event in order, as the fold reads it."""
    for number, (body,) in enumerate(db.execute("SELECT body FROM event ORDER BY seq"), 1):
        yield _told(body)
        if progress and number % 10_000 == 0:
            progress(number)


def present(db: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """The tables as they are, in the same form as Fold.rows()."""
    keys = {
        "presence": "holder", "entry": "in_seq", "payment": "id", "correction": "zone", "slice": "holder, access_point",
        "pin_failure": "holder",
    }  # fmt: skip
    return {table: db.execute(f"SELECT * FROM {table} ORDER BY {keys[table]}").fetchall() for table in TABLES}


def rebuilt(db: sqlite3.Connection, progress: Callable[[int], None] | None = None) -> Fold:
    """The fold over every event of this journal. Raises Invalid when the first ones are no longer kept."""
    (first,) = db.execute("SELECT first_seq FROM head").fetchone()
    if first > 1:
        raise Invalid(f"the events before {first} are no longer kept: what they made cannot be made anew")
    fold_ = Fold()
    gc.disable()  # nothing here refers to itself: looking for that again and again in a growing heap takes a fifth of the time
    try:
        for event in told(db, progress):
            fold_.add(event)
    finally:
        gc.enable()
    return fold_


def replace_tables(db: sqlite3.Connection, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """Put what was made anew in the place of what is there; one transaction, the caller's."""
    for table in TABLES:
        db.execute(f"DELETE FROM {table}")
        if rows[table]:
            marks = ", ".join("?" * len(rows[table][0]))
            db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows[table])
    db.execute("DELETE FROM companion")
    db.execute("DELETE FROM released")
