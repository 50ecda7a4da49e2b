"""The devices of a scenario, all running: scanners on ptys, cameras on HTTP, doors on TCP; and the settings that wire them up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from hw_sim import draw
from hw_sim.camera import CameraServer
from hw_sim.door import DoorBoard
from hw_sim.scenario import Scenario, StepPart
from hw_sim.serial_line import SerialScanner


class World:
    """Use as `async with World(scenario, folder).running() as world`."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario = scenario
        self.folder = folder
        self.scanners = {s.name: SerialScanner(folder / f"tty-{s.name}") for s in scenario.scanner}
        self.doors = {d.name: DoorBoard(d.name, travel_s=d.travel_s) for d in scenario.door}
        self.cameras = CameraServer(tuple(c.name for c in scenario.camera), fps=10.0)
        self._seed = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[World]:
        self.folder.mkdir(parents=True, exist_ok=True)
        for scanner in self.scanners.values():
            scanner.plug_in()
        for door in self.doors.values():
            await door.start()
        await self.cameras.start()
        try:
            yield self
        finally:
            await self.cameras.stop()
            for door in self.doors.values():
                await door.stop()
            for scanner in self.scanners.values():
                scanner.unplug()

    def settings(self) -> str:
        """The [[reader]] and [[door]] sections of an edge that has these devices."""
        parts = [f'[[door]]\ndriver = "line"\nname = "{n}"\naddress = "127.0.0.1:{d.port}"\n' for n, d in self.doors.items()]
        parts += [
            f'[[reader]]\ndriver = "serial"\nname = "{s.name}"\naccess_point = "{s.access_point}"\nport = "{self.scanners[s.name].path}"\n'
            for s in self.scenario.scanner
        ]
        parts += [
            f'[[reader]]\ndriver = "camera"\nname = "{c.name}"\naccess_point = "{c.access_point}"\n'
            f'source = "{self.cameras.url(c.name)}"\nreads = [{", ".join(f"{r!r}" for r in c.reads)}]\n'
            for c in self.scenario.camera
        ]
        return "\n".join(parts)

    def show_qr(self, camera: str, code: str, seconds: float | None = None) -> None:
        """Hold a phone with a QR code before a camera."""
        self._seed += 1
        self.cameras.show(camera, draw.phone(code, self._seed), seconds)

    def show_plate(self, camera: str, plate: str, seconds: float | None = None) -> None:
        """A car drives up to a camera and stands."""
        self._seed += 1
        self.cameras.show(camera, draw.car(plate, self._seed), seconds)

    async def play(self, step: StepPart) -> str:
        """Do one step of the scenario; what was done, in words. Raises ValueError for a step that names nothing known."""
        await asyncio.sleep(step.after)
        if step.scanner:
            self.scanners[step.scanner].scan(step.code)
            return f"{step.scanner}: scanned {step.code}"
        if step.camera and step.plate:
            self.show_plate(step.camera, step.plate, 4.0)
            return f"{step.camera}: a car with {step.plate}"
        if step.camera:
            self.show_qr(step.camera, step.code, 4.0)
            return f"{step.camera}: a phone with {step.code}"
        return await self._fault(step)

    async def _fault(self, step: StepPart) -> str:
        match step.fault:
            case "unplug":
                self.scanners[step.of].unplug()
            case "plug_in":
                self.scanners[step.of].plug_in()
            case "rubbish":
                self.scanners[step.of].rubbish(1, 500)
            case "cut":
                self.doors[step.of].cut()
            case "silence":
                self.cameras.silence(step.of)
            case "resume":
                self.cameras.resume(step.of)
            case "corrupt":
                self.cameras.corrupt_next(step.of, 5)
            case other:
                raise ValueError(f"no such fault: {other!r}; there are unplug, plug_in, rubbish, cut, silence, resume, corrupt")
        return f"{step.of}: {step.fault}"
