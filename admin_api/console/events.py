"""Why a reading was decided as it was: the rules with what each saw, and what would help."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from admin_api.auth import needs, parts_of, session_of
from admin_api.console import words
from admin_api.console.forms import request_of
from admin_api.console.known_then import known_then
from admin_api.console.language import _
from admin_api.console.page import AnyRequest, Page, macro, render, times_of
from admin_api.console.remedies import RemedyView, remedies_of
from admin_api.console.times import money
from admin_api.console.views import EventView, event_view
from edge.commands.remedies import ONE_STEP, ApplyRemedy, Remedied
from edge.core.errors import Invalid
from edge.core.event import Event, EventKind
from edge.core.judgement import Outcome, Remedy
from edge.core.model import Permission
from edge.core.rules import RULES


@dataclass(frozen=True, kw_only=True)
class RuleView:
    """One rule as it judged then. verdict: refused, decided, passed, lifted, marked."""

    number: int
    name: str
    says: str
    verdict: str
    tone: str
    said: str


@dataclass(frozen=True, kw_only=True)
class WhyPage(Page):
    """Why one reading was granted or denied, and what would have to change."""

    template = "event.html"
    event: Event
    view: EventView
    when: str
    facts: tuple[tuple[str, str], ...]
    rules: tuple[RuleView, ...]
    remedies: tuple[RemedyView, ...]
    details: tuple[tuple[str, str], ...]
    visit: int = 0
    request: str = ""

    @property
    def one_step(self) -> tuple[RemedyView, ...]:
        """What this user may do here with nothing but a reason."""
        return tuple(remedy for remedy in self.remedies if remedy.apply)


@get("/events/{seq:int}", opt=needs(Permission.EVENTS_VIEW))
async def why_page(request: AnyRequest, seq: FromPath[int]) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    event = await parts.journal.event(seq)
    times = times_of(parts)
    view = event_view(event, times)
    page = WhyPage(
        title=view.short,
        section="list",
        event=event,
        view=view,
        when=times.full(event.at),
        facts=await known_then(parts, event, event.facts, times) if event.facts else (),
        rules=_rules(event) if event.kind is EventKind.DECISION else (),
        remedies=remedies_of(event, session) if event.outcome is Outcome.DENIED else (),
        details=_details(event),
        request=uuid4().hex,
        visit=_visit(event) if session.may(Permission.PAYMENTS_VIEW) else 0,
    )
    return await render(request, page)


def _rules(event: Event) -> tuple[RuleView, ...]:
    """The table as it judged: what refused is stored; the rest passed."""
    refused = dict(event.refused)
    views = []
    for rule in RULES:
        said = ""
        if rule.number in refused:
            said = words.reason(refused[rule.number]).short
            granted = event.outcome is Outcome.GRANTED
            verdict, tone = ("lifted", "warn") if granted else ("decided", "no") if rule.number == event.rule else ("refused", "no")
        elif rule.number == event.rule and event.outcome is Outcome.GRANTED:
            verdict, tone, said = "marked", "info", words.reason(event.code).short
        else:
            verdict, tone = "passed", "ok"
        views.append(
            RuleView(number=rule.number, name=_(rule.name).capitalize(), says=_(rule.says), verdict=verdict, tone=tone, said=said)
        )
    return tuple(views)


@post("/events/{seq:int}/remedy", opt=needs(Permission.DOORS_OPEN), status_code=200)
async def apply_remedy(request: AnyRequest, seq: FromPath[int]) -> Response[str]:
    """Correct the records and, when the reading is granted then, open. Leads to the new decision, or says what still refuses."""
    form = await request.form()
    remedy, reason = str(form.get("remedy", "")), str(form.get("reason", "")).strip()
    if remedy not in tuple(ONE_STEP):
        raise Invalid("choose what to do", field="remedy")
    command = ApplyRemedy(event=seq, remedy=Remedy(remedy), reason=reason)
    done = await parts_of(request).edge.ask(command, Remedied, token=session_of(request).token, request=request_of(form))
    said = "remedied" if done.opened else "remedied-not-opened" if done.granted else "still-refused"
    if request.headers.get("hx-request"):
        return Response(
            str(macro("live_parts.html", "helped", words.NOTICES[said], done.event, done.opened)), media_type="text/html"
        )
    return Redirect(f"/events/{done.event}?done={said}", status_code=303)


def _visit(event: Event) -> int:
    """The visit that a payment was for, or that this way in began or this way out ended; 0: none."""
    if event.paid:
        return event.paid.entry
    moved = event.moves
    if moved is None:
        return 0
    return event.seq if moved.enter and not moved.stays else moved.closes[-1] if moved.closes else 0


def _amount(event: Event) -> str:
    """What a payment was of, or what the visit that ended came to."""
    if event.paid:
        return f"{money(event.paid.amount, event.paid.currency)}, {words.METHODS[event.paid.method].lower()}"
    moved = event.moves
    return money(moved.total, moved.currency) if moved and moved.total is not None else ""


def _details(event: Event) -> tuple[tuple[str, str], ...]:
    found = [
        (_("Event"), f"{event.seq}"),
        (_("Access point"), event.access_point_name),
        (_("Door"), event.door),
        (_("Reader"), event.reader),
        (_("By"), event.actor),
        (_("Note"), event.note),
        (_("Amount"), _amount(event)),
        (_("Code of the reason"), event.code),
        (_("Clock"), words.CLOCKS[event.quality]),
        (_("Written late"), _("yes: the journal could not be written at the time") if event.late else ""),
        (_("Roster revision"), str(event.roster_rev)),
    ]  # fmt: skip
    return tuple((k, v) for k, v in found if v)


HANDLERS = (why_page, apply_remedy)
