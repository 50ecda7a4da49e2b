"""What the sync asks of the two databases."""

from __future__ import annotations

from typing import Any, Protocol

from msgspec import Struct

from edge.core.merge import ChangeVerdict, DeskChange, RosterOp
from edge.ports.central import RosterPosition


class Position(Struct, frozen=True):
    """Where the journal stands: which log, the first and last event kept, what central has, and the chain hash there."""

    log_id: str
    first_seq: int
    last_seq: int
    acked: int
    acked_hash: bytes


class Batch(Struct, frozen=True):
    """Events of the journal as (seq, body), and the chain hash before the first and at the last."""

    events: list[tuple[int, bytes]]
    before: bytes = b""
    after: bytes = b""


class SyncStore(Protocol):
    """What the sync asks of the two databases; each call is one transaction."""

    async def position(self) -> Position: ...

    async def new_connection(self) -> int:
        """A number greater than of any connection before, kept."""

    async def events_after(self, seq: int, limit: int, max_bytes: int) -> Batch:
        """The next events, in order. Decisions go first."""

    async def known(self, seq: int) -> tuple[Position, bytes | None]:
        """Where the log stands, and its chain hash at an event; None: that event is not kept."""

    async def acknowledge(self, upto: int) -> None: ...

    async def resume(self, upto: int) -> None:
        """Central stands here, whatever was believed before."""

    async def fork(self, why: str) -> None:
        """Give the journal a new log id: central knows another past under the old one."""

    async def dead_letter(self, seq: int, code: str) -> None:
        """Central refused this event; it stays in the journal and is written down as refused."""

    async def evidence_after(self, seq: int, upto: int) -> tuple[int, bytes | None]:
        """Look through the next few events up to `upto` for a picture that is still kept: (the event looked at last, its picture if it has one)."""

    async def roster_position(self) -> tuple[str, int]: ...

    async def roster(self) -> RosterPosition: ...

    async def in_step(self) -> None:
        """Central's word is complete here now."""

    async def apply_delta(self, ops: tuple[RosterOp, ...], epoch: str, to_rev: int) -> list[str]: ...

    async def stage(self, id: str, epoch: str, rev: int, n: int, sha256: str, i: int, rows: bytes) -> tuple[int, bool]:
        """Keep a part of a snapshot; (how many are there from the first on, are all of them). Raises ValueError for one that cannot be."""

    async def apply_snapshot(self, epoch: str, rev: int) -> list[str]:
        """What was staged, in one roster transaction. Raises ValueError when it is not what it should be; it is then forgotten."""

    async def forget_snapshot(self) -> None:
        """What was staged is not wanted any more."""

    async def apply_verdicts(self, verdicts: tuple[ChangeVerdict, ...], epoch: str) -> tuple[list[str], set[str]]:
        """(problems with central's rows, changes whose verdict came too late to be taken: they are to be asked again)."""

    async def changes(self, limit: int, max_bytes: int) -> tuple[DeskChange, ...]:
        """The first that central has not decided, a card's code with its fields."""

    async def refused_rows(self, limit: int) -> list[tuple[str, str, str]]:
        """(type, id, problem) of rows of central's that could not be taken."""


class DoesCommands(Protocol):
    """Does what central commands, once for an id, in the name of somebody there. Raises HouseError."""

    async def __call__(self, id: str, by: str, command: bytes) -> Any: ...
