"""What is done from any list: how it looks, saved views, a file made of it; and the short ways of a row's menu."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from admin_api.auth import SIGNED_IN, needs, parts_of, session_of
from admin_api.console.back import back_of, done
from admin_api.console.forms import request_of
from admin_api.console.language import _
from admin_api.console.lists.looks import keep_look, look_of
from admin_api.console.lists.sheet import ROWS, Sheet
from admin_api.console.page import AnyRequest
from admin_api.reports.asked import ExportRequest, export_of, sees
from admin_api.reports.filters import conditions
from edge.commands.credentials import EditCard
from edge.commands.saved_filters import AddSavedFilter, DeleteSavedFilter
from edge.core.errors import Invalid, NotFound
from edge.core.model import CardStatus, Permission
from edge.core.saved import ExportArea, ExportFormat, SavedFilter


def handlers(sheets: Mapping[str, Sheet]) -> list[HTTPRouteHandler]:
    """Over the sheets of the console, by name."""

    def named(name: str) -> Sheet:
        if name not in sheets:
            raise NotFound("there is no such list", field="list")
        return sheets[name]

    @post("/list-looks/{name:str}", opt=SIGNED_IN, status_code=303)
    async def keep(request: AnyRequest, name: FromPath[str]) -> Redirect:
        """Rows a page, or the columns chosen; none chosen: as the list is made."""
        parts, session, data, sheet = parts_of(request), session_of(request), await request.form(), named(name)
        look = await look_of(parts, session.user, sheet.name)
        rows = str(data.get("rows", ""))
        if rows.isdecimal() and int(rows) in ROWS:
            look = replace(look, rows=int(rows))
        if "columns" in data:
            known = [c.name for c in sheet.columns()]
            chosen = tuple(n for n in (str(v) for v in data.getall("column", [])) if n in known)
            look = replace(look, columns=chosen if data["columns"] == "chosen" else None)
        await keep_look(parts, session.user, sheet.name, look)
        return Redirect(back_of(str(data.get("back", "")), sheet.path), status_code=303)

    @post("/saved-views/{name:str}", opt=SIGNED_IN, status_code=303)
    async def save_view(request: AnyRequest, name: FromPath[str]) -> Redirect:
        """Keep the filters of a list under a name, for oneself or for everybody."""
        parts, session, data, sheet = parts_of(request), session_of(request), await request.form(), named(name)
        if sheet.area is None or not (sheet.right is None or session.may(sheet.right)):
            raise NotFound("this list has no saved views", field="list")
        filters = tuple(parse_qsl(str(data.get("filters", ""))[:4000]))
        if not filters:
            raise Invalid(_("set a filter first: a view is a list with its filters"), field="filters")
        await conditions(parts.database, sheet.area, dict(filters), now=parts.now(), tz=parts.settings.site.time_zone)
        fields = {"name": str(data.get("name", "")), "area": sheet.area.value, "filters": filters, "shared": "shared" in data}
        await parts.edge.ask(AddSavedFilter(fields=fields), SavedFilter, token=session.token, request=request_of(data))
        return Redirect(done(back_of(str(data.get("back", "")), sheet.path), "view-saved"), status_code=303)

    return [keep, save_view, delete_view, make_export, remove_export, set_card_status]


@post("/saved-views/{view:str}/delete", opt=SIGNED_IN, status_code=303)
async def delete_view(request: AnyRequest, view: FromPath[str]) -> Redirect:
    data = await request.form()
    await parts_of(request).edge.send(DeleteSavedFilter(id=view), token=session_of(request).token, request=request_of(data))
    return Redirect(done(back_of(str(data.get("back", "")), "/"), "deleted"), status_code=303)


@post("/exports", opt=SIGNED_IN, status_code=303)
async def make_export(request: AnyRequest) -> Redirect:
    """A file of a list with its filters; it is made while the list of exports shows how far it is."""
    data = await request.form()
    format = str(data.get("format", ""))
    if format not in tuple(ExportFormat):
        raise Invalid(_("choose a format"), field="format")
    area = str(data.get("area", ""))
    if area not in tuple(ExportArea):
        raise Invalid(_("choose a list"), field="area")
    wanted = ExportRequest(
        area=ExportArea(area), format=ExportFormat(format), password=str(data.get("password", "")),
        filters=dict(parse_qsl(str(data.get("filters", ""))[:4000])),
    )  # fmt: skip
    await export_of(parts_of(request), session_of(request), wanted)
    return Redirect("/exports", status_code=303)


@post("/exports/{export:str}/remove", opt=SIGNED_IN, status_code=303)
async def remove_export(request: AnyRequest, export: FromPath[str]) -> Redirect:
    """Cancel it, or take its file away at once."""
    parts = parts_of(request)
    job = await parts.exports.job(export)
    if not sees(session_of(request), job):
        raise NotFound("there is no such export", field="id")
    await parts.exports.remove(export)
    return Redirect("/exports?done=removed", status_code=303)


@post("/cards/{card:str}/status", opt=needs(Permission.CARDS_MANAGE), status_code=303)
async def set_card_status(request: AnyRequest, card: FromPath[str]) -> Redirect:
    """From the next reading on."""
    data = await request.form()
    to = str(data.get("to", ""))
    if to not in tuple(CardStatus):
        raise Invalid(_("choose a state"), field="status")
    command = EditCard(id=card, changes={"status": to}, reason="set on the list of cards")
    await parts_of(request).edge.send(command, token=session_of(request).token, request=request_of(data))
    return Redirect(done(back_of(str(data.get("back", "")), "/cards"), "saved"), status_code=303)
