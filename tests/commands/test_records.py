"""Commands on people, cards, vehicles and the site: fields are checked by name, versions count, nonsense is refused at save."""

from __future__ import annotations

from typing import Any

import pytest

from edge.commands import (
    account,
    bookings,
    companies,
    credentials,
    customers,
    devices,
    exports,
    keys,
    passes,
    presence,
    site,
    users,
    webhooks,
)
from edge.commands.account import ConfirmSecondFactor, EndSession, EnrolSecondFactor, SetPreferences
from edge.commands.audit import NoteViews
from edge.commands.base import HANDLERS, JOURNAL_HANDLERS, QUESTIONS, SET_BY_THE_HOUSE, Command
from edge.commands.catalog import COMMANDS
from edge.commands.companies import AddCompany, AddGroup, DeleteCompany, DeleteGroup
from edge.commands.credentials import AddCard, AddVehicle, DeleteCard, EditCard, EditVehicle
from edge.commands.customers import AddCustomer, DeleteCustomer, EditCustomer, RestoreCustomer
from edge.commands.doors import admit
from edge.commands.exports import NoteExport, NoteScheduled
from edge.commands.saved_filters import AddSavedFilter, DeleteSavedFilter, EditSavedFilter
from edge.commands.site import (
    AddAccessPoint,
    AddProfile,
    AddSchedule,
    AddZone,
    DeleteSchedule,
    DeleteZone,
    EditAccessPoint,
    EditSchedule,
    EditZone,
)
from edge.commands.users import SessionSeen, SignIn, SignOut
from edge.core.errors import Conflict, HouseError, Invalid, NotFound
from edge.core.judgement import Reason
from edge.core.model import CredentialKind, Permission
from tests.support.stores import Stores, at, no_fault, read, refused

NEED_NO_RIGHT = {
    SignIn,
    SignOut,
    SessionSeen,
    EndSession,
    EnrolSecondFactor,
    ConfirmSecondFactor,
    SetPreferences,
    NoteViews,
    NoteExport,
    NoteScheduled,
    AddSavedFilter,
    EditSavedFilter,
    DeleteSavedFilter,
}
"""Exports need the rights of their areas, which their handler looks at; one by the calendar is asked for by nobody. A saved filter needs what its list needs."""
NOT_OF_THE_ROSTER = {
    "doors.hold",
    "doors.lock",
    "doors.picture",
    "devices.find",
    "backups.get",
    "decisions.explain_event",
    "decisions.remedy",
    "doors.unlock",
    "health.get",
    "decisions.explain",
    "sessions.sign_in",
    "sessions.sign_out",
    "sessions.seen",
    "second_factor.enrol",
    "second_factor.confirm",
    "second_factor.off",
}


# ---------------------------------------------------------------------------------------------------- rights


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.__struct_config__.tag)
def test_every_command_but_signing_in_and_out_needs_a_right(command: type[Command]) -> None:
    if command in NEED_NO_RIGHT:
        assert command.right is None
    else:
        assert isinstance(command.right, Permission)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.__struct_config__.tag)
def test_every_command_of_the_roster_has_one_that_does_it(command: type[Command]) -> None:
    assert any(command in known for known in (HANDLERS, JOURNAL_HANDLERS, QUESTIONS)) == (
        command.__struct_config__.tag not in NOT_OF_THE_ROSTER
    )


def test_no_command_is_forgotten_in_the_catalogue() -> None:
    found = {
        c
        for room in (
            companies,
            customers,
            credentials,
            devices,
            exports,
            site,
            users,
            bookings,
            passes,
            presence,
            account,
            keys,
            webhooks,
        )
        for c in vars(room).values()
        if isinstance(c, type)
        and issubclass(c, Command)
        and c.__struct_config__.tag
        and not c.__name__.startswith("_")
        and c is not Command
    }
    assert found <= set(COMMANDS)


def test_the_right_of_a_command_is_of_its_area() -> None:
    for command in COMMANDS:
        if command.right is None:
            continue
        area = str(command.__struct_config__.tag).partition(".")[0]
        expected = {
            "groups": "customers", "lists": "customers", "zones": "site", "schedules": "site", "profiles": "site", "access_points": "site", "tariffs": "site", "alert_rules": "site", "pass_keys": "site", "passes": "cards", "modes": "doors", "roles": "users", "second_factor": "users", "webhooks": "site", "devices": "site", "displays": "site", "backups": "site", "scheduled_exports": "exports",
            "health": "doors", "decisions": "events", "guests": "customers", "disagreements": "customers", "dead_letters": "site",
        }.get(area, area)  # fmt: skip
        assert command.right.value.partition(".")[0] == expected, command


