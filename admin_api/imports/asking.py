"""What REST and console both ask of imports: who may, what makes sense, and looks into the rows. One rule, one place."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from admin_api.auth import Session
from admin_api.imports.fields import FIELDS, NEEDED
from admin_api.imports.jobs import ImportJob
from admin_api.imports.rows import Choice, RowFile, ShownRow
from admin_api.parts import Parts
from edge.commands.base import text
from edge.core.errors import Forbidden, Invalid, NotFound
from edge.core.importing import ImportKind, Twins
from edge.core.model import Permission

T = TypeVar("T")


def may(session: Session, kind: ImportKind) -> None:
    """Raises Forbidden."""
    for right in kind.rights:
        if not session.may(right):
            raise Forbidden(f"your role ({session.row.role}) does not include {right.value}")


def sees(session: Session, job: ImportJob) -> bool:
    return job.owner == session.user or session.may(Permission.AUDIT_VIEW)


def seen(parts: Parts, session: Session, id: str) -> ImportJob:
    """Raises NotFound, also for what this user may not know of."""
    job = parts.imports.get(id)
    if not sees(session, job):
        raise NotFound(f"there is no import {id[:80]}", field="id")
    return job


def own(parts: Parts, session: Session, id: str) -> ImportJob:
    """Raises Forbidden for somebody else's."""
    job = seen(parts, session, id)
    if job.owner != session.user:
        raise Forbidden("only who brought it in may change it")
    return job


Received = tuple[ImportKind, str, str]
"""(kind, name of the file, encoding: empty where nobody said)."""


async def bring(parts: Parts, session: Session, receive: Callable[[Path], Awaitable[Received]]) -> ImportJob:
    """A file that comes in. receive: puts it at a place. What did not come in whole leaves nothing behind."""
    id, place = parts.imports.place()
    try:
        kind, name, encoding = await receive(place)
        may(session, kind)
        file = text(Path(name).name, "file", longest=200) or kind.value
    except BaseException:
        parts.imports.forget_place(id)
        raise
    return await parts.imports.add(id, kind=kind, file=file, owner=session.user, operator=session.name, encoding=encoding)


async def remap(
    parts: Parts, job: ImportJob, columns: dict[str, str | None], *, make_missing: bool, encoding: str = "", delimiter: str = ""
) -> ImportJob:
    """Columns not named stay as they are. Raises Invalid, Conflict."""
    mapping = {**job.mapping, **columns}
    sound(job, mapping)
    return await parts.imports.remap(job.id, mapping, make_missing=make_missing, encoding=encoding, delimiter=delimiter)


def apply(parts: Parts, session: Session, job: ImportJob, *, twins: Twins, skip_wrong: bool) -> ImportJob:
    """Raises Forbidden, Conflict."""
    may(session, job.kind)
    return parts.imports.apply(job.id, twins=twins, skip_wrong=skip_wrong, token=session.token)


def undo(parts: Parts, session: Session, job: ImportJob, reason: str) -> ImportJob:
    """Raises Invalid, Conflict."""
    said = text(reason, "reason", longest=300) or "taken back"
    return parts.imports.undo(job.id, token=session.token, reason=said)


async def choose(parts: Parts, job: ImportJob, row: int, choice: Choice | None) -> ShownRow:
    """What becomes of one row. Raises NotFound, Conflict."""
    parts.imports.ready(job.id)
    return await of_rows(parts, job, lambda file: file.choose(row, choice))


async def of_rows(parts: Parts, job: ImportJob, look: Callable[[RowFile], T]) -> T:
    """One look into the rows, off the loop. Raises NotFound."""

    def work() -> T:
        with contextlib.closing(parts.imports.rows(job.id)) as file:
            return look(file)

    return await asyncio.to_thread(work)


async def wrong_rows(parts: Parts, job: ImportJob) -> bytes:
    """The wrong rows as csv with a column that says why. Raises NotFound."""

    def write(file: RowFile) -> bytes:
        to = io.StringIO(newline="")
        file.wrong([column.title for column in job.seen.columns], to)
        return to.getvalue().encode("utf-8-sig")

    return await of_rows(parts, job, write)


def sound(job: ImportJob, mapping: dict[str, str | None]) -> None:
    """Raises Invalid for a column or field that is none, or a field of two columns."""
    columns, fields = {column.name for column in job.seen.columns}, {field.name for field in FIELDS[job.kind]}
    for column, field in mapping.items():
        if column not in columns:
            raise Invalid(f"there is no column {column[:80]}", field="columns")
        if field is not None and field not in fields:
            raise Invalid(f"{job.kind.value} have no field {field[:80]}; they have {', '.join(sorted(fields))}", field="columns")
    used = [field for field in mapping.values() if field]
    if twice := next((field for field in used if used.count(field) > 1), ""):
        raise Invalid(f"two columns are {twice}", field="columns")
    for any_of in NEEDED[job.kind]:
        if not any_of & set(used):
            raise Invalid(f"one column at least is one of {', '.join(sorted(any_of))}", field="columns")
