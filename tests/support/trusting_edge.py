"""An edge as this house must not be: its cursor trusts the broker's PUBACK. It shows that the chaos test can fail."""

from __future__ import annotations

from edge.__main__ import main
from edge.sync import session, wire
from edge.sync.link import Link
from edge.sync.outbox import Outbox


class TrustingSession(session.Session):
    """What the broker took is delivered: of central's own word only the first is heard, to begin."""

    async def _send(self, link: Link, message: wire.Message, *, retain: bool = False) -> None:
        await super()._send(link, message, retain=retain)  # returns with the PUBACK
        if isinstance(message, wire.Events):
            upto = message.first + len(message.events) - 1
            if self._outbox.acknowledged(upto, session._time()):
                await self._store.acknowledge(upto)

    async def _acked(self, ack: wire.EventsAck) -> None:
        if ack.hello and not self._answered.is_set():
            self._outbox = Outbox((await self._store.position()).acked)
            self._outbox.connected(session._time())
            self._answered.set()
            self._work.set()


if __name__ == "__main__":
    session.Session = TrustingSession  # type: ignore[misc]
    main()
