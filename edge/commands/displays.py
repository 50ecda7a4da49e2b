"""Displays: tablets at a gate that show what was decided there. Each has a key without a right, which is said once and revoked for good."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, SaidOnce, handles, text
from edge.core.errors import Forbidden, Invalid, NotFound
from edge.core.model import Actor, ApiKey, Moment, Permission, User
from edge.core.place import AccessPoint
from edge.ports import RosterTx


class AddDisplay(Command, tag="displays.add", frozen=True, kw_only=True):
    """A key with which a tablet shows the answers of one access point, and does nothing else."""

    right: ClassVar = Permission.SITE_MANAGE
    name: str
    access_point: str


class RevokeDisplay(Command, tag="displays.revoke", frozen=True, kw_only=True):
    """The tablet shows nothing from now on, whoever let it in."""

    right: ClassVar = Permission.SITE_MANAGE
    id: str


class DisplayMade(SaidOnce, frozen=True):
    """A new display with its key, which is never said again."""

    record: ApiKey
    key: str

    def kept(self) -> DisplayMade:
        return msgspec.structs.replace(self, key="")


@handles(AddDisplay)
def add_display(tx: RosterTx, command: AddDisplay, actor: Actor, now: Moment) -> DisplayMade:
    if actor.key or tx.find(User, id=actor.id) is None:
        raise Forbidden("a display is let in by somebody who is signed in")
    if tx.find(AccessPoint, id=command.access_point) is None:
        raise Invalid("choose the access point that it stands at", field="access_point")
    name = text(command.name, "name", required=True, longest=80)
    record, key = tx.new_key(ApiKey(id=tx.new_id(), name=name, user=actor.id, created_at=now.wall, display=command.access_point))
    return DisplayMade(record=record, key=key)


@handles(RevokeDisplay)
def revoke_display(tx: RosterTx, command: RevokeDisplay, actor: Actor, now: Moment) -> ApiKey:
    found = tx.find(ApiKey, id=command.id)
    if found is None or not found.display:
        raise NotFound("there is no such display", field="id")
    return found if found.revoked else tx.put(msgspec.structs.replace(found, revoked=True))
