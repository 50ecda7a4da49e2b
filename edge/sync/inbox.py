"""What to do with what central sends, as pure decisions over positions; applying is one transaction elsewhere. (Parts of a snapshot are
kept on disk: store.parts.)"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.sync.wire import RosterDelta


class Verdict(StrEnum):
    """What becomes of a delta."""

    APPLY = "apply"
    OLD = "old"
    WANT_EPOCH = "epoch"
    WANT_GAP = "gap"


def judge(delta: RosterDelta, epoch: str, rev: int) -> Verdict:
    """Apply only what follows from where we are; ask for what is missing."""
    if delta.epoch != epoch:
        return Verdict.WANT_EPOCH
    if delta.to_rev <= rev:
        return Verdict.OLD
    return Verdict.APPLY if delta.from_rev <= rev else Verdict.WANT_GAP


PARTS_LIMIT = 20_000


class Gathering:
    """The parts of one delta as they come in, any order, some twice. A part of another delta starts afresh."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._parts: dict[int, RosterDelta] = {}

    def take(self, part: RosterDelta) -> RosterDelta | None:
        """The whole delta once it is complete, else None. Raises ValueError for a part that cannot be."""
        if not 0 <= part.i < part.n <= PARTS_LIMIT:
            raise ValueError(f"part {part.i} of {part.n}")
        of = (part.epoch, part.from_rev, part.to_rev, part.n)
        if of != self._of:
            self._of, self._parts = of, {}
        self._parts[part.i] = part
        if len(self._parts) < part.n:
            return None
        ops = tuple(op for i in range(part.n) for op in self._parts[i].ops)
        self._of, self._parts = (), {}
        return msgspec.structs.replace(part, i=0, n=1, ops=ops)
