"""Address book cards, vCard 4.0 (RFC 6350): customers alone. Lines are folded at 75 bytes, values escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO

import msgspec

from admin_api.reports.columns import Batches, Clock, Column, Head, Kind
from edge.core.people import Address

CLOCK = Clock.TEXT
COLUMNS = (
    Column("id", "t.id", Kind.CODE), Column("number", "t.number", Kind.NUMBER), Column("name", "t.name"), Column("first", "t.first_name"),
    Column("last", "t.last_name"), Column("email", "t.email"), Column("phone", "t.phone"), Column("mobile", "t.mobile"),
    Column("evening", "t.evening_phone"), Column("fax", "t.fax"), Column("company", "co.name"), Column("addresses", "t.addresses"),
    Column("born", "t.born", Kind.CODE), Column("language", "t.language"), Column("note", "t.description"),
    Column("tags", "(SELECT group_concat(tag, char(31)) FROM roster.tagged WHERE owner = t.id)"),
)  # fmt: skip
"""What a card is made of, in the order of `_card`; a list of customers has other columns."""
_TYPES = {"home": "home", "work": "work", "delivery": "home", "billing": "work"}
_addresses = msgspec.json.Decoder(tuple[Address, ...])


def write(file: IO[bytes], head: Head, columns: Sequence[Column], rows: Batches) -> None:
    """One card a customer; the format has no place for a head. columns are COLUMNS."""
    for batch in rows:
        file.write(b"".join(folded(line) for row in batch for line in _card(*row)))


def _card(
    id: str, number: int, name: str, first: str, last: str, email: str, phone: str, mobile: str, evening: str, fax: str,
    company: str | None, addresses: str, born: str, language: str, note: str, tags: str | None,
) -> Iterator[str]:  # fmt: skip
    yield from ("BEGIN:VCARD", "VERSION:4.0", f"UID:urn:uuid:{id}" if len(id) == 36 else f"UID;VALUE=text:{escaped(id)}")
    yield f"FN:{escaped(name)}"
    yield f"N:{escaped(last)};{escaped(first)};;;" if first or last else f"N:{escaped(name)};;;;"
    for kind, value in (("work", phone), ("cell", mobile), ("home", evening), ("fax", fax)):
        if value:
            yield f"TEL;VALUE=text;TYPE={kind}:{escaped(value)}"
    if email:
        yield f"EMAIL:{escaped(email)}"
    if company:
        yield f"ORG:{escaped(company)}"
    for at in _addresses.decode(addresses):
        parts = ("", "", at.street, at.city, "", at.postal_code, at.country)
        yield f"ADR;TYPE={_TYPES[at.kind.value]}:{';'.join(escaped(part) for part in parts)}"
    if len(born) == 10:
        yield f"BDAY:{born.replace('-', '')}"
    if language:
        yield f"LANG:{escaped(language)}"
    if tags:
        yield f"CATEGORIES:{','.join(escaped(tag) for tag in tags.split(chr(31)))}"
    if note:
        yield f"NOTE:{escaped(note)}"
    yield f"X-CUSTOMER-NUMBER:{number}"
    yield "END:VCARD"


def escaped(value: str) -> str:
    """A value as RFC 6350 3.4 has it; no line of it can become a line of the card."""
    value = value.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    value = "\\n".join(value.splitlines())
    return "".join(c for c in value if c >= " " or c == "\t")


def folded(line: str) -> bytes:
    """At most 75 bytes a line, never within a letter; what goes on begins with a space."""
    raw, made, room = line.encode("utf-8", "replace"), [], 75
    while len(raw) > room:
        cut = room
        while raw[cut] & 0xC0 == 0x80:
            cut -= 1
        made.append(raw[:cut])
        raw, room = raw[cut:], 74
    return b"\r\n ".join((*made, raw)) + b"\r\n"
