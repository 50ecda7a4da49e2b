"""Alerts: what waits for a person, and somebody's word on it."""

from __future__ import annotations

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.reads.cursor import Page
from admin_api.rest.common import AnyRequest, refusals, request_id
from edge.commands.alerts import AcknowledgeAlert
from edge.core.alerts import Alert
from edge.core.errors import Invalid
from edge.core.model import Permission


class AcknowledgeRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done about it; the journal keeps it with your name."""

    note: str


@get("/alerts", opt=needs(Permission.ALERTS_VIEW), tags=["alerts"], responses=refusals(), operation_id="listAlert")
async def list_alerts(
    request: AnyRequest, done: FromQuery[bool] = False, after: FromQuery[str] = "", limit: FromQuery[int] = 50
) -> Page[Alert]:
    """Those that wait: not acknowledged, or not over. done: those that are both, newest first, in pages."""
    reads = parts_of(request).alerts
    if not done:
        return Page(items=await reads.waiting(), next=None)
    if after and not (after.isdecimal() and len(after) < 18):
        raise Invalid("send what the page before said as `next`", field="after")
    return await reads.done(before=int(after) if after else None, limit=limit)


@post(
    "/alerts/{alert:int}/acknowledge", opt=needs(Permission.ALERTS_MANAGE), tags=["alerts"], responses=refusals(404, 409, 413),
    status_code=200, operation_id="acknowledgeAlert",
)  # fmt: skip
async def acknowledge(request: AnyRequest, alert: FromPath[int], data: JSONBody[AcknowledgeRequest]) -> Alert:
    """Say that you have seen it and what is done about it. Idempotency-Key: a retry gets the first answer."""
    command = AcknowledgeAlert(id=alert, note=data.note)
    return await parts_of(request).edge.ask(command, Alert, token=session_of(request).token, request=request_id(request))


HANDLERS = (list_alerts, acknowledge)
