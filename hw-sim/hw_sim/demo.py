"""`hw-sim demo`: a whole facility on this machine; watched in a browser, or played and counted with --check."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from hw_sim.api import Api, EventStream
from hw_sim.broker import Broker, free_port
from hw_sim.central import KEY_ID, Central
from hw_sim.page import DemoPage
from hw_sim.play import Play
from hw_sim.product import Product
from hw_sim.scenario import Scenario, load
from hw_sim.tally import Tally, count
from hw_sim.world import World

LOGIN = "admin"
SCANS, PICTURES = 80, 24
"""Per scanner and per camera: with three scanners and one camera as many people as a busy gate sees in a quarter of an hour."""


def say(text: str = "") -> None:
    print(text, flush=True)


class Demo:
    """Everything of one demo, in one folder. Ports are free ones; the product runs as its user would run it."""

    def __init__(self, folder: Path, scenario: Scenario) -> None:
        self.folder = folder
        self.scenario = scenario
        self.world = World(scenario, folder / "devices")
        self.broker = Broker(folder / "broker")
        self.password = secrets.token_urlsafe(9)
        self.desk = f"http://127.0.0.1:{free_port()}"
        self.api = Api(self.desk)
        self.central: Central
        self.product: Product

    @asynccontextmanager
    async def running(self, tell: Callable[[str], None]) -> AsyncIterator[Demo]:
        """Devices, broker, central, product; then the site is set up through the API, as an installer would."""
        async with AsyncExitStack() as stack:
            tell("devices: scanners, cameras, doors")
            await stack.enter_async_context(self.world.running())
            tell("broker and central server")
            await self.broker.start()
            stack.callback(self.broker.stop)
            await self.open_central()
            stack.push_async_callback(self._close_central)
            await self.central.edit(self.scenario.roster())
            tell("gatelatch run")
            settings = self.folder / "gatelatch.toml"
            settings.write_text(self._settings(), "utf-8")
            self.product = Product(settings, self.folder / "gatelatch.log")
            self.product.start()
            stack.push_async_callback(self.product.stop)
            await self.product.user(LOGIN, self.password)
            await self.api.sign_in(LOGIN, self.password)
            tell("the site: access points")
            await self._set_up()
            yield self

    async def open_central(self) -> None:
        self.central = Central(self.folder / "central", ("127.0.0.1", self.broker.port))
        await self.central.start()

    async def _close_central(self) -> None:
        await self.central.stop()

    def _settings(self) -> str:
        return f"""# Written by the demo.
state = "{self.folder / "state"}"

[site]
name = "{self.scenario.name}"
time_zone = "{self.scenario.time_zone}"

[desk]
listen = "{self.desk.removeprefix("http://")}"

[sync]
broker = "mqtt://127.0.0.1:{self.broker.port}"
site = "harbour"
edge = "north"
central_keys = {{ {KEY_ID} = "{self.central.public_key}" }}

