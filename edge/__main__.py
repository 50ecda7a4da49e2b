"""`gatelatch`: every verb of the command line."""

from __future__ import annotations

import click

from edge.cli import doctor, inspect, journal, keep, run, user


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Gatelatch: an access controller for gates and doors."""


for verb in (
    run.run,
    inspect.check,
    doctor.doctor,
    inspect.decide,
    user.user,
    journal.journal,
    journal.replay,
    keep.backup,
    keep.restore,
    inspect.version,
):
    main.add_command(verb)

if __name__ == "__main__":
    main()
