"""What commands ask of what central and this edge both hold: central's rows, and the changes made here to them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from msgspec import Struct

from edge.core.merge import DeskChange, RosterOp
from edge.core.model import Json


class Said(Struct, frozen=True):
    """What central last said of a row: its version, the hash of its fields (None: deleted), does it block it, why it could not be taken."""

    ver: int
    hash: int | None
    held: bool
    problem: str


class RosterPosition(Struct, frozen=True):
    """Central's epoch and rev that are applied here; how many rows it holds here, and the xor of their hashes."""

    epoch: str
    rev: int
    count: int
    digest: int


class CentralRows(Protocol):
    """How far central's word is applied here, and which rows are central's."""

    synced: bool
    """Is there a central server."""
    speaking: bool
    """Central's own rows are being applied: what is written now is no change made here. Off again with every piece of work."""

    def position(self) -> tuple[str, int]:
        """(epoch, rev) of central that is applied here."""

    def where(self) -> RosterPosition: ...

    def set_position(self, epoch: str, rev: int) -> None: ...

    def in_step(self, at: int) -> None:
        """Central's word was complete here at this time (ms)."""

    def said(self, entity: str, id: str) -> Said | None:
        """What central last said of this row."""

    def rows(self) -> list[tuple[str, str]]:
        """(entity, id) of every row that came from central and is here."""

    def unsaid(self, entity: str) -> list[str]:
        """Ids of records of a kind that central never spoke of."""

    def came(self, op: RosterOp, at: int, problem: str = "") -> None:
        """Central said this. problem: why it could not be taken."""

    def forget(self, entity: str, id: str) -> None:
        """Central no longer holds it."""

    def stays(self, entity: str, id: str, at: int, problem: str) -> None:
        """Central no longer holds it, and it could not be taken out."""

    def refused(self, limit: int) -> list[tuple[str, str, str]]:
        """(entity, id, problem) of rows that could not be taken."""

    def forget_versions(self) -> None:
        """Central counts anew (a new epoch): every row it sends is news."""

    def forget_gone(self, before: int) -> None:
        """What it deleted before then (ms) is no longer kept in mind."""


class ArrivingRows(Protocol):
    """Rows of a large snapshot that nothing here knew of, made ready for their tables."""

    def room(self) -> AbstractContextManager[None]:
        """While they come in; at its end their codes are kept, durably."""

    def add(
        self, entity: str, rows: list[Any], children: dict[str, list[Any]], central: list[Any], codes: list[tuple[str, bytes]]
    ) -> bool:
        """Insert them all, or none: False when one of them cannot be."""

    def versions(self, rows: list[tuple[int, str, str]]) -> None:
        """(version, entity, id) of rows that are otherwise as they were."""

    def owe_search(self) -> None:
        """They are not in the index of the search yet."""


class Disagreement(Struct, frozen=True):
    """A change that central refused: what was wanted here, why not, and what central has in those fields."""

    change: DeskChange
    code: str
    reason: str
    theirs: Json


class DeskChanges(Protocol):
    """Changes made here to what central holds too, in the order of their commits."""

    def waiting(self, limit: int, max_bytes: int) -> list[DeskChange]:
        """The first that central has not decided."""

    def over(self, entity: str, row: str) -> list[DeskChange]:
        """Those of one row that central has not decided."""

    def any(self, entity: str, row: str) -> bool:
        """Was this row ever changed here, that is kept."""

    def asked(self, id: str) -> DeskChange | None:
        """The change of this id, if central has not decided it."""

    def accepted(self, id: str, at: int, without: tuple[str, ...] = ()) -> None:
        """Central has it now, but for these fields. It is kept for a central that is restored."""

    def refused(self, disagreement: Disagreement, at: int) -> None: ...

    def disagreement(self, id: str) -> Disagreement | None: ...

    def forget(self, id: str) -> None: ...

    def forget_accepted(self, before: int) -> None:
        """Accepted before then (ms): nobody asks for them again."""

    def forget_row(self, entity: str, row: str) -> None:
        """All that was ever asked of one row."""

    def ask_again(self) -> list[DeskChange]:
        """Central was restored: what it had accepted is asked again, in order, and it answers what it still has as it did."""
