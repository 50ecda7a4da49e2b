"""Readers and doors as they are wired: what a settings file or the console says of each, and what of it makes no sense.

Every field has its meaning, unit and consequence under it; docs/gatelatch.example.toml shows each in a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

import msgspec
from msgspec import Struct

from edge.core.errors import Invalid
from edge.core.model import CredentialKind, Record
from edge.core.picture_source import parse_source

Problem = tuple[str, str]
"""(field, what would be right)."""


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the settings. Unknown keys are errors."""


class _Device(Section, frozen=True, kw_only=True):
    """What every device has. name comes first: the journal and health call it by that."""

    name: str
    """The device's name: what the journal, health and (of a door) access points call it."""
    place: str = ""
    """Where it hangs, in words, for who goes there ("left of the north gate, box 3")."""
    serial_number: str = ""
    """The maker's number on it, for the list of devices."""


class SerialReader(_Device, frozen=True, kw_only=True, tag_field="driver", tag="serial"):
    """A scanner or card reader that sends lines over a serial port."""

    access_point: str
    """The access point (by name or id) whose door it asks for."""
    port: str
    """Device path; /dev/serial/by-id/... stays the same over a restart."""
    baud: int = 9600
    """Bits a second."""
    kind: CredentialKind = CredentialKind.QR
    """What its codes are: qr, barcode, uid, plate or pin. Rotating codes and passes are QR codes."""
    terminator: str = "\r\n"
    """What ends a code. Any one of its characters ends it."""
    strip_prefix: str = ""
    """Taken off the front of each code when there (symbology identifiers such as ]Q1)."""
    strip_suffix: str = ""
    """Taken off the end of each code when there."""
    pin_prefix: str = ""
    """What a line begins with that is a PIN typed at this reader's keypad; empty: it has none (or kind is pin: each line is one)."""
    silence_s: float = 0.0
    """Seconds without a byte after which the reader is called silent in health; 0: never (most readers only speak when shown a code)."""


class CameraReader(_Device, frozen=True, kw_only=True, tag_field="driver", tag="camera"):
    """A camera whose pictures are searched for codes and plates."""

    access_point: str
    """The access point (by name) whose door it asks for."""
    source: str
    """v4l2:/dev/video0, rtsp://..., http://.../stream.mjpeg, or folder:/path/of/pictures (?once&hold=SECONDS&fps=N)."""
    reads: tuple[CredentialKind, ...] = (CredentialKind.QR,)
    """What is looked for: qr, barcode, plate. Plates cost most."""
    region: tuple[float, float, float, float] | None = None
    """Part of the picture searched for codes, as fractions x, y, width, height; none: all of it."""
    plate_region: tuple[float, float, float, float] | None = None
    """Part of the picture searched for plates, likewise. The smaller, the faster and the better read."""
    fps: float = 10.0
    """Pictures looked at a second, at most; 0.5 to 30."""
    silence_s: float = 5.0
    """Seconds without a new picture after which the camera counts as lost and is opened again; 1 to 60."""
    code_gone_s: float = 3.0
    """Seconds a code must have been out of the picture before it is a new reading; 0.5 to 600."""
    plate_gone_s: float = 10.0
    """Seconds a plate must have been out of the picture before it is a new reading; 4 to 600."""


class _Door(_Device, frozen=True, kw_only=True):
    """What every door has, whatever drives it."""

    when_journal_fails: str = "shut"
    """'shut' or 'open': what a granted reading does while the journal cannot be written."""
    relock_on_open: bool = True
    """Lock again as soon as it is opened, so that nobody holds it for the next; false: the whole strike runs."""
    held_after_s: float = 30.0
    """Seconds it may stand open before it is an alarm; 0: never."""
    pre_alarm_s: float = 10.0
    """Seconds before that alarm at which its buzzer begins; 0: not."""
    debounce_ms: int = 50
    """Milliseconds a change of the contact must stay to be believed; 0 to 2000."""
    exit_ms: int = 5000
    """Milliseconds the exit button releases it; 100 to 120000."""
    fails: str = "secure"
    """'secure' or 'safe': what its lock does without power (stay locked, or let go). Declared, so that an offline door says which."""
    emergency: bool = False
    """True: the emergency input opens it and holds it open."""
    group_s: float = 60.0
    """Seconds within which the same alarm of this door is counted, not written again; 0: every one is written."""


class GpioDoor(_Door, frozen=True, kw_only=True, tag_field="driver", tag="gpio"):
    """A relay, and maybe a door contact, an exit button and a buzzer, on GPIO lines of this machine."""

    chip: str
    """GPIO character device, such as /dev/gpiochip0."""
    relay_line: int
    """Line number that drives the relay."""
    relay_active_low: bool = False
    """True when the relay pulls in on a low level."""
    contact_line: int | None = None
    """Line number of the door contact; none: no contact."""
    contact_closed_low: bool = True
    """True when a closed door pulls the contact line low."""
    exit_line: int | None = None
    """Line number of the exit button; none: no button."""
    exit_pressed_low: bool = True
    """True when the pressed button pulls its line low."""
    buzzer_line: int | None = None
    """Line number of the buzzer (on when high); none: no buzzer."""


class LineDoor(_Door, frozen=True, kw_only=True, tag_field="driver", tag="line"):
    """A door board (or the simulator) that speaks the line protocol of docs/protocol/door-line.md over TCP."""

    address: str
    """host:port of the board."""
    exit_button: bool = True
    """False: what the board says of an exit button is not listened to."""


