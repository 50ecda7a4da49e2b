"""Access reviews over REST: begun of everybody who has access, decided one by one or several, finished with a result that the journal signs."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.bulk import MOST_ROWS
from admin_api.reads.conditions import Query
from admin_api.reads.cursor import Page
from admin_api.reads.reviews import progress, result
from admin_api.reports.filters import conditions, values_of
from admin_api.rest.common import AnyRequest, Reasoned, refusals, request_id
from admin_api.rest.saved_filters import together, usable
from edge.commands.base import Command
from edge.commands.bulk import BulkDone, BulkRow
from edge.commands.reviews import MOST, CancelReview, CollectReview, DecideReview, FinishReview, OpenReview, StartReview
from edge.core.errors import Forbidden, Invalid
from edge.core.model import Permission
from edge.core.people import Customer
from edge.core.review import AccessReview, ReviewItem, ReviewTally, Revoking, Verdict
from edge.core.saved import ExportArea

_MANAGE: dict[str, Any] = {"opt": needs(Permission.REVIEWS_MANAGE), "tags": ["access reviews"]}


class ReviewFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """filters: the customers it is of, as their list takes them (none: everybody), or a saved filter besides. due_at: ms since 1970 UTC."""

    name: str
    due_at: int
    filters: dict[str, str] = {}
    saved: str = ""


class ReviewDecision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """customers: ids. how: what is taken away where the verdict is revoked. reason: needed then."""

    customers: tuple[str, ...]
    verdict: Verdict
    how: Revoking = Revoking.INACTIVE
    reason: str = ""


class ReviewSeen(Struct, frozen=True, kw_only=True):
    """A review and how far it is. overdue: not finished though it was due."""

    review: AccessReview
    progress: ReviewTally
    overdue: bool


class ReviewResult(Struct, frozen=True, kw_only=True):
    """What was signed: a line for each, `number|customer|verdict|how|by|at` and a line feed, in this order, hashed as one text.

    event: the line of the journal that names the hash; agrees: does what stands here still have it.
    """

    review: AccessReview
    lines: list[str]
    sha256: str
    event: int
    agrees: bool


@get("/access-reviews", **_MANAGE, responses=refusals(), operation_id="listAccessReview")
async def list_reviews(
    request: AnyRequest, q: FromQuery[str] = "", sort: FromQuery[str] = "-started_at", after: FromQuery[str] = "", limit: FromQuery[int] = 50
) -> Page[AccessReview]:  # fmt: skip
    """Access reviews, the newest first."""
    of_the_whole_site(request)
    return await parts_of(request).roster.listing(AccessReview, Query(q=q, sort=sort, after=after, limit=limit))


@post("/access-reviews", **_MANAGE, responses=refusals(404, 409, 413), status_code=201, operation_id="startAccessReview")
async def start(request: AnyRequest, data: JSONBody[ReviewFields]) -> ReviewSeen:
    """Begin one of everybody among these customers who has access now: who is active and has an active card or vehicle. At most 5 000."""
    return await _seen(request, await begun(request, data, request_id(request)))


async def begun(request: AnyRequest, data: ReviewFields, id: str) -> AccessReview:
    """An open review with everybody in it. id: of the request; a retry goes on where it broke off. Raises HouseError."""
    of_the_whole_site(request)
    parts = parts_of(request)
    filters = dict(data.filters)
    if data.saved:
        filters = together(dict((await usable(request, ExportArea.CUSTOMERS, data.saved)).filters), filters)
    tz, now = parts.settings.site.time_zone, parts.now()
    await conditions(parts.database, ExportArea.CUSTOMERS, filters, now=now, tz=tz)
    wanted = {"status": "active"} | values_of(ExportArea.CUSTOMERS, filters, now=now, tz=tz)
    q, deleted = wanted.pop("q", ""), wanted.pop("deleted", False)
    ids = await parts.roster.matching(Customer, Query(q=q, deleted=deleted, filters=tuple(wanted.items())), MOST_ROWS + 1)
    if len(ids) > MOST_ROWS:
        raise Invalid(f"more than {MOST_ROWS} customers: begin several, each of some of them", field="filters")
    review = await _ask(request, StartReview(name=data.name, due_at=data.due_at, filters=tuple(filters.items())), AccessReview, id)
    for first in range(0, len(ids), MOST):
        await _ask(request, CollectReview(id=review.id, customers=tuple(ids[first : first + MOST])), int, f"{id}-{first}")
    opened: AccessReview = await _ask(request, OpenReview(id=review.id), AccessReview, f"{id}-open")
    return opened


@get("/access-reviews/{review:str}", **_MANAGE, responses=refusals(404), operation_id="getAccessReview")
async def get_review(request: AnyRequest, review: FromPath[str]) -> ReviewSeen:
    """One of them, with how many are confirmed, revoked and still open."""
    of_the_whole_site(request)
    return await _seen(request, await parts_of(request).roster.get(AccessReview, review))


@get("/access-reviews/{review:str}/items", **_MANAGE, responses=refusals(404), operation_id="listReviewItem")
async def items(
    request: AnyRequest, review: FromPath[str], verdict: FromQuery[Verdict | None] = None, customer: FromQuery[str] = "",
    sort: Annotated[str, QueryParameter(max_length=40)] = "", after: FromQuery[str] = "", limit: FromQuery[int] = 50,
) -> Page[ReviewItem]:  # fmt: skip
    """Who is in it, by number, with what they had when it began and what was decided."""
    of_the_whole_site(request)
    roster = parts_of(request).roster
    await roster.get(AccessReview, review)
    filters = (
        ("review", review),
        *((("verdict", verdict.value),) if verdict else ()),
        *((("customer", customer),) if customer else ()),
    )
    return await roster.listing(ReviewItem, Query(filters=filters, sort=sort, after=after, limit=limit))


@post(
    "/access-reviews/{review:str}/decide",
    **_MANAGE,
    responses=refusals(404, 409, 413),
    status_code=200,
    operation_id="decideReview",
)
async def decide(request: AnyRequest, review: FromPath[str], data: JSONBody[ReviewDecision]) -> list[BulkRow]:
    """Confirm or revoke one or several (at most 100). A row for each with why not; nobody decides on their own record."""
    command = DecideReview(id=review, customers=data.customers, verdict=data.verdict, how=data.how, reason=data.reason)
    return list((await _ask(request, command, BulkDone, request_id(request))).rows)


@post("/access-reviews/{review:str}/finish", **_MANAGE, responses=refusals(404, 409), status_code=200, operation_id="finishReview")
async def finish(request: AnyRequest, review: FromPath[str]) -> ReviewSeen:
    """Close it: all must be decided. The journal keeps the SHA-256 of the result, and its chain signs it."""
    return await _seen(request, await _ask(request, FinishReview(id=review), AccessReview, request_id(request)))


@post(
    "/access-reviews/{review:str}/cancel",
    **_MANAGE,
    responses=refusals(404, 409, 413),
    status_code=200,
    operation_id="cancelReview",
)
async def cancel(request: AnyRequest, review: FromPath[str], data: JSONBody[Reasoned]) -> ReviewSeen:
    """Give it up. What was revoked stays so."""
    return await _seen(request, await _ask(request, CancelReview(id=review, reason=data.reason), AccessReview, request_id(request)))


@get("/access-reviews/{review:str}/result", **_MANAGE, responses=refusals(404), operation_id="getReviewResult")
async def signed(request: AnyRequest, review: FromPath[str]) -> Response[ReviewResult]:
    """The result line by line, as it was signed, and whether what stands here still agrees with it."""
    of_the_whole_site(request)
    parts = parts_of(request)
    found = await parts.roster.get(AccessReview, review)
    lines, digest = await result(parts.database, review)
    agrees = bool(found.event) and digest == found.result and digest in (await parts.journal.event(found.event)).note
    return Response(ReviewResult(review=found, lines=lines, sha256=digest, event=found.event, agrees=agrees))


async def _seen(request: AnyRequest, review: AccessReview) -> ReviewSeen:
    parts = parts_of(request)
    late = review.finished_at is None and parts.now() > review.due_at
    return ReviewSeen(review=review, progress=await progress(parts.database, review.id), overdue=late)


async def _ask(request: AnyRequest, command: Command, answer: Any, id: str) -> Any:
    return await parts_of(request).edge.ask(command, answer, token=session_of(request).token, request=id)


def of_the_whole_site(request: AnyRequest) -> None:
    """Raises Forbidden."""
    if not parts_of(request).scope.everything:
        raise Forbidden("reviews are of the whole site: they are not for somebody who is restricted to companies or zones")


HANDLERS = (list_reviews, start, get_review, items, decide, finish, cancel, signed)
