"""Alerts: those that wait for somebody, with the word on each of them, then the list of all; and the strip on the live page."""

from __future__ import annotations

from dataclasses import dataclass, fields
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.console import words
from admin_api.console.back import back_of, done
from admin_api.console.forms import request_of
from admin_api.console.language import _, ngettext
from admin_api.console.lists.frame import ListPage, made
from admin_api.console.lists.sheet import Asked, Cell, Column, Filter, FilterKind, Found, Here, Row, Sheet
from admin_api.console.page import AnyRequest, render, render_piece, times_of
from admin_api.console.times import Times
from admin_api.errors import problem_of
from admin_api.reads.alerts import STATES, AlertQuery
from admin_api.reports.filters import when
from edge.commands.alerts import AcknowledgeAlert
from edge.core.alerts import ALERTS, Alert, Severity
from edge.core.errors import HouseError, Invalid, NotSignedIn
from edge.core.model import Permission

STRIP = 4
"""Alerts shown on the live page; the others are a number."""


@dataclass(frozen=True, kw_only=True)
class AlertView:
    """One alert in words. tone and state say the same twice: never colour alone."""

    id: int
    tone: str
    state: str
    short: str
    long: str
    name: str
    detail: str
    times: str
    raised: str
    iso: str
    acked: str
    note: str
    cleared: str
    waits: bool
    request: str


@dataclass(frozen=True, kw_only=True)
class AlertStrip:
    """The first of those that nobody has looked at, and how many more there are."""

    alerts: tuple[AlertView, ...]
    more: int
    may_acknowledge: bool = False


@dataclass(frozen=True, kw_only=True)
class AlertsPage(ListPage):
    """Those that wait, each with a word to be said about it; then the list of all there were."""

    template = "alerts.html"
    waiting: tuple[AlertView, ...] = ()
    may_acknowledge: bool = False
    refusal: str = ""
    failed: int = 0
    note: str = ""


def alert_view(alert: Alert, times: Times) -> AlertView:
    said = words.ALERTS[alert.kind]
    over, seen = alert.cleared_at is not None, alert.acked_at is not None
    tone = "dim" if over else "no" if ALERTS[alert.kind].severity is Severity.CRITICAL else "warn"
    detail = words.reason(alert.detail).short if alert.detail in words.CODES else words.likely(alert.detail)
    return AlertView(
        id=alert.id,
        tone=tone,
        state=_("Over") if over else _("Seen") if seen else _("Now"),
        short=said.short,
        long=said.long,
        name="" if alert.name == alert.detail and alert.detail in words.CODES else alert.name,  # of no place: the detail says it
        detail=detail,
        times=ngettext("%(num)s time", "%(num)s times", alert.count) % {"num": alert.count} if alert.count > 1 else "",
        raised=times.short(alert.raised_at),
        iso=times.iso(alert.raised_at),
        acked=f"{alert.acked_by}, {times.short(alert.acked_at)}" if seen else "",
        note=alert.note,
        cleared=times.short(alert.cleared_at) if over else "",
        waits=not seen,
        request=uuid4().hex,
    )


def strip_of(alerts: list[Alert], times: Times, session: Session) -> AlertStrip:
    """What the live page shows: what nobody has looked at."""
    unseen = [a for a in alerts if a.acked_at is None]
    return AlertStrip(
        alerts=tuple(alert_view(a, times) for a in unseen[:STRIP]), more=max(0, len(unseen) - STRIP),
        may_acknowledge=session.may(Permission.ALERTS_MANAGE),
    )  # fmt: skip


def _columns() -> tuple[Column, ...]:
    return (
        Column(name="alert", label=_("Alert")), Column(name="state", label=_("State")), Column(name="raised", label=_("Raised")),
        Column(name="detail", label=_("Detail")), Column(name="times", label=_("Times"), right=True), Column(name="over", label=_("Over")),
        Column(name="seen", label=_("Acknowledged")), Column(name="note", label=_("What was done")),
    )  # fmt: skip


