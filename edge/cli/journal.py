"""Verbs about the journal: verify its chain, make its tables anew, judge its readings by other rules."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from edge.cli.keep import runs
from edge.cli.options import one_line_errors, settings_and_files, settings_option
from edge.core.errors import Conflict, Invalid
from edge.settings import Settings
from edge.store import passages
from edge.store.files import connect
from edge.store.journal import verify
from edge.store.replay import Difference, Rules, Tally
from edge.store.replay import replay as judge_again


@click.group()
def journal() -> None:
    """Look after the journal."""


@journal.command("verify")
@settings_option
@one_line_errors
def journal_verify(settings_path: Path) -> None:
    """Check every event against the hash chain and its columns; exit code 1 when something is wrong."""
    _, files = settings_and_files(settings_path)
    with closing(connect(files.journal, read_only=True)) as db:
        try:
            count, wrong = verify(db)
        except sqlite3.DatabaseError as error:
            raise Invalid(f"{files.journal} is damaged: {error}. `gatelatch restore BACKUP` puts a backup back.") from error
    for line in wrong[:20]:
        click.echo(line, err=True)
    if wrong:
        raise click.ClickException(
            f"{len(wrong)} of {count} events do not verify. Keep this file; `gatelatch restore BACKUP` puts a backup back."
        )
    click.echo(f"{count} events verify.")


@journal.command("rebuild")
@settings_option
@click.option("--write", is_flag=True, help="Put what was made anew in place (the edge has to be stopped). Without it: compare.")
@one_line_errors
def journal_rebuild(settings_path: Path, write: bool) -> None:
    """Make presence, visits, counts and uses anew from the events, and say what differs; exit code 1 when something does."""
    _, files = settings_and_files(settings_path)
    if write and runs(files):
        raise Conflict("the edge is running; stop it first, or leave --write out to compare only")
    started = time.perf_counter()
    with closing(connect(files.journal, read_only=not write)) as db:
        db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        rows = passages.rebuilt(db, _counting("events")).rows()
        before = passages.present(db)
        differing = {table: _differing(before[table], rows[table]) for table in passages.TABLES}
        if write and any(differing.values()):
            passages.replace_tables(db, rows)
        db.execute("COMMIT")
        (seq,) = db.execute("SELECT seq FROM head").fetchone()
    took = time.perf_counter() - started
    click.echo(f"{seq} events folded in {took:.1f} s: " + ", ".join(f"{len(rows[t])} {t}" for t in passages.TABLES))
    for table, count in differing.items():
        if count:
            click.echo(f"{table}: {count} rows differ" + (", put right" if write else ""), err=True)
    if any(differing.values()) and not write:
        raise click.ClickException("the tables are not what the events make of them; stop the edge and run this with --write")


def _differing(before: list[tuple[object, ...]], after: list[tuple[object, ...]]) -> int:
    return len(set(before) ^ set(after))


def _counting(what: str) -> Callable[[int], None] | None:
    """A line of progress on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        return None
    return lambda number: click.echo(f"\r{number} {what}", nl=False, err=True)


@click.command()
@settings_option
@click.option("--since", required=True, help="Site time such as 2026-11-01 or 2026-11-22T18:30, or how long ago: 24h, 7d.")
@click.option("--until", help="Site time, exclusive. Left out: to the end.")
@click.option(
    "--rules",
    type=click.Path(exists=True, path_type=Path),
    help="TOML file with changed zones, schedules and so on (docs/decision.md).",
)
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each difference, then the tally.")
@one_line_errors
def replay(settings_path: Path, since: str, until: str | None, rules: Path | None, as_json: bool) -> None:
    """Judge past readings again, by the tables of today with the changes of a rules file. Opens and writes nothing."""
    settings, files = settings_and_files(settings_path)
    changes = {}
    if rules:
        try:
            changes = tomllib.loads(rules.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Invalid(f"{rules}: {error}", field="--rules") from error
    start, end = _instant(since, settings, "--since"), _instant(until, settings, "--until") if until else 1 << 62
    with closing(connect(files.journal, read_only=True, attach={"roster": files.roster})) as db:
        zone = ZoneInfo(settings.site.time_zone)
        found = judge_again(
            db, Rules(db, "roster", settings.site.time_zone, changes), since=start, until=end, progress=_counting("readings")
        )
        for one in found:
            if isinstance(one, Tally):
                _print_tally(one, as_json)
            else:
                _print_difference(one, zone, as_json)


def _instant(text: str, settings: Settings, option: str) -> int:
    """A site time, or how long ago."""
    units = {"m": 60, "h": 3600, "d": 86_400}
    if text[:-1].isdecimal() and text[-1:] in units:
        return int((time.time() - int(text[:-1]) * units[text[-1]]) * 1000)
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{text} is not a time; write 2026-11-01, 2026-11-22T18:30, 24h or 7d", field=option) from error
    return int((when if when.tzinfo else when.replace(tzinfo=ZoneInfo(settings.site.time_zone))).timestamp() * 1000)


def _print_difference(one: Difference, zone: ZoneInfo, as_json: bool) -> None:
    event = one.event
    if as_json:
        said = {"event": event.seq, "at": event.at, "access_point": event.access_point_name, "card": event.card, "customer": event.customer,
                "was": event.code, "would_be": one.reason.value, "outcome": one.outcome.value, "rule": one.rule}  # fmt: skip
        click.echo(json.dumps(said))
        return
    when = datetime.fromtimestamp(event.at / 1000, zone).strftime("%Y-%m-%d %H:%M:%S")
    who = event.customer_name or event.card_label or event.last4 or "nobody known"
    click.echo(f"{event.seq:>8}  {when}  {event.access_point_name:<20} {who:<24} {event.code} -> {one.reason.value}")


def _print_tally(tally: Tally, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"judged": tally.judged, "same": tally.same, "differ": tally.differ, "not_judged": tally.not_judged}))
        return
    click.echo(f"\n{tally.judged} readings judged: {tally.same} the same, {sum(tally.differ.values())} otherwise.")
    for change, count in tally.differ.most_common():
        click.echo(f"{count:>8}  {change}")
    for why, count in tally.not_judged.most_common():
        click.echo(f"{count:>8}  not judged: {why}")
