"""Going through journal and audit after a person was erased: in small pieces between which the gate goes on, begun anew after a restart."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from edge import logs
from edge.commands.erasing import take_names_out, tell_of_erasing
from edge.core.erasing import Erasing
from edge.core.errors import Busy, StoreError
from edge.core.event import Event
from edge.photos import Photos
from edge.ports import Clock
from edge.store.journal import JournalTransaction
from edge.store.roster import RosterTransaction
from edge.store.writer import Writer

log = logs.get("erasing")

AGAIN_S = 30.0
REST_S = 0.002
"""Between two pieces: what the gate has waiting goes first."""
EMPTY_TRIES, EMPTY_REST_S = 50, 0.1


class Eraser:
    """One person after the other. Each piece may be done twice, so whatever a power cut leaves is gone through again from the start."""

    def __init__(
        self, roster: Writer[RosterTransaction], journal: Writer[JournalTransaction], clock: Clock, pictures: Path, photos: Photos
    ) -> None:
        self._roster, self._journal, self._clock, self._pictures, self._photos = roster, journal, clock, pictures, photos
        self._asked = asyncio.Event()

    def nudge(self) -> None:
        """Somebody was erased."""
        self._asked.set()

    async def run(self) -> None:
        """For ever. What cannot be read or written now is tried again in half a minute."""
        await self._photos.sweep_quietly()
        while True:
            self._asked.clear()
            try:
                for who in await self._roster.write(lambda tx: tx.erasings()):
                    await self._erase(who)
            except (StoreError, Busy) as error:
                log.warning("erasing waits", error=error.message)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S):
                    await self._asked.wait()

    async def _erase(self, who: Erasing) -> None:
        await self._photos.sweep()
        who = await self._all_they_were(who)
        events = await self._events(who)
        await self._journal.write(lambda tx: tx.rename_results(who))
        await self._audit(who)
        now = self._clock.now()
        await self._journal.write(lambda tx: tell_of_erasing(tx, who, now))
        nothing_said = msgspec.structs.replace(who, texts=())
        await self._roster.write(lambda tx: tx.keep_erasing(nothing_said))
        for writer in (self._roster, self._journal):
            await self._empty(writer)

        def end(tx: RosterTransaction) -> None:
            tx.by = (who.done_by, "customers.erase", "", now.wall)
            tx.end_erasing(who, events, now.wall)

        await self._roster.write(end)
        log.info("erased", customer=next(iter(who.names)), events=events)

    async def _all_they_were(self, who: Erasing) -> Erasing:
        """What the audit knows of earlier names and vehicles, looked for too."""
        at = -1
        while True:
            after, looked = at, who
            at, who = await self._roster.write(lambda tx: tx.read_changes(looked, after))  # noqa: B023 - done before the next turn
            if at <= after:
                break
            await asyncio.sleep(REST_S)
        found = who
        await self._roster.write(
            lambda tx: tx.keep_erasing(found)
        )  # the audit is blanked below: from here on it is known here alone
        return who

    async def _events(self, who: Erasing) -> int:
        at = changed = 0
        while True:
            after = at
            upto, found = await self._journal.write(lambda tx: tx.events_naming(who, after))  # noqa: B023
            if upto <= after:
                return changed
            await asyncio.to_thread(self._unlink, [e for e in found if e.customer in who.names])
            now = self._clock.now()
            changed += await self._journal.write(lambda tx: take_names_out(tx, who, found, after, upto, now))  # noqa: B023
            at = upto
            await asyncio.sleep(REST_S)

    def _unlink(self, events: Iterable[Event]) -> None:
        """Their pictures first: once the events no longer name them nobody would find them."""
        for event in events:
            path = Path(event.evidence) if event.evidence else None
            if path and path.parent == self._pictures:
                path.unlink(missing_ok=True)

    async def _audit(self, who: Erasing) -> None:
        await self._roster.write(lambda tx: tx.rename_filters(who))
        at = -1
        while True:
            after = at
            at = await self._roster.write(lambda tx: tx.blank_changes(who, after))  # noqa: B023
            if at <= after:
                break
            await asyncio.sleep(REST_S)
        last: str | None = ""
        while last is not None:
            request = last
            last = await self._roster.write(lambda tx: tx.blank_results(who, request))  # noqa: B023
            await asyncio.sleep(REST_S)
        more = await self._roster.write(lambda tx: tx.merge_index(begin=True))
        while more:
            await asyncio.sleep(REST_S)
            more = await self._roster.write(lambda tx: tx.merge_index(begin=False))

    async def _empty(self, writer: Writer[RosterTransaction] | Writer[JournalTransaction]) -> None:
        """A reader stays for a tenth of a second at most."""
        for _ in range(EMPTY_TRIES):
            if await writer.empty_wal():
                return
            await asyncio.sleep(EMPTY_REST_S)
        log.warning("pages from before remain in a write-ahead log until it is written over", database=writer.name)
