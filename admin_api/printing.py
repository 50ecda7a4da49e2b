"""Printing cards again: the edge says their codes to who may have them, and writes it down; here they are drawn and forgotten."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from admin_api.auth import Session
from admin_api.parts import Parts
from edge.commands.credentials import RevealCards, Revealed, RevealedCard
from edge.core.errors import Conflict, Invalid
from edge.core.model import Card, CredentialKind
from edge.core.people import Company
from edge.core.schedule import local


class Format(StrEnum):
    """pdf: sheets; png: one card as a picture; qr: the QR code of one card alone, as a picture."""

    PDF = "pdf"
    PNG = "png"
    QR = "qr"


@dataclass(frozen=True)
class Printed:
    """A file to hand out."""

    data: bytes
    media_type: str
    name: str


_PRINTED_CODES = (CredentialKind.QR, CredentialKind.BARCODE)


async def printed(
    parts: Parts, session: Session, ids: Sequence[str], *, layout: str, format: Format, reason: str, request: str
) -> Printed:
    """The cards on paper or as a picture. Nothing is asked of the edge, and so nothing written down, when it could not be drawn.

    Raises Invalid; Conflict when a card's code is not kept; and what the edge says (Forbidden, NotFound, Unavailable).
    """
    # Imported here: drawing, numpy and fonts are 33 MB that a desk which never prints does not pay.
    from admin_api.reports.card_picture import card_png, qr_png
    from admin_api.reports.card_sheet import LAYOUTS, write_pdf

    if layout not in LAYOUTS:
        raise Invalid(f"there is no layout {layout[:40]!r}: {', '.join(LAYOUTS)}", field="layout")
    if format is not Format.PDF and len(set(ids)) != 1:
        raise Invalid("a picture is of one card", field="ids")
    command = RevealCards(ids=tuple(ids), reason=reason)
    found = (await parts.edge.ask(command, Revealed, token=session.token, request=request)).cards
    _refuse_unkept(found)
    if format is Format.QR and found[0].card.kind is not CredentialKind.QR:
        raise Invalid("this card has no QR code", field="format")
    names = await _holders(parts, [each.card for each in found])

    def draw() -> Printed:
        from admin_api.reports.card_face import CardFace

        faces = [
            CardFace(
                site=parts.settings.site.name, name=names[each.card.id], label=each.card.username, kind=each.card.kind,
                code=each.code or "", last4=each.card.last4, valid_to=_date(parts, each.card.valid_to),
            )
            for each in found
        ]  # fmt: skip
        stem = f"card-{faces[0].last4}" if len(faces) == 1 else "cards"
        if format is Format.PNG:
            return Printed(card_png(faces[0]), "image/png", f"{stem}.png")
        if format is Format.QR:
            return Printed(qr_png(faces[0].code), "image/png", f"{stem}-qr.png")
        file = io.BytesIO()
        write_pdf(faces, LAYOUTS[layout], file)
        return Printed(file.getvalue(), "application/pdf", f"{stem}.pdf")

    return await asyncio.to_thread(draw)


def _date(parts: Parts, ms: int | None) -> str:
    """ "22 Nov 2026", in the site's zone; a card goes from hand to hand, and says it in no reader's own language."""
    at = local(ms, parts.settings.site.time_zone) if ms else None
    return f"{at.day} {at:%b %Y}" if at else ""


def _refuse_unkept(found: Sequence[RevealedCard]) -> None:
    lost = [each.card for each in found if each.code is None and each.card.kind in _PRINTED_CODES]
    if lost:
        which = ", ".join(f"…{card.last4}" for card in lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
        raise Conflict(f"the code of {which} is not kept here: give these cards a new code, or leave them out", field="ids")


async def _holders(parts: Parts, cards: Sequence[Card]) -> dict[str, str]:
    """Card -> whose it is."""
    customers = await parts.roster.customer_names([card.customer for card in cards if card.customer])
    companies = await parts.roster.names(Company) if any(card.company for card in cards) else {}
    return {
        card.id: customers.get(card.customer or "", "") or companies.get(card.company or "", "") or card.username for card in cards
    }
