"""Who asks: the user behind the token of a session or an API key, with the rights and the restriction that hold now.

Edge and desk ask with this same statement, so that what the desk hides is what edge refuses.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from edge.core.model import EVERYTHING, OF_THE_WHOLE_SITE, Actor, Scope

KEY_PREFIX = "glk_"
"""How an API key begins: it is told from a session's token, and found by who looks for keys where none should be."""
ID_BYTES = 8
"""A session is named by so many bytes of its hash, in hex: enough to tell it from others, nothing to sign in with."""

_USER = "u.id, u.login, u.name, r.name, r.rights"
_SCOPE = (
    "(SELECT json_group_array(company) FROM {s}.user_company WHERE user = u.id),"
    " (WITH RECURSIVE within(id) AS (SELECT zone FROM {s}.user_zone WHERE user = u.id"
    " UNION SELECT z.id FROM within w JOIN {s}.zone z ON z.parent = w.id) SELECT json_group_array(id) FROM within),"
    " (SELECT json_group_array(tag) FROM {s}.user_tag WHERE user = u.id), u.time_zone, u.language"
)
_JOINED = "JOIN {s}.user u ON u.id = k.user JOIN {s}.role r ON r.id = u.role"
_BY_SESSION = (
    f"SELECT {_USER}, k.seen_at, k.expires_at, '', '', NULL, 0, '', {_SCOPE} FROM {{s}}.session k {_JOINED}"
    " WHERE k.token_hash = ? AND k.expires_at > ? AND u.active = 1"
)
_BY_KEY = (
    f"SELECT {_USER}, ifnull(k.used_at, 0), ifnull(k.expires_at, 0), k.id, k.name, k.scopes, k.per_minute, k.display, {_SCOPE}"
    f" FROM {{s}}.api_key k {_JOINED}"
    " WHERE k.token_hash = ? AND (k.expires_at IS NULL OR k.expires_at > ?) AND k.revoked = 0 AND u.active = 1"
)
_words = msgspec.json.Decoder(tuple[str, ...])


@dataclass(frozen=True)
class Who:
    """A user with what holds for them now. rights: of the role, less what their key or their restriction does not let them have.

    seen_at, expires_at: of session or key (ms; 0: never). key, key_name: the API key (empty: a session); per_minute: its limit; display: the
    access point that it shows, if it is a display's.
    """

    user: str
    login: str
    name: str
    role: str
    rights: frozenset[str]
    seen_at: int
    expires_at: int
    key: str = ""
    key_name: str = ""
    per_minute: int = 0
    display: str = ""
    scope: Scope = EVERYTHING
    time_zone: str = ""
    language: str = ""

    def actor(self) -> Actor:
        name = f"{self.login} (key {self.key_name})" if self.key else self.login
        return Actor(id=self.user, name=name, rights=self.rights, scope=self.scope, key=self.key)


def who_sql(schema: str, token: str, now: int) -> tuple[str, tuple[Any, ...]]:
    """(statement, values) of at most one row, for `who_of`. now: ms; what has expired or is revoked has no row."""
    return (_BY_KEY if token.startswith(KEY_PREFIX) else _BY_SESSION).format(s=schema), (hash_of(token), now)


def who_of(row: tuple[Any, ...]) -> Who:
    user, login, name, role, role_rights, seen, expires, key, key_name, scopes, per_minute, display, *seen_as = row
    companies, zones, tags, time_zone, language = seen_as
    rights, scope = frozenset(_words.decode(role_rights)), Scope(
        companies=_words.decode(companies), zones=_words.decode(zones), tags=_words.decode(tags)
    )  # fmt: skip
    if scopes is not None:
        rights &= frozenset(_words.decode(scopes))
    if not scope.everything:
        rights -= {right.value for right in OF_THE_WHOLE_SITE}
    return Who(
        user, login, name or login, role, rights, seen, expires, key, key_name, per_minute, display, scope, time_zone, language
    )


def hash_of(token: str) -> bytes:
    """What is kept of a token: its SHA-256 (it is 256 random bits, so nothing slower is needed)."""
    return hashlib.sha256(token.encode()).digest()
