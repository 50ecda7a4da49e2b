"""The MJPEG parser alone: bytes in any cut, lengths that lie, parts that never end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.drivers.eyes.multipart import HEADER_CAP, Multipart, boundary_of

BODY = b"\xff\xd8 picture \r\n\r\n bytes \xff\xd9"


def part(body: bytes, length: int | None = None) -> bytes:
    announced = b"" if length is None else b"Content-Length: %d\r\n" % length
    return b"--frame\r\nContent-Type: image/jpeg\r\n" + announced + b"\r\n" + body + b"\r\n"


@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(st.integers(1, 40), max_size=60), announced=st.booleans())
def test_parts_come_whole_however_the_bytes_are_cut(cuts: list[int], announced: bool) -> None:
    stream = (
        b"preamble\r\n" + b"".join(part(BODY + bytes([i]), len(BODY) + 1 if announced else None) for i in range(4)) + b"--frame\r\n"
    )
    parser, found, at = Multipart(b"--frame"), [], 0
    for cut in [*cuts, len(stream)]:
        found += parser.feed(stream[at : at + cut])
        at += cut
    assert found == [BODY + bytes([i]) for i in range(4)]
    assert parser.dropped == 0


def test_a_part_with_its_length_is_handed_out_before_the_next_boundary() -> None:
    assert Multipart(b"--frame").feed(part(BODY, len(BODY))) == [BODY]


@pytest.mark.parametrize("lie", [5, 10_000, 999_999_999, 0])
def test_a_length_that_lies_costs_only_its_own_part(lie: int) -> None:
    parser = Multipart(b"--frame", part_cap=50_000)
    found = parser.feed(part(BODY, lie) + part(BODY, len(BODY)) + part(BODY, len(BODY)))
    assert found[-2:] == [BODY, BODY]


def test_a_part_without_end_is_dropped_at_the_cap_and_the_next_one_read() -> None:
    parser = Multipart(b"--frame", part_cap=10_000)
    assert parser.feed(part(b"x")[:-3]) == []
    for _ in range(100):
        assert parser.feed(bytes(1000)) == []
        assert len(parser._buffer) <= 10_000 + HEADER_CAP + 1000
    assert parser.dropped == 1
    assert parser.feed(part(BODY, len(BODY))) == [BODY]


def test_headers_without_end_are_dropped_at_the_cap() -> None:
    parser = Multipart(b"--frame")
    parser.feed(b"--frame\r\n" + b"X-Endless: y\r\n" * 2000)
    assert parser.dropped == 1
    assert parser.feed(part(BODY, len(BODY))) == [BODY]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=400), max_size=40))
def test_garbage_is_swallowed_and_bounded(chunks: list[bytes]) -> None:
    parser = Multipart(b"--frame", part_cap=1000)
    for chunk in chunks:
        parser.feed(chunk)
        assert len(parser._buffer) <= 1000 + HEADER_CAP + 400


@pytest.mark.parametrize(
    ("header", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=frame", b"--frame"),
        ('multipart/x-mixed-replace;boundary="a b"', b"--a b"),
        ("multipart/x-mixed-replace; boundary=--myboundary", b"--myboundary"),
        ("image/jpeg", None),
        ("text/html; boundary=x", None),
        ("", None),
    ],
)
def test_the_boundary_is_read_as_cameras_write_it(header: str, boundary: bytes | None) -> None:
    assert boundary_of(header) == boundary
