"""Guests: invited in one request; the list of them is `/customers?visitor=true`, of a host `&host=...`."""

from __future__ import annotations

from litestar import post
from litestar.params import JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.rest.common import AnyRequest, refusals, request_id
from edge.commands.guests import GuestInvited, InviteGuest
from edge.core.model import Permission
from edge.core.people import PersonKind


class GuestFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who comes to whom, from when to when (ms). uses: at most so many times (null: any number). code: a QR code is made; plate: of
    the vehicle they come in. profiles: what it opens; left out, what the host's own open."""

    name: str
    host: str
    valid_from: int
    valid_to: int
    kind: PersonKind = PersonKind.GUEST
    uses: int | None = 1
    code: bool = True
    plate: str = ""
    profiles: tuple[str, ...] = ()
    email: str = ""
    mobile: str = ""
    description: str = ""


@post(
    "/guests", opt=needs(Permission.CUSTOMERS_ADD), tags=["customers"], responses=refusals(404, 409, 413), status_code=201,
    operation_id="inviteGuest",
)  # fmt: skip
async def invite(request: AnyRequest, data: JSONBody[GuestFields]) -> GuestInvited:
    """A guest, delivery, contractor or service with their code, plate or both. The code is said this once.

    Needs cards.manage for a code, vehicles.manage for a plate.
    """
    command = InviteGuest(**{field: getattr(data, field) for field in data.__struct_fields__})
    return await parts_of(request).edge.ask(command, GuestInvited, token=session_of(request).token, request=request_id(request))


HANDLERS = (invite,)
