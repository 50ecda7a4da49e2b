"""`gatelatch doctor`: is everything there that the gate needs; one line each, exit code 1 when something is not."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import click
import msgspec
from msgspec import Struct

from edge.cli.client import ask
from edge.cli.options import settings_and_files, settings_option
from edge.clock import kernel_says_synchronised, wall_ms
from edge.commands.doors import GetHealth
from edge.core.device import CameraReader, GpioDoor, LineDoor, SerialReader
from edge.core.errors import HouseError
from edge.core.model import BUILT_AT
from edge.settings import Settings, host_port
from edge.store.files import Files, connect
from edge.store.journal import verify

DISK_LOW = 500 << 20
REACH_S = 2.0


class Finding(Struct, frozen=True):
    """One line: what was looked at, is it well (None: worth knowing, no fault), and what to do."""

    what: str
    well: bool | None
    says: str


@click.command()
@settings_option
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON.")
def doctor(settings_path: Path, as_json: bool) -> None:
    """Look at settings, devices, clock, disk, broker, databases and the running edge. Changes nothing."""
    findings = list(examine(settings_path))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(findings)).decode())
    else:
        for finding in findings:
            mark = (
                click.style("ok  ", fg="green")
                if finding.well
                else click.style("note", fg="yellow")
                if finding.well is None
                else click.style("BAD ", fg="red")
            )
            click.echo(f"{mark} {finding.what}: {finding.says}")
    if any(f.well is False for f in findings):
        raise SystemExit(1)


def examine(path: Path) -> Iterator[Finding]:
    """Every finding in turn; one look that fails does not end the others."""
    try:
        settings, files = settings_and_files(path)
    except HouseError as error:
        yield Finding("settings", False, error.message)
        return
    yield Finding("settings", True, str(path))
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        lambda: _readers(settings),
        lambda: _doors(settings),
        _clock,
        lambda: _disk(files),
        lambda: _broker(settings),
        lambda: _databases(files),
        lambda: _edge(files),
    )
    for look in looks:
        try:
            yield from look()
        except (OSError, sqlite3.Error) as error:
            yield Finding("doctor", False, f"a look failed: {error}")


def _device(what: str, path: str) -> Finding:
    if not Path(path).exists():
        return Finding(
            what, False, f"{path} is not there. Plugged in? `ls -l /dev/serial/by-id /dev/video* /dev/gpiochip*` shows what is."
        )
    if not os.access(path, os.R_OK | os.W_OK):
        return Finding(what, False, f"{path} may not be opened by this user; add it to the group that owns it, or ask as root.")
    return Finding(what, True, path)


def _reach(what: str, host: str, port: int, hint: str) -> Finding:
    try:
        with socket.create_connection((host, port), REACH_S):
            return Finding(what, True, f"{host}:{port} answers")
    except OSError as error:
        return Finding(what, False, f"{host}:{port} does not answer ({error}). {hint}")


def _readers(settings: Settings) -> Iterator[Finding]:
    for reader in settings.reader:
        if isinstance(reader, SerialReader):
            yield _device(f"reader {reader.name}", reader.port)
        elif isinstance(reader, CameraReader):
            kind, _, rest = reader.source.partition(":")
            if kind == "v4l2":
                yield _device(f"camera {reader.name}", rest)
            elif kind == "folder":
                folder = rest.partition("?")[0]
                yield Finding(f"camera {reader.name}", Path(folder).is_dir(), f"folder {folder}")
            else:
                url = urlsplit(reader.source)
                port = url.port or {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}[kind]
                yield _reach(f"camera {reader.name}", url.hostname or "", port, "Is the camera on, and its address right?")


def _doors(settings: Settings) -> Iterator[Finding]:
    for door in settings.door:
        if isinstance(door, GpioDoor):
            yield _device(f"door {door.name}", door.chip)
        elif isinstance(door, LineDoor):
            yield _reach(f"door {door.name}", *host_port(door.address), "Is the board on, and its address right?")


def _clock() -> Iterator[Finding]:
    if kernel_says_synchronised():
        yield Finding("clock", True, "set by the network")
    elif wall_ms() < BUILT_AT:
        yield Finding("clock", False, "it is in the past: set it (`timedatectl`), or fit a battery-backed clock; hours go by it")
    else:
        yield Finding("clock", None, "not set by the network; `timedatectl` shows why. Hours and validity go by it all the same")


def _disk(files: Files) -> Iterator[Finding]:
    if not files.folder.is_dir():
        yield Finding("state", False, f"{files.folder} is not there; `gatelatch run` makes it where it may")
        return
    free = shutil.disk_usage(files.folder).free
    yield Finding(
        "disk",
        free > DISK_LOW,
        f"{free >> 20} MB free in {files.folder}" + ("" if free > DISK_LOW else "; make room: the journal must be written"),
    )
    kinds = {m.split()[1]: m.split()[2] for m in Path("/proc/mounts").read_text().splitlines()}
    mount = next((p for p in (files.folder.resolve(), *files.folder.resolve().parents) if str(p) in kinds), None)
    if mount and kinds[str(mount)] in ("tmpfs", "ramfs"):
        yield Finding(
            "disk", False, f"{files.folder} is in memory ({kinds[str(mount)]}): all is lost with the power. Put `state` on a disk."
        )


def _broker(settings: Settings) -> Iterator[Finding]:
    if settings.sync is None:
        yield Finding("broker", None, "none in the settings: this edge runs alone")
        return
    url = urlsplit(settings.sync.broker)
    port = url.port or (8883 if url.scheme == "mqtts" else 1883)
    yield _reach("broker", url.hostname or "", port, "Events wait in the journal until it does.")


def _databases(files: Files) -> Iterator[Finding]:
    for name, path in (("roster", files.roster), ("journal", files.journal)):
        if not path.exists():
            yield Finding(name, None, f"{path} is not there yet; the first start makes it")
            continue
        try:
            with closing(connect(path, read_only=True)) as db:
                found = db.execute("PRAGMA quick_check").fetchone()[0]
                if found != "ok":
                    yield Finding(name, False, f"damaged: {found}. `gatelatch restore BACKUP` puts a backup back.")
                elif name == "journal":
                    count, wrong = verify(db)
                    yield Finding(
                        name, not wrong, f"{count} events verify" if not wrong else f"{wrong[0]} (and {len(wrong) - 1} more)"
                    )
                else:
                    yield Finding(name, True, "sound")
        except (HouseError, sqlite3.Error) as error:
            yield Finding(name, False, f"{path}: {error}")


def _edge(files: Files) -> Iterator[Finding]:
    try:
        report = ask(files.socket, GetHealth(), timeout_s=5)
    except HouseError as error:
        yield Finding("edge", None if not files.socket.exists() else False, error.message)
        return
    yield Finding("edge", True, f"version {report['version']} decides")
    for part in report["parts"]:
        if part["state"] != "up":
            yield Finding(f"{part['kind']} {part['name']}", None if part["state"] == "trouble" else False, part.get("detail", ""))
