"""Putting a rotating card on its holder's phone: a link and a QR code of it, shown once and written down."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import FromPath
from markupsafe import Markup

from admin_api.auth import needs, parts_of, session_of
from admin_api.console.credentials import qr_svg
from admin_api.console.form_page import FormPage
from admin_api.console.forms import Field, Form, blank, request_of, typed
from admin_api.console.language import N_, _
from admin_api.console.page import AnyRequest, Page, render
from admin_api.errors import problem_of
from admin_api.rest.credentials import phone_link
from edge.commands.phones import Enrolled, EnrolPhone
from edge.core.errors import HouseError, NotSignedIn
from edge.core.model import Card, Permission

_FIELDS = (
    Field(name="reason", label=N_("Reason"), hint=N_("Kept with the card: whoever has the link has the card."), required=True),
)
_LEAD = N_(
    "The holder opens a link on the phone, which then shows a code that changes every 30 seconds, without a network too. "
    "A card that was on another phone before should get a new code first."
)


@dataclass(frozen=True, kw_only=True)
class PhonePage(Page):
    """The link, to scan or to send."""

    template = "phone.html"
    card: Card
    link: str
    qr: Markup
    back: str


@get("/cards/{card_id:str}/phone", opt=needs(Permission.CARDS_MANAGE))
async def ask_page(request: AnyRequest, card_id: FromPath[str]) -> Response[str]:
    card = await parts_of(request).roster.get(Card, card_id)
    form = blank(_FIELDS, action=f"/cards/{card.id}/phone", submit=_("Show the link"), back=_back(card))
    return await render(request, _ask(card, form))


def _ask(card: Card, form: Form) -> FormPage:
    return FormPage(
        title=_("Put card …%(last4)s on a phone") % {"last4": card.last4},
        section="people",
        form=form,
        parent=_("Access cards"),
        parent_href=_back(card),
        lead=_(_LEAD),
    )


def _back(card: Card) -> str:
    return f"/customers/{card.customer}?tab=cards" if card.customer else "/customers"


@post("/cards/{card_id:str}/phone", opt=needs(Permission.CARDS_MANAGE), status_code=200)
async def show_link(request: AnyRequest, card_id: FromPath[str]) -> Response[str]:
    parts, session, data = parts_of(request), session_of(request), await request.form()
    card = await parts.roster.get(Card, card_id)
    try:
        command = EnrolPhone(id=card_id, reason=str(data.get("reason", "")))
        enrolled = await parts.edge.ask(command, Enrolled, token=session.token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(_FIELDS, data, action=f"/cards/{card_id}/phone", submit=_("Show the link"), back=_back(card), error=error)
        return await render(request, _ask(card, form), status=problem_of(error).status)
    link = phone_link(request, enrolled)
    page = PhonePage(
        title=_("Card for a phone"), section="people", card=enrolled.card, link=link, qr=qr_svg(link), back=_back(card)
    )
    return await render(request, page, headers={"Cache-Control": "no-store"})


HANDLERS = (ask_page, show_link)
