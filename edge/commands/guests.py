"""Guests: somebody who comes once or twice, to a host, in a window of time; with a code, a plate or both, in one go."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from edge.commands.base import Command, SaidOnce, handles
from edge.commands.credentials import AddCard, AddVehicle, add_card, add_vehicle
from edge.commands.customers import AddCustomer, add_customer
from edge.core.errors import Forbidden, Invalid
from edge.core.model import Actor, Card, CredentialKind, Moment, Permission, Vehicle
from edge.core.people import Customer, PersonKind
from edge.ports import RosterTx


class GuestFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who comes to whom, from when to when (ms). uses: at most so many times (null: any number). code: a QR code is made; plate: of
    the vehicle they come in. profiles: what it opens; left out, what the host's own open."""

    name: str
    host: str
    valid_from: int
    valid_to: int
    kind: PersonKind = PersonKind.GUEST
    uses: int | None = 1
    code: bool = True
    plate: str = ""
    profiles: tuple[str, ...] = ()
    email: str = ""
    mobile: str = ""
    description: str = ""


class InviteGuest(Command, GuestFields, tag="guests.invite", frozen=True, kw_only=True):
    """Somebody who comes to a host for some time. Needs cards.manage for a code and vehicles.manage for a plate.

    The host's own profiles are passed on, what their groups and company give is not.
    """

    right: ClassVar = Permission.CUSTOMERS_ADD


class GuestInvited(SaidOnce, frozen=True):
    """The guest, their card with its code (said once), their vehicle."""

    guest: Customer
    card: Card | None
    code: str
    vehicle: Vehicle | None

    def kept(self) -> GuestInvited:
        return msgspec.structs.replace(self, code="")


@handles(InviteGuest)
def invite_guest(tx: RosterTx, command: InviteGuest, actor: Actor, now: Moment) -> GuestInvited:
    if not command.kind.visits:
        raise Invalid("a guest, delivery, contractor or service", field="kind")
    if not (command.code or command.plate):
        raise Invalid("a guest needs a code or a plate to come in by", field="code")
    for wanted, right in ((command.code, Permission.CARDS_MANAGE), (bool(command.plate), Permission.VEHICLES_MANAGE)):
        if wanted and not actor.may(right):
            raise Forbidden(f"your role does not include {right.value}")
    host = tx.find(Customer, id=command.host)
    if host is None or host.deleted_at is not None or host.kind.visits:
        raise Invalid("there is no such host", field="host")
    if command.valid_to <= now.wall:
        raise Invalid("this is over already", field="valid_to")
    person = {"name": command.name, "kind": command.kind.value, "host": host.id, "company": host.company}
    person |= {field: value for field in ("email", "mobile", "description") if (value := getattr(command, field))}
    guest = add_customer(tx, AddCustomer(fields=person), actor, now)
    opens: dict[str, Any] = {
        "customer": guest.id, "valid_from": command.valid_from, "valid_to": command.valid_to, "uses": command.uses,
        "profiles": list(command.profiles or host.profiles),
    }  # fmt: skip
    made = add_card(tx, AddCard(fields={**opens, "kind": CredentialKind.QR.value}), actor, now) if command.code else None
    vehicle = add_vehicle(tx, AddVehicle(fields={**opens, "plate": command.plate}), actor, now) if command.plate else None
    return GuestInvited(guest=guest, card=made.card if made else None, code=made.code if made else "", vehicle=vehicle)
