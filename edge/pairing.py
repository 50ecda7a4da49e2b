"""What belongs together at one access point: a card and the PIN typed after it, a card and the plate of the car it came in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from edge.commands.doors import Awaited
from edge.core.model import CredentialKind, Reading


class Pairs:
    """Cards that wait for what belongs to them, and plates that wait for their card; each for seconds, one of each per access point."""

    def __init__(self, decide_as_it_is: Callable[[Reading], Awaitable[None]]) -> None:
        self._decide_as_it_is = decide_as_it_is
        self._cards: dict[str, tuple[Reading, Awaited, asyncio.TimerHandle]] = {}
        self._plates: dict[str, tuple[tuple[str, ...], asyncio.TimerHandle]] = {}
        self._late: set[asyncio.Task[None]] = set()

    def join(self, reading: Reading) -> Reading:
        """The reading with what belongs to it: itself, or the card that waited for it, now complete."""
        at = reading.access_point
        held = self._cards.get(at)
        if held and held[1].pin and reading.kind is CredentialKind.PIN:
            return msgspec.structs.replace(self._take(at), pin=reading.text.strip())
        if held and held[1].plate and reading.kind is CredentialKind.PLATE:
            return msgspec.structs.replace(self._take(at), beside=(reading.text, *reading.candidates))
        if held and reading.kind is not CredentialKind.PLATE:  # the next one is at the door: the first is decided as it is
            self._give_up(at)
        plates = self._plates.get(at)
        if plates and reading.kind is not CredentialKind.PLATE:
            return msgspec.structs.replace(reading, beside=plates[0])
        return reading

    def wait(self, reading: Reading, awaited: Awaited) -> None:
        """Keep a card until what it waits for comes, or a plate until its card does, for awaited.wait_s."""
        at, loop = reading.access_point, asyncio.get_running_loop()
        if awaited.card:
            if before := self._plates.pop(at, None):
                before[1].cancel()
            timer = loop.call_later(awaited.wait_s, self._plates.pop, at, None)
            self._plates[at] = ((reading.text, *reading.candidates), timer)
        else:
            self._cards[at] = (reading, awaited, loop.call_later(awaited.wait_s, self._give_up, at))

    def _take(self, at: str) -> Reading:
        reading, _, timer = self._cards.pop(at)
        timer.cancel()
        return reading

    def _give_up(self, at: str) -> None:
        task = asyncio.ensure_future(self._decide_as_it_is(self._take(at)))
        self._late.add(task)
        task.add_done_callback(self._late.discard)