# ---------------------------------------------------------------------------------------------------- fields by name

NIGHT = {"name": "Night", "windows": [{"days": [0], "start": 1320, "end": 360}]}
WRONG: list[tuple[Command, str]] = [
    (AddCustomer(fields={}), "name"),
    (AddCustomer(fields={"source": "walk_in", "name": "  "}), "name"),
    (AddCustomer(fields={"source": "walk_in", "name": "A" * 201}), "name"),
    (AddCustomer(fields={"source": "walk_in", "name": "A\x00B"}), "name"),
    (AddCustomer(fields={"source": "walk_in", "name": 7}), "name"),
    (AddCustomer(fields={"source": "walk_in", "name": "Ada", "nickname": "x"}), "nickname"),
    (AddCustomer(fields={"name": "Ada", "email": "ada"}), "email"),
    (AddCustomer(fields={"name": "Ada", "email": "a b@c.example"}), "email"),
    (AddCustomer(fields={"source": "walk_in", "name": "Ada", "phone": "1" * 41}), "phone"),
    (AddCustomer(fields={"source": "walk_in", "name": "Ada", "status": "asleep"}), "status"),
    (AddCustomer(fields={"source": "walk_in", "name": "Ada", "company": "nowhere"}), "company"),
    (AddCustomer(fields={"source": "walk_in", "name": "Ada", "groups": ["nowhere"]}), "groups"),
    (AddCustomer(fields={"source": "walk_in", "name": "Ada", "profiles": ["nowhere"]}), "profiles"),
    (AddCustomer(fields={"source": "walk_in", "name": "Ada", "profiles": [7]}), "profiles[0]"),
    (AddCompany(fields={"name": ""}), "name"),
    (AddGroup(fields={"name": ""}), "name"),
    (AddCard(fields={}), "customer"),
    (AddCard(fields={"customer": "nobody"}), "customer"),
    (AddCard(fields={"customer": "customer-ada", "kind": "plate"}), "kind"),
    (AddCard(fields={"customer": "customer-ada", "kind": "uid"}), "code"),
    (AddCard(fields={"customer": "customer-ada", "kind": "uid"}, code="not hex"), "code"),
    (AddCard(fields={"customer": "customer-ada"}, code="C" * 513), "code"),
    (AddCard(fields={"customer": "customer-ada"}, code="CODE-ada"), "code"),
    (AddCard(fields={"customer": "customer-ada", "valid_from": 5, "valid_to": 5}), "valid_to"),
    (AddCard(fields={"customer": "customer-ada", "uses": -1}), "uses"),
    (AddCard(fields={"customer": "customer-ada", "uses": 10**30}), "uses"),
    (AddCard(fields={"customer": "customer-ada", "uses": 1.5}), "uses"),
    (AddCard(fields={"customer": "customer-ada", "uses": "3"}), "uses"),
    (AddCard(fields={"customer": "customer-ada", "daily_limit": -1}), "daily_limit"),
    (AddCard(fields={"customer": "customer-ada", "min_interval_s": -1}), "min_interval_s"),
    (AddCard(fields={"customer": "customer-ada", "valid_to": 10**20}), "valid_to"),
    (AddVehicle(fields={"customer": "customer-ada"}), "plate"),
    (AddVehicle(fields={"customer": "customer-ada", "plate": "!"}), "plate"),
    (AddVehicle(fields={"plate": "WX1234"}), "customer"),
    (AddVehicle(fields={"customer": "customer-ada", "plate": "WX1234", "year": 80}), "year"),
    (AddVehicle(fields={"customer": "customer-ada", "plate": "WX1234", "country": "POL"}), "country"),
    (AddZone(fields={"name": "Garage"}), "name"),
    (AddZone(fields={"name": "Deck", "parent": "nowhere"}), "parent"),
    (AddZone(fields={"name": "Deck", "antipassback_minutes": -1}), "antipassback_minutes"),
    (AddZone(fields={"name": "Deck", "antipassback": "sometimes"}), "antipassback"),
    (AddSchedule(fields={"name": "S", "windows": [{"days": [9], "start": 0, "end": 60}]}), "windows[0].days"),
    (AddSchedule(fields={"name": "S", "windows": [{"days": [1], "start": 60, "end": 60}]}), "windows[0].end"),
    (AddSchedule(fields={"name": "S", "holidays": [{"date": "tomorrow"}]}), "holidays[0].date"),
    (AddSchedule(fields={"name": "S", "holidays": [{"date": "2026-12-24"}, {"date": "2026-12-24"}]}), "holidays[1].date"),
    (AddProfile(fields={"name": "P", "zones": [{"zone": "nowhere"}]}), "zones"),
    (AddProfile(fields={"name": "P", "zones": [{"zone": "z", "schedule": "never"}]}), "zones"),
    (AddAccessPoint(fields={"name": "x", "door": "d", "strike_ms": 99}), "strike_ms"),
    (AddAccessPoint(fields={"name": "x", "door": "d", "strike_ms": 120_001}), "strike_ms"),
    (AddAccessPoint(fields={"name": "x", "door": "d", "from_zone": "z", "to_zone": "z"}), "to_zone"),
    (AddAccessPoint(fields={"name": "x", "door": " "}), "door"),
    (AddAccessPoint(fields={"name": "x", "door": "d", "kinds": []}), "kinds"),
    (AddAccessPoint(fields={"name": "x", "door": "d", "to_zone": "nowhere"}), "to_zone"),
    (AddAccessPoint(fields={"name": "in", "door": "d"}), "name"),
]


