"""What central sends down, applied in one roster transaction with central's position; and what it says of changes made here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Set
from typing import Any, get_args

import msgspec

from edge.commands.bookings import AddBooking, CancelBooking
from edge.commands.doors import HoldDoor, LockDoor, UnlockDoor
from edge.commands.passes import RevokePass
from edge.commands.site import SetMode
from edge.core.errors import Conflict, HouseError, Invalid
from edge.core.merge import (
    OWN_FIELDS,
    SYNCED,
    ChangeVerdict,
    DeskChange,
    RosterOp,
    Ruling,
    is_news,
    kept_out,
    record_of,
    row_hash,
    with_changes,
)
from edge.core.model import Actor, Card, Record, Value
from edge.core.people import Company, Customer
from edge.ports import Disagreement, RosterTx

FromCentral = UnlockDoor | HoldDoor | LockDoor | SetMode | AddBooking | CancelBooking | RevokePass
"""What central may command; its customers, cards and profiles come as rows."""

_op = msgspec.json.Decoder(RosterOp)
_command: msgspec.json.Decoder[FromCentral] = msgspec.json.Decoder(FromCentral)
_RIGHTS = frozenset(command.right.value for command in get_args(FromCentral))

KEPT_MS = 90 * 86_400_000
"""How long what central deleted, and what it accepted, is kept in mind."""
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
    tx.central.speaking = True
    problems = _apply(tx, [op for op in ops if is_news(op, _version(tx, op))], now)
    tx.central.set_position(epoch, to_rev)
    tx.central.forget_gone(now - KEPT_MS)
    return problems


def apply_snapshot(tx: RosterTx, ops: Iterable[RosterOp], epoch: str, rev: int, now: int) -> list[str]:
    """Everything central holds, in ONE transaction: what it sent before and no longer holds goes first, so that codes may move."""
    rows = list(ops)
    held = {(op.type, op.id) for op in rows if op.op == "put"}
    gone = [row for row in tx.central.rows() if row not in held]
    return _whole(tx, gone, lambda: [op for op in rows if not _is_same(tx, op, now)], epoch, rev, now)


def apply_large(
    tx: RosterTx, said: Iterator[tuple[Any, ...]], part: Callable[[int], Iterable[RosterOp]], epoch: str, rev: int, now: int
) -> list[str]:
    """The same for a snapshot that a child has read (store.snapshot_child says what comes): what is new goes in as it is, a part of a kind
    at a time; the rest, and a part of which something cannot be, row by row. part: the rows of a part. Raises Invalid for a damaged one."""
    first = next(said)
    if first[0] != "gone":
        raise Invalid(f"central's snapshot cannot be read: {first[-1]}")
    with tx.arriving.room():
        return _whole(tx, [(entity, id) for entity, id in first[1]], lambda: _arrived(tx, said, part, now), epoch, rev, now)


def _arrived(tx: RosterTx, said: Iterator[tuple[Any, ...]], part: Callable[[int], Iterable[RosterOp]], now: int) -> list[RosterOp]:
    """Put in what is new; returns what has to be looked at one by one."""
    rest: list[RosterOp] = []
    new: Counter[str] = Counter()
    for what, *more in said:
        match what:
            case "version":
                tx.arriving.versions(more[0])
            case "first":
                rest += [op for op, _ in _tried(tx, [_op.decode(op) for op in more[0]], now)]
            case "ops":
                rest += [_op.decode(op) for op in more[0]]
            case "new":
                i, entity, rows, children, central, codes = more
                if tx.arriving.add(entity, rows, children, central, codes):
                    new[entity] += len(rows)
                else:
                    names = {id for _, id, *_ in central}
                    rest += [op for op in part(i) if op.type == entity and op.id in names]
            case "end":
                tx.reserve_customer_number(more[0])
            case _:
                raise Invalid(f"central's snapshot cannot be read: {more[-1]}")
    if new:
        tx.arriving.owe_search()
        tx.say("snapshot", tx.new_id(), "add", Arrived(rows=dict(new)))
    return rest


class Arrived(Value, frozen=True, kw_only=True):
    """How many rows of which kind came in at once: the line of the audit that stands for all of them."""

    rows: dict[str, int]


def _whole(
    tx: RosterTx, gone: list[tuple[str, str]], ops: Callable[[], list[RosterOp]], epoch: str, rev: int, now: int
) -> list[str]:
    """gone: what central no longer holds goes first, so that codes may move; then the rows that differ."""
    tx.central.speaking = True
    before, _ = tx.central.position()
    stay = list[tuple[str, str]]()
    if epoch != before:
        tx.central.forget_versions()
        if before:
            stay = _ask_again(tx, set(gone))
            gone = [row for row in gone if row not in stay]
    gone.sort(key=lambda row: -_ORDER.get(row[0], 0))
    held_up = [row for row in gone if _gone(tx, row, now)]
    problems = _apply(tx, ops(), now)
    problems += [problem for row in held_up if (problem := _gone(tx, row, now, last=True))]
    tx.central.set_position(epoch, rev)
    tx.central.speaking = False
    for kind, id in stay if before else _unsaid(tx):
        if record := tx.find(SYNCED[kind], id=id):  # else it was taken out here, and central knows nothing of it any more
            tx.send_up(record)
    return problems


def apply_verdicts(tx: RosterTx, verdicts: Iterable[ChangeVerdict], epoch: str, now: int) -> tuple[list[str], set[str]]:
    """What central says of changes made here; with its row as it is now, where that differs. Returns problems with such rows, and the
    changes whose verdict came too late to be taken: they are asked again."""
    if epoch != tx.central.position()[0]:  # central was restored since, or has not said yet what it holds
        return [], {verdict.id for verdict in verdicts}
    problems, late = list[str](), set[str]()
    for verdict in verdicts:
        change = tx.changes.asked(verdict.id)
        if change is None:  # decided before: said twice
            continue
        if _is_late(tx, change, verdict):
            late.add(change.id)
            continue
        tx.central.speaking = True
        theirs = verdict.row.fields if verdict.row else {}
        lost = tuple(f for f in verdict.lost if f in change.fields)
        if verdict.verdict is Ruling.ACCEPTED or (verdict.verdict is Ruling.MERGED and not lost):
            tx.changes.accepted(change.id, now)
        elif verdict.verdict is Ruling.MERGED:
            tx.changes.accepted(change.id, now, without=lost)
            wanted = {f: change.fields[f] for f in lost}
            part = msgspec.structs.replace(change, id=tx.new_id(), fields=wanted)
            tx.changes.refused(Disagreement(part, verdict.code, verdict.reason, {f: theirs.get(f) for f in lost}), now)
        else:
            values = {f: theirs.get(f) for f in change.fields}
            tx.changes.refused(Disagreement(change, verdict.code, verdict.reason, values), now)
        tx.forget_code_to_send(change.id)
        problems += _their_row(tx, change, verdict, now)
    tx.changes.forget_accepted(now - KEPT_MS)
    return problems, late


def _is_late(tx: RosterTx, change: DeskChange, verdict: ChangeVerdict) -> bool:
    """Has central said more of this row than its verdict knows. What lies over the row could then not be taken off: only central has it."""
    said = tx.central.said(change.type, change.row)
    if said is None:
        return False
    return said.hash is not None if verdict.row is None else verdict.row.ver < said.ver


def to_send(tx: RosterTx, limit: int, max_bytes: int) -> tuple[DeskChange, ...]:
    """The first changes that central has not decided, a card's code with its fields."""
    return tuple(msgspec.structs.replace(change, fields=_fields(tx, change)) for change in tx.changes.waiting(limit, max_bytes))


