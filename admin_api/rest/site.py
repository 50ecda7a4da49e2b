"""What holds for the whole site: its policy, the modes of places, and cancelling a booking."""

# Annotations are objects here, not text: the body of PATCH is made from the policy's own fields.

from typing import Any

import msgspec
from litestar import Response, get, patch, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.rest.common import AnyRequest, edited, if_match, refusals, request_id, versioned
from admin_api.rest.resources import changes_type
from edge.commands.bookings import CancelBooking
from edge.commands.site import EditPolicy, SetMode
from edge.core.model import Permission
from edge.core.place import POLICY_ID, Booking, Mode, SitePolicy

PolicyChanges: Any = changes_type("SitePolicy", SitePolicy)


class ModeFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """access_point or zone (both left out: the whole site); until: ms since 1970 UTC when it ends by itself."""

    mode: Mode
    reason: str
    access_point: str | None = None
    zone: str | None = None
    until: int | None = None


class ModeNow(Struct, frozen=True, kw_only=True):
    """The mode that was set, until when (ms; none: until somebody sets another)."""

    id: str
    mode: Mode = Mode.NORMAL
    mode_until: int | None = None


class CancelFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; the audit keeps it."""

    reason: str = ""


@get("/site", opt=needs(Permission.SITE_VIEW), tags=["site"], responses=refusals(), operation_id="getSite")
async def get_site(request: AnyRequest) -> Response[SitePolicy]:
    """What holds for the whole site; its ETag is what If-Match of a change compares."""
    found = await parts_of(request).roster.find(SitePolicy, POLICY_ID) or SitePolicy(id=POLICY_ID)
    return versioned(found)


@patch("/site", opt=needs(Permission.SITE_MANAGE), tags=["site"], responses=refusals(409, 412, 413), operation_id="editSite")
async def edit_site(request: AnyRequest, data: JSONBody[PolicyChanges]) -> Response[SitePolicy]:
    """Change fields; what is left out stays. The next reading goes by it."""
    command = EditPolicy(changes=msgspec.to_builtins(data), ver=if_match(request))
    return await edited(request, command, SitePolicy)


@put("/modes", opt=needs(Permission.DOORS_MODE), tags=["doors"], responses=refusals(404, 413), operation_id="setMode")
async def set_mode(request: AnyRequest, data: JSONBody[ModeFields]) -> ModeNow:
    """Lock down, let pass freely, take cards only, or back to normal: an access point, a zone, or the whole site."""
    command = SetMode(mode=data.mode, access_point=data.access_point, zone=data.zone, until=data.until, reason=data.reason)
    kept = await parts_of(request).edge.send(command, token=session_of(request).token, request=request_id(request))
    return ModeNow(id=kept["id"], mode=Mode(kept.get("mode", Mode.NORMAL)), mode_until=kept.get("mode_until"))


@post(
    "/bookings/{booking:str}/cancel", opt=needs(Permission.BOOKINGS_MANAGE), tags=["bookings"], responses=refusals(404, 413),
    status_code=200, operation_id="cancelBooking",
)  # fmt: skip
async def cancel_booking(request: AnyRequest, booking: FromPath[str], data: JSONBody[CancelFields]) -> Response[Booking]:
    """Take it back: from the next reading on it opens nothing. The row stays for the books."""
    command = CancelBooking(id=booking, reason=data.reason)
    kept = await parts_of(request).edge.ask(command, Booking, token=session_of(request).token, request=request_id(request))
    return versioned(kept)


HANDLERS = (get_site, edit_site, set_mode, cancel_booking)
