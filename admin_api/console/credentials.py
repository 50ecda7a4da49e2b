"""Cards and vehicles of a customer: adding, changing, deleting; a new card's code is shown, with its QR to print."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import segno
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from markupsafe import Markup

from admin_api.auth import needs, parts_of, session_of
from admin_api.console import words
from admin_api.console.form_page import FormPage
from admin_api.console.forms import Field, Form, Input, blank, conflicting, filled, parse, request_of, typed, ver_of
from admin_api.console.language import N_, _, refused
from admin_api.console.marks import mark_of
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.console.words import sentence
from admin_api.errors import problem_of
from admin_api.parts import Parts
from edge.commands.base import Command
from edge.commands.credentials import AddCard, AddVehicle, CardMade, DeleteCard, DeleteVehicle, EditCard, EditVehicle
from edge.core.errors import Conflict, HouseError, NotFound, NotSignedIn
from edge.core.model import Card, CardStatus, CredentialKind, Permission, Record, Vehicle
from edge.core.people import Customer
from edge.core.place import Profile


@dataclass(frozen=True, kw_only=True)
class CardMadePage(Page):
    """A new card with its code."""

    template = "card_made.html"
    customer: Customer
    card: Card
    code: str
    kind: str
    qr: Markup | None
    problem: str = ""


@dataclass(frozen=True)
class Sort:
    """Cards or vehicles: what differs between them. Texts are marked, and translated when they are shown."""

    new: str
    submit: str
    gone: str
    tab: str
    kind: type[Record]
    add: type[Command]
    edit: type[Command]
    delete: type[Command]
    lead: str


CARD = Sort(
    N_("New access card"),
    N_("Add access card"),
    N_("The access card stops opening at the next reading. Its events stay."),
    "cards",
    Card,
    AddCard,
    EditCard,
    DeleteCard,
    N_("Leave the code empty to have one made and shown as a QR code."),
)
VEHICLE = Sort(
    N_("New vehicle"),
    N_("Add vehicle"),
    N_("The vehicle stops opening at the next reading. Its events stay."),
    "vehicles",
    Vehicle,
    AddVehicle,
    EditVehicle,
    DeleteVehicle,
    N_("The plate opens like a card, wherever plates are read."),
)


async def fields_of(parts: Parts, sort: Sort) -> tuple[Field, ...]:
    profiles = tuple((p.id, p.name) for p in await parts.roster.every(Profile))
    statuses = tuple((s.value, w) for s, w in words.CARD_STATUS.items())
    kinds = tuple((k.value, w) for k, w in words.KINDS.items() if k is not CredentialKind.PLATE)
    first: tuple[Field, ...]
    if sort is CARD:
        first = (
            Field(name="kind", label=N_("Kind"), kind="select", choices=kinds),
            Field(name="username", label=N_("User name"), hint=N_("Shown with its events.")),
            Field(name="code", label=N_("Code"), hint=N_("What the reader sees. Not shown again here."), kind="secret"),
            Field(name="status", label=N_("Status"), kind="select", choices=statuses),
            Field(name="uses", label=N_("Entries granted in all"), kind="number", hint=N_("Empty: no limit.")),
            Field(name="daily_limit", label=N_("Entries a day"), kind="number", hint=N_("Empty: no limit.")),
            Field(name="min_interval_s", label=N_("Pause between entries"), kind="number", hint=N_("Seconds. Empty: none.")),
        )
    else:
        first = (
            Field(name="plate", label=N_("Plate"), required=True),
            Field(name="country", label=N_("Country"), hint=N_("Two letters, such as PL.")),
            Field(name="brand", label=N_("Brand")),
            Field(name="model", label=N_("Model")),
            Field(name="year", label=N_("Year"), kind="number"),
            Field(name="colour", label=N_("Colour")),
            Field(name="status", label=N_("Status"), kind="select", choices=statuses),
        )
    times = (
        Field(name="valid_from", label=N_("Valid from"), kind="time", hint=N_("Empty: at once.")),
        Field(name="valid_to", label=N_("Valid until"), kind="time", hint=N_("Empty: for good.")),
    )
    last = (
        (
            Field(
                name="profiles",
                label=N_("Access profiles"),
                kind="checks",
                choices=profiles,
                wide=True,
                hint=N_("Beside those of the customer."),
            ),
        )
        if profiles
        else ()
    )
    return (*first, *times, *last)


async def _new(request: AnyRequest, customer_id: str, sort: Sort) -> Response[str]:
    parts = parts_of(request)
    customer = await parts.roster.get(Customer, customer_id)
    form = blank(
        await fields_of(parts, sort), action=f"/customers/{customer.id}/{sort.tab}/new", submit=_(sort.submit),
        back=f"/customers/{customer.id}?tab={sort.tab}", status=CardStatus.ACTIVE.value, kind=CredentialKind.QR.value, username=customer.name,
    )  # fmt: skip
    return await render(request, _page(sort, customer, form, _(sort.new)))


def _page(sort: Sort, customer: Customer, form: Form, title: str, delete_to: str = "") -> FormPage:
    return FormPage(
        title=title, section="people", form=form, parent=customer.name, parent_href=f"/customers/{customer.id}?tab={sort.tab}",
        lead="" if delete_to else _(sort.lead), delete_to=delete_to, delete_says=_(sort.gone),
    )  # fmt: skip


async def _add(request: AnyRequest, customer_id: str, sort: Sort) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    data = await request.form()
    customer = await parts.roster.get(Customer, customer_id)
    fields = await fields_of(parts, sort)
    try:
        values = {**parse(fields, data, times_of(parts)), "customer": customer.id}
        code = values.pop("code", "")
        command = AddCard(fields=values, code=code) if sort is CARD else AddVehicle(fields=values)
        result: Any = CardMade if sort is CARD else Vehicle
        made = await parts.edge.ask(command, result, token=session.token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        back = f"/customers/{customer.id}?tab={sort.tab}"
        action = f"/customers/{customer.id}/{sort.tab}/new"
        form = typed(fields, data, action=action, submit=_(sort.submit), back=back, error=error)
        return await render(request, _page(sort, customer, form, _(sort.new)), status=problem_of(error).status)
    if isinstance(made, CardMade) and made.code:
        return await card_made(request, customer, made)
    return Redirect(f"/customers/{customer.id}?tab={sort.tab}&done=added", status_code=303)


async def card_made(request: AnyRequest, customer: Customer, made: CardMade, problem: str = "") -> Response[str]:
    """The page that says a new card's code."""
    drawn = made.card.kind is CredentialKind.QR
    page = CardMadePage(
        title=_("New access card"),
        section="people",
        customer=customer,
        card=made.card,
        code=made.code,
        kind=words.KINDS[made.card.kind],
        qr=qr_svg(made.code) if drawn else None,
        problem=problem,
    )
    return await render(request, page)


