"""What a simulated facility is made of and who comes there: a TOML file as frozen values."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the file."""


class DoorPart(Part, frozen=True, kw_only=True):
    name: str
    travel_s: float = 0.12


class PointPart(Part, frozen=True, kw_only=True):
    """An access point as the desk's API takes it."""

    name: str
    door: str
    from_zone: str | None = None
    to_zone: str | None = None
    strike_ms: int = 400


class ScannerPart(Part, frozen=True, kw_only=True):
    name: str
    access_point: str


class CameraPart(Part, frozen=True, kw_only=True):
    name: str
    access_point: str
    reads: tuple[str, ...] = ("qr",)


class RowPart(Part, frozen=True, kw_only=True):
    """A row of the roster as central sends it."""

    type: str
    id: str
    fields: dict[str, Any]


class Person(Part, frozen=True, kw_only=True):
    """Somebody with a card and maybe a plate; note: what to expect, for the demo page.

    customer, card: further fields of theirs; booking: fields of a booking of theirs.
    """

    name: str
    code: str
    note: str = ""
    plate: str = ""
    status: str = "active"
    blocklisted: bool = False
    company: str | None = None
    profiles: tuple[str, ...] = ()
    customer: dict[str, Any] = {}
    card: dict[str, Any] = {}
    booking: dict[str, Any] = {}


class StepPart(Part, frozen=True, kw_only=True):
    """Something that happens after a pause (s): a scan, a picture, a fault. scanner + code, or camera + code or plate, or fault + of."""

    after: float = 1.0
    scanner: str = ""
    camera: str = ""
    code: str = ""
    plate: str = ""
    fault: str = ""
    of: str = ""


class Scenario(Part, frozen=True, kw_only=True):
    name: str
    time_zone: str = "UTC"
    door: tuple[DoorPart, ...] = ()
    access_point: tuple[PointPart, ...] = ()
    scanner: tuple[ScannerPart, ...] = ()
    camera: tuple[CameraPart, ...] = ()
    row: tuple[RowPart, ...] = ()
    person: tuple[Person, ...] = ()
    step: tuple[StepPart, ...] = ()

    def roster(self) -> list[tuple[str, str, str, dict[str, Any]]]:
        """Every row for central.edit: the given ones, then each person with card and vehicle."""
        rows = [("put", row.type, row.id, row.fields) for row in self.row]
        for number, person in enumerate(self.person, 1):
            customer = f"customer-{number}"
            mail = person.name.lower().replace(" ", ".") + "@example.org"
            rows.append(("put", "customer", customer, {
                "name": person.name, "email": mail, "status": person.status, "blocklisted": person.blocklisted,
                "company": person.company, "profiles": list(person.profiles), **person.customer,
            }))  # fmt: skip
            card = {"customer": customer, "username": person.name.split()[0].lower(), "code": person.code, **person.card}
            rows.append(("put", "card", f"card-{number}", card))
            if person.plate:
                rows.append(("put", "vehicle", f"vehicle-{number}", {"plate": person.plate, "customer": customer}))
            if person.booking:
                rows.append(("put", "booking", f"booking-{number}", {"customer": customer, **person.booking}))
        return rows


def load(path: Path | None = None) -> Scenario:
    """A scenario from a file, or the harbour. Raises ValueError naming the field."""
    text = path.read_text("utf-8") if path else resources.files("hw_sim").joinpath("scenarios/harbour.toml").read_text("utf-8")
    try:
        return msgspec.convert(tomllib.loads(text), Scenario)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path or 'harbour.toml'}: {error}") from error
