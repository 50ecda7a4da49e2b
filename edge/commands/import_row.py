"""One row of an import, done by the commands that a form would send, with what is needed to take it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from edge.commands.base import Patch
from edge.commands.companies import AddCompany, AddGroup, AddList, add_company, add_group, add_list
from edge.commands.credentials import (
    AddCard,
    AddVehicle,
    EditCard,
    EditVehicle,
    add_card,
    add_vehicle,
    card_code,
    edit_card,
    edit_vehicle,
)
from edge.commands.customers import AddCustomer, EditCustomer, add_customer, edit_customer
from edge.core.errors import Conflict, Invalid
from edge.core.importing import Import, ImportKind, Op, Twins, name_key
from edge.core.model import Actor, Card, CredentialKind, Moment, Record, Value, Vehicle
from edge.core.people import Company, Customer, CustomerList, Group
from edge.core.place import Profile
from edge.ports import ImportedRow, RosterTx

KINDS: dict[ImportKind, type[Record]] = {ImportKind.CUSTOMERS: Customer, ImportKind.CARDS: Card, ImportKind.VEHICLES: Vehicle}
NAMED: dict[str, type[Record]] = {"company": Company, "groups": Group, "lists": CustomerList, "profiles": Profile}
"""Fields that are named in a file, and what bears the name. A profile opens doors: it is never made by a file."""
ONE = frozenset({"company"})
"""Of these a record has one."""
UNITED = ("groups", "lists", "profiles", "tags", "companies")
"""Lists of a record that is changed: it has its own and the file's."""
BY_KEY = {"addresses": "kind", "identities": "system"}
"""Lists of which there is one of each kind."""
_WORDS = {"company": "company", "groups": "group", "lists": "list", "profiles": "access profile"}


class StagedRow(Value, frozen=True, kw_only=True):
    """A row as it is to be written. row: its number in the file, from 1, upwards.

    fields: as of the record's own add; names: what is named and has an id here (company, groups, lists, profiles). of: the record
    that is changed; empty: a new one. skip: it is passed over. code: of a card.
    """

    row: int
    fields: Patch = msgspec.field(default_factory=dict)
    names: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    of: str = ""
    skip: bool = False
    code: str = ""


class Names:
    """Ids of what a file names. Read once a step; make: what is not there is made (but no profiles)."""

    def __init__(self, tx: RosterTx, actor: Actor, now: Moment, *, make: bool) -> None:
        self._tx, self._actor, self._now, self._make = tx, actor, now, make
        self._known: dict[str, Mapping[str, str]] = {}
        self._new: dict[tuple[str, str], str] = {}
        self._made: list[tuple[str, str]] = []
        self._fresh: list[tuple[str, str]] = []

    def ids(self, field: str, names: tuple[str, ...]) -> list[str]:
        """Raises Invalid for a name that nothing has, or several have."""
        return list(dict.fromkeys(self._id(field, name) for name in names))

    def made_for(self, row: int) -> list[ImportedRow]:
        """What was made since the last call, as the parts of this row."""
        made, self._made, self._fresh = self._made, [], []
        return [
            ImportedRow(row=row, part=-number, op=Op.MADE, entity=entity, record=id) for number, (entity, id) in enumerate(made, 1)
        ]

    def forget(self) -> None:
        """The row was refused, and what was made for it with it."""
        for key in self._fresh:
            del self._new[key]
        self._made, self._fresh = [], []

    def _id(self, field: str, name: str) -> str:
        if field not in self._known:
            self._known[field] = self._tx.names(NAMED[field])
        key = name_key(name)
        found = self._known[field].get(key, self._new.get((field, key)))
        if found is None and self._make and field != "profiles" and key:
            found = self._new[field, key] = self._make_one(field, name)
            self._fresh.append((field, key))
        if not found:
            many = "several have the name" if found == "" else "there is none called"
            raise Invalid(f"no {_WORDS[field]}: {many} {name[:80]}", field=field)
        return found

    def _make_one(self, field: str, name: str) -> str:
        made: Record
        if field == "company":
            made = add_company(self._tx, AddCompany(fields={"name": name}), self._actor, self._now)
        elif field == "groups":
            made = add_group(self._tx, AddGroup(fields={"name": name}), self._actor, self._now)
        else:
            made = add_list(self._tx, AddList(fields={"name": name}), self._actor, self._now)
        self._made.append((type(made).__name__.lower(), made.id))
        return made.id


