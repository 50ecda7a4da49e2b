"""`hw-sim`: the demo, scenarios played against any edge, a central server, a fleet of light edges."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path

import click

from hw_sim import demo as demo_room
from hw_sim.central_run import central
from hw_sim.fleet import fleet
from hw_sim.scenario import load
from hw_sim.world import World


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """The other end of every Gatelatch wire."""


@main.command()
@click.option("--check", is_flag=True, help="Play a quarter of an hour's events, count three ways, exit 0 only at 0 differences.")
@click.option("--kill", is_flag=True, help="With --check: kill -9 each process on the way.")
@click.option("--json", "as_json", is_flag=True, help="With --check: the result as one JSON object.")
@click.option("--keep", is_flag=True, help="With --check: keep the folder also when nothing differs.")
def demo(*, check: bool, kill: bool, as_json: bool, keep: bool) -> None:
    """A whole facility on this machine: broker, central server, devices, and the product, unmodified."""
    raise SystemExit(demo_room.main(check=check, kill=kill, as_json=as_json, keep=keep))


main.add_command(central)
main.add_command(fleet)


@main.command()
@click.argument("scenario", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--folder", type=click.Path(path_type=Path), help="Where the scanners' ports appear; a new one otherwise.")
def run(scenario: Path | None, folder: Path | None) -> None:
    """Run the devices of a SCENARIO file (the harbour otherwise) and play its steps. Prints the settings that wire an edge to them."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(scenario, folder or Path(tempfile.mkdtemp(prefix="hw-sim-"))))


async def _run(path: Path | None, folder: Path) -> None:
    try:
        scenario = load(path)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    async with World(scenario, folder).running() as world:
        click.echo(f"# put this into the settings of an edge\n\n{world.settings()}")
        for step in scenario.step:
            try:
                click.echo(await world.play(step))
            except (KeyError, ValueError) as error:
                raise click.ClickException(f"a step that cannot be done: {error}") from error
        click.echo("# all steps played; the devices go on until Ctrl-C")
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
