"""live-lag and admit-consoles: twenty consoles hold the live page's stream while people come in, in four languages.

The edge is in this process, the desk in its own as it is run, the consoles in a third: `python -m benches.consoles PORT NUMBER`.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from hw_sim.broker import free_port

from benches.admit import Running, admit_times, run, settings_of
from benches.people import up
from benches.site import POINT, adder, codes, site, uuid
from benches.table import Figure, at_most, below, bench, percentile
from edge.app import Edge
from edge.commands.users import DEFAULT_ROLES
from edge.core.model import LANGUAGES, CredentialKind, Reading, Role, User
from edge.settings import parse
from edge.store.files import Files, connect

CONSOLES = 20
HZ = 10
"""Readings a second: a busy morning at several gates."""
FOR_S = 45.0
FOREVER = 4_000_000_000_000
LAG_MS = 300
HEAD, LINE = b"retry:", re.compile(rb"^id: (\d+)\r?$", re.MULTILINE)


@bench("live-lag", "admit-consoles")
def consoles() -> Iterator[Figure]:
    """Lag: from the time of an event (taken before it is judged, so the commit is within) to the bytes of its line at each console."""
    with site() as files:
        _let_in(files)
        idle, busy, lags, lost = run(_measured(files))
    if lost:
        raise SystemExit(f"{lost} lines never came to a console")
    shown = f"p50 {percentile(lags, 0.5):.0f}, p95 {percentile(lags, 0.95):.0f}, most {max(lags):.0f} ms; {len(lags)} lines at {CONSOLES} consoles"
    yield below("live-lag", percentile(lags, 0.99), LAG_MS, "ms", note=shown)
    p99 = percentile(idle, 0.99) * 1000
    yield at_most("admit-consoles", percentile(busy, 0.99) * 1000, p99, 3, "ms", note=f"{len(busy)} admitted, {HZ} a second")


def _let_in(files: Files) -> None:
    """A guard for each language, and a session for each console."""
    db = connect(files.roster)
    add = adder(db)
    add(Role(id=uuid("role", 9), ver=1, name="Watch", rights=tuple(right.value for right in DEFAULT_ROLES["Guard"])))
    for language in LANGUAGES:
        add(User(id=uuid(language, 9), ver=1, login=f"guard-{language}", role=uuid("role", 9), language=language))
    for number in range(CONSOLES):
        digest = hashlib.sha256(f"console-{number}".encode()).digest()
        user = uuid(LANGUAGES[number % len(LANGUAGES)], 9)
        db.execute("INSERT INTO session (token_hash, user, created_at, seen_at, expires_at, client) VALUES (?, ?, 1, ?, ?, '')",
                   (digest, user, FOREVER, FOREVER))  # fmt: skip
    db.close()


async def _measured(files: Files) -> tuple[list[float], list[float], list[float], int]:
    """(seconds of an admit without and with consoles, ms from each event to each console, lines that a console never got)."""
    port = free_port()
    settings = files.folder / "gatelatch.toml"
    text = settings_of(files) + f'[desk]\nlisten = "127.0.0.1:{port}"\n'
    settings.write_text(text)
    async with Edge(parse(text)).running() as edge:
        running = Running(edge)
        await admit_times(running, codes(31, 300))
        with _desk(settings):
            await up(port)
            idle, _ = await _steadily(running, 32)
            watching = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "benches.consoles", str(port), str(CONSOLES), stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            assert watching.stdout
            await watching.stdout.readline()  # all of them are connected
            await asyncio.sleep(2)
            busy, at = await _steadily(running, 33)
            await asyncio.sleep(2)
            heard, _ = await watching.communicate(b"")  # the end of what it reads is the end of watching
    arrived = msgspec.json.decode(heard, type=list[dict[int, float]])
    lags = [then[seq] - when for then in arrived for seq, when in at.items() if seq in then]
    return idle, busy, lags, len(at) * CONSOLES - len(lags)


async def _steadily(running: Running, seed: int) -> tuple[list[float], dict[int, int]]:
    """Readings at an even pace: (seconds of each, event -> its time)."""
    loop = asyncio.get_running_loop()
    began, times, at = loop.time(), list[float](), dict[int, int]()
    for number, code in enumerate(codes(seed, int(FOR_S * HZ))):
        await asyncio.sleep(max(0, began + number / HZ - loop.time()))
        start = time.perf_counter()
        admission = await running.gate.serve(Reading(reader="bench", access_point=POINT, kind=CredentialKind.QR, text=code))
        times.append(time.perf_counter() - start)
        at[admission.event.seq] = admission.event.at
    return times, at


@contextmanager
def _desk(settings: object) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "admin_api", "--settings", str(settings), "--log", "error"])
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


# ---------------------------------------------------------------------------------------------------- the consoles themselves


async def _console(port: int, number: int, heard: dict[int, float], connected: asyncio.Event) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"GET /live/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nCookie: gatelatch=console-{number}\r\n\r\n"
    )
    writer.write(head.encode())
    while piece := await reader.read(1 << 20):
        now = time.time() * 1000
        if HEAD in piece:
            connected.set()
        for seq in LINE.findall(piece):
            heard.setdefault(int(seq), now)


async def _watch(port: int, number: int) -> None:
    heard: list[dict[int, float]] = [{} for _ in range(number)]
    ready = [asyncio.Event() for _ in range(number)]
    tasks = [asyncio.create_task(_console(port, n, heard[n], ready[n])) for n in range(number)]
    await asyncio.gather(*(event.wait() for event in ready))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    sys.stdout.write(msgspec.json.encode(heard).decode())


if __name__ == "__main__":
    run(_watch(int(sys.argv[1]), int(sys.argv[2])))
