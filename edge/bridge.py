"""The sync's view of the house: ports.SyncStore over the writers, each call one transaction; ports.DoesCommands over the control room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edge.commands.central import apply_delta, apply_snapshot, apply_verdicts, read_command, somebody_at_central, to_send
from edge.commands.wire import Request
from edge.control import Control
from edge.core.event import Event, EventKind
from edge.core.merge import ChangeVerdict, DeskChange, RosterOp
from edge.ports import Clock, Position, RosterPosition
from edge.store.journal import JournalTransaction
from edge.store.roster import RosterTransaction
from edge.store.writer import Writer


class CommandBridge:
    """What central commands, done in the control room as what anybody else asks for."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def __call__(self, id: str, by: str, command: bytes) -> Any:
        return await self._control.do(Request(id=id, command=read_command(command)), known=somebody_at_central(by))


class SyncBridge:
    """Journal and roster as the sync needs them."""

    def __init__(
        self, journal: Writer[JournalTransaction], roster: Writer[RosterTransaction], clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._journal, self._roster, self._clock, self._new_id = journal, roster, clock, new_id

    async def position(self) -> Position:
        return await self._journal.write(lambda tx: tx.position())

    async def new_connection(self) -> int:
        return await self._journal.write(lambda tx: tx.new_connection())

    async def events_after(self, seq: int, limit: int, max_bytes: int) -> tuple[bytes, list[tuple[int, bytes]]]:
        return await self._journal.write(lambda tx: tx.events_after(seq, limit, max_bytes))

    async def hash_at(self, seq: int) -> bytes | None:
        return await self._journal.write(lambda tx: tx.hash_at(seq))

    async def acknowledge(self, upto: int) -> None:
        await self._journal.write(lambda tx: tx.acknowledge(upto))

    async def resume(self, upto: int) -> None:
        await self._journal.write(lambda tx: tx.resume(upto))

    async def fork(self, why: str) -> None:
        now, log_id = self._clock.now().wall, self._new_id()
        await self._journal.write(lambda tx: tx.fork(log_id, now, why))

    async def dead_letter(self, seq: int, code: str) -> None:
        now = self._clock.now()
        event = Event(at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=EventKind.FAULT, code="event_refused",
                      note=f"central refused event {seq}: {code}"[:300])  # fmt: skip
        await self._journal.write(lambda tx: tx.record(event))

    async def roster_position(self) -> tuple[str, int]:
        return await self._roster.write(lambda tx: tx.central.position())

    async def roster(self) -> RosterPosition:
        return await self._roster.write(lambda tx: tx.central.where())

    async def changes(self, limit: int, max_bytes: int) -> tuple[DeskChange, ...]:
        return await self._roster.write(lambda tx: to_send(tx, limit, max_bytes))

    async def refused_rows(self, limit: int) -> list[tuple[str, str, str]]:
        return await self._roster.write(lambda tx: tx.central.refused(limit))

    async def in_step(self) -> None:
        now = self._clock.now().wall
        await self._roster.write(lambda tx: tx.central.in_step(now))

    async def apply_delta(self, ops: tuple[RosterOp, ...], epoch: str, to_rev: int) -> list[str]:
        return await self._apply("roster.delta", lambda tx, now: apply_delta(tx, ops, epoch, to_rev, now))

    async def apply_snapshot(self, ops: tuple[RosterOp, ...], epoch: str, rev: int) -> list[str]:
        return await self._apply("roster.snapshot", lambda tx, now: apply_snapshot(tx, ops, epoch, rev, now))

    async def apply_verdicts(self, verdicts: tuple[ChangeVerdict, ...]) -> list[str]:
        return await self._apply("roster.verdict", lambda tx, now: apply_verdicts(tx, verdicts, now))

    async def _apply(self, what: str, work: Callable[[RosterTransaction, int], list[str]]) -> list[str]:
        now = self._clock.now().wall

        def spoken(tx: RosterTransaction) -> list[str]:
            tx.by = ("central", what, "", now)
            return work(tx, now)

        return await self._roster.write(spoken)
