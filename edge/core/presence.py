"""Presence as a fold over granted passages: where a card or vehicle is, what it has spent, which visits open and close."""

from __future__ import annotations

from edge.core.model import Effects, Value, Whereabouts


class Step(Value, frozen=True, kw_only=True):
    """What one granted passage does: the new whereabouts, and the visits to open and to close.

    opens: the zone a visit begins in; closes: zones whose open visit ends; ghosts: zones whose open visit was never closed
    and is closed now at its best estimate (flagged).
    """

    where: Whereabouts
    opens: str | None = None
    closes: tuple[str, ...] = ()
    ghosts: tuple[str, ...] = ()


def step(
    before: Whereabouts, effects: Effects, open_visits: tuple[str, ...], keep_open: tuple[str, ...], at: int, today: str
) -> Step:
    """One granted passage. open_visits: zones with an open visit of this holder; keep_open: the zone entered and those around it.

    A second way in closes the ghost of the first; a move into a zone closes every visit that is not to it or around it.
    """
    entered = effects.enter
    spent, spent_today, day = before.spent, before.spent_today, before.day
    last_at = before.last_at
    if effects.spend:
        spent_today = spent_today + 1 if day == today else 1
        spent, day, last_at = spent + 1, today, at
    ghosts = (entered,) if entered in open_visits and effects.spend and entered is not None else ()
    closes = tuple(z for z in open_visits if z not in keep_open)
    opens = entered if entered is not None and (entered not in open_visits or ghosts) else None
    where = Whereabouts(
        zone=entered, since=at if entered is not None else None, spent=spent, day=day, spent_today=spent_today, last_at=last_at
    )
    return Step(where=where, opens=opens, closes=closes, ghosts=ghosts)
