"""What central sends: which deltas are applied, and their parts in any order."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.merge import RosterOp
from edge.sync.inbox import PARTS_LIMIT, Gathering, Verdict, judge
from edge.sync.wire import RosterDelta


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
