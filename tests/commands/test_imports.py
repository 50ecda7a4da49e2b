"""Imports in edge: steps that may be sent again, wrong rows, records found again, and everything taken back."""

from __future__ import annotations

from typing import Any

import pytest

from edge.commands.bulk import Action, BulkCustomers
from edge.commands.credentials import EditCard
from edge.commands.customers import EditCustomer
from edge.commands.import_row import StagedRow
from edge.commands.imports import BeginImport, EndImport, StepImport, UndoImport, Undone
from edge.core.errors import Conflict, Forbidden, Invalid
from edge.core.importing import Import, ImportKind, ImportState, Twins
from edge.core.judgement import Reason
from edge.core.model import Actor, Card, Permission, Vehicle
from edge.core.people import Company, Customer, Group
from tests.support.stores import Stores, refused


def person(row: int, **more: Any) -> StagedRow:
    return StagedRow(row=row, fields={"name": f"Person {row}", "email": f"p{row}@example.org", **more})


async def begun(stores: Stores, rows: int, kind: ImportKind = ImportKind.CUSTOMERS, **more: Any) -> str:
    made: Import = await stores.do(BeginImport(kind=kind, file="people.csv", rows=rows, **more))
    return made.id


async def apply(stores: Stores, id: str, *rows: StagedRow) -> Any:
    """All of these rows, in as many steps as it takes."""
    while True:
        done = await stores.do(StepImport(id=id, rows=rows))
        if done.stopped or done.upto >= rows[-1].row:
            return done


async def undo(stores: Stores, id: str, actor: Actor | None = None) -> list[str]:
    """Take it all back; what was kept, in words."""
    below, kept = 1_000_000, list[str]()
    while True:
        command = UndoImport(id=id, below=below, reason="changed our mind")
        done: Undone = await (stores.do(command, actor) if actor else stores.do(command))
        kept += [f"{one.row}: {one.message}" for one in done.kept]
        if done.done:
            return kept
        below = done.below


async def customers(stores: Stores) -> list[tuple[str, str]]:
    return await stores.rows("SELECT name, email FROM customer WHERE deleted_at IS NULL ORDER BY number", of="roster")


@pytest.mark.feature("X-28")
async def test_rows_become_customers_by_the_rules_of_the_form(stores: Stores) -> None:
    id = await begun(stores, 3, skip_wrong=True)
    done = await apply(stores, id, person(2), person(3, email="no address"), person(4))
    assert (done.made, [(r.row, r.field) for r in done.refused]) == (2, [(3, "email")])
    ended: Import = await stores.do(EndImport(id=id))
    assert (ended.state, ended.made, ended.wrong) == (ImportState.APPLIED, 2, 1)
    assert await customers(stores) == [("Person 2", "p2@example.org"), ("Person 4", "p4@example.org")]
    lines = await stores.rows("SELECT command, op FROM change WHERE entity = 'customer'", of="roster")
    assert lines == [("imports.step", "put")] * 2, "each has its line in the audit"
    assert await stores.rows("SELECT DISTINCT source FROM customer", of="roster") == [("import",)]


async def test_a_step_sent_again_does_nothing_twice(stores: Stores) -> None:
    id = await begun(stores, 3)
    await apply(stores, id, person(2), person(3))
    again = await apply(stores, id, person(2), person(3), person(4))
    assert (again.upto, again.made) == (4, 1) and len(await customers(stores)) == 3


async def test_an_import_is_not_over_before_all_rows_are_done(stores: Stores) -> None:
    id = await begun(stores, 3)
    await apply(stores, id, person(2))
    assert isinstance(await refused(lambda: stores.do(EndImport(id=id))), Conflict)


async def test_a_row_that_is_refused_leaves_nothing_not_even_what_it_named(stores: Stores) -> None:
    id = await begun(stores, 3, make_missing=True, skip_wrong=True)
    wrong = StagedRow(row=2, fields={"name": "Ada", "email": "none"}, names={"company": ("Acme",), "groups": ("Crew",)})
    right = StagedRow(row=3, fields={"name": "Bob", "email": "b@example.org"}, names={"company": ("Acme",)})
    done = await apply(stores, id, wrong, right)
    assert (done.made, len(done.refused)) == (1, 1)
    assert await stores.rows("SELECT name FROM company", of="roster") == [("Acme",)]
    assert await stores.rows("SELECT name FROM customer_group", of="roster") == []
    assert await stores.rows("SELECT entity, op FROM change WHERE command = 'imports.step'", of="roster") == [
        ("company", "put"),
        ("customer", "put"),
    ]
    assert await stores.rows("SELECT rev - (SELECT count(*) FROM change), next_number FROM head", of="roster") == [(0, 2)]
    assert await undo(stores, id) == [] and await stores.rows("SELECT name FROM company", of="roster") == []


