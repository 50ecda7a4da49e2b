"""What to do with what central sends, as pure decisions over positions; applying is one transaction elsewhere."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec

from edge.sync.wire import RosterDelta, SnapshotPart


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


class Staging:
    """The parts of one snapshot as they come in, any order, some twice. A part of another snapshot (by id, position, number of parts or
    digest) starts afresh."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._parts: dict[int, bytes] = {}

    def take(self, part: SnapshotPart) -> list[bytes] | None:
        """The rows of all parts in order once they are complete and their digest fits, else None. Raises ValueError when it does not."""
        if not 0 <= part.i < part.n <= PARTS_LIMIT:
            raise ValueError(f"part {part.i} of {part.n}")
        of = (part.id, part.epoch, part.rev, part.n, part.sha256)
        if of != self._of:
            self._of, self._parts = of, {}
        self._parts[part.i] = bytes(part.rows)
        if len(self._parts) < part.n:
            return None
        rows = [self._parts[i] for i in range(part.n)]
        self._of, self._parts = (), {}
        digest = hashlib.sha256()
        for chunk in rows:
            digest.update(chunk)
        if digest.hexdigest() != part.sha256:
            raise ValueError("the parts do not add up to the digest")
        return rows

    @property
    def waiting(self) -> int:
        return len(self._parts)
