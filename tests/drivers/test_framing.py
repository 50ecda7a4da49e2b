"""Lines from bytes: however they are cut up, the same lines; whatever comes, bounded memory."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.drivers.framing import LineFramer, code_text

CAP = 20
streams = st.lists(st.one_of(st.binary(max_size=30), st.sampled_from([b"\r\n", b"\n", b"\r", b"A" * 25, b"code\r\n"])), max_size=20)


def fed(chunks: list[bytes]) -> tuple[list[bytes], int, int]:
    framer = LineFramer(cap=CAP)
    lines = []
    for chunk in chunks:
        lines += framer.feed(chunk)
        assert framer.pending <= CAP
    return lines, framer.overruns, framer.pending


@settings(max_examples=200, deadline=None, derandomize=True)
@given(streams, st.integers(1, 7))
def test_any_cut_gives_the_same_lines(chunks: list[bytes], size: int) -> None:
    whole = b"".join(chunks)
    assert fed(chunks) == fed([whole]) == fed([whole[i : i + size] for i in range(0, len(whole), size)])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(streams)
def test_the_lines_are_those_between_the_terminators_but_for_empty_and_endless_ones(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    parts = whole.replace(b"\r", b"\n").split(b"\n")
    lines, overruns, _ = fed(chunks)
    assert lines == [p for p in parts[:-1] if 0 < len(p) <= CAP]
    assert overruns == sum(len(p) > CAP for p in parts)


def test_a_megabyte_without_an_end_is_not_kept_and_the_next_line_is() -> None:
    framer = LineFramer()
    for _ in range(1024):
        assert framer.feed(b"A" * 1024) == []
        assert framer.pending <= 1024
    assert framer.feed(b"\r\nGOOD\r\n") == [b"GOOD"]
    assert framer.overruns == 1


def test_a_dropped_half_line_does_not_stand_before_the_next() -> None:
    framer = LineFramer()
    assert framer.feed(b"HALF") == []
    assert framer.drop() == 4
    assert framer.feed(b"WHOLE\r\n") == [b"WHOLE"]


def test_the_end_of_a_line_that_was_too_long_is_not_a_line_of_its_own() -> None:
    framer = LineFramer(cap=4)
    assert framer.feed(b"TOOLONG") == []
    assert framer.feed(b"TAIL\nOK\n") == [b"OK"]


def test_a_framer_needs_to_know_how_a_line_ends() -> None:
    with pytest.raises(ValueError, match="ends with"):
        LineFramer(b"")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"]Q1ABC123;", "ABC123"),
        (b"ABC123", "ABC123"),
        (b"]Q1]Q1ABC;;", "]Q1ABC;"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"  spaced  ", "spaced"),
    ],
)
def test_prefix_and_suffix_are_taken_off_once(line: bytes, text: str) -> None:
    assert code_text(line, "]Q1", ";") == text
