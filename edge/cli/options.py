"""What every verb shares: which settings file, and errors as one line."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import click

from edge.core.device import Device
from edge.core.errors import HouseError
from edge.core.place import POLICY_ID, SitePolicy
from edge.settings import Settings, load, with_console
from edge.store.files import VERSIONS, Files, connect
from edge.store.rows import every

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_SETTINGS = "/etc/gatelatch/gatelatch.toml"

settings_option = click.option(
    "--settings",
    "settings_path",
    type=click.Path(path_type=Path),
    default=lambda: Path(os.environ.get("GATELATCH_SETTINGS", DEFAULT_SETTINGS)),
    help=f"Settings file (or GATELATCH_SETTINGS; otherwise {DEFAULT_SETTINGS}).",
)


def one_line_errors(verb: F) -> F:
    """A HouseError ends the verb with its one line and exit code 1."""

    @functools.wraps(verb)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return verb(*args, **kwargs)
        except HouseError as error:
            where = f"{error.field}: " if error.field and not error.message.startswith(error.field) else ""
            raise click.ClickException(where + error.message) from error

    return wrapped  # type: ignore[return-value]


def settings_and_files(path: Path) -> tuple[Settings, Files]:
    """The settings as the edge goes by them: those of the file with what was set from the console over them. Raises SettingsError."""
    settings = load(path)
    files = Files(Path(settings.state))
    return over(settings, files), files


def over(settings: Settings, files: Files) -> Settings:
    """With what was set from the console, where there is a roster that knows of it."""
    if not files.roster.exists():
        return settings
    with closing(connect(files.roster, read_only=True)) as db:
        if db.execute("PRAGMA user_version").fetchone()[0] < VERSIONS["roster"]:
            return settings  # an older version's: the next start makes it a new one
        policy = next(iter(every(db, SitePolicy)), SitePolicy(id=POLICY_ID))
        found, _left_out = with_console(settings, policy, every(db, Device))
    return found
