"""The sync's view of the house: ports.SyncStore over the writers, each call one transaction; ports.DoesCommands over the control room."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from edge.commands.central import (
    apply_delta,
    apply_large,
    apply_snapshot,
    apply_verdicts,
    read_command,
    somebody_at_central,
    to_send,
)
from edge.commands.dead_letters import note_refused
from edge.commands.wire import Request
from edge.control import Control
from edge.core.errors import Invalid
from edge.core.merge import ChangeVerdict, DeskChange, RosterOp
from edge.core.model import CredentialKind
from edge.ports import Batch, Clock, Position, RosterPosition
from edge.store.files import Files
from edge.store.journal import JournalTransaction
from edge.store.parts import Parts
from edge.store.roster import RosterTransaction
from edge.store.sealed import sealing_key
from edge.store.snapshot import LARGE_PARTS, frames
from edge.store.writer import Writer

T = TypeVar("T")

LARGEST_PICTURE = 4 << 20
_ops = msgspec.json.Decoder(list[RosterOp])


class CommandBridge:
    """What central commands, done in the control room as what anybody else asks for."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def __call__(self, id: str, by: str, command: bytes) -> Any:
        return await self._control.do(Request(id=id, command=read_command(command)), known=somebody_at_central(by))


class SyncBridge:
    """Journal and roster as the sync needs them."""

    def __init__(
        self,
        journal: Writer[JournalTransaction],
        roster: Writer[RosterTransaction],
        clock: Clock,
        new_id: Callable[[], str],
        files: Files,
        kept: Iterable[CredentialKind],
        arrived: Callable[[], None],
    ) -> None:
        """kept: the kinds of cards whose codes are kept; arrived: told after a snapshot."""
        self._journal, self._roster, self._clock, self._new_id = journal, roster, clock, new_id
        self._files, self._kept, self._arrived = files, [kind.value for kind in kept], arrived
        self._parts = Parts(files.parts, sealing_key(files.codes_key))

    async def position(self) -> Position:
        return await self._journal.write(lambda tx: tx.position())

    async def new_connection(self) -> int:
        return await self._journal.write(lambda tx: tx.new_connection())

    async def events_after(self, seq: int, limit: int, max_bytes: int) -> Batch:
        def read(tx: JournalTransaction) -> Batch:
            before, events = tx.events_after(seq, limit, max_bytes)
            return Batch(events, before, (events and tx.hash_at(events[-1][0])) or b"")

        return await self._journal.write(read, patient=True)

    async def known(self, seq: int) -> tuple[Position, bytes | None]:
        return await self._journal.write(lambda tx: (tx.position(), tx.hash_at(seq)))

    async def acknowledge(self, upto: int) -> None:
        await self._journal.write(lambda tx: tx.acknowledge(upto))

    async def resume(self, upto: int) -> None:
        await self._journal.write(lambda tx: tx.resume(upto))

    async def fork(self, why: str) -> None:
        now, log_id = self._clock.now().wall, self._new_id()
        await self._journal.write(lambda tx: tx.fork(log_id, now, why))

    async def dead_letter(self, seq: int, code: str) -> None:
        now = self._clock.now()
        await self._journal.write(lambda tx: note_refused(tx, seq, code, now))

    async def evidence_after(self, seq: int, upto: int) -> tuple[int, bytes | None]:
        looked, path = await self._journal.write(lambda tx: tx.evidence_after(seq, upto))
        return looked, await asyncio.to_thread(self._picture, Path(path).name) if path else None

    def _picture(self, name: str) -> bytes | None:
        """None: it has made room for newer ones, or was deleted with whom it shows."""
        path = self._files.evidence / name
        if not path.is_file() or path.stat().st_size > LARGEST_PICTURE:
            return None
        with contextlib.suppress(FileNotFoundError):
            return path.read_bytes() or None  # nothing in it: the power went while it was kept
        return None

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

    async def stage(self, id: str, epoch: str, rev: int, n: int, sha256: str, i: int, rows: bytes) -> tuple[int, bool]:
        def keep() -> tuple[int, bool]:
            whole = self._parts.take((id, epoch, rev, n, sha256), i, rows)
            return self._parts.first, whole

        return await asyncio.to_thread(keep)

    async def apply_snapshot(self, epoch: str, rev: int) -> list[str]:
        """A small one is read here, a large one by a child, while the writer waits for it and decisions go on."""
        if self._parts.waiting < LARGE_PARTS:
            bodies = await asyncio.to_thread(self._parts.rows)
            try:
                ops = [op for body in bodies for op in _ops.decode(body)]
            except msgspec.DecodeError as error:
                await self.forget_snapshot()
                raise ValueError(f"the rows make no sense: {error}") from error
            problems = await self._apply("roster.snapshot", lambda tx, now: apply_snapshot(tx, ops, epoch, rev, now))
        else:

            def work(tx: RosterTransaction, now: int) -> list[str]:
                with frames(self._files, self._kept, self._roster.beat) as said:
                    return apply_large(tx, said, lambda i: _ops.decode(self._parts.part(i)), epoch, rev, now)

            try:
                problems = await self._apply("roster.snapshot", work, patient=True)
            except Invalid as error:
                await self.forget_snapshot()
                raise ValueError(error.message) from error
        await self.forget_snapshot()
        self._arrived()
        return problems

    async def forget_snapshot(self) -> None:
        await asyncio.to_thread(self._parts.forget)

    async def apply_verdicts(self, verdicts: tuple[ChangeVerdict, ...], epoch: str) -> tuple[list[str], set[str]]:
        return await self._apply("roster.verdict", lambda tx, now: apply_verdicts(tx, verdicts, epoch, now))

    async def _apply(self, what: str, work: Callable[[RosterTransaction, int], T], *, patient: bool = False) -> T:
        now = self._clock.now().wall

        def spoken(tx: RosterTransaction) -> T:
            tx.by = ("central", what, "", now)
            return work(tx, now)

        return await self._roster.write(spoken, patient=patient)
