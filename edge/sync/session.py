"""The thin shell of the sync: one connection after the other, the outbox pumped, what comes down verified and handed on."""

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
from edge.ports import Clock, DoesCommands, SyncStore
from edge.settings import Sync as SyncSettings
from edge.sync import tls, wire
from edge.sync.commands import Commands
from edge.sync.evidence import EvidenceSide
from edge.sync.link import Link, LinkLost, connect, together
from edge.sync.outbox import Outbox
from edge.sync.roster import STILL_THERE_S, RosterSide, Send, digest

log = logs.get("sync")
HELLO_AGAIN_S = 3.0
KEEP_S = 1.0
LONG_BYTES = 8 * 1024
"""What is longer is compressed beside the loop: a decision must not wait for it."""

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
        self._connection, self._spare = 0, 0
        """Of the present connection, and a number that no connection came about with: trying in vain writes nothing."""
        self._answered = asyncio.Event()
        self._ends: dict[int, str] = {}
        """The chain hash (hex) at the end of each batch that is under way."""
        self._log_id = ""
        self._last_seq = 0
        self._greeted, self._kept = 0.0, 0.0
        self.counts: Counter[str] = Counter()
        """Sent, acked, refused, ignored, commands: what doctor and health show."""
        self._commands = Commands(do, clock, self.counts)
        self._roster = RosterSide(store, self.counts)
        self._evidence = EvidenceSide(store, self.counts)

    def nudge(self) -> None:
        """The journal has grown."""
        self._work.set()

    def changed(self) -> None:
        """The roster was changed here."""
        self._roster.nudge()

    # ------------------------------------------------------------------------------------------------ one connection

    async def run(self) -> None:
        """Connect and serve until the connection is lost. Raises LinkLost."""
        s = self._settings
        url = urlsplit(s.broker)
        try:
            secured = tls.context(s, lambda: self._clock.now().wall)
        except OSError as error:
            raise LinkLost(f"{error}. The gate goes on; events wait in the journal.") from error
        number = self._spare = self._spare or await self._store.new_connection()
        gone, _ = wire.pack(wire.State(online=False, connection=number))
        async with connect(
            url.hostname or "127.0.0.1", url.port or (8883 if url.scheme == "mqtts" else 1883), identifier=f"gatelatch-{s.site}-{s.edge}",
            subscribe=self._topics.down("#"), will=(self._topics.up("state"), gone), user=s.user, password=self._password, tls=secured,
        ) as link:  # fmt: skip
            self._report(True, f"connected to {s.broker}")
            self._connection, self._spare = number, 0
            self._answered.clear()
            self._commands.connected(number)
            self._roster.connected(number)
            await self._send(link, wire.State(online=True, connection=number), retain=True)

            async def send(message: wire.Message) -> None:
                await self._send(link, message)

            works = [
                self._pump(link),
                self._listen(link, send),
                self._commands.run(send),
                self._changes(send),
                self._roster.fetch(send),
            ]
            if s.evidence:
                works.append(self._pictures(send))
            await together(*works)

    async def _greet(self, link: Link) -> None:
        """Hello, again soon (central may come back to the broker just after us), then every few seconds, until it has said where it stands."""
        wait = 0.0
        while True:
            wait = min(wait + 1.0, HELLO_AGAIN_S)
            await self._hello(link)
            try:
                async with asyncio.timeout(wait):
                    await self._answered.wait()
                return
            except TimeoutError:
                self._report(True, "connected to the broker; central has not answered yet")

    async def _hello(self, link: Link) -> None:
        """Say where this edge stands; central answers with its cursor and with what is missing here."""
        here = await self._store.position()
        roster = await self._store.roster()
        now = self._clock.now()
        self._log_id, self._last_seq = here.log_id, here.last_seq
        await self._send(link, wire.Hello(
            connection=self._connection, boot=now.boot, log_id=here.log_id, first_seq=here.first_seq, last_seq=here.last_seq,
            acked=here.acked, acked_hash=here.acked_hash.hex(), roster=wire.RosterPosition(
                epoch=roster.epoch, rev=roster.rev, count=roster.count, digest=digest(roster)
            ),
            clock=wire.Clock(wall=now.wall, quality=now.quality.value, mono=now.mono), version=__version__,
        ))  # fmt: skip
        self._greeted = _time()

    async def _send(self, link: Link, message: wire.Message, *, retain: bool = False) -> None:
        body = msgspec.json.encode(message)
        packed = asyncio.to_thread(wire.pack_bytes, body) if len(body) > LONG_BYTES else None
        payload, kind = await packed if packed else wire.pack_bytes(body)
        behind = f"/{message.seq}" if isinstance(message, wire.Evidence) else ""
        await link.publish(self._topics.up(_WORD[type(message)] + behind), payload, kind, retain=retain)

    # ------------------------------------------------------------------------------------------------ up

    async def _pump(self, link: Link) -> None:
        """Batches in order, a window of them; woken by new events, acks and silence."""
        await self._greet(link)
        while True:
            self._work.clear()
            if _time() - self._greeted >= STILL_THERE_S:
                await self._hello(link)
            if self._outbox.all_sent(self._last_seq):
                self._last_seq = (await self._store.position()).last_seq
            while (after := self._outbox.next_from(self._last_seq, _time())) is not None:
                batch = await self._store.events_after(after, wire.BATCH_EVENTS, wire.BATCH_BYTES)
                if not batch.events:
                    break
                first, last = batch.events[0][0], batch.events[-1][0]
                self._ends[last] = batch.after.hex()
                self._outbox.sent(last, _time())
                self._evidence.busy()
                self.counts["sent"] += len(batch.events)
                await self._send(link, wire.Events(
                    connection=self._connection, log_id=self._log_id, first=first, before=batch.before.hex(),
                    events=tuple(msgspec.Raw(body) for _, body in batch.events),
                ))  # fmt: skip
            try:
                async with asyncio.timeout(self._until_something_is_to_do()):
                    await self._work.wait()
            except TimeoutError:
                continue  # silence: next_from goes back to the cursor

    async def _changes(self, send: Send) -> None:
        """Changes made at the desk, once central has said where it stands."""
        await self._answered.wait()
        await self._roster.send_changes(send)

    async def _pictures(self, send: Send) -> None:
        await self._answered.wait()
        await self._evidence.run(send)

    def _until_something_is_to_do(self) -> float:
        silence = self._outbox.wait(_time())
        again = max(0.0, self._greeted + STILL_THERE_S - _time())
        return again if silence is None else min(silence, again)

    # ------------------------------------------------------------------------------------------------ down

    async def _listen(self, link: Link, send: Send) -> None:
        async for topic, payload, kind in link.messages():
            try:
                body = wire.verify(topic, wire.unpack(payload, kind), self._keys)
                await self._handle(send, topic.removeprefix(self._topics.down("")), body)
                await self._roster.in_step()
            except wire.NotGenuine as error:
                self._ignored("not_genuine", topic, error)
            except wire.NotUnderstood as error:
                self._ignored("not_understood", topic, error)

    def _ignored(self, why: str, topic: str, error: Exception) -> None:
        self.counts[why] += 1
        log.warning("message ignored", why=why, topic=topic[:200], error=str(error)[:200], count=self.counts[why])

    async def _handle(self, send: Send, name: str, body: bytes) -> None:
        kind = wire.DOWN.get(name.split("/")[0])
        match wire.decode(body, kind) if kind else None:
            case wire.EventsAck() | wire.SnapshotPart() as message if message.connection != self._connection:
                self._ignored(
                    "stale", name, wire.NotUnderstood(f"it answers connection {message.connection}, this is {self._connection}")
                )
            case wire.EventsAck() as ack:
                await self._acked(ack)
                if ack.hello:
                    await self._roster.compare(ack.roster, send)
            case wire.RosterDelta() as delta:
                try:
                    await self._roster.delta(delta, send)
                except ValueError as error:
                    raise wire.NotUnderstood(str(error)) from error
            case wire.SnapshotPart() as part:
                try:
                    await self._roster.part(part, send)
                except ValueError as error:
                    self._ignored("snapshot_damaged", name, error)
            case wire.ChangeVerdicts() as verdicts:
                await self._roster.verdicts(verdicts, send)
            case wire.Command() as command:
                if refusal := self._commands.take(command):
                    await send(refusal)
            case _:
                self._ignored("unknown_kind", name, wire.NotUnderstood("a kind of message that this version does not know"))

    async def _acked(self, ack: wire.EventsAck) -> None:
        if ack.log_id != self._log_id:
            self._ignored("other_log", "events-ack", wire.NotUnderstood(f"it is about log {ack.log_id}"))
            return
        stands = ack.upto
        if ack.hello or self._ends.get(ack.upto) != ack.hash:  # else it is the end of a batch of ours, as we know it
            stands = await self._compared(ack)
        for refused in ack.refused:
            self.counts["refused"] += 1
            await self._store.dead_letter(refused.seq, refused.code)
        if ack.hello:
            self._commands.told(ack.at, ack.mono)
        if ack.hello and (not self._answered.is_set() or stands < self._outbox.acked):
            await self._store.resume(ack.upto)
            self._outbox = Outbox(stands)
            self._ends.clear()
            self._outbox.connected(_time())
            self._answered.set()
            self._report(True, f"central has everything up to {ack.upto}")
        elif self._outbox.acknowledged(ack.upto, _time()):
            self._ends = {end: digest for end, digest in self._ends.items() if end > ack.upto}
            self._work.set()  # the next batch need not wait for the cursor to be written down
            self.counts["acked"] = ack.upto
            await self._keep(ack.upto)
        self._evidence.heard(ack)
        if self._outbox.all_acked(self._last_seq):
            self._evidence.idle()
        self._work.set()

    async def _compared(self, ack: wire.EventsAck) -> int:
        """Up to which event central has what is kept here. Raises LinkLost where it knows another past under our log id."""
        here, known = await self._store.known(ack.upto)
        if ack.upto > here.last_seq or (ack.hash and known is not None and known.hex() != ack.hash):
            why = (
                f"central has event {ack.upto} of this log, here it ends at {here.last_seq} or differs: a restored or swapped card"
            )
            log.error("log forked", why=why)
            await self._store.fork(why)
            raise LinkLost("the log was forked; connecting again under its new id")
        return max(ack.upto, here.first_seq - 1)

    async def _keep(self, upto: int) -> None:
        """Write down and report how far central is: always when it has everything, once a second while it catches up (each is a commit,
        and what is not written down is merely sent again)."""
        behind = self._last_seq - upto
        if behind <= 0 or _time() - self._kept >= KEEP_S:
            self._kept = _time()
            await self._store.acknowledge(upto)
            self._report(True, f"central has everything up to {upto}" + (f", {behind} behind" if behind > 0 else ""))


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
