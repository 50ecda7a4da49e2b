"""One's own account and that of others: ending sessions, and the second factor of signing in.

What the second factor is made of (seed, recovery codes) is in secrets.db and no command's; here is what follows for the record.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, SaidOnce, handles, text
from edge.commands.users import sound, within_own_rights
from edge.core.errors import Forbidden, NotFound
from edge.core.model import Actor, Moment, Permission, User, Value
from edge.ports import RosterTx


class EndSession(Command, tag="sessions.end", frozen=True, kw_only=True):
    """End a session by its id: one's own, or with users.manage anybody's."""

    id: str


class EnrolSecondFactor(Command, tag="second_factor.enrol", frozen=True, kw_only=True):
    """Begin a second factor for oneself: says its seed once. Nothing is asked for at signing in before a first code has confirmed it."""

    password: str


class ConfirmSecondFactor(Command, tag="second_factor.confirm", frozen=True, kw_only=True):
    """A first code shows that the phone has the seed: from now on signing in asks for one. Says ten recovery codes, once."""

    code: str


class SetPreferences(Command, tag="account.set_preferences", frozen=True, kw_only=True):
    """How the console is shown to oneself: language (empty: what the browser asks for) and time zone (IANA; empty: the site's)."""

    language: str
    time_zone: str


class SwitchOffSecondFactor(Command, tag="second_factor.off", frozen=True, kw_only=True):
    """Take the second factor of a user away (a lost phone), and end their sessions."""

    right: ClassVar = Permission.USERS_MANAGE
    user: str
    reason: str


class Seed(SaidOnce, frozen=True):
    """The seed in base 32, and the address that an authenticator app reads (otpauth). Never kept for a retry."""

    seed: str
    uri: str


class RecoveryCodes(SaidOnce, frozen=True):
    """Each signs in once in place of a code. Never kept for a retry."""

    codes: tuple[str, ...]


class SessionEnded(Value, frozen=True, kw_only=True):
    """What the audit line of an ended session says."""

    user: str


@handles(EndSession)
def end_session(tx: RosterTx, command: EndSession, actor: Actor, now: Moment) -> None:
    own_account(actor)
    whose = tx.end_session_named(command.id, None if actor.may(Permission.USERS_MANAGE) else actor.id)
    if whose is None:
        raise NotFound("there is no such session", field="id")
    tx.say("session", command.id.lower(), "end", SessionEnded(user=whose))


@handles(SetPreferences)
def set_preferences(tx: RosterTx, command: SetPreferences, actor: Actor, now: Moment) -> User:
    own_account(actor)
    before = tx.get(User, actor.id)
    return tx.put(sound(msgspec.structs.replace(before, language=command.language, time_zone=command.time_zone)))


def has_second_factor(tx: RosterTx, user: str, has: bool) -> User:
    """The record says what secrets.db holds."""
    before = tx.get(User, user)
    return before if before.second_factor == has else tx.put(msgspec.structs.replace(before, second_factor=has))


def may_switch_off(tx: RosterTx, command: SwitchOffSecondFactor, actor: Actor) -> User:
    """Whose it is. Raises NotFound, Invalid."""
    text(command.reason, "reason", required=True, longest=300)
    user = tx.get(User, command.user)
    within_own_rights(tx, user.role, actor)
    return user


def own_account(actor: Actor) -> None:
    """Raises Forbidden for an API key: it acts for its user, and is not their account."""
    if actor.key:
        raise Forbidden("an API key cannot change the account of its user; sign in")
