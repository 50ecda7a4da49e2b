"""start and rss: the processes as they are run, from outside."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter

from hw_sim import draw
from hw_sim.broker import free_port
from hw_sim.camera import CameraServer
from hw_sim.door import DoorBoard
from hw_sim.product import Product
from hw_sim.serial_line import SerialScanner

from benches.admit import run
from benches.site import CARDS, POINT, code, codes, site
from benches.table import Figure, at_most, below, bench, percentile
from edge.store.files import Files, connect

STARTS = 7
DECISIONS = 10_000
LIMIT = """
import sys
import aiomqtt, argon2, click, cryptography.hazmat.primitives.asymmetric.ed25519, msgspec, serialx, structlog, uvloop
import asyncio, sqlite3
db = sqlite3.connect(sys.argv[1])
db.execute("SELECT c.id FROM card c JOIN customer u ON u.id = c.customer WHERE c.last4 = '0001' LIMIT 1").fetchone()
"""


def settings_of(files: Files, scanner: SerialScanner, board: DoorBoard, more: str = "") -> Path:
    path = files.folder / "gatelatch.toml"
    path.write_text(f"""
state = "{files.folder}"
[desk]
listen = "127.0.0.1:{free_port()}"
[[door]]
driver = "line"
name = "main"
address = "127.0.0.1:{board.port}"
[[reader]]
driver = "serial"
name = "scanner"
access_point = "{POINT}"
port = "{scanner.path}"
{more}""")
    return path


@bench("start", "start/absolute")
def start_bench() -> Iterator[Figure]:
    """Process start to the relay's move for a code that was waiting on the line."""
    with site() as files:
        ours, limit = run(_starts(files))
    yield at_most("start", percentile(ours, 0.5), percentile(limit, 0.5), 2, "s")
    yield below("start/absolute", percentile(ours, 0.5), 1.5, "s")


async def _starts(files: Files) -> tuple[list[float], list[float]]:
    ours: list[float] = []
    limit: list[float] = []
    async with devices(files) as (scanner, board):
        settings = settings_of(files, scanner, board)
        for number in range(STARTS):
            begun = perf_counter()
            subprocess.run([sys.executable, "-c", LIMIT, str(files.roster)], check=True)
            limit.append(perf_counter() - begun)
            board.changed.clear()
            scanner.unplug()
            scanner.plug_in()
            begun = perf_counter()
            edge = subprocess.Popen(
                [sys.executable, "-m", "edge", "run", "--edge-only", "--settings", str(settings)], stderr=subprocess.DEVNULL
            )
            await first_move(scanner, board, code(number))
            ours.append(perf_counter() - begun)
            edge.terminate()
            await asyncio.to_thread(edge.wait)
    return ours, limit


async def first_move(scanner: SerialScanner, board: DoorBoard, text: str) -> None:
    """Show a card again and again until the relay moves: the first decision that can be made is made."""
    while not board.changed.is_set():
        scanner.scan(text)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.02):
                await board.changed.wait()


@asynccontextmanager
async def devices(files: Files) -> AsyncIterator[tuple[SerialScanner, DoorBoard]]:
    scanner, board = SerialScanner(files.folder / "tty"), DoorBoard("main", walker=False)
    scanner.plug_in()
    await board.start()
    try:
        yield scanner, board
    finally:
        await board.stop()
        scanner.unplug()


@bench("rss/edge", "rss/desk", "rss/eyes")
def rss_bench() -> Iterator[Figure]:
    """Private memory after 10 000 decisions, with one QR and one plate camera at work."""
    with site() as files:
        sizes = asyncio.run(_sizes(files))
    for name, most in (("edge", 80), ("desk", 110), ("eyes", 300)):
        yield below(f"rss/{name}", sizes[name], most, "MB")


async def _sizes(files: Files) -> dict[str, float]:
    async with devices(files) as (scanner, board), CameraServer(("codes", "plates")) as cameras:
        more = "".join(
            f'[[reader]]\ndriver = "camera"\nname = "{name}"\naccess_point = "{POINT}"\nsource = "{cameras.url(name)}"\nreads = ["{kind}"]\n'
            for name, kind in (("codes", "qr"), ("plates", "plate"))
        )
        product = Product(settings_of(files, scanner, board, more), files.folder / "log")
        product.start()
        try:
            cameras.show("codes", draw.phone("BENCH-PHONE-1", 1))
            cameras.show("plates", draw.car("WX 4821K", 2))
            await first_move(scanner, board, code(1))
            await _decide(files, scanner, DECISIONS)
            return {part: private_mb(product.pid(part)) for part in ("edge", "desk", "eyes")}
        finally:
            await product.stop()


async def _decide(files: Files, scanner: SerialScanner, number: int, cards: int = CARDS) -> None:
    """So many codes over the serial line, never more on it than it holds."""
    db = connect(files.journal, read_only=True)
    try:
        for start in range(0, number, 50):
            for text in codes(start, 50, cards):
                scanner.scan(text)
            wanted = start + 50
            while db.execute("SELECT seq FROM head").fetchone()[0] < wanted:
                await asyncio.sleep(0.005)
    finally:
        db.close()


def private_mb(pid: int | None) -> float:
    """Private pages of a process, MB."""
    if pid is None:
        raise SystemExit("a process that should run does not")
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(row.split()[1]) for row in rows if row.startswith("Private_")) / 1024
