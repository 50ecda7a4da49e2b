"""Exports and statements over REST: ask for a file, see how far it is, fetch it within a day."""

from __future__ import annotations

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import File
from msgspec import Struct

from admin_api.auth import SIGNED_IN, needs, parts_of, session_of
from admin_api.parts import Parts
from admin_api.reports.areas import ENDINGS
from admin_api.reports.asked import ExportRequest, export_of, may, sees, sound_password
from admin_api.reports.filters import when
from admin_api.reports.jobs import Job, JobState
from admin_api.reports.order import StatementOf
from admin_api.reports.queue import STATEMENT_AREAS
from admin_api.rest.common import AnyRequest, refusals
from admin_api.rest.saved_filters import usable
from edge.core.errors import Forbidden, Invalid, NotFound
from edge.core.model import Permission
from edge.core.people import Company, Customer
from edge.core.saved import ExportArea, ExportFormat

LONGEST_WAIT_S = 30


class StatementRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}):
    """customer or company: whose. from, to: dates of the site (to: the last day of it), or ms since 1970 UTC (to: exclusive)."""

    since: str | int
    until: str | int
    customer: str = ""
    company: str = ""
    password: str = ""


class ExportJob(Struct, frozen=True, kw_only=True):
    """An export and how it is. progress: 0 to 1; size: bytes; times: ms; problem: why there is no file.

    state: waiting, running, done, failed, cancelled, interrupted (the desk was restarted) or expired (the file is gone).
    """

    id: str
    state: JobState
    area: ExportArea | None
    format: ExportFormat
    filters: dict[str, str]
    statement: StatementOf | None
    operator: str
    schedule: str
    protected: bool
    progress: float
    rows: int
    size: int
    made_at: int
    ended_at: int | None
    expires_at: int | None
    file: str
    problem: str


def _shown(job: Job) -> ExportJob:
    return ExportJob(
        id=job.id, state=job.state, area=job.area, format=job.format, filters=job.filters, statement=job.statement,
        operator=job.operator, schedule=job.schedule, protected=job.protected, progress=job.progress, rows=job.rows, size=job.size,
        made_at=job.made_at, ended_at=job.ended_at, expires_at=job.expires_at, file=job.name, problem=job.problem,
    )  # fmt: skip


@post("/exports", opt=SIGNED_IN, tags=["exports"], responses=refusals(413), status_code=202, operation_id="addExport")
async def add_export(request: AnyRequest, data: JSONBody[ExportRequest]) -> ExportJob:
    """Have a file made of a list with its filters. Needs the area's own right (customers.export, ...). 202: it is being made."""
    if data.saved:
        saved = dict((await usable(request, data.area, data.saved)).filters)
        data = msgspec.structs.replace(data, filters={**saved, **data.filters})
    return _shown(await export_of(parts_of(request), session_of(request), data))


@post(
    "/statements", opt=needs(Permission.PAYMENTS_EXPORT), tags=["exports"], responses=refusals(404, 413), status_code=202,
    operation_id="addStatement",
)  # fmt: skip
async def add_statement(request: AnyRequest, data: JSONBody[StatementRequest]) -> ExportJob:
    """The statement of a customer or company for a period, as a PDF: entries, bookings, payments and what is open.

    Needs the export rights of all four areas. It is an export like the others: see /exports.
    """
    parts, session = parts_of(request), session_of(request)
    if bool(data.customer) is bool(data.company):
        raise Invalid("name a customer or a company", field="customer")
    for area in (*STATEMENT_AREAS, ExportArea.CUSTOMERS if data.customer else ExportArea.COMPANIES):
        may(session, area.right)
    sound_password(data.password)
    of = _period(data, parts)
    if data.customer:
        await parts.roster.get(Customer, data.customer)
    else:
        await parts.roster.get(Company, data.company)
    job = parts.exports.new(
        format=ExportFormat.PDF,
        owner=session.user,
        operator=session.name,
        stem="statement",
        statement=of,
        protected=bool(data.password),
    )
    return _shown(await parts.exports.ask(job, token=session.token, password=data.password, scope=parts.scope))


@get("/exports", opt=SIGNED_IN, tags=["exports"], responses=refusals(), operation_id="listExport")
async def list_exports(request: AnyRequest) -> list[ExportJob]:
    """One's own exports, the newest first; with exports.schedule also the calendar's, with audit.view everybody's. At most 200."""
    parts, session = parts_of(request), session_of(request)
    return [_shown(job) for job in await parts.exports.jobs() if sees(session, job)]


@get("/exports/{id:str}", opt=SIGNED_IN, tags=["exports"], responses=refusals(404), operation_id="getExport")
async def get_export(request: AnyRequest, id: FromPath[str], wait: FromQuery[int] = 0) -> ExportJob:
    """How far it is. wait: seconds (at most 30) to hold the answer until it is over, so that nobody need ask again and again."""
    job = await _seen(request, id)
    if wait > 0:
        job = await parts_of(request).exports.wait(id, min(wait, LONGEST_WAIT_S))
    return _shown(job)


@delete("/exports/{id:str}", opt=SIGNED_IN, tags=["exports"], responses=refusals(404), operation_id="deleteExport")
async def delete_export(request: AnyRequest, id: FromPath[str]) -> None:
    """Cancel it, or remove its file at once. The audit's line stays."""
    await _seen(request, id)
    await parts_of(request).exports.remove(id)


@get("/exports/{id:str}/file", opt=SIGNED_IN, tags=["exports"], responses=refusals(404), operation_id="getExportFile")
async def get_file(request: AnyRequest, id: FromPath[str]) -> File:
    """The file, for who asked for it and still holds the right. Kept for a day."""
    parts, session = parts_of(request), session_of(request)
    job = await _seen(request, id)
    if job.owner != session.user:
        raise Forbidden("only who asked for it may fetch it")
    for area in (job.area,) if job.area else STATEMENT_AREAS:
        may(session, area.right)
    media = "application/zip" if job.protected else ENDINGS[job.format]
    return File(parts.exports.file(job), filename=job.name, media_type=media, content_disposition_type="attachment")


async def _seen(request: AnyRequest, id: str) -> Job:
    """Raises NotFound, also for what this user may not know of."""
    job = await parts_of(request).exports.job(id)
    if not sees(session_of(request), job):
        raise NotFound(f"there is no export {id[:80]}", field="id")
    return job


def _period(data: StatementRequest, parts: Parts) -> StatementOf:
    now, tz = parts.now(), parts.settings.site.time_zone
    since = when(str(data.since), "from", now=now, tz=tz)
    last = str(data.until)
    until = when(f"{last}T23:59:59.999" if len(last) == 10 and not last.isdecimal() else last, "to", now=now, tz=tz)
    until += 1 if len(last) == 10 and not last.isdecimal() else 0
    if until <= since:
        raise Invalid("it ends before it begins", field="to")
    return StatementOf(customer=data.customer, company=data.company, since=since, until=until)


HANDLERS = (add_export, add_statement, list_exports, get_export, delete_export, get_file)
