"""Presence as a fold over granted passages: where a card or vehicle is, what it has spent, which visits open and close.

What a passage changes (Moves) is worked out once, when it is decided, and kept with its event. From then on the event alone
says it: the live tables and a rebuild apply the same `fold` to the same Moves, whatever the site looks like by then.
"""

from __future__ import annotations

from datetime import date

from edge.core.model import Value


class Visit(Value, frozen=True, kw_only=False, array_like=True, gc=False):
    """An open visit: seq of the way in, its zone, and when (ms)."""

    seq: int
    zone: str
    at: int


class Whereabouts(Value, frozen=True, kw_only=True, gc=False):
    """Where a card or vehicle is and what it has consumed.

    visits: its open ones, the outer zone first; the last is where it is. day: the site's date of the last use, as
    date.toordinal(); today, week, month: uses in the day, week and month of that date. last_at: the last use (ms). last_seq:
    its last event (each event names the one before it, so that a card's events are a chain).
    """

    spent: int = 0
    day: int = 0
    today: int = 0
    week: int = 0
    month: int = 0
    last_at: int | None = None
    last_seq: int = 0
    visits: tuple[Visit, ...] = ()

    @property
    def zone(self) -> str | None:
        return self.visits[-1].zone if self.visits else None

    @property
    def since(self) -> int | None:
        return self.visits[-1].at if self.visits else None


NOWHERE = Whereabouts()


class Effects(Value, frozen=True, kw_only=True):
    """What a decision changes beside the event itself.

    doubtful: the visit is kept, and flagged. slice, pin: as in Moves. waits: this one waits
    for a second person. total: what the visit that ends came to, in minor units of `currency`. companion: who waited and comes in with this one.
    """

    enter: str | None = None
    leave: str | None = None
    spend: bool = False
    doubtful: bool = False
    slice: int | None = None
    pin: int = 0
    waits: bool = False
    companion: str | None = None
    total: int | None = None
    currency: str = ""


class Moves(Value, frozen=True, kw_only=True, gc=False):
    """What an event changed for its holder.

    enter: the zone it is in now (empty: none); stays: it was there already, no visit begins. closes: seqs of the visits that
    ended; ghosts: of those that had never been closed and end now at their best estimate; voids: of those that did not take
    place. spend: uses taken (or, below zero, given back), counted to `day`. slice: of a rotating code, used up. pin: +1 a wrong
    PIN was typed, -1 their count starts again. count: what the event's zone is corrected by. total: what the
    visit that ended in the zone `left` came to, in minor units of `currency`.
    """

    enter: str = ""
    stays: bool = False
    doubtful: bool = False
    closes: tuple[int, ...] = ()
    ghosts: tuple[int, ...] = ()
    voids: tuple[int, ...] = ()
    spend: int = 0
    day: int = 0
    slice: int | None = None
    pin: int = 0
    count: int = 0
    left: str = ""
    total: int | None = None
    currency: str = ""


def moves(before: Whereabouts, effects: Effects, around: tuple[str, ...], day: int) -> Moves:
    """What one granted passage does. around: the zone entered and those around it, whose visits stay open.

    A second way in closes the ghost of the first; a move closes every visit that is not to the zone entered or around it.
    """
    entered = effects.enter
    ghosts = tuple(v.seq for v in before.visits if effects.spend and v.zone == entered)
    closes = tuple(v.seq for v in before.visits if v.zone not in around)
    return Moves(
        enter=entered or "",
        stays=any(v.zone == entered and v.seq not in ghosts for v in before.visits),
        doubtful=effects.doubtful,
        closes=closes,
        ghosts=ghosts,
        spend=1 if effects.spend else 0,
        day=day if effects.spend else 0,
        slice=effects.slice,
        pin=effects.pin,
        left=(effects.leave or "") if effects.total is not None else "",
        total=effects.total,
        currency=effects.currency,
    )


def fold(before: Whereabouts, moved: Moves, *, seq: int, at: int) -> Whereabouts:
    """The whereabouts after an event (its seq, and at in ms)."""
    ended = (*moved.closes, *moved.ghosts, *moved.voids)
    visits = tuple([v for v in before.visits if v.seq not in ended]) if ended else before.visits
    if moved.enter and not moved.stays:
        visits = (*visits, Visit(seq, moved.enter, at))
    spent, day, today, week, month = before.spent, before.day, before.today, before.week, before.month
    last_at = before.last_at
    if moved.spend > 0:
        today, week, month = counts(before, moved.day)
        spent, today, week, month, day, last_at = spent + 1, today + 1, week + 1, month + 1, moved.day, at
    elif moved.spend < 0:
        spent = max(0, spent - 1)
        if moved.day == day:
            today, week, month = max(0, today - 1), max(0, week - 1), max(0, month - 1)
    return Whereabouts(
        spent=spent, day=day, today=today, week=week, month=month, last_at=last_at, last_seq=before.last_seq, visits=visits
    )


def counts(where: Whereabouts, day: int) -> tuple[int, int, int]:
    """Uses so far in the day, week and month of this day (date.toordinal())."""
    if day == where.day:
        return where.today, where.week, where.month
    if not where.day:
        return 0, 0, 0
    same_week = _monday(day) == _monday(where.day)
    now, then = date.fromordinal(day), date.fromordinal(where.day)
    return 0, where.week if same_week else 0, where.month if (now.year, now.month) == (then.year, then.month) else 0


def _monday(day: int) -> int:
    return day - (day - 1) % 7
