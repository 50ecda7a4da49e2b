"""Imports step by step: a file is chosen, its columns looked at, its rows previewed, all of it applied, and taken back."""

from __future__ import annotations

from pathlib import Path

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from admin_api.auth import PROVES, needs, parts_of, proven, session_of
from admin_api.console import import_views
from admin_api.console.import_views import ImportNewPage
from admin_api.console.language import _, refused
from admin_api.console.page import AnyRequest, render, render_piece, times_of
from admin_api.console.words import sentence
from admin_api.errors import problem_of
from admin_api.imports import asking, receiving
from admin_api.imports.jobs import UNDER_WAY, ImportJob, JobState
from admin_api.imports.queue import LARGEST
from admin_api.imports.rows import Choice, Outlook, RowFile, RowState, ShownRow
from admin_api.imports.text import ENCODINGS
from edge.core.errors import Forbidden, HouseError, Invalid, NotFound, NotSignedIn
from edge.core.importing import ImportKind, Twins
from edge.core.model import Permission

MANAGE = needs(Permission.IMPORTS_MANAGE)
ROWS = 50
"""On a page."""


# ---------------------------------------------------------------------------------------------------- a file comes in


@get("/imports/new", opt=MANAGE)
async def new_page(request: AnyRequest) -> Response[str]:
    return await render(request, _new(request, str(request.query_params.get("kind", ""))))


def _new(request: AnyRequest, kind: str, *, error: str = "", problem: str = "") -> ImportNewPage:
    session = session_of(request)
    kinds = import_views.kinds(import_views.allowed(frozenset(p for p in Permission if session.may(p))))
    chosen = kind if kind in {k.value for k in kinds} else next((k.value for k in kinds), "")
    return ImportNewPage(
        title=_("Import a file"), section="key", kinds=kinds, kind=chosen, encodings=tuple(ENCODINGS), largest=LARGEST,
        largest_mb=LARGEST >> 20, error=error, problem=problem,
    )  # fmt: skip


@post("/imports/new", opt={**MANAGE, PROVES: True}, status_code=200, request_max_body_size=None)
async def bring(request: AnyRequest) -> Response[str]:
    """A form with a file in it: the proof and the kind stand before the file, which goes straight onto the disk."""
    session, said = session_of(request), dict[str, str]()

    def before(fields: dict[str, str]) -> None:
        said.update(fields)
        proven(session, fields.get("csrf", ""))
        if fields.get("kind") not in tuple(ImportKind):
            raise Invalid(_("choose what is in the file"), field="kind")
        asking.may(session, ImportKind(fields["kind"]))

    async def receive(place: Path) -> asking.Received:
        kind, options = request.content_type
        if kind != "multipart/form-data" or not options.get("boundary"):
            raise Forbidden("this form is not from your present session; load the page again and repeat it")
        fields, name = await receiving.form(request.stream(), options["boundary"], place, before)
        return ImportKind(fields["kind"]), name, fields.get("encoding", "")

    try:
        job = await asking.bring(parts_of(request), session, receive)
    except NotSignedIn:
        raise
    except HouseError as error:
        if "csrf" not in said:
            raise
        beside = error.field in ("file", "encoding")
        why = refused(error.message)
        page = _new(request, said.get("kind", ""), error=why if beside else "", problem="" if beside else sentence(error.message))
        return await render(request, page, status=problem_of(error).status)
    return Redirect(f"/imports/{job.id}", status_code=303)


# ---------------------------------------------------------------------------------------------------- one import


