"""Access reviews: begun with everybody who has access, each confirmed or revoked by somebody else, finished with a signed result."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, handles, text
from edge.commands.bulk import BulkDone, BulkRow
from edge.commands.exports import sound_filters
from edge.core.errors import Conflict, Forbidden, HouseError, Invalid
from edge.core.event import Event, EventKind
from edge.core.model import Actor, Card, CardStatus, Moment, Permission, Status, User, Vehicle
from edge.core.people import Customer, PersonKind
from edge.core.review import AccessReview, ReviewItem, ReviewState, Revoking, Verdict, item_id
from edge.ports import JournalTx, RosterTx

MOST = 100
"""People in one command: each is a few rows and audit lines, and the gate waits for nobody."""


class StartReview(Command, tag="reviews.start", frozen=True, kw_only=True):
    """Begin a review; the people are put into it by reviews.collect, and it is opened by reviews.open."""

    right: ClassVar = Permission.REVIEWS_MANAGE
    name: str
    due_at: int
    filters: tuple[tuple[str, str], ...] = ()


class CollectReview(Command, tag="reviews.collect", frozen=True, kw_only=True):
    """Put those of these customers into a review who have access now: active, and with an active card or vehicle."""

    right: ClassVar = Permission.REVIEWS_MANAGE
    id: str
    customers: tuple[str, ...]


class OpenReview(Command, tag="reviews.open", frozen=True, kw_only=True):
    """All are in it: from now on they are decided on."""

    right: ClassVar = Permission.REVIEWS_MANAGE
    id: str


class DecideReview(Command, tag="reviews.decide", frozen=True, kw_only=True):
    """Say of these customers that their access holds, or take it away. Nobody decides on their own record. reason: needed to revoke."""

    right: ClassVar = Permission.REVIEWS_MANAGE
    id: str
    customers: tuple[str, ...]
    verdict: Verdict
    how: Revoking = Revoking.INACTIVE
    reason: str = ""


class FinishReview(Command, tag="reviews.finish", frozen=True, kw_only=True):
    """Close a review in which all are decided; the journal keeps the hash of its result. Doing it again writes no second line."""

    right: ClassVar = Permission.REVIEWS_MANAGE
    id: str


class CancelReview(Command, tag="reviews.cancel", frozen=True, kw_only=True):
    """Give a review up. What was revoked stays so."""

    right: ClassVar = Permission.REVIEWS_MANAGE
    id: str
    reason: str = ""


@handles(StartReview)
def start_review(tx: RosterTx, command: StartReview, actor: Actor, now: Moment) -> AccessReview:
    if not now.wall < command.due_at < 1 << 47:
        raise Invalid("a time to come (ms since 1970)", field="due_at")
    name = text(command.name, "name", required=True, longest=100)
    return tx.put(
        AccessReview(
            id=tx.new_id(), name=name, filters=sound_filters(command.filters), due_at=command.due_at, started_by=actor.name, started_at=now.wall
        )
    )  # fmt: skip


@handles(CollectReview)
def collect_review(tx: RosterTx, command: CollectReview, actor: Actor, now: Moment) -> int:
    """How many were put into it."""
    review = _in(tx, command.id, ReviewState.COLLECTING)
    added = 0
    for customer in (tx.find(Customer, id=id) for id in _few(command.customers)):
        if customer is None or tx.find(ReviewItem, id=item_id(review.id, customer.id)):
            continue
        cards = tuple(c.id for c in tx.every(Card, customer=customer.id) if _opens(c, now.wall))
        vehicles = tuple(v.id for v in tx.every(Vehicle, customer=customer.id) if _opens(v, now.wall))
        if customer.status is Status.ACTIVE and customer.deleted_at is None and not customer.blocklisted and (cards or vehicles):
            id = item_id(review.id, customer.id)
            tx.put(
                ReviewItem(id=id, review=review.id, customer=customer.id, number=customer.number, cards=cards, vehicles=vehicles)
            )
            added += 1
    return added


def _opens(thing: Card | Vehicle, now: int) -> bool:
    return thing.status is CardStatus.ACTIVE and (thing.valid_to is None or thing.valid_to > now)


@handles(OpenReview)
def open_review(tx: RosterTx, command: OpenReview, actor: Actor, now: Moment) -> AccessReview:
    review = _in(tx, command.id, ReviewState.COLLECTING)
    tally = tx.review_tally(review.id)
    if not tally.total:
        raise Conflict("nobody of these has access: there is nothing to review", field="filters")
    return tx.put(msgspec.structs.replace(review, state=ReviewState.OPEN, total=tally.total))


@handles(DecideReview)
def decide_review(tx: RosterTx, command: DecideReview, actor: Actor, now: Moment) -> BulkDone:
    review = _in(tx, command.id, ReviewState.OPEN)
    if command.verdict is Verdict.OPEN:
        raise Invalid("confirmed or revoked", field="verdict")
    reason = text(command.reason, "reason", required=command.verdict is Verdict.REVOKED, longest=300)
    user = tx.find(User, id=actor.id)
    command = msgspec.structs.replace(command, reason=reason)
    return BulkDone(rows=tuple(_row(tx, review, id, command, user, actor, now) for id in _few(command.customers)))


def _row(
    tx: RosterTx, review: AccessReview, id: str, command: DecideReview, user: User | None, actor: Actor, now: Moment
) -> BulkRow:  # fmt: skip
    try:
        return BulkRow(id=id, changed=_decide(tx, review, id, command, user, actor, now))
    except HouseError as error:  # nothing was written for this one: the others go on
        return BulkRow(id=id, problem=error.message)


def _decide(
    tx: RosterTx, review: AccessReview, id: str, command: DecideReview, user: User | None, actor: Actor, now: Moment
) -> bool:  # fmt: skip
    item, customer = tx.get(ReviewItem, item_id(review.id, id)), tx.get(Customer, id)
    if is_own(customer, user):
        raise Forbidden("nobody reviews their own record: somebody else does")
    if item.verdict is command.verdict:
        return False
    if item.verdict is Verdict.REVOKED:
        raise Conflict("their access was taken away already; give it back at their record")
    how = ""
    if command.verdict is Verdict.REVOKED:
        how = command.how.value
        _revoke(tx, customer, command.how)
    tx.put(msgspec.structs.replace(item, verdict=command.verdict, how=how, by=actor.name, at=now.wall, note=command.reason))
    return True


def _revoke(tx: RosterTx, customer: Customer, how: Revoking) -> None:
    """From the next reading on; those that came since the review began too."""
    if how is Revoking.INACTIVE:
        if customer.erased_at is None:
            tx.put(msgspec.structs.replace(customer, status=Status.INACTIVE))
        return
    things: list[Card | Vehicle] = [*tx.every(Card, customer=customer.id), *tx.every(Vehicle, customer=customer.id)]
    for thing in things:
        if thing.status is CardStatus.ACTIVE:
            tx.put(msgspec.structs.replace(thing, status=CardStatus.SUSPENDED))


def is_own(customer: Customer, user: User | None) -> bool:
    """Is this the user's own record: by its identity in the system "desk", its e-mail address, or as staff by its name."""
    if user is None:
        return False
    known = {user.login} | ({user.name.casefold()} if user.name else set())
    return (
        any(i.system == "desk" and i.id.casefold() == user.login for i in customer.identities)
        or (customer.email != "" and customer.email == user.login)
        or (customer.kind is PersonKind.USER and customer.name.casefold() in known)
    )


