"""The settings of one edge: a strict TOML file for what is wired where. Who may come in is not here but in the roster.

Every field has its meaning, unit and consequence under it; docs/gatelatch.example.toml shows each in a file.
"""

from __future__ import annotations

import difflib
import os
import shutil
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from edge.core import colour
from edge.core.device import (
    CameraReader,
    Device,
    DeviceSettings,
    DoorSettings,
    GpioDoor,
    LineDoor,
    ReaderSettings,
    Section,
    SerialReader,
    is_address,
    problems,
)
from edge.core.errors import Invalid, SettingsError
from edge.core.model import LANGUAGES, CredentialKind
from edge.core.place import SitePolicy


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
    evidence: bool = False
    """Send the pictures that are kept with readings too, each when central has all events."""


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
    serial_ports: tuple[str, ...] = ("/dev/serial/by-id/*", "/dev/serial0")
    """Where scanners and readers are looked for when one is set up from the console (patterns of paths)."""
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


def with_console(base: Settings, policy: SitePolicy, devices: Iterable[Device]) -> tuple[Settings, str]:
    """The settings of the file with what was set from the console over them, and what of that is left out because it does not fit the rest."""
    site = {"name": policy.site_name, "time_zone": policy.time_zone, "accent": policy.accent}
    settings = msgspec.structs.replace(
        base,
        site=msgspec.structs.replace(base.site, **{field: said for field, said in site.items() if said}),
        desk=msgspec.structs.replace(base.desk, language=policy.language or base.desk.language),
    )
    left_out = ""
    for device in devices:
        over = _with_device(settings, device.wired)
        try:
            _check_sense(over, "the console")
        except SettingsError as error:
            left_out = f"{device.name} is left out. {error.message[:1].upper()}{error.message[1:]}"
            continue
        settings = over
    return settings, left_out


def _with_device(settings: Settings, wired: DeviceSettings) -> Settings:
    """With this device in place of the one of its kind and name, or behind the others."""
    word = "reader" if isinstance(wired, ReaderSettings) else "door"
    kept = [wired if there.name == wired.name else there for there in getattr(settings, word)]
    return msgspec.structs.replace(settings, **{word: tuple(kept if wired in kept else [*kept, wired])})


def _last_good(path: Path) -> Path:
    """In the service's own folder (systemd says which), since /etc is closed to it; beside the file otherwise."""
    state = os.environ.get("STATE_DIRECTORY")
    return Path(state) / "settings.last-good" if state else path.with_name(path.name + ".last-good")


def _refuse_unknown(raw: Any, kind: Any, where: str, at: str) -> None:
    """Name the nearest right key for every wrong one; msgspec alone would only say that it is unknown."""
    if not isinstance(raw, dict) or not (isinstance(kind, type) and issubclass(kind, Section)):
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
        try:
            colour.check(settings.site.accent)
        except Invalid as error:
            raise wrong("site.accent", error.message) from error
    for word, items in (("reader", settings.reader), ("door", settings.door)):
        names = [i.name for i in items]
        for i, device in enumerate(items):
            for field, message in problems(device):
                raise wrong(f"{word}[{i}].{field}", message)
            if device.name in names[:i]:
                raise wrong(f"{word}[{i}].name", f"there is another {word} called {device.name}")
    for i, door in enumerate(settings.door):
        if door.emergency and settings.emergency is None:
            raise wrong(f"door[{i}].emergency", "there is no [emergency] section that names the input")
    if settings.emergency:
        at = settings.emergency
        if bool(at.board) is bool(at.chip) or bool(at.chip) is (at.line is None):
            raise wrong("emergency", "name either a board (host:port), or a chip and its line")
        if at.board:
            _address(at.board, lambda m: wrong("emergency.board", m))
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


def _address(text: str, wrong: Any) -> tuple[str, int]:
    if not is_address(text):
        raise wrong("write address:port, such as 127.0.0.1:8480")
    host, _, port = text.rpartition(":")
    return host, int(port)


def host_port(text: str) -> tuple[str, int]:
    """("127.0.0.1", 8480) from "127.0.0.1:8480" (brackets of an IPv6 address taken off)."""
    host, port = _address(text, SettingsError)
    return host.strip("[]"), port
