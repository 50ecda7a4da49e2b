"""What central knows of who is there: online by state and Will, when last heard, with which clock and version, how far its roster is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from edge.sync import wire


@dataclass(kw_only=True)
class Seen:
    """One edge. heard: seconds since 1970; roster: the (epoch, rev) that it has durably applied."""

    online: bool = False
    connection: int = 0
    heard: float = 0.0
    hello: wire.Hello | None = None
    roster: tuple[str, int] = ("", 0)


@dataclass
class Watch:
    """The edges by their topics' base. now: seconds since 1970."""

    now: Callable[[], float] = time.time
    edges: dict[str, Seen] = field(default_factory=dict)

    def heard(self, edge: str, word: str, body: bytes, *, retained: bool = False) -> None:
        """A message came up. A retained one was said at some time before, and is no sign of life. Raises NotUnderstood."""
        seen = self.edges.setdefault(edge, Seen())
        if not retained:
            seen.heard = self.now()
        match word:
            case "state":
                self._state(seen, wire.decode(body, wire.State))
            case "hello":
                hello = wire.decode(body, wire.Hello)
                self._state(seen, wire.State(online=True, connection=hello.connection))
                seen.hello, seen.roster = hello, (hello.roster.epoch, hello.roster.rev)
            case "roster-ack":
                ack = wire.decode(body, wire.RosterAck)
                seen.roster = ack.epoch, ack.rev

    @staticmethod
    def _state(seen: Seen, state: wire.State) -> None:
        """The Will of an earlier connection says nothing of the present one."""
        if state.connection >= seen.connection:
            seen.online, seen.connection = state.online, state.connection
