"""Verbs that look and change nothing: check, decide, journal verify, version."""

from __future__ import annotations

import json
from datetime import datetime
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec

from edge import __version__
from edge.cli.client import ask
from edge.cli.options import one_line_errors, settings_and_files, settings_option
from edge.commands.doors import Explain, ExplainEvent
from edge.core.decide import Explanation
from edge.core.errors import Invalid
from edge.core.model import CredentialKind
from edge.settings import load


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(f"gatelatch {__version__}")


@click.command()
@settings_option
@click.option("--example", is_flag=True, help="Print a documented settings file to start from.")
@one_line_errors
def check(settings_path: Path, example: bool) -> None:
    """Read the settings file and say what is wrong with it, or what it wires."""
    if example:
        click.echo(resources.files("edge").joinpath("gatelatch.example.toml").read_text("utf-8"), nl=False)
        return
    settings = load(settings_path)
    click.echo(
        f"{settings_path}: right. {settings.site.name}: {len(settings.reader)} readers, {len(settings.door)} doors, state in {settings.state}."
    )


@click.command()
@click.argument("access_point", required=False)
@click.argument("code", required=False)
@settings_option
@click.option("--kind", type=click.Choice([k.value for k in CredentialKind]), default="qr", show_default=True)
@click.option("--at", "at", help="Site time to judge by, such as 2026-11-22T18:30.")
@click.option("--event", type=int, help="Explain this event of the journal instead, by the facts it kept.")
@click.option("--json", "as_json", is_flag=True, help="The explanation as JSON.")
@one_line_errors
def decide(
    access_point: str | None, code: str | None, settings_path: Path, kind: str, at: str | None, event: int | None, as_json: bool
) -> None:
    """Would CODE open ACCESS_POINT? A dry run: prints the rule table with what each rule saw. Opens and writes nothing."""
    settings, files = settings_and_files(settings_path)
    moment = None
    if at:
        try:
            when = datetime.fromisoformat(at)
        except ValueError as error:
            raise Invalid(f"{at} is not a time; write it as 2026-11-22T18:30", field="--at") from error
        when = when if when.tzinfo else when.replace(tzinfo=ZoneInfo(settings.site.time_zone))
        moment = int(when.timestamp() * 1000)
    if event is not None:
        answer = ask(files.socket, ExplainEvent(event=event))
    elif access_point and code:
        answer = ask(files.socket, Explain(access_point=access_point, kind=CredentialKind(kind), code=code, at=moment))
    else:
        raise Invalid("name an access point and a code, or --event SEQ")
    if as_json:
        click.echo(json.dumps(answer, indent=1))
        return
    _print_table(msgspec.convert(answer, Explanation, strict=False))


def _print_table(explanation: Explanation) -> None:
    from rich.console import Console  # loaded by this verb alone: `gatelatch run` shares this module and must start quickly
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("rule", "", "says", "reason", "saw"):
        table.add_column(heading)
    for rule in explanation.rules:
        mark = {"passes": "[green]passes[/]", "refuses": "[red]refuses[/]", "failed": "[red]failed[/]"}.get(
            rule.verdict, f"[yellow]{rule.verdict}[/]"
        )
        saw = ", ".join(f"{name.removeprefix('point.')} {value or 'none'}" for name, value in rule.saw)
        table.add_row(str(rule.number), rule.name, mark + (" *" if rule.decided else ""), rule.reason or "", saw)
    console = Console(highlight=False)
    console.print(table)
    decision = explanation.decision
    console.print(f"\n{decision.outcome.value}: {decision.reason.value}" + (f" (rule {decision.rule})" if decision.rule else ""))
    if decision.remedies:
        console.print("what would help: " + ", ".join(r.value for r in decision.remedies))
