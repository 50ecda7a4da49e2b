"""Access reviews: who had access at one moment, and for each that somebody says it still holds or takes it away."""

from __future__ import annotations

from enum import StrEnum

from edge.core.model import Record, Value


class ReviewState(StrEnum):
    """COLLECTING: people are being put into it; OPEN: they are decided on; FINISHED: all were, and the result is signed; CANCELLED."""

    COLLECTING = "collecting"
    OPEN = "open"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    REVOKED = "revoked"


class Revoking(StrEnum):
    """How access is taken away: the customer set inactive, or the cards and vehicles suspended."""

    INACTIVE = "inactive"
    CARDS = "cards"


class AccessReview(Record, frozen=True, kw_only=True):
    """A campaign. filters: the customers it is of, as their list takes them; due_at: by when (ms); total: how many people are in it.

    result: SHA-256 (hex) of the finished one (result_line of each, by number), which the journal names; event: where (0: not yet).
    """

    name: str
    filters: tuple[tuple[str, str], ...] = ()
    due_at: int
    state: ReviewState = ReviewState.COLLECTING
    started_by: str = ""
    started_at: int = 0
    finished_by: str = ""
    finished_at: int | None = None
    total: int = 0
    result: str = ""
    event: int = 0


class ReviewItem(Record, frozen=True, kw_only=True):
    """One person of a review, as they were when it began. cards, vehicles: ids of those that were active.

    how: what was taken away ("": nothing); by: who decided, at (ms); note: why, needed where access was taken away.
    """

    review: str
    customer: str
    number: int
    cards: tuple[str, ...] = ()
    vehicles: tuple[str, ...] = ()
    verdict: Verdict = Verdict.OPEN
    how: str = ""
    by: str = ""
    at: int | None = None
    note: str = ""


class ReviewTally(Value, frozen=True, kw_only=True):
    """How far a review is. result: SHA-256 of how it stands, hex."""

    open: int = 0
    confirmed: int = 0
    revoked: int = 0
    result: str = ""

    @property
    def total(self) -> int:
        return self.open + self.confirmed + self.revoked


def item_id(review: str, customer: str) -> str:
    return f"{review}.{customer}"


def result_line(number: int, customer: str, verdict: str, how: str, by: str, at: int | None) -> bytes:
    """What is signed of each. Names and reasons are not in it: they may be erased, and the result still verifies."""
    return f"{number}|{customer}|{verdict}|{how}|{by}|{at or 0}\n".encode()
