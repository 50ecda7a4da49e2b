"""Companies, groups and lists: what customers belong to."""

from __future__ import annotations

from typing import ClassVar, TypeVar

import msgspec

from edge.commands.base import Command, Patch, changed, handles, made, text
from edge.core.model import Actor, Moment, Permission
from edge.core.people import Company, CustomerList, Group
from edge.ports import RosterTx

N = TypeVar("N", Company, Group, CustomerList)


def _named(record: N) -> N:
    """With its name as it is kept. Raises Invalid."""
    return msgspec.structs.replace(record, name=text(record.name, "name", required=True))


class AddCompany(Command, tag="companies.add", frozen=True, kw_only=True):
    right: ClassVar = Permission.COMPANIES_MANAGE
    fields: Patch


class EditCompany(Command, tag="companies.edit", frozen=True, kw_only=True):
    right: ClassVar = Permission.COMPANIES_MANAGE
    id: str
    changes: Patch
    ver: int | None = None


class DeleteCompany(Command, tag="companies.delete", frozen=True, kw_only=True):
    """Mark as deleted: nobody of the company enters any more."""

    right: ClassVar = Permission.COMPANIES_MANAGE
    id: str


@handles(AddCompany)
def add_company(tx: RosterTx, command: AddCompany, actor: Actor, now: Moment) -> Company:
    company = made(Company, command.fields, id=tx.new_id())
    return tx.put(_named(company))


@handles(EditCompany)
def edit_company(tx: RosterTx, command: EditCompany, actor: Actor, now: Moment) -> Company:
    company = changed(tx.get(Company, command.id), command.changes, command.ver)
    return tx.put(_named(company))


@handles(DeleteCompany)
def delete_company(tx: RosterTx, command: DeleteCompany, actor: Actor, now: Moment) -> Company:
    return tx.put(msgspec.structs.replace(tx.get(Company, command.id), deleted_at=now.wall))


class AddGroup(Command, tag="groups.add", frozen=True, kw_only=True):
    right: ClassVar = Permission.CUSTOMERS_EDIT
    fields: Patch


class EditGroup(Command, tag="groups.edit", frozen=True, kw_only=True):
    right: ClassVar = Permission.CUSTOMERS_EDIT
    id: str
    changes: Patch
    ver: int | None = None


class DeleteGroup(Command, tag="groups.delete", frozen=True, kw_only=True):
    """Remove a group that has no members left."""

    right: ClassVar = Permission.CUSTOMERS_EDIT
    id: str


@handles(AddGroup)
def add_group(tx: RosterTx, command: AddGroup, actor: Actor, now: Moment) -> Group:
    group = made(Group, command.fields, id=tx.new_id())
    return tx.put(_named(group))


@handles(EditGroup)
def edit_group(tx: RosterTx, command: EditGroup, actor: Actor, now: Moment) -> Group:
    group = changed(tx.get(Group, command.id), command.changes, command.ver)
    return tx.put(_named(group))


@handles(DeleteGroup)
def delete_group(tx: RosterTx, command: DeleteGroup, actor: Actor, now: Moment) -> None:
    tx.delete(tx.get(Group, command.id))


class AddList(Command, tag="lists.add", frozen=True, kw_only=True):
    right: ClassVar = Permission.CUSTOMERS_EDIT
    fields: Patch


class EditList(Command, tag="lists.edit", frozen=True, kw_only=True):
    right: ClassVar = Permission.CUSTOMERS_EDIT
    id: str
    changes: Patch
    ver: int | None = None


class DeleteList(Command, tag="lists.delete", frozen=True, kw_only=True):
    """Remove a list that nobody is on any more."""

    right: ClassVar = Permission.CUSTOMERS_EDIT
    id: str


@handles(AddList)
def add_list(tx: RosterTx, command: AddList, actor: Actor, now: Moment) -> CustomerList:
    made_ = made(CustomerList, command.fields, id=tx.new_id())
    return tx.put(_named(made_))


@handles(EditList)
def edit_list(tx: RosterTx, command: EditList, actor: Actor, now: Moment) -> CustomerList:
    list_ = changed(tx.get(CustomerList, command.id), command.changes, command.ver)
    return tx.put(_named(list_))


@handles(DeleteList)
def delete_list(tx: RosterTx, command: DeleteList, actor: Actor, now: Moment) -> None:
    tx.delete(tx.get(CustomerList, command.id))
