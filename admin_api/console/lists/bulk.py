"""Many customers at once, in three steps: chosen on the list, looked at before anything is done, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl
from uuid import uuid4

import msgspec
from litestar import Response, post
from litestar.datastructures import FormMultiDict
from litestar.response import Redirect

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.bulk import MOST_ROWS, BulkWanted, Selection, bulk_of, selected
from admin_api.console.back import back_of
from admin_api.console.forms import form_id
from admin_api.console.language import _, ngettext
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.parts import Parts
from admin_api.reports.asked import ExportRequest, export_of
from admin_api.reports.filters import values_of
from edge.commands.bulk import NEEDS_RIGHT, Action
from edge.core.errors import Invalid
from edge.core.model import Permission
from edge.core.people import CustomerList, Group
from edge.core.place import Profile
from edge.core.saved import ExportArea, ExportFormat

Choices = tuple[tuple[str, str], ...]
_OF: dict[Action, type[Group] | type[CustomerList] | type[Profile]] = {
    Action.ADD_TO_GROUP: Group, Action.REMOVE_FROM_GROUP: Group, Action.ADD_TO_LIST: CustomerList, Action.REMOVE_FROM_LIST: CustomerList,
    Action.GIVE_PROFILE: Profile, Action.TAKE_PROFILE: Profile,
}  # fmt: skip
"""What an action asks for besides: one of these, by name."""
_TAGS = (Action.TAG, Action.UNTAG)


def actions() -> dict[Action, str]:
    """In the order in which they are offered."""
    return {
        Action.ADD_TO_GROUP: _("Add to a group"), Action.REMOVE_FROM_GROUP: _("Take out of a group"), Action.ADD_TO_LIST: _("Put on a list"),
        Action.REMOVE_FROM_LIST: _("Take off a list"), Action.TAG: _("Tag"), Action.UNTAG: _("Take a tag off"),
        Action.GIVE_PROFILE: _("Give an access profile"), Action.TAKE_PROFILE: _("Take an access profile away"),
        Action.ACTIVATE: _("Set active"), Action.DEACTIVATE: _("Set inactive"), Action.BLOCK_PORTAL: _("Block the pass on a phone"),
        Action.UNBLOCK_PORTAL: _("Unblock the pass on a phone"), Action.REVIEW: _("Mark as reviewed"), Action.DELETE: _("Delete"),
        Action.RESTORE: _("Restore"),
    }  # fmt: skip


def says(action: Action) -> str:
    """What it means at the doors."""
    return {
        Action.ACTIVATE: _("They may enter again, from the next reading on."),
        Action.DEACTIVATE: _("Nobody of them enters any more, from the next reading on."),
        Action.BLOCK_PORTAL: _("They have no pass on a phone any more. Their cards and vehicles go on opening: set them inactive to stop those."),
        Action.UNBLOCK_PORTAL: _("They may have a pass on a phone again."),
        Action.DELETE: _("Cards and vehicles stop opening at the next reading. Entries and events stay, and it can be taken back."),
        Action.RESTORE: _("They are back on the lists; what they hold opens again."),
        Action.GIVE_PROFILE: _("Its zones and hours are theirs from the next reading on."),
        Action.TAKE_PROFILE: _("What only this profile let them do is over at the next reading."),
    }.get(action, "")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BulkPage(Page):
    """Before anything is done. whats: what the action asks for besides; is_tag: it asks for a tag."""

    template = "bulk.html"
    action: str
    label: str
    counted: str
    names: tuple[str, ...]
    others: int
    whats: Choices
    is_tag: bool
    what: str
    lead: str
    selection: str
    back: str
    request: str
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class BulkDonePage(Page):
    """What became of each. problems: (id, name, why not); undo: the selection that takes it back, empty: nothing can."""

    template = "bulk_done.html"
    label: str
    changed: str
    same: int
    problems: tuple[tuple[str, str, str], ...]
    back: str
    undo: str
    undo_action: str
    undo_what: str
    undo_label: str
    request: str


@post("/customers/bulk", opt=needs(Permission.CUSTOMERS_EDIT), status_code=200)
async def look(request: AnyRequest) -> Response[str]:
    """How many it would be done to, and to whom first."""
    data = await request.form()
    return await _look(request, data, _selection(request, data))


async def _look(request: AnyRequest, data: FormMultiDict, selection: Selection, problem: str = "") -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    action = _action(str(data.get("action", "")), session)
    found = await selected(parts, selection)
    if not found.count:
        raise Invalid(_("nobody is selected: tick the customers first"), field="selection")
    if found.count > MOST_ROWS:
        raise Invalid(_("more than %(count)s customers: narrow the list by its filters") % {"count": MOST_ROWS}, field="selection")
    page = BulkPage(
        title=actions()[action], section="people", action=action.value, label=actions()[action], counted=_people(found.count),
        names=tuple(found.names[:10]), others=max(0, found.count - min(10, len(found.names))), whats=await _whats(parts, action),
        is_tag=action in _TAGS, what=str(data.get("what", "")), lead=says(action), selection=msgspec.json.encode(selection).decode(),
        back=back_of(str(data.get("back", "")), "/customers"), request=uuid4().hex, problem=problem,
    )  # fmt: skip
    return await render(request, page, status=400 if problem else 200)


@post("/customers/bulk/apply", opt=needs(Permission.CUSTOMERS_EDIT), status_code=200)
async def apply(request: AnyRequest) -> Response[str]:
    """Done to each of them; the same form sent again does nothing twice."""
    parts, session, data = parts_of(request), session_of(request), await request.form()
    action, what = _action(str(data.get("action", "")), session), " ".join(str(data.get("what", "")).split())
    try:
        selection = msgspec.json.decode(str(data.get("selection", "")), type=Selection)
    except msgspec.MsgspecError as error:
        raise Invalid(_("the selection was lost: go back to the list and choose again"), field="selection") from error
    if (action in _OF or action in _TAGS) and not what:
        return await _look(request, data, selection, _("Say which."))
    done = await bulk_of(
        parts, session, BulkWanted(selection=selection, action=action, what=what, reason=_reason(data)), form_id(data)
    )
    refused = [row for row in done.rows if row.problem]
    names = await parts.roster.customer_names([row.id for row in refused])
    page = BulkDonePage(
        title=actions()[action], section="people", label=actions()[action], changed=_people(done.changed),
        same=len(done.rows) - done.changed - len(refused),
        problems=tuple((row.id, names.get(row.id, row.id), row.problem) for row in refused[:200]),
        back=back_of(str(data.get("back", "")), "/customers"), request=uuid4().hex,
        undo=msgspec.json.encode(done.undo.selection).decode() if done.undo else "", undo_action=done.undo.action.value if done.undo else "",
        undo_what=done.undo.what if done.undo else "", undo_label=actions()[done.undo.action] if done.undo else "",
    )  # fmt: skip
    return await render(request, page)


@post("/customers/bulk/export", opt=needs(Permission.CUSTOMERS_EXPORT), status_code=303)
async def export(request: AnyRequest) -> Redirect:
    """A file of those ticked, or of all that match."""
    data = await request.form()
    ids = ",".join(dict.fromkeys(str(v) for v in data.getall("id", [])))
    filters: dict[str, str | int | bool] = (
        dict(parse_qsl(str(data.get("filters", ""))[:4000])) if data.get("all") == "yes" else {"ids": ids}
    )
    if filters == {"ids": ""}:
        raise Invalid(_("nobody is selected: tick the customers first"), field="selection")
    wanted = ExportRequest(area=ExportArea.CUSTOMERS, format=ExportFormat.XLSX, filters=filters)
    await export_of(parts_of(request), session_of(request), wanted)
    return Redirect("/exports", status_code=303)


def _selection(request: AnyRequest, data: FormMultiDict) -> Selection:
    """Those ticked, or all that match the filters of the list."""
    if data.get("all") != "yes":
        return Selection(ids=tuple(dict.fromkeys(str(v) for v in data.getall("id", []))))
    parts = parts_of(request)
    words = dict(parse_qsl(str(data.get("filters", ""))[:4000]))
    values = values_of(ExportArea.CUSTOMERS, words, now=parts.now(), tz=times_of(parts).tz)
    q, deleted = values.pop("q", ""), bool(values.pop("deleted", False))
    return Selection(all=True, q=q, filters=values, deleted=deleted)


def _action(text: str, session: Session) -> Action:
    if text not in tuple(Action):
        raise Invalid(_("choose what to do with them"), field="action")
    action = Action(text)
    if action in NEEDS_RIGHT and not session.may(NEEDS_RIGHT[action]):
        raise Invalid(_("your role does not include this"), field="action")
    return action


async def _whats(parts: Parts, action: Action) -> Choices:
    kind = _OF.get(action)
    return tuple((await parts.roster.names(kind)).items()) if kind else ()


def _people(count: int) -> str:
    return ngettext("%(n)s customer", "%(n)s customers", count) % {"n": count}


def _reason(data: FormMultiDict) -> str:
    return " ".join(str(data.get("reason", "")).split())[:300]


HANDLERS = (look, apply, export)
