"""Saved filters over REST, and how a list takes one together with what it is asked for besides."""

# Annotations are objects here, not text: the body of PATCH is made from the record's own fields.

from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from admin_api.auth import SIGNED_IN, parts_of, session_of
from admin_api.reads.conditions import Query
from admin_api.reads.cursor import Page
from admin_api.reports.filters import conditions, values_of
from admin_api.rest.common import AnyRequest, edited, etag, if_match, refusals, request_id, versioned
from admin_api.rest.resources import changes_type
from edge.commands.saved_filters import AddSavedFilter, DeleteSavedFilter, EditSavedFilter
from edge.core.errors import Forbidden, Invalid, NotFound
from edge.core.saved import ExportArea, SavedFilter

FilterChanges: Any = changes_type("SavedFilter", SavedFilter)


class SavedFilterFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """filters: [[name, value], ...] as the list of this area takes them; instants also as -7d. shared: everybody may use it."""

    name: str
    area: ExportArea
    filters: tuple[tuple[str, str], ...] = ()
    shared: bool = False


async def saved_filter(request: AnyRequest, id: str) -> SavedFilter:
    """One that who asks may use. Raises NotFound."""
    found = await parts_of(request).roster.find(SavedFilter, id)
    if found is None or not (found.shared or found.owner == session_of(request).user):
        raise NotFound(f"there is no saved filter {id[:80]}", field="id")
    return found


async def usable(request: AnyRequest, area: ExportArea, id: str) -> SavedFilter:
    """One of this area that a request names as `saved`. Raises Invalid."""
    try:
        found = await saved_filter(request, id)
    except NotFound as error:
        raise Invalid(error.message, field="saved") from error
    if found.area is not area:
        raise Invalid(f"this saved filter is of {found.area.value}", field="saved")
    return found


async def saved_values(request: AnyRequest, area: ExportArea, id: str) -> dict[str, Any]:
    """What a saved filter asks of this list: name -> value; nothing for none. Raises Invalid."""
    if not id:
        return {}
    found, parts = await usable(request, area, id), parts_of(request)
    return values_of(area, dict(found.filters), now=parts.now(), tz=parts.settings.site.time_zone)


def together(saved: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Both; what was given wins."""
    return {**saved, **{name: value for name, value in given.items() if value not in ("", None)}}


@get("/saved-filters", opt=SIGNED_IN, tags=["saved filters"], responses=refusals(), operation_id="listSavedFilter")
async def list_saved(
    request: AnyRequest, area: FromQuery[ExportArea | None] = None, q: FromQuery[str] = "", after: FromQuery[str] = "",
    limit: FromQuery[int] = 50,
) -> Page[SavedFilter]:  # fmt: skip
    """One's own and those that are shared, by name. A list takes one as `saved`, together with further parameters, which win."""
    filters: tuple[tuple[str, Any], ...] = (("seen_by", session_of(request).user),)
    filters += (("area", area.value),) if area else ()
    return await parts_of(request).roster.listing(SavedFilter, Query(q=q, filters=filters, after=after, limit=limit))


@get(
    "/saved-filters/{record_id:str}", opt=SIGNED_IN, tags=["saved filters"], responses=refusals(404), operation_id="getSavedFilter"
)
async def get_saved(request: AnyRequest, record_id: FromPath[str]) -> Response[SavedFilter]:
    """One of them; its ETag is what If-Match of a change compares."""
    return versioned(await saved_filter(request, record_id))


@post("/saved-filters", opt=SIGNED_IN, tags=["saved filters"], responses=refusals(409, 413), operation_id="addSavedFilter")
async def add_saved(request: AnyRequest, data: JSONBody[SavedFilterFields]) -> Response[SavedFilter]:
    """Keep filters under a name. Needs the right to see the list. Idempotency-Key: a retry with the same key makes no second one."""
    if not session_of(request).may(data.area.view):
        raise Forbidden(f"your role does not include {data.area.view.value}")
    await _make_sense(request, data.area, data.filters)
    command = AddSavedFilter(fields=msgspec.to_builtins(data))
    kept = await parts_of(request).edge.ask(command, SavedFilter, token=session_of(request).token, request=request_id(request))
    headers = {"ETag": etag(kept.ver), "Location": f"/api/v1/saved-filters/{kept.id}"}
    return Response(kept, status_code=201, headers=headers)


@patch(
    "/saved-filters/{record_id:str}", opt=SIGNED_IN, tags=["saved filters"], responses=refusals(404, 409, 412, 413),
    operation_id="editSavedFilter",
)  # fmt: skip
async def edit_saved(request: AnyRequest, record_id: FromPath[str], data: JSONBody[FilterChanges]) -> Response[SavedFilter]:
    """Change one's own, or with users.manage a shared one. If-Match: the ETag it was read with; 412 when somebody was quicker."""
    changes = msgspec.to_builtins(data)
    before = await saved_filter(request, record_id)
    area, filters = ExportArea(changes.get("area", before.area)), changes.get("filters", before.filters)
    await _make_sense(request, area, filters)
    command = EditSavedFilter(id=record_id, changes=changes, ver=if_match(request))
    return await edited(request, command, SavedFilter)


@delete(
    "/saved-filters/{record_id:str}", opt=SIGNED_IN, tags=["saved filters"], responses=refusals(404, 409), operation_id="deleteSavedFilter"
)  # fmt: skip
async def delete_saved(request: AnyRequest, record_id: FromPath[str]) -> Response[None]:
    """Take it out. One that an export by the calendar names stays (409)."""
    command = DeleteSavedFilter(id=record_id)
    await parts_of(request).edge.send(command, token=session_of(request).token, request=request_id(request))
    return Response(None, status_code=204)


async def _make_sense(request: AnyRequest, area: ExportArea, filters: tuple[tuple[str, str], ...]) -> None:
    """Raises Invalid for a filter or value that the list does not have."""
    parts = parts_of(request)
    if len({name for name, _ in filters}) < len(filters):
        raise Invalid("each filter once", field="filters")
    await conditions(parts.database, area, dict(filters), now=parts.now(), tz=parts.settings.site.time_zone)


HANDLERS = (list_saved, get_saved, add_saved, edit_saved, delete_saved)
