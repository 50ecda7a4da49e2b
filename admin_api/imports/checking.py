"""One row of a file: what would be written, whom it duplicates, and what is wrong with it, by the rules that the edge itself has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from msgspec import Struct

from admin_api.imports import values
from admin_api.imports.dry import DryRoster
from admin_api.imports.reading import LONGEST_CELL
from edge.commands.import_row import Names, StagedRow, apply_row
from edge.commands.tidy import policy_of
from edge.core.errors import HouseError, Invalid
from edge.core.importing import Import, ImportKind, Twins, name_key
from edge.core.model import Actor, Moment
from edge.core.people import Customer
from edge.core.plate import plate_key
from edge.core.searching import phone_key
from edge.ports import RosterTx

Cells = dict[str, str]
"""Field -> its cell, where there is something in it."""
PLAIN = (
    "name", "first_name", "last_name", "email", "mobile", "phone", "evening_phone", "fax", "contact_person", "description",
)  # fmt: skip
CHECKER = Actor(id="preview", name="preview")
HERE = "import"
"""The system of an external id, where the file names none."""


class RowProblem(Struct, frozen=True, kw_only=True):
    """What is wrong with a row, or with one field of it, in words for whoever has the file."""

    field: str
    message: str


class Checked(Struct, frozen=True, kw_only=True):
    """A row as it would be applied. twin: the record it duplicates, by which field; problems: why it would be refused."""

    staged: StagedRow
    title: str
    twin: str = ""
    twin_name: str = ""
    twin_by: str = ""
    problems: tuple[RowProblem, ...] = ()

    @property
    def state(self) -> str:
        return "wrong" if self.problems else "duplicate" if self.twin else "new"


class Checker:
    """Checks the rows of one file, in order. make_missing: companies, groups and lists that are not there are no mistake."""

    def __init__(self, roster: DryRoster, kind: ImportKind, tz: str, now: Moment, *, make_missing: bool) -> None:
        self._roster, self._kind, self._tz, self._now = roster, kind, tz, now
        self._tx = cast(RosterTx, roster)  # of the whole transaction, the handlers of these three ask for just this part
        self._names = Names(self._tx, CHECKER, now, make=make_missing)
        self._running = Import(id="preview", kind=kind, twins=Twins.UPDATE)
        self._seen: dict[str, dict[str, int]] = {}
        policy = policy_of(self._tx)
        self._shared = {"email": policy.shared_email, "mobile": policy.shared_mobile}

    def check(self, number: int, cells: Cells, surplus: bool = False) -> Checked:
        """surplus: the row has more cells than there are titles."""
        problems = _unreadable(cells)
        if surplus:
            problems.append(RowProblem(field="", message="it has more cells than there are titles"))
        fields, names = dict[str, Any](), dict[str, tuple[str, ...]]()
        found: dict[str, tuple[str, str]] = {}
        steps: tuple[Callable[[], Any], ...] = ()
        if not problems:
            steps = {ImportKind.CUSTOMERS: self._customer, ImportKind.CARDS: self._card, ImportKind.VEHICLES: self._vehicle}[
                self._kind
            ](cells, fields, names, found)
        for step in steps:
            try:
                step()
            except HouseError as error:
                problems.append(RowProblem(field=error.field, message=error.message))
        twin, name, by = self._twin(found, problems)
        staged = StagedRow(
            row=number, fields=fields, names=names, of=twin, code=cells.get("code", "") if self._kind is ImportKind.CARDS else ""
        )
        if not problems:
            try:
                apply_row(self._tx, self._running, staged, self._names, CHECKER, self._now)
                self._names.made_for(number)
            except HouseError as error:
                self._names.forget()
                problems.append(RowProblem(field=error.field, message=_in_words(error)))
        if not problems:
            problems += self._twice(number, cells)
        return Checked(
            staged=staged, title=_title(cells), twin=twin, twin_name=name, twin_by=by, problems=tuple(problems)
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------ the three kinds

    def _customer(
        self, cells: Cells, fields: dict[str, Any], names: dict[str, tuple[str, ...]], found: dict[str, tuple[str, str]]
    ) -> tuple[Callable[[], Any], ...]:
        fields |= {name: cells[name] for name in PLAIN if name in cells}
        _named(cells, names, ("company", "groups", "lists", "profiles"))
        if "tags" in cells:
            fields["tags"] = list(values.several(cells["tags"]))
        address: dict[str, str] = {name: cells[name] for name in ("street", "postal_code", "city") if name in cells}
        if "country" in cells:
            address["country"] = values.country(cells["country"])
        if address:
            fields["addresses"] = [{"kind": "home", **address}]
        if "language" in cells:
            fields["language"] = values.language(cells["language"])
        if "citizenship" in cells:
            fields["citizenship"] = values.country(cells["citizenship"])
        if "external_id" in cells:
            fields["identities"] = [{"system": cells.get("external_system", HERE), "id": cells["external_id"]}]
        return (
            _into(fields, cells, "born", values.day),
            _into(fields, cells, "sex", lambda text, field: values.chosen(text, field, values.CHOICES["sex"])),
            _into(fields, cells, "status", lambda text, field: values.status(text, of_card=False)),
            _into(fields, cells, "discount", values.percent),
            _into(fields, cells, "payment_days", values.whole),
            lambda: self._find_customer(cells, found),
        )

    def _card(
        self, cells: Cells, fields: dict[str, Any], names: dict[str, tuple[str, ...]], found: dict[str, tuple[str, str]]
    ) -> tuple[Callable[[], Any], ...]:
        fields |= {"username": cells["username"]} if "username" in cells else {}
        _named(cells, names, ("profiles",))

        def find() -> None:
            if "username" in cells:
                cards = self._roster.by_username(cells["username"], fields.get("customer"))
                if len(cards) > 1 and "code" not in cells:
                    raise Invalid("several cards have this name: give the code", field="username")
                if len(cards) == 1 and ("code" not in cells or cells["code"].endswith(cards[0].last4)):
                    found["username"] = (cards[0].id, cards[0].username)

        return (
            _into(fields, cells, "kind", lambda text, field: values.chosen(text, field, values.CHOICES["kind"])),
            *self._limits(fields, cells),
            _into(fields, cells, "uses", values.whole),
            _into(fields, cells, "daily_limit", values.whole),
            lambda: self._holder(cells, fields, names),
            find,
        )

    def _vehicle(
        self, cells: Cells, fields: dict[str, Any], names: dict[str, tuple[str, ...]], found: dict[str, tuple[str, str]]
    ) -> tuple[Callable[[], Any], ...]:
        fields |= {name: cells[name] for name in ("plate", "brand", "model", "colour") if name in cells}
        _named(cells, names, ("profiles",))
        if "country" in cells:
            fields["country"] = values.country(cells["country"])
        if "tags" in cells:
            fields["tags"] = list(values.several(cells["tags"]))

        def find() -> None:
            key = plate_key(cells.get("plate", ""))
            if key and (vehicle := self._roster.by_plate(key)):
                found["plate"] = (vehicle.id, vehicle.plate)

        return (
            _into(fields, cells, "year", values.whole),
            _into(
                fields,
                cells,
                "class",
                lambda text, field: values.chosen(text, field, values.CHOICES["class"]),
                name="vehicle_class",
            ),
            *self._limits(fields, cells),
            lambda: self._holder(cells, fields, names),
            find,
        )

    def _limits(self, fields: dict[str, Any], cells: Cells) -> tuple[Callable[[], Any], ...]:
        return (
            _into(fields, cells, "status", lambda text, field: values.status(text, of_card=True)),
            _into(fields, cells, "valid_from", lambda text, field: values.instant(text, field, self._tz)),
            _into(fields, cells, "valid_to", lambda text, field: values.instant(text, field, self._tz, end=True)),
        )

    # ------------------------------------------------------------------------------------------------ who is meant

    def _find_customer(self, cells: Cells, found: dict[str, tuple[str, str]]) -> None:
        roster = self._roster
        if "number" in cells:
            customer = roster.by_number(values.whole(cells["number"], "number"))
            if customer is None:
                raise Invalid("no customer has this number; new customers get theirs from the house", field="number")
            found["number"] = (customer.id, customer.name)
        if "external_id" in cells and (customer := roster.by_identity(cells.get("external_system", HERE), cells["external_id"])):
            found["external_id"] = (customer.id, customer.name)
        for field, find in (("email", roster.by_email), ("mobile", roster.by_mobile)):
            customer = find(cells[field]) if field in cells else None
            if customer and (not self._shared[field] or name_key(customer.name) == name_key(_title(cells))):
                found[field] = (customer.id, customer.name)

    def _holder(self, cells: Cells, fields: dict[str, Any], names: dict[str, tuple[str, ...]]) -> None:
        """Whose a card or vehicle is: by number, address, mobile, or a name that one alone has; else a company's."""
        roster = self._roster
        customer: Customer | None = None
        for field, find in (
            ("customer_number", lambda text: roster.by_number(values.whole(text, "customer_number"))),
            ("customer_email", roster.by_email),
            ("customer_mobile", roster.by_mobile),
        ):
            if field in cells:
                customer = find(cells[field])
                if customer is None:
                    raise Invalid("no customer has this", field=field)
                break
        else:
            if "customer" in cells:
                called = roster.by_name(cells["customer"])
                if len(called) != 1:
                    raise Invalid("several customers have this name" if called else "no customer has this name", field="customer")
                customer = called[0]
        if customer is not None:
            fields["customer"] = customer.id
        elif "company" in cells:
            _named(cells, names, ("company",))

    def _twin(self, found: dict[str, tuple[str, str]], problems: list[RowProblem]) -> tuple[str, str, str]:
        """(id, name, by which field); what points at two is a problem."""
        if len({id for id, _ in found.values()}) > 1:
            who = ", ".join(f"{field} is of {name}" for field, (_, name) in found.items())
            problems.append(RowProblem(field=next(iter(found)), message=f"these are of different records: {who}"))
            return "", "", ""
        for field, (id, name) in found.items():
            return id, name, field
        return "", "", ""

    def _twice(self, number: int, cells: Cells) -> list[RowProblem]:
        """What an earlier row of the file has already."""
        keys = {
            ImportKind.CUSTOMERS: {"number": cells.get("number", ""), "email": cells.get("email", "").casefold(),
                                   "mobile": phone_key(cells.get("mobile", "")), "external_id": _identity(cells)},
            ImportKind.CARDS: {"code": cells.get("code", "")},
            ImportKind.VEHICLES: {"plate": plate_key(cells.get("plate", ""))},
        }[self._kind]  # fmt: skip
        problems = []
        for field, key in keys.items():
            if (
                key
                and not self._shared.get(field)
                and (first := self._seen.setdefault(field, {}).setdefault(key, number)) != number
            ):
                problems.append(RowProblem(field=field, message=f"row {first} has this already"))
        return problems


