"""The simulator on its own: a scenario's devices run and its steps are played, for any edge that is wired to them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

SCENARIO = """
name = "A hut"
[[door]]
name = "hut"
[[scanner]]
name = "hut-in"
access_point = "Hut"
[[step]]
after = 0.0
scanner = "hut-in"
code = "HUT-CARD-1"
[[step]]
after = 0.0
fault = "unplug"
of = "hut-in"
"""


def play(tmp_path: Path, text: str) -> tuple[list[str], int | None]:
    """The lines of `hw-sim run` up to the end of its steps, and its exit code if it ended by itself."""
    path = tmp_path / "scenario.toml"
    path.write_text(text)
    command = [sys.executable, "-u", "-m", "hw_sim", "run", str(path), "--folder", str(tmp_path / "devices")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        lines: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            if line.startswith("# all steps played"):
                process.send_signal(signal.SIGINT)
                process.wait(10)
                return lines, None
        return lines, process.wait(10)


def test_a_scenario_prints_how_to_wire_an_edge_and_plays_its_steps(tmp_path: Path) -> None:
    lines, _ = play(tmp_path, SCENARIO)
    assert f'port = "{tmp_path / "devices" / "tty-hut-in"}"' in lines
    assert "hut-in: scanned HUT-CARD-1" in lines
    assert "hut-in: unplug" in lines


def test_a_scenario_that_makes_no_sense_is_one_clear_line(tmp_path: Path) -> None:
    lines, code = play(tmp_path, 'name = "x"\n[[doors]]\nname = "y"\n')
    assert code == 1
    assert "doors" in lines[-1]
    lines, code = play(tmp_path, SCENARIO.replace('"unplug"', '"explode"'))
    assert code == 1
    assert "no such fault" in lines[-1]
