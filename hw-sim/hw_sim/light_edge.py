"""An edge as a unit of load: the product's own outbox, wire and link, a journal in memory, no doors."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import time
import uuid
from collections import deque

import msgspec
from msgspec import Raw, Struct

from edge.core.errors import HouseError
from edge.sync import wire
from edge.sync.inbox import Gathering, Verdict, judge
from edge.sync.link import Link, connect, together
from edge.sync.outbox import Outbox
from hw_sim.central import KEY_ID

SITE = "fleet"
RETRY_S = 0.5
HELLO_AGAIN_S = 3.0


class Line(Struct, frozen=True):
    """An event in memory until central has it. at: the loop's time."""

    seq: int
    body: bytes
    hash: bytes
    at: float


class LightEdge:
    """One edge: events happen in memory, and stay there until central says, with the chain's hash at them, that it has them."""

    def __init__(self, number: int, broker: tuple[str, int], key: str) -> None:
        """key: central's public key, base64."""
        self.name = f"light-{number:04}"
        self.log_id = uuid.uuid4().hex
        self.acked, self.last = 0, 0
        self.connections = 0
        self.misfits, self.strange = 0, 0
        """Acks whose hash is not that of our chain; whatever else made no sense, acks of earlier connections among it."""
        self.lags: list[float] = []
        """Seconds from an event to central's word for it."""
        self._broker, self._key = broker, wire.public_key(key)
        self._topics = wire.Topics(SITE, self.name)
        self._lines: deque[Line] = deque()
        self._acked_hash = self._head = hashlib.sha256(b"gatelatch log " + self.log_id.encode()).digest()
        self._outbox = Outbox(0)
        self._gathering = Gathering()
        self._parts: tuple[str, set[int]] = ("", set())
        self._work, self._answered = asyncio.Event(), asyncio.Event()
        self._connection = int(time.time())  # higher than of any fleet before
        self._roster = ("", 0)

    def happens(self) -> None:
        """One more event."""
        self.last += 1
        event = {
            "seq": self.last,
            "at": time.time_ns() // 1_000_000,
            "kind": "decision",
            "code": "granted",
            "note": f"{self.name}/{self.last}",
        }
        body = msgspec.json.encode(event)
        self._head = hashlib.sha256(self._head + body).digest()
        self._lines.append(Line(self.last, body, self._head, _now()))
        self._work.set()

    @property
    def answered(self) -> bool:
        """Central has answered on the present connection."""
        return self._answered.is_set()

    async def run(self) -> None:
        """One connection after the other."""
        while True:
            with contextlib.suppress(HouseError):
                await self._connected()
            await asyncio.sleep(RETRY_S * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret

    async def _connected(self) -> None:
        self._connection += 1
        self.connections += 1
        self._answered.clear()
        gone, _ = wire.pack(wire.State(online=False, connection=self._connection))
        host, port = self._broker
        async with connect(
            host, port, identifier=f"gatelatch-{SITE}-{self.name}", subscribe=self._topics.down("#"), will=(self._topics.up("state"), gone)
        ) as link:  # fmt: skip
            await self._send(link, "state", wire.State(online=True, connection=self._connection), retain=True)
            await together(self._pump(link), self._listen(link))

    async def _send(self, link: Link, word: str, message: wire.Message, *, retain: bool = False) -> None:
        payload, kind = wire.pack(message)
        await link.publish(self._topics.up(word), payload, kind, retain=retain)

    async def _greet(self, link: Link) -> None:
        epoch, rev = self._roster
        clock = wire.Clock(wall=time.time_ns() // 1_000_000, quality="ntp", mono=time.monotonic_ns() // 1_000_000)
        wait = 0.0
        while not self._answered.is_set():
            wait = min(wait + 1.0, HELLO_AGAIN_S)
            await self._send(link, "hello", wire.Hello(
                connection=self._connection, boot="light", log_id=self.log_id, first_seq=1, last_seq=self.last, acked=self.acked,
                acked_hash=self._acked_hash.hex(), roster=wire.RosterPosition(epoch=epoch, rev=rev), clock=clock, version="light",
            ))  # fmt: skip
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._answered.wait()

    async def _pump(self, link: Link) -> None:
        await self._greet(link)
        while True:
            self._work.clear()
            while (after := self._outbox.next_from(self.last, _now())) is not None:
                await self._send(link, "events", self._batch(after))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._outbox.wait(_now())):
                    await self._work.wait()

    def _batch(self, after: int) -> wire.Events:
        lines = list[Line]()
        size, first = 0, after - self.acked
        for at in range(first, min(first + wire.BATCH_EVENTS, len(self._lines))):
            size += len(self._lines[at].body)
            if lines and size > wire.BATCH_BYTES:
                break
            lines.append(self._lines[at])
        before = self._lines[first - 1].hash if first else self._acked_hash
        self._outbox.sent(lines[-1].seq, _now())
        return wire.Events(
            connection=self._connection, log_id=self.log_id, first=after + 1, before=before.hex(), events=tuple(Raw(line.body) for line in lines)
        )  # fmt: skip

    async def _listen(self, link: Link) -> None:
        async for topic, payload, kind in link.messages():
            try:
                body = wire.verify(topic, wire.unpack(payload, kind), {KEY_ID: self._key})
                await self._take(link, topic.removeprefix(self._topics.down("")), body)
            except (wire.NotGenuine, wire.NotUnderstood, ValueError):
                self.strange += 1

    async def _take(self, link: Link, name: str, body: bytes) -> None:
        match name.split("/")[0]:
            case "events-ack":
                self._acknowledged(wire.decode(body, wire.EventsAck))
            case "roster-delta":
                delta = self._gathering.take(wire.decode(body, wire.RosterDelta))
                if delta is None:
                    return
                verdict = judge(delta, *self._roster)
                if verdict is Verdict.APPLY:
                    self._roster = delta.epoch, delta.to_rev
                if verdict in (Verdict.APPLY, Verdict.OLD):
                    await self._send(link, "roster-ack", wire.RosterAck(epoch=self._roster[0], rev=self._roster[1]))
                else:
                    epoch, rev = self._roster
                    await self._send(
                        link,
                        "roster-want",
                        wire.RosterWant(connection=self._connection, epoch=epoch, have_rev=rev, reason=verdict.value),
                    )
            case "roster-snapshot":
                part = wire.decode(body, wire.SnapshotPart)
                if part.id != self._parts[0]:
                    self._parts = part.id, set()
                self._parts[1].add(part.i)
                if len(self._parts[1]) == part.n:
                    self._roster = part.epoch, part.rev
                    await self._send(link, "roster-ack", wire.RosterAck(epoch=part.epoch, rev=part.rev))
                elif len(self._parts[1]) % 16 == 0:
                    await self._send(
                        link, "roster-ack", wire.RosterAck(epoch=part.epoch, rev=0, snapshot=part.id, parts=len(self._parts[1]))
                    )
            case _:
                self.strange += 1

    def _acknowledged(self, ack: wire.EventsAck) -> None:
        """What central has is let go of once its hash there is that of our own chain: then it has these events, in this order, once each."""
        if ack.connection != self._connection or ack.log_id != self.log_id or not self.acked <= ack.upto <= self.last:
            self.strange += 1
            return
        now = _now()
        if ack.upto > self.acked:
            if ack.hash != self._lines[ack.upto - self.acked - 1].hash.hex():
                self.misfits += 1
                return
            while self._lines and self._lines[0].seq <= ack.upto:
                line = self._lines.popleft()
                self.acked, self._acked_hash = line.seq, line.hash
                self.lags.append(now - line.at)
        if ack.hello and not self._answered.is_set():
            self._outbox = Outbox(self.acked)
            self._outbox.connected(now)
            self._answered.set()
        else:
            self._outbox.acknowledged(ack.upto, now)
        self._work.set()


def _now() -> float:
    return asyncio.get_running_loop().time()
