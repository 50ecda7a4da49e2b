"""The Unix socket between desk and edge: frames of JSON with a length before them, requests and answers.

A frame is 4 bytes, big-endian, the length of what follows (at most 256 kB), then one JSON object.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from edge.commands.catalog import AnyCommand
from edge.core.errors import HouseError, Invalid
from edge.core.model import Actor, Permission

LARGEST = 256 * 1024
IN_FLIGHT = 64
LOCAL = "@local"
"""The token of a command line on this machine; taken only from root or from edge's own user (SO_PEERCRED)."""
COMMAND_LINE = Actor(id="cli", name="command line", rights=frozenset(p.value for p in Permission))


class Request(Struct, frozen=True, kw_only=True):
    """A command with who asks (session token; empty only for signing in) and an id: a retry with the same id gets the first result."""

    id: str
    token: str = ""
    command: AnyCommand


class Problem(Struct, frozen=True, kw_only=True):
    """Why not. code is stable (see core.errors); field names the input at fault; retry: trying again can help."""

    code: str
    message: str
    field: str = ""
    retry: bool = False


class Answer(Struct, frozen=True, kw_only=True):
    """The result of a request, or its problem."""

    id: str
    result: Any = None
    problem: Problem | None = None


_request = msgspec.json.Decoder(Request)
_answer = msgspec.json.Decoder(Answer)


def frame(message: Request | Answer) -> bytes:
    """One message as bytes. Raises Invalid when it is too large."""
    body = msgspec.json.encode(message)
    if len(body) > LARGEST:
        raise Invalid(f"a message is at most {LARGEST} bytes")
    return len(body).to_bytes(4, "big") + body


class Deframer:
    """Bytes in, whole frames out; the rest is kept. Raises Invalid for a frame that is announced too large."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        self._kept += data
        frames = []
        while len(self._kept) >= 4:
            size = int.from_bytes(self._kept[:4], "big")
            if size > LARGEST:
                raise Invalid(f"a frame of {size} bytes is too large")
            if len(self._kept) < 4 + size:
                break
            frames.append(bytes(self._kept[4 : 4 + size]))
            del self._kept[: 4 + size]
        return frames


def read_request(body: bytes) -> Request:
    """Raises Invalid naming what is wrong and where."""
    try:
        return _request.decode(body)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        message, _, path = str(error).partition(" - at `$.")
        raise Invalid(message, field=path.rstrip("`").removeprefix("command.")) from error
    except RecursionError as error:
        raise Invalid("nested too deeply") from error


def read_answer(body: bytes) -> Answer:
    return _answer.decode(body)


def problem_of(error: HouseError) -> Problem:
    return Problem(code=error.code, message=error.message, field=error.field, retry=error.retry)
