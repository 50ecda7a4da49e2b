"""What central sends: which deltas are applied, and the parts of a snapshot in any order."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.merge import RosterOp
from edge.sync.inbox import PARTS_LIMIT, Gathering, Staging, Verdict, judge
from edge.sync.wire import RosterDelta, SnapshotPart

chunks = st.lists(st.lists(st.integers(0, 99), max_size=4).map(msgspec.json.encode), min_size=1, max_size=6)


def parts(rows: list[bytes], id: str = "one", rev: int = 7) -> list[SnapshotPart]:
    sha = hashlib.sha256(b"".join(rows)).hexdigest()
    return [
        SnapshotPart(connection=1, id=id, epoch="e", rev=rev, i=i, n=len(rows), sha256=sha, rows=msgspec.Raw(r))
        for i, r in enumerate(rows)
    ]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(chunks, st.randoms(use_true_random=False))
def test_in_any_order_and_some_twice_the_rows_come_out_once_and_in_order(rows: list[bytes], chance) -> None:  # type: ignore[no-untyped-def]
    all_parts = parts(rows)
    coming = all_parts + [chance.choice(all_parts) for _ in range(3)]
    chance.shuffle(coming)
    staging = Staging()
    first_whole = next(n for n in range(1, len(coming) + 1) if {p.i for p in coming[:n]} == set(range(len(rows))))
    for part in coming[: first_whole - 1]:
        assert staging.take(part) is None
    assert staging.take(coming[first_whole - 1]) == rows
    assert staging.waiting == 0


@settings(max_examples=100, deadline=None, derandomize=True)
@given(chunks, st.integers(0, 5))
def test_parts_that_do_not_add_up_are_refused_and_forgotten(rows: list[bytes], which: int) -> None:
    coming = parts(rows)
    n = which % len(coming)
    coming[n] = msgspec.structs.replace(coming[n], rows=msgspec.Raw(b'["altered"]'))
    staging = Staging()
    assert [staging.take(part) for part in coming[:-1]] == [None] * (len(coming) - 1)
    with pytest.raises(ValueError, match="add up"):
        staging.take(coming[-1])
    assert staging.waiting == 0
    found = None
    for part in parts(rows):
        found = staging.take(part)
    assert found == rows


def test_a_part_of_another_snapshot_starts_afresh() -> None:
    staging = Staging()
    old, new = parts([b"[1]", b"[2]"], "old"), parts([b"[3]", b"[4]"], "new")
    assert staging.take(old[0]) is None
    assert staging.take(new[0]) is None
    assert staging.waiting == 1
    assert staging.take(new[1]) == [b"[3]", b"[4]"]


def test_parts_of_one_id_that_disagree_about_how_many_they_are_do_not_break_anything() -> None:
    staging = Staging()
    five, two = parts([b"[1]"] * 5), parts([b"[8]", b"[9]"])
    assert staging.take(five[4]) is None
    assert staging.take(two[0]) is None
    assert staging.take(two[1]) == [b"[8]", b"[9]"]


@pytest.mark.parametrize(("i", "n"), [(-1, 3), (3, 3), (0, 0), (0, PARTS_LIMIT + 1), (5, 3)])
def test_a_part_that_cannot_be_is_refused(i: int, n: int) -> None:
    part = SnapshotPart(connection=1, id="one", epoch="e", rev=1, i=i, n=n, sha256="", rows=msgspec.Raw(b"[]"))
    with pytest.raises(ValueError, match=f"part {i} of {n}"):
        Staging().take(part)


@pytest.mark.parametrize(
    ("epoch", "from_rev", "to_rev", "verdict"),
    [
        ("e", 5, 6, Verdict.APPLY),
        ("e", 3, 6, Verdict.APPLY),
        ("e", 3, 5, Verdict.OLD),
        ("e", 1, 2, Verdict.OLD),
        ("e", 6, 7, Verdict.WANT_GAP),
        ("f", 5, 6, Verdict.WANT_EPOCH),
        ("f", 1, 2, Verdict.WANT_EPOCH),
    ],
)
def test_only_what_follows_from_where_we_are_is_applied(epoch: str, from_rev: int, to_rev: int, verdict: Verdict) -> None:
    delta = RosterDelta(epoch=epoch, from_rev=from_rev, to_rev=to_rev, ops=())
    assert judge(delta, "e", 5) is verdict


def delta_parts(n: int, to_rev: int) -> list[RosterDelta]:
    ops = [RosterOp(op="put", type="customer", id=f"c-{i}", ver=1) for i in range(n)]
    return [RosterDelta(epoch="e", from_rev=1, to_rev=to_rev, i=i, n=n, ops=(op,)) for i, op in enumerate(ops)]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(1, 6), st.randoms(use_true_random=False))
def test_a_delta_in_parts_comes_out_whole_once_and_in_order(n: int, chance) -> None:  # type: ignore[no-untyped-def]
    all_parts = delta_parts(n, 9)
    last = all_parts.pop(chance.randrange(n))
    coming = [*all_parts, *all_parts[:2]]
    chance.shuffle(coming)
    gathering = Gathering()
    assert [gathering.take(part) for part in coming] == [None] * len(coming)
    whole = gathering.take(last)
    assert whole is not None
    assert [op.id for op in whole.ops] == [f"c-{i}" for i in range(n)]
    assert (whole.from_rev, whole.to_rev) == (1, 9)


def test_a_part_of_another_delta_starts_afresh_and_one_that_cannot_be_is_refused() -> None:
    gathering = Gathering()
    old, new = delta_parts(2, 8), delta_parts(2, 9)
    assert gathering.take(old[0]) is None
    assert gathering.take(new[1]) is None
    assert gathering.take(old[0]) is None
    assert gathering.take(old[1]) is not None
    for i, n in ((2, 2), (0, 0), (0, PARTS_LIMIT + 1)):
        with pytest.raises(ValueError, match="part"):
            gathering.take(msgspec.structs.replace(new[0], i=i, n=n))
