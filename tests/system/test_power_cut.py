"""No acknowledged event or change is lost, nothing is corrupt, and a snapshot of central's is there whole or not at all, whenever the power goes."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from edge.store.journal import verify
from tests.support.crash import Disk, Op, read, record
from tests.support.crash_workload import MEMBERS

WORKLOAD = Path(__file__).parents[1] / "support" / "crash_workload.py"
IMAGES = int(os.environ.get("GATELATCH_CRASH_IMAGES", "40"))
SEED = 20261122

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="not run: strace is not installed")


def traced(folder: Path, synchronous: str) -> list[Op]:
    state = folder / "state"
    state.mkdir()
    record([sys.executable, str(WORKLOAD), str(state), synchronous], folder / "trace")
    return read(folder / "trace", state)


def losses(ops: list[Op], folder: Path, images: int) -> tuple[int, int, int]:
    """(images looked at, with an acknowledged line missing, corrupt)."""
    chance = random.Random(SEED)
    first = next(i for i, op in enumerate(ops) if op.kind == "mark")
    points = sorted(chance.randrange(first + 1, len(ops)) for _ in range(images))
    disk, done, lost, corrupt = Disk(), 0, 0, 0
    for number, point in enumerate(points):
        for op in ops[done:point]:
            disk.apply(op)
        done = point
        image = folder / f"image-{number}"
        disk.crash(chance, image)
        missing, broken = judge(image, disk.marks)
        lost += missing
        corrupt += broken
        shutil.rmtree(image)
    return len(points), lost, corrupt


def judge(image: Path, marks: list[bytes]) -> tuple[bool, bool]:
    """(is something acknowledged missing, is something corrupt) after SQLite's own recovery."""
    said = b"".join(marks).decode().splitlines()
    seqs = {int(n) for line in said if line.startswith("events ") for n in line.split()[1:]}
    snapshots = {int(line.split()[1]) for line in said if line.startswith("snapshot ")}
    customers = {line.split()[1] for line in said if line.startswith("customer ")}
    try:
        journal, roster = sqlite3.connect(image / "journal.db"), sqlite3.connect(image / "roster.db")
        sound = [db.execute("PRAGMA integrity_check").fetchone()[0] == "ok" for db in (journal, roster)]
        _, wrong = verify(journal)
        have = {row[0] for row in journal.execute("SELECT seq FROM event")}
        known = {row[0] for row in roster.execute("SELECT id FROM customer")}
        whole, rev = snapshot_is_whole(roster)
        journal.close()
        roster.close()
    except sqlite3.DatabaseError:
        return True, True
    missing = bool(seqs - have or customers - known) or rev < max(snapshots, default=0)
    return missing, bool(wrong) or not all(sound) or not whole


def snapshot_is_whole(roster: sqlite3.Connection) -> tuple[bool, int]:
    """(is it one snapshot of central's, all of it, with its indexes, and nobody of another; which)."""
    ((rev,),) = roster.execute("SELECT central_rev FROM head").fetchall()
    here = {id for (id,) in roster.execute("SELECT id FROM central_row")}
    alive = {id for (id,) in roster.execute("SELECT id FROM customer WHERE id LIKE 's%' AND deleted_at IS NULL")}
    ((count,),) = roster.execute("SELECT count FROM central_digest").fetchall()
    ((indexes,),) = roster.execute(
        "SELECT count(*) FROM sqlite_master WHERE tbl_name = 'customer' AND sql LIKE 'CREATE INDEX%'"
    ).fetchall()
    held = {f"s{rev}-{i}" for i in range(MEMBERS)} if rev else set()
    return here == held == alive and count == len(held) and indexes > 0, rev


def test_no_acknowledged_line_is_lost_and_nothing_is_corrupt(tmp_path: Path) -> None:
    ops = traced(tmp_path, "FULL")
    images, lost, corrupt = losses(ops, tmp_path, IMAGES)
    print(f"crash images: {images}, with an acknowledged line lost: {lost}, corrupt: {corrupt}")
    assert (lost, corrupt) == (0, 0)


def test_the_same_test_fails_without_full_sync(tmp_path: Path) -> None:
    """Otherwise it would test nothing."""
    ops = traced(tmp_path, "NORMAL")
    images, lost, _ = losses(ops, tmp_path, 40)
    print(f"crash images with synchronous=NORMAL: {images}, with an acknowledged line lost: {lost}")
    assert lost > images // 2
