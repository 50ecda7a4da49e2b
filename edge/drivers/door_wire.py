"""The door line protocol (docs/protocol/door-line.md): one ASCII line a message, both directions. Played by driver and simulator.

To the board:   open ID MS | ping ID
From the board: ok ID | err ID TEXT | contact open | contact closed
"""

from __future__ import annotations

from msgspec import Struct


class Open(Struct, frozen=True):
    """Release the door for so many milliseconds."""

    id: int
    ms: int


class Ping(Struct, frozen=True):
    """Are you there; answered with Ok."""

    id: int


class Ok(Struct, frozen=True):
    """The command with this id was taken."""

    id: int


class Err(Struct, frozen=True):
    """The command with this id was refused, and why."""

    id: int
    text: str


class Contact(Struct, frozen=True):
    """The door contact changed (also sent once on connect)."""

    closed: bool


Message = Open | Ping | Ok | Err | Contact
LONGEST = 200


def encode(message: Message) -> bytes:
    match message:
        case Open(id, ms):
            text = f"open {id} {ms}"
        case Ping(id):
            text = f"ping {id}"
        case Ok(id):
            text = f"ok {id}"
        case Err(id, why):
            text = f"err {id} {' '.join(why.split())}"
        case Contact(closed):
            text = f"contact {'closed' if closed else 'open'}"
    return text.encode("ascii", "replace")[:LONGEST] + b"\n"


def decode(line: bytes) -> Message | None:
    """The message of one line, or None when it is not one."""
    words = line.decode("ascii", "replace").split()
    match words:
        case ["open", id, ms] if id.isdigit() and ms.isdigit():
            return Open(int(id), int(ms))
        case ["ping", id] if id.isdigit():
            return Ping(int(id))
        case ["ok", id] if id.isdigit():
            return Ok(int(id))
        case ["err", id, *rest] if id.isdigit():
            return Err(int(id), " ".join(rest))
        case ["contact", "open" | "closed" as state]:
            return Contact(state == "closed")
        case _:
            return None
