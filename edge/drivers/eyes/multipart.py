"""Pictures out of a multipart/x-mixed-replace stream (MJPEG over HTTP). Bytes in, parts out; no socket; a bounded buffer."""

from __future__ import annotations

import re

PART_CAP = 8 * 1024 * 1024
"""Bytes of the largest picture accepted. A longer one is dropped and the next boundary waited for."""
HEADER_CAP = 8 * 1024
"""Bytes of the headers of one part."""

_LENGTH = re.compile(rb"^content-length\s*:\s*(\d{1,9})\s*$", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(r"""boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;]{1,200}))""", re.IGNORECASE)


def boundary_of(content_type: str) -> bytes | None:
    """The delimiter announced by a Content-Type header, two dashes included, or None when it is no multipart stream."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/") or not found:
        return None
    name = found.group(1) or found.group(2)
    # Many cameras announce the boundary with its dashes already on.
    return (name if name.startswith("--") else f"--{name}").encode("latin-1", "replace")


class Multipart:
    """Feed bytes, get whole parts (their bodies). The rest is kept, never more than PART_CAP + HEADER_CAP.

    A part with a believable Content-Length is handed out as soon as it is complete, others when the next boundary comes.
    A length that lies costs only its own part: a boundary inside the announced body ends the part there. dropped counts
    parts given up at a cap.
    """

    def __init__(self, boundary: bytes, part_cap: int = PART_CAP) -> None:
        self._boundary = boundary
        self._cap = part_cap
        self._buffer = bytearray()
        self._inside = False
        self._searched = 0
        self.dropped = 0

    def feed(self, data: bytes) -> list[bytes]:
        self._buffer += data
        parts: list[bytes] = []
        while (part := self._next()) is not None:
            if part:
                parts.append(part)
        return parts

    def _next(self) -> bytes | None:
        """One body, b"" when only the state moved on, None when more bytes are needed."""
        if not self._inside:
            return self._seek()
        end = self._buffer.find(b"\r\n\r\n", 0, HEADER_CAP + 4)
        if end < 0:
            return self._give_up() if len(self._buffer) > HEADER_CAP else None
        start = end + 4
        length = self._announced(end)
        # Only what came since the last call can hold a boundary that was not seen then.
        found = self._buffer.find(self._boundary, max(start, self._searched - len(self._boundary)))
        if length is not None and len(self._buffer) >= start + length and not 0 <= found < start + length:
            return self._take(start, start + length, start + length)
        if found >= 0:
            return self._take(start, found, found)
        self._searched = len(self._buffer)
        return self._give_up() if len(self._buffer) > self._cap + start else None

    def _announced(self, end: int) -> int | None:
        found = _LENGTH.search(bytes(self._buffer[:end]).replace(b"\r", b""))
        length = int(found.group(1)) if found else 0
        return length if 0 < length <= self._cap else None

    def _seek(self) -> bytes | None:
        found = self._buffer.find(self._boundary)
        if found < 0:
            del self._buffer[: max(0, len(self._buffer) - len(self._boundary))]
            return None
        del self._buffer[: found + len(self._boundary)]
        self._inside, self._searched = True, 0
        return b""

    def _take(self, start: int, stop: int, rest: int) -> bytes:
        body = bytes(self._buffer[start:stop])
        del self._buffer[:rest]
        self._inside, self._searched = False, 0
        return body.removesuffix(b"\r\n")

    def _give_up(self) -> bytes:
        self.dropped += 1
        self._inside, self._searched = False, 0
        return b""
