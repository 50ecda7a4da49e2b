"""Customers, companies and groups."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import ClassVar

import msgspec

from edge.commands.base import Command, Patch, changed, handles, made, text
from edge.core.errors import Conflict, Invalid
from edge.core.model import Actor, Company, Customer, Group, Moment, Permission
from edge.ports import RosterTx

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class AddCustomer(Command, tag="customers.add", frozen=True, kw_only=True):
    """A new customer; number, created_at and id are the house's."""

    right: ClassVar = Permission.CUSTOMERS_ADD
    fields: Patch


class EditCustomer(Command, tag="customers.edit", frozen=True, kw_only=True):
    """Change fields of a customer. ver: the version the change started from; another one is a conflict."""

    right: ClassVar = Permission.CUSTOMERS_EDIT
    id: str
    changes: Patch
    ver: int | None = None
    reason: str = ""


class DeleteCustomer(Command, tag="customers.delete", frozen=True, kw_only=True):
    """Mark as deleted: cards and vehicles stop opening at the next reading; entries, events and the row stay."""

    right: ClassVar = Permission.CUSTOMERS_DELETE
    id: str
    reason: str = ""


class RestoreCustomer(Command, tag="customers.restore", frozen=True, kw_only=True):
    """Take a deletion back."""

    right: ClassVar = Permission.CUSTOMERS_DELETE
    id: str
    reason: str = ""


@handles(AddCustomer)
def add_customer(tx: RosterTx, command: AddCustomer, actor: Actor, now: Moment) -> Customer:
    customer = made(Customer, command.fields, id=tx.new_id(), created_at=now.wall)
    customer = msgspec.structs.replace(_tidy(tx, customer, now), number=tx.next_customer_number())
    return tx.put(customer)


@handles(EditCustomer)
def edit_customer(tx: RosterTx, command: EditCustomer, actor: Actor, now: Moment) -> Customer:
    before = tx.get(Customer, command.id)
    return tx.put(_tidy(tx, changed(before, command.changes, command.ver), now))


@handles(DeleteCustomer)
def delete_customer(tx: RosterTx, command: DeleteCustomer, actor: Actor, now: Moment) -> Customer:
    before = tx.get(Customer, command.id)
    return before if before.deleted_at is not None else tx.put(msgspec.structs.replace(before, deleted_at=now.wall))


@handles(RestoreCustomer)
def restore_customer(tx: RosterTx, command: RestoreCustomer, actor: Actor, now: Moment) -> Customer:
    return tx.put(msgspec.structs.replace(tx.get(Customer, command.id), deleted_at=None))


def _is_date(value: str, now: Moment) -> bool:
    try:
        born = date.fromisoformat(value)
    except ValueError:
        return False
    return born.isoformat() == value and born <= datetime.fromtimestamp(now.wall / 1000, UTC).date()


def _tidy(tx: RosterTx, customer: Customer, now: Moment) -> Customer:
    """As it is kept: trimmed names, folded e-mail; refuses what makes no sense."""
    email = customer.email.strip().casefold()
    if email and not EMAIL.fullmatch(email):
        raise Invalid("an e-mail address looks like name@example.org", field="email")
    if email:
        other = tx.find(Customer, email=email)
        if other and other.id != customer.id and other.deleted_at is None:
            raise Conflict("another customer has this e-mail address already", field="email")
    if customer.born and not _is_date(customer.born, now):
        raise Invalid("a date of birth is written YYYY-MM-DD and lies in the past", field="born")
    if not 0 <= customer.discount <= 10_000:
        raise Invalid("hundredths of a percent, 0 to 10000", field="discount")
    if customer.host is not None and customer.host == customer.id:
        raise Invalid("nobody is their own host", field="host")
    return msgspec.structs.replace(
        customer,
        name=text(customer.name, "name", required=True),
        email=email,
        phone=text(customer.phone, "phone", longest=40),
        address=text(customer.address, "address", longest=400),
        description=customer.description.strip()[:4000],
        groups=tuple(dict.fromkeys(customer.groups)),
        profiles=tuple(dict.fromkeys(customer.profiles)),
    )


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
    return tx.put(msgspec.structs.replace(company, name=text(company.name, "name", required=True)))


@handles(EditCompany)
def edit_company(tx: RosterTx, command: EditCompany, actor: Actor, now: Moment) -> Company:
    company = changed(tx.get(Company, command.id), command.changes, command.ver)
    return tx.put(msgspec.structs.replace(company, name=text(company.name, "name", required=True)))


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
    return tx.put(msgspec.structs.replace(group, name=text(group.name, "name", required=True)))


@handles(EditGroup)
def edit_group(tx: RosterTx, command: EditGroup, actor: Actor, now: Moment) -> Group:
    group = changed(tx.get(Group, command.id), command.changes, command.ver)
    return tx.put(msgspec.structs.replace(group, name=text(group.name, "name", required=True)))


@handles(DeleteGroup)
def delete_group(tx: RosterTx, command: DeleteGroup, actor: Actor, now: Moment) -> None:
    tx.delete(tx.get(Group, command.id))
