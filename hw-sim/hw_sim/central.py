"""The simulated central server: the reference counterpart of the sync protocol, over a real broker, with its own store."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import logging
import ssl
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Raw
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.sync import wire
from edge.sync.link import AT_ONCE, LinkLost, before_disconnect
from hw_sim.central_faults import Faults
from hw_sim.central_store import CentralStore
from hw_sim.central_watch import Watch

log = logging.getLogger("hw_sim.central")

KEY_ID = "k1"
DELTA_OPS, PART_ROWS, VERDICTS = 200, 200, 50
PARTS_AHEAD = 64
"""Parts of a snapshot that are sent beyond those the edge has said it keeps: fewer than any broker queues for a slow one."""
RETRY_S = 0.5


@dataclass
class _Snapshot:
    """One that an edge is being sent. sent: up to which part; said: how many it said it has."""

    epoch: str
    rev: int
    chunks: list[bytes]
    sha256: str
    sent: int = 0
    said: int = -1


class Central:
    """Serves every edge of a broker. Restart it at any time: all it knows is in its folder."""

    def __init__(self, folder: Path, broker: tuple[str, int], tls: ssl.SSLContext | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.store = CentralStore(folder / "central.db")
        self.backup = folder / "backup.db"
        self.faults = Faults()
        self.watch = Watch()
        self._key = _signing_key(folder / "central.key")
        self._broker, self._tls = broker, tls
        self._client: aiomqtt.Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._one_delta = asyncio.Lock()
        self._later: set[asyncio.Task[None]] = set()
        self.edges: dict[str, wire.Topics] = {}
        self.connections: dict[str, int] = {}
        """The connection number of each edge's last hello."""
        self.results: dict[str, list[wire.CommandResult]] = {}
        """What edges said of each command, by its id."""
        self._under_way: dict[str, _Snapshot] = {}
        self._made: tuple[str, int, list[bytes], str] | None = None
        self.counts: Counter[str] = Counter()
        self.heard = asyncio.Event()
        """Set whenever anything came up: tests wait on it for facts."""

    @property
    def public_key(self) -> str:
        """What an edge puts in its settings (base64 of 32 bytes)."""
        return base64.b64encode(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="central")

    async def stop(self) -> None:
        await self.disconnect()
        self.store.close()

    async def disconnect(self) -> None:
        """Leave the broker; `start` comes back to it."""
        tasks = {*self._later, *((self._task,) if self._task else ())}
        while tasks:  # said again: the MQTT library can swallow a cancellation
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=1.0)
        self._task = None

    @property
    def connected(self) -> bool:
        return self._client is not None

    async def _run(self) -> None:
        while True:
            try:
                properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
                properties.SessionExpiryInterval = 3600
                async with aiomqtt.Client(
                    *self._broker, identifier="gatelatch-central", protocol=aiomqtt.ProtocolVersion.V5, clean_start=False,
                    properties=properties, tls_context=self._tls, socket_options=AT_ONCE,
                ) as client:  # fmt: skip
                    self._client = client
                    await before_disconnect(client, client.subscribe(f"{wire.ROOT}/+/+/up/#", qos=1))
                    async for message in client.messages:
                        await self._handle(message)
            except (aiomqtt.MqttError, LinkLost) as error:
                log.info("broker away: %s", error)
            finally:
                self._client = None
            await asyncio.sleep(RETRY_S)

    # ------------------------------------------------------------------------------------------------ what comes up

    async def _handle(self, message: aiomqtt.Message) -> None:
        parts = str(message.topic).split("/")
        if not 6 <= len(parts) <= 7 or not isinstance(message.payload, bytes):
            self.counts["foreign"] += 1
            return
        topics = wire.Topics(parts[2], parts[3])
        self.edges.setdefault(topics.base, topics)
        try:
            body = wire.unpack(message.payload, str(getattr(message.properties, "ContentType", "") or ""))
            self.watch.heard(topics.base, parts[5], body)
            match parts[5]:
                case "hello":
                    await self._hello(topics, wire.decode(body, wire.Hello))
                case "events":
                    await self._events(topics, wire.decode(body, wire.Events))
                case "roster-want":
                    await self._wanted(topics, wire.decode(body, wire.RosterWant))
                case "roster-ack":
                    await self._acked(topics, wire.decode(body, wire.RosterAck))
                case "change":
                    await self._changes(topics, wire.decode(body, wire.Changes))
                case "evidence":
                    await self._evidence(topics, wire.decode(body, wire.Evidence))
                case "state" if message.retain:
                    await self._back(topics, wire.decode(body, wire.State))
                case "command-result":
                    result = wire.decode(body, wire.CommandResult)
                    self.results.setdefault(result.id, []).append(result)
                case kind:
                    self.counts[kind] += 1
        except wire.NotUnderstood as error:
            self.counts["not_understood"] += 1
            log.warning("not understood on %s: %s", message.topic, error)
        self.heard.set()

    async def _hello(self, topics: wire.Topics, hello: wire.Hello) -> None:
        self.edges[topics.base], self.connections[topics.base] = topics, hello.connection
        self.counts["hello"] += 1
        cursor, digest = self.store.cursor(topics.base, hello.log_id, hello.first_seq)
        await self._stands(topics, hello.log_id, cursor, digest, at=_now(), mono=hello.clock.mono)
        await self._bring_up(topics, hello.roster.epoch, hello.roster.rev)

    async def _wanted(self, topics: wire.Topics, want: wire.RosterWant) -> None:
        self.edges[topics.base], self.connections[topics.base] = topics, want.connection
        self.counts["wanted"] += 1
        if want.reason == "refused":
            before = self.store.say_again(want.rows)
            await self._tell_all(before)
        else:
            await self._bring_up(topics, want.epoch if want.reason == "gap" else "", want.have_rev)

    async def _changes(self, topics: wire.Topics, said: wire.Changes) -> None:
        """Rule on them, answer, and tell every edge what has changed by it."""
        before, verdicts = self.store.change(topics.base, said.changes, refuse=self.faults.refuse_changes)
        for i in range(0, len(verdicts), VERDICTS):
            await self._send(
                topics,
                "change-verdict",
                wire.ChangeVerdicts(epoch=self.store.position()[0], verdicts=tuple(verdicts[i : i + VERDICTS])),
            )
        if self.store.position()[1] > before:
            await self._tell_all(before)

    async def _back(self, topics: wire.Topics, state: wire.State) -> None:
        """We have come (back) to the broker, and it says who is there. They greeted whoever we were before, which may have had more of their
        events, and may have missed rows: they hear where their log and the roster stand, send what is missing and ask for it."""
        if state.online:
            self.edges[topics.base] = topics
            self.connections[topics.base] = max(state.connection, self.connections.get(topics.base, 0))
            for log_id, cursor, digest in self.store.logs_of(topics.base):
                await self._stands(topics, log_id, cursor, digest)
            await self._deltas(topics, self.store.position()[1])

    async def _events(self, topics: wire.Topics, batch: wire.Events) -> None:
        taken = self.store.take(
            topics.base,
            batch.log_id,
            batch.first,
            bytes.fromhex(batch.before),
            [bytes(event) for event in batch.events],
            self.faults.judge,
        )
        self.counts["batches"] += 1
        refused = tuple(wire.Refused(seq=seq, code=code) for seq, code in taken.refused)
        await self._send(
            topics,
            "events-ack",
            wire.EventsAck(
                log_id=batch.log_id, upto=taken.cursor, hash=taken.hash.hex(), refused=refused, connection=batch.connection
            ),
        )

    async def _evidence(self, topics: wire.Topics, part: wire.Evidence) -> None:
        known = {log_id: (cursor, digest) for log_id, cursor, digest in self.store.logs_of(topics.base)}
        if part.log_id not in known:  # a hello says first where this log begins
            self.counts["evidence_unknown"] += 1
            return
        try:
            whole = self.store.pictures.take(topics.base, part)
        except ValueError as error:
            self.counts["evidence_damaged"] += 1
            log.warning("picture of event %s of %s: %s", part.seq, topics.base, error)
            return
        if whole:
            self.counts["evidence"] += 1
            cursor, digest = known[part.log_id]
            await self._send(topics, "events-ack", wire.EventsAck(
                log_id=part.log_id, upto=cursor, hash=digest.hex(), connection=part.connection, evidence=part.seq
            ))  # fmt: skip

    # ------------------------------------------------------------------------------------------------ what goes down

    async def _stands(self, topics: wire.Topics, log_id: str, cursor: int, digest: bytes, *, at: int = 0, mono: int = 0) -> None:
        """The answer to a hello: where a log, its pictures and the roster stand here."""
        await self._send(topics, "events-ack", wire.EventsAck(
            log_id=log_id, upto=cursor, hash=digest.hex(), connection=self.connections[topics.base], hello=True, at=at, mono=mono,
            roster=self.store.stands(), evidence=self.store.pictures.last(topics.base, log_id),
        ))  # fmt: skip

    async def edit(self, changes: Iterable[tuple[str, str, str, dict[str, Any]]]) -> int:
        """Change the roster, (op, type, id, fields) a row, and tell every edge; returns the new revision."""
        before, rev = self.store.edit(changes)
        await self._tell_all(before)
        return rev

    async def _tell_all(self, before: int) -> None:
        for topics in list(self.edges.values()):
            await self._deltas(topics, before)

    async def command(
        self, edge: str, command: dict[str, Any], *, id: str = "", within_s: float = 10.0, connection: int | None = None, by: str = "",
    ) -> str:  # fmt: skip
        """Have an edge (its topics' base) do something now; returns the id. connection: another than that of its last hello: a stale one."""
        said = wire.Command(
            id=id or uuid.uuid4().hex, connection=self.connections[edge] if connection is None else connection,
            not_after=_now() + round(1000 * within_s), by=by, command=Raw(msgspec.json.encode(command)),
        )  # fmt: skip
        await self._send(self.edges[edge], "command", said)
        return said.id

    async def stand(self) -> None:
        """Say to every edge where its log stands here, though nobody asked: what a central does that was put back."""
        for base, topics in list(self.edges.items()):
            hello = self.watch.edges[base].hello
            if hello:
                await self._stands(topics, hello.log_id, *self.store.cursor(base, hello.log_id, hello.first_seq))

    async def bring_all_up(self) -> None:
        """Whatever any edge lacks, by the roster position that it last said."""
        for base, topics in list(self.edges.items()):
            await self._bring_up(topics, *self.watch.edges[base].roster)

    async def _bring_up(self, topics: wire.Topics, epoch: str, rev: int) -> None:
        """Whatever this edge lacks: deltas from where it is, or everything."""
        ours, newest = self.store.position()
        if epoch != ours or rev < self.store.horizon():
            await self._snapshot(topics)
        elif rev < newest:
            await self._deltas(topics, rev)

    async def _deltas(self, topics: wire.Topics, rev: int) -> None:
        """The whole difference from a revision to now, parts of it one after the other; without rows it says where the roster stands."""
        async with self._one_delta:
            epoch, newest = self.store.position()
            ops = tuple(op for _, op in self.store.ops_after(rev))
            n = max(1, -(-len(ops) // DELTA_OPS))
            for i in range(n):
                some = ops[i * DELTA_OPS : (i + 1) * DELTA_OPS]
                await self._send(
                    topics, "roster-delta", wire.RosterDelta(epoch=epoch, from_rev=rev, to_rev=newest, i=i, n=n, ops=some)
                )

    async def _snapshot(self, topics: wire.Topics) -> None:
        """Everything, in the order in which rows refer to one another; the edge says how many parts it has, and gets the next ones."""
        self._under_way[topics.base] = _Snapshot(*self._whole())
        await self._parts(topics, 0)

    async def _parts(self, topics: wire.Topics, have: int) -> None:
        """Parts up to PARTS_AHEAD beyond those the edge has; the same number said twice: those beyond were lost."""
        snapshot = self._under_way[topics.base]
        begin = have if have == snapshot.said else max(have, snapshot.sent)
        snapshot.said = have
        snapshot.sent = min(have + PARTS_AHEAD, len(snapshot.chunks))
        for i in range(begin, snapshot.sent):
            part = wire.SnapshotPart(
                connection=self.connections[topics.base], id=snapshot.sha256[:16], epoch=snapshot.epoch, rev=snapshot.rev,
                i=i, n=len(snapshot.chunks), sha256=snapshot.sha256, rows=Raw(snapshot.chunks[i]),
            )  # fmt: skip
            await self._send(topics, f"roster-snapshot/{snapshot.sha256[:16]}/{i}", part)

    def _whole(self) -> tuple[str, int, list[bytes], str]:
        """(epoch, rev, the rows in parts, their SHA-256), made once for a revision."""
        if self._made is None or self._made[:2] != self.store.position():
            rows = self.store.snapshot()
            chunks = [msgspec.json.encode(rows[i : i + PART_ROWS]) for i in range(0, len(rows), PART_ROWS)] or [b"[]"]
            self._made = (*self.store.position(), chunks, hashlib.sha256(b"".join(chunks)).hexdigest())
        return self._made

    async def _acked(self, topics: wire.Topics, ack: wire.RosterAck) -> None:
        self.counts["roster-ack"] += 1
        snapshot = self._under_way.get(topics.base)
        if snapshot and ack.snapshot == snapshot.sha256[:16]:
            await self._parts(topics, ack.parts)
        elif not ack.snapshot:
            self._under_way.pop(topics.base, None)

    async def _send(self, topics: wire.Topics, name: str, message: wire.Message) -> None:
        topic = topics.down(name)
        payload, kind = wire.pack_bytes(wire.sign(topic, msgspec.json.encode(message), KEY_ID, self._key))
        for after in self.faults.sendings(message):
            if after:
                task = asyncio.create_task(self._send_later(after, topic, payload, kind), name="central, late")
                self._later.add(task)
                task.add_done_callback(self._later.discard)
            else:
                await self.send_raw(topic, payload, kind)

    async def _send_later(self, after: float, topic: str, payload: bytes, kind: str) -> None:
        await asyncio.sleep(after)
        with contextlib.suppress(aiomqtt.MqttError, LinkLost):
            await self.send_raw(topic, payload, kind)

    async def send_raw(self, topic: str, payload: bytes, content_type: str = wire.PLAIN) -> None:
        """Bytes as they are: what a broken or hostile central would send."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ContentType = content_type
        client = self._client
        if client is None:
            return
        with contextlib.suppress(LinkLost, aiomqtt.MqttError):  # who missed it is brought up to date after the next connecting
            await before_disconnect(client, client.publish(topic, payload, 1, properties=properties))


def _now() -> int:
    return time.time_ns() // 1_000_000


def _signing_key(path: Path) -> Ed25519PrivateKey:
    if path.exists():
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    key = Ed25519PrivateKey.generate()
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes_raw())
    return key