@get("/imports/{id:str}", opt=MANAGE)
async def import_page(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """The whole page; while something is under way, its body alone for htmx, again and again."""
    return await _answer(request, asking.seen(parts_of(request), session_of(request), id))


async def _answer(
    request: AnyRequest, job: ImportJob, *, error: HouseError | None = None, where: str = "", mapping: dict[str, str | None] | None = None,
) -> Response[str]:  # fmt: skip
    parts, session, given = parts_of(request), session_of(request), request.query_params
    times = times_of(parts)
    only = str(given.get("only", ""))
    if only not in tuple(RowState):
        only = RowState.WRONG.value if job.state is JobState.APPLIED else ""
    twins = Twins.UPDATE if given.get("twins", job.twins.value) == Twins.UPDATE else Twins.SKIP
    after = int(text) if (text := str(given.get("after", ""))).isdecimal() and len(text) < 10 else 0
    rows, expected = await _looked(request, job, only, after, twins)
    page = import_views.shown(
        job, times, mine=job.owner == session.user, only=only, twins=twins, rows=rows[:ROWS], after=after,
        following=rows[ROWS - 1].row if len(rows) > ROWS else None, expected=expected, mapping=mapping,
        problem=sentence(error.message) if error else "", where=where,
    )  # fmt: skip
    status = problem_of(error).status if error else 200
    if request.headers.get("hx-target") == "import":
        return await render_piece(request, page, "import_parts.html", status=status)
    return await render(request, page, status=status)


async def _looked(
    request: AnyRequest, job: ImportJob, only: str, after: int, twins: Twins
) -> tuple[list[ShownRow], Outlook | None]:
    """(rows of this page and one more, what would be done); nothing while they are being checked or there are none."""
    if job.state in (*UNDER_WAY, JobState.FAILED):
        return [], None

    def look(file: RowFile) -> tuple[list[ShownRow], Outlook]:
        return file.page(only, after, ROWS + 1), file.outlook(twins)

    try:
        return await asking.of_rows(parts_of(request), job, look)
    except NotFound:
        return [], None


# ---------------------------------------------------------------------------------------------------- what is done with it


@post("/imports/{id:str}/mapping", opt=MANAGE, status_code=200)
async def set_mapping(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """Which column is which field, and how the file is to be read; it is checked again."""
    parts, session, data = parts_of(request), session_of(request), await request.form()
    job = asking.own(parts, session, id)
    columns = {c.name: str(data[f"c{at}"]) or None for at, c in enumerate(job.seen.columns) if f"c{at}" in data}
    encoding, delimiter = (str(data.get(name, "")) for name in ("encoding", "delimiter"))
    try:
        await asking.remap(
            parts, job, columns, make_missing="make_missing" in data, encoding="" if (encoding, job.seen.encoding_guessed) == (job.seen.encoding, False) else encoding,
            delimiter="" if delimiter == job.seen.delimiter else delimiter,
        )  # fmt: skip
    except NotSignedIn:
        raise
    except HouseError as error:
        return await _answer(request, job, error=error, where="columns", mapping={**job.mapping, **columns})
    return Redirect(f"/imports/{id}", status_code=303)


@post("/imports/{id:str}/rows/{row:int}", opt=MANAGE, status_code=303)
async def choose(request: AnyRequest, id: FromPath[str], row: FromPath[int]) -> Redirect:
    """What becomes of one row; and back to it on its page."""
    parts, session, data = parts_of(request), session_of(request), await request.form()
    choice = str(data.get("choice", ""))
    if choice and choice not in tuple(Choice):
        raise Invalid(_("choose what becomes of it"), field="choice")
    await asking.choose(parts, asking.own(parts, session, id), row, Choice(choice) if choice else None)
    back = str(data.get("back", ""))
    here = f"/imports/{id}"
    return Redirect(f"{back if back.partition('?')[0] == here else here}#row-{row}", status_code=303)


@post("/imports/{id:str}/apply", opt=MANAGE, status_code=200)
async def apply(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    parts, session, data = parts_of(request), session_of(request), await request.form()
    job = asking.own(parts, session, id)
    twins = Twins.UPDATE if data.get("twins") == Twins.UPDATE else Twins.SKIP
    try:
        asking.apply(parts, session, job, twins=twins, skip_wrong="skip_wrong" in data)
    except HouseError as error:
        return await _answer(request, job, error=error, where="apply")
    return Redirect(f"/imports/{id}", status_code=303)


@post("/imports/{id:str}/undo", opt=MANAGE, status_code=200)
async def undo(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """Take back what was applied. As over REST, also somebody else's, for who may see it: the edge asks for the rights again."""
    parts, session, data = parts_of(request), session_of(request), await request.form()
    job = asking.seen(parts, session, id)
    try:
        asking.undo(parts, session, job, str(data.get("reason", "")))
    except HouseError as error:
        return await _answer(request, job, error=error, where="undo")
    return Redirect(f"/imports/{id}", status_code=303)


@post("/imports/{id:str}/remove", opt=MANAGE, status_code=200)
async def remove(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """Cancel what is under way (what was written is undone), or forget it with its file."""
    parts, session = parts_of(request), session_of(request)
    job = asking.own(parts, session, id)
    try:
        parts.imports.remove(id)
    except HouseError as error:
        return await _answer(request, job, error=error, where="remove")
    return Redirect(f"/imports/{id}" if job.state is JobState.APPLYING else "/imports?done=removed", status_code=303)


HANDLERS = (new_page, bring, import_page, set_mapping, choose, apply, undo, remove)
