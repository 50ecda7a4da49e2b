"""Addresses as lines of text: `home: Nabrzeżna 4; 00-001; Warszawa; PL`."""

from __future__ import annotations

from collections.abc import Iterable

from edge.core.errors import Invalid
from edge.core.people import Address, AddressKind


def write(addresses: Iterable[Address]) -> str:
    """A line each, as `read` takes it."""
    return "\n".join(f"{a.kind.value}: {'; '.join((a.street, a.postal_code, a.city, a.country))}" for a in addresses)


def read(text: str, field: str) -> tuple[Address, ...]:
    """kind: street; postal code; city; country - a line each; without a kind it is home. Raises Invalid naming the line."""
    found = []
    for number, line in enumerate((line for line in text.splitlines() if line.strip()), 1):
        kind, colon, rest = line.partition(":")
        if colon and kind.strip().lower() not in set(AddressKind):
            raise Invalid(f"line {number}: an address is for {', '.join(AddressKind)}", field=field)
        parts = [part.strip() for part in (rest if colon else line).split(";")]
        if len(parts) > 4:
            raise Invalid(f"line {number}: street; postal code; city; country", field=field)
        street, postal_code, city, country = (*parts, "", "", "", "")[:4]
        about = AddressKind(kind.strip().lower()) if colon else AddressKind.HOME
        found.append(Address(kind=about, street=street, postal_code=postal_code, city=city, country=country))
    return tuple(found)


def shown(address: Address) -> str:
    """On one line, for people."""
    return ", ".join(lines(address))


def lines(address: Address) -> tuple[str, ...]:
    """As on an envelope."""
    town = f"{address.postal_code} {address.city}".strip()
    return tuple(part for part in (address.street, town, address.country) if part)
