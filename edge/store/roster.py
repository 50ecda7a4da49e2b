"""The roster's transaction: records in and out, each change with its audit line and revision in the same commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from time import monotonic
from typing import Any, Protocol, TypeVar

import msgspec

from edge.core import base32, rotating
from edge.core.credential import last4, lookup_key, pin_key, rotating_master
from edge.core.erasing import Erasing
from edge.core.errors import Conflict, NotFound
from edge.core.importing import by_name
from edge.core.merge import DeskChange
from edge.core.model import Actor, ApiKey, Card, CredentialKind, Record, Scope
from edge.core.people import Customer, Erasure
from edge.core.review import ReviewTally
from edge.core.searching import phone_key
from edge.store import erasing, reviews, rows, search, sessions
from edge.store.central_rows import CentralRows
from edge.store.desk_changes import DeskChanges
from edge.store.import_rows import ImportedRows
from edge.store.scope import holds
from edge.store.sealed import DOCUMENT, Change, Codes
from edge.store.snapshot import ArrivingRows
from edge.store.tables import TABLES, Table
from edge.store.upward import Upward, sealed_as
from edge.store.who import KEY_PREFIX

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class Identity:
    """Where ids and tokens come from: handed in, so that a test or a replay can hand in its own."""

    def __init__(self, new_id: Callable[[], str], new_token: Callable[[], str], new_code: Callable[[], str]) -> None:
        self.new_id = new_id
        self.new_token = new_token
        self.new_code = new_code


class Keys(Protocol):
    """Where the keys are that edge alone holds (store.secrets.Secrets)."""

    def key(self, name: str) -> bytes:
        """32 bytes by name, made the first time, durable on return."""


class RosterTransaction:
    """ports.RosterTx on SQLite; also the writer's Tx. One object per connection, used by the writer's thread alone."""

    def __init__(
        self, db: sqlite3.Connection, secret: bytes, identity: Identity, codes: Codes, keys: Keys, *, synced: bool = False
    ) -> None:
        self._db = db
        self._secret = secret
        self._identity = identity
        self._codes = codes
        self._keys = keys
        self._new_codes: list[Change] = []
        self._sought: list[tuple[Record | None, Record | None]] = []
        """Records as they were and as they are: taken into the index of the search at the end, since it writes out what it has at every savepoint."""
        self.imported = ImportedRows(db)
        self.central = CentralRows(db, synced=synced)
        self.changes = DeskChanges(db)
        self.arriving = ArrivingRows(db, codes)
        self._up = Upward(self.central, self.changes, identity.new_id, self._new_codes.append, self.code_of)
        self._began = 0.0
        self._rev = self._config_rev = 0
        self._started_at = self._next_number = self._first_number = 0
        self._config: dict[tuple[str, str, str], Record | None] = {}
        """What this transaction has found of the site's own tables: many changes in one commit ask for the same few rows."""
        self._names: dict[str, tuple[int, dict[str, str]]] = {}
        """Table -> (config_rev, what bears which name), from one commit to the next while that table is as it was."""
        self.by: tuple[str, str, str, int] = ("system", "", "", 0)
        """(actor, command, reason, now): what the audit lines of this piece of work say."""

    # ------------------------------------------------------------------------------------------------ for the writer

    def begin(self) -> None:
        ended_at = self._config_rev
        self._rev, self._config_rev, self._next_number = self._db.execute(
            "SELECT rev, config_rev, next_number FROM head"
        ).fetchone()
        if self._config_rev != ended_at:  # the last commit did not come about
            self._names.clear()
        self._began = monotonic()
        self._started_at, self._first_number = self._rev, self._next_number
        self._config.clear()
        self._new_codes.clear()
        self._sought.clear()

    def mark(self) -> tuple[int, int, int, int, int]:
        self.by, self.central.speaking = ("system", "", "", 0), False
        return self._rev, self._config_rev, self._next_number, len(self._new_codes), len(self._sought)

    def back_to(self, mark: tuple[int, int, int, int, int]) -> None:
        self._rev, self._config_rev, self._next_number, codes, sought = mark
        self._config.clear()
        self._names.clear()
        del self._new_codes[codes:]
        del self._sought[sought:]

    def finish(self) -> None:
        search.keep(self._db, self._sought)
        if self._new_codes:
            self._codes.keep(self._new_codes)
        if self._rev != self._started_at or self._next_number != self._first_number:
            self._db.execute(
                "UPDATE head SET rev = ?, config_rev = ?, next_number = ?", (self._rev, self._config_rev, self._next_number)
            )

    def failed(self, error: Exception) -> None:
        """Nothing to write down here: the caller gets the error, and it is logged there."""

    sees_journal = False

    def in_scope(self, kind: str, id: str | int, scope: Scope) -> bool:
        return holds(self._db, "main", kind, id, scope)

    def attempt(self, work: Callable[[], T]) -> T:
        by, speaking, mark = self.by, self.central.speaking, self.mark()
        self.by, self.central.speaking = by, speaking  # (mark is for the next command, whoever asks it)
        self._db.execute("SAVEPOINT row")
        try:
            return work()
        except Exception:
            self._db.execute("ROLLBACK TO row")
            self.back_to(mark)
            raise
        finally:
            self._db.execute("RELEASE row")

    def spent_ms(self) -> float:
        return (monotonic() - self._began) * 1000

    # ------------------------------------------------------------------------------------------------ records

    def new_id(self) -> str:
        return self._identity.new_id()

    def new_code(self) -> str:
        return self._identity.new_code()

    @property
    def rev(self) -> int:
        return self._rev

    def get(self, kind: type[R], id: str) -> R:
        found = rows.read(self._db, TABLES[kind], "id", id)
        if found is None:
            raise NotFound(f"there is no {TABLES[kind].said} {id[:80]}", field="id")
        return found  # type: ignore[return-value]

    def find(self, kind: type[R], **equal: str) -> R | None:
        ((column, value),) = equal.items()
        table = TABLES[kind]
        if not table.config:
            return rows.read(self._db, table, column, value)  # type: ignore[return-value]
        key = (table.name, column, value)
        if key not in self._config:
            self._config[key] = rows.read(self._db, table, column, value)
        return self._config[key]  # type: ignore[return-value]

    def every(self, kind: type[R], **equal: str) -> list[R]:
        return rows.every(self._db, kind, **equal)

    def names(self, kind: type[Record]) -> dict[str, str]:
        table = TABLES[kind]
        known = self._names.get(table.name)
        if known is None or known[0] != self._config_rev or not table.config:
            there = " WHERE deleted_at IS NULL" if "deleted_at" in table.columns else ""
            found = by_name(self._db.execute(f"SELECT id, name FROM {table.name}{there}").fetchall())
            known = self._names[table.name] = (self._config_rev, found)
        return known[1]

    def card_of(self, kind: CredentialKind, code: str) -> Card | None:
        row = self._db.execute("SELECT id FROM card WHERE key = ?", (lookup_key(self._secret, kind, code),)).fetchone()
        return self.get(Card, row[0]) if row else None

    def same(self, customer: Customer, field: str) -> Customer | None:
        """Another customer who is not deleted and has the same e-mail address or mobile number ("email", "mobile")."""
        value = phone_key(customer.mobile) if field == "mobile" else getattr(customer, field)
        column = "mobile_key" if field == "mobile" else field
        row = self._db.execute(
            f"SELECT id FROM customer WHERE {column} = ? AND {column} <> '' AND deleted_at IS NULL AND id <> ?",
            (value, customer.id),
        ).fetchone()
        return self.get(Customer, row[0]) if row else None

    def put(self, record: R, *, code: str | None = None, said: bool = True) -> R:
        """Insert or replace, with one more on its version. code: a card's canonical code; said False: its line says no fields."""
        table = TABLES[type(record)]
        before = rows.read(self._db, table, "id", record.id)
        return self._store(msgspec.structs.replace(record, ver=(before.ver if before else record.ver) + 1), before, code, said=said)

    def add(self, record: R, *, code: str | None = None) -> R:
        return self._store(msgspec.structs.replace(record, ver=record.ver + 1), None, code)

    def put_pin(self, card: Card, pin: str, duress: str) -> Card:
        kept = self.put(card)
        keys = [pin_key(self._secret, card.id, digits) if digits else None for digits in (pin, duress)]
        self._db.execute("UPDATE card SET pin = ?, duress = ? WHERE id = ?", (*keys, card.id))
        return kept

    def _store(self, record: R, before: Record | None, code: str | None, *, said: bool = True) -> R:
        table = TABLES[type(record)]
        if erasing.refers_to_erased(self._db, record, before):
            raise Conflict("this customer was erased", field="id" if isinstance(record, Customer) else "customer")
        self._up.check(record, before)
        once = {name: tuple(dict.fromkeys(listed)) for name in table.children if (listed := getattr(record, name))}
        if once:
            record = msgspec.structs.replace(record, **once)
        extra: dict[str, Any] = {}
        if isinstance(record, Card) and code is not None:
            record = msgspec.structs.replace(record, last4=last4(code))
            extra["key"] = lookup_key(self._secret, record.kind, code)
        rows.write(self._db, table, record, before, extra)
        self._sought.append((before, record))
        if isinstance(record, Card) and code is not None:
            self._new_codes.append((record.id, record.kind, code))
        self._changed(table, record.id, "put" if said else "erase", before if said else None, record if said else None)
        self._up.put(record, before, code, self.by, forget_earlier=not said)
        return record

    def delete(self, record: Record, *, said: bool = True) -> None:
        """Remove the row and its lists; what others refer to stays and is named. said False: its line says no fields."""
        table = TABLES[type(record)]
        try:
            for child in table.children.values():
                self._db.execute(f"DELETE FROM {child.table} WHERE {child.owner} = ?", (record.id,))
            self._db.execute(f"DELETE FROM {table.name} WHERE id = ?", (record.id,))
        except sqlite3.IntegrityError as error:
            raise Conflict(f"this {table.said} is still used; take it out there first") from error
        if isinstance(record, Card):
            self._new_codes.append((record.id, None, ""))
        self._sought.append((record, None))
        self._changed(table, record.id, "delete", record if said else None, None)
        self._up.delete(record, self.by, forget_earlier=not said)

    def drop(self, record: Record) -> bool:
        try:
            self.attempt(lambda: self.delete(record))
        except Conflict:
            return False
        return True

    def _changed(self, table: Table, id: str, op: str, before: Record | None, after: Record | None) -> None:
        self._line(table.entity, id, op, before, after)
        if table.config:
            self._config_rev = self._rev
            self._config.clear()

    def _line(self, entity: str, id: str, op: str, before: msgspec.Struct | None, after: msgspec.Struct | None) -> None:
        self._rev += 1
        actor, command, reason, now = self.by
        encode = msgspec.json.encode
        self._db.execute(
            "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._rev, now, actor, command, entity, id, op,
                encode(before).decode() if before else None, encode(after).decode() if after else None, reason,
            ),
        )  # fmt: skip

    def photos(self) -> frozenset[str]:
        """The pictures that records name."""
        return frozenset(name for (name,) in self._db.execute("SELECT photo FROM customer WHERE photo <> ''").fetchall())

    def review_tally(self, id: str) -> ReviewTally:
        return reviews.tally(self._db, id)

    # ------------------------------------------------------------------------------------------------ erasing

    def forget_code(self, card: Card) -> None:
        key = lookup_key(self._secret, card.kind, self._identity.new_code())  # of a code that nobody is told
        self._db.execute("UPDATE card SET key = ?, pin = NULL, duress = NULL WHERE id = ?", (key, card.id))
        self._new_codes.append((card.id, None, ""))

    def keep_erasing(self, who: Erasing) -> None:
        erasing.keep(self._db, who)

    def erasings(self) -> list[Erasing]:
        """Those under way."""
        return erasing.under_way(self._db)

    def read_changes(self, who: Erasing, after: int) -> tuple[int, Erasing]:
        return erasing.read_changes(self._db, who, after)

    def blank_changes(self, who: Erasing, after: int) -> int:
        return erasing.blank_changes(self._db, who, after)

    def blank_results(self, who: Erasing, after: str) -> str | None:
        return erasing.blank_results(self._db, who, after)

    def rename_filters(self, who: Erasing) -> None:
        erasing.rename_filters(self._db, who)

    def merge_index(self, *, begin: bool) -> bool:
        return erasing.merge_index(self._db, begin=begin)

    def end_erasing(self, who: Erasing, events: int, now: int) -> None:
        """What was looked for is forgotten; the record of the erasing says when it was done."""
        erasing.end(self._db, who.id)
        self.put(msgspec.structs.replace(self.get(Erasure, who.id), events=events, finished_at=now))

    # ------------------------------------------------------------------------------------------------ what edge alone holds

    def keep_document(self, customer: Customer, number: str) -> None:
        self._new_codes.append((f"document:{customer.id}", DOCUMENT if number else None, number))

    def document_of(self, customer: Customer) -> str | None:
        return self._codes.open(f"document:{customer.id}") if customer.has_document else None

    def code_of(self, card: Card) -> str | None:
        new = [code if kind else None for id, kind, code in self._new_codes if id == card.id]
        code = new[-1] if new else self._codes.open(card.id)
        row = self._db.execute("SELECT key FROM card WHERE id = ?", (card.id,)).fetchone()
        return code if code is not None and row is not None and lookup_key(self._secret, card.kind, code) == row[0] else None

    def has_code(self, card: str, kind: CredentialKind, code: str) -> bool:
        row = self._db.execute("SELECT key FROM card WHERE id = ?", (card,)).fetchone()
        return row is not None and row[0] == lookup_key(self._secret, kind, code)

    # ------------------------------------------------------------------------------------------------ what goes up

    def send_up(self, record: Record) -> None:
        self._up.all_of(record, self.by)

    def code_to_send(self, change: DeskChange) -> str | None:
        code = self._codes.open(sealed_as(change.id))
        if code is None and not change.base and (card := self.find(Card, id=change.row)):
            code = self.code_of(card)
        return code

    def forget_code_to_send(self, change: str) -> None:
        self._new_codes.append((sealed_as(change), None, ""))

    def phone_secret(self, number: str) -> str:
        return base32.encode(rotating.card_secret(rotating_master(self._secret), number))

    def signing_key(self, id: str) -> bytes:
        return self._keys.key(f"pass-key-{id}")

    def webhook_secret(self, id: str) -> bytes:
        return self._keys.key(f"webhook-{id}")

    def say(self, entity: str, id: str, what: str, line: msgspec.Struct) -> None:
        self._line(entity, id, what, None, line)

    def note(self, record: Record, what: str) -> None:
        table = TABLES[type(record)]
        self._changed(table, record.id, what, None, None)

    def note_view(self, record: Record, at: int, *, once_ms: int) -> None:
        entity, (actor, command, reason, now) = TABLES[type(record)].entity, self.by
        seen = self._db.execute(
            "SELECT 1 FROM change WHERE entity_id = ? AND op = 'view' AND actor = ? AND at > ? LIMIT 1",
            (record.id, actor, at - once_ms),
        ).fetchone()
        if seen is None:
            self.by = (actor, command, reason, at)
            self._line(entity, record.id, "view", None, None)
            self.by = (actor, command, reason, now)

    def next_customer_number(self) -> int:
        self._next_number += 1
        return self._next_number - 1

    def reserve_customer_number(self, number: int) -> None:
        """Numbers that came from elsewhere are not given out again."""
        self._next_number = max(self._next_number, number + 1)

    # ------------------------------------------------------------------------------------------------ who is asking

    def actor(self, token: str, now: int) -> Actor:
        return sessions.actor_of(self._db, "main", token, now)

    def open_session(self, user: str, *, now: int, expires: int, client: str) -> str:
        token = self._identity.new_token()
        sessions.keep(self._db, token, user, now=now, expires=expires, client=client)
        return token

    def end_session(self, token: str) -> None:
        sessions.end(self._db, token)

    def end_session_named(self, id: str, user: str | None) -> str | None:
        return sessions.end_named(self._db, id, user)

    def end_sessions_of(self, user: str) -> None:
        sessions.end_all_of(self._db, user)

    def session_seen(self, token: str, now: int) -> None:
        sessions.seen(self._db, token, now)

    def new_key(self, key: ApiKey) -> tuple[ApiKey, str]:
        token = KEY_PREFIX + self._identity.new_token()
        kept = self.put(msgspec.structs.replace(key, last4=token[-4:]))
        sessions.keep_key(self._db, key.id, token)
        return kept, token

    def first_result(self, request: str) -> str | None:
        return sessions.first_result(self._db, request)

    def keep_result(self, request: str, result: str, now: int) -> None:
        sessions.keep_result(self._db, request, result, now)
