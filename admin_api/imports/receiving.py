"""A file on its way in: the body itself, or one part of a form, onto the disk piece by piece. Nothing of it is held in memory."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from multipart import MultipartError, MultipartSegment, PushMultipartParser

from admin_api.errors import TooLarge
from admin_api.imports.queue import LARGEST
from edge.core.errors import Invalid

LISTENED_TO = 4 * LARGEST
"""A browser that is cut off in the middle of sending shows no answer: so much is heard out, and thrown away, to tell it why."""
LONGEST_FIELD = 1000
MOST_PARTS = 10


def too_large() -> TooLarge:
    return TooLarge(f"a file is at most {LARGEST >> 20} MB: make several of it", field="file")


async def body(pieces: AsyncIterator[bytes], place: Path) -> None:
    """The whole body is the file. Raises TooLarge, Invalid."""
    with _new(place) as file:
        async for piece in pieces:
            await _write(file, piece)
        _not_empty(file)


async def form(
    pieces: AsyncIterator[bytes], boundary: str, place: Path, before: Callable[[dict[str, str]], None]
) -> tuple[dict[str, str], str]:
    """(the fields of a form, the name of its file), the file at this place. before: hears the fields that stand before the file, and
    raises where it is not to be taken. Raises TooLarge, Invalid (field: file)."""
    fields, name, heard = dict[str, str](), "", 0
    error: TooLarge | None = None
    with _new(place) as file, _as_invalid(), PushMultipartParser(boundary, max_segment_count=MOST_PARTS) as parser:
        at: MultipartSegment | None = None
        async for piece in pieces:
            heard += len(piece)
            if heard > LISTENED_TO:
                raise too_large()
            for part in () if error else parser.parse(piece):
                if isinstance(part, MultipartSegment):
                    at = part
                    if part.filename is not None:
                        before(fields)
                        name = Path(part.filename.replace("\\", "/")).name
                elif part and at is not None and at.filename is None:
                    fields[at.name] = (fields.get(at.name, "") + bytes(part).decode("utf-8", "replace"))[:LONGEST_FIELD]
                elif part:
                    try:
                        await _write(file, bytes(part))
                    except TooLarge as large:
                        error = large
                        break
        if error:
            raise error
        before(fields)
        _not_empty(file)
    return fields, name


@contextmanager
def _as_invalid() -> Iterator[None]:
    """Raises Invalid for what is no form, or breaks off."""
    try:
        yield
    except MultipartError as error:
        raise Invalid("the file did not come in whole: choose it again", field="file") from error


def _new(place: Path) -> IO[bytes]:
    return os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


async def _write(file: IO[bytes], piece: bytes) -> None:
    if file.tell() + len(piece) > LARGEST:
        raise too_large()
    await asyncio.to_thread(file.write, piece)


def _not_empty(file: IO[bytes]) -> None:
    if not file.tell():
        raise Invalid("the file is empty", field="file")
