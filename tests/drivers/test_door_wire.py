"""The door line protocol: what one end writes the other reads, and anything else is not a message."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.drivers import door_wire
from edge.drivers.door_wire import Buzz, Contact, Emergency, Err, Exit, Hold, Lock, Ok, Open, Ping
from edge.drivers.framing import LineFramer

number = st.integers(0, 10**9)
words = st.lists(st.text("abcdefgh-.:", min_size=1, max_size=8), max_size=6).map(" ".join)
messages = st.one_of(
    st.builds(Open, number, number),
    st.builds(Hold, number),
    st.builds(Lock, number),
    st.builds(Buzz, number, st.booleans()),
    st.builds(Ping, number),
    st.builds(Ok, number),
    st.builds(Err, number, words),
    st.builds(Contact, st.booleans()),
    st.just(Exit()),
    st.builds(Emergency, st.booleans()),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(messages, max_size=10))
def test_what_one_end_writes_the_other_reads(sent: list[door_wire.Message]) -> None:
    framer = LineFramer(b"\n", cap=door_wire.LONGEST)
    lines = framer.feed(b"".join(door_wire.encode(m) for m in sent))
    assert [door_wire.decode(line) for line in lines] == sent


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_nothing_and_never_an_error(line: bytes) -> None:
    found = door_wire.decode(line)
    assert found is None or door_wire.decode(door_wire.encode(found).rstrip(b"\n")) == found


@settings(max_examples=200, deadline=None, derandomize=True)
@given(number, st.text(max_size=400))
def test_whatever_a_board_says_it_stays_one_line(id: int, text: str) -> None:
    said = door_wire.encode(Err(id, text))
    assert said.count(b"\n") == 1
    assert said.endswith(b"\n")
    assert len(said) <= door_wire.LONGEST + 1
    assert isinstance(door_wire.decode(said), Err)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"open",
        b"open 1",
        b"open x 5",
        b"open 1 -5",
        b"open 1 5 9",
        b"ok",
        b"contact ajar",
        b"ok -1",
        b"hold",
        b"lock x",
        b"buzz 1",
        b"buzz 1 loud",
        b"exit 1",
        b"emergency",
        b"emergency maybe",
    ],
)
def test_what_is_not_of_the_protocol_is_nothing(line: bytes) -> None:
    assert door_wire.decode(line) is None
