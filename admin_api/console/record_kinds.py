"""The plain records as a table: what each is called, its list, its form, and what deleting it means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from admin_api.auth import Session
from admin_api.console import tariffs
from admin_api.console.form_page import FormPage
from admin_api.console.forms import Field
from admin_api.console.language import N_
from admin_api.console.lists.sheet import Cell
from admin_api.console.page import Page
from admin_api.console.record_fields import (
    access_point_fields,
    alert_rule_fields,
    company_fields,
    group_fields,
    list_fields,
    profile_fields,
    role_fields,
    schedule_fields,
    user_fields,
    zone_fields,
)
from admin_api.console.record_rows import (
    access_point_row,
    alert_rule_row,
    profile_row,
    role_row,
    schedule_row,
    tariff_row,
    user_row,
    zone_row,
)
from admin_api.parts import Parts
from admin_api.rest.resources import BY_KIND, Resource
from edge.core import alerts, model, people, place, tariff
from edge.core.model import Record


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of record on its pages. new, add: what the button above its list and that below its form say; columns and row: of its list,
    none where it has a sheet of its own; start: what a new one begins with. around: makes its form's page one with more on it, given the
    record's id (none: a new one). suits: its fields as this user is asked them; only: conditions of those that they see; once: the page
    that says what is said this once. own: who may do what by which commands, where REST has it otherwise. Texts are said in the language of who reads them."""

    path: str
    kind: type[Record]
    section: str
    new: str
    add: str
    many: str
    lead: str
    fields: Callable[[Parts, bool], Awaitable[tuple[Field, ...]]]
    delete_says: str
    columns: tuple[str, ...] = ()
    row: Callable[[Parts, Any], Awaitable[tuple[Cell, ...]]] | None = None
    start: dict[str, Any] = field(default_factory=dict)
    around: Callable[[Parts, FormPage, str], Awaitable[FormPage]] | None = None
    suits: Callable[[Parts, Session, tuple[Field, ...]], Awaitable[tuple[Field, ...]]] | None = None
    only: Callable[[Session], tuple[tuple[str, str], ...]] | None = None
    once: Callable[[Any], Page] | None = None
    own: Resource | None = None
    deleted: str = "deleted"
    delete_word: str = N_("Delete…")

    @property
    def resource(self) -> Resource:
        return self.own or BY_KIND[self.kind]

    async def asks(self, parts: Parts, session: Session, new: bool) -> tuple[Field, ...]:
        """The fields of its form, for this user."""
        fields = await self.fields(parts, new)
        return await self.suits(parts, session, fields) if self.suits else fields


KINDS: tuple[Kind, ...] = (
    Kind(
        path="/companies", kind=people.Company, section="people", new=N_("New company"), add=N_("Add company"), many=N_("Companies"),
        lead=N_("A company's status counts for everybody in it."), fields=company_fields, start={"status": "active"},
        delete_says=N_("Nobody of the company enters any more. Its customers stay."),
    ),
    Kind(
        path="/groups", kind=people.Group, section="people", new=N_("New group"), add=N_("Add group"), many=N_("Groups"),
        lead=N_("Customers in a group share its access profiles."), fields=group_fields, delete_says=N_("Only a group without members can be deleted."),
    ),
    Kind(
        path="/lists", kind=people.CustomerList, section="people", new=N_("New list"), add=N_("Add list"), many=N_("Lists"),
        lead=N_("A list opens nothing: wardens, whom to write to about the regatta."), fields=list_fields,
        delete_says=N_("Only a list that nobody is on can be deleted."),
    ),
    Kind(
        path="/site/access-points", kind=place.AccessPoint, section="site", new=N_("New access point"), add=N_("Add access point"),
        many=N_("Access points"), columns=(N_("Name"), N_("Way"), N_("Door"), N_("Accepts"), N_("Mode")),
        lead=N_("One side of a door, with a direction. Readers ask for it by name."), fields=access_point_fields, row=access_point_row,
        start={"kinds": [k.value for k in model.CredentialKind], "in_service": True, "pedestrian": True, "refuse_blocklisted": True, "strike_ms": 3000, "accessible_strike_ms": 10000, "plate_floor": 0, "mode": "normal"},
        delete_says=N_("Readers that ask for it will be refused."),
    ),
    Kind(
        path="/site/zones", kind=place.Zone, section="site", new=N_("New zone"), add=N_("Add zone"), many=N_("Zones"),
        columns=(N_("Name"), N_("Within"), N_("Mode"), N_("Second way in")), lead=N_("Areas people are in. A profile says who may be where."),
        fields=zone_fields, row=zone_row, start={"mode": "normal", "antipassback": "off", "antipassback_minutes": 0, "reserved": 0},
        delete_says=N_("Only a zone that nothing refers to can be deleted."),
    ),
    Kind(
        path="/site/profiles", kind=place.Profile, section="site", new=N_("New access profile"), add=N_("Add access profile"),
        many=N_("Access profiles"), columns=(N_("Name"), N_("Zones and hours")),
        lead=N_("Zones and hours that are granted together, to customers, cards, groups or companies."), fields=profile_fields, row=profile_row,
        delete_says=N_("Only a profile that nobody holds can be deleted."),
    ),
    Kind(
        path="/site/schedules", kind=place.Schedule, section="site", new=N_("New schedule"), add=N_("Add schedule"), many=N_("Schedules"),
        columns=(N_("Name"), N_("Hours"), N_("Holidays")), lead=N_("Weekly hours in the site's own time, and days that differ."),
        fields=schedule_fields, row=schedule_row, delete_says=N_("Only a schedule that no profile uses can be deleted."),
    ),
    Kind(
        path="/site/alert-rules", kind=alerts.AlertRule, section="site", new=N_("New alert rule"), add=N_("Add alert rule"),
        many=N_("Alert rules"), columns=(N_("Alert"), N_("Is raised"), N_("From"), N_("Minutes")),
        lead=N_("What is an alert here, where it is to differ from what the product says by itself."), fields=alert_rule_fields, row=alert_rule_row,
        start={"kind": "denials", "enabled": True, "threshold": 10, "window_minutes": 5}, delete_says=N_("The product's own threshold counts again."),
    ),
    Kind(
        path=tariffs.PATH, kind=tariff.Tariff, section="site", new=N_("New tariff"), add=N_("Add tariff"), many=N_("Tariffs"),
        columns=(N_("Name"), N_("Prices"), N_("Free minutes"), N_("Most for 24 hours"), N_("Zones")), lead=N_("What a visit to a zone costs. Amounts are worked out when somebody pays or comes to the way out."),
        fields=tariffs.tariff_fields, row=tariff_row, around=tariffs.around, start={"currency": "EUR", "free_minutes": 0, "grace_minutes": 15, "rounding": 1},
        delete_says=N_("Only a tariff that no zone has can be deleted."),
    ),
    Kind(
        path="/users", kind=model.User, section="key", new=N_("New user"), add=N_("Add user"), many=N_("Users"),
        columns=(N_("Sign-in name"), N_("Name"), N_("Role"), N_("State")), lead=N_("People who sign in here."), fields=user_fields, row=user_row,
        start={"active": True},
        delete_says=N_("They are signed out everywhere and cannot sign in again. The name stays with what was done under it."),
    ),
    Kind(
        path="/users/roles", kind=model.Role, section="key", new=N_("New role"), add=N_("Add role"), many=N_("Roles"),
        columns=(N_("Name"), N_("May")), lead=N_("What a user may do. Nobody hands on a right they do not have."), fields=role_fields, row=role_row,
        delete_says=N_("Only a role that no user has can be deleted."),
    ),
)  # fmt: skip