def _into(
    fields: dict[str, Any], cells: Cells, field: str, convert: Callable[[str, str], Any], *, name: str = ""
) -> Callable[[], None]:
    """A step that puts a cell's value into the fields, where the row has that cell."""

    def step() -> None:
        if field in cells:
            fields[name or field] = convert(cells[field], field)

    return step


def _named(cells: Cells, names: dict[str, tuple[str, ...]], which: tuple[str, ...]) -> None:
    for field in which:
        if field in cells:
            names[field] = (cells[field],) if field == "company" else values.several(cells[field])


def _identity(cells: Cells) -> str:
    return f"{cells.get('external_system', HERE)}\n{cells['external_id']}" if "external_id" in cells else ""


def _unreadable(cells: Cells) -> list[RowProblem]:
    found = []
    for field, cell in cells.items():
        if len(cell) > LONGEST_CELL:
            found.append(RowProblem(field=field, message=f"more than {LONGEST_CELL} characters"))
        elif "\ufffd" in cell:
            found.append(RowProblem(field=field, message="there are characters in it that cannot be read: is the encoding right?"))
        elif cell in _ERRORS:
            found.append(RowProblem(field=field, message=f"the spreadsheet has an error here: {cell}"))
    return found


_ERRORS = frozenset({"#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"})


def _title(cells: Cells) -> str:
    """What a row is called in a list."""
    parts = f"{cells.get('first_name', '')} {cells.get('last_name', '')}".strip()
    return cells.get("name") or parts or next((cells[f] for f in ("plate", "username", "customer", "email") if f in cells), "")


def _in_words(error: HouseError) -> str:
    if "missing required field" in error.message:
        return "this cannot be empty"
    return error.message
