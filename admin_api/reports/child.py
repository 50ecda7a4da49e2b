"""`python -m admin_api.reports.child`: makes one file and ends. A process of its own, so that neither gate nor desk waits for it.

The order comes on stdin; lines of progress go to stdout. It runs behind everything else: lowest priority for the processor, and for
the disk where the kernel knows how (docs/exports.md).
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import platform
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import IO

import msgspec

from admin_api.reports.areas import AREAS
from admin_api.reports.columns import Column, Head, Row, selected
from admin_api.reports.order import Order, Said
from admin_api.reports.reading import Reader, batches
from edge.core.errors import HouseError, Invalid
from edge.core.saved import ExportFormat
from edge.core.schedule import local
from edge.store.files import Files

LARGEST = 1 << 30
"""Bytes of one file."""
SAY_EVERY_S = 0.2
NICE = 10
_PR_SET_PDEATHSIG = 1
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30, "armv7l": 314}
_IDLE = 3 << 13


class Progress:
    """Says how far it is, not more often than somebody could look; and that a file is too large."""

    def __init__(self, to: IO[str], file: IO[bytes]) -> None:
        self._to, self._file = to, file
        self._said = 0.0
        self.rows = 0

    def __call__(self, share: float) -> None:
        now = monotonic()
        if now - self._said >= SAY_EVERY_S:
            self._said = now
            if self._file.tell() > LARGEST:
                raise Invalid("the file would be larger than 1 GB: narrow the list", field="filters")
            say(self._to, Said(share=round(share, 3), rows=self.rows))

    def counted(self, rows: Iterator[list[Row]]) -> Iterator[list[Row]]:
        for batch in rows:
            self.rows += len(batch)
            yield batch


def say(to: IO[str], said: Said) -> None:
    to.write(msgspec.json.encode(said).decode() + "\n")
    to.flush()


def make(order: Order, to: IO[str]) -> tuple[int, int]:
    """(rows, bytes) of the file that was made. Raises HouseError."""
    inner = Path(order.folder) / (order.name.removesuffix(".zip") if order.password else order.name)
    reader = Reader(Files(Path(order.state)))
    try:
        with contextlib.closing(reader), open(inner, "xb", buffering=1 << 18, opener=_private) as file:
            progress = Progress(to, file)
            if order.statement is not None:
                from admin_api.reports import statement

                progress.rows = statement.write(file, reader, order)
            else:
                _list(order, reader, file, progress)
    except OSError as error:
        raise Invalid(f"the file cannot be written: {error.strerror}") from error
    made = inner
    if order.password:
        from admin_api.reports.sealed import seal

        made = Path(order.folder) / order.name
        seal(inner, inner.name, order.password, made)
    return progress.rows, made.stat().st_size


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _list(order: Order, reader: Reader, file: IO[bytes], progress: Progress) -> None:
    if order.area is None:
        raise Invalid("name the area", field="area")
    area = AREAS[order.area]
    writer = importlib.import_module(f"admin_api.reports.as_{order.format.value}")  # xlsx does not pay for fonts, nor csv for xlsx
    columns: tuple[Column, ...] = area.columns
    if order.format is ExportFormat.PDF:
        columns = area.paper
    elif order.format is ExportFormat.VCF:
        columns = writer.COLUMNS
    select = selected(columns, writer.CLOCK, order.tz, order.now)
    key_at = next((i for i, c in enumerate(columns) if c.sql == area.key), None) if not order.values else None
    rows = progress.counted(batches(reader, area, select, order.terms, list(order.values), progress, key_at=key_at))
    writer.write(file, head_of(order, area.title, order.words), columns, rows)


def head_of(order: Order, title: str, filters: str) -> Head:
    return Head(
        site=order.site, title=title, filters=filters, operator=order.operator,
        at=local(order.now, order.tz).strftime("%Y-%m-%d %H:%M:%S"), zone=order.tz, plain=order.plain,
    )  # fmt: skip


def behind_everything() -> None:
    """Lowest priority, and an end with the desk. What the kernel or the service's filter does not allow is left as it is."""
    with contextlib.suppress(OSError):
        os.nice(NICE)
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if number := _IOPRIO_SET.get(platform.machine()):
        libc.syscall(number, 1, 0, _IDLE)


def main() -> int:
    """0: the file is made; 1: the last line says why not."""
    os.umask(0o077)
    behind_everything()
    try:
        order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
        rows, size = make(order, sys.stdout)
    except HouseError as error:
        say(sys.stdout, Said(code=error.code, message=error.message, field=error.field))
        return 1
    say(sys.stdout, Said(share=1.0, rows=rows, size=size, done=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
