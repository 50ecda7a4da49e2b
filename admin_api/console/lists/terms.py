"""Choices of the filters in words: kinds of people and vehicles, sources, states. Said in the language of who asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin_api.console import words
from admin_api.console.language import LANGUAGES, _
from admin_api.console.lists.sheet import Choice
from admin_api.reads.quality import Finding
from edge.core.model import VehicleClass
from edge.core.people import PersonKind, Source
from edge.core.place import BookingState


def choices(said: Mapping[Any, str]) -> tuple[Choice, ...]:
    """Of a table of codes and words."""
    return tuple((str(getattr(code, "value", code)), label) for code, label in said.items())


def person_kinds() -> dict[PersonKind, str]:
    return {
        PersonKind.CUSTOMER: _("Customer"), PersonKind.USER: _("Staff"), PersonKind.GUEST: _("Guest"), PersonKind.DELIVERY: _("Delivery"),
        PersonKind.CONTRACTOR: _("Contractor"), PersonKind.SERVICE: _("Service"),
    }  # fmt: skip


def sources() -> dict[Source, str]:
    return {
        Source.TELEPHONE: _("By telephone"), Source.WALK_IN: _("Walk-in"), Source.ONLINE: _("Online"), Source.IMPORT: _("Import"),
        Source.SYNC: _("Central server"),
    }  # fmt: skip


def vehicle_classes() -> dict[VehicleClass, str]:
    return {
        VehicleClass.CAR: _("Car"), VehicleClass.MOTORBIKE: _("Motorbike"), VehicleClass.BICYCLE: _("Bicycle"), VehicleClass.VAN: _("Van"),
        VehicleClass.LORRY: _("Lorry"), VehicleClass.COACH: _("Coach"), VehicleClass.BOAT: _("Boat"),
    }  # fmt: skip


def booking_states() -> dict[BookingState, str]:
    return {BookingState.CONFIRMED: _("Confirmed"), BookingState.CANCELLED: _("Cancelled")}


def payment_states() -> dict[str, str]:
    return {state: said for state, (said, _tone) in words.PAYMENT_STATES.items() if said}


def languages() -> tuple[Choice, ...]:
    """Each by its own name."""
    return tuple(LANGUAGES.items())


def findings() -> dict[Finding, str]:
    """What a record may have to put right."""
    return {
        Finding.NO_COMPANY: _("No company"), Finding.NO_EMAIL: _("No e-mail"), Finding.NO_PHONE: _("No phone"),
        Finding.NO_ADDRESS: _("No address"), Finding.NO_CARD_OR_VEHICLE: _("No card or vehicle"), Finding.NO_PROFILE: _("No access profile"),
        Finding.SAME_EMAIL: _("E-mail of two"), Finding.SAME_MOBILE: _("Mobile of two"), Finding.SAME_NAME: _("Name of two"),
        Finding.SHOUTED_NAME: _("Name all capital or small"), Finding.SHORT_PHONE: _("Phone too short"),
        Finding.NEVER_REVIEWED: _("Never reviewed"), Finding.ACTIVE_NEVER_SEEN: _("Active, never seen"),
    }  # fmt: skip
