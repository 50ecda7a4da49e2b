"""Exports: the line in the audit that every one of them leaves, and those that are made by the calendar."""

from __future__ import annotations

import posixpath
from datetime import datetime
from typing import ClassVar

import msgspec
from cronsim import CronSim, CronSimError

from edge.commands.base import Command, Patch, changed, handles, made, text
from edge.core.errors import Conflict, Forbidden, Invalid
from edge.core.model import Actor, Moment, Permission
from edge.core.saved import ExportArea, ExportFormat, SavedFilter, ScheduledExport, combined
from edge.ports import RosterTx

MOST_FILTERS = 40
LONGEST_FILTER = 300

Filters = tuple[tuple[str, str], ...]


class NoteExport(Command, tag="exports.note", frozen=True, kw_only=True):
    """Write down an export before its file is handed out. Needs the right of each of its areas.

    statement: whose statement it is (a customer or company); empty: a list.
    """

    id: str
    areas: tuple[ExportArea, ...]
    format: ExportFormat
    filters: Filters = ()
    rows: int
    protected: bool = False
    statement: str = ""


class NoteScheduled(Command, tag="exports.note_scheduled", frozen=True, kw_only=True):
    """The same for one that the calendar made; what it is stands in its record. No session: nobody asked just now."""

    id: str
    schedule: str
    rows: int
    file: str


class Exported(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the audit keeps of an export: what of, by which filters, how many rows, where it went."""

    areas: tuple[ExportArea, ...]
    format: ExportFormat
    filters: Filters
    rows: int
    protected: bool = False
    statement: str = ""
    schedule: str = ""
    file: str = ""


class AddScheduledExport(Command, tag="scheduled_exports.add", frozen=True, kw_only=True):
    """Have an export made by the calendar. Who sets it up holds the area's own right too."""

    right: ClassVar = Permission.EXPORTS_SCHEDULE
    fields: Patch


class EditScheduledExport(Command, tag="scheduled_exports.edit", frozen=True, kw_only=True):
    right: ClassVar = Permission.EXPORTS_SCHEDULE
    id: str
    changes: Patch
    ver: int | None = None


class DeleteScheduledExport(Command, tag="scheduled_exports.delete", frozen=True, kw_only=True):
    """No more runs; files that were made stay."""

    right: ClassVar = Permission.EXPORTS_SCHEDULE
    id: str


@handles(NoteExport)
def note_export(tx: RosterTx, command: NoteExport, actor: Actor, now: Moment) -> None:
    if not command.areas:
        raise Invalid("name at least one area", field="areas")
    for area in command.areas:
        _may(actor, area)
    line = Exported(
        areas=command.areas, format=command.format, filters=sound_filters(command.filters), rows=command.rows,
        protected=command.protected, statement=command.statement[:80],
    )  # fmt: skip
    tx.say("export", text(command.id, "id", required=True, longest=64), "export", line)


@handles(NoteScheduled)
def note_scheduled(tx: RosterTx, command: NoteScheduled, actor: Actor, now: Moment) -> None:
    saved = tx.get(ScheduledExport, command.schedule)
    if not saved.active:
        raise Conflict("this export is no longer made by the calendar", field="schedule")
    line = Exported(
        areas=(saved.area,),
        format=saved.format,
        filters=combined(tx.find(SavedFilter, id=saved.saved) if saved.saved else None, saved.filters),
        rows=command.rows,
        schedule=saved.name,
        file=command.file[:300],
    )
    tx.say("export", text(command.id, "id", required=True, longest=64), "export", line)


@handles(AddScheduledExport)
def add_scheduled_export(tx: RosterTx, command: AddScheduledExport, actor: Actor, now: Moment) -> ScheduledExport:
    saved = _sound(made(ScheduledExport, command.fields, id=tx.new_id(), made_by=actor.name))
    _may(actor, saved.area)
    _fits(tx, saved, actor)
    return tx.put(saved)


@handles(EditScheduledExport)
def edit_scheduled_export(tx: RosterTx, command: EditScheduledExport, actor: Actor, now: Moment) -> ScheduledExport:
    before = tx.get(ScheduledExport, command.id)
    saved = _sound(changed(before, command.changes, command.ver))
    _may(actor, before.area)
    _may(actor, saved.area)
    if (saved.saved, saved.area) != (before.saved, before.area):
        _fits(tx, saved, actor)
    return tx.put(saved)


@handles(DeleteScheduledExport)
def delete_scheduled_export(tx: RosterTx, command: DeleteScheduledExport, actor: Actor, now: Moment) -> None:
    tx.delete(tx.get(ScheduledExport, command.id))


def _may(actor: Actor, area: ExportArea) -> None:
    if not actor.may(area.right):
        raise Forbidden(f"your role does not include {area.right.value}")


def _fits(tx: RosterTx, export: ScheduledExport, actor: Actor) -> None:
    """The saved filter it names is one that who asks sees, and of its area. Raises Invalid."""
    if export.saved is None:
        return
    found = tx.find(SavedFilter, id=export.saved)
    if found is None or not (found.shared or found.owner == actor.id):
        raise Invalid(f"there is no saved filter {export.saved[:80]}", field="saved")
    if found.area is not export.area:
        raise Invalid(f"this saved filter is of {found.area.value}", field="saved")


def _sound(saved: ScheduledExport) -> ScheduledExport:
    """As it is kept. Raises Invalid. Which folders there may be is the desk's settings: it looks when the export runs."""
    try:
        CronSim(saved.cron, datetime(2026, 1, 1))
    except CronSimError as error:
        raise Invalid(
            "five fields: minute, hour, day of the month, month, day of the week, such as 0 6 * * 1", field="cron"
        ) from error
    folder = saved.folder.strip()
    if not folder.startswith("/") or ".." in folder.split("/") or not folder.isprintable() or len(folder) > 200:
        raise Invalid("an absolute path without .., below one of the desk's export_folders", field="folder")
    if saved.format is ExportFormat.VCF and saved.area is not ExportArea.CUSTOMERS:
        raise Invalid("vcf holds customers alone", field="format")
    return msgspec.structs.replace(
        saved,
        name=text(saved.name, "name", required=True),
        cron=" ".join(saved.cron.split()),
        folder=posixpath.normpath(folder),
        filters=sound_filters(saved.filters),
    )


def sound_filters(filters: Filters) -> Filters:
    """Raises Invalid for too many or too long ones; which there are is the desk's to say."""
    if len(filters) > MOST_FILTERS:
        raise Invalid(f"at most {MOST_FILTERS} filters", field="filters")
    for i, (name, value) in enumerate(filters):
        if len(name) > LONGEST_FILTER or len(value) > LONGEST_FILTER:
            raise Invalid(f"at most {LONGEST_FILTER} characters", field=f"filters[{i}]")
    return filters
