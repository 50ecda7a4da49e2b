"""`python -m admin_api.imports.child`: reads one file, looks at it or checks every row, and ends. A process of its own, behind all
others, so that neither gate nor desk waits for a file or falls over one."""

from __future__ import annotations

import contextlib
import itertools
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import IO

import msgspec

from admin_api.imports.checking import Checked, Checker
from admin_api.imports.dry import DryRoster
from admin_api.imports.mapping import columns_of, names_of
from admin_api.imports.order import Counts, Order, Said, Seen, What
from admin_api.imports.reading import Opened
from admin_api.imports.rows import FILE, ROWS, RowFile
from admin_api.reports.child import behind_everything
from admin_api.reports.reading import Reader
from edge.core.errors import HouseError, Invalid
from edge.core.model import Moment
from edge.store.files import Files

FIRST_ROWS = 5
GUESSED_FROM = 50
SHOWN = 200
"""Characters of a cell among the first rows."""
AT_ONCE = 500
SAY_EVERY_S = 0.2
MOST_MEMORY = 1 << 30
"""Bytes of address space: a file that needs more is refused, not the machine."""


def look(order: Order) -> Seen:
    """Raises Invalid."""
    opened = Opened(Path(order.folder) / FILE, order.kind, order.encoding, order.delimiter)
    with contextlib.closing(opened):
        rows = [[cell[:SHOWN] for cell in cells] for _, cells in itertools.islice(opened.rows(), GUESSED_FROM)]
        source = opened.source
    return Seen(
        format=source.format, encoding=source.encoding, encoding_guessed=source.guessed, delimiter=source.delimiter, sheet=source.sheet,
        head=source.head, columns=columns_of(order.kind, source.titles, rows), first=rows[:FIRST_ROWS],
    )  # fmt: skip


def check(order: Order, to: IO[str]) -> Counts:
    """Every row, into rows.db beside the file. Raises HouseError."""
    folder = Path(order.folder)
    opened = Opened(folder / FILE, order.kind, order.encoding, order.delimiter)
    reader = Reader(Files(Path(order.state)))
    part = folder / f"{ROWS}.part"
    part.unlink(missing_ok=True)
    with contextlib.closing(opened), contextlib.closing(reader), contextlib.closing(RowFile(part, new=True)) as kept:
        checker = Checker(DryRoster(reader), order.kind, order.tz, Moment(wall=order.now), make_missing=order.make_missing)
        counts = dict.fromkeys(("new", "duplicate", "wrong"), 0)
        said = monotonic()
        rows = _checked(order, opened, checker)
        while batch := list(itertools.islice(rows, AT_ONCE)):
            kept.add(batch)
            for checked, _ in batch:
                counts[checked.state] += 1
            if monotonic() - said >= SAY_EVERY_S:
                said = monotonic()
                say(to, Said(rows=sum(counts.values())))
        kept.finish()
    part.replace(folder / ROWS)
    return Counts(rows=sum(counts.values()), **counts)


def _checked(order: Order, opened: Opened, checker: Checker) -> Iterator[tuple[Checked, list[str]]]:
    """Each row checked, with its cells as they are in the file."""
    titles = opened.source.titles
    at = {i: field for i, name in enumerate(names_of(titles)) if (field := order.mapping.get(name))}
    for number, row in opened.rows():
        cells = {field: row[i] for i, field in at.items() if i < len(row) and row[i]}
        yield checker.check(number, cells, surplus=any(row[len(titles) :])), row


def say(to: IO[str], said: Said) -> None:
    to.write(msgspec.json.encode(said).decode() + "\n")
    to.flush()


def main() -> int:
    """0: done; 1: the last line says why not."""
    os.umask(0o077)
    behind_everything()
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # where memory runs out, it is this process that goes
    with contextlib.suppress(OSError, ValueError):  # the service may have a lower limit, or a filter that allows none to be set
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    try:
        order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
        if order.what is What.LOOK:
            say(sys.stdout, Said(seen=look(order)))
        else:
            say(sys.stdout, Said(counts=check(order, sys.stdout)))
    except MemoryError:
        error: HouseError = Invalid(
            "this file needs more memory than there is for it: save it as csv, or make several of it", field="file"
        )
    except HouseError as raised:
        error = raised
    else:
        return 0
    say(sys.stdout, Said(code=error.code, message=error.message, field=error.field))
    return 1


if __name__ == "__main__":
    sys.exit(main())
