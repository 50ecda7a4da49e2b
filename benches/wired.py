"""What the sync's benches stand on: a broker and central in processes of their own, and a journal that nobody was told of."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from time import perf_counter

import msgspec
from hw_sim.broker import Broker
from hw_sim.central import KEY_ID
from hw_sim.central_run import central_process

from benches import site as sites
from benches.admit import settings_of
from benches.past import fill
from benches.site import site
from edge.app import Edge
from edge.settings import parse
from edge.store.files import Files, connect
from edge.store.journal import JournalTransaction
from edge.sync import wire
from tests.support.authority import Authority

CARDS, EVENTS = 2_000, 100_000
"""Few people: a roster that central does not know goes up too, and that is not what is measured here."""
SECURED = """listener {{port}} 127.0.0.1
cafile {certificates}/ca.crt
certfile {certificates}/server.crt
keyfile {certificates}/server.key
require_certificate true
use_identity_as_username true
tls_version tlsv1.3
allow_anonymous false
persistence true
persistence_location {{folder}}/
max_packet_size 268435
set_tcp_nodelay true
log_dest file {{folder}}/mosquitto.log
user {user}
"""
"""What docs/broker/mosquitto.conf says, without its access list."""


def _build(folder: Path, cards: int) -> None:
    sites._build(folder, cards)
    fill(Files(folder), EVENTS, cards)
    with closing(connect(Files(folder).journal)) as db:  # the edge ran all the while: its alerts have looked at all of it
        db.execute("UPDATE alerted SET seq = (SELECT seq FROM head)")


@contextmanager
def untold() -> Iterator[Files]:
    """A site whose journal holds EVENTS that central does not have."""
    with site(CARDS, _build, "untold") as files:
        yield files


def batches(files: Files) -> list[bytes]:
    """The messages that these events go up in, as bytes on the wire."""
    made, after = list[bytes](), 0
    with closing(connect(files.journal, read_only=True, attach={"roster": files.roster})) as db:
        tx = JournalTransaction.__new__(JournalTransaction)
        tx._db = db
        while True:
            before, events = tx.events_after(after, wire.BATCH_EVENTS, wire.BATCH_BYTES)
            if not events:
                return made
            bodies = tuple(msgspec.Raw(body) for _, body in events)
            batch = wire.Events(connection=1, log_id="bench", first=after + 1, before=before.hex(), events=bodies)
            made.append(wire.pack(batch)[0])
            after = events[-1][0]


class Line:
    """A broker and central in a folder of their own. secured: TLS 1.3 with a certificate each; store: where else central keeps what it has."""

    def __init__(self, folder: Path, *, secured: bool = False, store: Path | None = None) -> None:
        self.broker, self.store = Broker(folder / "broker"), store or folder / "central"
        self._scheme, self._of_central, self._of_edge, self._key = "mqtt", list[str](), "", ""
        if secured:
            self._scheme, authority = "mqtts", Authority(folder / "certificates")
            authority.issue("server")
            self.broker = Broker(
                folder / "broker", config=SECURED.format(certificates=folder / "certificates", user=getpass.getuser())
            )
            (cert, key), (edge_cert, edge_key) = authority.issue("central"), authority.issue("north")
            self._of_central = ["--ca", str(authority.file), "--certificate", str(cert), "--key", str(key)]
            self._of_edge = f'ca_file = "{authority.file}"\ncertificate_file = "{edge_cert}"\nkey_file = "{edge_key}"\n'

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Line]:
        await self.broker.start()
        try:
            async with central_process(self.store, self.broker.port, *self._of_central) as self._key:
                yield self
        finally:
            self.broker.stop()

    def settings(self, files: Files) -> str:
        """Of an edge that speaks over it."""
        broker = f"{self._scheme}://127.0.0.1:{self.broker.port}"
        return f'{settings_of(files)}[sync]\nbroker = "{broker}"\nsite = "bench"\nedge = "north"\n{self._of_edge}central_keys = {{ {KEY_ID} = "{self._key}" }}\n'


async def acked(edge: Edge, upto: int) -> None:
    """Until central has said that it has everything up to here."""
    while edge.session.counts["acked"] < upto:
        await asyncio.sleep(0.005)


async def people_told(edge: Edge) -> None:
    """Until central knows the few people of the roster: what goes up from then on are events alone."""
    await acked(edge, 1)
    while await edge.roster.write(lambda tx: tx.changes.waiting(1, 1)):
        await asyncio.sleep(0.02)


async def drained(files: Files, line: Line) -> float:
    """Events a second that an edge without devices sends and central acknowledges, once the few people have gone up."""
    async with line.running(), Edge(parse(line.settings(files))).running() as edge:
        await people_told(edge)
        first, began = edge.session.counts["acked"], perf_counter()
        last = (await edge.journal.write(lambda tx: tx.position())).last_seq
        await acked(edge, last)
        return (last - first) / (perf_counter() - began)
