"""Customers: on record, changed, deleted and restored; their identity documents."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, Patch, SaidOnce, changed, handles, made, text
from edge.commands.tidy import nobody_else_has, policy_of, tidy
from edge.core.model import Actor, Moment, Permission
from edge.core.people import Consent, Customer, Purpose
from edge.ports import RosterTx


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


class SetDocument(Command, tag="customers.set_document", frozen=True, kw_only=True):
    """Keep the number of a customer's identity document, sealed; an empty one is forgotten. Only its issuer is in the record."""

    right: ClassVar = Permission.CUSTOMERS_EDIT
    id: str
    number: str
    issuer: str = ""


class RevealDocument(Command, tag="customers.reveal_document", frozen=True, kw_only=True):
    """Say the number of a customer's identity document. Written down with who asked and why."""

    right: ClassVar = Permission.CUSTOMERS_REVEAL
    id: str
    reason: str


class Document(SaidOnce, frozen=True, kw_only=True):
    """number None: none is kept, or it was sealed with a key that was lost."""

    number: str | None
    issuer: str


class ReviewCustomer(Command, tag="customers.review", frozen=True, kw_only=True):
    """Somebody looked: this person's access and data still hold."""

    right: ClassVar = Permission.CUSTOMERS_EDIT
    id: str


@handles(AddCustomer)
def add_customer(tx: RosterTx, command: AddCustomer, actor: Actor, now: Moment) -> Customer:
    parts = " ".join(str(command.fields.get(part, "")) for part in ("first_name", "last_name")).strip()
    fields = {"name": parts, **command.fields} if parts else command.fields
    customer = made(Customer, fields, id=tx.new_id(), created_at=now.wall)
    if policy_of(tx).newsletter and not any(c.purpose is Purpose.NEWSLETTER for c in customer.consents):
        yes = Consent(purpose=Purpose.NEWSLETTER, given=True, basis="the site's policy", at=now.wall)
        customer = msgspec.structs.replace(customer, consents=(*customer.consents, yes))
    return tx.add(msgspec.structs.replace(tidy(tx, None, customer, now), number=tx.next_customer_number()))


@handles(EditCustomer)
def edit_customer(tx: RosterTx, command: EditCustomer, actor: Actor, now: Moment) -> Customer:
    before = tx.get(Customer, command.id)
    after = changed(before, command.changes, command.ver)
    parts = f"{after.first_name} {after.last_name}".strip()
    if parts != f"{before.first_name} {before.last_name}".strip() and after.name == before.name:
        after = msgspec.structs.replace(after, name=parts or after.name)
    return tx.put(tidy(tx, before, after, now))


@handles(DeleteCustomer)
def delete_customer(tx: RosterTx, command: DeleteCustomer, actor: Actor, now: Moment) -> Customer:
    before = tx.get(Customer, command.id)
    return before if before.deleted_at is not None else tx.put(msgspec.structs.replace(before, deleted_at=now.wall))


@handles(RestoreCustomer)
def restore_customer(tx: RosterTx, command: RestoreCustomer, actor: Actor, now: Moment) -> Customer:
    restored = msgspec.structs.replace(tx.get(Customer, command.id), deleted_at=None)
    nobody_else_has(tx, None, restored)
    return tx.put(restored)


@handles(SetDocument)
def set_document(tx: RosterTx, command: SetDocument, actor: Actor, now: Moment) -> Customer:
    number = text(command.number, "number", longest=60)
    issuer = text(command.issuer, "issuer", longest=100) if number else ""
    customer = msgspec.structs.replace(tx.get(Customer, command.id), has_document=bool(number), document_issuer=issuer)
    tx.keep_document(customer, number)
    return tx.put(customer)


@handles(RevealDocument)
def reveal_document(tx: RosterTx, command: RevealDocument, actor: Actor, now: Moment) -> Document:
    text(command.reason, "reason", required=True, longest=300)
    customer = tx.get(Customer, command.id)
    tx.note(customer, "reveal")
    return Document(number=tx.document_of(customer), issuer=customer.document_issuer)


@handles(ReviewCustomer)
def review_customer(tx: RosterTx, command: ReviewCustomer, actor: Actor, now: Moment) -> Customer:
    return tx.put(msgspec.structs.replace(tx.get(Customer, command.id), reviewed_at=now.wall))
