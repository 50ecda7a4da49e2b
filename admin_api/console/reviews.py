"""Access reviews on pages: those there are, beginning one, and deciding on the people in it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from admin_api.auth import needs, parts_of, session_of
from admin_api.console import words
from admin_api.console.form_page import FormPage
from admin_api.console.forms import Field, blank, parse, request_of, typed
from admin_api.console.language import N_, _, ngettext
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.errors import problem_of
from admin_api.reads.conditions import Query
from admin_api.reads.reviews import progress
from admin_api.rest.reviews import ReviewFields, begun, of_the_whole_site
from edge.commands.bulk import BulkDone
from edge.commands.reviews import DecideReview, FinishReview
from edge.core.errors import HouseError, Invalid, NotSignedIn
from edge.core.model import Permission
from edge.core.review import AccessReview, ReviewItem, ReviewState, ReviewTally, Revoking, Verdict
from edge.core.saved import ExportArea, SavedFilter

_STATES = words.Toned({
    ReviewState.COLLECTING: (N_("Being begun"), "dim"), ReviewState.OPEN: (N_("Open"), "warn"), ReviewState.FINISHED: (N_("Finished"), "ok"),
    ReviewState.CANCELLED: (N_("Given up"), "dim"),
})  # fmt: skip
_VERDICTS = words.Toned(
    {Verdict.OPEN: (N_("Open"), "warn"), Verdict.CONFIRMED: (N_("Confirmed"), "ok"), Verdict.REVOKED: (N_("Taken away"), "no")}
)
_BACK = "/reviews"


@dataclass(frozen=True, kw_only=True)
class ReviewLine:
    id: str
    name: str
    state: str
    tone: str
    due: str
    begun: str
    total: int


@dataclass(frozen=True, kw_only=True)
class ItemLine:
    customer: str
    name: str
    number: int
    holds: str
    verdict: str
    tone: str
    by: str
    note: str
    open: bool


@dataclass(frozen=True, kw_only=True)
class ReviewsPage(Page):
    """The reviews there are, the newest first."""

    template = "reviews.html"
    rows: tuple[ReviewLine, ...]


@dataclass(frozen=True, kw_only=True)
class ReviewPage(Page):
    """One review with those in it; problems: of whom the last decision was refused, and why."""

    template = "review.html"
    review: ReviewLine
    tally: ReviewTally
    rows: tuple[ItemLine, ...]
    following: str
    open: bool
    event: int
    request: str
    problems: tuple[str, ...] = ()


def _line(review: AccessReview, request: AnyRequest) -> ReviewLine:
    times, (state, tone) = times_of(parts_of(request)), _STATES[review.state]
    return ReviewLine(
        id=review.id, name=review.name, state=state, tone=tone, due=times.date(review.due_at), begun=times.date(review.started_at),
        total=review.total,
    )  # fmt: skip


@get(_BACK, opt=needs(Permission.REVIEWS_MANAGE))
async def reviews_page(request: AnyRequest) -> Response[str]:
    of_the_whole_site(request)
    found = await parts_of(request).roster.listing(AccessReview, Query(sort="-started_at", limit=100))
    return await render(
        request, ReviewsPage(title=_("Access reviews"), section="people", rows=tuple(_line(r, request) for r in found.items))
    )


async def _fields(request: AnyRequest) -> tuple[Field, ...]:
    mine = (("seen_by", session_of(request).user), ("area", ExportArea.CUSTOMERS.value))
    saved = await parts_of(request).roster.listing(SavedFilter, Query(filters=mine, limit=200))
    choices = (("", _("Everybody who has access")), *((each.id, each.name) for each in saved.items))
    return (
        Field(name="name", label=N_("Name"), required=True),
        Field(name="due_at", label=N_("Due"), kind="time", required=True),
        Field(name="saved", label=N_("Of whom"), kind="select", choices=choices),
    )


@get(f"{_BACK}/new", opt=needs(Permission.REVIEWS_MANAGE))
async def new_page(request: AnyRequest) -> Response[str]:
    of_the_whole_site(request)
    form = blank(await _fields(request), action=f"{_BACK}/new", submit=_("Begin"), back=_BACK)
    return await render(
        request, FormPage(title=_("New review"), section="people", form=form, parent=_("Access reviews"), parent_href=_BACK)
    )


@post(f"{_BACK}/new", opt=needs(Permission.REVIEWS_MANAGE), status_code=200)
async def begin(request: AnyRequest) -> Response[str]:
    data, fields = await request.form(), await _fields(request)
    try:
        said = parse(fields, data, times_of(parts_of(request)))
        if not said.get("due_at"):
            raise Invalid("by when it is to be done", field="due_at")
        wanted = ReviewFields(name=said["name"] or "", due_at=said["due_at"], saved=said.get("saved") or "")
        review = await begun(request, wanted, request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(fields, data, action=f"{_BACK}/new", submit=_("Begin"), back=_BACK, error=error)
        page = FormPage(title=_("New review"), section="people", form=form, parent=_("Access reviews"), parent_href=_BACK)
        return await render(request, page, status=problem_of(error).status)
    return Redirect(f"{_BACK}/{review.id}", status_code=303)


@get(f"{_BACK}/{{review:str}}", opt=needs(Permission.REVIEWS_MANAGE))
async def review_page(request: AnyRequest, review: FromPath[str], after: FromQuery[str] = "") -> Response[str]:
    return await _shown(request, review, after)


async def _shown(request: AnyRequest, id: str, after: str = "", problems: tuple[str, ...] = (), status: int = 200) -> Response[str]:
    of_the_whole_site(request)
    parts = parts_of(request)
    review = await parts.roster.get(AccessReview, id)
    found = await parts.roster.listing(ReviewItem, Query(filters=(("review", id),), after=after, limit=50))
    names = await parts.roster.customer_names([i.customer for i in found.items])
    page = ReviewPage(
        title=review.name, section="people", review=_line(review, request), tally=await progress(parts.database, id),
        rows=tuple(_item(i, names.get(i.customer, "")) for i in found.items),
        following=f"{_BACK}/{id}?after={found.next}" if found.next else "", open=review.state is ReviewState.OPEN, event=review.event,
        request=uuid4().hex, problems=problems,
    )  # fmt: skip
    return await render(request, page, status=status)


def _item(item: ReviewItem, name: str) -> ItemLine:
    said, tone = _VERDICTS[item.verdict]
    cards, vehicles = len(item.cards), len(item.vehicles)
    counts = (
        (cards, ngettext("%(num)s card", "%(num)s cards", cards)), (vehicles, ngettext("%(num)s vehicle", "%(num)s vehicles", vehicles)),
    )  # fmt: skip
    holds = ", ".join(says % {"num": count} for count, says in counts if count)
    return ItemLine(
        customer=item.customer, name=name or _("No. %(number)s") % {"number": item.number}, number=item.number, holds=holds, verdict=said, tone=tone, by=item.by,
        note=item.note, open=item.verdict is not Verdict.REVOKED,
    )  # fmt: skip


@post(f"{_BACK}/{{review:str}}/decide", opt=needs(Permission.REVIEWS_MANAGE), status_code=200)
async def decide(request: AnyRequest, review: FromPath[str]) -> Response[str]:
    """Those ticked: confirmed, set inactive, or their cards suspended, by the button that was pressed."""
    parts, session, data = parts_of(request), session_of(request), await request.form()
    what = str(data.get("what", ""))
    ids = tuple(str(id) for id in data.getall("customer", []))
    try:
        if not ids:
            raise Invalid("tick at least one of them", field="customer")
        command = DecideReview(
            id=review, customers=ids, verdict=Verdict.CONFIRMED if what == "confirmed" else Verdict.REVOKED,
            how=Revoking.CARDS if what == Revoking.CARDS else Revoking.INACTIVE, reason=str(data.get("reason", "")),
        )  # fmt: skip
        done = await parts.edge.ask(command, BulkDone, token=session.token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        return await _shown(request, review, problems=(words.sentence(error.message),), status=problem_of(error).status)
    refused = [row for row in done.rows if row.problem]
    if refused:
        names = await parts.roster.customer_names([row.id for row in refused])
        return await _shown(
            request, review, problems=tuple(": ".join((names.get(row.id, ""), words.sentence(row.problem))) for row in refused)
        )
    return Redirect(f"{_BACK}/{review}?done=saved", status_code=303)


@post(f"{_BACK}/{{review:str}}/finish", opt=needs(Permission.REVIEWS_MANAGE), status_code=200)
async def finish(request: AnyRequest, review: FromPath[str]) -> Response[str]:
    parts, session, data = parts_of(request), session_of(request), await request.form()
    try:
        await parts.edge.send(FinishReview(id=review), token=session.token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        return await _shown(request, review, problems=(words.sentence(error.message),), status=problem_of(error).status)
    return Redirect(f"{_BACK}/{review}?done=saved", status_code=303)


HANDLERS = (reviews_page, new_page, begin, review_page, decide, finish)
