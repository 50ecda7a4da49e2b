"""A facility with a real broker and the simulated central server beside it."""

from __future__ import annotations

import ssl
from pathlib import Path

import msgspec
from hw_sim.broker import Broker
from hw_sim.central import KEY_ID, Central

from edge.sync import wire
from edge.sync.roster import digest
from tests.support.facility import Facility, until


class Site(Facility):
    """A facility with a broker and a central server."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        folder.mkdir(exist_ok=True)
        self.broker = Broker(folder / "broker")
        self.central: Central
        self.tls_of_central: ssl.SSLContext | None = None

    async def open_central(self) -> None:
        self.central = Central(self.folder / "central", ("127.0.0.1", self.broker.port), self.tls_of_central)
        await self.central.start()

    def wire_up(self, scheme: str = "mqtt", more: str = "") -> None:
        """more: further lines of the section."""
        self.sync = f"""
[sync]
broker = "{scheme}://127.0.0.1:{self.broker.port}"
site = "main"
edge = "north"
central_keys = {{ {KEY_ID} = "{self.central.public_key}" }}
{more}
"""

    async def rosters_alike(self) -> None:
        """Wait until the edge holds every row as central does, and central has decided every change made here."""

        async def alike() -> bool:
            where, waiting = await self.edge.roster.write(lambda tx: (tx.central.where(), tx.changes.waiting(1, 1)))
            here = wire.RosterPosition(epoch=where.epoch, rev=where.rev, count=where.count, digest=digest(where))
            return not waiting and here == self.central.store.stands()

        await until(alike, "edge and central to hold the same rows", 20)

    async def in_step(self) -> None:
        """Wait until central has every event of the journal, each once and in the journal's own words."""

        async def same() -> bool:
            """By one look at the journal, which may go on meanwhile."""
            here, (_, rows) = await self.edge.journal.write(lambda tx: (tx.position(), tx.events_after(0, 1_000_000, 1 << 30)))
            if not here.acked == here.last_seq == self.central.store.cursor_of(here.log_id):
                return False
            return self.central.store.events_of(here.log_id) == [msgspec.json.decode(body) for _, body in rows]

        await until(same, "central to have everything, each once and in the journal's own words", 20)