def _their_row(tx: RosterTx, change: DeskChange, verdict: ChangeVerdict, now: int) -> list[str]:
    """The row as central has it, over what is here; none: it has no such row, so that a refused new one is taken out."""
    if verdict.row is not None:
        return _apply(tx, [verdict.row], now)
    if verdict.verdict is Ruling.REFUSED and change.op == "put" and not change.base:
        try:
            _take_out(tx, change.type, change.row, now)
        except HouseError as error:
            return [f"{change.type} {change.row}, refused by central: {error.message}"]
    return []


def _ask_again(tx: RosterTx, gone: Set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Central was restored: it hears once more what it had accepted. Returns the rows made here that it lacks; they stay, and it hears of
    each as it stands here, in place of what was ever asked of it."""
    made = {(change.type, change.row) for change in tx.changes.ask_again() if change.op == "put" and not change.base}
    lacking = sorted(made & gone, key=lambda row: _ORDER.get(row[0], 0))
    for row in lacking:
        for change in tx.changes.over(*row):
            tx.forget_code_to_send(change.id)
        tx.changes.forget_row(*row)
        tx.central.forget(*row)
    return lacking


def _unsaid(tx: RosterTx) -> list[tuple[str, str]]:
    """Central and edge meet: what is here and central does not hold, in the order in which rows refer to one another."""
    return [(entity, id) for entity in SYNCED for id in tx.central.unsaid(entity)]


def _version(tx: RosterTx, op: RosterOp) -> int | None:
    said = tx.central.said(op.type, op.id)
    return said.ver if said else None


def _is_same(tx: RosterTx, op: RosterOp, now: int) -> bool:
    """Is the row here as a snapshot says it, or newer."""
    said = tx.central.said(op.type, op.id)
    if said is None:
        return False
    if op.ver < said.ver:
        return True
    if said.problem or said.hash != row_hash(op):
        return False
    if op.type == "card" and not _has_code(tx, op):
        return bool(tx.changes.over(op.type, op.id))
    if said.ver != op.ver:
        tx.central.came(op, now)
    return True


def _has_code(tx: RosterTx, op: RosterOp) -> bool:
    """Does the card have the code that central says."""
    try:
        record, code = record_of(op)
    except Invalid:
        return False
    return code is not None and isinstance(record, Card) and tx.has_code(record.id, record.kind, code)


def _apply(tx: RosterTx, news: Iterable[RosterOp], now: int) -> list[str]:
    """Apply them; what cannot be taken is kept in mind with why, and that is returned. Whom central blocks stays out all the same."""
    left = _tried(tx, news, now)
    for op, problem in left:
        if _is_version(op.ver):
            tx.central.came(op, now, problem)
        here = tx.find(SYNCED[op.type], id=op.id) if op.type in SYNCED else None
        if here is not None and (blocked := kept_out(here, op)) != here:
            _put(tx, blocked, None)
    return [problem for _, problem in left]


def _tried(tx: RosterTx, news: Iterable[RosterOp], now: int) -> list[tuple[RosterOp, str]]:
    """Deletes first, then puts in the order in which rows refer to one another; what failed is tried again as long as that
    helps, since a code or a name may have been freed by a later row. Returns what could not be, and why."""
    news = list(news)
    deletes = sorted((op for op in news if op.op != "put"), key=lambda op: -_ORDER.get(op.type, 0))
    # Who has no number yet gets one after those whose numbers are given.
    puts = sorted((op for op in news if op.op == "put"), key=lambda op: (_ORDER.get(op.type, 0), not op.fields.get("number")))
    left, failed = [*deletes, *puts], list[tuple[RosterOp, str]]()
    while left:
        failed = [(op, problem) for op in left if (problem := _one(tx, op, now))]
        if len(failed) == len(left):
            break
        left = [op for op, _ in failed]
    return failed


def _gone(tx: RosterTx, row: tuple[str, str], now: int, *, last: bool = False) -> str:
    """Take out a row that central no longer holds; why not, or nothing. last: it then stays, and is known to be no longer central's."""
    try:
        _take_out(tx, *row, now)
        tx.central.forget(*row)
    except HouseError as error:
        if last:
            tx.central.stays(*row, now, error.message)
        return error.message
    return ""


def _is_version(ver: int) -> bool:
    return 0 <= ver < 1 << 63


def _one(tx: RosterTx, op: RosterOp, now: int) -> str:
    """Apply one row; why not, or nothing. What was changed here and central has not decided yet stays over it."""
    try:
        if not _is_version(op.ver):
            raise Invalid(f"{op.type} {op.id} from central: {op.ver} is no version")
        waiting = tx.changes.over(op.type, op.id)
        if op.op != "put":
            _take_out(tx, op.type, op.id, now)
        elif not any(change.op == "delete" for change in waiting):
            _put(tx, *record_of(with_changes(op, [_fields(tx, change) for change in waiting])))
        tx.central.came(op, now)
    except HouseError as error:
        return error.message
    return ""


def _fields(tx: RosterTx, change: DeskChange) -> dict[str, Any]:
    """The fields of a change, a card's code among them."""
    code = tx.code_to_send(change) if change.type == "card" else None
    return change.fields if code is None else change.fields | {"code": code}


def _put(tx: RosterTx, record: Record, code: str | None) -> None:
    """A row of central's, with a version of this house. What central does not know of a customer stays. Raises Conflict."""
    before = tx.find(type(record), id=record.id)
    kept = {f: getattr(before, f) for f in OWN_FIELDS.get(type(record), ()) if f != "plate_key"} if before else {}
    record = msgspec.structs.replace(record, ver=0, **kept)
    if isinstance(record, Customer):
        number = record.number or (before.number if isinstance(before, Customer) else tx.next_customer_number())
        tx.reserve_customer_number(number)
        record = msgspec.structs.replace(record, number=number)
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
