"""A quarter hour's events back to back: people show codes and plates, and try again as people do when nothing happens."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from edge.core.credential import canonical, last4
from edge.core.model import CredentialKind
from hw_sim.api import EventStream
from hw_sim.world import World

ANSWER_S = 4.0
"""How long a person waits before showing the card again."""
GIVE_UP = 5
FORGOTTEN_S = {CredentialKind.QR: 3.5, CredentialKind.PLATE: 10.5}
"""How long a code or plate must have been out of a camera's picture to be a new one (its settings, and a little more)."""


class Shown(Struct):
    """Something shown to a reader: how often (a person tries again), and the journal lines that answered."""

    reader: str
    last4: str
    credential: str
    times: int = 0
    lines: list[int] = []


class Play:
    """Everybody who comes; each reader serves one person at a time, all readers at once."""

    def __init__(self, world: World, stream: EventStream, seed: int) -> None:
        self._world, self._stream = world, stream
        self._chance = random.Random(seed)  # noqa: S311 - a repeatable crowd
        self.shown: list[Shown] = []
        self.done = 0

    async def quarter_hour(self, scans: int, pictures: int, progress: Callable[[int], None]) -> None:
        """So many scans at every scanner, so many pictures at every camera."""
        people = self._world.scenario.person
        async with asyncio.TaskGroup() as tasks:
            for scanner in self._world.scanners:
                codes = [
                    self._chance.choice(people).code if self._chance.random() > 0.1 else self._stranger() for _ in range(scans)
                ]
                tasks.create_task(self._crowd(scanner, codes, progress), name=f"crowd {scanner}")
            for camera in self._world.scenario.camera:
                tasks.create_task(self._drive_by(camera.name, camera.reads, pictures, progress), name=f"crowd {camera.name}")

    def _stranger(self) -> str:
        return f"STRANGER-{self._chance.randrange(10**8):08}"

    async def _crowd(self, scanner: str, codes: list[str], progress: Callable[[int], None]) -> None:
        for code in codes:
            await self._show(scanner, CredentialKind.QR, code, lambda code=code: self._scan(scanner, code))  # type: ignore[misc]
            self.done += 1
            progress(self.done)

    async def _scan(self, scanner: str, code: str) -> None:
        self._world.scanners[scanner].scan(code)

    async def _drive_by(self, camera: str, reads: tuple[str, ...], pictures: int, progress: Callable[[int], None]) -> None:
        """One after the other before a camera. A reader takes a code that was just there for the same person still standing
        there, so nobody comes back before it has forgotten them."""
        people = self._world.scenario.person
        waiting = {CredentialKind.QR: [p.code for p in people], CredentialKind.PLATE: [p.plate for p in people if p.plate]}
        gone: dict[str, float] = {}
        loop = asyncio.get_running_loop()
        for number in range(pictures):
            kind = CredentialKind.PLATE if "plate" in reads and number % 3 == 2 else CredentialKind.QR
            text = waiting[kind].pop(0)
            waiting[kind].append(text)
            await asyncio.sleep(max(0.0, gone.get(text, 0.0) + FORGOTTEN_S[kind] - loop.time()))
            await self._show(camera, kind, text, lambda kind=kind, text=text: self._picture(camera, kind, text))  # type: ignore[misc]
            self._world.cameras.clear(camera)
            gone[text] = loop.time()
            self.done += 1
            progress(self.done)

    async def _picture(self, camera: str, kind: CredentialKind, text: str) -> None:
        if any(s.reader == camera and s.times > 1 and not s.lines for s in self.shown):
            self._world.cameras.clear(camera)  # shown once more: away first, or it is still the same showing
            await asyncio.sleep(FORGOTTEN_S[kind])
        if kind is CredentialKind.PLATE:
            self._world.show_plate(camera, text)
        else:
            self._world.show_qr(camera, text)

    async def _show(self, reader: str, kind: CredentialKind, text: str, act: Callable[[], Awaitable[None]]) -> None:
        """Show until a line answers, again after a while, as a person would."""
        one = Shown(reader=reader, last4=last4(canonical(kind, text) or ""), credential=kind.value, lines=[])
        self.shown.append(one)
        loop = asyncio.get_running_loop()
        after = self._seen()
        while not one.lines:
            if one.times >= GIVE_UP:
                return
            one.times += 1
            await act()
            end = loop.time() + ANSWER_S * (2 if kind is CredentialKind.PLATE else 1)
            while not one.lines and loop.time() < end:
                await self._stream.next(0.25)
                one.lines += [e["seq"] for e in self._stream.events[after:] if self._answers(e, one)]
                after = self._seen()

    def _seen(self) -> int:
        return len(self._stream.events)

    @staticmethod
    def _answers(event: dict[str, Any], one: Shown) -> bool:
        return (event["kind"], event.get("reader"), event.get("last4", ""), event.get("credential")) == (
            "decision", one.reader, one.last4, one.credential,
        )  # fmt: skip