@handles(FinishReview)
def finish_review(tx: RosterTx, command: FinishReview, actor: Actor, now: Moment) -> AccessReview:
    review = tx.get(AccessReview, command.id)
    if review.state is ReviewState.FINISHED:
        return review
    review, tally = _in(tx, command.id, ReviewState.OPEN), tx.review_tally(command.id)
    if tally.open:
        raise Conflict(f"{tally.open} of {tally.total} are not decided yet", field="state")
    finished = msgspec.structs.replace(
        review, state=ReviewState.FINISHED, finished_by=actor.name, finished_at=now.wall, result=tally.result
    )
    return tx.put(finished)


@handles(CancelReview)
def cancel_review(tx: RosterTx, command: CancelReview, actor: Actor, now: Moment) -> AccessReview:
    review = tx.get(AccessReview, command.id)
    if review.state is ReviewState.FINISHED:
        raise Conflict("it is finished: what was found stays", field="state")
    return tx.put(msgspec.structs.replace(review, state=ReviewState.CANCELLED, finished_by=actor.name, finished_at=now.wall))


def sign_result(tx: JournalTx, review: AccessReview, actor: Actor, now: Moment) -> int:
    """The journal's line of a finished review, once: its chain is what signs the result. The event's number."""
    known = f"review-{review.id}"
    if done := tx.executed(known):
        return int(done)
    note = f"{review.name}: {review.total} people; SHA-256 {review.result}"
    event = tx.record(
        Event(
            at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=EventKind.OPERATOR, code="access_review_finished",
            actor=actor.name, note=note[:300],
        )
    )  # fmt: skip
    tx.remember_executed(known, str(event.seq), now.wall)
    return event.seq


def note_signed(tx: RosterTx, id: str, event: int) -> AccessReview:
    """Keep where the journal says it."""
    return tx.put(msgspec.structs.replace(tx.get(AccessReview, id), event=event))


def _in(tx: RosterTx, id: str, state: ReviewState) -> AccessReview:
    review = tx.get(AccessReview, id)
    if review.state is not state:
        raise Conflict(f"this review is {review.state.value}", field="state")
    return review


def _few(ids: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(ids))
    if not 1 <= len(found) <= MOST:
        raise Invalid(f"1 to {MOST} customers at a time", field="customers")
    return found
