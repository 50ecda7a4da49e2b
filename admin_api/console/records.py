"""The plain lists and forms: companies, groups, zones, access points, profiles, schedules, users, roles. One definition each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from admin_api.auth import needs, parts_of, session_of
from admin_api.console import words
from admin_api.console.customer import FormPage
from admin_api.console.forms import Field, blank, conflicting, filled, parse, request_of, typed, ver_of
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.console.record_fields import (
    access_point_fields,
    access_point_row,
    alert_rule_fields,
    alert_rule_row,
    company_fields,
    company_row,
    group_fields,
    group_row,
    profile_fields,
    profile_row,
    role_fields,
    role_row,
    schedule_fields,
    schedule_row,
    user_fields,
    user_row,
    zone_fields,
    zone_row,
)
from admin_api.errors import problem_of
from admin_api.parts import Parts
from admin_api.reads.conditions import Query
from admin_api.rest.resources import BY_KIND, Resource
from edge.core import alerts, model, people, place
from edge.core.errors import Conflict, HouseError, NotSignedIn
from edge.core.model import Record


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of record on its page: where it is, what it is called, its columns, its fields, how a row reads."""

    path: str
    kind: type[Record]
    section: str
    one: str
    many: str
    lead: str
    columns: tuple[str, ...]
    fields: Callable[[Parts, bool], Awaitable[tuple[Field, ...]]]
    row: Callable[[Parts, Any], Awaitable[tuple[str, ...]]]
    start: dict[str, Any]
    delete_says: str

    @property
    def resource(self) -> Resource:
        return BY_KIND[self.kind]


KINDS: tuple[Kind, ...] = (
    Kind(
        path="/companies", kind=people.Company, section="people", one="company", many="Companies", columns=("Name", "Status", "Notes"),
        lead="A company's status counts for everybody in it.", fields=company_fields, row=company_row, start={"status": "active"},
        delete_says="Nobody of the company enters any more. Its customers stay.",
    ),
    Kind(
        path="/groups", kind=people.Group, section="people", one="group", many="Groups", columns=("Name", "Notes", "Access profiles"),
        lead="Customers in a group share its access profiles.", fields=group_fields, row=group_row, start={},
        delete_says="Only a group without members can be deleted.",
    ),
    Kind(
        path="/site/access-points", kind=place.AccessPoint, section="site", one="access point", many="Access points",
        columns=("Name", "Way", "Door", "Accepts", "Mode"), lead="One side of a door, with a direction. Readers ask for it by name.",
        fields=access_point_fields, row=access_point_row,
        start={"kinds": [k.value for k in model.CredentialKind], "in_service": True, "pedestrian": True, "refuse_blocklisted": True, "strike_ms": 3000, "mode": "normal"},
        delete_says="Readers that ask for it will be refused.",
    ),
    Kind(
        path="/site/zones", kind=place.Zone, section="site", one="zone", many="Zones", columns=("Name", "Within", "Mode", "Second way in"),
        lead="Areas people are in. A profile says who may be where.", fields=zone_fields, row=zone_row,
        start={"mode": "normal", "antipassback": "off", "antipassback_minutes": 0}, delete_says="Only a zone that nothing refers to can be deleted.",
    ),
    Kind(
        path="/site/profiles", kind=place.Profile, section="site", one="access profile", many="Access profiles", columns=("Name", "Zones and hours"),
        lead="Zones and hours that are granted together, to customers, cards, groups or companies.", fields=profile_fields, row=profile_row,
        start={}, delete_says="Only a profile that nobody holds can be deleted.",
    ),
    Kind(
        path="/site/schedules", kind=place.Schedule, section="site", one="schedule", many="Schedules", columns=("Name", "Hours", "Holidays"),
        lead="Weekly hours in the site's own time, and days that differ.", fields=schedule_fields, row=schedule_row, start={},
        delete_says="Only a schedule that no profile uses can be deleted.",
    ),
    Kind(
        path="/site/alert-rules", kind=alerts.AlertRule, section="site", one="alert rule", many="Alert rules",
        columns=("Alert", "Is raised", "From", "Minutes"), lead="What is an alert here, where it is to differ from what the product says by itself.",
        fields=alert_rule_fields, row=alert_rule_row, start={"kind": "denials", "enabled": True, "threshold": 10, "window_minutes": 5},
        delete_says="The product's own threshold counts again.",
    ),
    Kind(
        path="/users", kind=model.User, section="key", one="user", many="Users", columns=("Sign-in name", "Name", "Role", "State"),
        lead="People who sign in here.", fields=user_fields, row=user_row, start={"active": True},
        delete_says="They are signed out everywhere and cannot sign in again. The name stays with what was done under it.",
    ),
    Kind(
        path="/users/roles", kind=model.Role, section="key", one="role", many="Roles", columns=("Name", "May"),
        lead="What a user may do. Nobody hands on a right they do not have.", fields=role_fields, row=role_row, start={},
        delete_says="Only a role that no user has can be deleted.",
    ),
)  # fmt: skip

