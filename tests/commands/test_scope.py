"""Restriction in edge: every command says what it touches, and nobody who is restricted touches anything else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from edge.commands import scope
from edge.commands.base import Command
from edge.commands.bookings import AddBooking, EditBooking
from edge.commands.bulk import Action, BulkCustomers
from edge.commands.card_life import ReplaceCard
from edge.commands.catalog import COMMANDS
from edge.commands.companies import AddCompany, AddGroup, EditCompany
from edge.commands.credentials import AddCard, AddVehicle, DeleteCard, EditCard, EditVehicle, RevealCards
from edge.commands.customers import AddCustomer, DeleteCustomer, EditCustomer, RevealDocument
from edge.commands.doors import Explain, UnlockDoor
from edge.commands.merging import MergeCustomers, UndoMerge
from edge.commands.phones import IssuePass
from edge.commands.presence import CorrectCount, CorrectPresence
from edge.commands.site import EditPolicy, SetMode
from edge.core.errors import Conflict, Forbidden, HouseError, Invalid, NotFound
from edge.core.model import Actor, Card, CredentialKind, Permission, Scope, Vehicle
from edge.core.people import Company, Customer, Group, Merge
from edge.core.place import AccessPoint, Booking, Mode, Profile, Zone, ZoneRight
from tests.support.stores import BEGIN, Stores, at, refused

EVERY_RIGHT = frozenset(p.value for p in Permission)
TENANT = Actor(id="t", name="tenant", rights=EVERY_RIGHT, scope=Scope(companies=("own",)))
KEEPER = Actor(id="k", name="keeper", rights=EVERY_RIGHT, scope=Scope(zones=("z",)))


def tag(command: type[Command]) -> str:
    return str(command.__struct_config__.tag)


@pytest.fixture
async def house(stores: Stores) -> Stores:
    """Companies own and other with a customer, card and vehicle each; zone y with a profile and a door beside zone z."""
    await stores.put(
        Company(id="own", name="Own"), Company(id="other", name="Other"), Zone(id="y", name="Yard"),
        Profile(id="py", name="Yard", zones=(ZoneRight(zone="y"),)), AccessPoint(id="a-yard", name="yard in", door="e", to_zone="y"),
        Customer(id="mine", name="Mine", number=901, company="own", email="mine@example.org"),
        Customer(id="both", name="Both", number=902, company="other", companies=("own",)),
        Customer(id="theirs", name="Theirs", number=903, company="other", email="theirs@example.org"),
        Booking(id="b-mine", customer="mine", zone="z", from_at=BEGIN, to_at=BEGIN + 1000),
        Booking(id="b-theirs", customer="theirs", zone="y", from_at=BEGIN, to_at=BEGIN + 1000),
        Customer(id="gone", name="Theirs too", number=904, company="other", deleted_at=1),
        Merge(id="m-theirs", kept="theirs", other="gone", merged_at=1, merged_by="boss"),
        Group(id="g", name="Everybody", profiles=("py",)), Company(id="wide", name="Wide", profiles=("py",)),
        Vehicle(id="v-theirs", plate="GD 9", plate_key="GD9", customer="theirs"),
    )  # fmt: skip

    def cards(tx: Any) -> None:
        for whose in ("mine", "theirs"):
            tx.put(Card(id=f"c-{whose}", customer=whose), code=f"CODE-{whose}")

    await stores.roster.write(cards)
    return stores


async def ask(house: Stores, command: Command, actor: Actor) -> Any:
    return await house.roster.write(lambda tx: scope.do(tx, command, actor, at()))


def test_every_command_says_what_it_touches() -> None:
    assert set(scope.RULES) == {tag(c) for c in COMMANDS}
    for command in COMMANDS:
        fields = {f.name for f in msgspec.structs.fields(command)}
        rule = scope.RULES[tag(command)]
        assert {field for _, field in rule.of} <= fields, command
        if command.right is not None and {"id", "ids"} & fields and not rule.site and not tag(command).startswith("keys."):
            assert rule.of, f"{tag(command)} names a record and says not of which kind"


@pytest.mark.parametrize("command", [c for c in COMMANDS if scope.RULES[tag(c)].site], ids=tag)
async def test_what_is_the_whole_sites_is_for_nobody_who_is_restricted(house: Stores, command: type[Command]) -> None:
    """Whatever is in it: nothing of it is looked at first."""
    asked = command(**{f.name: "x" for f in msgspec.structs.fields(command) if f.required})
    for actor in (TENANT, KEEPER):
        for writer in (house.roster, house.journal):
            error = await refused(lambda actor=actor, writer=writer: writer.write(lambda tx: scope.look(tx, asked, actor)))
            assert isinstance(error, Forbidden)


OUTSIDE: list[tuple[Command, Actor, type[HouseError]]] = [
    (EditCustomer(id="theirs", changes={"phone": "1"}), TENANT, NotFound),
    (DeleteCustomer(id="theirs"), TENANT, NotFound),
    (RevealDocument(id="theirs", reason="r"), TENANT, NotFound),
    (EditCard(id="c-theirs", changes={"username": "x"}), TENANT, NotFound),
    (DeleteCard(id="c-theirs"), TENANT, NotFound),
    (RevealCards(ids=("c-mine", "c-theirs"), reason="r"), TENANT, NotFound),
    (EditVehicle(id="v-theirs", changes={"colour": "red"}), TENANT, NotFound),
    (EditBooking(id="b-theirs", changes={"note": "x"}), TENANT, NotFound),
    (EditCompany(id="other", changes={"description": "x"}), TENANT, NotFound),
    (AddCompany(fields={"name": "New"}), TENANT, Forbidden),
    (AddGroup(fields={"name": "New"}), TENANT, Forbidden),
    (EditPolicy(changes={"pin_tries": 3}), TENANT, Forbidden),
    (IssuePass(name="x", zones=("z",), valid_from=0, valid_to=BEGIN * 2), TENANT, Forbidden),
    (AddCustomer(fields={"name": "New", "source": "walk_in"}), TENANT, Invalid),
    (AddCustomer(fields={"name": "New", "source": "walk_in", "company": "other"}), TENANT, Invalid),
    (AddCustomer(fields={"name": "New", "source": "walk_in", "company": "own", "companies": ["other"]}), TENANT, Invalid),
    (EditCustomer(id="mine", changes={"company": "other"}), TENANT, Invalid),
    (EditCustomer(id="mine", changes={"company": None}), TENANT, Invalid),
    (EditCustomer(id="mine", changes={"host": "theirs"}), TENANT, Invalid),
    (AddCard(fields={"customer": "theirs"}), TENANT, Invalid),
    (AddCard(fields={"customer": "theirs", "company": "own"}), TENANT, Invalid),
    (EditCard(id="c-mine", changes={"customer": "theirs"}), TENANT, Invalid),
    (AddVehicle(fields={"customer": "theirs", "plate": "WX 1"}), TENANT, Invalid),
    (AddBooking(fields={"customer": "theirs", "zone": "z", "from_at": BEGIN, "to_at": BEGIN + 9}), TENANT, Invalid),
    (EditBooking(id="b-theirs", changes={"note": "x"}), KEEPER, NotFound),
    (EditBooking(id="b-mine", changes={"zone": "y"}), KEEPER, Invalid),
    (SetMode(mode=Mode.LOCKED_DOWN, zone="y", reason="r"), KEEPER, NotFound),
    (SetMode(mode=Mode.LOCKED_DOWN, access_point="a-yard", reason="r"), KEEPER, NotFound),
    (SetMode(mode=Mode.LOCKED_DOWN, reason="r"), KEEPER, Forbidden),
    (EditCard(id="c-mine", changes={"profiles": ["py"]}), KEEPER, Invalid),
    (EditCustomer(id="mine", changes={"groups": ["g"]}), KEEPER, Invalid),
    (EditCustomer(id="mine", changes={"company": "wide"}), KEEPER, Invalid),
    (BulkCustomers(ids=("mine",), action=Action.ADD_TO_GROUP, what="g"), KEEPER, Invalid),
    (BulkCustomers(ids=("mine",), action=Action.GIVE_PROFILE, what="py"), KEEPER, Invalid),
    (BulkCustomers(ids=("mine", "theirs"), action=Action.TAG, what="t"), TENANT, NotFound),
    (MergeCustomers(kept="mine", other="theirs"), TENANT, NotFound),
    (MergeCustomers(kept="theirs", other="mine"), TENANT, NotFound),
    (UndoMerge(id="m-theirs"), TENANT, NotFound),
    (ReplaceCard(id="c-theirs", reason="r"), TENANT, NotFound),
    (IssuePass(name="x", zones=("z", "y"), valid_from=0, valid_to=BEGIN * 2), KEEPER, NotFound),
]


@pytest.mark.feature("X-9", "X-10")
@pytest.mark.parametrize(
    ("command", "actor", "error"),
    OUTSIDE,
    ids=lambda v: getattr(v, "__name__", "") or (v.name if isinstance(v, Actor) else str(v)[:80]),
)
async def test_what_is_outside_is_not_found_or_forbidden_and_nothing_is_written(
    house: Stores, command: Command, actor: Actor, error: type[HouseError]
) -> None:
    before = await house.rows("SELECT rev FROM head", of="roster")
    found = await refused(lambda: ask(house, command, actor))
    assert type(found) is error, found
    assert "Theirs" not in str(found)
    assert await house.rows("SELECT rev FROM head", of="roster") == before


@pytest.mark.feature("X-9", "X-10")
async def test_what_is_within_is_done(house: Stores) -> None:
    assert (await ask(house, EditCustomer(id="mine", changes={"phone": "1"}), TENANT)).phone == "1"
    both = await ask(house, EditCustomer(id="both", changes={"phone": "1", "company": "other", "companies": ["own"]}), TENANT)
    assert both.company == "other", "what was there before may stay"
    new = await ask(house, AddCustomer(fields={"name": "New", "source": "walk_in", "companies": ["own"]}), TENANT)
    made = await ask(house, AddCard(fields={"customer": new.id, "profiles": ["py"]}), TENANT)
    assert made.card.customer == new.id
    assert (await ask(house, SetMode(mode=Mode.LOCKED_DOWN, zone="z", reason="r"), KEEPER)).mode is Mode.LOCKED_DOWN
    assert (await ask(house, EditCard(id="c-theirs", changes={"profiles": ["p"]}), KEEPER)).profiles == ("p",)


async def test_an_address_that_is_taken_does_not_say_by_whom(house: Stores) -> None:
    error = await refused(lambda: ask(house, EditCustomer(id="mine", changes={"email": "theirs@example.org"}), TENANT))
    assert isinstance(error, Conflict) and error.field == "email"
    assert "Theirs" not in error.message
    await house.put(Customer(id="was", name="Was", number=905, company="own", email="theirs@example.org", deleted_at=1))
    done = await ask(house, BulkCustomers(ids=("was",), action=Action.RESTORE), TENANT)
    assert done.rows[0].problem and "Theirs" not in done.rows[0].problem


@pytest.mark.feature("X-10")
async def test_doors_and_counts_of_other_zones_are_not_found(house: Stores) -> None:
    def looked(command: Command, actor: Actor) -> Any:
        return house.journal.write(lambda tx: scope.look(tx, command, actor))

    await house.show("CODE-mine")
    explain = Explain(access_point="yard in", kind=CredentialKind.QR, code="x")
    for command, actor, error in (
        (UnlockDoor(access_point="a-yard", reason="r"), KEEPER, NotFound),
        (explain, KEEPER, NotFound),
        (explain, TENANT, Forbidden),
        (CorrectCount(zone="y", by=1, reason="r"), KEEPER, NotFound),
        (CorrectCount(zone="z", by=1, reason="r"), TENANT, Forbidden),
        (CorrectPresence(holder="c-theirs", reason="r"), TENANT, NotFound),
        (CorrectPresence(holder="c-mine", zone="y", reason="r"), KEEPER, NotFound),
    ):
        assert type(await refused(lambda command=command, actor=actor: looked(command, actor))) is error, command
    for command, actor in (
        (UnlockDoor(access_point="a-in", reason="r"), KEEPER),
        (CorrectCount(zone="z", by=1, reason="r"), KEEPER),
        (CorrectPresence(holder="c-mine", zone="z", reason="r"), TENANT),
    ):
        await looked(command, actor)
