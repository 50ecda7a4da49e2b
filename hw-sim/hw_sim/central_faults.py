"""What can be wrong with a central server, each at a switch: silence, lateness, doubles, disorder, refusals, a restore from an old backup."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from edge.sync import wire
from hw_sim.central_store import wrong

if TYPE_CHECKING:
    from hw_sim.central import Central

LATE_S = 5.0
"""Later than the silence after which an edge sends again."""
HELD_S = 0.5
"""How long a delta is held back, so that the next one overtakes it."""
POISON = "poison"

SWITCHES = {
    "silent": "events are kept, acks are not sent",
    "late": f"every ack is sent {LATE_S:g} s late",
    "acks_twice": "every ack is sent twice",
    "deltas_twice": "every delta is sent twice",
    "deltas_swapped": f"every second delta is held back for {HELD_S:g} s, and the next one overtakes it",
    "refuse_changes": "no change from a desk is taken",
}
"""The switches of Faults by name, and what each does."""


@dataclass(kw_only=True)
class Faults:
    """What is wrong at present. All of it can be changed while central runs."""

    silent: bool = False
    late: bool = False
    acks_twice: bool = False
    deltas_twice: bool = False
    deltas_swapped: bool = False
    refuse_changes: bool = False
    poison: int = 0
    """How many of the next events are refused."""
    refused_codes: Set[str] = frozenset()
    """Events with one of these codes are refused."""
    _held: bool = False

    def sendings(self, message: wire.Message) -> tuple[float, ...]:
        """After how many seconds each copy of a message is sent; none: not at all."""
        match message:
            case wire.EventsAck() if self.silent:
                return ()
            case wire.EventsAck():
                return (LATE_S if self.late else 0.0,) * (2 if self.acks_twice else 1)
            case wire.RosterDelta():
                self._held = self.deltas_swapped and not self._held
                return (HELD_S if self._held else 0.0,) * (2 if self.deltas_twice else 1)
            case _:
                return (0.0,)

    def judge(self, seq: int, body: bytes) -> str:
        """Why an event is refused, or nothing: what CentralStore.take asks."""
        if self.poison:
            self.poison -= 1
            return POISON
        if self.refused_codes and msgspec.json.decode(body).get("code") in self.refused_codes:
            return "refused"
        return wrong(seq, body)


async def roll_back(central: Central) -> None:
    """Put back the backup that was saved, as after a lost disk: an older past and, as the protocol asks of a restore, a new epoch. Raises OSError: none was saved."""
    central.store.put_back(central.backup)
    await new_epoch(central)
    await central.stand()


async def new_epoch(central: Central) -> None:
    """Every edge takes a snapshot."""
    central.store.new_epoch()
    await central.bring_all_up()