ReaderSettings = SerialReader | CameraReader
DoorSettings = GpioDoor | LineDoor
DeviceSettings = SerialReader | CameraReader | GpioDoor | LineDoor


class DeviceKind(StrEnum):
    """What a device is to a person."""

    READER = "reader"
    CAMERA = "camera"
    DOOR = "door"


def kind_of(device: DeviceSettings) -> DeviceKind:
    if isinstance(device, CameraReader):
        return DeviceKind.CAMERA
    return DeviceKind.READER if isinstance(device, SerialReader) else DeviceKind.DOOR


class Device(Record, frozen=True, kw_only=True):
    """A reader or door that was set up from the console; it takes the place of one of the same name in the settings file."""

    wired: DeviceSettings

    @property
    def name(self) -> str:
        return self.wired.name


MASK = "\u2022\u2022\u2022"
_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):[^/@\s]*@")


def masked(text: str) -> str:
    """Text without the passwords of the addresses in it: rtsp://user:•••@host/path."""
    return _PASSWORD.sub(rf"\1:{MASK}@", text)


def unmasked(wired: DeviceSettings, before: DeviceSettings) -> DeviceSettings:
    """A device as it came back from somebody who saw its address masked: with the password it had, if the address is the same otherwise."""
    if isinstance(wired, CameraReader) and isinstance(before, CameraReader) and wired.source == masked(before.source):
        return msgspec.structs.replace(wired, source=before.source)
    return wired


# ---------------------------------------------------------------------------------------------------- what makes no sense


def problems(device: DeviceSettings) -> Iterable[Problem]:
    """Every field that makes no sense, whatever else there is on the site."""
    name = device.name
    if not name.strip():
        yield "name", "give it a name"
    elif not name.isprintable() or len(name) > 60 or name != " ".join(name.split()):
        yield "name", "at most 60 characters that can be shown, one space between words"
    match device:
        case SerialReader():
            yield from _serial(device)
        case CameraReader():
            yield from _camera(device)
        case GpioDoor():
            yield from _door(device)
            yield from _lines(device)
        case LineDoor():
            yield from _door(device)
            if not is_address(device.address):
                yield "address", "write address:port, such as 127.0.0.1:8480"


def _serial(reader: SerialReader) -> Iterable[Problem]:
    if not reader.port.startswith("/"):
        yield "port", "write a device path, such as /dev/serial/by-id/..."
    if reader.baud <= 0:
        yield "baud", "above zero"
    if not reader.terminator:
        yield "terminator", "at least one character"
    if reader.silence_s < 0:
        yield "silence_s", "zero or more seconds"


_CAMERA_READS = (CredentialKind.QR, CredentialKind.BARCODE, CredentialKind.PLATE)
_CAMERA_LIMITS = (("fps", 0.5, 30.0), ("silence_s", 1.0, 60.0), ("code_gone_s", 0.5, 600.0), ("plate_gone_s", 4.0, 600.0))


def _camera(camera: CameraReader) -> Iterable[Problem]:
    if not camera.reads or any(kind not in _CAMERA_READS for kind in camera.reads):
        yield "reads", "reads may be qr, barcode and plate, at least one of them"
    for field in ("region", "plate_region"):
        part = getattr(camera, field)
        if part is not None and not _is_part(part):
            yield field, f"{field} is x, y, width, height as fractions of the picture, such as [0.2, 0.5, 0.6, 0.5]"
    for field, least, most in _CAMERA_LIMITS:
        if not least <= getattr(camera, field) <= most:
            yield field, f"{field} must be from {least:g} to {most:g}"
    try:
        parse_source(camera.source)
    except Invalid as error:
        yield "source", error.message
    if MASK in camera.source:
        yield "source", "write the password of this address anew"


def _is_part(part: tuple[float, float, float, float]) -> bool:
    x, y, width, height = part
    return 0 <= x < 1 and 0 <= y < 1 and 0 < width <= 1 - x + 1e-9 and 0 < height <= 1 - y + 1e-9


def _door(door: DoorSettings) -> Iterable[Problem]:
    if door.when_journal_fails not in ("shut", "open"):
        yield "when_journal_fails", "write 'shut' or 'open'"
    if door.fails not in ("secure", "safe"):
        yield "fails", "write 'secure' or 'safe'"
    for field in ("held_after_s", "group_s"):
        if getattr(door, field) < 0:
            yield field, "zero or more seconds"
    if door.held_after_s > 0 and not 0 <= door.pre_alarm_s < door.held_after_s:
        yield "pre_alarm_s", "zero, or less than held_after_s"
    if not 0 <= door.debounce_ms <= 2000:
        yield "debounce_ms", "between 0 and 2000"
    if not 100 <= door.exit_ms <= 120_000:
        yield "exit_ms", "between 100 and 120000"


def _lines(door: GpioDoor) -> Iterable[Problem]:
    if not door.chip.startswith("/"):
        yield "chip", "write a device path, such as /dev/gpiochip0"
    taken: dict[int, str] = {}
    for field in ("relay_line", "contact_line", "exit_line", "buzzer_line"):
        line: int | None = getattr(door, field)
        if line is None:
            continue
        if not 0 <= line <= 1023:
            yield field, "a line number, 0 to 1023"
        elif line in taken:
            yield field, f"line {line} is the {taken[line].removesuffix('_line')} already"
        taken.setdefault(line, field)


def is_address(text: str) -> bool:
    """Is this host:port."""
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdecimal() and port.isascii() and 0 <= int(port) <= 65535