{self.world.settings()}"""

    async def _set_up(self) -> None:
        zones = [row.id for row in self.scenario.row if row.type == "zone"]
        await self._until(lambda: self._all_there("/zones", zones), "central's zones to arrive")
        for point in self.scenario.access_point:
            fields = {k: v for k, v in msgspec.to_builtins(point).items() if v is not None}
            await self.api.call("POST", "/access-points", fields)
        await self._until(self._all_up, "readers and doors to be up", 30)

    async def _all_there(self, path: str, ids: list[str]) -> bool:
        page = await self.api.call("GET", f"{path}?limit=200")
        return set(ids) <= {item["id"] for item in page["items"]}

    async def _all_up(self) -> bool:
        health = await self.api.call("GET", "/health")
        parts = {(p["kind"], p["name"]): p["state"] for p in health["parts"]}
        wanted = [("reader", n) for n in (*self.world.scanners, *(c.name for c in self.scenario.camera))]
        wanted += [("door", n) for n in self.world.doors]
        return all(parts.get(w) == "up" for w in wanted)

    @staticmethod
    async def _until(fact: Callable[[], object], what: str, deadline_s: float = 20.0) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + deadline_s
        while not await fact():  # type: ignore[misc]
            if loop.time() > end:
                raise TimeoutError(f"waited {deadline_s:.0f} s in vain for {what}")
            await asyncio.sleep(0.1)

    # ------------------------------------------------------------------------------------------------ check

    async def check(self, *, kill: bool, progress: Callable[[str], None]) -> Tally:
        """Play a quarter of an hour; with kill, kill -9 each process on the way. Then count three ways."""
        stream = EventStream(self.api)
        play = Play(self.world, stream, seed=2026)
        total = SCANS * len(self.world.scanners) + PICTURES * len(self.scenario.camera)
        kills = asyncio.create_task(self._kill_each(play, total, progress)) if kill else None
        await play.quarter_hour(SCANS, PICTURES, lambda done: progress(f"{done} of {total} shown") if done % 20 == 0 else None)
        killed = await kills if kills else 0
        await self.central_has_all(stream)
        events = list(stream.events)
        stream.close()
        log_ids = [log_id for _, log_id, _ in self.central.store.cursors()]
        central = [e for log_id in log_ids for e in self.central.store.events_of(log_id)]
        tally = count(self.world, play.shown, events, central, kills=killed, stream_breaks=stream.breaks)
        if stream.doubled:
            tally.differences.append(f"the stream of the desk said {stream.doubled} events twice")
        return tally

    async def _kill_each(self, play: Play, total: int, progress: Callable[[str], None]) -> int:
        """One process after the other, spread over the play; how often it was the edge."""
        victims = ["edge", "desk", "eyes", "broker", "central", "edge"]
        edge = 0
        for number, victim in enumerate(victims, 1):
            while play.done < total * number // (len(victims) + 2):  # noqa: ASYNC110 - the play has no event for this
                await asyncio.sleep(0.02)
            progress(f"kill -9 {victim}")
            match victim:
                case "broker":
                    self.broker.kill()
                    await self.broker.start()
                case "central":
                    await self.central.stop()
                    await self.open_central()
                case part:
                    self.product.kill(part)
                    edge += part == "edge"
        return edge

    async def central_has_all(self, stream: EventStream) -> None:
        """Wait until nothing new comes and central has the last event."""
        loop = asyncio.get_running_loop()
        end = loop.time() + 30
        while loop.time() < end:
            seen = len(stream.events)
            await stream.next(0.7)
            last = stream.events[-1]["seq"] if stream.events else 0
            if len(stream.events) == seen and any(cursor == last for _, _, cursor in self.central.store.cursors()):
                return


async def run_check(*, kill: bool, as_json: bool, keep: bool) -> int:
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="gatelatch-check-"))
    demo = Demo(folder, load())
    quiet = (lambda text: None) if as_json else (lambda text: say(f"  {text}"))
    try:
        async with demo.running(quiet):
            played = time.monotonic()
            tally = await demo.check(kill=kill, progress=quiet)
            played = time.monotonic() - played
    except (TimeoutError, OSError, RuntimeError) as error:
        say(f"the check could not be run: {error}\n{(folder / 'gatelatch.log').read_text('utf-8', 'replace')[-3000:]}")
        return 2
    ok = not tally.differences
    if as_json:
        say(json.dumps({"ok": ok, "seconds": round(played, 1), **msgspec.to_builtins(tally)}))
    else:
        _print(tally, played, time.monotonic() - began)
    if ok and not keep:
        shutil.rmtree(folder)
    else:
        say(f"Everything of it is in {folder}")
    return 0 if ok else 1


def _print(tally: Tally, played: float, whole: float) -> None:
    say()
    say(
        f"shown {tally.shown} codes and plates ({tally.tried_again} shown again), {tally.decisions} decisions, {tally.granted} granted"
    )
    for reason, number in sorted(tally.reasons.items(), key=lambda r: -r[1]):
        say(f"  {number:5}  {reason}")
    say(f"relays moved {tally.relay_moves} times; journal {tally.journal_lines} lines; central {tally.at_central} rows")
    if tally.unopened:
        say(
            f"{tally.unopened} granted lines without a pulse: the edge was killed between commit and pulse (never the other way round)"
        )
    say(f"played in {played:.1f} s, {whole:.1f} s in all")
    for line in tally.differences[:40]:
        say(f"DIFFERENCE  {line}")
    say(f"{len(tally.differences)} differences")


async def run_demo() -> int:
    folder = Path(tempfile.mkdtemp(prefix="gatelatch-demo-"))
    demo = Demo(folder, load())
    async with demo.running(lambda text: say(f"  starting {text}")):
        page = DemoPage(demo.world, demo.central, demo.desk)
        await page.start()
        say(f"""
  The console     {demo.desk}
  sign in as      {LOGIN}
  password        {demo.password}      (said this once)

  The gate        {page.url}      ("scan this" for every card and plate)

  Three things to try:
   1. Let a card in: press "scan" beside Ada Lovelace and watch the console.
   2. See a refusal and why: scan Mallory or Edsger, then open the event.
   3. In the console set Ada inactive, and scan her card again.

  Ctrl-C ends it. Everything is kept in {folder}
""")
        try:
            while demo.product.alive:  # noqa: ASYNC110 - a child process has no event for its end
                await asyncio.sleep(0.5)
            say(f"gatelatch ended by itself; its log is {folder / 'gatelatch.log'}")
        except asyncio.CancelledError:
            pass
        finally:
            await page.stop()
            say(f"\nstopping. Everything is in {folder}")
    return 0


def main(*, check: bool, kill: bool, as_json: bool, keep: bool) -> int:
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    if sys.platform != "linux":
        say("The demo needs Linux.")
        return 2
    try:
        return asyncio.run(_stoppable(run_check(kill=kill, as_json=as_json, keep=keep) if check else run_demo()))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0


async def _stoppable(work: Coroutine[Any, Any, int]) -> int:
    """SIGTERM and SIGHUP (the terminal was closed) end it as Ctrl-C does: nothing is left running."""
    task = asyncio.current_task()
    assert task
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await work
