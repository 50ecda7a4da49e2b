"""What central sends down, applied in one roster transaction with central's position."""

from __future__ import annotations

from collections.abc import Iterable

from edge.core.errors import HouseError
from edge.core.merge import SYNCED, RosterOp, is_news, record_of
from edge.ports import RosterTx

_ORDER = {name: i for i, name in enumerate(SYNCED)}


def apply_delta(tx: RosterTx, ops: Iterable[RosterOp], epoch: str, to_rev: int, now: int) -> list[str]:
    """Rows and position in one commit. Returns what was refused, a line each: one bad row costs itself."""
    problems = _apply(tx, ops, now)
    tx.set_position(epoch, to_rev)
    return problems


def apply_snapshot(tx: RosterTx, ops: Iterable[RosterOp], epoch: str, rev: int, now: int) -> list[str]:
    """Everything central holds, in ONE transaction: what it sent before and no longer holds goes first, so that codes may move."""
    rows = list(ops)
    held = {(op.type, op.id) for op in rows if op.op == "put"}
    gone = [(kind, id) for kind, id in tx.central_rows() if (kind, id) not in held]
    gone.sort(key=lambda row: -_ORDER.get(row[0], 0))
    held_up = [row for row in gone if _gone(tx, row, now)]
    if epoch != tx.position()[0]:
        tx.forget_central_versions()
    problems = _apply(tx, rows, now)
    problems += [problem for row in held_up if (problem := _gone(tx, row, now))]
    tx.set_position(epoch, rev)
    return problems


def _apply(tx: RosterTx, ops: Iterable[RosterOp], now: int) -> list[str]:
    """Deletes first, then puts in the order in which rows refer to one another; what failed is tried again as long as that
    helps, since a code or a name may have been freed by a later row."""
    news = [op for op in ops if is_news(op, tx.central_version(op.type, op.id))]
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
        tx.delete_row(*row, ver=None, now=now)
    except HouseError as error:
        return error.message
    return ""


def _one(tx: RosterTx, op: RosterOp, now: int) -> str:
    """Apply one row; why not, or nothing."""
    try:
        if not 0 <= op.ver < 1 << 63:
            return f"{op.type} {op.id} from central: {op.ver} is no version"
        if op.op == "put":
            tx.put_row(*record_of(op), central_ver=op.ver)
        else:
            tx.delete_row(op.type, op.id, ver=op.ver, now=now)
    except HouseError as error:
        return error.message
    return ""
