"""Judging the past by other rules: the same facts, other records; every difference listed, what cannot be judged counted."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edge.commands.site import DeleteAccessPoint, SetMode
from edge.core.errors import Invalid
from edge.core.place import Mode
from edge.store.files import connect
from edge.store.replay import Difference, Rules, Tally, replay
from tests.support.stores import BEGIN, Stores

MINUTE = 60_000
NIGHT = [{"days": [0, 1, 2, 3, 4, 5, 6], "start": 1320, "end": 360}]
FOREVER = 1 << 62


def judged(
    stores: Stores, changes: dict[str, Any], since: int = 0, until: int = FOREVER
) -> tuple[list[tuple[int, str, str]], Tally]:
    with contextlib.closing(connect(stores.files.journal, read_only=True, attach={"roster": stores.files.roster})) as db:
        *differences, tally = replay(db, Rules(db, "roster", "Europe/Warsaw", changes), since=since, until=until)
    assert isinstance(tally, Tally)
    found = [(d.event.seq, d.event.code, d.reason.value) for d in differences if isinstance(d, Difference)]
    return found, tally


async def lived(stores: Stores) -> None:
    ada, grace = await stores.card("ada"), await stores.card("grace", uses=1)
    await stores.show(ada)
    await stores.show("NOBODY", ms=MINUTE)
    await stores.show(grace, ms=2 * MINUTE)
    await stores.show(grace, "out", ms=3 * MINUTE)
    await stores.show(grace, ms=4 * MINUTE)
    await stores.show(ada, ms=5 * MINUTE)


async def test_the_rules_in_force_decide_as_they_did(stores: Stores) -> None:
    await lived(stores)
    found, tally = judged(stores, {})
    assert (found, tally.judged, tally.same) == ([], 6, 6)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"zone": [{"name": "Garage", "antipassback": "hard"}]}, [(6, "granted", "already_inside")]),
        ({"zone": [{"id": "z", "antipassback": "soft"}]}, [(6, "granted", "granted_soft_passback")]),
        ({"access_point": [{"name": "in", "kinds": ["uid"]}]},
         [(1, "granted", "unsupported_kind"), (2, "unknown_credential", "unsupported_kind"), (3, "granted", "unsupported_kind"),
          (5, "no_uses_left", "unsupported_kind"), (6, "granted", "unsupported_kind")]),
        ({"schedule": [{"name": "Night", "windows": NIGHT}], "profile": [{"name": "All hours", "zones": [{"zone": "Garage", "schedule": "Night"}]}]},
         [(1, "granted", "outside_schedule"), (3, "granted", "outside_schedule"), (5, "no_uses_left", "outside_schedule"),
          (6, "granted", "outside_schedule")]),
        ({"policy": {"mode": "free_passage"}},
         [(1, "granted", "granted_free_passage"), (2, "unknown_credential", "granted_free_passage"), (3, "granted", "granted_free_passage"),
          (4, "granted", "granted_free_passage"), (5, "no_uses_left", "granted_free_passage"), (6, "granted", "granted_free_passage")]),
    ],
    ids=["hard", "soft", "kinds", "night", "free passage"],
)  # fmt: skip
async def test_every_difference_is_listed(stores: Stores, changes: dict[str, Any], expected: list[tuple[int, str, str]]) -> None:
    await lived(stores)
    found, tally = judged(stores, changes)
    assert found == expected
    assert tally.judged == tally.same + sum(tally.differ.values()) == 6


async def test_a_mode_of_the_time_counts_unless_the_file_says_another(stores: Stores) -> None:
    await stores.do(SetMode(mode=Mode.LOCKED_DOWN, zone="z", reason="drill"))
    await stores.show(await stores.card("ada"))
    await stores.do(SetMode(mode=Mode.NORMAL, zone="z", reason="drill is over"))
    assert judged(stores, {})[0] == []
    assert judged(stores, {"zone": [{"id": "z", "mode": "normal"}]})[0] == [(1, "locked_down", "granted")]


async def test_only_what_lies_between_is_judged(stores: Stores) -> None:
    await lived(stores)
    _, tally = judged(stores, {}, BEGIN + MINUTE, BEGIN + 3 * MINUTE)
    assert tally.judged == 2


async def test_what_cannot_be_judged_is_counted_by_why(stores: Stores) -> None:
    await lived(stores)
    await stores.do(DeleteAccessPoint(id="a-out"))
    _, tally = judged(stores, {})
    assert (tally.judged, dict(tally.not_judged)) == (5, {"its access point is gone": 1})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"doors": []}, "doors"),
        ({"zone": {"name": "Garage"}}, "zone"),
        ({"zone": [{"antipassback": "hard"}]}, "zone"),
        ({"zone": [{"name": "Garage", "colour": "red"}]}, "zone"),
        ({"profile": [{"name": "All hours", "zones": [{"zone": "Nowhere"}]}]}, "zone"),
    ],
)
async def test_a_rules_file_that_makes_no_sense_is_refused(stores: Stores, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        judged(stores, changes)
    assert refusal.value.field == field


def gatelatch(stores: Stores, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    settings = folder / "gatelatch.toml"
    settings.write_text(f'state = "{stores.files.folder}"\nsite = {{ name = "Test", time_zone = "Europe/Warsaw" }}\n')
    return subprocess.run(
        [sys.executable, "-m", "edge", *words, "--settings", str(settings)], capture_output=True, text=True, check=False
    )


async def test_the_command_line_replays_and_rebuilds(stores: Stores, tmp_path: Path) -> None:
    await lived(stores)
    rules = tmp_path / "rules.toml"
    rules.write_text('[[zone]]\nname = "Garage"\nantipassback = "hard"\n')
    said = gatelatch(stores, tmp_path, "replay", "--since", "2026-01-01", "--rules", str(rules))
    assert "granted -> already_inside" in said.stdout, said.stderr
    assert "6 readings judged: 5 the same, 1 otherwise." in said.stdout
    lines = gatelatch(stores, tmp_path, "replay", "--since", "2026-01-01", "--rules", str(rules), "--json").stdout.splitlines()
    assert json.loads(lines[0])["would_be"] == "already_inside"
    assert json.loads(lines[-1])["judged"] == 6
    wrong = gatelatch(stores, tmp_path, "replay", "--since", "yesterday")
    assert (wrong.returncode, "24h or 7d" in wrong.stderr) == (1, True)
    same = gatelatch(stores, tmp_path, "journal", "rebuild")
    assert (same.returncode, "6 events folded" in same.stdout) == (0, True), same.stderr
    await stores.journal.write(lambda tx: tx._db.execute("UPDATE presence SET spent = 9"))
    assert gatelatch(stores, tmp_path, "journal", "rebuild").returncode == 1
    await stores.journal.stop()
    put_right = gatelatch(stores, tmp_path, "journal", "rebuild", "--write")
    assert "put right" in put_right.stderr
    await stores.journal.start()
    assert gatelatch(stores, tmp_path, "journal", "rebuild").returncode == 0
