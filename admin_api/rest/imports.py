"""Imports over REST: a file comes in, its columns are guessed and shown, its rows checked; then it is applied, or taken back."""

from __future__ import annotations

from pathlib import Path

from litestar import Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.imports import asking, receiving
from admin_api.imports.examples import example
from admin_api.imports.fields import FIELDS
from admin_api.imports.jobs import ImportJob, JobState, Result
from admin_api.imports.mapping import Column
from admin_api.imports.order import Counts
from admin_api.imports.queue import LARGEST
from admin_api.imports.rows import Choice, RowState, ShownRow
from admin_api.rest.common import AnyRequest, refusals
from edge.core.importing import ImportKind, Twins
from edge.core.model import Permission

LONGEST_WAIT_S = 30
MOST_ROWS = 200
MANAGE = needs(Permission.IMPORTS_MANAGE)


class ImportShown(Struct, frozen=True, kw_only=True):
    """An import and how it is. columns: with the field that was guessed and how sure that is (0 to 1); mapping: what counts now;
    first: the first rows as they are in the file. encoding_guessed: nobody said in which encoding it is: look whether names are right.

    state: checking, ready, applying, applied, undoing, undone or failed. counts: rows by what would become of them; result: what was
    done; kept: what an undo left as it is, and why. progress: 0 to 1; times: ms; problem: why it failed, was undone, or what it waits for.
    """

    id: str
    kind: ImportKind
    file: str
    size: int
    state: JobState
    format: str
    encoding: str
    encoding_guessed: bool
    delimiter: str
    sheet: str
    head: int
    columns: list[Column]
    fields: list[str]
    mapping: dict[str, str | None]
    first: list[list[str]]
    make_missing: bool
    counts: Counts
    duplicates: Twins
    skip_wrong: bool
    result: Result
    kept: list[str]
    progress: float
    problem: str
    operator: str
    made_at: int
    ended_at: int | None
    expires_at: int


class MappingRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """columns: name of a column -> field, null: it is left out; columns not named stay as they are. encoding: UTF-8, UTF-16,
    Windows-1250 or Windows-1252, delimiter: semicolon, comma, tab or bar, where the guess was wrong. make_missing: companies, groups and lists that are not there are made."""

    columns: dict[str, str | None] = {}
    encoding: str = ""
    delimiter: str = ""
    make_missing: bool = False


class ApplyRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """skip_wrong: wrong rows are left out; else the first one that the edge refuses ends the import, and all of it is undone.
    duplicates: rows that are on record already are passed over, or what they say is taken over into the record."""

    skip_wrong: bool = False
    duplicates: Twins = Twins.SKIP


class UndoRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: str = ""


class ChoiceRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """choice: skip, update or new, for this row; null: as for all. Whether a duplicate may be new is the site's policy."""

    choice: Choice | None


class RowPage(Struct, frozen=True, kw_only=True):
    """next: the row to go on behind, as `after`; null: there are no more."""

    items: list[ShownRow]
    next: int | None = None


def _shown(job: ImportJob) -> ImportShown:
    seen = job.seen
    return ImportShown(
        id=job.id, kind=job.kind, file=job.file, size=job.size, state=job.state, format=seen.format, encoding=seen.encoding,
        encoding_guessed=seen.encoding_guessed, delimiter=seen.delimiter, sheet=seen.sheet, head=seen.head, columns=seen.columns,
        fields=[field.name for field in FIELDS[job.kind]], mapping=job.mapping, first=seen.first, make_missing=job.make_missing,
        counts=job.counts, duplicates=job.twins, skip_wrong=job.skip_wrong, result=job.result, kept=job.kept, progress=job.progress,
        problem=job.problem, operator=job.operator, made_at=job.made_at, ended_at=job.ended_at, expires_at=job.expires_at,
    )  # fmt: skip


@post("/imports", opt=MANAGE, tags=["imports"], responses=refusals(413), request_max_body_size=None, operation_id="addImport")
async def add_import(
    request: AnyRequest, kind: FromQuery[ImportKind], file: FromQuery[str] = "", encoding: FromQuery[str] = ""
) -> ImportShown:
    """A file of customers, cards or vehicles (csv or xlsx, at most 32 MB) as the body. Its columns are guessed, and its rows are checked.

    file: its name, for the audit. encoding: where it is known. The body is the file itself, whatever its content type says.
    """
    session = session_of(request)
    asking.may(session, kind)

    async def receive(place: Path) -> asking.Received:
        announced = request.headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > LARGEST:
            raise receiving.too_large()
        await receiving.body(request.stream(), place)
        return kind, file, encoding

    return _shown(await asking.bring(parts_of(request), session, receive))


@get("/imports", opt=MANAGE, tags=["imports"], responses=refusals(), operation_id="listImport")
async def list_imports(request: AnyRequest) -> list[ImportShown]:
    """One's own imports, the newest first; with audit.view everybody's. They are kept for a week."""
    parts, session = parts_of(request), session_of(request)
    return [_shown(job) for job in parts.imports.all() if asking.sees(session, job)]


