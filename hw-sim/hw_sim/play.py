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
GIVE_UP = 8


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
        plates = [p.plate for p in self._world.scenario.person if p.plate]
        before = ""
        for number in range(pictures):
            if "plate" in reads and number % 3 == 2:
                text = plates[number // 3 % len(plates)]
                await self._show(camera, CredentialKind.PLATE, text, lambda t=text: self._picture(camera, plate=t))  # type: ignore[misc]
            else:
                text = self._chance.choice([p.code for p in self._world.scenario.person if p.code != before])
                before = text
                await self._show(camera, CredentialKind.QR, text, lambda t=text: self._picture(camera, code=t))  # type: ignore[misc]
            self._world.cameras.clear(camera)
            self.done += 1
            progress(self.done)

    async def _picture(self, camera: str, *, code: str = "", plate: str = "") -> None:
        if plate:
            self._world.show_plate(camera, plate)
        else:
            self._world.show_qr(camera, code)

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
