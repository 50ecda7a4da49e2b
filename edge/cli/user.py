"""`gatelatch user`: the first administrator, and a way back in."""

from __future__ import annotations

from pathlib import Path

import click

from edge.cli.client import ask
from edge.cli.options import one_line_errors, settings_and_files, settings_option
from edge.commands.users import AddUser
from edge.core.errors import NotFound
from edge.store.files import Files, connect


@click.group()
def user() -> None:
    """People who sign in at the desk."""


@user.command("add")
@click.argument("login")
@settings_option
@click.option("--role", default="Administrator", show_default=True)
@click.option("--name", default="", help="How the console greets them.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="GATELATCH_PASSWORD")
@one_line_errors
def add(login: str, settings_path: Path, role: str, name: str, password: str) -> None:
    """Add a user LOGIN with a role. The edge has to run."""
    _, files = settings_and_files(settings_path)
    made = ask(files.socket, AddUser(fields={"login": login, "name": name, "role": _role(files, role)}, password=password))
    click.echo(f"{made['login']} may sign in as {role}.")


def _role(files: Files, name: str) -> str:
    db = connect(files.roster, read_only=True)
    try:
        rows = dict(db.execute("SELECT name, id FROM role").fetchall())
    finally:
        db.close()
    if name not in rows:
        raise NotFound(f"there is no role {name}; there are {', '.join(sorted(rows))}", field="--role")
    return str(rows[name])