TABS: dict[str, tuple[tuple[str, str], ...]] = {
    "people": (("/customers", "Customers"), ("/companies", "Companies"), ("/groups", "Groups")),
    "site": tuple((k.path, k.many) for k in KINDS if k.section == "site"),
    "key": tuple((k.path, k.many) for k in KINDS if k.section == "key"),
}


@dataclass(frozen=True, kw_only=True)
class RecordsPage(Page):
    """A plain list."""

    template = "records.html"
    lead: str
    one: str
    path: str
    tabs: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    following: str
    may_edit: bool


def handlers() -> list[HTTPRouteHandler]:
    """List, form and changes of every kind; `/site` leads to the first of its lists."""
    made: list[HTTPRouteHandler] = [site_page]
    for kind in KINDS:
        made += [_list(kind), _new(kind), _add(kind), _form(kind), _edit(kind), _delete(kind)]
    return made


@get("/site", opt=needs(model.Permission.SITE_VIEW))
async def site_page(request: AnyRequest) -> Redirect:
    return Redirect("/site/access-points", status_code=303)


def _list(kind: Kind) -> HTTPRouteHandler:
    @get(kind.path, opt=needs(kind.resource.view), name=f"list {kind.one}")
    async def list_page(request: AnyRequest, after: FromQuery[str] = "") -> Response[str]:
        parts, session = parts_of(request), session_of(request)
        found = await parts.roster.listing(kind.kind, Query(after=after, limit=100))
        tabs = tuple((path, label) for path, label in TABS[kind.section] if session.may(_right_to_see(path)))
        page = RecordsPage(
            title=kind.many, section=kind.section, lead=kind.lead, one=kind.one, path=kind.path, tabs=tabs, columns=kind.columns,
            rows=tuple([(r.id, await kind.row(parts, r)) for r in found.items]),
            following=f"{kind.path}?after={found.next}" if found.next else "", may_edit=session.may(kind.resource.edit_right),
        )  # fmt: skip
        return await render(request, page)

    return list_page


def _right_to_see(path: str) -> model.Permission:
    return next((k.resource.view for k in KINDS if k.path == path), model.Permission.CUSTOMERS_VIEW)


def _new(kind: Kind) -> HTTPRouteHandler:
    @get(f"{kind.path}/new", opt=needs(kind.resource.add_right), name=f"new {kind.one}")
    async def new_page(request: AnyRequest) -> Response[str]:
        fields = await kind.fields(parts_of(request), True)
        form = blank(fields, action=f"{kind.path}/new", submit=f"Add {kind.one}", back=kind.path, **kind.start)
        return await render(request, _page(kind, form, f"New {kind.one}", ""))

    return new_page


