"""`hw-sim central`: the central server as a process of its own beside any broker, with its page, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import click

from hw_sim.broker import broker_address
from hw_sim.central import KEY_ID, Central
from hw_sim.central_page import CentralPage


@click.command()
@click.option("--broker", required=True, metavar="HOST:PORT", callback=broker_address, help="The broker that the edges speak with.")
@click.option("--folder", required=True, type=click.Path(path_type=Path), help="Its store and signing key; made when it is new.")
@click.option("--port", default=0, help="Of the page, on the loopback; a free one otherwise.")
@click.option("--ca", type=click.Path(exists=True), help="TLS 1.3: who vouches for the broker (PEM).")
@click.option("--certificate", type=click.Path(exists=True), help="With --ca: its own certificate (PEM).")
@click.option("--key", type=click.Path(exists=True), help="With --certificate: its key (PEM).")
def central(broker: tuple[str, int], folder: Path, port: int, ca: str | None, certificate: str | None, key: str | None) -> None:
    """The central server on a broker, with a page that shows what it knows and has a switch for every fault."""
    asyncio.run(_serve(Central(folder, broker, _tls(ca, certificate, key)), port))


def _tls(ca: str | None, certificate: str | None, key: str | None) -> ssl.SSLContext | None:
    if ca is None:
        return None
    made = ssl.create_default_context(cafile=ca)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    if certificate:
        made.load_cert_chain(certificate, key)
    return made


@contextlib.asynccontextmanager
async def central_process(folder: Path, port: int, *options: str) -> AsyncIterator[str]:
    """`hw-sim central` as a child beside the broker at this port of the loopback, its store in `folder`; gives its public key."""
    command = [sys.executable, "-m", "hw_sim", "central", "--broker", f"127.0.0.1:{port}", "--folder", str(folder), *options]
    child = await asyncio.create_subprocess_exec(*command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        assert child.stdout
        said = (await child.stdout.readline()).decode()
        if not said:
            raise RuntimeError("the central server did not start")
        yield said.split('"')[1]
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        await child.wait()


async def _serve(central: Central, port: int) -> None:
    page = CentralPage(central)
    await central.start()
    await page.start(port)
    click.echo(f'central_keys = {{ {KEY_ID} = "{central.public_key}" }}\n{page.url}')
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    await page.stop()
    await central.stop()
