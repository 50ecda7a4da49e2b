"""What central sends down, applied in one roster transaction with central's position."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

import msgspec

from edge.commands.bookings import AddBooking, CancelBooking
from edge.commands.doors import HoldDoor, LockDoor, UnlockDoor
from edge.commands.passes import RevokePass
from edge.commands.site import SetMode
from edge.core.errors import Conflict, HouseError, Invalid
from edge.core.merge import SYNCED, RosterOp, is_news, record_of
from edge.core.model import Actor, Record
from edge.core.people import Company, Customer
from edge.ports import RosterTx

FromCentral = UnlockDoor | HoldDoor | LockDoor | SetMode | AddBooking | CancelBooking | RevokePass
"""What central may command; its customers, cards and profiles come as rows."""

_command: msgspec.json.Decoder[FromCentral] = msgspec.json.Decoder(FromCentral)
_RIGHTS = frozenset(command.right.value for command in get_args(FromCentral))

_ORDER = {name: i for i, name in enumerate(SYNCED)}


def read_command(body: bytes) -> FromCentral:
    """Raises Invalid for what is no command that central may give."""
    try:
        return _command.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"central may not command this: {error}"[:300]) from error


def somebody_at_central(name: str) -> Actor:
    """Who commands, as the journal and the audit name them."""
    shown = " ".join(name.split())[:80]
    return Actor(id="central", name=f"{shown} (central)" if shown.isprintable() and shown else "central", rights=_RIGHTS)


def apply_delta(tx: RosterTx, ops: Iterable[RosterOp], epoch: str, to_rev: int, now: int) -> list[str]:
    """Rows and position in one commit. Returns what was refused, a line each: one bad row costs itself."""
    problems = _apply(tx, ops, now)
    tx.central.set_position(epoch, to_rev)
    return problems


def apply_snapshot(tx: RosterTx, ops: Iterable[RosterOp], epoch: str, rev: int, now: int) -> list[str]:
    """Everything central holds, in ONE transaction: what it sent before and no longer holds goes first, so that codes may move."""
    rows = list(ops)
    held = {(op.type, op.id) for op in rows if op.op == "put"}
    gone = [(kind, id) for kind, id in tx.central.rows() if (kind, id) not in held]
    gone.sort(key=lambda row: -_ORDER.get(row[0], 0))
    held_up = [row for row in gone if _gone(tx, row, now)]
    if epoch != tx.central.position()[0]:
        tx.central.forget_versions()
    problems = _apply(tx, rows, now)
    problems += [problem for row in held_up if (problem := _gone(tx, row, now))]
    tx.central.set_position(epoch, rev)
    return problems


def _apply(tx: RosterTx, ops: Iterable[RosterOp], now: int) -> list[str]:
    """Deletes first, then puts in the order in which rows refer to one another; what failed is tried again as long as that
    helps, since a code or a name may have been freed by a later row."""
    news = [op for op in ops if is_news(op, tx.central.version(op.type, op.id))]
    deletes = sorted((op for op in news if op.op != "put"), key=lambda op: -_ORDER.get(op.type, 0))
    puts = sorted((op for op in news if op.op == "put"), key=lambda op: _ORDER.get(op.type, 0))
    left, problems = [*deletes, *puts], [""]
    while problems:
        tried = len(left)
        failed = [(op, problem) for op in left if (problem := _one(tx, op, now))]
        left, problems = [op for op, _ in failed], [problem for _, problem in failed]
        if len(left) == tried:
            break
    return problems


def _gone(tx: RosterTx, row: tuple[str, str], now: int) -> str:
    """Take out a row that central no longer holds; why not, or nothing. It stays central's, for the next snapshot."""
    try:
        _take_out(tx, *row, now)
        tx.central.forget(*row)
    except HouseError as error:
        return error.message
    return ""


def _one(tx: RosterTx, op: RosterOp, now: int) -> str:
    """Apply one row; why not, or nothing."""
    try:
        if not 0 <= op.ver < 1 << 63:
            return f"{op.type} {op.id} from central: {op.ver} is no version"
        if op.op == "put":
            _put(tx, *record_of(op))
        else:
            _take_out(tx, op.type, op.id, now)
        tx.central.came(op.type, op.id, op.ver)
    except HouseError as error:
        return error.message
    return ""


def _put(tx: RosterTx, record: Record, code: str | None) -> None:
    """A row of central's, with a version of this house. What central does not know of a customer stays. Raises Conflict."""
    record = msgspec.structs.replace(record, ver=0)
    if isinstance(record, Customer):
        before = tx.find(Customer, id=record.id)
        number = record.number or (before.number if before else tx.next_customer_number())
        tx.reserve_customer_number(number)
        record = msgspec.structs.replace(
            record,
            number=number,
            photo=before.photo if before else "",
            has_document=before.has_document if before else False,
            document_issuer=before.document_issuer if before else "",
        )
    tx.attempt(lambda: tx.put(record, code=code))


def _take_out(tx: RosterTx, entity: str, id: str, now: int) -> None:
    """Customers and companies are marked deleted, for the books, and let go of what can be taken out after them.
    Raises Conflict while something refers to it."""
    kind = SYNCED.get(entity)
    before = tx.find(kind, id=id) if kind else None
    if isinstance(before, Customer | Company):
        gone = msgspec.structs.replace(before, profiles=(), deleted_at=now if before.deleted_at is None else before.deleted_at)
        if isinstance(gone, Customer):
            gone = msgspec.structs.replace(gone, groups=(), lists=())
        if gone != before:
            tx.put(gone)
    elif before is not None and not tx.drop(before):
        raise Conflict(f"this {entity} is still used; take it out there first")