def _add(kind: Kind) -> HTTPRouteHandler:
    @post(f"{kind.path}/new", opt=needs(kind.resource.add_right), status_code=200, name=f"add {kind.one}")
    async def add(request: AnyRequest) -> Response[str]:
        parts, data = parts_of(request), await request.form()
        fields = await kind.fields(parts, True)
        try:
            extra = {kind.resource.extra: str(data.get(kind.resource.extra, ""))} if kind.resource.extra else {}
            make: Any = kind.resource.add
            command = make(fields=parse(fields, data, times_of(parts)), **extra)
            await parts.edge.send(command, token=session_of(request).token, request=request_of(data))
        except NotSignedIn:
            raise
        except HouseError as error:
            form = typed(fields, data, action=f"{kind.path}/new", submit=f"Add {kind.one}", back=kind.path, error=error)
            return await render(request, _page(kind, form, f"New {kind.one}", ""), status=problem_of(error).status)
        return Redirect(f"{kind.path}?done=added", status_code=303)

    return add


def _form(kind: Kind) -> HTTPRouteHandler:
    @get(f"{kind.path}/{{record_id:str}}", opt=needs(kind.resource.edit_right), name=f"form {kind.one}")
    async def form_page(request: AnyRequest, record_id: FromPath[str]) -> Response[str]:
        parts = parts_of(request)
        record: Any = await parts.roster.get(kind.kind, record_id)
        fields = await kind.fields(parts, False)
        action = f"{kind.path}/{record_id}"
        form = filled(fields, record, times_of(parts), action=action, submit="Save", back=kind.path, ver=record.ver)
        return await render(request, _page(kind, form, _title(record), f"{action}/delete"))

    return form_page


def _edit(kind: Kind) -> HTTPRouteHandler:
    @post(f"{kind.path}/{{record_id:str}}", opt=needs(kind.resource.edit_right), status_code=200, name=f"edit {kind.one}")
    async def edit(request: AnyRequest, record_id: FromPath[str]) -> Response[str]:
        parts, data = parts_of(request), await request.form()
        fields = await kind.fields(parts, False)
        action = f"{kind.path}/{record_id}"
        try:
            given = str(data.get(kind.resource.extra, "")) if kind.resource.extra else ""
            extra = {kind.resource.extra: given} if given else {}
            make: Any = kind.resource.edit
            command = make(id=record_id, changes=parse(fields, data, times_of(parts)), ver=ver_of(data), **extra)
            await parts.edge.send(command, token=session_of(request).token, request=request_of(data))
        except NotSignedIn:
            raise
        except HouseError as error:
            record: Any = await parts.roster.get(kind.kind, record_id)
            form = typed(fields, data, action=action, submit="Save", back=kind.path, error=error)
            if isinstance(error, Conflict) and error.field == "ver":
                now = filled(fields, record, times_of(parts), action=action, submit="Save", back=kind.path, ver=record.ver)
                form = conflicting(form, now)
            return await render(request, _page(kind, form, _title(record), f"{action}/delete"), status=problem_of(error).status)
        return Redirect(f"{kind.path}?done=saved", status_code=303)

    return edit


def _delete(kind: Kind) -> HTTPRouteHandler:
    @post(
        f"{kind.path}/{{record_id:str}}/delete", opt=needs(kind.resource.delete_right), status_code=303, name=f"delete {kind.one}"
    )
    async def delete(request: AnyRequest, record_id: FromPath[str]) -> Redirect:
        data = await request.form()
        make: Any = kind.resource.delete
        await parts_of(request).edge.send(make(id=record_id), token=session_of(request).token, request=request_of(data))
        return Redirect(f"{kind.path}?done=deleted", status_code=303)

    return delete


def _page(kind: Kind, form: Any, title: str, delete_to: str) -> FormPage:
    return FormPage(
        title=title, section=kind.section, form=form, parent=kind.many, parent_href=kind.path, lead=kind.lead,
        delete_to=delete_to, delete_says=kind.delete_says,
    )  # fmt: skip


def _title(record: Any) -> str:
    if isinstance(record, alerts.AlertRule):
        return words.ALERTS[record.kind].short
    return str(getattr(record, "name", "") or getattr(record, "login", ""))
