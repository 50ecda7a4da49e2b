"""`gatelatch backup` and `gatelatch restore`."""

from __future__ import annotations

import socket
from datetime import datetime
from pathlib import Path

import click

from edge import __version__
from edge.cli.options import one_line_errors, settings_and_files, settings_option
from edge.clock import wall_ms
from edge.core.errors import Conflict
from edge.identity import uuid7
from edge.store import backup as room
from edge.store.files import Files


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@settings_option
@one_line_errors
def backup(file: Path, settings_path: Path) -> None:
    """Write a verified backup to FILE while the edge runs. It holds keys and password hashes: keep it like them."""
    _, files = settings_and_files(settings_path)
    manifest = room.backup(files, file, at=wall_ms(), program=__version__)
    click.echo(f"{file}: {manifest.events} events up to {manifest.last_seq}, verified.")


@click.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@settings_option
@one_line_errors
def restore(file: Path, settings_path: Path) -> None:
    """Put the backup FILE in place of the databases. The edge has to be stopped; what was there is kept beside."""
    _, files = settings_and_files(settings_path)
    if runs(files):
        raise Conflict("the edge is running; stop it first (`systemctl stop gatelatch-edge`, or Ctrl-C of `gatelatch run`)")
    manifest, aside = room.restore(file, files, at=wall_ms(), new_log_id=uuid7())
    when = datetime.fromtimestamp(manifest.at / 1000).astimezone().isoformat(" ", "minutes")
    click.echo(f"{files.folder}: as of {when}, {manifest.events} events, under a new log id; central gets them again.")
    if aside:
        click.echo(f"What was there before is in {aside}")


def runs(files: Files) -> bool:
    """Does an edge answer on this state's socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(files.socket))
        except OSError:
            return False
        return True
