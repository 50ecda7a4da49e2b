"""Changes that central refused: keep what it has, or ask again for what was wanted here."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, handles
from edge.core.errors import Conflict, Forbidden, NotFound
from edge.core.merge import OWN_FIELDS, SYNCED
from edge.core.model import Actor, Moment, Permission, Record
from edge.ports import Disagreement, RosterTx

RIGHTS = {
    "customer": Permission.CUSTOMERS_EDIT,
    "company": Permission.COMPANIES_MANAGE,
    "card": Permission.CARDS_MANAGE,
    "vehicle": Permission.VEHICLES_MANAGE,
    "booking": Permission.BOOKINGS_MANAGE,
}
"""Who may decide about a record; of everything else, who looks after the site."""


class KeepTheirs(Command, tag="disagreements.keep_theirs", frozen=True, kw_only=True):
    """Leave it as central has it. Nothing changes but that the question is settled."""

    right: ClassVar = Permission.CUSTOMERS_VIEW
    id: str


class AskAgain(Command, tag="disagreements.ask_again", frozen=True, kw_only=True):
    """Make the change once more, on the record as it is now; central decides again. Where it was to be deleted, it is."""

    right: ClassVar = Permission.CUSTOMERS_VIEW
    id: str
    reason: str = ""


@handles(KeepTheirs)
def keep_theirs(tx: RosterTx, command: KeepTheirs, actor: Actor, now: Moment) -> None:
    _asked(tx, command.id, actor)
    tx.changes.forget(command.id)


@handles(AskAgain)
def ask_again(tx: RosterTx, command: AskAgain, actor: Actor, now: Moment) -> Record | None:
    change = _asked(tx, command.id, actor).change
    before = tx.find(SYNCED[change.type], id=change.row)
    if before is None:
        raise Conflict("central has no such record any more; make it anew if it is still wanted", field="id")
    tx.changes.forget(command.id)
    if change.op == "delete":
        tx.delete(before)
        return None
    own = OWN_FIELDS.get(type(before), frozenset())
    fields = {name: value for name, value in change.fields.items() if name not in own}
    wanted = msgspec.convert(msgspec.to_builtins(before) | fields, type(before))
    return tx.put(wanted)


def _asked(tx: RosterTx, id: str, actor: Actor) -> Disagreement:
    found = tx.changes.disagreement(id)
    if found is None:
        raise NotFound("this was decided already", field="id")
    right = RIGHTS.get(found.change.type, Permission.SITE_MANAGE)
    if not actor.may(right):
        raise Forbidden(f"your role does not include {right.value}")
    return found
