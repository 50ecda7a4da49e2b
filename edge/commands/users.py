"""Users, roles and signing in. Passwords are checked and hashed before the transaction; here only what follows from that."""

from __future__ import annotations

import re
from typing import ClassVar
from zoneinfo import available_timezones

import msgspec

from edge.commands.base import Command, Patch, changed, handles, made, text
from edge.commands.tidy import tags_of
from edge.core.errors import Conflict, Invalid
from edge.core.model import LANGUAGES, Actor, Moment, Permission, Role, User
from edge.ports import RosterTx

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
SESSION_MS = 12 * 3600 * 1000
SHORTEST_PASSWORD = 8

DEFAULT_ROLES: dict[str, tuple[Permission, ...]] = {
    "Administrator": tuple(Permission),
    "Operator": tuple(
        p
        for p in Permission
        if p
        not in (
            Permission.USERS_MANAGE, Permission.SITE_MANAGE, Permission.USERS_VIEW, Permission.AUDIT_VIEW, Permission.CARDS_REVEAL,
            Permission.KEYS_MANAGE, Permission.CUSTOMERS_REVEAL, Permission.CUSTOMERS_ERASE, Permission.EXPORTS_SCHEDULE,
            Permission.REVIEWS_MANAGE, Permission.REVIEWS_EXPORT,
        )
    ),
    "Technician": (
        Permission.EVENTS_VIEW,
        Permission.DOORS_VIEW,
        Permission.DOORS_OPEN,
        Permission.DOORS_MODE,
        Permission.ALERTS_VIEW,
        Permission.ALERTS_MANAGE,
        Permission.SITE_VIEW,
        Permission.SITE_MANAGE,
    ),
    "Guard": (
        Permission.CUSTOMERS_VIEW,
        Permission.CARDS_VIEW,
        Permission.VEHICLES_VIEW,
        Permission.PAYMENTS_VIEW,
        Permission.PAYMENTS_TAKE,
        Permission.EVENTS_VIEW,
        Permission.DOORS_VIEW,
        Permission.DOORS_OPEN,
        Permission.ALERTS_VIEW,
        Permission.ALERTS_MANAGE,
    ),
    "Viewer": (Permission.CUSTOMERS_VIEW, Permission.COMPANIES_VIEW, Permission.CARDS_VIEW, Permission.VEHICLES_VIEW,
               Permission.EVENTS_VIEW, Permission.DOORS_VIEW, Permission.ALERTS_VIEW),
}  # fmt: skip


class SignIn(Command, tag="sessions.sign_in", frozen=True, kw_only=True):
    """Name and password for a session token. client: where from, for the list of sessions.

    code: of the second factor, or a recovery code, where the user has one.
    """

    login: str
    password: str
    code: str = ""
    client: str = ""


class SignOut(Command, tag="sessions.sign_out", frozen=True, kw_only=True):
    """End the session this command carries."""


class SessionSeen(Command, tag="sessions.seen", frozen=True, kw_only=True):
    """The session is in use (at most once a minute from the desk)."""


class SignedIn(msgspec.Struct, frozen=True):
    token: str
    expires_at: int
    user: str
    name: str


class AddUser(Command, tag="users.add", frozen=True, kw_only=True):
    right: ClassVar = Permission.USERS_MANAGE
    fields: Patch
    password: str


class EditUser(Command, tag="users.edit", frozen=True, kw_only=True):
    """Change a user. password: a new one, which ends the user's other sessions."""

    right: ClassVar = Permission.USERS_MANAGE
    id: str
    changes: Patch
    password: str | None = None
    ver: int | None = None


class DeleteUser(Command, tag="users.delete", frozen=True, kw_only=True):
    """Deactivate: the name stays with what was done under it, and cannot be used again."""

    right: ClassVar = Permission.USERS_MANAGE
    id: str


class AddRole(Command, tag="roles.add", frozen=True, kw_only=True):
    right: ClassVar = Permission.USERS_MANAGE
    fields: Patch


class EditRole(Command, tag="roles.edit", frozen=True, kw_only=True):
    right: ClassVar = Permission.USERS_MANAGE
    id: str
    changes: Patch
    ver: int | None = None


