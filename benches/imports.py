"""import and import-lock-down: 50 000 customers from a file into a roster of 10 000, over the real desk and socket, and a lock-down
asked for five times a second meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import httpx
import uvloop
from hw_sim.broker import free_port
from hw_sim.product import Product

from admin_api.edge_client import EdgeClient
from benches.people import name_of
from benches.site import ROOT, adder, opened, site, uuid
from benches.table import Figure, below, bench, percentile
from edge.commands.site import SetMode
from edge.core.model import Permission, Record, Role, User
from edge.core.people import Company, Customer
from edge.core.place import AccessPoint, Mode, Zone
from edge.store import search
from edge.store.files import Files

ROWS, THERE, COMPANIES = 50_000, 10_000, 500
FOREVER = 1 << 50
EVERY_S, ALONE_S = 0.2, 12.0
LEAST = 3000


def build(folder: Path, customers: int) -> None:
    _, _, db = opened(folder)
    add = adder(db)

    def findable(record: Record) -> None:
        add(record)
        search.keep(db, [(None, record)])

    add(Role(id=uuid("role", 1), ver=1, name="Bench", rights=tuple(p.value for p in Permission)))
    add(User(id=uuid("user", 1), ver=1, login="bench", role=uuid("role", 1)))
    for token in ("desk", "door"):
        digest = hashlib.sha256(token.encode()).digest()
        db.execute("INSERT INTO session VALUES (?, ?, 1, ?, ?, '')", (digest, uuid("user", 1), FOREVER, FOREVER))
    add(Zone(id=uuid("zone", 1), ver=1, name="Main"))
    add(AccessPoint(id=uuid("point", 1), ver=1, name="Main in", door="main", to_zone=uuid("zone", 1)))
    for number in range(COMPANIES):
        findable(Company(id=uuid("company", number), ver=1, name=f"Company {number}"))
    for number in range(customers):
        first, last = name_of(number)
        findable(Customer(id=uuid("customer", number), ver=1, name=f"{first} {last}", first_name=first, last_name=last, number=number + 1,
                          email=f"there{number}@example.org", mobile=f"+48 6{number:08}", created_at=number))  # fmt: skip
    db.execute("UPDATE head SET rev = 1, config_rev = 1, next_number = ?", (customers + 1,))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def file() -> bytes:
    """Rows as a membership list has them: twelve columns, half of them filled in all rows."""
    lines = ["First name;Last name;E-mail;Mobile;Company;Street;Postal code;City;Country;Language;Born;Notes"]
    for number in range(ROWS):
        first, last = name_of(number)
        lines.append(
            f"{first};{last};{first}.{last}{number}@example.org;+48 5{number:08};Company {number % COMPANIES};Portowa {number % 300};"
            f"{number % 90 + 10}-{number % 1000:03};Gdynia;PL;pl;19{number % 90 + 10}-05-0{number % 9 + 1};"
        )
    return "\n".join(lines).encode()


@bench("import", "import-check", "import-lock-down", "import-lock-down/max", "import-undo")
def imports() -> Iterator[Figure]:
    """From `apply` to the last commit; before it the check, after it the undo."""
    ROOT.mkdir(parents=True, exist_ok=True)
    with site(THERE, build, "imports") as files, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield from runner.run(_measured(files))


async def _measured(files: Files) -> list[Figure]:
    port = free_port()
    settings = files.folder / "gatelatch.toml"
    settings.write_text(f'state = "{files.folder}"\n[desk]\nlisten = "127.0.0.1:{port}"\n')
    product = Product(settings, files.folder / "log")
    product.start()
    edge = EdgeClient(files.socket)
    try:
        headers = {"Authorization": "Bearer desk"}
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}/api/v1", headers=headers, trust_env=False, timeout=60
        ) as http:
            await _up(http, edge)
            begun = perf_counter()
            job = (await http.post("/imports", params={"kind": "customers", "file": "bench.csv"}, content=file())).json()
            job = await over(http, job["id"])
            checked = ROWS / (perf_counter() - begun)
            if job["counts"]["new"] != ROWS:
                raise SystemExit(f"the file was not understood: {job['counts']} {job['problem']}")
            alone, waits = list[float](), list[float]()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ALONE_S):
                    await _lock_down(edge, alone)
            asking = asyncio.create_task(_lock_down(edge, waits))
            begun = perf_counter()
            await http.post(f"/imports/{job['id']}/apply", json={})
            job = await over(http, job["id"])
            rate = ROWS / (perf_counter() - begun)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            if job["state"] != "applied" or job["result"]["made"] != ROWS:
                raise SystemExit(f"it was not applied: {job['state']} {job['problem']}")
            begun = perf_counter()
            await http.post(f"/imports/{job['id']}/undo", json={})
            await over(http, job["id"])
            back = ROWS / (perf_counter() - begun)
    finally:
        await edge.close()
        await product.stop()
    p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
    return [
        _least("import", rate, LEAST, "rows/s"),
        _least("import-check", checked, 1000, "rows/s"),
        below(
            "import-lock-down",
            p99,
            100,
            "ms",
            note=f"p50 {p50:.1f} ms of {len(waits)}; with nothing else {percentile(alone, 0.5):.1f}, at most {max(alone):.1f}",
        ),
        below("import-lock-down/max", max(waits), 100, "ms"),
        _least("import-undo", back, 1000, "rows/s"),
    ]


def _least(name: str, ours: float, least: float, unit: str) -> Figure:
    """A figure with an absolute bar below it."""
    return Figure(
        bench=name, ours=ours, limit=least, ratio=round(ours / least, 3), unit=unit, bar=f">= {least:g} {unit}", ok=ours >= least
    )


async def _up(http: httpx.AsyncClient, edge: EdgeClient) -> None:
    for _ in range(400):
        try:
            if (await http.get("/customers", params={"limit": 1})).status_code == 200 and await edge.reachable():
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.05)
    raise SystemExit("it does not come up")


async def over(http: httpx.AsyncClient, id: str) -> dict[str, object]:
    while True:
        job = (await http.get(f"/imports/{id}", params={"wait": 30})).json()
        if job["state"] not in ("checking", "applying", "undoing"):
            return dict(job)


async def _lock_down(edge: EdgeClient, waits: list[float]) -> None:
    """Locked down and back to normal in turn, each timed (ms). At odd moments: at even ones it would fall into step with the steps."""
    chance = random.Random(5)
    while True:
        for mode in (Mode.LOCKED_DOWN, Mode.NORMAL):
            begun = perf_counter()
            await edge.send(SetMode(mode=mode, access_point=uuid("point", 1), reason="bench"), token="door")
            waits.append((perf_counter() - begun) * 1000)
            await asyncio.sleep(EVERY_S * chance.uniform(0.5, 1.5))
