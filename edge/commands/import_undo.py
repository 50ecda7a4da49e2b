"""Taking one row of an import back: what it made goes, what it changed is as it was, what was changed since stays and is named."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.commands.tidy import nobody_else_has
from edge.core.errors import Conflict
from edge.core.importing import Op
from edge.core.model import Card, Moment, Record, Vehicle
from edge.core.people import Company, Customer, CustomerList, Group
from edge.ports import ImportedRow, RosterTx

KINDS: dict[str, type[Record]] = {kind.__name__.lower(): kind for kind in (Customer, Card, Vehicle, Company, Group, CustomerList)}


def take_back(tx: RosterTx, row: ImportedRow, made_for: frozenset[str], now: Moment) -> str:
    """Why something of it was left as it is; empty: nothing was. made_for: the companies, groups and lists that the import made."""
    if row.op not in (Op.MADE, Op.CHANGED):
        return ""
    record = tx.find(KINDS[row.entity], id=row.record)
    if record is None:
        return "" if row.op is Op.MADE else "it is no longer there"
    if row.op is Op.MADE:
        return _unmade(tx, record, made_for, now)
    return _as_before(tx, record, row.before)


def _unmade(tx: RosterTx, record: Record, made_for: frozenset[str], now: Moment) -> str:
    """A customer is marked as deleted, for the books: the number is used up. Everything else goes if nothing refers to it."""
    if isinstance(record, Customer):
        if record.deleted_at is None:
            gone: dict[str, Any] = {
                name: tuple(id for id in getattr(record, name) if id not in made_for) for name in ("groups", "lists", "companies")
            }
            company = None if record.company in made_for else record.company
            tx.put(msgspec.structs.replace(record, deleted_at=now.wall, company=company, **gone))
        return ""
    return "" if tx.drop(record) else f"{getattr(record, 'name', record.id)} is used by others now"


def _as_before(tx: RosterTx, record: Any, kept: str) -> str:
    """Field by field, where it is still as the import left it."""
    if getattr(record, "deleted_at", None) is not None:
        return "it was deleted since"
    present, back, stays = msgspec.to_builtins(record), dict[str, Any](), list[str]()
    for field, (before, after) in msgspec.json.decode(kept).items():
        if msgspec.json.decode(msgspec.json.encode(getattr(record, field))) == after:
            back[field] = before
        else:
            stays.append(field)
    if back:
        restored = msgspec.convert({**present, **back}, type(record))
        try:
            if isinstance(restored, Customer):
                nobody_else_has(tx, record, restored)
            tx.attempt(lambda: tx.put(restored))
        except Conflict as error:
            return error.message
    return f"changed since: {', '.join(stays)}" if stays else ""
