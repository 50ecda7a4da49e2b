"""The demo's own page: a button for every sample card and plate, what the camera sees, and a few faults."""

from __future__ import annotations

import html
from importlib import resources

from hw_sim.central import Central
from hw_sim.little_page import LittlePage
from hw_sim.world import World


class DemoPage:
    """A small web page on a free loopback port. It plays the people and the hardware; it knows the product only by its address."""

    def __init__(self, world: World, central: Central, desk: str) -> None:
        self._world, self._central, self._desk = world, central, desk
        self._little = LittlePage(self._page, self._do)

    async def start(self) -> None:
        await self._little.start()

    async def stop(self) -> None:
        await self._little.stop()

    @property
    def url(self) -> str:
        return self._little.url

    async def _do(self, asked: dict[str, str]) -> str:
        what, at = asked["what"], asked.get("at", "")
        match what:
            case "scan":
                self._world.scanners[at].scan(asked["text"])
                return f"{asked['text']} went over the line of {at}, as bytes"
            case "qr":
                self._world.show_qr(at, asked["text"], 3.0)
                return f"a phone with {asked['text']} is before {at}"
            case "plate":
                self._world.show_plate(at, asked["text"], 5.0)
                return f"a car with {asked['text']} stands before {at}"
            case "unplug":
                self._world.scanners[at].unplug()
                return f"{at} was pulled out: see health in the console"
            case "plug_in":
                self._world.scanners[at].plug_in()
                return f"{at} is plugged in again"
            case "cut":
                self._world.doors[at].cut()
                return f"the line of door {at} was cut; it connects again by itself"
            case _:
                raise KeyError(f"no such thing to do: {what}")

    def _page(self) -> str:
        def button(label: str, **asked: str) -> str:
            data = " ".join(f'data-{key}="{html.escape(value)}"' for key, value in asked.items())
            return f"<button {data}>{html.escape(label)}</button>"

        scenario = self._world.scenario
        people = []
        for person in scenario.person:
            scans = "".join(button(f"scan at {s.access_point}", what="scan", at=s.name, text=person.code) for s in scenario.scanner)
            shows = "".join(button("show phone to camera", what="qr", at=c.name, text=person.code) for c in scenario.camera)
            plates = (
                "".join(button(f"drive up: {person.plate}", what="plate", at=c.name, text=person.plate) for c in scenario.camera)
                if person.plate
                else ""
            )
            people.append(
                f"<li><div><b>{html.escape(person.name)}</b> <i>{html.escape(person.note)}</i><br>"
                f"<code>{html.escape(person.code)}</code></div><p>{scans}{shows}{plates}</p></li>"
            )
        faults = "".join(
            button(f"unplug {s.name}", what="unplug", at=s.name) + button(f"plug {s.name} in", what="plug_in", at=s.name)
            for s in scenario.scanner
        ) + "".join(button(f"cut the line of door {d.name}", what="cut", at=d.name) for d in scenario.door)
        cameras = "".join(
            f'<figure><img src="{self._world.cameras.url(c.name)}" alt="what {c.name} sees"><figcaption>{c.name}</figcaption></figure>'
            for c in scenario.camera
        )
        stranger = "".join(
            button(f"scan at {s.access_point}", what="scan", at=s.name, text="STRANGER-00000000") for s in scenario.scanner
        )
        people.append(f"<li><div><b>A stranger</b> <i>unknown code</i></div><p>{stranger}</p></li>")
        template = resources.files("hw_sim").joinpath("page.html").read_text("utf-8")
        values = {
            "name": html.escape(scenario.name),
            "desk": self._desk,
            "people": "".join(people),
            "cameras": cameras,
            "faults": faults,
        }
        for key, value in values.items():
            template = template.replace("{{" + key + "}}", value)
        return template
