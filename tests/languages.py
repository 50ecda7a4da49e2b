"""Every text of the console, gathered from code and templates, and what the catalogues of the languages lack of them.

`python -m tests.languages` merges them into locale/*.po (sorted, nothing in them that changes by itself); `--check` changes nothing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from admin_api.console.language import LANGUAGES, LOCALE, SOURCE
from admin_api.console.words.elsewhere import elsewhere
from tests.refusals import refusals

CONSOLE = LOCALE.parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {
    "templates/**.html": {"extensions": "jinja2.ext.i18n", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
}
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None}
HOLES = re.compile(r"%\((\w+)\)s|</?(\w+)")
WIDTH = 120


def gathered() -> Catalog:
    """Every text there is to say, in English."""
    found = Catalog()
    for _file, _line, message, _comments, _context in extract_from_dir(CONSOLE, METHODS, OPTIONS, KEYWORDS):
        found.add(message)
    for text in (*elsewhere(), *refusals()):
        found.add(text)
    return found


def spoken(language: str, folder: Path = LOCALE) -> Catalog:
    """The catalogue of a language as it stands in its file."""
    with (folder / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def merged(language: str, texts: Catalog) -> bytes:
    """The file of a language with all these texts and no others, translated as far as it was."""
    now = spoken(language)
    now.update(texts, no_fuzzy_matching=True)
    made = BytesIO()
    write_po(made, now, width=WIDTH, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    head = (
        'msgid ""',
        'msgstr ""',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        f'"Language: {language}\\n"',
        f'"Plural-Forms: {now.plural_forms}\\n"',
    )
    return "\n".join(head).encode() + b"\n\n" + made.getvalue().lstrip(b"\n")


def lacks(language: str, texts: Catalog, folder: Path = LOCALE) -> Iterator[str]:
    """What is wrong with the catalogue of a language, a line each."""
    has = {key(m): m for m in spoken(language, folder) if m.id}
    wanted = {key(m): m for m in texts if m.id}
    for text, message in wanted.items():
        said = has.get(text)
        if said is None or said.pluralizable != message.pluralizable:
            yield f"{language}: missing: {text}"
            continue
        forms = forms_of(said)
        if said.fuzzy or not all(forms):
            yield f"{language}: untranslated: {text}"
        elif any(holes(form) - {"num"} != holes(text) - {"num"} for form in forms):
            yield f"{language}: other placeholders or tags than: {text}"
    yield from (f"{language}: nobody says any more: {text}" for text in has.keys() - wanted.keys())


def key(message: Message) -> str:
    """The text of a message; of one with a plural, its plural."""
    return str(message.id[-1] if message.pluralizable else message.id)


def forms_of(message: Message) -> tuple[str, ...]:
    said = message.string
    return tuple(said) if isinstance(said, tuple | list) else (str(said or ""),)


def holes(text: str) -> set[str]:
    """Names of the values and of the tags in a text."""
    return {a or b for a, b in HOLES.findall(text)}


def main(check: bool) -> int:
    texts = gathered()
    wrong: list[str] = []
    for language in LANGUAGES:
        if language == SOURCE:
            continue
        if not check:
            (LOCALE / f"{language}.po").write_bytes(merged(language, texts))
        wrong += lacks(language, texts)
    print("\n".join(wrong) or f"{len(texts)} texts, every one in every language")
    return 1 if check and wrong else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
