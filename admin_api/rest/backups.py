"""Backups over REST: having one made on the machine of the edge, and which there are. The files stay there: they hold keys."""

from __future__ import annotations

from litestar import Response, get, post

from admin_api.auth import needs, parts_of, session_of
from admin_api.rest.common import AnyRequest, refusals, request_id
from edge.commands.backups import BackupBegun, BackupsNow, GetBackups, MakeBackup
from edge.core.model import Permission


@get("/backups", opt=needs(Permission.SITE_MANAGE), tags=["site"], responses=refusals(), operation_id="getBackups")
async def get_backups(request: AnyRequest) -> BackupsNow:
    """Those that are kept, newest first, and how far the one is that is being made."""
    return await parts_of(request).edge.ask(GetBackups(), BackupsNow, token=session_of(request).token)


@post(
    "/backups", opt=needs(Permission.SITE_MANAGE), tags=["site"], responses=refusals(409), operation_id="makeBackup", status_code=202
)  # fmt: skip
async def make_backup(request: AnyRequest) -> Response[BackupBegun]:
    """Begin one: it is made while the gate goes on, verified, and then among those that are kept. One at a time."""
    begun = await parts_of(request).edge.ask(
        MakeBackup(), BackupBegun, token=session_of(request).token, request=request_id(request)
    )
    return Response(begun, status_code=202)


HANDLERS = (get_backups, make_backup)
