"""The lists of the office: who changed what, files that are made of lists, files that come in."""

from __future__ import annotations

from typing import Any

from admin_api.console.language import _
from admin_api.console.lists.sheet import Asked, Cell, Column, Filter, FilterKind, Found, Here, New, Row, RowAction, Sheet
from admin_api.imports import asking
from admin_api.imports import jobs as imported
from admin_api.reads.audit import AuditLine, AuditQuery, FieldChange, audit
from admin_api.reports.asked import sees
from admin_api.reports.filters import when
from admin_api.reports.jobs import JobState
from admin_api.reports.queue import STATEMENT_AREAS
from edge.core.importing import ImportKind
from edge.core.model import Permission, User
from edge.core.saved import ExportArea

K = FilterKind
SHOWN_CHANGES = 3
"""Changes of one line that its cell says; the others are counted."""
LONGEST = 60
"""Characters of a value in such a cell."""


def entities() -> dict[str, str]:
    """What the audit's lines are about."""
    return {
        "customer": _("Customer"), "card": _("Access card"), "vehicle": _("Vehicle"), "company": _("Company"), "group": _("Group"),
        "customerlist": _("List"), "booking": _("Booking"), "zone": _("Zone"), "accesspoint": _("Access point"), "profile": _("Access profile"),
        "schedule": _("Schedule"), "tariff": _("Tariff"), "alertrule": _("Alert rule"), "device": _("Device"), "sitepolicy": _("Site policy"), "passkey": _("Pass key"),
        "revokedpass": _("Revoked pass"), "user": _("User"), "role": _("Role"), "apikey": _("API key"), "webhook": _("Webhook"),
        "session": _("Session"), "pass": _("Pass"), "export": _("Export"), "import": _("Import"), "savedfilter": _("Saved view"),
        "scheduledexport": _("Scheduled export"), "accessreview": _("Access review"), "reviewitem": _("Access review"), "merge": _("Merge"),
        "erasure": _("Erasure"), "backup": _("Backup"), "snapshot": _("Rows from central"),
    }  # fmt: skip


def operations() -> dict[str, str]:
    """What was done."""
    return {
        "add": _("Added"), "edit": _("Changed"), "delete": _("Deleted"), "view": _("Looked at"), "reveal": _("Revealed"), "issue": _("Issued"),
        "enrol": _("Enrolled"), "end": _("Ended"), "import": _("Imported"),
    }  # fmt: skip


# ---------------------------------------------------------------------------------------------------- audit


def _audit_columns() -> tuple[Column, ...]:
    return (
        Column(name="when", label=_("When")), Column(name="actor", label=_("Who")), Column(name="did", label=_("What")),
        Column(name="record", label=_("Record")), Column(name="changes", label=_("From, to")), Column(name="reason", label=_("Reason")),
        Column(name="command", label=_("Command"), shown=False), Column(name="rev", label=_("Revision"), shown=False, right=True),
    )  # fmt: skip


async def _audit_filters(here: Here) -> tuple[Filter, ...]:
    users = tuple((u.login, u.name or u.login) for u in await here.parts.roster.every(User))
    return (
        Filter(name="actor", label=_("Who"), kind=K.CHOICE, any=_("Anybody"), choices=users, first=True),
        Filter(name="entity", label=_("Record"), kind=K.CHOICE, any=_("Any record"), choices=tuple(entities().items()), first=True),
        Filter(name="op", label=_("What"), kind=K.CHOICE, any=_("Anything"), choices=tuple(operations().items()), first=True),
        Filter(name="at", label=_("Time"), kind=K.DATES, since="since", until="until", first=True),
        Filter(name="entity_id", label=_("Id of the record")),
    )  # fmt: skip


async def _audit(here: Here, asked: Asked) -> Found:
    parts, given = here.parts, dict(asked.filters)
    times = {name: when(given.pop(name), name, now=parts.now(), tz=here.times.tz) for name in ("since", "until") if name in given}
    before = int(asked.after) if asked.after.isdecimal() and len(asked.after) < 18 else None
    page = await audit(parts.database, AuditQuery(**given, **times, before=before, limit=asked.limit))  # type: ignore[arg-type]
    names = await parts.roster.customer_names([line.entity_id for line in page.items if line.entity == "customer"])
    said, done = entities(), operations()
    rows = tuple(
        Row(id=str(line.rev), cells={
            "when": Cell(text=here.times.full(line.at)), "actor": Cell(text=line.actor), "did": Cell(text=done.get(line.op, line.op)),
            "record": _record(line, said, names), "changes": Cell(text=_changes(line.changes)), "reason": Cell(text=line.reason),
            "command": Cell(text=line.command), "rev": Cell(text=str(line.rev), look="num"),
        })
        for line in page.items
    )  # fmt: skip
    return Found(rows=rows, following=page.next)


