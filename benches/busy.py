"""admit-busy: p99 of admit while a file is exported, another one imported, and fifty people a second search."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from urllib.parse import urlencode

import httpx
import msgspec
from hw_sim.broker import free_port

from benches import imports
from benches.admit import ADMITS, Running, admit_times, run, settings_of
from benches.people import CARDS, CUSTOMERS, TOKENS, Client, build, queries, up
from benches.site import POINT, adder, codes, site, uuid
from benches.table import Figure, at_most, bench, percentile
from edge.app import Edge
from edge.core.model import Permission
from edge.core.place import AccessPoint, Antipassback, Profile, Zone
from edge.settings import parse
from edge.store.files import Files, connect

SEARCHES_HZ = 50
LEAST_S = 20.0
"""Measured for at least so long; the export and the import begin again when they are over."""


@bench("admit-busy")
def admit_busy() -> Iterator[Figure]:
    """The edge in this process, the desk and its children in theirs, on one machine."""
    with site(CUSTOMERS, build, "people") as files:
        _open_up(files)
        idle, busy, done = run(_measured(files))
    p99 = percentile(idle, 0.99) * 1000
    yield at_most("admit-busy", percentile(busy, 0.99) * 1000, p99, 3, "ms", note=f"{len(busy)} admitted; meanwhile {done}")


def _open_up(files: Files) -> None:
    """Every company's people may come in at POINT, and the bench's user may do everything."""
    db = connect(files.roster)
    add = adder(db)
    zone, profile = uuid("zone", 1), uuid("profile", 1)
    add(Zone(id=zone, ver=1, name="Main", antipassback=Antipassback.OFF))
    add(AccessPoint(id=uuid("point", 1), ver=1, name=POINT, door="main", to_zone=zone))
    add(Profile(id=profile, ver=1, name="All"))
    db.execute("INSERT INTO profile_zone (profile, zone) VALUES (?, ?)", (profile, zone))
    db.execute("UPDATE company SET held = ?", (profile,))
    db.execute("UPDATE role SET rights = ?", (msgspec.json.encode([p.value for p in Permission]).decode(),))
    db.execute("UPDATE head SET config_rev = config_rev + 1")
    db.close()


async def _measured(files: Files) -> tuple[list[float], list[float], str]:
    port = free_port()
    settings = settings_of(files) + f'[desk]\nlisten = "127.0.0.1:{port}"\n'
    written = files.folder / "gatelatch.toml"
    written.write_text(settings)
    async with Edge(parse(settings)).running() as edge:
        running = Running(edge)
        await admit_times(running, codes(6, 500, CARDS))
        idle = await admit_times(running, codes(7, ADMITS, CARDS))
        with _desk(written, files):
            await up(port)
            load = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "benches.busy", str(port), stdout=asyncio.subprocess.PIPE
            )
            assert load.stdout is not None
            said = asyncio.create_task(load.stdout.read())
            busy, shown = list[float](), codes(8, 2000, CARDS)
            while not said.done():
                busy += await admit_times(running, shown[len(busy) % 2000 : len(busy) % 2000 + 50])
            await load.wait()
    return idle, busy, said.result().decode().strip()


async def _load(port: int) -> None:
    """All three at once, for LEAST_S and until each was done at least once; says what was done. A process of its own: what asks takes
    no time from what is measured."""
    done = {"searches": 0, "exports": 0, "imports": 0}
    works = [asyncio.create_task(work(port, done)) for work in (_searching, _exporting, _importing)]
    begun = perf_counter()
    while perf_counter() < begun + LEAST_S or not all(done.values()):
        await asyncio.sleep(0.2)
        for work in works:
            if work.done():
                work.result()
    for work in works:
        work.cancel()
    print(", ".join(f"{number} {what}" for what, number in done.items()))


@contextmanager
def _desk(settings: Path, files: Files) -> Iterator[None]:
    with (files.folder / "log").open("ab") as log:
        desk = subprocess.Popen([sys.executable, "-m", "admin_api", "--settings", str(settings)], stdout=log, stderr=log)
    try:
        yield
    finally:
        desk.terminate()
        desk.wait(20)


async def _searching(port: int, done: dict[str, int]) -> None:
    """At their times, however long the answers take."""
    paths = [f"/api/v1/customers?{urlencode(query)}" for query in queries(1000)]
    async with Client(port) as client:
        begun = perf_counter()
        while True:
            await client.get(paths[done["searches"] % len(paths)])
            done["searches"] += 1
            await asyncio.sleep(max(0.0, begun + done["searches"] / SEARCHES_HZ - perf_counter()))


async def _exporting(port: int, done: dict[str, int]) -> None:
    async with _api(port, 1) as http:
        while True:
            job = (await http.post("/exports", json={"area": "customers", "format": "xlsx"})).json()
            while job["state"] in ("waiting", "running"):
                job = (await http.get(f"/exports/{job['id']}", params={"wait": 30})).json()
            done["exports"] += 1


async def _importing(port: int, done: dict[str, int]) -> None:
    async with _api(port, 2) as http:
        while True:
            job = (await http.post("/imports", params={"kind": "customers", "file": "bench.csv"}, content=imports.file())).json()
            await imports.over(http, job["id"])
            await http.post(f"/imports/{job['id']}/apply", json={})
            if (job := await imports.over(http, job["id"]))["state"] != "applied":
                raise SystemExit(f"it was not applied: {job}")
            done["imports"] += 1
            await http.post(f"/imports/{job['id']}/undo", json={})
            await imports.over(http, job["id"])


def _api(port: int, token: int) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer token-{TOKENS - token}"}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1", headers=headers, trust_env=False, timeout=120)


if __name__ == "__main__":
    asyncio.run(_load(int(sys.argv[1])))