@pytest.mark.parametrize(("command", "field"), WRONG, ids=lambda v: str(v)[:90])
async def test_what_makes_no_sense_is_refused_by_the_name_of_its_field(stores: Stores, command: Command, field: str) -> None:
    await stores.card("ada")
    before = await stores.rows("SELECT rev FROM head", of="roster")
    error = await refused(lambda: stores.do(command))
    assert isinstance(error, HouseError)
    assert error.field == field
    assert error.message
    assert await stores.rows("SELECT rev FROM head", of="roster") == before


@pytest.mark.parametrize("field", sorted(SET_BY_THE_HOUSE))
async def test_what_the_house_sets_a_request_cannot(stores: Stores, field: str) -> None:
    await stores.card("ada")
    for command in (
        AddCustomer(fields={"source": "walk_in", "name": "Eve", field: 1}),
        EditCustomer(id="customer-ada", changes={field: 1}),
        EditCard(id="card-ada", changes={field: 1}),
        EditZone(id="z", changes={field: 1}),
    ):
        error = await refused(lambda command=command: stores.do(command))
        assert isinstance(error, Invalid)
        assert error.field == field


# ---------------------------------------------------------------------------------------------------- versions


async def test_a_change_that_started_from_an_older_version_is_a_conflict(stores: Stores) -> None:
    ada = await stores.do(AddCustomer(fields={"source": "walk_in", "name": "Ada"}))
    await stores.do(EditCustomer(id=ada.id, changes={"phone": "1"}, ver=1))
    error = await refused(lambda: stores.do(EditCustomer(id=ada.id, changes={"phone": "2"}, ver=1)))
    assert isinstance(error, Conflict)
    assert error.field == "ver"
    assert (await stores.do(EditCustomer(id=ada.id, changes={"phone": "3"}))).ver == 3
    assert (await stores.do(EditCustomer(id=ada.id, changes={"phone": "4"}, ver=3))).phone == "4"


async def test_a_change_of_something_that_is_not_there_is_not_found(stores: Stores) -> None:
    for command in (
        EditCustomer(id="nobody", changes={}),
        DeleteCustomer(id="nobody"),
        RestoreCustomer(id="nobody"),
        EditCard(id="none", changes={}),
        DeleteCard(id="none"),
        EditZone(id="none", changes={}),
        DeleteGroup(id="none"),
    ):
        assert isinstance(await refused(lambda command=command: stores.do(command)), NotFound)


# ---------------------------------------------------------------------------------------------------- people


async def test_a_customer_is_kept_tidy_and_numbered_by_the_house(stores: Stores) -> None:
    one = await stores.do(AddCustomer(fields={"name": "  Ada   Lovelace ", "email": " Ada@Example.ORG "}), ms=5)
    two = await stores.do(AddCustomer(fields={"source": "walk_in", "name": "Grace"}))
    assert (one.name, one.email, one.ver) == ("Ada Lovelace", "ada@example.org", 1)
    assert two.number == one.number + 1


