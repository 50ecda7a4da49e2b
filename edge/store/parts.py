"""The parts of one snapshot of central's as they come in, any order, some twice, kept over a restart so that none comes again."""

from __future__ import annotations

import hashlib
import os
import zlib
from pathlib import Path

import msgspec

from edge.core.errors import StoreError
from edge.store.files import MODE_PRIVATE
from edge.store.sealed import seal, unseal

LIMIT = 20_000
"""Parts of one snapshot."""
Of = tuple[str, str, int, int, str]
"""(id, epoch, rev, number of parts, SHA-256 in hex over their rows) of a snapshot."""
_HEAD = 8
"""Before each piece: its number and its length, 4 bytes each, big-endian."""
_OF = LIMIT
"""The number of the piece that says of which snapshot the parts are."""


class Parts:
    """A file that is only ever added to, sealed piece by piece, since codes are among the rows. What a power cut tears off at its end is
    not there: central sends it again."""

    def __init__(self, path: Path, key: bytes, *, read_only: bool = False) -> None:
        """read_only: what is there is looked at, and stays as it is."""
        self._path, self._key = path, key
        try:
            flags = os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT
            self._fd = os.open(path, flags | os.O_CLOEXEC, MODE_PRIVATE)
        except OSError as error:
            raise StoreError(f"{path}: cannot be opened: {error.strerror}") from error
        self._of: Of | None = None
        self._at: dict[int, tuple[int, int]] = {}
        self._first = self._end = 0
        self._look()
        if read_only:
            return
        if self._of is None:
            self.forget()
        else:
            os.ftruncate(self._fd, self._end)

    def _look(self) -> None:
        """Find what is there already."""
        while len(head := os.pread(self._fd, _HEAD, self._end)) == _HEAD:
            i, size = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
            if len(self._read(self._end + _HEAD, size)) < size:
                break
            if i == _OF:
                plain = unseal(self._key, self._read(self._end + _HEAD, size), f"part {i}")
                self._of = msgspec.json.decode(plain, type=Of) if plain is not None else None
            else:
                self._at[i] = (self._end + _HEAD, size)
            self._end += _HEAD + size

    def _read(self, at: int, size: int) -> bytes:
        return os.pread(self._fd, size, at)

    def take(self, of: Of, i: int, rows: bytes) -> bool:
        """Keep a part; True once all are there. One of another snapshot starts afresh. Raises ValueError for one that cannot be."""
        if not 0 <= i < of[3] <= LIMIT:
            raise ValueError(f"part {i} of {of[3]}")
        if of != self._of:
            self.forget()
            self._add(_OF, msgspec.json.encode(of))
            self._of = of
        if i not in self._at:
            self._at[i] = self._add(i, zlib.compress(rows, 6))
        return len(self._at) == of[3]

    def _add(self, i: int, plain: bytes) -> tuple[int, int]:
        """Where a piece stands now. Raises StoreError."""
        body = seal(self._key, plain, f"part {i}")
        try:
            os.pwrite(self._fd, i.to_bytes(4, "big") + len(body).to_bytes(4, "big") + body, self._end)
        except OSError as error:
            raise StoreError(f"{self._path}: a snapshot of central cannot be kept: {error.strerror}") from error
        at = self._end + _HEAD
        self._end = at + len(body)
        return at, len(body)

    @property
    def first(self) -> int:
        """So many are there from the first on, without a gap."""
        while self._first in self._at:
            self._first += 1
        return self._first

    @property
    def of(self) -> Of | None:
        """Of which snapshot they are."""
        return self._of

    @property
    def waiting(self) -> int:
        return len(self._at)

    def part(self, i: int) -> bytes:
        """The rows of one part; nothing when it is not there, or not what was put there."""
        at, size = self._at.get(i, (0, 0))
        plain = unseal(self._key, self._read(at, size), f"part {i}")
        try:
            return zlib.decompress(plain) if plain is not None else b""
        except zlib.error:
            return b""

    def rows(self) -> list[bytes]:
        """All of them in order. Raises ValueError, and forgets them, when they are not what their digest says."""
        found = [self.part(i) for i in range(len(self._at))]
        digest = hashlib.sha256(b"".join(found)).hexdigest()
        if self._of is None or digest != self._of[4]:
            self.forget()
            raise ValueError("the parts do not add up to the digest")
        return found

    def forget(self) -> None:
        """Begin anew."""
        os.ftruncate(self._fd, 0)
        self._of, self._at, self._first, self._end = None, {}, 0, 0

    def close(self) -> None:
        os.close(self._fd)
