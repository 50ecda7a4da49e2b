"""Filters of lists under a name: one's own, and those that are shared."""

from __future__ import annotations

import msgspec

from edge.commands.base import Command, Patch, changed, handles, made, text
from edge.commands.exports import sound_filters
from edge.core.errors import Conflict, Forbidden, NotFound
from edge.core.model import Actor, Moment, Permission
from edge.core.saved import SavedFilter
from edge.ports import RosterTx

MOST_EACH = 100
"""Saved filters of one user."""


class AddSavedFilter(Command, tag="saved_filters.add", frozen=True, kw_only=True):
    """Keep filters of a list that one may see under a name."""

    fields: Patch


class EditSavedFilter(Command, tag="saved_filters.edit", frozen=True, kw_only=True):
    """Change one's own, or with users.manage one that is shared."""

    id: str
    changes: Patch
    ver: int | None = None


class DeleteSavedFilter(Command, tag="saved_filters.delete", frozen=True, kw_only=True):
    """The same. One that an export by the calendar names stays."""

    id: str


@handles(AddSavedFilter)
def add_saved_filter(tx: RosterTx, command: AddSavedFilter, actor: Actor, now: Moment) -> SavedFilter:
    if len(tx.every(SavedFilter, owner=actor.id)) >= MOST_EACH:
        raise Conflict(f"at most {MOST_EACH} of one user: take out those that nobody needs")
    return tx.put(_sound(made(SavedFilter, command.fields, id=tx.new_id(), owner=actor.id), actor))


@handles(EditSavedFilter)
def edit_saved_filter(tx: RosterTx, command: EditSavedFilter, actor: Actor, now: Moment) -> SavedFilter:
    return tx.put(_sound(changed(_theirs(tx, command.id, actor), command.changes, command.ver), actor))


@handles(DeleteSavedFilter)
def delete_saved_filter(tx: RosterTx, command: DeleteSavedFilter, actor: Actor, now: Moment) -> None:
    tx.delete(_theirs(tx, command.id, actor))


def _theirs(tx: RosterTx, id: str, actor: Actor) -> SavedFilter:
    """Raises NotFound for another's own, Forbidden for a shared one of another."""
    found = tx.get(SavedFilter, id)
    if found.owner != actor.id:
        if not found.shared:
            raise NotFound(f"there is no savedfilter {id}"[:120], field="id")
        if not actor.may(Permission.USERS_MANAGE):
            raise Forbidden("it is shared by somebody else: only they and an administrator change it")
    return found


def _sound(saved: SavedFilter, actor: Actor) -> SavedFilter:
    if not actor.may(saved.area.view):
        raise Forbidden(f"your role does not include {saved.area.view.value}")
    return msgspec.structs.replace(saved, name=text(saved.name, "name", required=True), filters=sound_filters(saved.filters))