async def test_two_customers_cannot_have_one_email_however_it_is_written(stores: Stores) -> None:
    await stores.do(AddCustomer(fields={"name": "Ada", "email": "ada@example.org"}))
    grace = await stores.do(AddCustomer(fields={"source": "walk_in", "name": "Grace"}))
    for command in (
        AddCustomer(fields={"name": "Eve", "email": " ADA@example.org "}),
        EditCustomer(id=grace.id, changes={"email": "Ada@Example.Org"}),
    ):
        error = await refused(lambda command=command: stores.do(command))
        assert isinstance(error, Conflict)
        assert error.field == "email"


async def test_who_is_restored_does_not_take_an_email_that_is_another_s_by_now(stores: Stores) -> None:
    ada = await stores.do(AddCustomer(fields={"name": "Ada", "email": "ada@example.org"}))
    await stores.do(DeleteCustomer(id=ada.id))
    await stores.do(AddCustomer(fields={"name": "Ada the second", "email": "ada@example.org"}))
    error = await refused(lambda: stores.do(RestoreCustomer(id=ada.id)))
    assert isinstance(error, Conflict)
    assert error.field == "email"


async def test_a_deleted_customer_stays_out_until_restored(stores: Stores) -> None:
    code = await stores.card("ada")
    await stores.do(DeleteCustomer(id="customer-ada"))
    assert (await stores.show(code)).decision.reason is Reason.CUSTOMER_DELETED
    await stores.do(RestoreCustomer(id="customer-ada"))
    assert (await stores.show(code)).decision.granted


async def test_deleting_twice_is_deleting_once(stores: Stores) -> None:
    await stores.card("ada")
    first = await stores.do(DeleteCustomer(id="customer-ada"), ms=1)
    assert await stores.do(DeleteCustomer(id="customer-ada"), ms=2) == first


async def test_a_deleted_company_stops_its_people_at_the_next_reading(stores: Stores) -> None:
    firm = await stores.do(AddCompany(fields={"name": "Acme"}))
    code = await stores.card("ada", company=firm.id)
    assert (await stores.show(code)).decision.granted
    await stores.do(DeleteCompany(id=firm.id))
    assert (await stores.show(code)).decision.reason is Reason.COMPANY_INACTIVE


async def test_a_group_gives_its_profiles_to_its_members_and_goes_when_it_has_none(stores: Stores) -> None:
    group = await stores.do(AddGroup(fields={"name": "Night shift", "profiles": ["p"]}))
    customer = await stores.do(AddCustomer(fields={"source": "walk_in", "name": "Ada", "groups": [group.id, group.id]}))
    made = await stores.do(AddCard(fields={"customer": customer.id}))
    assert (await stores.show(made.code)).decision.granted
    assert isinstance(await refused(lambda: stores.do(DeleteGroup(id=group.id))), Conflict)
    await stores.do(EditCustomer(id=customer.id, changes={"groups": []}))
    await stores.do(DeleteGroup(id=group.id))
    assert (await stores.show(made.code)).decision.reason is Reason.ZONE_NOT_ALLOWED


# ---------------------------------------------------------------------------------------------------- cards, vehicles


async def test_a_new_print_takes_the_place_of_the_old_code(stores: Stores) -> None:
    code = await stores.card("ada")
    await stores.do(EditCard(id="card-ada", changes={}, code="NEW-PRINT-0001"))
    assert (await stores.show(code)).decision.reason is Reason.UNKNOWN_CREDENTIAL
    assert (await stores.show("NEW-PRINT-0001")).decision.granted


async def test_another_kind_of_card_needs_its_code_again(stores: Stores) -> None:
    await stores.card("ada")
    error = await refused(lambda: stores.do(EditCard(id="card-ada", changes={"kind": "uid"})))
    assert isinstance(error, Invalid)
    assert error.field == "code"
    assert (await stores.do(EditCard(id="card-ada", changes={"kind": "uid"}, code="04:A2:B3:C4"))).last4 == "B3C4"


async def test_a_deleted_card_is_unknown(stores: Stores) -> None:
    code = await stores.card("ada")
    await stores.do(DeleteCard(id="card-ada"))
    assert (await stores.show(code)).decision.reason is Reason.UNKNOWN_CREDENTIAL


async def test_two_vehicles_cannot_have_one_plate_however_it_is_written(stores: Stores) -> None:
    await stores.card("ada")
    first = await stores.do(AddVehicle(fields={"customer": "customer-ada", "plate": "wx 12-34", "profiles": ["p"]}))
    assert (first.plate, first.plate_key) == ("WX 12-34", "WX1234")
    other = await stores.do(AddVehicle(fields={"customer": "customer-ada", "plate": "KR 5"}))
    for command in (
        AddVehicle(fields={"customer": "customer-ada", "plate": "WX1234"}),
        EditVehicle(id=other.id, changes={"plate": "WX-1234"}),
    ):
        error = await refused(lambda command=command: stores.do(command))
        assert isinstance(error, Conflict)
        assert error.field == "plate"


