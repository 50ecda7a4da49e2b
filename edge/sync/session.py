"""The thin shell of the sync: one connection after the other, the outbox pumped, what comes down verified and applied."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge import __version__, logs
from edge.core.errors import SettingsError
from edge.core.merge import RosterOp
from edge.ports import Clock, DoesCommands, SyncStore
from edge.settings import Sync as SyncSettings
from edge.sync import tls, wire
from edge.sync.commands import Commands
from edge.sync.inbox import Gathering, Staging, Verdict, judge
from edge.sync.link import Link, LinkLost, connect
from edge.sync.outbox import Outbox

log = logs.get("sync")
HELLO_AGAIN_S = 3.0
STILL_THERE_S = 60.0
"""How often central is asked whether it is still there, and how often its word being complete is written down."""

_WORD = {kind: word for word, kind in wire.UP.items()}

Report = Callable[[bool, str], None]
"""(up, detail): how the link is, for health."""


class Session:
    """Keeps the journal's events going up and central's roster coming down. `run` is one connection; the supervisor repeats it."""

    def __init__(self, settings: SyncSettings, store: SyncStore, clock: Clock, report: Report, do: DoesCommands) -> None:
        self._settings, self._store, self._clock, self._report = settings, store, clock, report
        self._topics = wire.Topics(settings.site, settings.edge)
        self._keys = _keys(settings)
        self._password = Path(settings.password_file).read_text("utf-8").strip() if settings.password_file else ""
        self._work = asyncio.Event()
        self._outbox = Outbox(0)
        self._gathering, self._staging = Gathering(), Staging()
        self._connection = 0
        self._answered = asyncio.Event()
        self._log_id = ""
        self._last_seq = 0
        self._greeted = 0.0
        self._missing, self._noted = False, -STILL_THERE_S
        self.counts: Counter[str] = Counter()
        """Sent, acked, refused, ignored, commands: what doctor and health show."""
        self._commands = Commands(do, clock, self.counts)

    def nudge(self) -> None:
        """The journal has grown."""
        self._work.set()

    # ------------------------------------------------------------------------------------------------ one connection

    async def run(self) -> None:
        """Connect and serve until the connection is lost. Raises LinkLost."""
        s = self._settings
        url = urlsplit(s.broker)
        try:
            secured = tls.context(s, lambda: self._clock.now().wall)
        except OSError as error:
            raise LinkLost(f"{error}. The gate goes on; events wait in the journal.") from error
        number = await self._store.new_connection()
        gone, _ = wire.pack(wire.State(online=False, connection=number))
        async with connect(
            url.hostname or "127.0.0.1", url.port or (8883 if url.scheme == "mqtts" else 1883), identifier=f"gatelatch-{s.site}-{s.edge}",
            subscribe=self._topics.down("#"), will=(self._topics.up("state"), gone), user=s.user, password=self._password, tls=secured,
        ) as link:  # fmt: skip
            self._report(True, f"connected to {s.broker}")
            self._connection = number
            self._answered.clear()
            self._commands.connected(number)
            await self._send(link, wire.State(online=True, connection=number), retain=True)
            pump = asyncio.create_task(self._pump(link), name="sync outbox")
            listen = asyncio.create_task(self._listen(link), name="sync inbox")
            commands = asyncio.create_task(self._commands.run(lambda done: self._send(link, done)), name="sync commands")
            tasks = (pump, listen, commands)
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    if task.done():
                        task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _greet(self, link: Link) -> None:
        """Hello, again every few seconds, until central has said where it stands."""
        while True:
            await self._hello(link)
            try:
                async with asyncio.timeout(HELLO_AGAIN_S):
                    await self._answered.wait()
                return
            except TimeoutError:
                self._report(True, "connected to the broker; central has not answered yet")

    async def _hello(self, link: Link) -> None:
        """Say where this edge stands; central answers with its cursor and with what is missing here."""
        here = await self._store.position()
        epoch, rev = await self._store.roster_position()
        now = self._clock.now()
        self._log_id, self._last_seq = here.log_id, here.last_seq
        await self._send(link, wire.Hello(
            connection=self._connection, boot=now.boot, log_id=here.log_id, first_seq=here.first_seq, last_seq=here.last_seq,
            acked=here.acked, acked_hash=here.acked_hash.hex(), roster=wire.RosterPosition(epoch=epoch, rev=rev),
            clock=wire.Clock(wall=now.wall, quality=now.quality.value, mono=now.mono), version=__version__,
        ))  # fmt: skip
        self._greeted = _time()

    async def _send(self, link: Link, message: wire.Message, *, retain: bool = False) -> None:
        payload, kind = wire.pack(message)
        await link.publish(self._topics.up(_WORD[type(message)]), payload, kind, retain=retain)

    # ------------------------------------------------------------------------------------------------ up

    async def _pump(self, link: Link) -> None:
        """Batches in order, a window of them; woken by new events, acks and silence."""
        await self._greet(link)
        while True:
            self._work.clear()
            if _time() - self._greeted >= STILL_THERE_S:
                await self._hello(link)
            self._last_seq = (await self._store.position()).last_seq
            while (after := self._outbox.next_from(self._last_seq, _time())) is not None:
                before, events = await self._store.events_after(after, wire.BATCH_EVENTS, wire.BATCH_BYTES)
                if not events:
                    break
                batch = wire.Events(
                    connection=self._connection,
                    log_id=self._log_id,
                    first=events[0][0],
                    before=before.hex(),
                    events=tuple(msgspec.Raw(body) for _, body in events),
                )
                self._outbox.sent(events[-1][0], _time())
                self.counts["sent"] += len(events)
                await self._send(link, batch)
            try:
                async with asyncio.timeout(self._until_something_is_to_do()):
                    await self._work.wait()
            except TimeoutError:
                continue  # silence: next_from goes back to the cursor

    def _until_something_is_to_do(self) -> float:
        silence = self._outbox.wait(_time())
        again = max(0.0, self._greeted + STILL_THERE_S - _time())
        return again if silence is None else min(silence, again)

    # ------------------------------------------------------------------------------------------------ down

    async def _listen(self, link: Link) -> None:
        async for topic, payload, kind in link.messages():
            try:
                body = wire.verify(topic, wire.unpack(payload, kind), self._keys)
                await self._handle(link, topic.removeprefix(self._topics.down("")), body)
                await self._in_step()
            except wire.NotGenuine as error:
                self._ignored("not_genuine", topic, error)
            except wire.NotUnderstood as error:
                self._ignored("not_understood", topic, error)

    async def _in_step(self) -> None:
        """Central speaks, and nothing that it has is missing here: its word is fresh, written down once a minute."""
        if not self._missing and _time() - self._noted >= STILL_THERE_S:
            self._noted = _time()
            await self._store.in_step()

    def _ignored(self, why: str, topic: str, error: Exception) -> None:
        self.counts[why] += 1
        log.warning("message ignored", why=why, topic=topic[:200], error=str(error)[:200], count=self.counts[why])

    async def _handle(self, link: Link, name: str, body: bytes) -> None:
        kind = wire.DOWN.get(name.split("/")[0])
        match wire.decode(body, kind) if kind else None:
            case wire.EventsAck() | wire.SnapshotPart() as message if message.connection != self._connection:
                self._ignored(
                    "stale", name, wire.NotUnderstood(f"it answers connection {message.connection}, this is {self._connection}")
                )
            case wire.EventsAck() as ack:
                await self._acked(ack)
            case wire.RosterDelta() as delta:
                await self._delta(link, delta)
            case wire.SnapshotPart() as part:
                await self._part(link, part)
            case wire.Command() as command:
                if refusal := self._commands.take(command):
                    await self._send(link, refusal)
            case _:
                self._ignored("unknown_kind", name, wire.NotUnderstood("a kind of message that this version does not know"))

    async def _acked(self, ack: wire.EventsAck) -> None:
        if ack.log_id != self._log_id:
            self._ignored("other_log", "events-ack", wire.NotUnderstood(f"it is about log {ack.log_id}"))
            return
        here = await self._store.position()
        known = await self._store.hash_at(ack.upto) if ack.upto <= here.last_seq else None
        if ack.upto > here.last_seq or (ack.hash and known is not None and known.hex() != ack.hash):
            why = (
                f"central has event {ack.upto} of this log, here it ends at {here.last_seq} or differs: a restored or swapped card"
            )
            log.error("log forked", why=why)
            await self._store.fork(why)
            raise LinkLost("the log was forked; connecting again under its new id")
        for refused in ack.refused:
            self.counts["refused"] += 1
            await self._store.dead_letter(refused.seq, refused.code)
        if ack.hello:
            self._commands.told(ack.at, ack.mono)
        stands = max(ack.upto, here.first_seq - 1)
        if ack.hello and (not self._answered.is_set() or stands < self._outbox.acked):
            await self._store.resume(ack.upto)
            self._outbox = Outbox(stands)
            self._outbox.connected(_time())
            self._answered.set()
            self._report(True, f"central has everything up to {ack.upto}")
        elif self._outbox.acknowledged(ack.upto, _time()):
            await self._store.acknowledge(ack.upto)
            self.counts["acked"] = ack.upto
            behind = self._last_seq - ack.upto
            self._report(True, f"central has everything up to {ack.upto}" + (f", {behind} behind" if behind > 0 else ""))
        self._work.set()

    async def _delta(self, link: Link, part: wire.RosterDelta) -> None:
        try:
            delta = self._gathering.take(part)
        except ValueError as error:
            raise wire.NotUnderstood(str(error)) from error
        if delta is None:
            return
        epoch, rev = await self._store.roster_position()
        match judge(delta, epoch, rev):
            case Verdict.APPLY:
                problems = await self._store.apply_delta(delta.ops, delta.epoch, delta.to_rev)
                await self._applied(link, delta.epoch, delta.to_rev, problems)
            case Verdict.OLD:
                await self._send(link, wire.RosterAck(epoch=epoch, rev=rev))
            case verdict:
                self._missing = True
                await self._want(link, epoch, rev, verdict.value)

    async def _want(self, link: Link, epoch: str, rev: int, reason: str) -> None:
        await self._send(link, wire.RosterWant(connection=self._connection, epoch=epoch, have_rev=rev, reason=reason))

    async def _part(self, link: Link, part: wire.SnapshotPart) -> None:
        try:
            chunks = self._staging.take(part)
        except ValueError as error:
            self._ignored("snapshot_damaged", "roster-snapshot", error)
            epoch, rev = await self._store.roster_position()
            await self._want(link, epoch, rev, "damaged")
            return
        if chunks is None:
            return
        epoch, rev = await self._store.roster_position()
        if epoch == part.epoch and rev >= part.rev:  # deltas have gone further meanwhile
            await self._send(link, wire.RosterAck(epoch=epoch, rev=rev))
            return
        ops: list[RosterOp] = []
        for chunk in chunks:
            ops += wire.decode(chunk, list[RosterOp])
        problems = await self._store.apply_snapshot(tuple(ops), part.epoch, part.rev)
        await self._applied(link, part.epoch, part.rev, problems)

    async def _applied(self, link: Link, epoch: str, rev: int, problems: list[str]) -> None:
        for problem in problems[:20]:
            log.warning("row from central refused", problem=problem)
        self.counts["rows_refused"] += len(problems)
        self._missing, self._noted = False, -STILL_THERE_S
        log.info("roster applied", epoch=epoch, rev=rev, refused=len(problems))
        await self._send(link, wire.RosterAck(epoch=epoch, rev=rev))


def _time() -> float:
    return asyncio.get_running_loop().time()


def _keys(settings: SyncSettings) -> dict[str, Ed25519PublicKey]:
    found = {}
    for name, text in settings.central_keys.items():
        try:
            found[name] = wire.public_key(text)
        except ValueError as error:
            raise SettingsError(
                f"sync.central_keys.{name}: not an Ed25519 public key in base64: {error}", field="sync.central_keys"
            ) from error
    return found
