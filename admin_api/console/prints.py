"""Printing a customer's access cards: which, on what, and why; the answer is a file."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from admin_api.auth import needs, parts_of, session_of
from admin_api.console import words
from admin_api.console.forms import Field, Form, blank, request_of, typed
from admin_api.console.language import N_, _
from admin_api.console.page import AnyRequest, Page, render
from admin_api.errors import problem_of
from admin_api.parts import Parts
from admin_api.printing import Format, printed
from admin_api.reads.conditions import Query
from edge.core.errors import HouseError, NotSignedIn
from edge.core.model import Card, Permission
from edge.core.people import Customer

CHOICES: tuple[tuple[str, str], ...] = (
    ("card", N_("Wallet-size card (85.6 × 54 mm), one a page")),
    ("sheet", N_("A4 sheet of ten cards, with cut marks")),
    ("labels-24", N_("A4 labels, 3 × 8 of 70 × 36 mm")),
    ("labels-65", N_("A4 labels, 5 × 13 of 38.1 × 21.2 mm")),
    (Format.PNG.value, N_("Picture of one card (PNG)")),
    (Format.QR.value, N_("QR code of one card alone (PNG)")),
)


@dataclass(frozen=True, kw_only=True)
class PrintPage(Page):
    """What to print, in a form."""

    template = "print_cards.html"
    form: Form
    customer: Customer


async def _fields(parts: Parts, customer: Customer) -> tuple[Field, ...]:
    cards = await parts.roster.listing(Card, Query(filters=(("customer", customer.id),), limit=200))
    named = tuple((c.id, f"{words.KINDS[c.kind]} …{c.last4}" + (f" · {c.username}" if c.username else "")) for c in cards.items)
    return (
        Field(name="ids", label=N_("Cards"), kind="checks", choices=named, wide=True),
        Field(name="layout", label=N_("Print as"), kind="select", choices=tuple((value, _(says)) for value, says in CHOICES)),
        Field(
            name="reason",
            label=N_("Reason"),
            hint=N_("Kept with each card: its code is shown to whoever holds the print."),
            required=True,
        ),
    )


@get("/customers/{customer_id:str}/cards/print", opt=needs(Permission.CARDS_REVEAL))
async def print_page(request: AnyRequest, customer_id: FromPath[str], card: FromQuery[str] = "") -> Response[str]:
    parts = parts_of(request)
    customer = await parts.roster.get(Customer, customer_id)
    fields = await _fields(parts, customer)
    chosen = [card] if card else [id for id, _ in fields[0].choices]
    form = blank(fields, action=f"/customers/{customer.id}/cards/print", submit=_("Print"), back=f"/customers/{customer.id}?tab=cards",
                 ids=chosen, layout="card" if len(chosen) == 1 else "sheet")  # fmt: skip
    return await render(request, PrintPage(title=_("Print cards"), section="people", form=form, customer=customer))


@post("/customers/{customer_id:str}/cards/print", opt=needs(Permission.CARDS_REVEAL), status_code=200)
async def print_cards(request: AnyRequest, customer_id: FromPath[str]) -> Response[bytes] | Response[str]:
    parts, data = parts_of(request), await request.form()
    customer = await parts.roster.get(Customer, customer_id)
    ids, wanted = [str(id) for id in data.getall("ids", [])], str(data.get("layout", ""))
    picture = wanted in (Format.PNG, Format.QR)
    try:
        made = await printed(
            parts, session_of(request), ids, layout="card" if picture else wanted, format=Format(wanted) if picture else Format.PDF,
            reason=str(data.get("reason", "")), request=request_of(data),
        )  # fmt: skip
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(await _fields(parts, customer), data, action=f"/customers/{customer.id}/cards/print", submit=_("Print"),
                     back=f"/customers/{customer.id}?tab=cards", error=error)  # fmt: skip
        page = PrintPage(title=_("Print cards"), section="people", form=form, customer=customer)
        return await render(request, page, status=problem_of(error).status)
    headers = {"content-disposition": f'attachment; filename="{made.name}"'}
    return Response(made.data, media_type=made.media_type, headers=headers)


HANDLERS = (print_page, print_cards)
