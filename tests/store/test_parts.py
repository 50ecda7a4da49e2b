"""The parts of a snapshot: in any order, some twice, kept over a restart, sealed, and nothing that is not what its digest says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.store.parts import LIMIT, Of, Parts

KEY = b"s" * 32
chunks = st.lists(st.lists(st.integers(0, 99), max_size=4).map(msgspec.json.encode), min_size=1, max_size=6)


@pytest.fixture
def staged(tmp_path: Path) -> Iterator[Parts]:
    made = Parts(tmp_path / "snapshot.parts", KEY)
    yield made
    made.close()


def of(rows: list[bytes], id: str = "one") -> Of:
    return (id, "e", 7, len(rows), hashlib.sha256(b"".join(rows)).hexdigest())


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chunks, st.randoms(use_true_random=False))
def test_in_any_order_and_some_twice_the_rows_come_out_in_order(staged: Parts, rows: list[bytes], chance) -> None:  # type: ignore[no-untyped-def]
    staged.forget()
    coming = list(range(len(rows))) + [chance.randrange(len(rows)) for _ in range(3)]
    chance.shuffle(coming)
    for n, i in enumerate(coming, 1):
        assert staged.take(of(rows), i, rows[i]) is (set(coming[:n]) == set(range(len(rows))))
    assert staged.rows() == rows
    assert staged.first == len(rows)


def test_what_is_there_is_there_after_a_restart_and_sealed(tmp_path: Path) -> None:
    rows = [b"[1]", b'["CODE-OF-A-CARD"]', b"[3]"]
    before = Parts(tmp_path / "snapshot.parts", KEY)
    before.take(of(rows), 0, rows[0])
    before.take(of(rows), 1, rows[1])
    before.close()
    assert all(b"CODE" not in file.read_bytes() for file in tmp_path.iterdir())
    again = Parts(tmp_path / "snapshot.parts", KEY)
    assert again.first == 2
    assert again.take(of(rows), 2, rows[2])
    assert again.rows() == rows
    again.close()


def test_parts_that_do_not_add_up_are_refused_and_forgotten(staged: Parts) -> None:
    rows = [b"[1]", b"[2]"]
    assert not staged.take(of(rows), 0, b'["altered"]')
    assert staged.take(of(rows), 1, rows[1])
    with pytest.raises(ValueError, match="add up"):
        staged.rows()
    assert staged.waiting == 0


def test_parts_that_another_key_sealed_are_refused_and_forgotten(tmp_path: Path) -> None:
    rows = [b"[1]"]
    before = Parts(tmp_path / "snapshot.parts", KEY)
    before.take(of(rows), 0, rows[0])
    before.close()
    after = Parts(tmp_path / "snapshot.parts", b"t" * 32)
    with pytest.raises(ValueError, match="add up"):
        after.rows()
    after.close()


def test_a_part_of_another_snapshot_starts_afresh(staged: Parts) -> None:
    old, new = [b"[1]", b"[2]"], [b"[3]", b"[4]"]
    assert not staged.take(of(old, "old"), 0, old[0])
    assert not staged.take(of(new, "new"), 0, new[0])
    assert staged.waiting == 1
    assert staged.take(of(new, "new"), 1, new[1])
    assert staged.rows() == new


@pytest.mark.parametrize(("i", "n"), [(-1, 3), (3, 3), (0, 0), (0, LIMIT + 1), (5, 3)])
def test_a_part_that_cannot_be_is_refused(staged: Parts, i: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"part {i} of {n}"):
        staged.take(("one", "e", 1, n, ""), i, b"[]")


def test_a_damaged_file_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "snapshot.parts").write_bytes(b"no database" * 1000)
    made = Parts(tmp_path / "snapshot.parts", KEY)
    assert made.first == 0
    assert made.take(of([b"[]"]), 0, b"[]")
    made.close()


def test_what_a_power_cut_tore_off_is_asked_for_again_and_nothing_else(tmp_path: Path) -> None:
    rows = [b"[1]", b"[2]" * 500, b"[3]"]
    file = tmp_path / "snapshot.parts"
    before = Parts(file, KEY)
    before.take(of(rows), 0, rows[0])
    before.take(of(rows), 1, rows[1])
    before.close()
    file.write_bytes(file.read_bytes()[:-7])
    torn = Parts(file, KEY)
    assert torn.first == 1
    assert not torn.take(of(rows), 2, rows[2])
    torn.close()
    again = Parts(file, KEY)
    assert again.take(of(rows), 1, rows[1])
    assert again.rows() == rows
    again.close()
