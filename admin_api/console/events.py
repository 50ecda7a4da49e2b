"""Why a reading was decided as it was: the rules with what each saw, and what would help."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.console import words
from admin_api.console.forms import request_of
from admin_api.console.known_then import known_then
from admin_api.console.language import _
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.console.times import money
from admin_api.console.views import EventView, event_view
from edge.commands.remedies import ONE_STEP, ApplyRemedy, Remedied
from edge.core.errors import Invalid
from edge.core.event import Event, EventKind
from edge.core.finding import REMEDIES
from edge.core.judgement import Outcome, Reason, Remedy
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
class RemedyView:
    """href: where it is done; apply: its code when it needs nothing but a reason here (empty: not, or not by this user)."""

    says: str
    href: str
    apply: str = ""


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
        remedies=_remedies(event, session) if event.outcome is Outcome.DENIED else (),
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


_LINKS: dict[Remedy, tuple[str, Permission]] = {
    Remedy.LET_IN_ONCE: ("/access-points/{point}/open", Permission.DOORS_OPEN),
    Remedy.ACTIVATE_CARD: ("/customers/{customer}?tab=cards", Permission.CARDS_MANAGE),
    Remedy.REPLACE_CARD: ("/customers/{customer}/cards/new", Permission.CARDS_MANAGE),
    Remedy.CHANGE_VALIDITY: ("/customers/{customer}?tab=cards", Permission.CARDS_MANAGE),
    Remedy.ADD_USES: ("/customers/{customer}?tab=cards", Permission.CARDS_MANAGE),
    Remedy.ACTIVATE_CUSTOMER: ("/customers/{customer}", Permission.CUSTOMERS_EDIT),
    Remedy.RESTORE_CUSTOMER: ("/customers/{customer}", Permission.CUSTOMERS_DELETE),
    Remedy.GIVE_PROFILE: ("/customers/{customer}/edit", Permission.CUSTOMERS_EDIT),
    Remedy.PUT_IN_SERVICE: ("/site/access-points/{point}", Permission.SITE_MANAGE),
    Remedy.END_LOCKDOWN: ("/site/access-points/{point}", Permission.SITE_MANAGE),
    Remedy.ACCEPT_KIND: ("/site/access-points/{point}", Permission.SITE_MANAGE),
    Remedy.CHANGE_SCHEDULE: ("/site/schedules", Permission.SITE_MANAGE),
    Remedy.ACTIVATE_COMPANY: ("/companies", Permission.COMPANIES_MANAGE),
    Remedy.TAKE_PAYMENT: ("/entries/{entry}", Permission.PAYMENTS_TAKE),
    Remedy.REGISTER_CREDENTIAL: ("/customers", Permission.CUSTOMERS_VIEW),
}


def _remedies(event: Event, session: Session) -> tuple[RemedyView, ...]:
    """What may be done, with a link where this user has the right."""
    if event.code not in tuple(Reason):
        return ()
    views = []
    visits = event.facts.where.visits if event.facts and event.facts.where else ()
    entry = visits[-1].seq if visits else 0
    for remedy in REMEDIES.get(Reason(event.code), ()):
        pattern, right = _LINKS.get(remedy, ("", Permission.EVENTS_VIEW))
        missing = ("{customer}" in pattern and not event.customer) or ("{point}" in pattern and not event.access_point)
        missing |= "{entry}" in pattern and not entry
        href = (
            ""
            if missing or not session.may(right)
            else pattern.format(customer=event.customer, point=event.access_point, entry=entry)
        )
        may_open = session.may(Permission.DOORS_OPEN)
        apply = remedy.value if may_open and remedy in ONE_STEP and session.may(ONE_STEP[remedy]) else ""
        views.append(RemedyView(says=words.remedy(remedy), href=href, apply=apply))
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
