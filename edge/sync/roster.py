"""The roster's side of a connection: central's rows come down, changes made at the desk go up, and both sides compare what they hold."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from edge import logs
from edge.ports import RosterPosition, SyncStore
from edge.sync import wire
from edge.sync.changes import BATCH_BYTES, BATCH_CHANGES, Asked
from edge.sync.inbox import Gathering, Verdict, judge

log = logs.get("sync")
STILL_THERE_S = 60.0
"""How often central is asked whether it is still there, and how often its word being complete is written down."""
ASK_AGAIN_S, ASK_SOON_S = 3600.0, 5.0
"""How soon rows that could not be taken are asked for once more: in general, and when something may have gone out of their way."""
REPAIR_S = 86_400.0
"""How soon a roster that differs though it should not is asked for as a whole once more."""
REFUSED_ROWS = 200
ACK_PARTS = 16
"""After so many parts of a snapshot central hears how far it is."""
SILENCE_S = 3.0

Send = Callable[[wire.Message], Awaitable[None]]


class RosterSide:
    """One for all connections; `connected` begins anew."""

    def __init__(self, store: SyncStore, counts: Counter[str]) -> None:
        self._store, self.counts = store, counts
        self._gathering = Gathering()
        self._incoming: wire.RosterAck | None = None
        self._heard = 0.0
        self._asked = Asked()
        self._work = asyncio.Event()
        self._connection = 0
        self._missing, self._noted = False, -STILL_THERE_S
        self._again = -ASK_AGAIN_S
        self._repair_at = 0.0
        self._damaged = -STILL_THERE_S
        self._repairing = False

    def connected(self, connection: int) -> None:
        """Nothing is under way on a new connection."""
        self._connection, self._asked, self._repairing, self._incoming = connection, Asked(), False, None

    def nudge(self) -> None:
        """Something was changed at the desk."""
        self._work.set()

    # ------------------------------------------------------------------------------------------------ down

    async def delta(self, part: wire.RosterDelta, send: Send) -> None:
        """Raises ValueError for a part that cannot be."""
        if (delta := self._gathering.take(part)) is None:
            return
        epoch, rev = await self._store.roster_position()
        match judge(delta, epoch, rev):
            case Verdict.APPLY:
                problems = await self._store.apply_delta(delta.ops, delta.epoch, delta.to_rev)
                await self._applied(delta.epoch, delta.to_rev, problems, send)
            case Verdict.OLD:
                await send(wire.RosterAck(epoch=epoch, rev=rev))
            case verdict:
                self._missing = True
                await self._want(epoch, rev, verdict.value, send)

    async def part(self, part: wire.SnapshotPart, send: Send) -> None:
        """Raises ValueError for parts that do not add up; they are then asked for again."""
        epoch, rev = await self._store.roster_position()
        further = rev > part.rev or (rev == part.rev and not self._repairing)
        if epoch == part.epoch and further:  # deltas have gone further meanwhile
            if self._incoming is not None:
                self._incoming = None
                await self._store.forget_snapshot()
            await send(wire.RosterAck(epoch=epoch, rev=rev))
            return
        try:
            first, whole = await self._store.stage(part.id, part.epoch, part.rev, part.n, part.sha256, part.i, bytes(part.rows))
            if whole:
                self._incoming = None
                problems = await self._store.apply_snapshot(part.epoch, part.rev)
                self._repairing = False
                await self._applied(part.epoch, part.rev, problems, send)
                return
        except ValueError:
            self._incoming = None
            if _time() - self._damaged >= STILL_THERE_S:  # one that comes damaged again waits for the next hello
                self._damaged = _time()
                await self._want(epoch, rev, "damaged", send)
            raise
        begins = self._incoming is None or self._incoming.snapshot != part.id
        self._incoming = wire.RosterAck(epoch=epoch, rev=rev, snapshot=part.id, parts=first)
        self._heard = _time()
        if begins or first % ACK_PARTS == 0:
            await send(self._incoming)

    async def fetch(self, send: Send) -> None:
        """While a snapshot is under way and nothing comes, say again how far it is here. Runs until cancelled."""
        while True:
            await asyncio.sleep(SILENCE_S)
            if self._incoming is not None and _time() - self._heard >= SILENCE_S:
                await send(self._incoming)

    async def verdicts(self, said: wire.ChangeVerdicts, send: Send) -> None:
        """What central makes of changes made here."""
        problems, late = await self._store.apply_verdicts(said.verdicts, said.epoch)
        self._note(problems)
        decided = [verdict.id for verdict in said.verdicts if verdict.id not in late]
        self.counts["changes"] += len(decided)
        self._asked.decided(decided)
        self._work.set()
        await self._ask_again(ASK_SOON_S, send)  # what was taken out or got another number may have been in the way

    async def compare(self, theirs: wire.RosterPosition | None, send: Send) -> None:
        """Central's position beside ours: what differs at the same rev is repaired, what could not be taken is asked for again."""
        here = await self._store.roster()
        if theirs is not None and theirs.digest and (theirs.epoch, theirs.rev) == (here.epoch, here.rev):
            differs = (theirs.digest, theirs.count) != (digest(here), here.count)
            if differs and _time() >= self._repair_at:
                self._repair_at = _time() + REPAIR_S
                self._repairing = True
                self.counts["repairs"] += 1
                log.error("roster differs from central's", here=digest(here), central=theirs.digest, rows=here.count)
                await self._want(here.epoch, here.rev, "digest", send)
        await self._ask_again(ASK_AGAIN_S, send)

    async def _ask_again(self, every: float, send: Send) -> None:
        if _time() - self._again < every or not (refused := await self._store.refused_rows(REFUSED_ROWS)):
            return
        self._again = _time()
        epoch, rev = await self._store.roster_position()
        rows = tuple((entity, id) for entity, id, _ in refused)
        await send(wire.RosterWant(connection=self._connection, epoch=epoch, have_rev=rev, reason="refused", rows=rows))

    async def in_step(self) -> None:
        """Central speaks, and nothing that it has is missing here: its word is fresh, written down once a minute."""
        if not self._missing and _time() - self._noted >= STILL_THERE_S:
            self._noted = _time()
            await self._store.in_step()

    async def _want(self, epoch: str, rev: int, reason: str, send: Send) -> None:
        await send(wire.RosterWant(connection=self._connection, epoch=epoch, have_rev=rev, reason=reason))

    async def _applied(self, epoch: str, rev: int, problems: list[str], send: Send) -> None:
        self._note(problems)
        self._missing, self._noted = False, -STILL_THERE_S
        log.info("roster applied", epoch=epoch, rev=rev, refused=len(problems))
        await send(wire.RosterAck(epoch=epoch, rev=rev))
        self._work.set()  # the first word of central's: what is here goes up

    def _note(self, problems: list[str]) -> None:
        for problem in problems[:20]:
            log.warning("row from central refused", problem=problem)
        self.counts["rows_refused"] += len(problems)

    # ------------------------------------------------------------------------------------------------ up

    async def send_more(self, send: Send) -> None:
        """The next batch of changes, unless one is under way, or central has not said yet what it holds."""
        epoch, _ = await self._store.roster_position()
        if epoch and self._asked.may_send(_time()):
            changes = await self._store.changes(BATCH_CHANGES, BATCH_BYTES)
            self._asked.sent((change.id for change in changes), _time())
            if changes:
                await send(wire.Changes(connection=self._connection, changes=changes))

    async def send_changes(self, send: Send) -> None:
        """Changes in order, a batch at a time; woken by new ones, verdicts and silence. Runs until cancelled."""
        while True:
            self._work.clear()
            await self.send_more(send)
            silence = self._asked.wait(_time())
            try:
                async with asyncio.timeout(STILL_THERE_S if silence is None else silence):
                    await self._work.wait()
            except TimeoutError:
                continue


def digest(position: RosterPosition) -> str:
    """The digest as it goes over the wire: 16 hex digits."""
    return f"{position.digest & (1 << 64) - 1:016x}"


def _time() -> float:
    return asyncio.get_running_loop().time()
