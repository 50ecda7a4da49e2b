"""Talking to the running edge from the command line, over its socket."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from edge.commands.base import Command
from edge.commands.wire import LOCAL, Answer, Deframer, Request, frame, read_answer
from edge.core.errors import Busy, Conflict, Forbidden, HouseError, Invalid, NotFound, NotSignedIn, Unavailable
from edge.identity import uuid7

ERRORS: dict[str, type[HouseError]] = {e.code: e for e in (Busy, Conflict, Forbidden, Invalid, NotFound, NotSignedIn, Unavailable)}


def ask(path: Path, command: Command, *, timeout_s: float = 10.0) -> Any:
    """The result of a command. Raises HouseError with the edge's own words; Unavailable when no edge runs there."""
    request = Request(id=uuid7(), token=LOCAL, command=command)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(timeout_s)
            line.connect(str(path))
            line.sendall(frame(request))
            answer = _answer(line)
    except (FileNotFoundError, ConnectionError) as error:
        raise Unavailable(f"no edge runs on {path}. Start it with `gatelatch run` or `systemctl start gatelatch-edge`.") from error
    except TimeoutError as error:
        raise Unavailable(
            f"the edge on {path} did not answer within {timeout_s:.0f} s. `gatelatch doctor` looks closer."
        ) from error
    except PermissionError as error:
        raise Forbidden(f"{path} may not be used by this user; run this as root or as the edge's own user.") from error
    if answer.problem:
        kind = ERRORS.get(answer.problem.code, HouseError)
        raise kind(answer.problem.message, field=answer.problem.field)
    return answer.result


def _answer(line: socket.socket) -> Answer:
    deframer = Deframer()
    while data := line.recv(65536):
        for body in deframer.feed(data):
            return read_answer(body)
    raise ConnectionResetError