class DeleteRole(Command, tag="roles.delete", frozen=True, kw_only=True):
    right: ClassVar = Permission.USERS_MANAGE
    id: str


@handles(AddUser)
def add_user(tx: RosterTx, command: AddUser, actor: Actor, now: Moment) -> User:
    user = sound(made(User, command.fields, id=tx.new_id()))
    within_own_rights(tx, user.role, actor)
    return tx.put(user)


@handles(EditUser)
def edit_user(tx: RosterTx, command: EditUser, actor: Actor, now: Moment) -> User:
    before = tx.get(User, command.id)
    user = sound(changed(before, command.changes, command.ver))
    within_own_rights(tx, before.role, actor)
    within_own_rights(tx, user.role, actor)
    if user.id == actor.id and not user.active:
        raise Conflict("you cannot deactivate yourself; ask another administrator", field="active")
    if command.password is not None or not user.active or user.role != before.role:
        tx.end_sessions_of(user.id)
    return tx.put(user)


@handles(DeleteUser)
def delete_user(tx: RosterTx, command: DeleteUser, actor: Actor, now: Moment) -> User:
    user = tx.get(User, command.id)
    if user.id == actor.id:
        raise Conflict("you cannot remove yourself; ask another administrator")
    within_own_rights(tx, user.role, actor)
    tx.end_sessions_of(user.id)
    return tx.put(msgspec.structs.replace(user, active=False))


@handles(AddRole)
def add_role(tx: RosterTx, command: AddRole, actor: Actor, now: Moment) -> Role:
    return tx.put(_sound_role(made(Role, command.fields, id=tx.new_id()), actor))


@handles(EditRole)
def edit_role(tx: RosterTx, command: EditRole, actor: Actor, now: Moment) -> Role:
    before = tx.get(Role, command.id)
    _sound_role(before, actor)
    return tx.put(_sound_role(changed(before, command.changes, command.ver), actor))


@handles(DeleteRole)
def delete_role(tx: RosterTx, command: DeleteRole, actor: Actor, now: Moment) -> None:
    role = tx.get(Role, command.id)
    tx.delete(_sound_role(role, actor))


def sign_in(tx: RosterTx, user: User, client: str, now: Moment) -> SignedIn:
    """A session for a user whose password was right."""
    expires = now.wall + SESSION_MS
    token = tx.open_session(user.id, now=now.wall, expires=expires, client=client)
    return SignedIn(token=token, expires_at=expires, user=user.id, name=user.name or user.login)


def check_password(password: str) -> None:
    """Raises Invalid for one that is too short or absurdly long."""
    if not SHORTEST_PASSWORD <= len(password) <= 256:
        raise Invalid(f"a password has at least {SHORTEST_PASSWORD} characters", field="password")


def sound(user: User) -> User:
    """The record as it is kept. Raises Invalid naming the field."""
    login = user.login.strip().casefold()
    if not LOGIN.fullmatch(login):
        raise Invalid("2 to 64 small letters, digits, dots, dashes, underlines or @", field="login")
    if user.time_zone and user.time_zone not in available_timezones():
        raise Invalid("a time zone as in Europe/Warsaw; leave it out for the site's", field="time_zone")
    if user.language and user.language not in LANGUAGES:
        raise Invalid(f"one of {', '.join(LANGUAGES)}; leave it out for what the browser asks for", field="language")
    return msgspec.structs.replace(user, login=login, name=text(user.name, "name"), tags=tags_of(user.tags))


def _sound_role(role: Role, actor: Actor) -> Role:
    known = {p.value for p in Permission}
    for right in role.rights:
        if right not in known:
            raise Invalid(f"there is no right called {right}", field="rights")
        if right not in actor.rights:
            raise Invalid(f"you cannot hand on {right}: you do not have it", field="rights")
    return msgspec.structs.replace(role, name=text(role.name, "name", required=True), rights=tuple(sorted(set(role.rights))))


def within_own_rights(tx: RosterTx, role: str, actor: Actor) -> None:
    """Nobody makes, raises or edits a user above themselves."""
    held = tx.find(Role, id=role)
    if held is None:
        raise Invalid("there is no such role", field="role")
    missing = sorted(set(held.rights) - actor.rights)
    if missing:
        raise Invalid(f"this role holds rights that you do not have ({', '.join(missing)})", field="role")
