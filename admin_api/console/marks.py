"""The mark on a record that the central server does not have as it is here: it waits for central, or central disagrees."""

from __future__ import annotations

from dataclasses import dataclass

from admin_api.auth import Session
from admin_api.console.language import _
from admin_api.parts import Parts
from admin_api.reads.sync import REFUSED, states
from edge.core.model import Permission

DISAGREEMENTS = "/site/sync#disagreements"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """href: where it is decided, for who may see that."""

    says: str
    tone: str
    href: str = ""


async def mark_of(parts: Parts, session: Session, kind: str, id: str) -> Mark | None:
    """None: central has the record as it is here, or there is no central."""
    state = (await states(parts.database, kind, [id])).get(id)
    if state is None:
        return None
    if state != REFUSED:
        return Mark(says=_("waits for central"), tone="info")
    sees = session.may(Permission.SITE_VIEW) and parts.scope.everything
    return Mark(says=_("central disagrees"), tone="warn", href=DISAGREEMENTS if sees else "")


async def marks_of(parts: Parts, kind: str, ids: list[str]) -> dict[str, str]:
    """Record -> what is remarked of it in a list: one read for all of them."""
    said = {True: _("central disagrees"), False: _("waits for central")}
    return {id: said[state == REFUSED] for id, state in (await states(parts.database, kind, ids)).items()}
