"""Guests: invited in one request; the list of them is `/customers?visitor=true`, of a host `&host=...`."""

from __future__ import annotations

import msgspec
from litestar import post
from litestar.params import JSONBody

from admin_api.auth import needs, parts_of, session_of
from admin_api.rest.common import AnyRequest, refusals, request_id
from edge.commands.guests import GuestFields, GuestInvited, InviteGuest
from edge.core.model import Permission


@post(
    "/guests", opt=needs(Permission.CUSTOMERS_ADD), tags=["customers"], responses=refusals(404, 409, 413), status_code=201,
    operation_id="inviteGuest",
)  # fmt: skip
async def invite(request: AnyRequest, data: JSONBody[GuestFields]) -> GuestInvited:
    """A guest, delivery, contractor or service with their code, plate or both. The code is said this once.

    Needs cards.manage for a code, vehicles.manage for a plate.
    """
    command = InviteGuest(**msgspec.structs.asdict(data))
    return await parts_of(request).edge.ask(command, GuestInvited, token=session_of(request).token, request=request_id(request))


HANDLERS = (invite,)
