"""One customer: who they are, whether they may enter and why not, all that is kept of them, with their lists as tabs; editing and deleting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.console import words
from admin_api.console.back import back_of, done
from admin_api.console.customer_inline import Shown, shown_of
from admin_api.console.customer_summary import Overview, overview
from admin_api.console.customer_tabs import Tab, TabLink, tab_of, tabs
from admin_api.console.customers import PAPERWORK, PERSON, customer_fields, status_words, with_group, with_host, with_unseen
from admin_api.console.form_page import FormPage
from admin_api.console.forms import Form, conflicting, filled, parse, request_of, typed, ver_of
from admin_api.console.language import N_, _
from admin_api.console.marks import Mark, mark_of
from admin_api.console.page import AnyRequest, Page, render, render_piece, times_of
from admin_api.console.times import Times
from admin_api.console.views import status_tone
from admin_api.console.words import sentence
from admin_api.errors import problem_of
from admin_api.parts import Parts
from edge.commands.customers import DeleteCustomer, Document, EditCustomer, RestoreCustomer, RevealDocument
from edge.core.errors import Conflict, HouseError, NotSignedIn
from edge.core.model import Permission, Status
from edge.core.people import Company, Customer, Purpose


@dataclass(frozen=True, kw_only=True)
class CustomerPage(Page):
    """The record page. number and problem: of the identity document, after somebody asked for it; other: what is kept and not edited here, in words."""

    template = "customer.html"
    customer: Customer
    status: str
    tone: str
    company: str
    overview: Overview
    groups: tuple[tuple[str, tuple[Shown, ...]], ...]
    other: tuple[tuple[str, tuple[str, ...]], ...]
    tabs: tuple[TabLink, ...]
    mark: Mark | None
    tab: Tab | None
    number: str | None = None
    problem: str = ""
    person: str = PERSON
    paperwork: str = PAPERWORK


@get("/customers/{customer_id:str}", opt=needs(Permission.CUSTOMERS_VIEW))
async def customer_page(
    request: AnyRequest, customer_id: FromPath[str], tab: FromQuery[str] = "", after: FromQuery[str] = ""
) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    customer = await parts.roster.get(Customer, customer_id)
    parts.views.saw(session.user, session.token, customer.id, parts.now())
    return await render(request, await _page(parts, session, customer, tab, after))


async def _page(parts: Parts, session: Session, customer: Customer, tab: str, after: str) -> CustomerPage:
    times, links = times_of(parts), await tabs(parts, session, customer)
    company = await parts.roster.find(Company, customer.company)
    status = "deleted" if customer.deleted_at else customer.status.value
    fields, here = await customer_fields(parts, session, customer), f"/customers/{customer.id}"
    form = filled(fields, customer, times, action=f"{here}/edit", submit="", back=here, ver=None)
    edits = session.may(Permission.CUSTOMERS_EDIT) and not customer.deleted_at
    link = next((each for each in links if each.name == tab), links[0] if links else None)
    return CustomerPage(
        title=customer.name,
        section="people",
        customer=customer,
        status=status_words(status),
        tone=status_tone(status),
        company=company.name if company else "",
        overview=await overview(parts, session, customer, company, times),
        groups=shown_of(form, customer, edits, always=(PAPERWORK, *((PERSON,) if customer.has_document else ()))),
        other=_other(customer, times),
        tabs=links,
        mark=await mark_of(parts, session, "customer", customer.id),
        tab=await tab_of(parts, session, customer, link, after if tab == link.name else "", times) if link else None,
    )


PURPOSES = words.Words({Purpose.NEWSLETTER: N_("Newsletter"), Purpose.PROMO_SMS: N_("Promotion by text message")})


def _other(customer: Customer, times: Times) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What is kept and not edited here: consents, who they are elsewhere, and when."""
    said = {"yes": _("yes"), "no": _("no")}
    consents = tuple(
        f"{PURPOSES[c.purpose]}: {said['yes' if c.given else 'no']} ({c.basis}, {times.date(c.at)})" for c in customer.consents
    )
    found = (
        (_("Consents"), consents),
        (_("In other systems"), tuple(f"{i.system}: {i.id}" for i in customer.identities)),
        (_("Account overdue since"), (times.date(customer.overdue_since),) if customer.overdue_since else ()),
        (_("Last reviewed"), (times.date(customer.reviewed_at),) if customer.reviewed_at else ()),
        (_("Customer since"), (times.date(customer.created_at),)),
    )
    return tuple((label, lines) for label, lines in found if lines)


