"""One field of a customer at a time: as it reads on the page, in place as a form of its own, and what is wrong with it as one types."""

from __future__ import annotations

from dataclasses import dataclass, replace

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from admin_api.auth import SIGNED_IN, Session, needs, parts_of, session_of
from admin_api.console import addresses, words
from admin_api.console.customers import customer_fields, with_group, with_host, with_unseen
from admin_api.console.forms import Field, Form, Input, conflicting, filled, in_words, parse, request_of, typed, ver_of
from admin_api.console.language import _
from admin_api.console.page import AnyRequest, Page, render_piece, times_of
from admin_api.console.times import Times
from admin_api.console.words import sentence
from admin_api.errors import problem_of
from admin_api.parts import Parts
from edge.commands.companies import AddGroup
from edge.commands.customers import EditCustomer
from edge.commands.tidy import EMAIL
from edge.core.errors import Conflict, Forbidden, HouseError, Invalid, NotFound, NotSignedIn
from edge.core.model import Permission
from edge.core.people import Customer, Group
from edge.core.place import POLICY_ID, SitePolicy

ABOVE = frozenset({"name", "kind", "first_name", "last_name", "status", "company", "blocklisted", "groups", "profiles"})
"""Fields whose change shows in the head or the summary too: the page is asked for anew."""
PHONES = frozenset({"mobile", "phone", "evening_phone"})


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A field as it reads. href: where its value leads; edit: may this user change it."""

    field: Field
    lines: tuple[str, ...]
    href: str = ""
    edit: bool = False


@dataclass(frozen=True, kw_only=True)
class FieldPiece(Page):
    """One field in its place. form: when it is being changed; shown: when it is not."""

    template = "customer_field.html"
    customer: Customer
    shown: Shown
    form: Form | None = None


@dataclass(frozen=True, kw_only=True)
class CheckPiece(Page):
    """What is said below an input. who: whose it is already, with their id, where this user may know."""

    template = "customer_check.html"
    says: str = ""
    who: str = ""
    id: str = ""


@dataclass(frozen=True, kw_only=True)
class GroupPiece(Page):
    """A box for a group that was made just now, and the place to make another."""

    template = "customer_group.html"
    group: Group | None = None
    typed: str = ""
    problem: str = ""


def shown_of(
    form: Form, customer: Customer, edits: bool, always: tuple[str, ...] = ()
) -> tuple[tuple[str, tuple[Shown, ...]], ...]:
    """The fields under their headings, without those that are empty or stand above; always: headings that stay without any."""
    read = tuple((name, tuple(_shown(i, customer, edits) for i in inputs)) for name, inputs in form.groups)
    full = tuple((name, tuple(s for s in fields if s.lines and _worth(s, customer))) for name, fields in read)
    return tuple((name, fields) for name, fields in full if fields or name in always)


USUAL = {"kind": "customer", "sex": ""}
"""What is so of nearly everybody says nothing."""


def _worth(shown: Shown, customer: Customer) -> bool:
    name = shown.field.name
    return name != "status" and (name not in USUAL or str(getattr(customer, name)) != USUAL[name])


def _shown(found: Input, customer: Customer, edits: bool) -> Shown:
    name, said = found.field.name, in_words(found)
    lines: tuple[str, ...] = (said,) if said else ()
    if name == "addresses":
        lines = tuple(f"{words.ADDRESSES[a.kind]}: {addresses.shown(a)}" for a in customer.addresses)
    leads = {
        "email": f"mailto:{customer.email}",
        "company": f"/customers?company={customer.company}",
        "host": f"/customers/{customer.host}",
    }
    href = f"tel:{''.join(c for c in said if c.isdigit() or c == '+')}" if name in PHONES else leads.get(name, "")
    return Shown(field=found.field, lines=lines, href=href if said else "", edit=edits)


# ---------------------------------------------------------------------------------------------------- in place


async def _one(parts: Parts, session: Session, customer: Customer, name: str) -> Field:
    """Raises NotFound."""
    fields = await customer_fields(parts, session, customer)
    found = next((f for f in fields if f.name == name), None)
    if found is None:
        raise NotFound("a customer has no such field", field="name")
    return replace(found, group="")


def _form(field: Field, customer: Customer, times: Times) -> Form:
    at = f"/customers/{customer.id}"
    return filled((field,), customer, times, action=f"{at}/fields/{field.name}", submit=_("Save"), back=at, ver=customer.ver)


def _piece(customer: Customer, field: Field, times: Times, form: Form | None) -> FieldPiece:
    reads = _shown(_form(field, customer, times).inputs[0], customer, edits=True)
    return FieldPiece(title=_(field.label), customer=customer, shown=reads, form=form)


@get("/customers/{customer_id:str}/fields/{name:str}", opt=needs(Permission.CUSTOMERS_EDIT))
async def field_piece(
    request: AnyRequest, customer_id: FromPath[str], name: FromPath[str], read: FromQuery[bool] = False
) -> Response[str]:
    """The form of one field; read: the field as it reads again."""
    parts, session, times = parts_of(request), session_of(request), times_of(parts_of(request))
    customer = await parts.roster.get(Customer, customer_id)
    field = await _one(parts, session, customer, name)
    piece = _piece(customer, field, times, None if read else _form(field, customer, times))
    return await render_piece(request, piece, piece.template)


@post("/customers/{customer_id:str}/fields/{name:str}", opt=needs(Permission.CUSTOMERS_EDIT), status_code=200)
async def save_field(request: AnyRequest, customer_id: FromPath[str], name: FromPath[str]) -> Response[str]:
    """The field as it reads then; or the form as it was typed, with what is wrong or what somebody else wrote meanwhile."""
    parts, session, data, times = parts_of(request), session_of(request), await request.form(), times_of(parts_of(request))
    before = await parts.roster.get(Customer, customer_id)
    field = await _one(parts, session, before, name)
    by_htmx = bool(request.headers.get("hx-request"))
    try:
        data = await with_group(parts, session, data)
        values = await with_host(parts, with_unseen((field,), before, parse((field,), data, times)))
        command = EditCustomer(id=customer_id, changes=values, ver=ver_of(data))
        after = await parts.edge.ask(command, Customer, token=session.token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        if not by_htmx:
            raise
        return await _refused(request, customer_id, name, data, error)
    if not by_htmx:
        return Redirect(f"/customers/{customer_id}?done=saved", status_code=303)
    answer = await render_piece(request, _piece(after, await _one(parts, session, after, name), times, None), FieldPiece.template)
    if name in ABOVE:
        answer.headers["HX-Refresh"] = "true"
    return answer


async def _refused(request: AnyRequest, id: str, name: str, data: FormMultiDict, error: HouseError) -> Response[str]:
    parts, times = parts_of(request), times_of(parts_of(request))
    now = await parts.roster.get(Customer, id)
    field = await _one(parts, session_of(request), now, name)
    theirs = _form(field, now, times)
    mine = typed((field,), data, action=theirs.action, submit=theirs.submit, back=theirs.back, error=error)
    form = conflicting(mine, theirs) if isinstance(error, Conflict) and error.field == "ver" else mine
    piece = _piece(now, field, times, form)
    return await render_piece(request, piece, piece.template, status=problem_of(error).status)


# ---------------------------------------------------------------------------------------------------- as one types


@get("/customers/check", opt=SIGNED_IN)
async def check(request: AnyRequest, field: FromQuery[str], but: FromQuery[str] = "") -> Response[str]:
    """What is wrong with an e-mail address or a mobile number, or whose it is; empty: nothing. It stops nobody from saving."""
    parts, session = parts_of(request), session_of(request)
    if not (session.may(Permission.CUSTOMERS_ADD) or session.may(Permission.CUSTOMERS_EDIT)):
        raise Forbidden(f"your role ({session.row.role}) does not include {Permission.CUSTOMERS_EDIT.value}")
    if field not in ("email", "mobile"):
        raise Invalid("e-mail addresses and mobile numbers are checked", field="field")
    value = " ".join(request.query_params.get("value", request.query_params.get(field, "")).split())[:200]
    return await render_piece(request, await _checked(parts, session, field, value, but), CheckPiece.template)


async def _checked(parts: Parts, session: Session, field: str, value: str, but: str) -> CheckPiece:
    piece = CheckPiece(title="")
    if not value:
        return piece
    if field == "email" and not EMAIL.fullmatch(value):
        return replace(piece, says=_("An e-mail address looks like name@example.org."))
    policy = await parts.roster.find(SitePolicy, POLICY_ID) or SitePolicy()
    other = (
        None if (policy.shared_email if field == "email" else policy.shared_mobile) else await parts.roster.same(field, value, but)
    )
    if other is None:
        return piece
    if not (session.may(Permission.CUSTOMERS_VIEW) and other[0]):
        return replace(piece, says=_("Somebody else has it already."))
    return replace(piece, says=_("Taken already, by"), who=other[1], id=other[0])


@post("/customers/groups", opt=needs(Permission.CUSTOMERS_EDIT), status_code=200)
async def add_group(request: AnyRequest) -> Response[str]:
    """A new group while a customer is being written down: its box, ticked."""
    parts, session, data = parts_of(request), session_of(request), await request.form()
    name = " ".join(str(data.get("new_group", "")).split())
    try:
        command = AddGroup(fields={"name": name})
        group = await parts.edge.ask(command, Group, token=session.token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        piece = GroupPiece(title="", typed=name, problem=sentence(error.message))
        return await render_piece(request, piece, piece.template, status=problem_of(error).status)
    return await render_piece(request, GroupPiece(title="", group=group), GroupPiece.template)


HANDLERS = (check, add_group, field_piece, save_field)
