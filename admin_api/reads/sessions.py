"""Who is signed in, from where, and when they were last seen."""

from __future__ import annotations

from msgspec import Struct

from admin_api.reads.database import Database
from edge.store.who import ID_BYTES, hash_of

MOST = 500


class OpenSession(Struct, frozen=True, kw_only=True):
    """A session. id: names it, and is no token. client: address and program it was opened from; current: it is the one that asks."""

    id: str
    user: str
    login: str
    name: str
    client: str
    created_at: int
    seen_at: int
    expires_at: int
    current: bool


async def open_sessions(database: Database, now: int, *, user: str | None, token: str) -> list[OpenSession]:
    """Those that have not expired, the last used first, MOST at most. user None: everybody's."""
    rows = await database.fetch(
        f"SELECT lower(hex(substr(s.token_hash, 1, {ID_BYTES}))), u.id, u.login, u.name, s.client, s.created_at, s.seen_at, s.expires_at,"
        " s.token_hash = ? FROM roster.session s JOIN roster.user u ON u.id = s.user"
        " WHERE s.expires_at > ? AND u.active = 1 AND s.user = ifnull(?, s.user) ORDER BY s.seen_at DESC, s.created_at DESC LIMIT ?",
        (hash_of(token), now, user, MOST),
    )
    return [
        OpenSession(
            id=id, user=whose, login=login, name=name or login, client=client, created_at=made, seen_at=seen, expires_at=expires,
            current=bool(current),
        )
        for id, whose, login, name, client, made, seen, expires, current in rows
    ]  # fmt: skip
