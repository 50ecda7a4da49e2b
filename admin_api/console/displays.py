"""Displays at the gates: which there are, letting in another (its link is shown once), and taking one away."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from markupsafe import Markup

from admin_api.auth import needs, parts_of, session_of
from admin_api.console.credentials import qr_svg
from admin_api.console.form_page import FormPage
from admin_api.console.forms import Field, Form, blank, request_of, typed
from admin_api.console.language import N_, _
from admin_api.console.lists.frame import list_page
from admin_api.console.lists.sheet import Asked, Cell, Column, Found, Here, New, Row, RowAction, Sheet
from admin_api.console.page import AnyRequest, Page, render
from admin_api.errors import problem_of
from admin_api.parts import Parts
from edge.commands.displays import AddDisplay, DisplayMade, RevokeDisplay
from edge.core.errors import HouseError, NotSignedIn
from edge.core.model import ApiKey, Permission, User
from edge.core.place import AccessPoint

PATH = "/site/displays"
LEAD = N_("A tablet at a gate that says to whoever stands there what was decided, in their language, and how many places are left.")


@dataclass(frozen=True, kw_only=True)
class DisplayMadePage(Page):
    """The link that lets the tablet in, to scan with it. link: empty when it was shown before."""

    template = "display_made.html"
    name: str
    point: str
    link: str
    qr: Markup | None


# ---------------------------------------------------------------------------------------------------- the list


async def _rows(here: Here, asked: Asked) -> Found:
    parts = here.parts
    points, users = await parts.roster.names(AccessPoint), {u.id: u.login for u in await parts.roster.every(User)}
    rows = tuple(
        Row(id=key.id, menu=(RowAction(label=_("Take away"), post=f"{PATH}/{key.id}/revoke"),), cells={
            "name": Cell(text=key.name), "point": Cell(text=points.get(key.display, _("An access point that is gone"))),
            "seen": Cell(text=here.times.ago(key.used_at) if key.used_at else _("Never")), "by": Cell(text=users.get(key.user, "")),
            "made": Cell(text=here.times.short(key.created_at)),
        })
        for key in await parts.roster.every(ApiKey) if key.display and not key.revoked
    )  # fmt: skip
    return Found(rows=rows)


SHEET = Sheet(
    name="displays", path=PATH, section="site", right=Permission.SITE_MANAGE, title=lambda: _("Displays"), rows=_rows,
    columns=lambda: (
        Column(name="name", label=_("Name")), Column(name="point", label=_("Access point")), Column(name="seen", label=_("Last seen")),
        Column(name="by", label=_("Let in by")), Column(name="made", label=_("Since")),
    ),
    lead=lambda: _(LEAD), empty=lambda: (_("No displays yet"), _(LEAD)),
    new=lambda: New(href=f"{PATH}/new", label=_("New display"), right=Permission.SITE_MANAGE),
)  # fmt: skip

# ---------------------------------------------------------------------------------------------------- letting one in


async def _fields(parts: Parts) -> tuple[Field, ...]:
    points = tuple((p.id, p.name) for p in await parts.roster.every(AccessPoint))
    return (
        Field(name="name", label=N_("Name"), required=True, hint=N_("As in: tablet at the north gate.")),
        Field(name="access_point", label=N_("Access point"), kind="select", choices=points, hint=N_("Its answers are shown, and no others.")),
    )  # fmt: skip


def _page(form: Form) -> FormPage:
    return FormPage(
        title=_("New display"), section="site", form=form, parent=_("Displays"), parent_href=PATH, lead=_(LEAD),
        delete_to="", delete_says="",
    )  # fmt: skip


@get("/site/displays/new", opt=needs(Permission.SITE_MANAGE))
async def new_page(request: AnyRequest) -> Response[str]:
    form = blank(await _fields(parts_of(request)), action=f"{PATH}/new", submit=_("Show the link"), back=PATH)
    return await render(request, _page(form))


@post("/site/displays/new", opt=needs(Permission.SITE_MANAGE), status_code=200)
async def add(request: AnyRequest) -> Response[str]:
    parts, data = parts_of(request), await request.form()
    try:
        command = AddDisplay(name=str(data.get("name", "")), access_point=str(data.get("access_point", "")))
        made = await parts.edge.ask(command, DisplayMade, token=session_of(request).token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(await _fields(parts), data, action=f"{PATH}/new", submit=_("Show the link"), back=PATH, error=error)
        return await render(request, _page(form), status=problem_of(error).status)
    points = await parts.roster.names(AccessPoint)
    link = f"{request.url.scheme}://{request.url.netloc}/display/start?{urlencode({'key': made.key})}" if made.key else ""
    page = DisplayMadePage(
        title=_("Let the tablet in"), section="site", name=made.record.name, point=points.get(made.record.display, ""), link=link,
        qr=qr_svg(link) if link else None,
    )  # fmt: skip
    return await render(request, page, headers={"Cache-Control": "no-store"})


@post("/site/displays/{display_id:str}/revoke", opt=needs(Permission.SITE_MANAGE), status_code=303)
async def revoke(request: AnyRequest, display_id: FromPath[str]) -> Redirect:
    data = await request.form()
    await parts_of(request).edge.send(RevokeDisplay(id=display_id), token=session_of(request).token, request=request_of(data))
    return Redirect(f"{PATH}?done=display-gone", status_code=303)


HANDLERS = (list_page(SHEET), new_page, add, revoke)
