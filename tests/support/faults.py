"""What breaks in a run of chaos, in which order and for how long, by its seed."""

from __future__ import annotations

import random
from enum import StrEnum

from msgspec import Struct


class Fault(StrEnum):
    """What breaks: of the wire between edge and broker (deaf: the edge hears nothing, mute: it is not heard), or who is killed (wipe: with
    its data; restore: an older backup takes its place; both: central, and a while later the broker with what it kept for it)."""

    ABORT = "abort"
    BLACKHOLE = "blackhole"
    DEAF = "deaf"
    MUTE = "mute"
    THROTTLE = "throttle"
    SPLIT = "split"
    LATENCY = "latency"
    CUT = "cut"
    KILL_BROKER = "kill-broker"
    WIPE_BROKER = "wipe-broker"
    KILL_EDGE = "kill-edge"
    KILL_CENTRAL = "kill-central"
    RESTORE_CENTRAL = "restore-central"
    KILL_BOTH = "kill-both"


class Step(Struct, frozen=True):
    """A fault: after so many seconds, for so many (dead, or as it is); alone, or going on while the next one begins."""

    fault: Fault
    after_s: float
    lasts_s: float
    alone: bool
    half_open: bool
    """A connection out of which bytes were lost stays as it is; otherwise it is reset, as a router does that forgot it."""


def schedule(seed: int) -> list[Step]:
    """Nine of the faults in any order, and one of them once more."""
    chance = random.Random(f"{seed} schedule")
    faults = chance.sample(list(Fault), 9)
    faults.insert(chance.randrange(9), chance.choice(faults))
    return [
        Step(
            fault,
            after_s=chance.uniform(0.05, 0.4),
            lasts_s=chance.uniform(0.1, 1.2),
            alone=chance.random() < 0.5,
            half_open=chance.random() < 0.3,
        )
        for fault in faults
    ]
