"""From bytes to lines, without a port: feed bytes, get frames, the rest is kept, the buffer has a cap. Used at both ends of the wire."""

from __future__ import annotations


class LineFramer:
    """Splits a stream at any of the terminator bytes; empty lines are skipped.

    A line longer than `cap` bytes is thrown away up to its end and counted in `overruns`; memory stays bounded whatever comes.
    """

    def __init__(self, terminators: bytes = b"\r\n", cap: int = 1024) -> None:
        if not terminators:
            raise ValueError("a line ends with at least one kind of byte")
        self._ends = frozenset(terminators)
        self._cap = cap
        self._kept = bytearray()
        self._skipping = False
        self.overruns = 0

    @property
    def pending(self) -> int:
        """Bytes of a line that has not ended yet."""
        return len(self._kept)

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that these bytes complete, without their terminators."""
        lines = []
        for byte in data:
            if byte in self._ends:
                if self._kept and not self._skipping:
                    lines.append(bytes(self._kept))
                self._kept.clear()
                self._skipping = False
            elif not self._skipping:
                self._kept.append(byte)
                if len(self._kept) > self._cap:
                    self._kept.clear()
                    self._skipping = True
                    self.overruns += 1
        return lines

    def drop(self) -> int:
        """Forget a line that will not end any more; how many bytes that was."""
        size = len(self._kept)
        self._kept.clear()
        self._skipping = False
        return size


def code_text(line: bytes, strip_prefix: str = "", strip_suffix: str = "") -> str:
    """The code in a line: UTF-8 (what is not, becomes U+FFFD and so malformed), site prefix and suffix taken off once."""
    found = line.decode("utf-8", "replace").strip()
    return found.removeprefix(strip_prefix).removesuffix(strip_suffix)
