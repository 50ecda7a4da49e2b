"""From the text of a cell to the value of a field, as the record's own add takes it. What cannot be one is said in plain words."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from admin_api.imports.mapping import plain
from edge.core.errors import Invalid
from edge.core.model import CardStatus, CredentialKind, Status, VehicleClass
from edge.core.people import Sex
from edge.core.schedule import zone

_SEPARATORS = re.compile(r"[,;|]")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[ T](\d{1,2}:\d{2})(?::\d{2})?)?")
_YEAR_FIRST = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})(?:[ T](\d{1,2}:\d{2})(?::\d{2})?)?")
_WORDS: dict[str, str] = {
    "actif": "active", "aktywny": "active", "aktywna": "active", "activ": "active", "activa": "active", "yes": "active",
    "inactif": "inactive", "nieaktywny": "inactive", "nieaktywna": "inactive", "inactiv": "inactive", "inactiva": "inactive", "no": "inactive",
    "suspendu": "suspended", "zawieszony": "suspended", "zawieszona": "suspended", "suspendat": "suspended", "blocked": "suspended",
    "invite": "invited", "zaproszony": "invited", "invitat": "invited", "perdu": "lost", "perdue": "lost", "zgubiona": "lost", "pierdut": "lost",
    "vole": "stolen", "volee": "stolen", "skradziona": "stolen", "furat": "stolen",
    "f": "female", "k": "female", "w": "female", "femme": "female", "kobieta": "female", "woman": "female", "feminin": "female", "femeie": "female",
    "m": "male", "h": "male", "homme": "male", "mezczyzna": "male", "man": "male", "masculin": "male", "barbat": "male",
    "qr code": "qr", "code 128": "barcode", "rfid": "uid", "tag": "uid", "fob": "uid", "nfc": "uid", "rotating": "rotating_qr", "phone": "rotating_qr",
    "voiture": "car", "samochod": "car", "osobowy": "car", "masina": "car", "moto": "motorbike", "motocykl": "motorbike", "motocicleta": "motorbike",
    "velo": "bicycle", "rower": "bicycle", "bike": "bicycle", "camion": "lorry", "ciezarowka": "lorry", "truck": "lorry", "autokar": "coach",
    "bus": "coach", "bateau": "boat", "lodz": "boat", "barca": "boat", "furgon": "van", "duba": "van",
}  # fmt: skip
"""What people write for a value that is chosen from a few (en, fr, pl, ro)."""
_COUNTRIES: dict[str, str] = {
    name: code
    for code, names in {
        "PL": "poland polska pologne polonia", "FR": "france francja franta", "RO": "romania roumanie rumunia", "DE": "germany deutschland allemagne niemcy germania",
        "GB": "uk england grande bretagne wielka_brytania marea_britanie", "CZ": "czechia czechy tchequie cehia", "SK": "slovakia slowacja slovaquie slovacia",
        "UA": "ukraine ukraina ucraina", "MD": "moldova moldavie moldawia", "IT": "italy italia italie wlochy", "ES": "spain espana espagne hiszpania spania",
        "BE": "belgium belgique belgia", "NL": "netherlands pays_bas holandia olanda niderlandy", "HU": "hungary hongrie wegry ungaria", "AT": "austria autriche osterreich",
    }.items()
    for name in names.replace(" ", "\n").replace("_", " ").split("\n")
}  # fmt: skip
_LANGUAGES = {
    "english": "en", "anglais": "en", "angielski": "en", "engleza": "en", "french": "fr", "francais": "fr", "francuski": "fr", "franceza": "fr",
    "polish": "pl", "polonais": "pl", "polski": "pl", "poloneza": "pl", "romanian": "ro", "roumain": "ro", "rumunski": "ro", "romana": "ro",
}  # fmt: skip
CHOICES: dict[str, type[StrEnum]] = {"sex": Sex, "kind": CredentialKind, "class": VehicleClass}


def several(text: str) -> tuple[str, ...]:
    """What stands in one cell with commas, semicolons or bars between."""
    return tuple(part for part in (part.strip() for part in _SEPARATORS.split(text)) if part)


def whole(text: str, field: str) -> int:
    bare = text.replace(" ", "").replace("\u202f", "")
    if not bare.isdecimal() or not bare.isascii() or len(bare) > 15:
        raise Invalid("a whole number", field=field)
    return int(bare)


def percent(text: str, field: str) -> int:
    """Hundredths of a percent."""
    try:
        return round(float(text.replace("%", "").replace(",", ".").strip()) * 100)
    except (ValueError, OverflowError) as error:
        raise Invalid("a percentage, 0 to 100", field=field) from error


def chosen(text: str, field: str, choices: type[StrEnum]) -> str:
    """One of a few, in the house's word or another language's."""
    said = plain(text)
    word = said.replace(" ", "_")
    known = {each.value for each in choices}
    if word in known:
        return word
    if _WORDS.get(said) in known:
        return _WORDS[said]
    raise Invalid(f"one of {', '.join(sorted(k for k in known if k))}", field=field)


def status(text: str, *, of_card: bool) -> str:
    return chosen(text, "status", CardStatus if of_card else Status)


def country(text: str) -> str:
    """Two letters; the names of neighbours too. What is neither is for the record's own rules."""
    return _COUNTRIES.get(plain(text), text.upper())


def language(text: str) -> str:
    return _LANGUAGES.get(plain(text), text.lower())


def day(text: str, field: str) -> str:
    """YYYY-MM-DD."""
    return _read(text, field)[0].isoformat()


def instant(text: str, field: str, tz: str, *, end: bool = False) -> int:
    """ms since 1970: a date (its first instant by the site's clock; end: the one after its last), or a date and time."""
    found, clock = _read(text, field)
    try:
        if clock:
            hour, minute = (int(part) for part in clock.split(":"))
            at = datetime(found.year, found.month, found.day, hour, minute, tzinfo=zone(tz))
        else:
            found += timedelta(days=1) if end else timedelta()
            at = datetime(found.year, found.month, found.day, tzinfo=zone(tz))
        return int(at.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise Invalid("a date such as 2026-05-01, or with a time: 2026-05-01 14:30", field=field) from error


def _read(text: str, field: str) -> tuple[date, str]:
    found: Any = _YEAR_FIRST.fullmatch(text)
    parts = (found[1], found[2], found[3]) if found else ()
    if not found and (found := _DAY_FIRST.fullmatch(text)):
        parts = (found[3], found[2], found[1])
    try:
        if not found:
            raise ValueError(text)
        year, month, day_ = (int(part) for part in parts)
        return date(year, month, day_), found[4] or ""
    except ValueError as error:
        raise Invalid("a date such as 2026-05-01 or 1.5.2026 (day, month, year)", field=field) from error
