"""The door line protocol (docs/protocol/door-line.md): one ASCII line a message, both directions. Played by driver and simulator.

To the board:   open ID MS | hold ID | lock ID | buzz ID on | buzz ID off | ping ID
From the board: ok ID | err ID TEXT | contact open | contact closed | exit | emergency on | emergency off
"""

from __future__ import annotations

from msgspec import Struct


class Open(Struct, frozen=True):
    """Release the door for so many milliseconds."""

    id: int
    ms: int


class Hold(Struct, frozen=True):
    """Release the door until Lock."""

    id: int


class Lock(Struct, frozen=True):
    """End a hold and any pulse at once."""

    id: int


class Buzz(Struct, frozen=True):
    """Sound the buzzer, or stop it."""

    id: int
    on: bool


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


class Exit(Struct, frozen=True):
    """The exit button was pressed."""


class Emergency(Struct, frozen=True):
    """The emergency input changed (also sent once on connect by a board that has one)."""

    on: bool


Message = Open | Hold | Lock | Buzz | Ping | Ok | Err | Contact | Exit | Emergency
LONGEST = 200


def encode(message: Message) -> bytes:
    match message:
        case Open(id, ms):
            text = f"open {id} {ms}"
        case Hold(id):
            text = f"hold {id}"
        case Lock(id):
            text = f"lock {id}"
        case Buzz(id, on):
            text = f"buzz {id} {'on' if on else 'off'}"
        case Ping(id):
            text = f"ping {id}"
        case Ok(id):
            text = f"ok {id}"
        case Err(id, why):
            text = f"err {id} {' '.join(why.split())}"
        case Contact(closed):
            text = f"contact {'closed' if closed else 'open'}"
        case Exit():
            text = "exit"
        case Emergency(on):
            text = f"emergency {'on' if on else 'off'}"
    return text.encode("ascii", "replace")[:LONGEST] + b"\n"


def decode(line: bytes) -> Message | None:
    """The message of one line, or None when it is not one."""
    words = line.decode("ascii", "replace").split()
    match words:
        case ["open", id, ms] if id.isdigit() and ms.isdigit():
            return Open(int(id), int(ms))
        case ["hold", id] if id.isdigit():
            return Hold(int(id))
        case ["lock", id] if id.isdigit():
            return Lock(int(id))
        case ["buzz", id, "on" | "off" as state] if id.isdigit():
            return Buzz(int(id), state == "on")
        case ["ping", id] if id.isdigit():
            return Ping(int(id))
        case ["ok", id] if id.isdigit():
            return Ok(int(id))
        case ["err", id, *rest] if id.isdigit():
            return Err(int(id), " ".join(rest))
        case ["contact", "open" | "closed" as state]:
            return Contact(state == "closed")
        case ["exit"]:
            return Exit()
        case ["emergency", "on" | "off" as state]:
            return Emergency(state == "on")
        case _:
            return None
