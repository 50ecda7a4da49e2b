"""The records of the API as a table: what each is called, who may do what, and which command does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from edge.commands import bookings, companies, credentials, customers, exports, passes, site, users
from edge.commands.base import SET_BY_THE_HOUSE, Command
from edge.core import alerts, model, place
from edge.core.model import Permission as P
from edge.core.model import Record
from edge.core.people import Company, Customer, CustomerList, Group
from edge.core.saved import ScheduledExport
from edge.core.tariff import Tariff


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One kind of record. extra: a field of its add and edit commands beside the record's own (a card's code, a user's password), or
    of its add alone (a pass key's id). delete None: it is never deleted (a booking is cancelled, a key revoked).
    worked_out: required fields that others may make (a name from its parts)."""

    path: str
    kind: type[Record]
    view: P
    add_right: P
    edit_right: P
    delete_right: P
    add: type[Command]
    edit: type[Command]
    delete: type[Command] | None
    extra: str = ""
    extra_in_edit: bool = True
    worked_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.kind.__name__

    def fields_type(self) -> type[msgspec.Struct]:
        """The body of POST: the record's fields but for those the house sets."""
        own: list[Any] = [
            (f.name, f.type, "")
            if f.name in self.worked_out
            else (f.name, f.type)
            if _required(f)
            else (f.name, f.type, _default(f))
            for f in _fields(self.kind)
        ]
        if self.extra in ("password", "key"):
            own.append((self.extra, str))
        elif self.extra:
            own.append((self.extra, str, ""))
        own.sort(key=lambda f: len(f))
        return msgspec.defstruct(
            f"{self.name}Fields", own, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, frozen=True
        )

    def changes_type(self) -> type[msgspec.Struct]:
        """The body of PATCH: any of them; what is left out stays as it is."""
        return changes_type(self.name, self.kind, self.extra if self.extra_in_edit else "")


def changes_type(name: str, kind: type[Record], extra: str = "") -> type[msgspec.Struct]:
    """A struct of a record's fields, each of which may be left out."""
    own: list[Any] = [(f.name, f.type | msgspec.UnsetType, msgspec.UNSET) for f in _fields(kind)]
    if extra:
        own.append((extra, str | msgspec.UnsetType, msgspec.UNSET))
    return msgspec.defstruct(f"{name}Changes", own, forbid_unknown_fields=True, kw_only=True, frozen=True)


def _fields(kind: type[Record]) -> list[msgspec.structs.FieldInfo]:
    return [f for f in msgspec.structs.fields(kind) if f.name not in SET_BY_THE_HOUSE]


def _required(field: msgspec.structs.FieldInfo) -> bool:
    return bool(field.required)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default