@post("/customers/{customer_id:str}/document", opt=needs(Permission.CUSTOMERS_REVEAL), status_code=200)
async def reveal_document(request: AnyRequest, customer_id: FromPath[str]) -> Response[str]:
    """The number of the identity document, on the page. Written down with who asked and why."""
    parts, session, data = parts_of(request), session_of(request), await request.form()
    customer = await parts.roster.get(Customer, customer_id)
    page, status = await _page(parts, session, customer, "", ""), 200
    try:
        command = RevealDocument(id=customer_id, reason=str(data.get("reason", "")))
        found = await parts.edge.ask(command, Document, token=session.token, request=uuid4().hex)
        page = replace(page, number=found.number or "")
    except NotSignedIn:
        raise
    except HouseError as error:
        page, status = replace(page, problem=sentence(error.message)), problem_of(error).status
    no_store = {"Cache-Control": "no-store"}
    if request.headers.get("hx-request"):
        answer = await render_piece(request, page, "customer_document.html", status=status)
        answer.headers.update(no_store)
        return answer
    return await render(request, page, status=status, headers=no_store)


# ---------------------------------------------------------------------------------------------------- changes


@get("/customers/{customer_id:str}/edit", opt=needs(Permission.CUSTOMERS_EDIT))
async def edit_page(request: AnyRequest, customer_id: FromPath[str]) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    customer = await parts.roster.get(Customer, customer_id)
    fields = await customer_fields(parts, session, customer)
    back = f"/customers/{customer.id}"
    form = filled(fields, customer, times_of(parts), action=f"{back}/edit", submit=_("Save"), back=back, ver=customer.ver)
    return await render(request, _edit_page(session, customer, form))


def _edit_page(session: Session, customer: Customer, form: Form) -> FormPage:
    deletable = session.may(Permission.CUSTOMERS_DELETE) and not customer.deleted_at
    return FormPage(
        title=_("Edit %(name)s") % {"name": customer.name}, section="people", form=form, parent=customer.name, parent_href=f"/customers/{customer.id}",
        delete_to=f"/customers/{customer.id}/delete" if deletable else "",
        delete_says=_("Cards and vehicles stop opening at the next reading. Entries and events stay, and it can be taken back."),
    )  # fmt: skip


@post("/customers/{customer_id:str}/edit", opt=needs(Permission.CUSTOMERS_EDIT), status_code=200)
async def edit_customer(request: AnyRequest, customer_id: FromPath[str]) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    data = await request.form()
    before = await parts.roster.get(Customer, customer_id)
    fields = await customer_fields(parts, session, before)
    back = f"/customers/{customer_id}"
    try:
        parse(fields, data, times_of(parts))  # before anything is made
        data = await with_group(parts, session, data)
        changes = await with_host(parts, with_unseen(fields, before, parse(fields, data, times_of(parts))))
        command = EditCustomer(id=customer_id, changes=changes, ver=ver_of(data))
        await parts.edge.ask(command, Customer, token=session.token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        now = await parts.roster.get(Customer, customer_id)
        fields = await customer_fields(parts, session, now)
        form = typed(fields, data, action=f"{back}/edit", submit=_("Save"), back=back, error=error)
        if isinstance(error, Conflict) and error.field == "ver":
            theirs = filled(fields, now, times_of(parts), action=f"{back}/edit", submit=_("Save"), back=back, ver=now.ver)
            form = conflicting(form, theirs)
        return await render(request, _edit_page(session, now, form), status=problem_of(error).status)
    return Redirect(f"{back}?done=saved", status_code=303)


@post("/customers/{customer_id:str}/status", opt=needs(Permission.CUSTOMERS_EDIT), status_code=303)
async def set_status(request: AnyRequest, customer_id: FromPath[str]) -> Redirect:
    """The switch on the record page: active or inactive, from the next reading on."""
    parts, data = parts_of(request), await request.form()
    wanted = Status.ACTIVE if str(data.get("to", "")) == "active" else Status.INACTIVE
    command = EditCustomer(id=customer_id, changes={"status": wanted.value}, reason="Set on the customer's page.")
    await parts.edge.ask(command, Customer, token=session_of(request).token, request=request_of(data))
    word = "activated" if wanted is Status.ACTIVE else "deactivated"
    return Redirect(done(back_of(str(data.get("back", "")), f"/customers/{customer_id}"), word), status_code=303)


@post("/customers/{customer_id:str}/delete", opt=needs(Permission.CUSTOMERS_DELETE), status_code=303)
async def delete_customer(request: AnyRequest, customer_id: FromPath[str]) -> Redirect:
    data = await request.form()
    await parts_of(request).edge.send(DeleteCustomer(id=customer_id), token=session_of(request).token, request=request_of(data))
    return Redirect(done(back_of(str(data.get("back", "")), f"/customers/{customer_id}"), "deleted"), status_code=303)


@post("/customers/{customer_id:str}/restore", opt=needs(Permission.CUSTOMERS_DELETE), status_code=303)
async def restore_customer(request: AnyRequest, customer_id: FromPath[str]) -> Redirect:
    data = await request.form()
    await parts_of(request).edge.send(RestoreCustomer(id=customer_id), token=session_of(request).token, request=request_of(data))
    return Redirect(done(back_of(str(data.get("back", "")), f"/customers/{customer_id}"), "restored"), status_code=303)


HANDLERS = (customer_page, reveal_document, edit_page, edit_customer, set_status, delete_customer, restore_customer)
