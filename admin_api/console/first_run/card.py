"""The last steps: somebody with a card that opens at all hours, its code to show or print, and what happens when it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromQuery
from markupsafe import Markup

from admin_api.auth import parts_of, session_of
from admin_api.console.credentials import qr_svg
from admin_api.console.first_run.steps import MANAGE, PATH, StepPage, progress, steps_of
from admin_api.console.forms import Field, Form, blank, request_of, typed
from admin_api.console.language import N_, _
from admin_api.console.page import AnyRequest, render, render_piece, times_of
from admin_api.console.views import EventView, event_view
from admin_api.errors import problem_of
from admin_api.reads.journal import EventQuery
from edge.commands.credentials import AddCard, CardMade
from edge.commands.customers import AddCustomer
from edge.commands.site import AddProfile
from edge.core.errors import HouseError, NotSignedIn
from edge.core.event import EventKind
from edge.core.place import Profile, Zone

HERE = f"{PATH}/card"


@dataclass(frozen=True, kw_only=True)
class CardPage(StepPage):
    """The form; then the card, its code shown once, and the last decision since. customer: whose it is; event: None until something is shown."""

    template = "first_run_card.html"
    customer: str = ""
    name: str = ""
    card: str = ""
    code: str = ""
    qr: Markup | None = None
    since: int = 0
    event: EventView | None = None


async def _fields(request: AnyRequest) -> tuple[Field, ...]:
    profiles = tuple((p.id, p.name) for p in await parts_of(request).roster.every(Profile))
    offered = profiles or (("", _("All hours, everywhere")),)
    return (
        Field(name="name", label=N_("Whose card is it"), required=True),
        Field(name="profile", label=N_("It opens"), kind="select", choices=offered, hint=N_("Zones and hours; more of them under Access profiles.")),
    )  # fmt: skip


async def _page(request: AnyRequest, form: Form) -> CardPage:
    now = await progress(parts_of(request))
    return CardPage(title=_("Set up this site"), section="site", steps=steps_of(now, "card"), form=form)


@get(HERE, opt=MANAGE)
async def card_step(request: AnyRequest) -> Response[str]:
    form = blank(await _fields(request), action=HERE, submit=_("Make the card"), back="/", name=session_of(request).name)
    return await render(request, await _page(request, form))


@post(HERE, opt=MANAGE, status_code=200)
async def make_card(request: AnyRequest) -> Response[str]:
    """Who, what opens to them, and the card: three commands, each with an id that follows from the form's, so that a retry does nothing twice."""
    parts, data = parts_of(request), await request.form()
    since = await parts.journal.head()
    try:
        customer, made = await _make(request, data)
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(await _fields(request), data, action=HERE, submit=_("Make the card"), back="/", error=error)
        return await render(request, await _page(request, form), status=problem_of(error).status)
    now = await progress(parts)
    page = CardPage(
        title=_("Set up this site"), section="site", steps=steps_of(now, "try"), form=Form(action=HERE, submit="", inputs=(), request=""),
        customer=customer, name=made.card.username, card=made.card.id, code=made.code, qr=qr_svg(made.code) if made.code else None, since=since,
    )  # fmt: skip
    return await render(request, page, headers={"Cache-Control": "no-store"})


async def _make(request: AnyRequest, data: FormMultiDict) -> tuple[str, CardMade]:
    """(customer, card). Raises HouseError."""
    parts, token, id = parts_of(request), session_of(request).token, request_of(data)[:40]
    name, profile = str(data.get("name", "")).strip(), str(data.get("profile", ""))
    if not profile:
        rights = [{"zone": zone.id} for zone in await parts.roster.every(Zone)]
        everywhere = AddProfile(fields={"name": _("All hours, everywhere"), "zones": rights})
        profile = (await parts.edge.send(everywhere, token=token, request=f"{id}-profile"))["id"]
    person = {"name": name, "source": "walk_in", "profiles": [profile]}
    customer = (await parts.edge.send(AddCustomer(fields=person), token=token, request=f"{id}-person"))["id"]
    card = AddCard(fields={"customer": customer, "kind": "qr", "username": name})
    return customer, await parts.edge.ask(card, CardMade, token=token, request=f"{id}-card")


@get(f"{PATH}/shown", opt=MANAGE)
async def shown(request: AnyRequest, since: FromQuery[int] = 0) -> Response[str]:
    """The last decision since an event, as a piece that is asked for again and again until one lets somebody in."""
    parts = parts_of(request)
    found = await parts.journal.events(EventQuery(kind=EventKind.DECISION.value, limit=1))
    newest = next((event for event in found.items if event.seq > since), None)
    page = CardPage(
        title="", steps=(), form=Form(action="", submit="", inputs=(), request=""), since=since,
        event=event_view(newest, times_of(parts)) if newest else None,
    )  # fmt: skip
    return await render_piece(request, page, "first_run_shown.html")


HANDLERS = (card_step, make_card, shown)
