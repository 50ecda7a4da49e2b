"""The journal's transaction: events in their chain, presence and visits with them, the roster readable beside."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from typing import Any

import msgspec

from edge.core.alerts import Alert, AlertRule
from edge.core.erasing import Erasing
from edge.core.errors import Invalid, NotFound
from edge.core.event import DeadLetter, Event, EventKind
from edge.core.facts import Companion, Facts
from edge.core.kept import as_then, facts_again
from edge.core.levels import Counts
from edge.core.model import Actor, ClockQuality, CredentialKind, Moment, Reading, Scope
from edge.core.payment import Bill, Payment
from edge.core.place import AccessPoint, SitePolicy
from edge.core.presence import NOWHERE, Effects, Moves, Whereabouts, moves
from edge.core.schedule import local
from edge.core.webhook import Cursor, Webhook
from edge.ports import DoorsSay, Held, Position
from edge.store import alerts, bills, dead_letters, erasing, passages, webhooks
from edge.store.facts import FactsReader
from edge.store.scope import holds
from edge.store.sessions import actor_of

_encode = msgspec.json.Encoder().encode
KEPT_MS = 24 * 3600 * 1000
LOOKED_THROUGH = 500
"""Events that are looked through for pictures at once: a millisecond or two."""


def first_hash(log_id: str) -> bytes:
    """The hash before the first event: the chain belongs to one log."""
    return hashlib.sha256(b"gatelatch log " + log_id.encode()).digest()


def chain(before: bytes, body: bytes) -> bytes:
    """The hash of an event: SHA-256 over the hash of the one before and the stored body."""
    return hashlib.sha256(before + body).digest()


class JournalTransaction:
    """ports.JournalTx on SQLite; also the writer's Tx. One object per connection, used by the writer's thread alone."""

    def __init__(self, db: sqlite3.Connection, reader: FactsReader) -> None:
        self._db = db
        self._reader = reader
        reader.keep_counts()
        self.log_id = ""
        self._seq, self._hash, self._wall_high = 0, b"", 0
        self._started_at = (0, 0)
        self._revs = (0, 0)

    # ------------------------------------------------------------------------------------------------ for the writer

    def begin(self) -> None:
        self.log_id, self._seq, self._hash, self._wall_high, rev, config_rev = self._db.execute(
            "SELECT h.log_id, h.seq, h.hash, h.wall_high, r.rev, r.config_rev FROM main.head h, roster.head r"
        ).fetchone()
        self._started_at = (self._seq, self._wall_high)
        self._revs = rev, config_rev

    def mark(self) -> tuple[int, bytes, int]:
        return self._seq, self._hash, self._wall_high

    def back_to(self, mark: tuple[int, bytes, int]) -> None:
        self._seq, self._hash, self._wall_high = mark

    def finish(self) -> None:
        if (self._seq, self._wall_high) != self._started_at:
            self._db.execute("UPDATE head SET seq = ?, hash = ?, wall_high = ?", (self._seq, self._hash, self._wall_high))

    def failed(self, error: Exception) -> None:
        """A piece of work that broke is itself something that happened."""
        self.record(
            Event(at=self._wall_high, kind=EventKind.FAULT, code="work_failed", note=f"{type(error).__name__}: {error}"[:300])
        )

    # ------------------------------------------------------------------------------------------------ events

    def record(self, event: Event) -> Event:
        seq = self._seq + 1
        at = self.not_before(event.at)
        salt = os.urandom(8).hex() if event.customer else ""
        event = msgspec.structs.replace(event, seq=seq, at=at, roster_rev=self._revs[0], salt=salt)
        body = _encode(event)
        digest = chain(self._hash, body)
        self._db.execute("INSERT INTO event (seq, hash, body) VALUES (?, ?, ?)", (seq, digest, body.decode()))
        self._seq, self._hash, self._wall_high = seq, digest, at
        return event

    def not_before(self, at: int) -> int:
        return max(at, self._wall_high)

    def clock_corrected(self, now: int) -> None:
        """A trusted clock says that the high-water mark was in the future: time starts again at the truth."""
        self._wall_high = min(self._wall_high, now)

    @property
    def wall_high(self) -> int:
        return self._wall_high

    def unset_in(self) -> str:
        """The boot in which the last event was written, if by a clock that was not set; else nothing."""
        row = self._db.execute(
            "SELECT body ->> '$.boot' FROM event WHERE seq = ? AND body ->> '$.quality' <> ?", (self._seq, ClockQuality.NTP)
        ).fetchone()
        return str(row[0] or "") if row else ""

    # ------------------------------------------------------------------------------------------------ decisions

    def facts(self, reading: Reading, now: Moment, doors: DoorsSay) -> Facts:
        return self._reader.facts(reading, self._revs, now, doors)

    def waiting(self, facts: Facts, now: Moment, doors: DoorsSay) -> Facts:
        other, point, holder, person = facts.companion, facts.point, facts.holder, facts.person
        assert other and point and holder  # noqa: PT018 - effects.companion says that they are there
        again = self._reader.again(point.name, other, other.kind, self._revs, now, doors)
        beside = Companion(
            holder=holder.id, kind=holder.kind, person=person.id if person else None, at=now.wall,
            escort=any(r.escort for r in facts.rights), born=person.born if person else "",
        )  # fmt: skip
        return msgspec.structs.replace(again, companion=beside)

    def moves(self, facts: Facts, effects: Effects, now: Moment) -> Moves:
        site = self._reader.site(self._revs[1])
        return moves(facts.where, effects, site.around(effects.enter), local(self.not_before(now.wall), site.tz).toordinal())

    def follow(self, facts: Facts, event: Event, *, last_seq: int, waits: bool = False, strike_ms: int = 0) -> None:
        holder, point, zone = facts.holder, facts.point, facts.zone
        if event.moves or holder:
            passages.apply(self._db, event, facts.where, last_seq=last_seq)
        if point is None:
            return
        if holder and zone and zone.accompanied and not facts.way_out and (waits or strike_ms):
            self._db.execute(
                "INSERT OR REPLACE INTO companion VALUES (?, ?, ?, ?, ?)",
                (point.id, holder.id, holder.kind.value, int(waits), event.at),
            )
        if strike_ms and point.door in self._reader.site(self._revs[1]).interlocked:
            self._db.execute("INSERT OR REPLACE INTO released VALUES (?, ?)", (point.door, event.at + strike_ms))

    def facts_again(self, event: Event, holder: str, plate: str, now: Moment, doors: DoorsSay) -> Facts:
        other = Companion(holder=holder, person=None, at=now.wall)
        kind = CredentialKind(event.credential) if event.credential else CredentialKind.QR
        beside = (plate,) if plate and kind is not CredentialKind.PLATE else ()
        found = self._reader.again(event.access_point_name, other, kind, self._revs, now, doors, beside=beside)
        if event.facts is None:
            return found
        return msgspec.structs.replace(found, companion=event.facts.companion, beside=found.beside or event.facts.beside)

    # ------------------------------------------------------------------------------------------------ setting right

    def settle(self, event: Event, where: Whereabouts = NOWHERE) -> None:
        passages.apply(self._db, event, where, last_seq=event.seq)

    def policy(self) -> SitePolicy:
        return self._reader.site(self._revs[1]).policy

    def held(self, holder: str) -> Held:
        return self._reader.held(holder, self._revs)

    def bill(self, entry: int) -> Bill:
        return bills.bill(self._db, self._reader, entry, self._revs)

    def payment(self, id: int) -> Payment:
        return bills.payment(self._db, id)

    def around(self, zone: str) -> tuple[str, ...]:
        site = self._reader.site(self._revs[1])
        if zone not in site.zones:
            raise NotFound(f"there is no zone {zone}", field="zone")
        return site.around(zone)

    def within(self, zone: str) -> tuple[str, ...]:
        return self._reader.site(self._revs[1]).inside(zone)

    def inside(self, zone: str) -> int:
        return self._reader.inside(zone)

    def correction(self, zone: str) -> int:
        row = self._db.execute("SELECT by FROM correction WHERE zone = ?", (zone,)).fetchone()
        return row[0] if row else 0

    def holders_in(self, zones: tuple[str, ...], limit: int) -> list[str]:
        marks = ", ".join("?" * len(zones))
        sql = f"SELECT DISTINCT holder FROM entry WHERE out_at IS NULL AND zone IN ({marks}) LIMIT ?"
        return [holder for (holder,) in self._db.execute(sql, (*zones, limit))]

    # ------------------------------------------------------------------------------------------------ who and where

    def event(self, seq: int) -> Event:
        return msgspec.json.decode(self.body(seq), type=Event)

    def body(self, seq: int) -> str:
        row = self._db.execute("SELECT body FROM event WHERE seq = ?", (seq,)).fetchone()
        if row is None:
            raise NotFound(f"there is no event {seq}", field="event")
        return str(row[0])

    def facts_then(self, event: Event) -> Facts:
        if event.facts is None:
            raise Invalid("nothing was decided in this event", field="event")
        site = self._reader.site(self._revs[1])
        point = site.points.get(event.access_point or "")
        place = as_then(site.places[point.name], event.facts) if point else None
        return facts_again(event, place, site.rights_of)

    def access_point(self, id: str) -> AccessPoint:
        point = self._reader.site(self._revs[1]).points.get(id)
        if point is None:
            raise NotFound(f"there is no access point {id}", field="access_point")
        return point

    def actor(self, token: str, now: int) -> Actor:
        return actor_of(self._db, "roster", token, now)

    def webhooks(self) -> list[tuple[Webhook, Cursor | None]]:
        """Those that are to be told of events, each with where it stands (None: it is new)."""
        return webhooks.active(self._db)

    def webhook_begins(self, created_at: int) -> int:
        """Behind which event a webhook of that age (ms) begins."""
        return webhooks.beginning(self._db, created_at)

    def keep_webhook(self, id: str, cursor: Cursor) -> None:
        """Where a webhook stands now."""
        webhooks.keep(self._db, id, cursor)

    sees_journal = True

    def in_scope(self, kind: str, id: str | int, scope: Scope) -> bool:
        return holds(self._db, "roster", kind, id, scope)

    # ------------------------------------------------------------------------------------------------ once only

    def executed(self, command_id: str) -> str | None:
        row = self._db.execute("SELECT result FROM executed WHERE id = ?", (command_id,)).fetchone()
        return row[0] if row else None

    def remember_executed(self, command_id: str, result: str, at: int) -> None:
        self._db.execute("DELETE FROM executed WHERE at < ?", (at - KEPT_MS,))
        self._db.execute("INSERT INTO executed VALUES (?, ?, ?)", (command_id, at, result))

    def dead_letter(self, seq: int) -> DeadLetter | None:
        return dead_letters.get(self._db, seq)

    def keep_dead_letter(self, letter: DeadLetter) -> None:
        dead_letters.keep(self._db, letter)

    # ------------------------------------------------------------------------------------------------ alerts

    def alert(self, id: int) -> Alert:
        return alerts.get(self._db, id)

    def keep_alert(self, alert: Alert) -> None:
        alerts.keep(self._db, alert)

    def waiting_alerts(self) -> list[Alert]:
        return alerts.waiting(self._db)

    def alert_rules(self) -> list[AlertRule]:
        return alerts.rules(self._db)

    def unseen_events(self, after: int | None, limit: int) -> tuple[list[Event], int]:
        return alerts.unseen(self._db, self._seq, after, limit)

    def alerts_looked(self, seq: int) -> None:
        alerts.looked(self._db, seq)

    def alert_counts(self, free_mb: int | None, *, synced: bool) -> Counts:
        return alerts.counts(self._db, free_mb, synced=synced)

    # ------------------------------------------------------------------------------------------------ erasing

    def events_naming(self, who: Erasing, after: int) -> tuple[int, tuple[Event, ...]]:
        """(upto, the events after `after` and up to there that may say something of them); upto == after at the end."""
        return erasing.events_naming(self._db, who, after)

    def rewrite(self, event: Event) -> str:
        return erasing.rewrite(self._db, event)

    def rename_visits(self, who: Erasing, after: int, upto: int) -> None:
        erasing.rename_visits(self._db, who, after, upto)

    def rename_results(self, who: Erasing) -> None:
        erasing.rename_results(self._db, who)

    # ------------------------------------------------------------------------------------------------ for sync

    def position(self) -> Position:
        log_id, first, last, acked = self._db.execute("SELECT log_id, first_seq, seq, acked FROM head").fetchone()
        return Position(log_id, first, last, acked, self.hash_at(acked) or b"")

    def new_connection(self) -> int:
        (number,) = self._db.execute("UPDATE head SET connections = connections + 1 RETURNING connections").fetchone()
        return int(number)

    def events_after(self, seq: int, limit: int, max_bytes: int) -> tuple[bytes, list[tuple[int, bytes]]]:
        """(hash before the first, [(seq, body)]) in order, at most so many and, past the first, so many bytes."""
        found: list[tuple[int, bytes]] = []
        size = 0
        for number, body in self._db.execute("SELECT seq, body FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)):
            data = body.encode()
            size += len(data)
            if found and size > max_bytes:
                break
            found.append((number, data))
        before = self.hash_at(found[0][0] - 1) if found else None
        return before or b"", found

    def evidence_after(self, seq: int, upto: int) -> tuple[int, str | None]:
        """(The next event that a picture was kept with, the picture's path), among the next LOOKED_THROUGH up to `upto`; or (the last of those, None)."""
        first, last = self._db.execute("SELECT max(first_seq, ? + 1), min(seq, ?) FROM head", (seq, upto)).fetchone()
        last = min(last, first + LOOKED_THROUGH - 1)
        found = self._db.execute(
            "SELECT seq, body ->> '$.evidence' FROM event WHERE seq BETWEEN ? AND ? AND instr(body, '\"evidence\":') ORDER BY seq LIMIT 1",
            (first, last),
        ).fetchone()
        return found or (max(seq, last), None)

    def hash_at(self, seq: int) -> bytes | None:
        """The chain hash at an event that is kept (or just before the first kept one)."""
        row = self._db.execute("SELECT hash FROM event WHERE seq = ?", (seq,)).fetchone()
        if row is None:
            row = self._db.execute("SELECT first_hash FROM head WHERE first_seq = ? + 1", (seq,)).fetchone()
        return row[0] if row else None

    def acknowledge(self, upto: int) -> None:
        """Central has everything up to here: the cursor moves, never back."""
        self._db.execute("UPDATE head SET acked = max(acked, ?) WHERE seq >= ?", (upto, upto))

    def resume(self, upto: int) -> None:
        """Central stands here, whatever was believed before (it may have been restored)."""
        self._db.execute("UPDATE head SET acked = ?", (upto,))

    def fork(self, log_id: str, at: int, why: str) -> None:
        """A new log id for the events that are kept, renumbered by nobody: their chain is hashed anew under the new log."""
        before = first_hash(log_id)
        first = self._db.execute("SELECT first_seq FROM head").fetchone()[0]
        digest = before
        for seq, body in self._db.execute("SELECT seq, body FROM event ORDER BY seq").fetchall():
            if _SAYS_ERASED in body:  # in the new log its hash is that of what stands there
                event = msgspec.structs.replace(msgspec.json.decode(body, type=Event), erased="")
                body = _encode(event).decode()
                self._db.execute("UPDATE event SET body = ? WHERE seq = ?", (body, seq))
            digest = chain(digest, body.encode())
            self._db.execute("UPDATE event SET hash = ? WHERE seq = ?", (digest, seq))
        self._db.execute("UPDATE head SET log_id = ?, first_hash = ?, acked = ?", (log_id, before, first - 1))
        self.log_id, self._hash = log_id, digest
        self.record(Event(at=at, kind=EventKind.SYSTEM, code="log_forked", note=why))
        # finish() writes seq and hash


_SAYS_ERASED = '"erased":"'


def verify(db: sqlite3.Connection) -> tuple[int, list[str]]:
    """(events checked, what is wrong): the hash chain from the first event kept to the head.

    An event that names were taken out of keeps the hash it had with them, and is good when a later one, itself good, names it with
    the hash of what stands there now: the last one that does.
    """
    log_id, seq, head_hash, first_seq, first = db.execute("SELECT log_id, seq, hash, first_seq, first_hash FROM head").fetchone()
    wrong: list[str] = []
    digest, expected, count = bytes(first), first_seq, 0
    erased, named = dict[int, str](), dict[int, str]()
    rows: Any = db.execute("SELECT seq, body, hash FROM event ORDER BY seq")
    for number, body, kept in rows:
        if number != expected:
            wrong.append(f"event {expected} is missing (found {number})")
        digest = chain(digest, body.encode())
        try:
            event = msgspec.json.decode(body, type=Event)
        except msgspec.DecodeError as error:
            wrong.append(f"event {number}: its body cannot be read: {error}")
            event = None
        if event and event.seq != number:
            wrong.append(f"event {number}: its body says another number")
        if event and digest == kept:
            named.update(pair for pair in event.erases if pair[0] < number)
        elif event and event.erased == bytes(kept).hex():
            erased[number] = hashlib.sha256(body.encode()).hexdigest()
        elif digest != kept:
            wrong.append(f"event {number}: its hash does not follow from the one before")
        digest = bytes(kept)
        expected, count = number + 1, count + 1
    wrong += [f"event {n}: it was changed, and no erasing says so" for n, said in erased.items() if named.get(n) != said]
    if digest != head_hash or expected != seq + 1:
        wrong.append(f"log {log_id} ends at event {expected - 1}, its head says {seq}")
    return count, wrong