async def test_a_row_refused_stops_the_import_and_nothing_more_is_taken(stores: Stores) -> None:
    id = await begun(stores, 3)
    done = await apply(stores, id, person(2), person(3, email="p2@example.org"), person(4))
    assert done.stopped and done.upto == 2 and done.refused[0].field == "email"
    error = await refused(lambda: stores.do(StepImport(id=id, rows=(person(5),))))
    assert isinstance(error, Conflict) and "row 3, email: another customer has this e-mail address" in str(error)
    assert await undo(stores, id) == []
    assert await customers(stores) == []
    assert (await stores.roster.write(lambda tx: tx.get(Import, id))).problem.startswith("row 3, email")


@pytest.mark.feature("X-28")
async def test_names_are_looked_up_and_made_only_where_that_was_asked_for(stores: Stores) -> None:
    named = StagedRow(
        row=2, fields={"name": "Ada", "email": "a@example.org", "tags": ["vip"]},
        names={"company": ("Harbour  Ltd",), "groups": ("Sailors", "sailors"), "lists": ("Regatta",), "profiles": ("all hours",)},
    )  # fmt: skip
    plain = await begun(stores, 1, skip_wrong=True)
    assert (await apply(stores, plain, named)).refused[0].field == "company"
    id = await begun(stores, 1, make_missing=True)
    assert (await apply(stores, id, named)).made == 1
    assert await stores.rows(
        "SELECT c.name, g.name, l.name FROM customer u JOIN company c ON c.id = u.company JOIN customer_group g ON g.id = u.member_of"
        " JOIN list_member m ON m.customer = u.id JOIN customer_list l ON l.id = m.list", of="roster",
    ) == [("Harbour Ltd", "Sailors", "Regatta")]  # fmt: skip
    profile = StagedRow(row=2, fields={"name": "Bob", "email": "b@example.org"}, names={"profiles": ("Everywhere",)})
    other = await begun(stores, 1, make_missing=True)
    done = await apply(stores, other, profile)
    assert done.stopped and "access profile" in done.refused[0].message, "a file opens no doors that nobody has set up"
    assert await undo(stores, id) == []
    for table in ("company", "customer_group", "customer_list"):
        assert await stores.rows(f"SELECT count(*) FROM {table}", of="roster") == [(0,)], table


async def test_a_name_that_two_have_is_no_answer(stores: Stores) -> None:
    await stores.put(Company(id="one", name="Acme"), Company(id="two", name="ACME"))
    id = await begun(stores, 1)
    row = StagedRow(row=2, fields={"name": "Ada", "email": "a@example.org"}, names={"company": ("acme",)})
    assert "several" in (await apply(stores, id, row)).refused[0].message


@pytest.mark.feature("X-28")
async def test_what_was_changed_is_as_before_and_what_changed_since_stays_and_is_named(stores: Stores) -> None:
    await stores.put(
        Group(id="g1", name="Old"), Group(id="g2", name="New"),
        Customer(id="ada", name="Ada", number=7, email="ada@example.org", phone="1", groups=("g1",), tags=("a",)),
        Customer(id="bob", name="Bob", number=8, email="bob@example.org", phone="2"),
    )  # fmt: skip
    before = await stores.roster.write(lambda tx: tx.get(Customer, "ada"))
    id = await begun(stores, 3, twins=Twins.UPDATE)
    rows = (
        StagedRow(row=2, of="ada", fields={"phone": "11", "mobile": "600 100 200", "tags": ["b"]}, names={"groups": ("new",)}),
        StagedRow(row=3, of="bob", fields={"phone": "22", "description": "new"}),
        StagedRow(row=4, of="bob", fields={"phone": "22"}),
    )
    done = await apply(stores, id, *rows)
    assert (done.changed, done.same) == (2, 1)
    after = await stores.roster.write(lambda tx: tx.get(Customer, "ada"))
    assert (after.phone, after.groups, after.tags, after.email) == ("11", ("g1", "g2"), ("a", "b"), "ada@example.org")
    await stores.do(EditCustomer(id="bob", changes={"phone": "33"}))
    assert await undo(stores, id) == ["3: changed since: phone"]
    restored = await stores.roster.write(lambda tx: tx.get(Customer, "ada"))
    assert restored == type(restored)(**{**{f: getattr(before, f) for f in before.__struct_fields__}, "ver": restored.ver})
    bob = await stores.roster.write(lambda tx: tx.get(Customer, "bob"))
    assert (bob.phone, bob.description) == ("33", "")
    assert (await stores.roster.write(lambda tx: tx.get(Import, id))).kept == 1


