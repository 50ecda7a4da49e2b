"""The service units are right, tight, and land where they should."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = ("gatelatch-edge.service", "gatelatch-admin.service")
TIGHTEST = 1.5

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="not run: systemd-analyze is not installed")


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_exposed_at_most_a_little(unit: str) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(ROOT / "systemd" / unit)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    match = re.search(r"Overall exposure level for \S+: ([\d.]+)", out)
    assert match, out
    assert float(match.group(1)) <= TIGHTEST


@pytest.mark.slow
def test_installed_into_a_staged_root_the_units_verify_and_the_program_answers(tmp_path: Path) -> None:
    stage = tmp_path / "stage"
    subprocess.run(["sh", str(ROOT / "systemd" / "install"), "--root", str(stage)], check=True, capture_output=True, timeout=300)
    units = stage / "etc/systemd/system"
    for unit in UNITS:  # verify looks for the program where the unit says it is
        text = (units / unit).read_text().replace("/opt/gatelatch", f"{stage}/opt/gatelatch")
        (units / unit).write_text(text)
    out = subprocess.run(
        ["systemd-analyze", "verify", *(str(units / u) for u in UNITS)], capture_output=True, text=True, check=False
    )
    assert (out.returncode, out.stderr) == (0, "")
    program = stage / "opt/gatelatch/bin/gatelatch"
    version = subprocess.run([str(program), "version"], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert version.stdout.startswith("gatelatch ")
    settings = stage / "etc/gatelatch/gatelatch.toml"
    checked = subprocess.run(
        [str(program), "check", "--settings", str(settings)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert "right" in checked.stdout
    example = [str(program), "check", "--settings", f"{settings}.example"]
    subprocess.run(example, check=True, capture_output=True, cwd=tmp_path)
    assert (stage / "usr/lib/sysusers.d/gatelatch.conf").exists()
    assert "2750 edge gatelatch" in (stage / "usr/lib/tmpfiles.d/gatelatch.conf").read_text()