async def test_a_plate_read_with_a_look_alike_opens_for_the_one_registered_and_not_for_one_of_two(stores: Stores) -> None:
    async def seen(plate: str) -> Any:
        reading = read(plate, kind=CredentialKind.PLATE)
        return (await stores.journal.write(lambda tx: admit(tx, reading, now=at(), doors=no_fault))).decision.reason

    await stores.card("ada")
    await stores.do(AddVehicle(fields={"customer": "customer-ada", "plate": "WX0234", "profiles": ["p"]}))
    assert await seen("WXO234") is Reason.GRANTED
    await stores.do(AddVehicle(fields={"customer": "customer-ada", "plate": "WXQ234", "profiles": ["p"]}))
    assert await seen("WXO234") is Reason.PLATE_UNSURE
    assert await seen("WX0234") is Reason.GRANTED


# ---------------------------------------------------------------------------------------------------- the site


async def test_a_zone_cannot_lie_within_itself_near_or_far(stores: Stores) -> None:
    deck = await stores.do(AddZone(fields={"name": "Deck", "parent": "z"}))
    corner = await stores.do(AddZone(fields={"name": "Corner", "parent": deck.id}))
    for id, parent in (("z", "z"), ("z", deck.id), ("z", corner.id), (deck.id, corner.id)):
        error = await refused(lambda id=id, parent=parent: stores.do(EditZone(id=id, changes={"parent": parent})))
        assert isinstance(error, Invalid)
        assert error.field == "parent"
    assert (await stores.do(EditZone(id=corner.id, changes={"parent": "z"}))).parent == "z"


async def test_hours_changed_count_from_the_next_reading_on(stores: Stores) -> None:
    schedule = await stores.do(
        AddSchedule(fields={"name": "Always", "windows": [{"days": list(range(7)), "start": 0, "end": 1440}]})
    )
    profile = await stores.do(AddProfile(fields={"name": "By the clock", "zones": [{"zone": "z", "schedule": schedule.id}]}))
    customer = await stores.do(AddCustomer(fields={"source": "walk_in", "name": "Ada", "profiles": [profile.id]}))
    made = await stores.do(AddCard(fields={"customer": customer.id}))
    assert (await stores.show(made.code)).decision.granted
    await stores.do(EditSchedule(id=schedule.id, changes={"windows": []}))
    assert (await stores.show(made.code)).decision.reason is Reason.OUTSIDE_SCHEDULE
    await stores.do(EditSchedule(id=schedule.id, changes={"holidays": [{"date": "2026-11-18", "windows": [[0, 1440]]}]}))
    assert (await stores.show(made.code)).decision.granted


async def test_what_is_in_use_cannot_be_removed(stores: Stores) -> None:
    schedule = await stores.do(AddSchedule(fields=NIGHT))
    await stores.do(AddProfile(fields={"name": "Night", "zones": [{"zone": "z", "schedule": schedule.id}]}))
    for command in (DeleteZone(id="z"), DeleteSchedule(id=schedule.id)):
        assert isinstance(await refused(lambda command=command: stores.do(command)), Conflict)


async def test_an_access_point_out_of_service_opens_for_nobody_from_the_next_reading_on(stores: Stores) -> None:
    code = await stores.card("ada")
    await stores.do(EditAccessPoint(id="a-in", changes={"in_service": False}))
    assert (await stores.show(code)).decision.reason is Reason.OUT_OF_SERVICE
    await stores.do(EditAccessPoint(id="a-in", changes={"in_service": True}))
    assert (await stores.show(code)).decision.granted


async def test_an_edit_keeps_what_it_does_not_name(stores: Stores) -> None:
    made = await stores.do(
        AddCustomer(fields={"source": "walk_in", "name": "Ada", "phone": "1", "profiles": ["p"], "blocklisted": True}), ms=77
    )
    after = await stores.do(EditCustomer(id=made.id, changes={"contact_person": "Eve"}), ms=99)
    assert (after.name, after.phone, after.profiles, after.blocklisted, after.number, after.created_at) == (
        made.name, made.phone, made.profiles, made.blocklisted, made.number, made.created_at,
    )  # fmt: skip