@pytest.mark.feature("X-28")
async def test_a_card_of_an_undone_import_opens_nothing_and_its_code_is_free(stores: Stores) -> None:
    code = await stores.card("Ada")
    id = await begun(stores, 2, ImportKind.CARDS)
    fields = {"customer": "customer-Ada", "username": "spare", "profiles": ["p"]}
    done = await apply(stores, id, StagedRow(row=2, fields=fields, code="SPARE-1"), StagedRow(row=3, fields=fields, code=code))
    assert (done.made, done.skipped) == (1, 1), "who has the code already is passed over"
    assert (await stores.show("SPARE-1")).decision.reason is Reason.GRANTED
    assert await undo(stores, id) == []
    assert (await stores.show("SPARE-1")).decision.reason is Reason.UNKNOWN_CREDENTIAL
    again = await begun(stores, 1, ImportKind.CARDS)
    assert (await apply(stores, again, StagedRow(row=2, fields=fields, code="SPARE-1"))).made == 1
    (card,) = await stores.roster.write(lambda tx: tx.every(Card, username="spare"))
    changed = await begun(stores, 1, ImportKind.CARDS, twins=Twins.UPDATE)
    done = await apply(stores, changed, StagedRow(row=2, fields={**fields, "username": "second"}, code="SPARE-1"))
    assert done.changed == 1
    await stores.do(EditCard(id=card.id, changes={"username": "third"}))
    other = await begun(stores, 1, ImportKind.CARDS, twins=Twins.UPDATE, skip_wrong=True)
    done = await apply(stores, other, StagedRow(row=2, of=card.id, fields={"username": "x"}, code="SPARE-2"))
    assert "another code" in done.refused[0].message


async def test_a_customer_of_an_undone_import_keeps_their_number_and_their_address_is_free(stores: Stores) -> None:
    id = await begun(stores, 1)
    await apply(stores, id, person(2))
    await undo(stores, id)
    again = await begun(stores, 1)
    await apply(stores, again, person(2))
    assert await stores.rows("SELECT number, deleted_at IS NULL FROM customer ORDER BY number", of="roster") == [(1, 0), (2, 1)]


async def test_vehicles_are_found_by_their_plate(stores: Stores) -> None:
    await stores.card("Ada")
    id = await begun(stores, 2, ImportKind.VEHICLES, skip_wrong=True)
    row = StagedRow(row=2, fields={"customer": "customer-Ada", "plate": "GD 1234A", "brand": "Skoda"})
    twice = StagedRow(row=3, fields={"customer": "customer-Ada", "plate": "gd1234a"})
    done = await apply(stores, id, row, twice)
    assert done.made == 1 and done.refused[0].field == "plate"
    assert await stores.rows("SELECT plate FROM vehicle", of="roster") == [("GD 1234A",)], "the row that was refused left nothing"
    await undo(stores, id)
    assert await stores.roster.write(lambda tx: tx.find(Vehicle, plate_key="GD1234A")) is None


async def test_a_company_that_others_have_come_to_use_stays(stores: Stores) -> None:
    id = await begun(stores, 1, make_missing=True)
    row = StagedRow(row=2, fields={"name": "Ada", "email": "a@example.org"}, names={"company": ("Acme",), "groups": ("Crew",)})
    await apply(stores, id, row)
    ((group,),) = await stores.rows("SELECT id FROM customer_group", of="roster")
    await stores.put(Customer(id="bob", name="Bob", number=99))
    await stores.do(BulkCustomers(ids=("bob",), action=Action.ADD_TO_GROUP, what=group))
    assert await undo(stores, id) == ["2: Crew is used by others now"]
    assert await stores.rows("SELECT count(*) FROM company", of="roster") == [(0,)]


async def test_who_lacks_a_right_of_the_kind_imports_none(stores: Stores) -> None:
    clerk = Actor(id="c", name="clerk", rights=frozenset({Permission.IMPORTS_MANAGE.value, Permission.CUSTOMERS_ADD.value}))
    command = BeginImport(kind=ImportKind.CUSTOMERS, file="f", rows=1)
    assert isinstance(await refused(lambda: stores.do(command, clerk)), Forbidden)
    assert isinstance(await refused(lambda: begun(stores, 0)), Invalid)


async def test_the_house_takes_back_only_what_is_not_whole(stores: Stores) -> None:
    house = Actor(id="desk", name="desk")
    half = await begun(stores, 2)
    await apply(stores, half, person(2))
    assert await undo(stores, half, house) == [] and await customers(stores) == []
    whole = await begun(stores, 1)
    await apply(stores, whole, person(2))
    await stores.do(EndImport(id=whole))
    assert isinstance(await refused(lambda: undo(stores, whole, house)), Forbidden)
    assert await undo(stores, whole) == [] and await customers(stores) == []


async def test_after_a_month_it_is_not_taken_back_and_its_rows_are_forgotten(stores: Stores) -> None:
    old, later = await begun(stores, 1), 31 * 24 * 3_600_000
    await apply(stores, old, person(2))
    await stores.do(EndImport(id=old))
    error = await refused(lambda: stores.do(UndoImport(id=old), ms=later))
    assert isinstance(error, Conflict) and "30 days" in str(error)
    await stores.do(BeginImport(kind=ImportKind.CUSTOMERS, file="new.csv", rows=1), ms=later)
    assert await stores.rows("SELECT count(*) FROM import_row", of="roster") == [(0,)]


async def test_many_rows_are_many_steps_and_each_is_short(stores: Stores) -> None:
    id, rows = await begun(stores, 1500), [person(n) for n in range(2, 1502)]
    steps = 0
    while rows:
        done = await stores.do(StepImport(id=id, rows=tuple(rows[:500])))
        rows, steps = [row for row in rows if row.row > done.upto], steps + 1
    assert steps >= 3 and (await stores.do(EndImport(id=id))).made == 1500
    assert await undo(stores, id) == [] and await customers(stores) == []
