"""Cells as they are taken: what cannot be seen is taken out, what looks alike is made one, and how a text file's bytes are read."""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path

from edge.core.errors import Invalid

LOOKED_AT = 1 << 16
_WESTERN, _CENTRAL = "cp1252", "cp1250"
_LETTERS = {
    _CENTRAL: "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽőűŐŰăâîşţĂÂÎŞŢäöüßÄÖÜ",
    _WESTERN: "àâäçèéêëîïôöùûüÿœæÀÂÄÇÈÉÊËÎÏÔÖÙÛÜŸŒÆáíóúñÁÍÓÚÑßåøÅØãõÃÕìòÌÒ",
}
_SAID = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", _CENTRAL: "Windows-1250", _WESTERN: "Windows-1252"}  # fmt: skip
ENCODINGS = {"UTF-8": "utf-8-sig", "UTF-16": "utf-16", "Windows-1250": _CENTRAL, "Windows-1252": _WESTERN}
"""What may be asked for, by the name that is shown."""


def clean(cell: str) -> str:
    """Trimmed, composed (NFC), one space between words; marks of direction, joiners and other invisible characters are gone."""
    if cell.startswith("'") and cell[1:2] in ("=", "+", "-", "@"):
        cell = cell[1:]  # our own files, and Excel, keep a text from being a formula so
    if cell.isascii() and cell.isprintable():
        return " ".join(cell.split())
    seen = "".join(c if c.isprintable() else " " if c.isspace() else c if unicodedata.category(c) == "Cc" else "" for c in cell)
    return " ".join(unicodedata.normalize("NFC", seen).split())


def shown(encoding: str) -> str:
    """The name of an encoding as people know it."""
    return _SAID.get(encoding, encoding)


def encoding_of(path: Path) -> tuple[str, bool]:
    """(codec, is it a guess). Raises Invalid for what is no text."""
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", False
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", False
    if b"\0" in head:
        return _wide(head), True
    if _is_utf8(path):
        return "utf-8", False
    high = bytes(sorted(set(_high_bytes(path))))
    scores = {codec: sum(c in _LETTERS[codec] for c in high.decode(codec, "replace")) for codec in (_CENTRAL, _WESTERN)}
    return (_CENTRAL if scores[_CENTRAL] > scores[_WESTERN] else _WESTERN), True


def _wide(head: bytes) -> str:
    """UTF-16 without its mark: every second byte of Latin text is nought."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 < len(head):
        raise Invalid("this is neither a spreadsheet nor text", field="file")
    return "utf-16-be" if even > odd else "utf-16-le"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while piece := file.read(LOOKED_AT):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _high_bytes(path: Path) -> bytes:
    """Bytes above 127, of at most the first megabyte."""
    with path.open("rb") as file:
        return bytes(byte for byte in file.read(1 << 20) if byte > 127)
