"""An export as somebody asks for it, at the REST door or on a page: may they, does it fit, and into the queue."""

from __future__ import annotations

from msgspec import Struct

from admin_api.auth import Session
from admin_api.parts import Parts
from admin_api.reports.areas import AREAS
from admin_api.reports.filters import conditions
from admin_api.reports.jobs import Job
from edge.core.errors import Busy, Forbidden, Invalid
from edge.core.model import Permission
from edge.core.saved import ExportArea, ExportFormat

MOST_ON_PAPER = 5000
SHORTEST, LONGEST = 8, 128
"""Characters of a password."""


class ExportRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """filters: as the list of this area takes them; saved: a saved filter besides, whose filters these win over. password: the file comes in a zip with AES. plain: csv without the head."""

    area: ExportArea
    format: ExportFormat
    filters: dict[str, str | int | bool] = {}
    saved: str = ""
    password: str = ""
    plain: bool = False


async def export_of(parts: Parts, session: Session, wanted: ExportRequest) -> Job:
    """The job that was put into the queue; its saved filter is resolved already. Raises Forbidden, Invalid, Busy."""
    may(session, wanted.area.right)
    sound_password(wanted.password)
    if wanted.format is ExportFormat.VCF and wanted.area is not ExportArea.CUSTOMERS:
        raise Invalid("vcf holds customers alone", field="format")
    filters = {name: _text(value) for name, value in wanted.filters.items()}
    terms, values = await conditions(
        parts.database, wanted.area, filters, now=parts.now(), tz=parts.settings.site.time_zone, scope=parts.scope
    )
    if wanted.format is ExportFormat.PDF:
        await _fits_on_paper(parts, wanted.area, terms, values)
    job = parts.exports.new(
        format=wanted.format, owner=session.user, operator=session.name, stem=wanted.area.value, area=wanted.area,
        filters={name: value for name, value in filters.items() if value}, plain=wanted.plain, protected=bool(wanted.password),
    )  # fmt: skip
    return await parts.exports.ask(job, token=session.token, password=wanted.password, scope=parts.scope)


def sees(session: Session, job: Job) -> bool:
    """One's own; with audit.view everybody's, with exports.schedule the calendar's."""
    if job.owner == session.user or session.may(Permission.AUDIT_VIEW):
        return True
    return bool(job.schedule) and session.may(Permission.EXPORTS_SCHEDULE)


def may(session: Session, right: Permission) -> None:
    """Raises Forbidden."""
    if not session.may(right):
        raise Forbidden(f"your role ({session.row.role}) does not include {right.value}")


def sound_password(password: str) -> None:
    """Raises Invalid; none is sound."""
    if password and not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"{SHORTEST} to {LONGEST} characters", field="password")


def _text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


async def _fits_on_paper(parts: Parts, which: ExportArea, terms: list[str], values: list[object]) -> None:
    """Raises Invalid above what a PDF holds, before anything is made. Where counting takes too long, the making will say it."""
    area = AREAS[which]
    met = " AND ".join(("1", *terms))
    try:
        rows = await parts.database.fetch(
            f"SELECT count(*) FROM (SELECT 1 FROM {area.base}{area.join} WHERE {met} LIMIT ?)",
            (*values, MOST_ON_PAPER + 1),
        )
    except Busy:
        return
    if rows[0][0] > MOST_ON_PAPER:
        raise Invalid(f"a PDF has at most {MOST_ON_PAPER} rows: take xlsx, or narrow the list", field="format")
