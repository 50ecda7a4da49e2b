"""Which changes of a commit central is to hear of: those made here to what it holds too, each noted in the commit that makes it."""

from __future__ import annotations

from collections.abc import Callable

from edge.core.errors import Conflict
from edge.core.merge import SYNCED, DeskChange, fields_changed, may_enter
from edge.core.model import Card, Record
from edge.core.people import Customer
from edge.store.central_rows import CentralRows
from edge.store.desk_changes import DeskChanges
from edge.store.sealed import CHANGE, Change
from edge.store.tables import TABLES

By = tuple[str, str, str, int]
"""(actor, command, reason, now)."""


def sealed_as(change: str) -> str:
    """Under which name the code of a change is sealed."""
    return f"change:{change}"


class Upward:
    """Notes changes of rows that central holds too, unless central is speaking or there is none."""

    def __init__(
        self,
        central: CentralRows,
        changes: DeskChanges,
        new_id: Callable[[], str],
        keep: Callable[[Change], None],
        code_of: Callable[[Card], str | None],
    ) -> None:
        self._central, self._changes, self._new_id, self._keep, self._code_of = central, changes, new_id, keep, code_of

    def check(self, record: Record, before: Record | None) -> None:
        """Raises Conflict where central has blocked what would be let in again."""
        if self._silent(record) or before is None or may_enter(before) or not may_enter(record):
            return
        said = self._central.said(TABLES[type(record)].entity, record.id)
        if said and said.held:
            kind = TABLES[type(record)].said
            raise Conflict(f"the central server has blocked this {kind}; it can be cleared only there", field="status")

    def put(self, record: Record, before: Record | None, code: str | None, by: By, *, forget_earlier: bool) -> None:
        """A record was written here. forget_earlier: what was said of it before is to be forgotten (it was erased)."""
        if self._silent(record):
            return
        entity, held = TABLES[type(record)].entity, self._central.said(TABLES[type(record)].entity, record.id)
        known = held is not None and held.hash is not None
        whole = not known and not self._changes.any(entity, record.id)
        fields = fields_changed(None if whole else before, record)
        if whole and isinstance(record, Card) and code is None:
            code = self._code_of(record)
            if code is None:
                return  # a card whose code nobody knows any more means nothing elsewhere: it stays this edge's own
        if not fields and code is None:
            return
        self._note(
            DeskChange(
                id=self._new_id(), op="put", type=entity, row=record.id, base=max(0, held.ver) if held and known else 0,
                fields=fields, actor=by[0], at=by[3],
            ),
            code, forget_earlier,
        )  # fmt: skip

    def delete(self, record: Record, by: By, *, forget_earlier: bool) -> None:
        if self._silent(record):
            return
        entity, held = TABLES[type(record)].entity, self._central.said(TABLES[type(record)].entity, record.id)
        if held is None and not self._changes.any(entity, record.id):
            return
        base = max(0, held.ver) if held and held.hash is not None else 0
        self._note(
            DeskChange(id=self._new_id(), op="delete", type=entity, row=record.id, base=base, actor=by[0], at=by[3]),
            None, forget_earlier,
        )  # fmt: skip

    def all_of(self, record: Record, by: By) -> None:
        """Central has never heard of this record."""
        said = self._central.said(TABLES[type(record)].entity, record.id)
        gone = isinstance(record, Customer) and record.deleted_at is not None
        if said is None and not gone and not self._changes.any(TABLES[type(record)].entity, record.id):
            self.put(record, None, None, by, forget_earlier=False)

    def _silent(self, record: Record) -> bool:
        return not self._central.synced or self._central.speaking or TABLES[type(record)].entity not in SYNCED

    def _note(self, change: DeskChange, code: str | None, forget_earlier: bool) -> None:
        self._changes.note(change, forget_earlier=forget_earlier)
        if code is not None:
            self._keep((sealed_as(change.id), CHANGE, code))
