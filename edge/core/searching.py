"""How text is made findable: folded words for the index, and the same folding of what somebody types.

A folded word begins with MARK, so that two letters find the words that begin with them though the index knows only threes.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from edge.core.model import Card, Record, Vehicle
from edge.core.people import Company, Customer
from edge.core.plate import plate_key

MARK = "|"
_PLAIN = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", MARK: " "})
PHONE_DIGITS = 9
"""Numbers are the same when this many digits at their end are: however the country code was written."""


class Words(NamedTuple):
    """What a record is found by: the columns of the index, each folded words."""

    name: str = ""
    email: str = ""
    phone: str = ""
    number: str = ""
    place: str = ""
    plate: str = ""
    card: str = ""
    other: str = ""


FIELDS = Words._fields


def fold(text: str) -> str:
    """Lower case without accents, one space between words: "  Zażółć Gęślą" is "zazolc gesla"."""
    bare = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).translate(_PLAIN).split())


def marked(*texts: str) -> str:
    """Folded words with a mark before each."""
    return " ".join(MARK + word for word in fold(" ".join(texts)).split())


def digits(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isdigit())


def phone_key(text: str) -> str:
    """What makes two phone numbers the same; empty for none."""
    return digits(text)[-PHONE_DIGITS:]


def words_of(record: Record) -> Words | None:
    """What this record is found by; None: kinds of it are not searched."""
    match record:
        case Customer():
            phones = (record.mobile, record.phone, record.evening_phone, record.fax)
            return Words(
                name=marked(record.name, record.first_name, record.last_name),
                email=marked(record.email),
                phone=" ".join(MARK + digits(p) for p in phones if digits(p)),
                number=f"{MARK}#{record.number}",
                place=marked(*(f"{a.street} {a.postal_code} {a.city} {a.country}" for a in record.addresses)),
                other=marked(record.contact_person, *(i.id for i in record.identities), *record.tags),
            )
        case Company():
            return Words(name=marked(record.name))
        case Card():
            return Words(card=marked(record.username, record.last4))
        case Vehicle():
            return Words(
                plate=MARK + plate_key(record.plate).lower(), other=marked(record.brand, record.model, record.colour, *record.tags)
            )
        case _:
            return None


def owner_of(record: Record) -> str | None:
    """Whom finding this record leads to."""
    return record.customer if isinstance(record, (Card, Vehicle)) else record.id
