"""One thing done to many customers: a result for each, and what takes it back."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, ClassVar

import msgspec

from edge.commands.base import Command, handles
from edge.commands.tidy import nobody_else_has
from edge.core.errors import Forbidden, HouseError, Invalid, NotFound
from edge.core.model import Actor, Moment, Permission, Record, Status, Value
from edge.core.people import SEVERAL, Customer, CustomerList, Group
from edge.core.place import Profile
from edge.ports import RosterTx

MOST = 100
"""Customers in one command: each is a row, its index and an audit line, and the gate waits for nobody."""


class Action(StrEnum):
    """What may be done to many. Blocking is of the pass on a phone; who may enter is a matter of status."""

    ADD_TO_GROUP = "add_to_group"
    REMOVE_FROM_GROUP = "remove_from_group"
    ADD_TO_LIST = "add_to_list"
    REMOVE_FROM_LIST = "remove_from_list"
    TAG = "tag"
    UNTAG = "untag"
    GIVE_PROFILE = "give_profile"
    TAKE_PROFILE = "take_profile"
    BLOCK_PORTAL = "block_portal"
    UNBLOCK_PORTAL = "unblock_portal"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    REVIEW = "review"
    DELETE = "delete"
    RESTORE = "restore"


BACK: dict[Action, Action] = {
    one: other
    for pair in (
        (Action.ADD_TO_GROUP, Action.REMOVE_FROM_GROUP),
        (Action.ADD_TO_LIST, Action.REMOVE_FROM_LIST),
        (Action.TAG, Action.UNTAG),
        (Action.GIVE_PROFILE, Action.TAKE_PROFILE),
        (Action.BLOCK_PORTAL, Action.UNBLOCK_PORTAL),
        (Action.DELETE, Action.RESTORE),
    )
    for one, other in (pair, pair[::-1])
} | {Action.ACTIVATE: Action.DEACTIVATE}
"""What takes an action back. Not in it: a review, and deactivating (who was invited or suspended before would become active)."""

NEEDS_RIGHT: dict[Action, Permission] = {Action.DELETE: Permission.CUSTOMERS_DELETE, Action.RESTORE: Permission.CUSTOMERS_DELETE}
"""The others need customers.edit."""


class BulkCustomers(Command, tag="customers.bulk", frozen=True, kw_only=True):
    """Do one thing to these customers (1 to 100). what: the id of the group, list or profile, or the tag."""

    right: ClassVar = Permission.CUSTOMERS_EDIT
    ids: tuple[str, ...]
    action: Action
    what: str = ""
    reason: str = ""


class BulkRow(Value, frozen=True, kw_only=True):
    """What became of one: changed, or why not ("" and not changed: it was so already)."""

    id: str
    changed: bool = False
    problem: str = ""


class BulkDone(Value, frozen=True, kw_only=True):
    """A row for each, in the order that was asked."""

    rows: tuple[BulkRow, ...]


@handles(BulkCustomers)
def bulk_customers(tx: RosterTx, command: BulkCustomers, actor: Actor, now: Moment) -> BulkDone:
    ids = tuple(dict.fromkeys(command.ids))
    if not 1 <= len(ids) <= MOST:
        raise Invalid(f"1 to {MOST} customers at a time", field="ids")
    if command.action in NEEDS_RIGHT and not actor.may(NEEDS_RIGHT[command.action]):
        raise Forbidden(f"your role does not include {NEEDS_RIGHT[command.action].value}")
    change = _change(tx, command, now)
    return BulkDone(rows=tuple(_row(tx, id, change) for id in ids))


def _row(tx: RosterTx, id: str, change: Callable[[Customer], Customer]) -> BulkRow:
    try:
        before = tx.get(Customer, id)
        after = change(before)
        if after == before:
            return BulkRow(id=id)
        if before.deleted_at is not None and after.deleted_at is None:
            nobody_else_has(tx, None, after)
        tx.put(after)
    except HouseError as error:  # nothing was written for this one: the others go on
        return BulkRow(id=id, problem=error.message)
    return BulkRow(id=id, changed=True)


_LISTS: dict[Action, tuple[str, bool]] = {
    Action.ADD_TO_GROUP: ("groups", True),
    Action.REMOVE_FROM_GROUP: ("groups", False),
    Action.ADD_TO_LIST: ("lists", True),
    Action.REMOVE_FROM_LIST: ("lists", False),
    Action.TAG: ("tags", True),
    Action.UNTAG: ("tags", False),
    Action.GIVE_PROFILE: ("profiles", True),
    Action.TAKE_PROFILE: ("profiles", False),
}
_REFERS: dict[str, type[Record]] = {"groups": Group, "lists": CustomerList, "profiles": Profile}


def _change(tx: RosterTx, command: BulkCustomers, now: Moment) -> Callable[[Customer], Customer]:
    """What is done to each. Raises Invalid, NotFound for what makes no sense of any."""
    if command.action in _LISTS:
        field, adds = _LISTS[command.action]
        what = command.what.strip().casefold() if field == "tags" else command.what
        if not what:
            raise Invalid("say which", field="what")
        if field == "tags" and len(what) > 40:
            raise Invalid("at most 40 characters", field="what")
        if field in _REFERS and tx.find(_REFERS[field], id=what) is None:
            raise NotFound(f"there is no such {field[:-1]}", field="what")
        return lambda customer: _with(customer, field, what, adds)
    if command.action is Action.DELETE:
        return lambda c: c if c.deleted_at is not None else msgspec.structs.replace(c, deleted_at=now.wall)
    sets: dict[Action, dict[str, Any]] = {
        Action.BLOCK_PORTAL: {"portal_blocked": True},
        Action.UNBLOCK_PORTAL: {"portal_blocked": False},
        Action.ACTIVATE: {"status": Status.ACTIVE},
        Action.DEACTIVATE: {"status": Status.INACTIVE},
        Action.REVIEW: {"reviewed_at": now.wall},
        Action.RESTORE: {"deleted_at": None},
    }
    return lambda customer: msgspec.structs.replace(customer, **sets[command.action])


def _with(customer: Customer, field: str, what: str, adds: bool) -> Customer:
    there: tuple[str, ...] = getattr(customer, field)
    if (what in there) == adds:
        return customer
    if adds and len(there) >= SEVERAL:
        raise Invalid(f"at most {SEVERAL} {field}", field=field)
    kept = (*there, what) if adds else tuple(x for x in there if x != what)
    return msgspec.structs.replace(customer, **{field: tuple(sorted(kept)) if field == "tags" else kept})