def _record(line: AuditLine, said: dict[str, str], names: dict[str, str]) -> Cell:
    kind = said.get(line.entity, line.entity)
    if line.entity == "customer" and line.entity_id in names:
        return Cell(text=names[line.entity_id], sub=kind, href=f"/customers/{line.entity_id}?tab=history")
    name = next((c.after or c.before for c in line.changes if c.field in ("name", "login", "plate", "username")), "")
    return Cell(text=str(name or kind), sub=kind if name else "")


def _changes(changes: list[FieldChange]) -> str:
    """Field by field; of what was added or deleted its fields alone."""
    first = "; ".join(f"{c.field}: {_short(c.before)} → {_short(c.after)}" for c in changes[:SHOWN_CHANGES])
    more = len(changes) - SHOWN_CHANGES
    return first + (" " + _("and %(count)s more") % {"count": more} if more > 0 else "")


def _short(value: Any) -> str:
    text = "–" if value in (None, "", [], ()) else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


AUDIT = Sheet(
    name="audit", path="/audit", section="key", right=Permission.AUDIT_VIEW, title=lambda: _("Audit"), columns=_audit_columns,
    filters=_audit_filters, rows=_audit, lead=lambda: _("Who changed what, from and to, and who looked at or exported personal data."),
    empty=lambda: (_("Nothing found"), _("Nobody did such a thing in the time that was looked through.")),
)  # fmt: skip


# ---------------------------------------------------------------------------------------------------- exports


def areas() -> dict[ExportArea, str]:
    return {
        ExportArea.CUSTOMERS: _("Customers"), ExportArea.COMPANIES: _("Companies"), ExportArea.CARDS: _("Access cards"),
        ExportArea.VEHICLES: _("Vehicles"), ExportArea.BOOKINGS: _("Bookings"), ExportArea.ENTRIES: _("Entries"),
        ExportArea.EVENTS: _("Events"), ExportArea.PAYMENTS: _("Payments"), ExportArea.REVIEWS: _("Access reviews"),
    }  # fmt: skip


def job_states() -> dict[JobState, tuple[str, str]]:
    return {
        JobState.WAITING: (_("Waiting"), "info"), JobState.RUNNING: (_("Being made"), "info"), JobState.DONE: (_("Ready"), "ok"),
        JobState.FAILED: (_("Failed"), "no"), JobState.CANCELLED: (_("Cancelled"), "dim"), JobState.INTERRUPTED: (_("Broken off"), "warn"),
        JobState.EXPIRED: (_("Expired"), "dim"),
    }  # fmt: skip


def size_of(size: int) -> str:
    """In bytes, as people say it."""
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{max(size, 1) / 1e3:.1f} kB" if size else ""


async def _exports(here: Here, asked: Asked) -> Found:
    said, states, rows, busy = areas(), job_states(), [], False
    for job in await here.parts.exports.jobs():
        if not sees(here.session, job):
            continue
        busy |= job.state in (JobState.WAITING, JobState.RUNNING)
        word, tone = states[job.state]
        if job.state is JobState.RUNNING and job.progress:
            word = f"{word} · {job.progress:.0%}"
        mine = job.owner == here.session.user and all(
            here.session.may(a.right) for a in ((job.area,) if job.area else STATEMENT_AREAS)
        )
        file = f"/api/v1/exports/{job.id}/file" if job.state is JobState.DONE and mine and not job.schedule else ""
        filters = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in job.filters.items())
        cells = {
            "file": Cell(text=job.name, href=file), "state": Cell(text=word, tone=tone, sub=job.problem),
            "area": Cell(text=said[job.area] if job.area else _("Statement"), sub=filters), "rows": Cell(text=f"{job.rows:,}".replace(",", " "), look="num"),
            "size": Cell(text=size_of(job.size), look="num"), "by": Cell(text=job.operator or _("The calendar")),
            "made": Cell(text=here.times.short(job.made_at)),
            "until": Cell(text=here.times.short(job.expires_at) if job.expires_at and job.state is JobState.DONE else ""),
        }  # fmt: skip
        over = job.state not in (JobState.WAITING, JobState.RUNNING)
        label = _("Remove") if over else _("Cancel")
        rows.append(Row(id=job.id, cells=cells, menu=(RowAction(label=label, post=f"/exports/{job.id}/remove"),)))
    return Found(rows=tuple(rows), busy=busy)


