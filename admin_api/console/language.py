"""The language a request is answered in: English is the source, the others are .po files beside it, read once each on first use.

`_` and `ngettext` translate now, into the language of this request; `N_` marks a text of a table, which is translated when it is shown.
Values go in by name (`_("Hello %(name)s") % {"name": name}`): another language puts them elsewhere.
"""

from __future__ import annotations

import gettext
import io
import re
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.core import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

LANGUAGES = {"en": "English", "fr": "Français", "pl": "Polski", "ro": "Română"}
"""Each by its own name, which is never translated: who looks for it may read no other."""
SOURCE = "en"
LOCALE = Path(__file__).parent / "locale"
VALUE = re.compile(r"%\((v\d)\)s")
COOKIE = "language"
"""What was chosen on this device by somebody who is not signed in."""

Connection = ASGIConnection[Any, Any, Any, Any]

_spoken: ContextVar[str] = ContextVar("language", default=SOURCE)


def speak(language: str) -> None:
    """From here on, within this request, in this language; one there is not is English."""
    _spoken.set(language if language in LANGUAGES else SOURCE)


def spoken() -> str:
    """The language of this request."""
    return _spoken.get()


def locale() -> Locale:
    """How this request writes dates and numbers."""
    return Locale(spoken())


@dataclass(frozen=True)
class Catalogue:
    """The texts of a language with its plural rule. patterns: of the messages with values in them (%(v1)s, ...), the most telling first."""

    texts: gettext.NullTranslations
    patterns: tuple[tuple[re.Pattern[str], str], ...] = ()


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> Catalogue:
    """What is said in a language; English is as it stands in the code. Fuzzy entries do not count."""
    if language == SOURCE:
        return Catalogue(gettext.NullTranslations())
    with (LOCALE / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    valued = sorted((m.id for m in read if isinstance(m.id, str) and "%(v1)s" in m.id), key=lambda text: -len(VALUE.sub("", text)))
    return Catalogue(gettext.GNUTranslations(compiled), tuple((_pattern(text), text) for text in valued))


def _pattern(text: str) -> re.Pattern[str]:
    literal = VALUE.split(text)
    return re.compile("".join(re.escape(part) if i % 2 == 0 else f"(?P<{part}>.*)" for i, part in enumerate(literal)), re.DOTALL)


def _(text: str) -> str:
    """The text in the language of this request; as it is where it has no translation."""
    return catalogue(_spoken.get()).texts.gettext(text) if text else ""


def ngettext(one: str, many: str, n: int) -> str:
    """The form for this many."""
    return catalogue(_spoken.get()).texts.ngettext(one, many, n)


def refused(message: str) -> str:
    """What the house says of something refused: its messages are made in English, with the values in them."""
    said = _(message)
    if said != message:
        return said
    for pattern, text in catalogue(_spoken.get()).patterns:
        found = pattern.fullmatch(message)
        if found:
            return _(text) % found.groupdict()
    return message


def N_(text: str) -> str:
    """Marks a text for translation where it is shown; here it stays English."""
    return text


def accepted(header: str) -> str:
    """The best language we have of an Accept-Language header (RFC 9110, 12.5.4); empty: none of them."""
    found: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        name, _semicolon, rest = part.strip().partition(";")
        language = name.strip().partition("-")[0].lower()
        try:
            quality = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            continue
        if language in LANGUAGES and quality > 0:
            found.append((quality, language))
    return max(found, key=lambda f: f[0])[1] if found else ""


def language_of(connection: Connection) -> str:
    """Of who is signed in, else chosen on this device, else the best the browser asks for, else the site's."""
    row = getattr(connection.scope.get("user"), "row", None)
    chosen = getattr(row, "language", "") or connection.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    site: str = connection.app.state.parts.settings.desk.language
    return accepted(connection.headers.get("accept-language", "")) or site


def speaking(app: ASGIApp) -> ASGIApp:
    """Middleware behind the one that knows who asks: chooses the language before any page is made."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            speak(language_of(ASGIConnection(scope)))
        await app(scope, receive, send)

    return answered