def qr_svg(code: str) -> Markup:
    """The code as a QR drawing (inline SVG, no styles of its own); error correction M survives a fold and a scratch."""
    drawing = segno.make_qr(code, error="m").svg_inline(border=4, omitsize=True, dark="#000", light="#fff")
    return Markup(drawing)  # noqa: S704 - drawn here from the code; nothing of the code is text in it


async def vehicle_refused(
    request: AnyRequest, customer: Customer, plate: str, error: HouseError, made: CardMade | None
) -> Response[str]:
    """After a new customer was saved and the vehicle was not: say both, and go on from there."""
    said = _("%(name)s was saved, the vehicle was not: %(why)s") % {"name": customer.name, "why": refused(error.message)}
    if made is not None and made.code:
        return await card_made(request, customer, made, problem=sentence(said))
    parts = parts_of(request)
    fields = await fields_of(parts, VEHICLE)
    inputs = tuple(
        Input(field=f, value=plate if f.name == "plate" else "active" if f.name == "status" else "", error=refused(error.message) if f.name == "plate" else "")
        for f in fields
    )  # fmt: skip
    form = Form(
        action=f"/customers/{customer.id}/vehicles/new", submit=_("Add vehicle"), inputs=inputs, request=uuid4().hex,
        problem=sentence(said), back=f"/customers/{customer.id}",
    )  # fmt: skip
    return await render(request, _page(VEHICLE, customer, form, _("New vehicle")), status=problem_of(error).status)


