"""Imports: rows of a file applied in steps that leave room for others, and taken back in steps.

A row goes through the very commands that a form would send: there is no second set of rules.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from edge.commands.base import Command, handles, text
from edge.commands.import_row import Names, StagedRow, apply_row
from edge.commands.import_undo import take_back
from edge.core.errors import Conflict, Forbidden, HouseError, Invalid
from edge.core.importing import Import, ImportKind, ImportState, Op, Twins
from edge.core.model import Actor, Moment, Permission, Value
from edge.ports import ImportedRow, RosterTx

MOST_ROWS = 500
"""Rows in one step."""
MOST_OF_A_FILE = 1_000_000
KEPT_MS = 30 * 24 * 3_600_000
"""So long an import can be taken back; then what it did row by row is forgotten."""
FORGOTTEN_AT_ONCE = 5_000
LONGEST_MS = 25.0
"""A step stops after so long; with its commit it is done well within 50 ms, and whoever waits for the roster comes next."""


class BeginImport(Command, tag="imports.begin", frozen=True, kw_only=True):
    """Begin to apply a file of so many rows. Needs the rights of its kind as well (customers.add and customers.edit, cards.manage,
    vehicles.manage), and companies.manage to make companies."""

    right: ClassVar = Permission.IMPORTS_MANAGE
    kind: ImportKind
    file: str
    rows: int
    twins: Twins = Twins.SKIP
    skip_wrong: bool = False
    make_missing: bool = False


class StepImport(Command, tag="imports.step", frozen=True, kw_only=True):
    """Do the next rows (1 to 500, upwards). As many as there is time for: those not reached are sent again, those done are passed over."""

    right: ClassVar = Permission.IMPORTS_MANAGE
    patient: ClassVar = True
    id: str
    rows: tuple[StagedRow, ...]


class EndImport(Command, tag="imports.end", frozen=True, kw_only=True):
    """All rows are done."""

    right: ClassVar = Permission.IMPORTS_MANAGE
    id: str


class UndoImport(Command, tag="imports.undo", frozen=True, kw_only=True):
    """Take back what an import did, the last row first, as much as there is time for; ask again until it is done.

    below: `below` of the answer before. Without a session the desk may ask it, of an import that is not whole.
    """

    right: ClassVar = Permission.IMPORTS_MANAGE
    patient: ClassVar = True
    id: str
    below: int = MOST_OF_A_FILE + 2
    reason: str = ""


class RefusedRow(Value, frozen=True, kw_only=True):
    """A row and why it was not done."""

    row: int
    field: str = ""
    message: str


class Stepped(Value, frozen=True, kw_only=True):
    """upto: the last row that is done. Then how many of this step; refused: those that were wrong.

    stopped: the import is being undone, since a row was refused that should not have been.
    """

    upto: int
    made: int = 0
    changed: int = 0
    same: int = 0
    skipped: int = 0
    refused: tuple[RefusedRow, ...] = ()
    stopped: bool = False


class Undone(Value, frozen=True, kw_only=True):
    """done: all is taken back. below: where to go on; back: how many rows this time; kept: what was left as it is, and why."""

    done: bool
    below: int
    back: int = 0
    kept: tuple[RefusedRow, ...] = ()


@handles(BeginImport)
def begin_import(tx: RosterTx, command: BeginImport, actor: Actor, now: Moment) -> Import:
    _may(actor, command.kind, command.make_missing)
    if not 1 <= command.rows <= MOST_OF_A_FILE:
        raise Invalid(f"1 to {MOST_OF_A_FILE} rows", field="rows")
    tx.imported.forget(now.wall - KEPT_MS, FORGOTTEN_AT_ONCE)
    return tx.put(
        Import(
            id=tx.new_id(), kind=command.kind, file=text(command.file, "file"), rows=command.rows, twins=command.twins,
            skip_wrong=command.skip_wrong, make_missing=command.make_missing, begun_at=now.wall, begun_by=actor.name,
        )
    )  # fmt: skip


@handles(StepImport)
def step_import(tx: RosterTx, command: StepImport, actor: Actor, now: Moment) -> Stepped:
    running = _in_state(tx, command.id, ImportState.APPLYING)
    _may(actor, running.kind, running.make_missing)
    if not 1 <= len(command.rows) <= MOST_ROWS:
        raise Invalid(f"1 to {MOST_ROWS} rows at a time", field="rows")
    upto, names = tx.imported.last(running.id), Names(tx, actor, now, make=running.make_missing)
    counted, refused = dict.fromkeys(Op, 0), list[RefusedRow]()
    for staged in command.rows:
        if staged.row <= upto:
            continue
        try:
            done = tx.attempt(lambda: apply_row(tx, running, staged, names, actor, now))  # noqa: B023 - called here and now
        except HouseError as error:
            names.forget()
            refused.append(RefusedRow(row=staged.row, field=error.field, message=error.message))
            if not running.skip_wrong:
                why = f"row {staged.row}{f', {error.field}' if error.field else ''}: {error.message}"
                tx.put(msgspec.structs.replace(running, state=ImportState.UNDOING, problem=why[:300]))
                return _stepped(upto, counted, refused, stopped=True)
            done = ImportedRow(row=staged.row, op=Op.WRONG, problem=f"{error.field}: {error.message}"[:300])
        for row in (*names.made_for(staged.row), done):
            tx.imported.note(running.id, row)
        upto = staged.row
        counted[done.op] += 1
        if tx.spent_ms() > LONGEST_MS:
            break
    return _stepped(upto, counted, refused)


@handles(EndImport)
def end_import(tx: RosterTx, command: EndImport, actor: Actor, now: Moment) -> Import:
    running = tx.get(Import, command.id)
    if running.state is ImportState.APPLIED:
        return running
    _in_state(tx, command.id, ImportState.APPLYING)
    counts = tx.imported.counts(running.id)
    if sum(counts.get(op, 0) for op in Op) < running.rows:
        raise Conflict("not all of its rows are done", field="rows")
    tx.imported.forget(now.wall - KEPT_MS, FORGOTTEN_AT_ONCE)
    return tx.put(_counted(running, counts, state=ImportState.APPLIED, ended_at=now.wall))


@handles(UndoImport)
def undo_import(tx: RosterTx, command: UndoImport, actor: Actor, now: Moment) -> Undone:
    running = tx.get(Import, command.id)
    if running.state is ImportState.UNDONE:
        return Undone(done=True, below=0)
    if running.state is ImportState.APPLIED and not actor.may(Permission.IMPORTS_MANAGE):
        raise Forbidden("an import that is whole is taken back by somebody, not by the house")
    if running.state is ImportState.APPLIED and (running.ended_at or 0) < now.wall - KEPT_MS:
        raise Conflict("it is more than 30 days old: what it did row by row is no longer kept", field="id")
    if running.state is not ImportState.UNDOING:
        why = text(command.reason, "reason", longest=300) or "taken back"
        running = tx.put(msgspec.structs.replace(running, state=ImportState.UNDOING, problem=why))
    rows = tx.imported.newest_first(running.id, command.below, MOST_ROWS)
    made_for, below, back, kept = tx.imported.made_for(running.id), command.below, 0, list[RefusedRow]()
    for row in rows:
        left = take_back(tx, row, made_for, now)
        tx.imported.taken_back(running.id, row, left)
        below, back = row.row + 1, back + 1
        if left:
            kept.append(RefusedRow(row=row.row, message=left))
        if tx.spent_ms() > LONGEST_MS:
            break
    if back < len(rows) or len(rows) == MOST_ROWS:
        return Undone(done=False, below=below, back=back, kept=tuple(kept))
    tx.put(_counted(running, tx.imported.counts(running.id), state=ImportState.UNDONE, ended_at=now.wall))
    return Undone(done=True, below=0, back=back, kept=tuple(kept))


def _stepped(upto: int, counted: dict[Op, int], refused: list[RefusedRow], *, stopped: bool = False) -> Stepped:
    return Stepped(
        upto=upto, made=counted[Op.MADE], changed=counted[Op.CHANGED], same=counted[Op.SAME], skipped=counted[Op.SKIPPED],
        refused=tuple(refused), stopped=stopped,
    )  # fmt: skip


def _counted(running: Import, counts: dict[str, int], **more: Any) -> Import:
    numbers = {name: counts.get(name, 0) for name in ("made", "changed", "same", "skipped", "wrong", "kept")}
    return msgspec.structs.replace(running, **numbers, **more)


def _in_state(tx: RosterTx, id: str, state: ImportState) -> Import:
    running = tx.get(Import, id)
    if running.state is not state:
        raise Conflict(f"this import is {running.state.value}{f': {running.problem}' if running.problem else ''}", field="id")
    return running


def _may(actor: Actor, kind: ImportKind, make_missing: bool) -> None:
    needed = (*kind.rights, *((Permission.COMPANIES_MANAGE, Permission.CUSTOMERS_EDIT) if make_missing else ()))
    for right in needed:
        if not actor.may(right):
            raise Forbidden(f"your role does not include {right.value}")
