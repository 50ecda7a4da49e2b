"""Pictures of readings, the last and least of what goes up: one at a time, when central has every event."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter

from edge import logs
from edge.ports import SyncStore
from edge.sync import wire
from edge.sync.roster import Send

log = logs.get("sync")
PART_BYTES = 16 * 1024
"""Of a picture in one message: on a slow line an event waits behind one of them at most."""
SILENCE_S, TRIES = 10.0, 3
REST_S = 0.05
"""Between two looks into the journal, so that decisions never wait for them."""


class EvidenceSide:
    """One for all connections. Nothing of it is written down: central says which picture it has last, and older events are looked
    through once more after a start."""

    def __init__(self, store: SyncStore, counts: Counter[str]) -> None:
        self._store, self.counts = store, counts
        self._log_id, self._connection = "", 0
        self._upto, self._looked, self._had = 0, 0, 0
        """Up to which event central has all; up to which one was looked for pictures here; which picture central has."""
        self._idle, self._heard = asyncio.Event(), asyncio.Event()
        self._tries: Counter[int] = Counter()

    def heard(self, ack: wire.EventsAck) -> None:
        """Central's word came on this connection, about the log that stands here."""
        if ack.hello:
            if ack.log_id != self._log_id or ack.evidence < self._had:  # a new log, or central was restored
                self._looked = 0
                self._tries.clear()
            self._log_id, self._connection = ack.log_id, ack.connection
            self._had, self._looked = ack.evidence, max(self._looked, ack.evidence)
        self._had = max(self._had, ack.evidence)
        self._upto = ack.upto
        self._heard.set()

    def busy(self) -> None:
        """Events are going up."""
        self._idle.clear()

    def idle(self) -> None:
        """Central has every event."""
        self._idle.set()

    async def run(self, send: Send) -> None:
        """Runs until cancelled."""
        while True:
            self._heard.clear()
            await self._idle.wait()
            looked, picture = await self._store.evidence_after(self._looked, self._upto)
            if picture is not None and self._tries[looked] < TRIES:
                self._tries[looked] += 1
                if not await self._sent(looked, picture, send):
                    continue
            elif picture is not None:
                self.counts["evidence_given_up"] += 1
                log.warning("picture given up", seq=looked, tries=TRIES)
            elif looked == self._looked:
                await self._heard.wait()
                continue
            self._looked = max(self._looked, looked)
            await asyncio.sleep(REST_S)

    async def _sent(self, seq: int, picture: bytes, send: Send) -> bool:
        """Does central have it now. Parts wait for events."""
        sha256 = hashlib.sha256(picture).hexdigest()
        n = -(-len(picture) // PART_BYTES)
        for i in range(n):
            await self._idle.wait()
            part = picture[i * PART_BYTES : (i + 1) * PART_BYTES]
            await send(wire.Evidence(
                connection=self._connection, log_id=self._log_id, seq=seq, sha256=sha256, i=i, n=n, jpeg=part
            ))  # fmt: skip
        try:
            async with asyncio.timeout(SILENCE_S):
                while self._had < seq:
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            return False
        self.counts["evidence"] += 1
        return True
