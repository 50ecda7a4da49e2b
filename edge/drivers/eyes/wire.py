"""The wire between the camera driver and the vision child: one JSON value a line, config first, then control; up come news.

Down (stdin of the child): Config once, then Decided, Again and Look. Up (its stdout): Seen, Health and Picture. The child ends when stdin does.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec import Struct

from edge.core.model import CredentialKind
from edge.core.picture_source import Source

LINE_CAP = 64 * 1024
"""Bytes of the longest line either side accepts; a longer one is a fault of the other end."""

PICTURE_CAP = 44 * 1024
"""Bytes of a picture on the wire, which makes them a third longer."""

Part = tuple[float, float, float, float]
"""Part of a picture as fractions of its width and height: x, y, width, height."""


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="is"):
    """Base of everything on the wire."""


# ---------------------------------------------------------------------------------------------------- down


class CameraConfig(Line, frozen=True, kw_only=True, tag="camera"):
    """One camera: its source and what is looked for where. Times in seconds, fps in looks a second at most.

    silence_s: without a new picture for this long the source is closed and opened again; code_gone_s and plate_gone_s: a
    code or plate that was out of the picture for this long is reported anew; plate_every_s: pause between two plate looks
    at a standing car; frozen_s and blind_s: how long a picture that never changes or shows nothing is suffered in silence.
    """

    name: str
    source: Source
    reads: tuple[CredentialKind, ...] = (CredentialKind.QR,)
    region: Part | None = None
    plate_region: Part | None = None
    fps: float = 10.0
    silence_s: float = 5.0
    code_gone_s: float = 3.0
    plate_gone_s: float = 10.0
    plate_every_s: float = 1.0
    frozen_s: float = 60.0
    blind_s: float = 20.0


class Config(Line, frozen=True, kw_only=True, tag="config"):
    """The first line down. evidence_dir: where JPEGs of what was read are kept, the newest evidence_keep of them."""

    cameras: tuple[CameraConfig, ...]
    evidence_dir: str | None = None
    evidence_keep: int = 500
    health_s: float = 2.0
    memory_mb: int = 1024


class Decided(Line, frozen=True, kw_only=True, tag="decided"):
    """A reading was decided. again: it may be reported once more although it never left the picture."""

    camera: str
    kind: CredentialKind
    text: str
    again: bool = False


class Again(Line, frozen=True, kw_only=True, tag="again"):
    """Forget what was reported from this camera: whatever is in the picture is reported as if it were new."""

    camera: str


class Look(Line, frozen=True, kw_only=True, tag="look"):
    """Send the next picture of this camera, made small: somebody watches."""

    camera: str


Down = Decided | Again | Look


# ---------------------------------------------------------------------------------------------------- up


class Seen(Line, frozen=True, kw_only=True, tag="seen"):
    """A code or plate that won its vote. text has at most edge.drivers.eyes.watch.CAP characters; evidence is a file path."""

    camera: str
    kind: CredentialKind
    text: str
    score: float | None = None
    candidates: tuple[str, ...] = ()
    evidence: str | None = None


class Picture(Line, frozen=True, kw_only=True, tag="picture"):
    """A picture for people, on a Look: a JPEG of at most PICTURE_CAP bytes."""

    camera: str
    jpeg: bytes


class SourceState(StrEnum):
    """OPENING: being connected; LIVE: pictures come; LOST: it went or never came, it is tried again; ENDED: a folder is through."""

    OPENING = "opening"
    LIVE = "live"
    LOST = "lost"
    ENDED = "ended"


class Health(Line, frozen=True, kw_only=True, tag="health"):
    """How one camera is, every health_s and at each change of state. Counters grow from the start of the child.

    frames: pictures looked at; corrupt: pictures that could not be used; fps: looks a second since the last line;
    age_s: seconds since the newest picture, None before the first; detail: one sentence when something is wrong.
    """

    camera: str
    state: SourceState
    frames: int = 0
    fps: float = 0.0
    age_s: float | None = None
    corrupt: int = 0
    reopened: int = 0
    plate_looks: int = 0
    blind: bool = False
    frozen: bool = False
    detail: str = ""


Up = Seen | Health | Picture


def encode(line: Line) -> bytes:
    """One line, with its end."""
    return msgspec.json.encode(line) + b"\n"


_config = msgspec.json.Decoder(Config)
_down: msgspec.json.Decoder[Down] = msgspec.json.Decoder(Down)
_up: msgspec.json.Decoder[Up] = msgspec.json.Decoder(Up)


def decode_config(line: bytes) -> Config:
    """Raises msgspec.DecodeError (ValidationError among them) for anything but a Config."""
    return _config.decode(line)


def decode_down(line: bytes) -> Down:
    """Raises msgspec.DecodeError for anything but a control line."""
    return _down.decode(line)


def decode_up(line: bytes) -> Up:
    """Raises msgspec.DecodeError for anything but news."""
    return _up.decode(line)
