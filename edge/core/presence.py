"""Presence as a fold over granted passages: where a card or vehicle is, what it has spent, which visits open and close."""

from __future__ import annotations

from edge.core.judgement import Effects, Whereabouts
from edge.core.model import Value


class Step(Value, frozen=True, kw_only=True):
    """What one granted passage does: the new whereabouts, and the visits to open and to close.

    opens: the zone a visit begins in; closes: (seq of the way in, zone) of visits that end; ghosts: those that were never
    closed and are closed now at their best estimate (flagged).
    """

    where: Whereabouts
    opens: str | None = None
    closes: tuple[tuple[int, str], ...] = ()
    ghosts: tuple[tuple[int, str], ...] = ()


def step(before: Whereabouts, effects: Effects, around: tuple[str, ...], *, seq: int, at: int, today: str) -> Step:
    """One granted passage. around: the zone entered and those around it, whose visits stay open; seq and at (ms): the event.

    A second way in closes the ghost of the first; a move closes every visit that is not to the zone entered or around it.
    """
    entered = effects.enter
    spent, spent_today, day, last_at = before.spent, before.spent_today, before.day, before.last_at
    if effects.spend:
        spent_today = spent_today + 1 if day == today else 1
        spent, day, last_at = spent + 1, today, at
    ghosts = tuple(v for v in before.visits if effects.spend and v[1] == entered)
    closes = tuple(v for v in before.visits if v[1] not in around)
    kept = tuple(v for v in before.visits if v not in ghosts and v not in closes)
    opens = entered if entered is not None and all(v[1] != entered for v in kept) else None
    where = Whereabouts(
        zone=entered,
        since=at if entered is not None else None,
        spent=spent,
        day=day,
        spent_today=spent_today,
        last_at=last_at,
        last_seq=before.last_seq,
        visits=(*kept, (seq, opens)) if opens is not None else kept,
    )
    return Step(where=where, opens=opens, closes=closes, ghosts=ghosts)
