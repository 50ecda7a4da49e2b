"""How text is made findable: folded words for the index, and the same folding of what somebody types.

A word in the index begins with a mark that says what it is. So two letters find the words that begin with them though the index
knows only threes, and a first name is told from a last one in one column.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from edge.core.model import Card, Record, Vehicle
from edge.core.people import Company, Customer
from edge.core.plate import plate_key

MARK, FIRST, LAST, STREET, POSTAL, CITY, COUNTRY, BRAND, MODEL, COLOUR = map(chr, range(0xE000, 0xE00A))
MARKS = "".join((MARK, FIRST, LAST, STREET, POSTAL, CITY, COUNTRY, BRAND, MODEL, COLOUR))
"""Letters of the private use area: nobody types them."""

_PLAIN = str.maketrans(
    {"ł": "l", "đ": "d", "ø": "o", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
    | dict.fromkeys(MARKS, " ")
    | dict.fromkeys(map(chr, range(0x20)), " ")
    | dict.fromkeys(
        "\x7f\xad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff" + "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))),
        "",
    )
)
"""Control characters part words; what nobody sees (zero width, direction) is not there."""
_ACCENTS = re.compile("[\u0300-\u034e\u0350-\u036f]+")
"""The combining marks that letters of Latin script have; others are looked for one by one."""
_DIGITS = re.compile(r"[0-9]+")
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


@lru_cache(maxsize=2048)
def fold(text: str) -> str:
    """Lower case without accents, one space between words: "  Zażółć Gęślą" is "zazolc gesla"."""
    if text.isascii() and text.isprintable():  # most are, and nothing in them is folded but the case
        return " ".join(text.casefold().split())
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN)))
    if not bare.isascii():
        bare = "".join(c for c in bare if not unicodedata.combining(c)).translate(_PLAIN)
    return " ".join(bare.split())


def marked(text: str, mark: str = MARK) -> str:
    """Folded words with a mark before each."""
    if not text:
        return ""
    folded = fold(text)
    return mark + folded.replace(" ", f" {mark}") if folded else ""


def _all(*texts: str) -> str:
    return " ".join(text for text in texts if text)


def digits(text: str) -> str:
    return "".join(_DIGITS.findall(text))


def phone_key(text: str) -> str:
    """What makes two phone numbers the same; empty for none."""
    return digits(text)[-PHONE_DIGITS:]


def words_of(record: Record) -> Words | None:
    """What this record is found by; None: kinds of it are not searched."""
    match record:
        case Customer():
            phones = (record.mobile, record.phone, record.evening_phone, record.fax)
            return Words(
                name=_all(marked(record.name), marked(record.first_name, FIRST), marked(record.last_name, LAST)),
                email=marked(record.email),
                phone=" ".join(MARK + digits(p) for p in phones if digits(p)),
                number=f"{MARK}#{record.number}{MARK}",
                place=_all(
                    *(
                        _all(
                            marked(a.street, STREET),
                            marked(a.postal_code, POSTAL),
                            marked(a.city, CITY),
                            marked(a.country, COUNTRY),
                        )
                        for a in record.addresses
                    )
                ),
                other=marked(_all(record.contact_person, *(i.id for i in record.identities), *record.tags)),
            )
        case Company():
            return Words(name=marked(record.name))
        case Card():
            return Words(card=marked(_all(record.username, record.last4)))
        case Vehicle():
            said = (
                marked(record.brand, BRAND),
                marked(record.model, MODEL),
                marked(record.colour, COLOUR),
                marked(_all(*record.tags)),
            )
            return Words(plate=MARK + plate_key(record.plate).lower(), other=_all(*said))
        case _:
            return None


def owner_of(record: Record) -> str | None:
    """Whom finding this record leads to."""
    return record.customer if isinstance(record, (Card, Vehicle)) else record.id
