"""Who is signed in, by what key, and what their requests were answered: tokens are kept as SHA-256 alone."""

from __future__ import annotations

import sqlite3

from edge.core.errors import NotSignedIn
from edge.core.model import Actor
from edge.store.who import ID_BYTES, KEY_PREFIX, hash_of, who_of, who_sql

REQUEST_KEPT_MS = 24 * 3600 * 1000


def actor_of(db: sqlite3.Connection, schema: str, token: str, now: int) -> Actor:
    """The user of a live session or API key, with what they may do now. Raises NotSignedIn."""
    row = db.execute(*who_sql(schema, token, now)).fetchone()
    if row is None:
        raise NotSignedIn("the session has ended; sign in again")
    return who_of(row).actor()


def keep(db: sqlite3.Connection, token: str, user: str, *, now: int, expires: int, client: str) -> None:
    """A new session (ms); those that have expired go."""
    db.execute("DELETE FROM session WHERE expires_at < ?", (now,))
    db.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)", (hash_of(token), user, now, now, expires, client[:200]))


def end(db: sqlite3.Connection, token: str) -> None:
    db.execute("DELETE FROM session WHERE token_hash = ?", (hash_of(token),))


def end_named(db: sqlite3.Connection, id: str, user: str | None) -> str | None:
    """The user whose session it was; None when there is no such session (of this user, where one is named)."""
    row = db.execute(
        f"DELETE FROM session WHERE hex(substr(token_hash, 1, {ID_BYTES})) = ? AND user = ifnull(?, user) RETURNING user",
        (id.upper(), user),
    ).fetchone()
    return row[0] if row else None


def end_all_of(db: sqlite3.Connection, user: str) -> None:
    db.execute("DELETE FROM session WHERE user = ?", (user,))


def seen(db: sqlite3.Connection, token: str, now: int) -> None:
    table, column = ("api_key", "used_at") if token.startswith(KEY_PREFIX) else ("session", "seen_at")
    db.execute(f"UPDATE {table} SET {column} = ? WHERE token_hash = ?", (now, hash_of(token)))


def keep_key(db: sqlite3.Connection, id: str, token: str) -> None:
    """The API key of this id is found by this token from now on."""
    db.execute("UPDATE api_key SET token_hash = ? WHERE id = ?", (hash_of(token), id))


def first_result(db: sqlite3.Connection, request: str) -> str | None:
    """What this request was answered the first time."""
    row = db.execute("SELECT result FROM request WHERE id = ?", (request,)).fetchone()
    return row[0] if row else None


def keep_result(db: sqlite3.Connection, request: str, result: str, now: int) -> None:
    db.execute("DELETE FROM request WHERE at < ?", (now - REQUEST_KEPT_MS,))
    db.execute("INSERT INTO request VALUES (?, ?, ?)", (request, now, result))
