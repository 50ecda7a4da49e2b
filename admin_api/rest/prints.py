"""Printing access cards over REST: codes leave the edge for this alone, one audit line a card."""

from __future__ import annotations

from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.printing import Format, printed
from admin_api.rest.common import AnyRequest, refusals, request_id
from edge.core.model import Permission


class PrintRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ids: 1 to 500 cards. layout: card, sheet, labels-24 or labels-65 (PDF alone). reason: kept in the audit."""

    ids: tuple[str, ...]
    reason: str
    layout: str = "sheet"
    format: Format = Format.PDF


@post(
    "/cards/print", opt=needs(Permission.CARDS_REVEAL), tags=["cards"], responses=refusals(404, 409, 413), status_code=200,
    operation_id="printCards", media_type="application/pdf",
)  # fmt: skip
async def print_cards(request: AnyRequest, data: JSONBody[PrintRequest]) -> Response[bytes]:
    """Cards with their codes as a PDF (or, of one card, a PNG). 409 when a code is not kept here."""
    made = await printed(
        parts_of(request), session_of(request), data.ids, layout=data.layout, format=data.format, reason=data.reason,
        request=request_id(request),
    )  # fmt: skip
    return as_file(made.data, made.media_type, made.name)


def as_file(data: bytes, media_type: str, name: str) -> Response[bytes]:
    """To be saved, not shown: what is drawn on it opens a gate."""
    return Response(data, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


HANDLERS = (print_cards,)
