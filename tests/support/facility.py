"""A whole small facility for tests: a real edge on real files, a scanner on a pty, a door board on a socket; no mocks."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from hw_sim.door import DoorBoard
from hw_sim.serial_line import SerialScanner

from edge.app import Edge
from edge.clock import SystemClock
from edge.commands.base import Command
from edge.commands.credentials import AddCard
from edge.commands.customers import AddCustomer
from edge.commands.site import AddAccessPoint, AddProfile, AddZone
from edge.commands.wire import LOCAL, Request
from edge.core.event import Event
from edge.core.judgement import Reason
from edge.settings import parse

DEADLINE_S = 10.0


async def until(fact: Callable[[], Any], what: str = "", deadline_s: float = DEADLINE_S) -> Any:
    """Wait for a fact to become true and return it; fails by name when it does not. fact may be async."""
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline_s
    while True:
        value = fact()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return value
        assert loop.time() < end, f"waited {deadline_s} s in vain for {what or fact}"
        await asyncio.sleep(0.005)


class Facility:
    """Zone "Garage" behind door "north", with access points "North in" and "North out", and profile "All hours"."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scanner = SerialScanner(folder / "scanner-in")
        self.exit_scanner = SerialScanner(folder / "scanner-out")
        self.board = DoorBoard("north", travel_s=0.01)
        self.edge: Edge
        self.ids: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self.sync = ""
        self.make_clock: Callable[[int], SystemClock] = SystemClock

    def settings(self) -> str:
        return f"""
state = "{self.folder / "state"}"
serial_ports = ["{self.folder}/tty-*"]
site = {{ name = "Test", time_zone = "Europe/Warsaw" }}
{self.sync}
[[door]]
driver = "line"
name = "north"
debounce_ms = 2
address = "127.0.0.1:{self.board.port}"
[[reader]]
driver = "serial"
name = "scanner-in"
access_point = "North in"
port = "{self.scanner.path}"
[[reader]]
driver = "serial"
name = "scanner-out"
access_point = "North out"
port = "{self.exit_scanner.path}"
"""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Facility]:
        self.folder.mkdir(exist_ok=True)
        if not self.board.port:
            await self.board.start()
            self.scanner.plug_in()
            self.exit_scanner.plug_in()
        async with Edge(parse(self.settings()), make_clock=self.make_clock).running() as self.edge:
            if not self.ids:
                await self._furnish()
            await until(lambda: not self.edge.doors["north"].fault, "the door to be connected")
            await until(lambda: self.part("reader", "scanner-in") == "up", "the scanner to be open")
            await until(lambda: self.part("reader", "scanner-out") == "up", "the exit scanner to be open")
            yield self

    async def close(self) -> None:
        await self.board.stop()
        self.scanner.unplug()
        self.exit_scanner.unplug()

    def part(self, kind: str, name: str) -> str:
        """The state of a part in health."""
        return next((p.state.value for p in self.edge.health.parts() if (p.kind, p.name) == (kind, name)), "")

    def detail(self, kind: str, name: str) -> str:
        return next((p.detail for p in self.edge.health.parts() if (p.kind, p.name) == (kind, name)), "")

    async def _furnish(self) -> None:
        zone = await self.do(AddZone(fields={"name": "Garage", "antipassback": "off"}))
        self.ids["zone"] = zone["id"]
        for name, ends in (("North in", {"to_zone": zone["id"]}), ("North out", {"from_zone": zone["id"]})):
            point = await self.do(AddAccessPoint(fields={"name": name, "door": "north", "strike_ms": 200, **ends}))
            self.ids[name] = point["id"]
        profile = await self.do(AddProfile(fields={"name": "All hours", "zones": [{"zone": zone["id"]}]}))
        self.ids["profile"] = profile["id"]

    async def do(self, command: Command, request: str = "") -> Any:
        """A command as the command line would send it (over the control room's own door)."""
        return await self.edge.control.do(
            Request(id=request or f"request-{next(self._numbers):06}", token=LOCAL, command=command), local=True
        )

    async def customer_with_card(self, name: str, *, code: str = "", **card: Any) -> tuple[str, str, str]:
        """(customer id, card id, code) of somebody who may come in at all hours."""
        customer = await self.do(AddCustomer(fields={"name": name, "email": f"{name.lower()}@example.org"}))
        fields = {"customer": customer["id"], "profiles": [self.ids["profile"]], "username": name.lower(), **card}
        made = await self.do(AddCard(fields=fields, code=code))
        return customer["id"], made["card"]["id"], made["code"]

    async def events(self, kind: str = "decision") -> list[Event]:
        """The journal's events of a kind, in order."""
        import msgspec

        _, rows = await self.edge.journal.write(lambda tx: tx.events_after(0, 1_000_000, 1 << 30))
        return [e for e in (msgspec.json.decode(body, type=Event) for _, body in rows) if e.kind == kind]

    async def scan(self, code: str, *, out: bool = False) -> Reason:
        """Show a code to the scanner as bytes on its line; the reason of the decision that follows."""
        before = len(await self.events())
        (self.exit_scanner if out else self.scanner).scan(code)

        async def decided() -> Reason | None:
            found = await self.events()
            return Reason(found[before].code) if len(found) > before else None

        reason: Reason = await until(decided, f"a decision on {code[:20]!r}")
        return reason
