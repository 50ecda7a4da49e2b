"""Who is inside, and setting it right: occupancy, the muster list, corrections with a reason."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.reads import presence
from admin_api.reads.presence import Muster, Occupancy
from admin_api.reads.traffic import Traffic, traffic
from admin_api.rest.common import AnyRequest, refusals, request_id
from edge.commands.presence import CorrectCount, Corrected, CorrectPresence, ResetZone
from edge.core.errors import Invalid
from edge.core.model import Permission
from edge.core.schedule import local

CORRECT: dict[str, Any] = {
    "opt": needs(Permission.PRESENCE_CORRECT), "tags": ["presence"], "responses": refusals(404, 413), "status_code": 200,
}  # fmt: skip


class PresenceFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """zone: where the holder is (left out: outside). reason: kept in the journal."""

    reason: str
    zone: str | None = None


class CountFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """by: how many more (or, below zero, fewer) are in the zone than its visits say."""

    by: int
    reason: str


class ResetFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; the journal keeps it."""

    reason: str


@get("/occupancy", opt=needs(Permission.PRESENCE_VIEW), tags=["presence"], responses=refusals(), operation_id="getOccupancy")
async def get_occupancy(request: AnyRequest) -> list[Occupancy]:
    """Every zone with how many are in it, how many of them doubtful, the correction by hand and the capacity."""
    parts = parts_of(request)
    return await presence.occupancy(parts.database, parts.now(), parts.scope)


@get("/traffic", opt=needs(Permission.EVENTS_VIEW), tags=["presence"], responses=refusals(), operation_id="getTraffic")
async def get_traffic(
    request: AnyRequest, day: FromQuery[str] = "", zone: FromQuery[str] = "", access_point: FromQuery[str] = ""
) -> Traffic:
    """How busy a day was (YYYY-MM-DD in the site's zone; today when left out), hour by hour, beside the same day a week before.

    Of the whole site, or of a zone or access point (by id).
    """
    parts = parts_of(request)
    tz = parts.settings.site.time_zone
    try:
        wanted = date.fromisoformat(day) if day else local(parts.now(), tz).date()
        if not 1971 <= wanted.year <= 9998:
            raise ValueError
    except ValueError as error:
        raise Invalid("a day as YYYY-MM-DD", field="day") from error
    return await traffic(parts.database, wanted, tz, parts.now(), zone=zone, point=access_point, scope=parts.scope)


@get("/muster", opt=needs(Permission.PRESENCE_VIEW), tags=["presence"], responses=refusals(), operation_id="getMuster")
async def get_muster(request: AnyRequest, format: FromQuery[str] = "") -> Response[Any]:
    """Everybody inside by zone and name, since when. As text/csv with format=csv or that Accept. Works while the edge is down."""
    parts = parts_of(request)
    found = await presence.muster(parts.database, parts.settings.site.name, parts.now(), parts.scope)
    headers = {"Cache-Control": "no-store"}
    if format != "csv" and not request.headers.get("accept", "").startswith("text/csv"):
        return Response(found, headers=headers)
    headers["content-disposition"] = 'attachment; filename="muster.csv"'
    return Response(as_csv(found, parts.settings.site.time_zone), media_type="text/csv; charset=utf-8", headers=headers)


def as_csv(found: Muster, tz: str) -> str:
    """One line a person; times in the site's zone. Corrections by hand stand as lines without a name."""
    file = io.StringIO()
    lines = csv.writer(file)
    lines.writerow(("zone", "name", "company", "card or vehicle", "inside since", "doubtful"))
    for zone in found.zones:
        for one in zone.present:
            since = local(one.since, tz).isoformat(timespec="seconds")
            row = (zone.name, one.name, one.company, one.what, since, "yes" if one.doubtful else "")
            lines.writerow(tuple(_harmless(cell) for cell in row))
        if zone.correction:
            lines.writerow((_harmless(zone.name), f"{zone.correction:+d} counted by hand".lstrip("+"), "", "", "", ""))
    if found.left_out:
        lines.writerow(("", f"{found.left_out} more are not on this list", "", "", "", ""))
    return file.getvalue()


def _harmless(cell: str) -> str:
    """A name such as =1+1 stays a name when a spreadsheet opens it."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


@post("/presence/{holder:str}", operation_id="correctPresence", **CORRECT)
async def correct_presence(request: AnyRequest, holder: FromPath[str], data: JSONBody[PresenceFields]) -> Corrected:
    """Say where the holder of a card or vehicle (its id) is. Spends no use, opens no door."""
    command = CorrectPresence(holder=holder, zone=data.zone, reason=data.reason)
    return await parts_of(request).edge.ask(command, Corrected, token=session_of(request).token, request=request_id(request))


@post("/zones/{zone:str}/count", operation_id="correctCount", **CORRECT)
async def correct_count(request: AnyRequest, zone: FromPath[str], data: JSONBody[CountFields]) -> Corrected:
    """Correct a zone's count: people who are in it without a visit of theirs, or the other way round."""
    command = CorrectCount(zone=zone, by=data.by, reason=data.reason)
    return await parts_of(request).edge.ask(command, Corrected, token=session_of(request).token, request=request_id(request))


@post("/zones/{zone:str}/reset", operation_id="resetZone", **CORRECT)
async def reset_zone(request: AnyRequest, zone: FromPath[str], data: JSONBody[ResetFields]) -> Corrected:
    """Nobody is in this zone: ends every visit in it and in those within, and takes the correction back."""
    command = ResetZone(zone=zone, reason=data.reason)
    return await parts_of(request).edge.ask(command, Corrected, token=session_of(request).token, request=request_id(request))


HANDLERS = (get_occupancy, get_traffic, get_muster, correct_presence, correct_count, reset_zone)
