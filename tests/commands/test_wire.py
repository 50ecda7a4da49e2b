"""Frames between desk and edge: any cut gives the same frames, what is too large or makes no sense is refused by name."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.commands.catalog import COMMANDS
from edge.commands.customers import AddCustomer
from edge.commands.doors import GetHealth
from edge.commands.wire import LARGEST, Answer, Deframer, Problem, Request, frame, problem_of, read_answer, read_request
from edge.core.errors import Busy, Invalid

bodies = st.lists(st.binary(max_size=60), max_size=8)


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body


@settings(max_examples=200, deadline=None, derandomize=True)
@given(bodies, st.integers(1, 9))
def test_any_cut_gives_the_same_frames(sent: list[bytes], size: int) -> None:
    stream = b"".join(map(framed, sent))
    assert Deframer().feed(stream) == sent
    deframer, found = Deframer(), []
    for i in range(0, len(stream), size):
        found += deframer.feed(stream[i : i + size])
    assert found == sent


@settings(max_examples=100, deadline=None, derandomize=True)
@given(bodies, st.binary(max_size=3))
def test_a_frame_that_has_not_ended_is_kept(sent: list[bytes], start: bytes) -> None:
    deframer = Deframer()
    assert deframer.feed(b"".join(map(framed, sent)) + framed(b"later")[: 4 + len(start)]) == sent
    assert deframer.feed(framed(b"later")[4 + len(start) :]) == [b"later"]


def test_the_largest_frame_passes_and_one_byte_more_is_refused_before_it_is_read() -> None:
    assert Deframer().feed(framed(b"x" * LARGEST)) == [b"x" * LARGEST]
    with pytest.raises(Invalid, match="too large"):
        Deframer().feed((LARGEST + 1).to_bytes(4, "big"))
    with pytest.raises(Invalid, match="at most"):
        frame(Request(id="a-request", command=AddCustomer(fields={"source": "walk_in", "name": "x" * LARGEST})))


@pytest.mark.parametrize(
    ("body", "says", "field"),
    [
        (b"not json", "malformed", ""),
        (b"", "truncated", ""),
        (b"[]", "Expected `object`", ""),
        (b"\xff\xfe", "malformed", ""),
        (b'{"id":"x"}', "missing required field `command`", ""),
        (b'{"id":"x","command":{"type":"doors.explode"}}', "doors.explode", "command.type"),
        (b'{"id":"x","command":{"type":"customers.delete","id":"c","force":true}}', "force", "command"),
        (b'{"id":"x","command":{"type":"customers.delete","id":7}}', "Expected `str`", "id"),
        (b'{"id":"x","command":{"type":"customers.add","fields":[]}}', "Expected `object`", "fields"),
        (b'{"id":"x","command":' + b'{"a":' * 50_000, "", ""),
    ],
)
def test_a_request_that_makes_no_sense_says_what_and_where(body: bytes, says: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_request(body)
    assert says in caught.value.message
    assert caught.value.field in (field, field.removeprefix("command."))


def test_a_request_comes_out_as_it_went_in() -> None:
    for command in (GetHealth(), AddCustomer(fields={"source": "walk_in", "name": "Zażółć", "blocklisted": True})):
        request = Request(id="request-1", token="t", command=command)
        (body,) = Deframer().feed(frame(request))
        assert read_request(body) == request


def test_a_refusal_travels_with_code_field_and_whether_to_try_again() -> None:
    problem = problem_of(Busy("too many", field="queue"))
    (body,) = Deframer().feed(frame(Answer(id="x", problem=problem)))
    assert read_answer(body) == Answer(id="x", problem=Problem(code="busy", message="too many", field="queue", retry=True))


def test_every_command_has_a_tag_of_its_own() -> None:
    tags = [c.__struct_config__.tag for c in COMMANDS]
    assert len(set(tags)) == len(tags)
    assert msgspec.json.decode(msgspec.json.encode(GetHealth()), type=GetHealth) == GetHealth()
