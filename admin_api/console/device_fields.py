"""What the forms of devices ask: the fields of each driver, in words, and how a form becomes a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from admin_api.console import words
from admin_api.console.forms import Field
from admin_api.console.language import N_, _
from admin_api.console.words.said import Said
from admin_api.parts import Parts
from edge.core.device import DeviceSettings
from edge.core.errors import Invalid
from edge.core.model import CredentialKind
from edge.core.place import AccessPoint

MORE = N_("More")
"""The heading under which stands what most sites leave as it is."""
WRITTEN = {"\r": r"\r", "\n": r"\n", "\t": r"\t"}
"""What ends a code, as it is typed: a form cannot show a carriage return."""
START: dict[str, dict[str, Any]] = {
    "serial": {"baud": 9600, "kind": "qr", "terminator": r"\r\n", "silence_s": 0},
    "camera": {"reads": ("qr",), "fps": 10, "silence_s": 5, "code_gone_s": 3, "plate_gone_s": 10},
    "line": {},
    "gpio": {"exit_pressed_low": True, "contact_closed_low": True},
}
DOOR_START: dict[str, Any] = {
    "relock_on_open": True, "held_after_s": 30, "pre_alarm_s": 10, "debounce_ms": 50, "exit_ms": 5000, "fails": "secure",
    "when_journal_fails": "shut", "group_s": 60, "exit_button": True,
}  # fmt: skip
DRIVERS = tuple(START)


def start_of(driver: str) -> dict[str, Any]:
    """What a new device of this driver begins with."""
    return START[driver] if driver in ("serial", "camera") else DOOR_START | START[driver]


async def fields_of(parts: Parts, driver: str) -> tuple[Field, ...]:
    """The fields of a driver."""
    if driver in ("serial", "camera"):
        points = tuple((p.id, p.name) for p in await parts.roster.every(AccessPoint))
        return (NAME, Field(name="access_point", label=N_("At the access point"), kind="select", choices=points, hint=N_("Whose door it asks for.")), *READERS[driver](), *_about())  # fmt: skip
    return (NAME, *DOORS[driver](), *_door(emergency=parts.settings.emergency is not None), *_about())


NAME = Field(name="name", label=N_("Name"), required=True, hint=N_("What the journal and the health of the site call it."))


def _about() -> tuple[Field, ...]:
    return (
        Field(name="place", label=N_("Place"), hint=N_("Where it hangs, for who goes there.")),
        Field(name="serial_number", label=N_("Serial number"), hint=N_("The maker's number on it.")),
    )


def _serial() -> tuple[Field, ...]:
    kinds = tuple((k.value, words.KINDS[k]) for k in (CredentialKind.QR, CredentialKind.BARCODE, CredentialKind.UID, CredentialKind.PLATE, CredentialKind.PIN))  # fmt: skip
    ends = ((r"\r\n", _("Carriage return or line feed")), (r"\r", _("Carriage return")), (r"\n", _("Line feed")), (r"\t", _("Tab")))
    return (
        Field(name="port", label=N_("Port"), required=True, hint=N_("A path that stays the same: /dev/serial/by-id/…")),
        Field(name="kind", label=N_("Reads"), kind="select", choices=kinds),
        Field(name="baud", label=N_("Speed"), kind="number", required=True, hint=N_("Bits a second."), group=MORE),
        Field(name="terminator", label=N_("A code ends with"), choices=ends, required=True, hint=N_("Any of these characters; \\r is a carriage return, \\n a line feed."), group=MORE),
        Field(name="strip_prefix", label=N_("Taken off the front"), hint=N_("Such as ]Q1, where the scanner says the kind."), group=MORE),
        Field(name="strip_suffix", label=N_("Taken off the end"), group=MORE),
        Field(name="pin_prefix", label=N_("A PIN begins with"), hint=N_("Empty: it has no keypad."), group=MORE),
        Field(name="silence_s", label=N_("Silent after"), kind="decimal", hint=N_("Seconds without a byte; 0: never."), group=MORE),
    )  # fmt: skip


def _camera() -> tuple[Field, ...]:
    kinds = tuple((k.value, words.KINDS[k]) for k in (CredentialKind.QR, CredentialKind.BARCODE, CredentialKind.PLATE))
    part = N_("Part of the picture as left, top, width, height from 0 to 1; empty: all of it.")
    return (
        Field(name="source", label=N_("Address"), required=True, hint=N_("rtsp://user:password@camera/stream, http://camera/video.mjpeg or v4l2:/dev/video0."), wide=True),
        Field(name="reads", label=N_("Looks for"), kind="checks", choices=kinds),
        Field(name="region", label=N_("Looks for codes in"), kind="fractions", hint=part, group=MORE),
        Field(name="plate_region", label=N_("Looks for plates in"), kind="fractions", hint=part, group=MORE),
        Field(name="fps", label=N_("Pictures a second"), kind="decimal", hint=N_("At most; 0.5 to 30."), group=MORE),
        Field(name="silence_s", label=N_("Lost after"), kind="decimal", hint=N_("Seconds without a picture; 1 to 60."), group=MORE),
        Field(name="code_gone_s", label=N_("A code is new after"), kind="decimal", hint=N_("Seconds out of the picture; 0.5 to 600."), group=MORE),
        Field(name="plate_gone_s", label=N_("A plate is new after"), kind="decimal", hint=N_("Seconds out of the picture; 4 to 600."), group=MORE),
    )  # fmt: skip


def _line() -> tuple[Field, ...]:
    return (
        Field(name="address", label=N_("Address of the door board"), required=True, hint=N_("As in 192.168.1.40:4001.")),
        Field(name="exit_button", label=N_("Its exit button counts"), kind="check", group=MORE),
    )


def _gpio() -> tuple[Field, ...]:
    return (
        Field(name="chip", label=N_("GPIO chip"), required=True, hint=N_("Such as /dev/gpiochip0.")),
        Field(name="relay_line", label=N_("Line of the relay"), kind="number", required=True),
        Field(name="contact_line", label=N_("Line of the door contact"), kind="number", hint=N_("Empty: it has none.")),
        Field(name="exit_line", label=N_("Line of the exit button"), kind="number", hint=N_("Empty: it has none.")),
        Field(name="buzzer_line", label=N_("Line of the buzzer"), kind="number", hint=N_("Empty: it has none."), group=MORE),
        Field(name="relay_active_low", label=N_("The relay pulls in on a low level"), kind="check", group=MORE),
        Field(name="contact_closed_low", label=N_("A closed door pulls the contact low"), kind="check", group=MORE),
        Field(name="exit_pressed_low", label=N_("A pressed button pulls its line low"), kind="check", group=MORE),
    )


def _door(*, emergency: bool) -> tuple[Field, ...]:
    fails = (("secure", _("It stays locked")), ("safe", _("It lets go")))
    journal = (("shut", _("It stays shut")), ("open", _("It opens for who may enter")))
    more = (
        Field(name="held_after_s", label=N_("Open too long after"), kind="decimal", hint=N_("Seconds; 0: never."), group=MORE),
        Field(name="pre_alarm_s", label=N_("Buzzes before that"), kind="decimal", hint=N_("Seconds; 0: not."), group=MORE),
        Field(name="exit_ms", label=N_("The exit button releases it for"), kind="number", required=True, hint=N_("Milliseconds."), group=MORE),
        Field(name="debounce_ms", label=N_("A contact counts after"), kind="number", required=True, hint=N_("Milliseconds; 0 to 2000."), group=MORE),
        Field(name="group_s", label=N_("The same alarm is counted for"), kind="decimal", hint=N_("Seconds; 0: each is written."), group=MORE),
        Field(name="fails", label=N_("Without power"), kind="select", choices=fails, group=MORE),
        Field(name="when_journal_fails", label=N_("While nothing can be written down"), kind="select", choices=journal, group=MORE),
        Field(name="relock_on_open", label=N_("Locks again as soon as it is opened"), kind="check", group=MORE),
    )  # fmt: skip
    return (
        (*more, Field(name="emergency", label=N_("The emergency input opens it"), kind="check", group=MORE)) if emergency else more
    )


READERS = {"serial": _serial, "camera": _camera}
DOORS = {"line": _line, "gpio": _gpio}


# ---------------------------------------------------------------------------------------------------- to and fro


async def values_of(parts: Parts, wired: DeviceSettings) -> dict[str, Any]:
    """A device as a form shows it; its access point, which a file calls by its name, by its id."""
    values: dict[str, Any] = {field: getattr(wired, field) for field in wired.__struct_fields__}
    if "terminator" in values:
        values["terminator"] = "".join(WRITTEN.get(c, c) for c in values["terminator"])
    if "access_point" in values:
        ids = {point.name: point.id for point in await parts.roster.every(AccessPoint)}
        values["access_point"] = ids.get(values["access_point"], values["access_point"])
    return values


def wired_of(driver: str, values: Mapping[str, Any]) -> DeviceSettings:
    """The device that a form describes. Raises Invalid naming the field."""
    kept = {field: value for field, value in values.items() if value is not None}
    if "terminator" in kept:
        for end, written in WRITTEN.items():
            kept["terminator"] = kept["terminator"].replace(written, end)
    try:
        made: DeviceSettings = msgspec.convert({**kept, "driver": driver}, DeviceSettings)
    except msgspec.ValidationError as error:
        message, _at, path = str(error).partition(" - at `$.")
        raise Invalid(message, field=path.rstrip("`").partition("[")[0]) from error
    return made


def drivers() -> dict[str, Said]:
    """What each driver is to a person, and what it is for."""
    return {
        "serial": Said(_("Scanner or card reader"), _("It is plugged in and sends a line for each code or card.")),
        "camera": Said(_("Camera"), _("Its pictures are searched for QR codes, barcodes and number plates.")),
        "line": Said(_("Door on a door board"), _("A board in the network that moves the door and says whether it is shut.")),
        "gpio": Said(
            _("Door on a relay of this machine"), _("The relay, contact and button are wired to this machine's own pins.")
        ),
    }
