"""What the simulated central server makes of a change from a desk: its own order of arrival decides, field by field."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from edge.core.merge import SYNCED, DeskChange, Ruling

BLOCKING = ("status", "blocklisted")


class Row(Struct, frozen=True, kw_only=True):
    """A row as central holds it. touched: field -> (version that last changed it, who did: an edge, or "" for central itself)."""

    ver: int
    op: str
    fields: dict[str, Any]
    hold: bool = False
    touched: dict[str, tuple[int, str]] = {}


class Ruled(Struct, frozen=True, kw_only=True):
    """What becomes of a change: the row afterwards (None: as it was), the fields not taken, and why."""

    verdict: Ruling
    row: Row | None = None
    lost: tuple[str, ...] = ()
    code: str = ""
    reason: str = ""


def rule(before: Row | None, change: DeskChange, edge: str) -> Ruled:
    """A field that somebody else has changed since the version the change was made on is lost to it; all others are taken.

    A block beats an unblock: one that comes late is taken, and what central itself has blocked only central clears.
    """
    if change.type not in SYNCED:
        return Ruled(verdict=Ruling.REFUSED, code="unknown_type", reason=f"central keeps no {change.type}")
    if change.op == "delete":
        return _delete(before, change, edge)
    if before is not None and before.op != "put":
        return Ruled(verdict=Ruling.REFUSED, code="deleted", reason="it was deleted at central meanwhile")
    if before is None:
        if change.base:
            return Ruled(verdict=Ruling.REFUSED, code="unknown_row", reason="central holds no such row")
        touched = dict.fromkeys(change.fields, (1, edge))
        return Ruled(verdict=Ruling.ACCEPTED, row=Row(ver=1, op="put", fields=change.fields, touched=touched))
    lost = tuple(field for field, value in change.fields.items() if _is_lost(before, field, value, change, edge))
    taken = {field: value for field, value in change.fields.items() if field not in lost}
    if not taken and lost:
        return Ruled(verdict=Ruling.REFUSED, lost=lost, code=_why(before, lost), reason=_WORDS[_why(before, lost)])
    ver = before.ver + 1
    row = Row(
        ver=ver, op="put", fields=before.fields | taken, hold=before.hold,
        touched=before.touched | dict.fromkeys(taken, (ver, edge)),
    )  # fmt: skip
    if not lost:
        return Ruled(verdict=Ruling.ACCEPTED, row=row)
    return Ruled(verdict=Ruling.MERGED, row=row, lost=lost, code=_why(before, lost), reason=_WORDS[_why(before, lost)])


_WORDS = {
    "changed_since": "somebody else changed it before this came in",
    "blocked": "central has blocked it, and only central clears that",
}


def _why(before: Row, lost: tuple[str, ...]) -> str:
    return "blocked" if before.hold and set(lost) & set(BLOCKING) else "changed_since"


def _is_lost(before: Row, field: str, value: Any, change: DeskChange, edge: str) -> bool:
    if before.fields.get(field) == value:
        return False
    if field in BLOCKING:
        blocks = value not in ("active", False)
        if blocks or before.hold:
            return not blocks
    ver, by = before.touched.get(field, (0, ""))
    return ver > change.base and by != edge


def _delete(before: Row | None, change: DeskChange, edge: str) -> Ruled:
    if before is None or before.op != "put":
        return Ruled(verdict=Ruling.ACCEPTED)
    if any(ver > change.base and by != edge for ver, by in before.touched.values()):
        return Ruled(verdict=Ruling.REFUSED, code="changed_since", reason=_WORDS["changed_since"])
    return Ruled(verdict=Ruling.ACCEPTED, row=Row(ver=before.ver + 1, op="delete", fields={}))
