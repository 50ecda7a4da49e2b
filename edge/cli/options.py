"""What every verb shares: which settings file, and errors as one line."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from edge.core.errors import HouseError
from edge.settings import Settings, load
from edge.store.files import Files

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
    settings = load(path)
    return settings, Files(Path(settings.state))