EXPORTS = Sheet(
    name="exports", path="/exports", section="key", right=None, title=lambda: _("Exports"), rows=_exports,
    columns=lambda: (
        Column(name="file", label=_("File")), Column(name="state", label=_("State")), Column(name="area", label=_("Of")),
        Column(name="rows", label=_("Rows"), right=True), Column(name="size", label=_("Size"), right=True), Column(name="by", label=_("Asked by")),
        Column(name="made", label=_("Asked")), Column(name="until", label=_("Kept until")),
    ),
    lead=lambda: _("Files made of lists, each kept for a day. Ask for one with the Export button of a list."),
    empty=lambda: (_("No exports yet"), _("Ask for one with the Export button of a list.")),
)  # fmt: skip


# ---------------------------------------------------------------------------------------------------- imports


def import_kinds() -> dict[ImportKind, str]:
    return {ImportKind.CUSTOMERS: _("Customers"), ImportKind.CARDS: _("Access cards"), ImportKind.VEHICLES: _("Vehicles")}


def import_states() -> dict[imported.JobState, tuple[str, str]]:
    S = imported.JobState
    return {
        S.CHECKING: (_("Being checked"), "info"), S.READY: (_("Ready to apply"), "warn"), S.APPLYING: (_("Being applied"), "info"),
        S.APPLIED: (_("Applied"), "ok"), S.UNDOING: (_("Being taken back"), "info"), S.UNDONE: (_("Taken back"), "dim"),
        S.FAILED: (_("Failed"), "no"),
    }  # fmt: skip


async def _imports(here: Here, asked: Asked) -> Found:
    kinds, states, rows, busy = import_kinds(), import_states(), [], False
    for job in here.parts.imports.all():
        if not asking.sees(here.session, job):
            continue
        busy |= job.state in imported.UNDER_WAY
        word, tone = states[job.state]
        if job.state in imported.UNDER_WAY and job.progress:
            word = f"{word} · {job.progress:.0%}"
        rows.append(Row(id=job.id, cells={
            "file": Cell(text=job.file, href=f"/imports/{job.id}"), "kind": Cell(text=kinds[job.kind]), "state": Cell(text=word, tone=tone),
            "made": Cell(text=str(job.result.made or ""), look="num"), "changed": Cell(text=str(job.result.changed or ""), look="num"),
            "size": Cell(text=size_of(job.size), look="num"), "by": Cell(text=job.operator), "at": Cell(text=here.times.short(job.made_at)),
        }))  # fmt: skip
    return Found(rows=tuple(rows), busy=busy)


IMPORTS = Sheet(
    name="imports", path="/imports", section="key", right=Permission.IMPORTS_MANAGE, title=lambda: _("Imports"), rows=_imports,
    columns=lambda: (
        Column(name="file", label=_("File")), Column(name="state", label=_("State")), Column(name="kind", label=_("Of")),
        Column(name="made", label=_("Made"), right=True), Column(name="changed", label=_("Changed"), right=True),
        Column(name="size", label=_("Size"), right=True), Column(name="by", label=_("Brought by")), Column(name="at", label=_("When")),
    ),
    lead=lambda: _("Customers, cards and vehicles from csv or xlsx. Nothing is written before it was looked at, and all of it can be taken back."),
    empty=lambda: (_("No imports yet"), _("Bring a csv or xlsx file of customers, cards or vehicles.")),
    new=lambda: New(href="/imports/new", label=_("Import a file"), right=Permission.IMPORTS_MANAGE),
)  # fmt: skip

SHEETS = (AUDIT, EXPORTS, IMPORTS)
