"""API keys: made for oneself or for another user, said once, revoked for good."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, Patch, SaidOnce, changed, handles, made, text
from edge.commands.users import within_own_rights
from edge.core.errors import Forbidden, Invalid, NotFound
from edge.core.model import Actor, ApiKey, Moment, Permission, User
from edge.ports import RosterTx

MOST_A_MINUTE = 6000


class AddKey(Command, tag="keys.add", frozen=True, kw_only=True):
    """A new API key, of oneself (user left out) or, with users.manage, of another user who holds no more rights than oneself."""

    right: ClassVar = Permission.KEYS_MANAGE
    fields: Patch


class EditKey(Command, tag="keys.edit", frozen=True, kw_only=True):
    """Rename it, change scopes, end or limit. Whose it is stays; one that is revoked stays so."""

    right: ClassVar = Permission.KEYS_MANAGE
    id: str
    changes: Patch
    ver: int | None = None


class RevokeKey(Command, tag="keys.revoke", frozen=True, kw_only=True):
    """The key is worth nothing from now on; its row stays with what was done by it."""

    right: ClassVar = Permission.KEYS_MANAGE
    id: str


class KeyMade(SaidOnce, frozen=True):
    """A new key with the secret itself, which is never said again."""

    record: ApiKey
    key: str

    def kept(self) -> KeyMade:
        return msgspec.structs.replace(self, key="")


@handles(AddKey)
def add_key(tx: RosterTx, command: AddKey, actor: Actor, now: Moment) -> KeyMade:
    _not_by_a_key(actor)
    key = made(ApiKey, command.fields, id=tx.new_id(), created_at=now.wall)
    key = _sound(msgspec.structs.replace(key, user=key.user or actor.id), actor, now)
    if key.revoked:
        raise Invalid("a key that is revoked from its beginning is none", field="revoked")
    owner = tx.find(User, id=key.user)
    if owner is None or not owner.active:
        raise Invalid("a key belongs to a user who may sign in", field="user")
    if owner.id != actor.id:
        if not actor.may(Permission.USERS_MANAGE):
            raise Forbidden("a key for somebody else needs users.manage")
        within_own_rights(tx, owner.role, actor)
    record, secret = tx.new_key(key)
    return KeyMade(record=record, key=secret)


@handles(EditKey)
def edit_key(tx: RosterTx, command: EditKey, actor: Actor, now: Moment) -> ApiKey:
    _not_by_a_key(actor)
    before = _own(tx, command.id, actor)
    after = changed(before, command.changes, command.ver)
    if after.user != before.user:
        raise Invalid("a key stays with its user; make another one", field="user")
    if before.revoked and not after.revoked:
        raise Invalid("a revoked key stays revoked; make another one", field="revoked")
    return tx.put(_sound(after, actor, now, before))


@handles(RevokeKey)
def revoke_key(tx: RosterTx, command: RevokeKey, actor: Actor, now: Moment) -> ApiKey:
    key = _own(tx, command.id, actor)
    return key if key.revoked else tx.put(msgspec.structs.replace(key, revoked=True))


def _own(tx: RosterTx, id: str, actor: Actor) -> ApiKey:
    key = tx.find(ApiKey, id=id)
    if key is None or (key.user != actor.id and not actor.may(Permission.USERS_MANAGE)):
        raise NotFound(f"there is no key {id[:80]}", field="id")
    if key.user != actor.id:
        within_own_rights(tx, tx.get(User, key.user).role, actor)
    return key


def _not_by_a_key(actor: Actor) -> None:
    """A key that makes keys would outlive its own end and limit."""
    if actor.key:
        raise Forbidden("an API key makes and changes no keys; sign in")


def _sound(key: ApiKey, actor: Actor, now: Moment, before: ApiKey | None = None) -> ApiKey:
    if key.display:
        raise Invalid("a display shows what it was made for and nothing else; revoke it and make another one", field="id")
    known = {p.value for p in Permission}
    for right in key.scopes:
        if right not in known:
            raise Invalid(f"there is no right called {right}", field="scopes")
        if right not in actor.rights and not (before and right in before.scopes):
            raise Invalid(f"you cannot hand on {right}: you do not have it", field="scopes")
    if not key.scopes:
        raise Invalid("name the rights that it may use", field="scopes")
    if not 1 <= key.per_minute <= MOST_A_MINUTE:
        raise Invalid(f"requests a minute, 1 to {MOST_A_MINUTE}", field="per_minute")
    if key.expires_at is not None and key.expires_at <= now.wall and (before is None or before.expires_at != key.expires_at):
        raise Invalid("it would be over already", field="expires_at")
    return msgspec.structs.replace(
        key, name=text(key.name, "name", required=True, longest=80), scopes=tuple(sorted(set(key.scopes)))
    )
