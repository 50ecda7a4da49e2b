"""The settings of one edge: a strict TOML file for what is wired where. Who may come in is not here but in the roster.

Every field has its meaning, unit and consequence under it; docs/gatelatch.example.toml shows each in a file.
"""

from __future__ import annotations

import difflib
import os
import shutil
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from msgspec import Struct

from edge.core import colour
from edge.core.errors import SettingsError
from edge.core.model import LANGUAGES, CredentialKind


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the file. Unknown keys are errors."""


class Site(Section, frozen=True, kw_only=True):
    name: str = "My site"
    """Shown in the console and on what is printed."""
    time_zone: str = "UTC"
    """IANA name (Europe/Warsaw). Schedules, holidays and daily limits run by it."""
    accent: str = ""
    """Colour of buttons and links in the console (#2f4fc4), dark enough to be read on white. Empty: the product's own."""
    logo_file: str = ""
    """Picture in the corner of the console and on the sign-in page (svg, png, jpg or webp, 200 kB). Empty: the product's mark.
    The desk's user must be able to read it."""


class Cards(Section, frozen=True, kw_only=True):
    """How the codes of cards are kept."""

    keep_codes: tuple[CredentialKind, ...] = (CredentialKind.QR, CredentialKind.BARCODE, CredentialKind.ROTATING_QR)
    """Kinds whose codes are also kept sealed, so that a card can be printed again (right cards.reveal), or put on
    a phone (rotating_qr: its number, without which it cannot be). Others are a keyed hash alone:
    nobody can print or copy them from here. Add uid only where tags are made here too; [] keeps none."""


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
    """The access point (by name) whose door it asks for."""
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


class Emergency(Section, frozen=True, kw_only=True):
    """The emergency input: one contact that opens every door declared for it. Either on a door board or on a GPIO line."""

    board: str = ""
    """host:port of the door board whose emergency input counts; empty: a GPIO line."""
    chip: str = ""
    """GPIO character device, such as /dev/gpiochip0; empty: a board."""
    line: int | None = None
    """Line number on that chip."""
    on_low: bool = False
    """False: on when its contact opens (also when the cable is cut, which is the wiring to choose); true: on when it closes to ground."""


ReaderSettings = SerialReader | CameraReader
DoorSettings = GpioDoor | LineDoor


class Sync(Section, frozen=True, kw_only=True):
    """The central server, reached through an MQTT 5 broker. Left out: the edge runs alone and catches up when one appears."""

    broker: str
    """mqtt://host:1883 or mqtts://host:8883."""
    site: str
    """The site's id in topics."""
    edge: str
    """This edge's id in topics; with TLS also the user name of its certificate."""
    central_keys: dict[str, str]
    """Key id -> Ed25519 public key (base64) of central. What is not signed by one of them is ignored."""
    user: str = ""
    """Broker user name; empty: none."""
    password_file: str = ""
    """File with the broker password; empty: none."""
    ca_file: str = ""
    """Certificate authority of the broker (mqtts); empty: the system's."""
    certificate_file: str = ""
    """Client certificate (mqtts)."""
    key_file: str = ""
    """Its private key."""


class Desk(Section, frozen=True, kw_only=True):
    """The console and REST API."""

    listen: str = "127.0.0.1:8480"
    """address:port. Every address but loopback is served over HTTPS alone."""
    certificate_file: str = ""
    """Own certificate (PEM, with its chain); empty: one made at the first start, signed by the site's own authority."""
    key_file: str = ""
    """Its private key."""
    names: tuple[str, ...] = ()
    """Host names and addresses the made certificate is for, beside this machine's own name."""
    folder: str = ""
    """The desk's own folder: certificates, exports until they are fetched. Empty: what systemd gives it
    (/var/lib/gatelatch-desk), else `desk` in the state folder."""
    export_folders: tuple[str, ...] = ()
    """Absolute paths below which exports made by the calendar may be put; none: nowhere, so none are made. The desk's user must be
    able to write there (under systemd also ReadWritePaths=)."""
    language: str = "en"
    """Language of the console for who has chosen none and whose browser asks for none that there is: en, fr, pl or ro."""


class Settings(Section, frozen=True, kw_only=True):
    """The whole file."""

    state: str = "/var/lib/gatelatch"
    """Folder of the databases."""
    site: Site = Site()
    cards: Cards = Cards()
    desk: Desk = Desk()
    sync: Sync | None = None
    reader: tuple[ReaderSettings, ...] = ()
    door: tuple[DoorSettings, ...] = ()
    emergency: Emergency | None = None


def parse(text: str, where: str = "settings") -> Settings:
    """Settings from TOML text. Raises SettingsError: one line that says where and what to write instead."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{where}: not valid TOML: {error}") from error
    _refuse_unknown(raw, Settings, where, "")
    try:
        settings = msgspec.convert(raw, Settings, strict=True)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$.")
        at = path.rstrip("`")
        raise SettingsError(f"{where}: {at + ': ' if at else ''}{message}", field=at) from error
    _check_sense(settings, where)
    return settings


def load(path: Path) -> Settings:
    """Settings from a file. Raises SettingsError."""
    try:
        return parse(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}. `gatelatch check --example` prints a file to start from.") from error


def load_or_last_good(path: Path) -> tuple[Settings, str]:
    """(settings, problem): the file's when it is right (and then kept as the last good one), else the last good one and why."""
    try:
        settings = load(path)
    except SettingsError as error:
        kept = _last_good(path)
        try:
            good = load(kept)
        except SettingsError:
            raise error from None
        return good, f"{error.message} Running with the last good settings ({kept.name}) until it is mended."
    kept = _last_good(path)
    try:
        if not kept.exists() or kept.read_bytes() != path.read_bytes():
            shutil.copyfile(path, kept.with_suffix(".new"))
            os.replace(kept.with_suffix(".new"), kept)
    except OSError as error:
        return settings, f"the last good settings cannot be kept beside {path}: {error}."
    return settings, ""


def _last_good(path: Path) -> Path:
    """In the service's own folder (systemd says which), since /etc is closed to it; beside the file otherwise."""
    state = os.environ.get("STATE_DIRECTORY")
    return Path(state) / "settings.last-good" if state else path.with_name(path.name + ".last-good")


def _refuse_unknown(raw: Any, kind: Any, where: str, at: str) -> None:
    """Name the nearest right key for every wrong one; msgspec alone would only say that it is unknown."""
    if not isinstance(raw, dict) or not (isinstance(kind, type) and issubclass(kind, Struct)):
        return
    fields = {f.encode_name: f.type for f in msgspec.structs.fields(kind)}
    known = set(fields) | ({"driver"} if kind.__struct_config__.tag_field else set())
    for key, value in raw.items():
        path = f"{at}{key}"
        if key not in known:
            near = difflib.get_close_matches(key, sorted(known), 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(sorted(known))}."
            raise SettingsError(f"{where}: unknown setting {path}; {hint}", field=path)
        if key in ("reader", "door") and isinstance(value, list):
            for i, item in enumerate(value):
                _refuse_unknown(item, _variant(key, item), where, f"{path}[{i}].")
        elif isinstance(value, dict) and key != "central_keys":
            _refuse_unknown(value, {"sync": Sync, "emergency": Emergency}.get(key, fields[key]), where, path + ".")


def _variant(key: str, item: Any) -> Any:
    kinds = (SerialReader, CameraReader) if key == "reader" else (GpioDoor, LineDoor)
    driver = item.get("driver") if isinstance(item, dict) else None
    return next((k for k in kinds if k.__struct_config__.tag == driver), None)


def _check_sense(settings: Settings, where: str) -> None:
    def wrong(field: str, message: str) -> SettingsError:
        return SettingsError(f"{where}: {field}: {message}", field=field)

    try:
        ZoneInfo(settings.site.time_zone)
    except (KeyError, ValueError, OSError) as error:
        near = difflib.get_close_matches(settings.site.time_zone, sorted(available_timezones()), 1, 0.4)
        raise wrong("site.time_zone", f"no such zone{f'; did you mean {near[0]}?' if near else ''}") from error
    if settings.site.accent:
        accent = colour.parse(settings.site.accent)
        if accent is None:
            raise wrong("site.accent", "write a colour as six digits, such as #2f4fc4")
        if (found := colour.contrast(accent, colour.WHITE)) < colour.READABLE:
            raise wrong(
                "site.accent",
                f"too light to be read on white (contrast {found:.1f}, {colour.READABLE} is needed): take a darker one",
            )
    for word, items in (("reader", settings.reader), ("door", settings.door)):
        names = [i.name for i in items]
        for i, name in enumerate(names):
            if not name.strip():
                raise wrong(f"{word}[{i}].name", "give it a name")
            if name in names[:i]:
                raise wrong(f"{word}[{i}].name", f"there is another {word} called {name}")
    for i, door in enumerate(settings.door):
        field, message = _door_problem(door, settings)
        if field:
            raise wrong(f"door[{i}].{field}", message)
        if isinstance(door, LineDoor):
            _address(door.address, lambda m, i=i: wrong(f"door[{i}].address", m))
    if settings.emergency:
        at = settings.emergency
        if bool(at.board) is bool(at.chip) or bool(at.chip) is (at.line is None):
            raise wrong("emergency", "name either a board (host:port), or a chip and its line")
        if at.board:
            _address(at.board, lambda m: wrong("emergency.board", m))
    for i, reader in enumerate(settings.reader):
        if isinstance(reader, SerialReader) and (reader.baud <= 0 or not reader.terminator):
            raise wrong(f"reader[{i}]", "baud is above zero and a terminator has at least one character")
    if settings.sync and not settings.sync.broker.startswith(("mqtt://", "mqtts://")):
        raise wrong("sync.broker", "write mqtt://host:1883 or mqtts://host:8883")
    if settings.sync and not settings.sync.central_keys:
        raise wrong("sync.central_keys", "name at least one public key of central; nothing unsigned is obeyed")
    _address(settings.desk.listen, lambda m: wrong("desk.listen", m))
    if settings.desk.language not in LANGUAGES:
        raise wrong("desk.language", f"there is no such language here; one of {', '.join(LANGUAGES)}")
    if settings.desk.folder and not Path(settings.desk.folder).is_absolute():
        raise wrong("desk.folder", "write an absolute path")
    for i, folder in enumerate(settings.desk.export_folders):
        if not Path(folder).is_absolute():
            raise wrong(f"desk.export_folders[{i}]", "write an absolute path")


def _door_problem(door: DoorSettings, settings: Settings) -> tuple[str, str]:
    """(field, what would be right) of the first thing about a door that makes no sense; two empty words: nothing."""
    if door.when_journal_fails not in ("shut", "open"):
        return "when_journal_fails", "write 'shut' or 'open'"
    if door.fails not in ("secure", "safe"):
        return "fails", "write 'secure' or 'safe'"
    if door.held_after_s < 0 or door.group_s < 0:
        return "held_after_s" if door.held_after_s < 0 else "group_s", "zero or more seconds"
    if door.held_after_s and not 0 <= door.pre_alarm_s < door.held_after_s:
        return "pre_alarm_s", "zero, or less than held_after_s"
    if not 0 <= door.debounce_ms <= 2000:
        return "debounce_ms", "between 0 and 2000"
    if not 100 <= door.exit_ms <= 120_000:
        return "exit_ms", "between 100 and 120000"
    if door.emergency and settings.emergency is None:
        return "emergency", "there is no [emergency] section that names the input"
    return "", ""


def _address(text: str, wrong: Any) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not port.isascii() or not 0 <= int(port) <= 65535:
        raise wrong("write address:port, such as 127.0.0.1:8480")
    return host, int(port)


def host_port(text: str) -> tuple[str, int]:
    """("127.0.0.1", 8480) from "127.0.0.1:8480" (brackets of an IPv6 address taken off)."""
    host, port = _address(text, SettingsError)
    return host.strip("[]"), port