@get("/imports/{id:str}", opt=MANAGE, tags=["imports"], responses=refusals(404), operation_id="getImport")
async def get_import(request: AnyRequest, id: FromPath[str], wait: FromQuery[int] = 0) -> ImportShown:
    """How it is. wait: seconds (at most 30) to hold the answer until nothing is under way with it."""
    job = _seen(request, id)
    if wait > 0:
        job = await parts_of(request).imports.wait(job.id, min(wait, LONGEST_WAIT_S))
    return _shown(job)


@put("/imports/{id:str}/mapping", opt=MANAGE, tags=["imports"], responses=refusals(404, 409, 413), operation_id="mapImport")
async def put_mapping(request: AnyRequest, id: FromPath[str], data: JSONBody[MappingRequest]) -> ImportShown:
    """Say which column is which field. The rows are checked again."""
    changed = await asking.remap(
        parts_of(request), _own(request, id), data.columns, make_missing=data.make_missing, encoding=data.encoding, delimiter=data.delimiter
    )  # fmt: skip
    return _shown(changed)


@get("/imports/{id:str}/rows", opt=MANAGE, tags=["imports"], responses=refusals(404), operation_id="listImportRow")
async def list_rows(
    request: AnyRequest,
    id: FromPath[str],
    only: FromQuery[RowState | None] = None,
    after: FromQuery[int] = 0,
    limit: FromQuery[int] = 50,
) -> RowPage:
    """Rows as they were checked: what would be written, whom each duplicates, what is wrong with it. only: new, duplicate or wrong."""
    most = max(1, min(limit, MOST_ROWS))
    rows = await asking.of_rows(
        parts_of(request), _seen(request, id), lambda file: file.page(only.value if only else "", after, most + 1)
    )
    return RowPage(items=rows[:most], next=rows[most - 1].row if len(rows) > most else None)


@put(
    "/imports/{id:str}/rows/{row:int}",
    opt=MANAGE,
    tags=["imports"],
    responses=refusals(404, 409, 413),
    operation_id="chooseImportRow",
)
async def choose(request: AnyRequest, id: FromPath[str], row: FromPath[int], data: JSONBody[ChoiceRequest]) -> ShownRow:
    """What becomes of one row that duplicates a record, whatever becomes of the others."""
    return await asking.choose(parts_of(request), _own(request, id), row, data.choice)


@get("/imports/{id:str}/wrong", opt=MANAGE, tags=["imports"], responses=refusals(404), operation_id="getImportWrong")
async def get_wrong(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """The wrong rows as csv with a column that says why: mend it and bring it back."""
    job = _seen(request, id)
    body = await asking.wrong_rows(parts_of(request), job)
    headers = {"Content-Disposition": f'attachment; filename="{job.kind.value}-wrong.csv"', "Cache-Control": "no-store"}
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


@post(
    "/imports/{id:str}/apply",
    opt=MANAGE,
    tags=["imports"],
    responses=refusals(404, 409, 413),
    status_code=202,
    operation_id="applyImport",
)
async def apply_import(request: AnyRequest, id: FromPath[str], data: JSONBody[ApplyRequest]) -> ImportShown:
    """Write the rows, in steps that leave room for others. Cancelled or failed, all of it is undone. 202: it is being done."""
    job = _own(request, id)
    return _shown(asking.apply(parts_of(request), session_of(request), job, twins=data.duplicates, skip_wrong=data.skip_wrong))


@post(
    "/imports/{id:str}/undo",
    opt=MANAGE,
    tags=["imports"],
    responses=refusals(404, 409, 413),
    status_code=202,
    operation_id="undoImport",
)
async def undo_import(request: AnyRequest, id: FromPath[str], data: JSONBody[UndoRequest]) -> ImportShown:
    """Take back what was applied: what it made goes, what it changed is as before unless it was changed since. 202: it is being done."""
    return _shown(asking.undo(parts_of(request), session_of(request), _seen(request, id), data.reason))


@delete("/imports/{id:str}", opt=MANAGE, tags=["imports"], responses=refusals(404, 409), operation_id="deleteImport")
async def delete_import(request: AnyRequest, id: FromPath[str]) -> None:
    """Cancel it, and what was applied so far is undone; or forget one that is over, with its file. What was applied stays then."""
    parts_of(request).imports.remove(_own(request, id).id)


@get("/imports/examples/{file:str}", opt=MANAGE, tags=["imports"], responses=refusals(404), operation_id="getImportExample")
async def get_example(file: FromPath[str]) -> Response[bytes]:
    """A file to begin with: customers, cards or vehicles, as .csv or .xlsx, with the titles we know and two rows."""
    made, kind = example(file)
    return Response(made, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{file}"'})


def _seen(request: AnyRequest, id: str) -> ImportJob:
    return asking.seen(parts_of(request), session_of(request), id)


def _own(request: AnyRequest, id: str) -> ImportJob:
    return asking.own(parts_of(request), session_of(request), id)


HANDLERS = (
    add_import, list_imports, get_import, put_mapping, list_rows, choose, get_wrong, get_example, apply_import, undo_import, delete_import,
)  # fmt: skip
