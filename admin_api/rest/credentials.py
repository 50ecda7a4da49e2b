"""What goes with a card or a person beside its record: PINs, putting a rotating card on a phone, signed passes."""

from __future__ import annotations

import base64
import io

import segno
from litestar import Response, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from admin_api import pass_page
from admin_api.auth import needs, parts_of, session_of
from admin_api.rest.common import AnyRequest, Reasoned, refusals, request_id, versioned
from edge.commands.passes import RevokePass, SetPin
from edge.commands.phones import Enrolled, EnrolPhone, Issued, IssuePass, RotatePassKey
from edge.core import base32
from edge.core.model import Card, Permission
from edge.core.place import PassKey, RevokedPass


class PinFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """pin: 4 to 12 digits, empty: none any more; duress: another one, to type under threat."""

    pin: str
    duress: str = ""
    reason: str = ""


class OnPhone(Struct, frozen=True, kw_only=True):
    """A rotating card for its holder's phone: number, secret (base 32) and the link that has both. Whoever has the link has the card."""

    card: Card
    number: str
    secret: str
    link: str


class PassFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """valid_from, valid_to: ms since 1970 UTC, the end exclusive. uses: entries in all (left out: no limit)."""

    name: str
    zones: tuple[str, ...]
    valid_from: int
    valid_to: int
    uses: int | None = None
    kind: str = "guest"
    reason: str = ""


class IssuedPass(Struct, frozen=True, kw_only=True):
    """A pass. text: what its QR code says; svg: the QR as a drawing; png: as a picture, in base 64. All three empty in a retry."""

    id: str
    key: str
    valid_from: int
    valid_to: int
    zones: tuple[str, ...]
    text: str = ""
    svg: str = ""
    png: str = ""


@put(
    "/cards/{card:str}/pin", opt=needs(Permission.CARDS_MANAGE), tags=["cards"], responses=refusals(404, 413), operation_id="setPin"
)
async def set_pin(request: AnyRequest, card: FromPath[str], data: JSONBody[PinFields]) -> Response[Card]:
    """Give a card a PIN, or take it away. It is kept as a keyed hash alone."""
    command = SetPin(id=card, pin=data.pin, duress=data.duress, reason=data.reason)
    kept = await parts_of(request).edge.ask(command, Card, token=session_of(request).token, request=request_id(request))
    return versioned(kept)


@post(
    "/cards/{card:str}/enrol", opt=needs(Permission.CARDS_MANAGE), tags=["cards"], responses=refusals(404, 409, 413), status_code=200,
    operation_id="enrolCard",
)  # fmt: skip
async def enrol(request: AnyRequest, card: FromPath[str], data: JSONBody[Reasoned]) -> Response[OnPhone]:
    """What puts a rotating card on a phone. Every time is written down with who asked and why; 409 when its number is not kept."""
    found = await parts_of(request).edge.ask(
        EnrolPhone(id=card, reason=data.reason), Enrolled, token=session_of(request).token, request=request_id(request)
    )
    told = OnPhone(card=found.card, number=found.number, secret=found.secret, link=phone_link(request, found))
    return Response(told, headers={"Cache-Control": "no-store"})


def phone_link(request: AnyRequest, enrolled: Enrolled) -> str:
    """The address of the pass page with this card behind the #, on the desk as the request reached it."""
    desk = f"{request.url.scheme}://{request.url.netloc}"
    return pass_page.link(
        desk, enrolled.number, _bytes(enrolled.secret), label=enrolled.card.username, site=parts_of(request).settings.site.name
    )


def _bytes(secret: str) -> bytes:
    found = base32.decode(secret)
    assert found is not None  # the edge made it
    return found


@post(
    "/passes", opt=needs(Permission.CARDS_MANAGE), tags=["passes"], responses=refusals(409, 413), status_code=201, operation_id="issuePass"
)  # fmt: skip
async def issue_pass(request: AnyRequest, data: JSONBody[PassFields]) -> Response[IssuedPass]:
    """A pass that this house signs. It is kept nowhere: the answer alone has it. Idempotency-Key: a retry makes no second one."""
    command = IssuePass(
        name=data.name, zones=data.zones, valid_from=data.valid_from, valid_to=data.valid_to, uses=data.uses, kind=data.kind,
        reason=data.reason,
    )  # fmt: skip
    made = await parts_of(request).edge.ask(command, Issued, token=session_of(request).token, request=request_id(request))
    svg, png = drawn(made.text) if made.text else ("", "")
    answer = IssuedPass(
        id=made.id,
        key=made.key,
        valid_from=made.valid_from,
        valid_to=made.valid_to,
        zones=made.zones,
        text=made.text,
        svg=svg,
        png=png,
    )
    return Response(answer, status_code=201, headers={"Cache-Control": "no-store"})


def drawn(text: str) -> tuple[str, str]:
    """(SVG, PNG in base 64) of a QR code."""
    code, file = segno.make_qr(text, error="m"), io.BytesIO()
    code.save(file, kind="png", scale=8, border=4)
    return code.svg_inline(scale=4, border=4, dark="#000", light="#fff"), base64.b64encode(file.getvalue()).decode()


@post(
    "/passes/{record_id:str}/revoke", opt=needs(Permission.CARDS_MANAGE), tags=["passes"], responses=refusals(413), status_code=200,
    operation_id="revokePass",
)  # fmt: skip
async def revoke_pass(request: AnyRequest, record_id: FromPath[str], data: JSONBody[Reasoned]) -> RevokedPass:
    """Take a pass back by its id, whoever signed it: it opens nothing from the next reading on."""
    command = RevokePass(pass_id=record_id, reason=data.reason)
    return await parts_of(request).edge.ask(command, RevokedPass, token=session_of(request).token, request=request_id(request))


@post(
    "/pass-keys/rotate", opt=needs(Permission.SITE_MANAGE), tags=["pass-keys"], responses=refusals(409, 413), status_code=201,
    operation_id="rotatePassKey",
)  # fmt: skip
async def rotate_key(request: AnyRequest, data: JSONBody[Reasoned]) -> PassKey:
    """Sign new passes with a new key; those of the old one stay good until it is revoked."""
    command = RotatePassKey(reason=data.reason)
    return await parts_of(request).edge.ask(command, PassKey, token=session_of(request).token, request=request_id(request))


HANDLERS = (set_pin, enrol, issue_pass, revoke_pass, rotate_key)