async def _filters(here: Here) -> tuple[Filter, ...]:
    states = (
        ("new", _("Nobody has looked")), ("seen", _("Acknowledged, still on")), ("over", _("Over")), ("done", _("Over and acknowledged")),
    )  # fmt: skip
    kinds = tuple((kind.value, said.short) for kind, said in words.ALERTS.items())
    return (
        Filter(name="state", label=_("State"), kind=FilterKind.CHOICE, any=_("Any state"), choices=states, first=True),
        Filter(name="kind", label=_("Alert"), kind=FilterKind.CHOICE, any=_("Any alert"), choices=kinds, first=True),
        Filter(name="at", label=_("Raised"), kind=FilterKind.DATES, since="since", until="until", first=True),
    )  # fmt: skip


async def _rows(here: Here, asked: Asked) -> Found:
    given = dict(asked.filters)
    parts, tz = here.parts, here.times.tz
    state, kind = given.get("state", ""), given.get("kind", "")
    if state and state not in STATES:
        raise Invalid("there is no such state", field="state")
    since, until = (when(given[n], n, now=parts.now(), tz=tz) if n in given else None for n in ("since", "until"))
    before = int(asked.after) if asked.after.isdecimal() and len(asked.after) < 18 else None
    page = await parts.alerts.listing(
        AlertQuery(kind=kind, state=state, since=since, until=until, before=before, limit=asked.limit)
    )
    rows = []
    for alert in page.items:
        view = alert_view(alert, here.times)
        cells = {
            "alert": Cell(text=view.short, sub=view.name, href=f"/events/{alert.id}" if here.session.may(Permission.EVENTS_VIEW) else ""),
            "state": Cell(text=view.state, tone=view.tone), "raised": Cell(text=view.raised), "detail": Cell(text=view.detail),
            "times": Cell(text=str(alert.count), look="num"), "over": Cell(text=view.cleared), "seen": Cell(text=view.acked),
            "note": Cell(text=view.note),
        }  # fmt: skip
        rows.append(Row(id=str(alert.id), cells=cells))
    return Found(rows=tuple(rows), following=page.next)


SHEET = Sheet(
    name="alerts", path="/alerts", section="alarm", right=Permission.ALERTS_VIEW, title=lambda: _("Alerts"), columns=_columns,
    filters=_filters, rows=_rows,
    empty=lambda: (_("No alerts"), _("Forced doors, lost readers, a full disk and the like wait here until somebody has looked.")),
)  # fmt: skip


@get("/alerts", opt=needs(Permission.ALERTS_VIEW))
async def alerts_page(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post("/alerts/{alert:int}/acknowledge", opt=needs(Permission.ALERTS_MANAGE), status_code=200)
async def acknowledge(request: AnyRequest, alert: FromPath[int]) -> Response[str]:
    """Somebody has looked, and says what is done."""
    form = await request.form()
    note = str(form.get("note", ""))
    command = AcknowledgeAlert(id=alert, note=note)
    try:
        await parts_of(request).edge.ask(command, Alert, token=session_of(request).token, request=request_of(form))
    except NotSignedIn:
        raise
    except HouseError as error:
        return await _page(request, problem=error, failed=alert, note=note)
    return Redirect(done(back_of(str(form.get("back", "")), "/alerts"), "acknowledged"), status_code=303)


async def _page(request: AnyRequest, *, problem: HouseError | None = None, failed: int = 0, note: str = "") -> Response[str]:
    """What waits stands above the list, unless somebody is looking for something in it."""
    listed = await made(request, SHEET)
    if request.headers.get("hx-target") == "results":
        return await render_piece(request, listed, "list_results.html", status=400 if listed.problem else 200)
    parts, times = parts_of(request), times_of(parts_of(request))
    waiting = await parts.alerts.waiting() if not listed.filtered and not listed.back else []
    whole = {field.name: getattr(listed, field.name) for field in fields(listed)}
    page = AlertsPage(
        **whole, waiting=tuple(alert_view(a, times) for a in waiting), may_acknowledge=session_of(request).may(Permission.ALERTS_MANAGE),
        refusal=words.sentence(problem.message) if problem else "", failed=failed, note=note,
    )  # fmt: skip
    return await render(request, page, status=problem_of(problem).status if problem else 400 if listed.problem else 200)


HANDLERS = (alerts_page, acknowledge)
