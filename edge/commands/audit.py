"""Who looked: views of personal data as the desk reports them, in batches and a little later."""

from __future__ import annotations

from msgspec import Struct

from edge.commands.base import Command, handles
from edge.core.errors import Invalid
from edge.core.model import Actor, Moment
from edge.core.people import Customer
from edge.ports import RosterTx

MOST_VIEWS = 50
ONCE_MS = 600_000
"""A record that somebody looks at again within so long is not written down again."""


class View(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer's record was shown, at (ms)."""

    customer: str
    at: int


class NoteViews(Command, tag="audit.viewed", frozen=True, kw_only=True):
    """Who asks has looked at these records. One line for each user, record and ten minutes."""

    views: tuple[View, ...]


@handles(NoteViews)
def note_views(tx: RosterTx, command: NoteViews, actor: Actor, now: Moment) -> None:
    if not 1 <= len(command.views) <= MOST_VIEWS:
        raise Invalid(f"1 to {MOST_VIEWS} views at a time", field="views")
    for view in command.views:
        customer = tx.find(Customer, id=view.customer)
        if customer is not None:  # it may have been taken out since
            tx.note_view(customer, min(view.at, now.wall), once_ms=ONCE_MS)
