"""Tables of words: kept in English, said in the language of who reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from admin_api.console.language import _

K = TypeVar("K")


@dataclass(frozen=True)
class Said:
    """A code in words: what stands in a line, and the sentence behind it. Both are marked with `N_` where they stand."""

    line: str
    sentence: str

    @property
    def short(self) -> str:
        return _(self.line)

    @property
    def long(self) -> str:
        return _(self.sentence)


class Words(Mapping[K, str]):
    """A word for each code, translated when it is looked up."""

    def __init__(self, texts: Mapping[K, str]) -> None:
        self._texts = texts

    def __getitem__(self, key: K) -> str:
        return _(self._texts[key])

    def __iter__(self) -> Iterator[K]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


class Toned(Mapping[K, tuple[str, str]]):
    """A word and its tone for each code, the word translated when it is looked up."""

    def __init__(self, texts: Mapping[K, tuple[str, str]]) -> None:
        self._texts = texts

    def __getitem__(self, key: K) -> tuple[str, str]:
        word, tone = self._texts[key]
        return _(word), tone

    def __iter__(self) -> Iterator[K]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)