async def _edit(request: AnyRequest, id: str, sort: Sort) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    record: Any = await parts.roster.get(sort.kind, id)
    customer = await _holder(parts, record)
    fields = await fields_of(parts, sort)
    back = f"/customers/{customer.id}?tab={sort.tab}"
    action = f"/{sort.tab}/{id}/edit"
    form = filled(fields, record, times_of(parts), action=action, submit=_("Save"), back=back, ver=record.ver)
    status = 200
    if request.method == "POST":
        data = await request.form()
        try:
            changes = parse(fields, data, times_of(parts))
            code = changes.pop("code", "") or None
            extra: dict[str, Any] = {"code": code} if sort is CARD else {}
            command: Any = sort.edit
            made = command(id=id, changes=changes, ver=ver_of(data), **extra)
            await parts.edge.send(made, token=session.token, request=request_of(data))
            return Redirect(f"{back}&done=saved", status_code=303)
        except NotSignedIn:
            raise
        except HouseError as error:
            mine = typed(fields, data, action=action, submit=_("Save"), back=back, error=error)
            stale = isinstance(error, Conflict) and error.field == "ver"
            form, status = conflicting(mine, form) if stale else mine, problem_of(error).status
    title = (
        _("Vehicle %(plate)s") % {"plate": record.plate}
        if sort is VEHICLE
        else _("Access card …%(last4)s") % {"last4": record.last4}
    )
    page = _page(sort, customer, form, title, delete_to=f"/{sort.tab}/{id}/delete")
    mark = await mark_of(parts, session, sort.kind.__name__.lower(), id)
    return await render(request, replace(page, mark=mark), status=status)


async def _delete(request: AnyRequest, id: str, sort: Sort) -> Redirect:
    parts, data = parts_of(request), await request.form()
    customer = await _holder(parts, await parts.roster.get(sort.kind, id))
    command: Any = sort.delete
    await parts.edge.send(command(id=id), token=session_of(request).token, request=request_of(data))
    return Redirect(f"/customers/{customer.id}?tab={sort.tab}&done=deleted", status_code=303)


async def _holder(parts: Parts, record: Any) -> Customer:
    customer = await parts.roster.find(Customer, record.customer)
    if customer is None:
        raise NotFound("it belongs to a company, not to a customer; change it over the API")
    return customer


@get("/customers/{customer_id:str}/cards/new", opt=needs(Permission.CARDS_MANAGE))
async def new_card(request: AnyRequest, customer_id: FromPath[str]) -> Response[str]:
    return await _new(request, customer_id, CARD)


@post("/customers/{customer_id:str}/cards/new", opt=needs(Permission.CARDS_MANAGE), status_code=200)
async def add_card(request: AnyRequest, customer_id: FromPath[str]) -> Response[str]:
    return await _add(request, customer_id, CARD)


@get("/cards/{card_id:str}/edit", opt=needs(Permission.CARDS_MANAGE))
async def card_page(request: AnyRequest, card_id: FromPath[str]) -> Response[str]:
    return await _edit(request, card_id, CARD)


@post("/cards/{card_id:str}/edit", opt=needs(Permission.CARDS_MANAGE), status_code=200)
async def edit_card(request: AnyRequest, card_id: FromPath[str]) -> Response[str]:
    return await _edit(request, card_id, CARD)


@post("/cards/{card_id:str}/delete", opt=needs(Permission.CARDS_MANAGE), status_code=303)
async def delete_card(request: AnyRequest, card_id: FromPath[str]) -> Redirect:
    return await _delete(request, card_id, CARD)


@get("/customers/{customer_id:str}/vehicles/new", opt=needs(Permission.VEHICLES_MANAGE))
async def new_vehicle(request: AnyRequest, customer_id: FromPath[str]) -> Response[str]:
    return await _new(request, customer_id, VEHICLE)


@post("/customers/{customer_id:str}/vehicles/new", opt=needs(Permission.VEHICLES_MANAGE), status_code=200)
async def add_vehicle(request: AnyRequest, customer_id: FromPath[str]) -> Response[str]:
    return await _add(request, customer_id, VEHICLE)


@get("/vehicles/{vehicle_id:str}/edit", opt=needs(Permission.VEHICLES_MANAGE))
async def vehicle_page(request: AnyRequest, vehicle_id: FromPath[str]) -> Response[str]:
    return await _edit(request, vehicle_id, VEHICLE)


@post("/vehicles/{vehicle_id:str}/edit", opt=needs(Permission.VEHICLES_MANAGE), status_code=200)
async def edit_vehicle(request: AnyRequest, vehicle_id: FromPath[str]) -> Response[str]:
    return await _edit(request, vehicle_id, VEHICLE)


@post("/vehicles/{vehicle_id:str}/delete", opt=needs(Permission.VEHICLES_MANAGE), status_code=303)
async def delete_vehicle(request: AnyRequest, vehicle_id: FromPath[str]) -> Redirect:
    return await _delete(request, vehicle_id, VEHICLE)


HANDLERS = (
    new_card, add_card, card_page, edit_card, delete_card, new_vehicle, add_vehicle, vehicle_page, edit_vehicle, delete_vehicle,
)  # fmt: skip
