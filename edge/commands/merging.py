"""Two customers who turned out to be one: merged field by field, everything of the other moved, and taken back."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from edge.commands.base import Command, handles, text
from edge.commands.tidy import tidy
from edge.core.errors import Conflict, Forbidden, Invalid
from edge.core.model import Actor, Card, Moment, Permission, Vehicle
from edge.core.people import Customer, Merge, MergedField
from edge.core.place import Booking
from edge.ports import RosterTx

UNITED = ("groups", "profiles", "lists", "tags", "companies", "addresses", "identities")
"""Lists that the one kept has of both."""
CHOSEN = (
    "name", "first_name", "last_name", "email", "phone", "mobile", "evening_phone", "fax", "contact_person", "description", "language",
    "company", "born", "sex", "citizenship", "accessible", "discount", "payment_days", "account_manager", "origin_site", "source",
    "host", "kind", "photo",
)  # fmt: skip
"""Fields that may be taken from the other."""
_encode = msgspec.json.encode


class MergeCustomers(Command, tag="customers.merge", frozen=True, kw_only=True):
    """Make one customer of two: `kept` stays, with the other's cards, vehicles, bookings, guests and lists; the other is deleted.

    take: fields whose value is the other's. What the one kept has not at all is filled from the other. Who is blocklisted or
    overdue stays so. Needs customers.delete too.
    """

    right: ClassVar = Permission.CUSTOMERS_EDIT
    kept: str
    other: str
    take: tuple[str, ...] = ()
    reason: str = ""


class UndoMerge(Command, tag="customers.unmerge", frozen=True, kw_only=True):
    """Take a merge back: what moved and is still there goes back; fields changed since stay as they are now."""

    right: ClassVar = Permission.CUSTOMERS_EDIT
    id: str
    reason: str = ""


@handles(MergeCustomers)
def merge_customers(tx: RosterTx, command: MergeCustomers, actor: Actor, now: Moment) -> Merge:
    _may_delete(actor)
    text(command.reason, "reason", longest=300)
    kept, other = tx.get(Customer, command.kept), tx.get(Customer, command.other)
    if kept.id == other.id:
        raise Invalid("these are one already", field="other")
    for field, one in (("kept", kept), ("other", other)):
        if one.deleted_at is not None:
            raise Conflict(f"{one.name} is deleted: restore them first", field=field)
    if odd := [name for name in command.take if name not in CHOSEN]:
        raise Invalid(f"{odd[0][:80]} is not taken from one of two", field="take")
    tx.put(msgspec.structs.replace(other, deleted_at=now.wall, merged_into=kept.id))  # first: an e-mail address is one's alone
    merged = tx.put(tidy(tx, kept, merged_of(kept, other, command.take), now))
    moved: dict[str, tuple[str, ...]] = {}
    for name, kind in (("cards", Card), ("vehicles", Vehicle), ("bookings", Booking)):
        records: list[Any] = tx.every(kind, customer=other.id)
        moved[name] = tuple(record.id for record in records)
        for record in records:
            tx.put(msgspec.structs.replace(record, customer=kept.id))
    guests = tx.every(Customer, host=other.id)
    for guest in guests:
        tx.put(msgspec.structs.replace(guest, host=None if guest.id == kept.id else kept.id))
    fields = tuple(
        MergedField(name=name, before=_encode(getattr(kept, name)).decode(), after=_encode(getattr(merged, name)).decode())
        for name in (*CHOSEN, *UNITED, "consents", "blocklisted", "overdue_since")
        if getattr(kept, name) != getattr(merged, name)
    )
    merge = Merge(
        id=tx.new_id(), kept=kept.id, other=other.id, fields=fields, cards=moved["cards"], vehicles=moved["vehicles"],
        bookings=moved["bookings"], guests=tuple(g.id for g in guests), merged_at=now.wall, merged_by=actor.name,
    )  # fmt: skip
    return tx.put(merge)


def merged_of(kept: Customer, other: Customer, take: tuple[str, ...]) -> Customer:
    """The one of two: chosen fields, gaps filled, lists of both."""
    blank = Customer(name="")
    values: dict[str, Any] = {name: getattr(other, name) for name in take}
    for name in CHOSEN:
        if name not in take and getattr(kept, name) == getattr(blank, name):
            values[name] = getattr(other, name)
    for name in UNITED:
        values[name] = tuple(dict.fromkeys((*getattr(kept, name), *getattr(other, name))))
    company = values.get("company", kept.company)
    further = dict.fromkeys((*values["companies"], *(c for c in (kept.company, other.company) if c)))
    values["companies"] = tuple(c for c in further if c != company)
    if values.get("host", kept.host) == kept.id:
        values["host"] = None
    said = {consent.purpose for consent in kept.consents}
    values["consents"] = (*kept.consents, *(c for c in other.consents if c.purpose not in said))
    values["blocklisted"] = kept.blocklisted or other.blocklisted
    since = [at for at in (kept.overdue_since, other.overdue_since) if at is not None]
    values["overdue_since"] = min(since) if since else None
    return msgspec.structs.replace(kept, **values)


@handles(UndoMerge)
def undo_merge(tx: RosterTx, command: UndoMerge, actor: Actor, now: Moment) -> Merge:
    _may_delete(actor)
    merge = tx.get(Merge, command.id)
    if merge.undone_at is not None:
        raise Conflict("this merge was taken back already", field="id")
    kept, other = tx.get(Customer, merge.kept), tx.get(Customer, merge.other)
    back = msgspec.to_builtins(kept)
    for field in merge.fields:
        if _encode(getattr(kept, field.name)).decode() == field.after:
            back[field.name] = msgspec.json.decode(field.before)
    tx.put(tidy(tx, kept, msgspec.convert(back, Customer), now))
    for name, kind in (("cards", Card), ("vehicles", Vehicle), ("bookings", Booking)):
        for id in getattr(merge, name):
            record: Any = tx.find(kind, id=id)
            if record is not None and record.customer == kept.id:
                tx.put(msgspec.structs.replace(record, customer=other.id))
    for id in merge.guests:
        guest = tx.get(Customer, id)
        if guest.host in (kept.id, None):
            tx.put(msgspec.structs.replace(guest, host=other.id))
    tx.put(tidy(tx, None, msgspec.structs.replace(other, deleted_at=None, merged_into=None), now))
    return tx.put(msgspec.structs.replace(merge, undone_at=now.wall))


def _may_delete(actor: Actor) -> None:
    if not actor.may(Permission.CUSTOMERS_DELETE):
        raise Forbidden(f"your role does not include {Permission.CUSTOMERS_DELETE.value}")