def apply_row(tx: RosterTx, running: Import, staged: StagedRow, names: Names, actor: Actor, now: Moment) -> ImportedRow:
    """What was done for it. Raises HouseError, and then what was written of it is to be forgotten (tx.attempt)."""
    if odd := [field for field in staged.names if field not in NAMED]:
        raise Invalid("this is not named by a file", field=odd[0][:80])
    of, kind = staged.of, KINDS[running.kind]
    if staged.skip:
        return ImportedRow(row=staged.row, op=Op.SKIPPED, record=of)
    if kind is Card and staged.code and (twin := _of_code(tx, staged)) is not None and twin.id != of:
        if of:
            raise Conflict("another card has this code already", field="code")
        if running.twins is Twins.SKIP:
            return ImportedRow(row=staged.row, op=Op.SKIPPED, record=twin.id, problem="a card has this code already")
        of = twin.id
    fields = dict(staged.fields)
    for field, named in staged.names.items():
        ids = names.ids(field, named)
        fields[field] = ids[0] if field in ONE else ids
    if of:
        return _changed(tx, kind, of, staged, fields, actor, now)
    made: Record
    match running.kind:
        case ImportKind.CUSTOMERS:
            made = add_customer(tx, AddCustomer(fields={"source": "import", **fields}), actor, now)
        case ImportKind.CARDS:
            made = add_card(tx, AddCard(fields=fields, code=staged.code), actor, now).card
        case ImportKind.VEHICLES:
            made = add_vehicle(tx, AddVehicle(fields=fields), actor, now)
    return ImportedRow(row=staged.row, op=Op.MADE, entity=kind.__name__.lower(), record=made.id)


def _of_code(tx: RosterTx, staged: StagedRow) -> Card | None:
    try:
        kind = CredentialKind(staged.fields.get("kind", CredentialKind.QR))
    except ValueError:
        return None  # making it says what is wrong
    return tx.card_of(kind, card_code(kind, staged.code))


def _changed(
    tx: RosterTx, kind: type[Record], id: str, staged: StagedRow, fields: dict[str, Any], actor: Actor, now: Moment
) -> ImportedRow:
    before: Any = tx.get(kind, id)
    if getattr(before, "deleted_at", None) is not None:
        raise Conflict(f"{before.name} is deleted: restore them first", field="id")
    if isinstance(before, Card) and staged.code and tx.card_of(before.kind, card_code(before.kind, staged.code)) != before:
        raise Conflict("this card has another code: replace it, so that its history stays", field="code")
    changes = onto(before, fields)
    entity = kind.__name__.lower()
    if not changes:
        return ImportedRow(row=staged.row, op=Op.SAME, entity=entity, record=id)
    after: Record
    if kind is Customer:
        after = edit_customer(tx, EditCustomer(id=id, changes=changes), actor, now)
    elif kind is Card:
        after = edit_card(tx, EditCard(id=id, changes=changes), actor, now)
    else:
        after = edit_vehicle(tx, EditVehicle(id=id, changes=changes), actor, now)
    held = {
        name: (getattr(before, name), getattr(after, name))
        for name in kind.__struct_fields__
        if name not in ("id", "ver") and getattr(before, name) != getattr(after, name)
    }
    return ImportedRow(row=staged.row, op=Op.CHANGED, entity=entity, record=id, before=msgspec.json.encode(held).decode())


def onto(before: Record, fields: dict[str, Any]) -> dict[str, Any]:
    """The changes that a row makes to a record on file: what the row says is taken, lists are of both, what it is silent about stays."""
    changes: dict[str, Any] = {}
    for name, value in fields.items():
        held = _plain(getattr(before, name, None))
        if name == "kind" and isinstance(before, Card):
            continue  # of a card that is there: a code of another kind is another card
        if name in UNITED and isinstance(value, list) and isinstance(held, list):
            value = [*held, *(one for one in value if one not in held)]
        elif name in BY_KEY and isinstance(value, list) and isinstance(held, list):
            value = _by_key(held, value, BY_KEY[name])
        if value != held:
            changes[name] = value
    return changes


def _plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def _by_key(held: list[dict[str, Any]], given: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Those held, those given in place of the ones of the same kind."""
    found = {each.get(key, ""): each for each in held}
    for each in given:
        found[each.get(key, "")] = {**found.get(each.get(key, ""), {}), **each}
    return list(found.values())