RESOURCES: tuple[Resource, ...] = (
    Resource(
        path="/customers", kind=Customer, view=P.CUSTOMERS_VIEW, add_right=P.CUSTOMERS_ADD, edit_right=P.CUSTOMERS_EDIT,
        delete_right=P.CUSTOMERS_DELETE, add=customers.AddCustomer, edit=customers.EditCustomer, delete=customers.DeleteCustomer,
        worked_out=("name",),
    ),
    Resource(
        path="/companies", kind=Company, view=P.COMPANIES_VIEW, add_right=P.COMPANIES_MANAGE, edit_right=P.COMPANIES_MANAGE,
        delete_right=P.COMPANIES_MANAGE, add=companies.AddCompany, edit=companies.EditCompany, delete=companies.DeleteCompany,
    ),
    Resource(
        path="/groups", kind=Group, view=P.CUSTOMERS_VIEW, add_right=P.CUSTOMERS_EDIT, edit_right=P.CUSTOMERS_EDIT,
        delete_right=P.CUSTOMERS_EDIT, add=companies.AddGroup, edit=companies.EditGroup, delete=companies.DeleteGroup,
    ),
    Resource(
        path="/lists", kind=CustomerList, view=P.CUSTOMERS_VIEW, add_right=P.CUSTOMERS_EDIT, edit_right=P.CUSTOMERS_EDIT,
        delete_right=P.CUSTOMERS_EDIT, add=companies.AddList, edit=companies.EditList, delete=companies.DeleteList,
    ),
    Resource(
        path="/cards", kind=model.Card, view=P.CARDS_VIEW, add_right=P.CARDS_MANAGE, edit_right=P.CARDS_MANAGE,
        delete_right=P.CARDS_MANAGE, add=credentials.AddCard, edit=credentials.EditCard, delete=credentials.DeleteCard, extra="code",
    ),
    Resource(
        path="/vehicles", kind=model.Vehicle, view=P.VEHICLES_VIEW, add_right=P.VEHICLES_MANAGE, edit_right=P.VEHICLES_MANAGE,
        delete_right=P.VEHICLES_MANAGE, add=credentials.AddVehicle, edit=credentials.EditVehicle, delete=credentials.DeleteVehicle,
    ),
    Resource(
        path="/zones", kind=place.Zone, view=P.SITE_VIEW, add_right=P.SITE_MANAGE, edit_right=P.SITE_MANAGE,
        delete_right=P.SITE_MANAGE, add=site.AddZone, edit=site.EditZone, delete=site.DeleteZone,
    ),
    Resource(
        path="/schedules", kind=place.Schedule, view=P.SITE_VIEW, add_right=P.SITE_MANAGE, edit_right=P.SITE_MANAGE,
        delete_right=P.SITE_MANAGE, add=site.AddSchedule, edit=site.EditSchedule, delete=site.DeleteSchedule,
    ),
    Resource(
        path="/profiles", kind=place.Profile, view=P.SITE_VIEW, add_right=P.SITE_MANAGE, edit_right=P.SITE_MANAGE,
        delete_right=P.SITE_MANAGE, add=site.AddProfile, edit=site.EditProfile, delete=site.DeleteProfile,
    ),
    Resource(
        path="/access-points", kind=place.AccessPoint, view=P.SITE_VIEW, add_right=P.SITE_MANAGE, edit_right=P.SITE_MANAGE,
        delete_right=P.SITE_MANAGE, add=site.AddAccessPoint, edit=site.EditAccessPoint, delete=site.DeleteAccessPoint,
    ),
    Resource(
        path="/alert-rules", kind=alerts.AlertRule, view=P.SITE_VIEW, add_right=P.SITE_MANAGE, edit_right=P.SITE_MANAGE,
        delete_right=P.SITE_MANAGE, add=site.AddAlertRule, edit=site.EditAlertRule, delete=site.DeleteAlertRule,
    ),
    Resource(
        path="/tariffs", kind=Tariff, view=P.SITE_VIEW, add_right=P.SITE_MANAGE, edit_right=P.SITE_MANAGE,
        delete_right=P.SITE_MANAGE, add=site.AddTariff, edit=site.EditTariff, delete=site.DeleteTariff,
    ),
    Resource(
        path="/bookings", kind=place.Booking, view=P.BOOKINGS_VIEW, add_right=P.BOOKINGS_MANAGE, edit_right=P.BOOKINGS_MANAGE,
        delete_right=P.BOOKINGS_MANAGE, add=bookings.AddBooking, edit=bookings.EditBooking, delete=None,
    ),
    Resource(
        path="/pass-keys", kind=place.PassKey, view=P.SITE_VIEW, add_right=P.SITE_MANAGE, edit_right=P.SITE_MANAGE,
        delete_right=P.SITE_MANAGE, add=passes.AddPassKey, edit=passes.EditPassKey, delete=None, extra="key", extra_in_edit=False,
    ),
    Resource(
        path="/scheduled-exports", kind=ScheduledExport, view=P.EXPORTS_SCHEDULE, add_right=P.EXPORTS_SCHEDULE,
        edit_right=P.EXPORTS_SCHEDULE, delete_right=P.EXPORTS_SCHEDULE, add=exports.AddScheduledExport,
        edit=exports.EditScheduledExport, delete=exports.DeleteScheduledExport,
    ),
    Resource(
        path="/users", kind=model.User, view=P.USERS_VIEW, add_right=P.USERS_MANAGE, edit_right=P.USERS_MANAGE,
        delete_right=P.USERS_MANAGE, add=users.AddUser, edit=users.EditUser, delete=users.DeleteUser, extra="password",
    ),
    Resource(
        path="/roles", kind=model.Role, view=P.USERS_VIEW, add_right=P.USERS_MANAGE, edit_right=P.USERS_MANAGE,
        delete_right=P.USERS_MANAGE, add=users.AddRole, edit=users.EditRole, delete=users.DeleteRole,
    ),
)  # fmt: skip

BY_KIND: dict[type[Record], Resource] = {r.kind: r for r in RESOURCES}
