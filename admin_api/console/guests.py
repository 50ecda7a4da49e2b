"""Inviting a guest in one screen, and the page that shows their pass, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import segno
from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from markupsafe import Markup

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.console.forms import Field, Form, Input, blank, parse, request_of, typed
from admin_api.console.language import N_, _, refused
from admin_api.console.lists.terms import person_kinds
from admin_api.console.page import AnyRequest, Page, render, render_piece, times_of
from admin_api.console.times import Times
from admin_api.errors import problem_of
from admin_api.parts import Parts
from admin_api.reads.conditions import Query
from edge.commands.guests import GuestInvited, InviteGuest
from edge.core.errors import HouseError, Invalid, NotSignedIn
from edge.core.model import Permission
from edge.core.people import Company, Customer, PersonKind
from edge.core.place import Profile

ADD = needs(Permission.CUSTOMERS_ADD)
FROM_LETTERS, MOST_HOSTS = 2, 25
"""A host is looked for from so many letters on; so many are offered."""
SHORTEST_MS = 3_600_000
"""With less than this left of today, the whole of tomorrow is offered as well."""
PICKS = {"today": N_("Today"), "tomorrow": N_("Tomorrow"), "week": N_("This week")}


@dataclass(frozen=True, kw_only=True)
class HostView:
    """Somebody who may be the host. about: their company, and what a guest of theirs could open."""

    id: str
    name: str
    about: str


@dataclass(frozen=True, kw_only=True)
class Pick:
    """A quick choice of from and until, as the inputs have them."""

    value: str
    label: str
    since: str
    until: str


@dataclass(frozen=True, kw_only=True)
class GuestNewPage(Page):
    """One screen. q: what was typed to find the host; hosts: those who were found, the chosen one first."""

    template = "guest_new.html"
    form: Form
    inputs: dict[str, Input]
    q: str
    hosts: tuple[HostView, ...]
    host: str
    searched: bool
    host_error: str
    picks: tuple[Pick, ...]
    may_code: bool
    may_plate: bool
    code: bool
    code_error: str


@dataclass(frozen=True, kw_only=True)
class GuestPassPage(Page):
    """The pass of somebody who was just invited. code: empty when it was said before; text: to be copied and sent."""

    template = "guest_pass.html"
    guest: Customer
    kind: str
    host: str
    when: str
    entries: str
    code: str
    has_card: bool
    qr: Markup | None
    plate: str
    opens: tuple[str, ...]
    text: str


# ---------------------------------------------------------------------------------------------------- the form


async def fields_of(parts: Parts, session: Session) -> tuple[Field, ...]:
    kinds = tuple((k.value, said) for k, said in person_kinds().items() if k.visits)
    profiles = tuple((p.id, p.name) for p in await parts.roster.every(Profile))
    fields = [
        Field(name="name", label=N_("Name"), required=True),
        Field(name="kind", label=N_("Kind"), kind="select", choices=kinds),
        Field(name="valid_from", label=N_("From"), kind="time", hint=N_("Empty: at once.")),
        Field(name="valid_to", label=N_("Until"), kind="time", required=True),
        Field(name="uses", label=N_("Number of entries"), kind="number", hint=N_("Empty: any number. Code and plate count each by itself.")),
        Field(name="email", label=N_("E-mail"), kind="email"),
        Field(name="mobile", label=N_("Mobile"), kind="tel"),
        Field(name="description", label=N_("Notes"), kind="textarea", wide=True),
    ]  # fmt: skip
    if session.may(Permission.VEHICLES_MANAGE):
        fields.append(Field(name="plate", label=N_("Number plate"), hint=N_("Of the vehicle they come in. Empty: none.")))
    if profiles:
        fields.append(
            Field(name="profiles", label=N_("Access profiles"), kind="checks", choices=profiles, wide=True, hint=N_("None chosen: what the host's own open."))
        )  # fmt: skip
    return tuple(fields)


def picks(times: Times) -> tuple[Pick, ...]:
    """Today until midnight, tomorrow, until Sunday: by the clock of who invites."""
    now = times.at(times.now)
    tomorrow = now + timedelta(days=1)
    today = now if (_end(now) - now) > timedelta(milliseconds=SHORTEST_MS) else tomorrow
    spans = {
        "today": (now, _end(today)),
        "tomorrow": (tomorrow.replace(hour=0, minute=0), _end(tomorrow)),
        "week": (now, max(_end(today), _end(now + timedelta(days=6 - now.weekday())))),
    }
    return tuple(
        Pick(value=name, label=_(PICKS[name]), since=f"{since:%Y-%m-%dT%H:%M}", until=f"{until:%Y-%m-%dT%H:%M}")
        for name, (since, until) in spans.items()
    )


def _end(day: datetime) -> datetime:
    return day.replace(hour=23, minute=59, second=0, microsecond=0)


async def _hosts(parts: Parts, session: Session, q: str, chosen: str) -> tuple[HostView, ...]:
    """The chosen one first, then those whom the words find. Who may not see customers is offered nobody."""
    if not session.may(Permission.CUSTOMERS_VIEW):
        return ()
    found = [] if len(q) < FROM_LETTERS else (await parts.roster.listing(Customer, _query(q))).items
    first = await parts.roster.find(Customer, chosen)
    people = ([first] if first and not first.kind.visits and not first.deleted_at else []) + [c for c in found if c.id != chosen]
    companies = await parts.roster.names(Company) if session.may(Permission.COMPANIES_VIEW) else {}
    profiles = await parts.roster.names(Profile)
    return tuple(
        HostView(id=one.id, name=one.name, about=" · ".join(
            part for part in (companies.get(one.company or "", ""), ", ".join(profiles.get(p, "") for p in one.profiles) or _("no access profile of their own")) if part
        ))
        for one in people[:MOST_HOSTS]
    )  # fmt: skip


def _query(q: str) -> Query:
    return Query(q=q, filters=(("visitor", False),), limit=MOST_HOSTS)


async def _page(
    request: AnyRequest, form: Form, *, q: str = "", host: str = "", code: bool = True, error: HouseError | None = None
) -> GuestNewPage:
    parts, session = parts_of(request), session_of(request)
    said = refused(error.message) if error else ""
    beside = error.field if error and error.field in ("host", "code") else ""
    hosts = await _hosts(parts, session, q, host)
    return GuestNewPage(
        title=_("Invite a guest"), section="people", form=replace(form, problem="") if beside else form, inputs={i.field.name: i for i in form.inputs},
        q=q, hosts=hosts, host=host if any(h.id == host for h in hosts) else "", searched=len(q) >= FROM_LETTERS,
        host_error=said if beside == "host" else "", picks=picks(times_of(parts)), may_code=session.may(Permission.CARDS_MANAGE),
        may_plate=session.may(Permission.VEHICLES_MANAGE), code=code, code_error=said if beside == "code" else "",
    )  # fmt: skip


@get("/guests/new", opt=ADD)
async def new_page(request: AnyRequest) -> Response[str]:
    """The form; for htmx the hosts whom the words find. again: somebody who was here before; host: whom they come to."""
    parts, session, given = parts_of(request), session_of(request), request.query_params
    q, host = " ".join(str(given.get("q", "")).split())[:100], str(given.get("host", ""))[:80]
    first = picks(times_of(parts))[0]
    values: dict[str, Any] = {"kind": PersonKind.GUEST.value, "uses": 1}
    if session.may(Permission.CUSTOMERS_VIEW) and (before := await parts.roster.find(Customer, str(given.get("again", ""))[:80])):
        values |= {"name": before.name, "kind": before.kind.value if before.kind.visits else values["kind"]}
        host = before.host or host
    form = blank(await fields_of(parts, session), action="/guests/new", submit=_("Invite"), back="/guests", **values)
    page = await _page(request, _with_times(form, first), q=q, host=host, code=session.may(Permission.CARDS_MANAGE))
    if request.headers.get("hx-target") == "hosts":
        return await render_piece(request, page, "guest_hosts.html")
    return await render(request, page)


def _with_times(form: Form, pick: Pick) -> Form:
    at = {"valid_from": pick.since, "valid_to": pick.until}
    return replace(
        form, inputs=tuple(replace(i, value=at[i.field.name], error="") if i.field.name in at else i for i in form.inputs)
    )


# ---------------------------------------------------------------------------------------------------- inviting


@post("/guests/new", opt=ADD, status_code=200)
async def invite(request: AnyRequest) -> Response[str]:
    """Invite; or, without a script: look for the host ("find"), or take one of the quick picks ("when"), with all that was typed."""
    parts, session = parts_of(request), session_of(request)
    data, times = await request.form(), times_of(parts)
    fields = await fields_of(parts, session)
    q, host = " ".join(str(data.get("q", "")).split())[:100], str(data.get("host", ""))[:80]
    pick = next((p for p in picks(times) if p.value == data.get("when")), None)
    if pick or "find" in data:
        form = replace(_typed(fields, data, Invalid("")), problem="", request=uuid4().hex)
        form = _with_times(form, pick) if pick else form
        return await render(request, await _page(request, form, q=q, host=host, code="code" in data))
    try:
        command = _command(fields, data, times, host)
        made = await parts.edge.ask(command, GuestInvited, token=session.token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        form = _typed(fields, data, error)
        page = await _page(request, form, q=q, host=host, code="code" in data, error=error)
        return await render(request, page, status=problem_of(error).status)
    return await render(request, await _pass(parts, times, made, command))


def _typed(fields: tuple[Field, ...], data: FormMultiDict, error: HouseError) -> Form:
    return typed(fields, data, action="/guests/new", submit=_("Invite"), back="/guests", error=error)


def _command(fields: tuple[Field, ...], data: FormMultiDict, times: Times, host: str) -> InviteGuest:
    """Raises Invalid."""
    values = parse(fields, data, times)
    if not host:
        raise Invalid(_("choose whom they come to"), field="host")
    if values.get("kind") not in tuple(PersonKind):
        raise Invalid(_("a guest, delivery, contractor or service"), field="kind")
    if values.get("valid_to") is None:
        raise Invalid(_("say until when"), field="valid_to")
    return InviteGuest(
        name=values["name"], host=host, kind=PersonKind(values["kind"]), uses=values.get("uses", 1), code="code" in data, plate=values.get("plate", ""),
        valid_from=times.now if values.get("valid_from") is None else values["valid_from"], valid_to=values["valid_to"],
        profiles=tuple(values.get("profiles", ())), email=values["email"], mobile=values["mobile"], description=values["description"],
    )  # fmt: skip


async def _pass(parts: Parts, times: Times, made: GuestInvited, command: InviteGuest) -> GuestPassPage:
    host = (await parts.roster.customer_names([command.host])).get(command.host, "")
    opened = made.card or made.vehicle
    names = await parts.roster.names(Profile)
    when, plate = _span(times, command.valid_from, command.valid_to), made.vehicle.plate if made.vehicle else ""
    entries = _("any number") if command.uses is None else times.number(command.uses)
    said = [
        _("%(guest)s, you are expected at %(site)s by %(host)s.") % {"guest": made.guest.name, "site": parts.settings.site.name, "host": host},
        _("When: %(when)s") % {"when": when},
        _("Entries: %(entries)s") % {"entries": entries},
        _("Code: %(code)s") % {"code": made.code} if made.code else "",
        _("Number plate: %(plate)s") % {"plate": plate} if plate else "",
    ]  # fmt: skip
    return GuestPassPage(
        title=_("Guest invited"), section="people", guest=made.guest, kind=person_kinds()[made.guest.kind], host=host, when=when, entries=entries,
        code=made.code, has_card=made.card is not None, qr=_drawn(made.code) if made.code else None, plate=plate,
        opens=tuple(names.get(p, "") for p in opened.profiles) if opened else (), text="\n".join(line for line in said if line),
    )  # fmt: skip


def _drawn(code: str) -> Markup:
    """The code as a QR drawing that takes the size of its place; error correction M survives a fold and a scratch."""
    drawing = segno.make_qr(code, error="m").svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(drawing)  # noqa: S704 - drawn here from the code; nothing of the code is text in it


def _span(times: Times, since: int, until: int) -> str:
    """ "22 Nov 2026, 14:00 – 23:59", or both ends with their day."""
    first, last = times.at(since), times.at(until)
    end = f"{last:%H:%M}" if first.date() == last.date() else f"{times.date(until)}, {last:%H:%M}"
    return f"{times.date(since)}, {first:%H:%M} – {end}"


HANDLERS = (new_page, invite)
