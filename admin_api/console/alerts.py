"""Alerts: those that wait for somebody, with the word on each of them, then those that are over; and the strip on the live page."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from admin_api.auth import Session, needs, parts_of, session_of
from admin_api.console import words
from admin_api.console.back import back_of, done
from admin_api.console.forms import request_of
from admin_api.console.language import _, ngettext
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.console.times import Times
from admin_api.errors import problem_of
from edge.commands.alerts import AcknowledgeAlert
from edge.core.alerts import ALERTS, Alert, Severity
from edge.core.errors import HouseError, NotSignedIn
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
class AlertsPage(Page):
    """All that wait, then a page of those that are done."""

    template = "alerts.html"
    waiting: tuple[AlertView, ...]
    done: tuple[AlertView, ...]
    following: str
    may_acknowledge: bool
    problem: str = ""
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
        name=alert.name,
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


@get("/alerts", opt=needs(Permission.ALERTS_VIEW))
async def alerts_page(request: AnyRequest, after: FromQuery[str] = "") -> Response[str]:
    return await _page(request, after=after)


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


async def _page(
    request: AnyRequest, *, after: str = "", problem: HouseError | None = None, failed: int = 0, note: str = ""
) -> Response[str]:
    parts, times = parts_of(request), times_of(parts_of(request))
    before = int(after) if after.isdecimal() and len(after) < 18 else None
    done = await parts.alerts.done(before=before)
    waiting = await parts.alerts.waiting() if before is None else []
    page = AlertsPage(
        title=_("Alerts"),
        section="alarm",
        waiting=tuple(alert_view(a, times) for a in waiting),
        done=tuple(alert_view(a, times) for a in done.items),
        following=f"/alerts?after={done.next}" if done.next else "",
        may_acknowledge=session_of(request).may(Permission.ALERTS_MANAGE),
        problem=words.sentence(problem.message) if problem else "",
        failed=failed,
        note=note,
    )
    return await render(request, page, status=problem_of(problem).status if problem else 200)


HANDLERS = (alerts_page, acknowledge)
