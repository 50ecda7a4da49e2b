"""The pages of the plain records: a list in the common frame, and forms to add, change and delete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from admin_api.auth import needs, parts_of, session_of
from admin_api.console import words
from admin_api.console.form_page import FormPage
from admin_api.console.forms import Form, blank, conflicting, filled, parse, request_of, typed, ver_of
from admin_api.console.language import _
from admin_api.console.lists.frame import list_page
from admin_api.console.lists.records import records
from admin_api.console.lists.sheet import Asked, Column, Found, Here, New, Row, Sheet
from admin_api.console.marks import mark_of
from admin_api.console.office import KINDS as OFFICE
from admin_api.console.page import AnyRequest, render, times_of
from admin_api.console.record_kinds import KINDS, Kind
from admin_api.errors import problem_of
from edge.core import alerts, model
from edge.core.errors import Conflict, HouseError, NotFound, NotSignedIn
from edge.core.merge import SYNCED

ALL = (*KINDS, *OFFICE)
NO_STORE = {"Cache-Control": "no-store"}


def handlers() -> list[HTTPRouteHandler]:
    """List, form and changes of every kind; `/site` leads to the first of its lists."""
    made: list[HTTPRouteHandler] = [site_page]
    made += [list_page(sheet) for sheet in SHEETS]
    for kind in ALL:
        made += [_new(kind), _add(kind), _form(kind), _edit(kind), *([_delete(kind)] if kind.resource.delete else [])]
    return made


@get("/site", opt=needs(model.Permission.SITE_VIEW))
async def site_page(request: AnyRequest) -> Redirect:
    return Redirect("/site/access-points", status_code=303)


def _sheet(kind: Kind) -> Sheet:
    """Its list in the common frame; by name, with a box to search where there may be many."""

    async def rows(here: Here, asked: Asked) -> Found:
        return await records(here, asked, kind.kind, _rows, fixed=kind.only(here.session) if kind.only else ())

    async def _rows(here: Here, found: list[Any]) -> tuple[Row, ...]:
        edits, made = here.session.may(kind.resource.edit_right), []
        assert kind.row is not None
        for record in found:
            first, *more = await kind.row(here.parts, record)
            lead = replace(first, href=f"{kind.path}/{record.id}" if edits else "")
            made.append(Row(id=record.id, cells={f"c{i}": cell for i, cell in enumerate((lead, *more))}))
        return tuple(made)

    return Sheet(
        name=kind.path.strip("/").replace("/", "-"), path=kind.path, section=kind.section, right=kind.resource.view, rows=rows,
        title=lambda: _(kind.many), lead=lambda: _(kind.lead), empty=lambda: (_("None yet"), _(kind.lead)),
        columns=lambda: tuple(Column(name=f"c{i}", label=_(label)) for i, label in enumerate(kind.columns)),
        new=lambda: New(href=f"{kind.path}/new", label=_(kind.new), right=kind.resource.add_right),
    )  # fmt: skip


def _new(kind: Kind) -> HTTPRouteHandler:
    @get(f"{kind.path}/new", opt=needs(kind.resource.add_right), name=f"new {kind.path}")
    async def new_page(request: AnyRequest) -> Response[str]:
        fields = await kind.asks(parts_of(request), session_of(request), True)
        form = blank(fields, action=f"{kind.path}/new", submit=_(kind.add), back=kind.path, **kind.start)
        return await render(request, await _page(request, kind, form, _(kind.new)))

    return new_page


def _add(kind: Kind) -> HTTPRouteHandler:
    @post(f"{kind.path}/new", opt=needs(kind.resource.add_right), status_code=200, name=f"add {kind.path}")
    async def add(request: AnyRequest) -> Response[str]:
        parts, data = parts_of(request), await request.form()
        fields = await kind.asks(parts, session_of(request), True)
        try:
            extra = {kind.resource.extra: str(data.get(kind.resource.extra, ""))} if kind.resource.extra else {}
            make: Any = kind.resource.add
            own = tuple(f for f in fields if f.name not in extra)
            command = make(fields=parse(own, data, times_of(parts)), **extra)
            made = await parts.edge.send(command, token=session_of(request).token, request=request_of(data))
        except NotSignedIn:
            raise
        except HouseError as error:
            form = typed(fields, data, action=f"{kind.path}/new", submit=_(kind.add), back=kind.path, error=error)
            return await render(request, await _page(request, kind, form, _(kind.new)), status=problem_of(error).status)
        if kind.once:
            return await render(request, kind.once(made), headers=NO_STORE)
        return Redirect(f"{kind.path}?done=added", status_code=303)

    return add


def _form(kind: Kind) -> HTTPRouteHandler:
    @get(f"{kind.path}/{{record_id:str}}", opt=needs(kind.resource.edit_right), name=f"form {kind.path}")
    async def form_page(request: AnyRequest, record_id: FromPath[str]) -> Response[str]:
        parts = parts_of(request)
        record = await _one(request, kind, record_id)
        fields = await kind.asks(parts, session_of(request), False)
        action = f"{kind.path}/{record_id}"
        form = filled(fields, record, times_of(parts), action=action, submit=_("Save"), back=kind.path, ver=record.ver)
        return await render(request, await _page(request, kind, form, _title(record), record_id))

    return form_page


def _edit(kind: Kind) -> HTTPRouteHandler:
    @post(f"{kind.path}/{{record_id:str}}", opt=needs(kind.resource.edit_right), status_code=200, name=f"edit {kind.path}")
    async def edit(request: AnyRequest, record_id: FromPath[str]) -> Response[str]:
        parts, data = parts_of(request), await request.form()
        fields = await kind.asks(parts, session_of(request), False)
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
            record = await _one(request, kind, record_id)
            form = typed(fields, data, action=action, submit=_("Save"), back=kind.path, error=error)
            if isinstance(error, Conflict) and error.field == "ver":
                now = filled(fields, record, times_of(parts), action=action, submit=_("Save"), back=kind.path, ver=record.ver)
                form = conflicting(form, now)
            page = await _page(request, kind, form, _title(record), record_id)
            return await render(request, page, status=problem_of(error).status)
        return Redirect(f"{kind.path}?done=saved", status_code=303)

    return edit


def _delete(kind: Kind) -> HTTPRouteHandler:
    @post(
        f"{kind.path}/{{record_id:str}}/delete", opt=needs(kind.resource.delete_right), status_code=303, name=f"delete {kind.path}"
    )
    async def delete(request: AnyRequest, record_id: FromPath[str]) -> Redirect:
        data = await request.form()
        await _one(request, kind, record_id)
        make: Any = kind.resource.delete
        await parts_of(request).edge.send(make(id=record_id), token=session_of(request).token, request=request_of(data))
        return Redirect(f"{kind.path}?done={kind.deleted}", status_code=303)

    return delete


async def _page(request: AnyRequest, kind: Kind, form: Form, title: str, id: str = "") -> FormPage:
    """The form with what belongs around it. id: of the record that it is about; none of a new one."""
    plain = FormPage(
        title=title, section=kind.section, form=form, parent=_(kind.many), parent_href=kind.path, lead=_(kind.lead),
        delete_to=f"{kind.path}/{id}/delete" if id and kind.resource.delete else "", delete_says=_(kind.delete_says) if kind.delete_says else "", delete_word=_(kind.delete_word),
    )  # fmt: skip
    if id and kind.kind.__name__.lower() in SYNCED:
        plain = replace(plain, mark=await mark_of(parts_of(request), session_of(request), kind.kind.__name__.lower(), id))
    return await kind.around(parts_of(request), plain, id) if kind.around else plain


async def _one(request: AnyRequest, kind: Kind, id: str) -> Any:
    """The record, if this user sees it. Raises NotFound."""
    record = await parts_of(request).roster.get(kind.kind, id)
    if kind.only and any(getattr(record, name) != value for name, value in kind.only(session_of(request))):
        raise NotFound("there is no such thing", field="id")
    return record


def _title(record: Any) -> str:
    if isinstance(record, alerts.AlertRule):
        return words.ALERTS[record.kind].short
    return str(getattr(record, "name", "") or getattr(record, "login", record.id))


SHEETS = tuple(_sheet(kind) for kind in ALL if kind.row)
"""Their lists, of those that have none of their own."""
