"""What only some access points ask for, from the tables to the decision: real records, real transactions, one reading after the other."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from edge.commands.bookings import AddBooking, CancelBooking, EditBooking
from edge.commands.site import EditAccessPoint, EditPolicy, EditZone, SetMode
from edge.core.errors import Invalid
from edge.core.judgement import Reason
from edge.core.merge import RosterOp
from edge.core.model import Card
from edge.core.people import Customer, PersonKind
from edge.core.place import AccessPoint, Booking, BookingState, Mode, Profile, SitePolicy, Zone, ZoneRight
from edge.core.tariff import Tariff, TariffStep
from edge.ports import DoorWord
from tests.support.at_the_door import reason
from tests.support.stores import BEGIN, Stores, no_fault, refused

R = Reason
MINUTE = 60_000


# ---------------------------------------------------------------------------------------------------- bookings and timed grants


async def test_a_booking_opens_for_its_time_and_a_cancelled_one_does_not(stores: Stores) -> None:
    code = await stores.card("ada")
    await stores.roster.write(lambda tx: tx.put(msgspec.structs.replace(tx.get(Card, "card-ada"), profiles=())))
    fields = {"customer": "customer-ada", "zone": "z", "from_at": BEGIN, "to_at": BEGIN + 60 * MINUTE, "note": "berth 4"}
    booking: Booking = await stores.do(AddBooking(fields=fields, reason="asked for at the gate"))
    assert (booking.made_by, booking.created_at) == ("boss", BEGIN)
    assert await reason(stores, code) is R.GRANTED
    assert await reason(stores, code, "in", 60 * MINUTE) is R.NO_BOOKING_NOW
    await stores.do(EditBooking(id=booking.id, changes={"to_at": BEGIN + 90 * MINUTE}))
    assert await reason(stores, code, "in", 60 * MINUTE) is R.GRANTED
    cancelled = await stores.do(CancelBooking(id=booking.id, reason="left"))
    assert cancelled.state is BookingState.CANCELLED
    assert await stores.do(CancelBooking(id=booking.id)) == cancelled
    assert await reason(stores, code, "in", 60 * MINUTE) is R.ZONE_NOT_ALLOWED


async def test_a_booking_of_another_zone_or_person_opens_nothing(stores: Stores) -> None:
    code = await stores.card("ada")
    await stores.card("grace")
    await stores.roster.write(lambda tx: tx.put(msgspec.structs.replace(tx.get(Card, "card-ada"), profiles=())))
    await stores.put(Zone(id="z2", name="Deck"))
    for customer, zone in (("customer-ada", "z2"), ("customer-grace", "z")):
        await stores.do(AddBooking(fields={"customer": customer, "zone": zone, "from_at": BEGIN, "to_at": BEGIN + MINUTE}))
    assert await reason(stores, code) is R.ZONE_NOT_ALLOWED


@pytest.mark.parametrize("length", [0, -1, 367 * 24 * 60 * MINUTE])
async def test_a_booking_of_no_or_endless_time_is_refused(stores: Stores, length: int) -> None:
    await stores.card("ada")
    fields = {"customer": "customer-ada", "zone": "z", "from_at": BEGIN, "to_at": BEGIN + length}
    error = await refused(lambda: stores.do(AddBooking(fields=fields)))
    assert isinstance(error, Invalid)
    assert error.field == "to_at"


# ---------------------------------------------------------------------------------------------------- two at a door


async def test_two_people_enter_in_one_commit_and_each_has_an_event(stores: Stores) -> None:
    ada, grace = await stores.card("ada"), await stores.card("grace")
    await stores.do(EditZone(id="z", changes={"two_person": True}))
    assert await reason(stores, ada) is R.SECOND_PERSON_REQUIRED
    assert await reason(stores, ada, "in", 1000) is R.SECOND_PERSON_REQUIRED
    assert await reason(stores, grace, "in", 2000) is R.GRANTED
    assert await stores.rows("SELECT card, code FROM event ORDER BY seq") == [
        ("card-ada", "second_person_required"),
        ("card-ada", "second_person_required"),
        ("card-grace", "granted"),
        ("card-ada", "granted"),
    ]
    assert await stores.rows("SELECT holder, zone FROM entry WHERE out_at IS NULL ORDER BY holder") == [
        ("card-ada", "z"),
        ("card-grace", "z"),
    ]


async def test_who_waits_is_forgotten_after_the_time_of_the_sites_policy(stores: Stores) -> None:
    ada, grace = await stores.card("ada"), await stores.card("grace")
    await stores.do(EditZone(id="z", changes={"two_person": True}))
    await stores.do(EditPolicy(changes={"companion_s": 5}))
    await reason(stores, ada)
    assert await reason(stores, grace, "in", 5001) is R.SECOND_PERSON_REQUIRED
    assert await reason(stores, ada, "in", 10_001) is R.GRANTED


async def test_a_guest_comes_in_with_the_host_and_while_the_host_is_inside(stores: Stores) -> None:
    host, guest = await stores.card("ada"), await stores.card("guest")
    await stores.roster.write(
        lambda tx: tx.put(msgspec.structs.replace(tx.get(Customer, "customer-guest"), kind=PersonKind.GUEST, host="customer-ada"))
    )
    await stores.do(EditZone(id="z", changes={"host_present": True}))
    assert await reason(stores, guest) is R.HOST_ABSENT
    assert await reason(stores, host) is R.GRANTED
    assert await reason(stores, guest) is R.GRANTED
    await stores.do(EditZone(id="z", changes={"host_present": False, "escort": True}))
    assert await reason(stores, guest, "in", 60_000) is R.ESCORT_REQUIRED
    assert await reason(stores, host, "in", 61_000) is R.GRANTED
    last = await stores.rows("SELECT card, code FROM event ORDER BY seq DESC LIMIT 2")
    assert last == [("card-guest", "granted"), ("card-ada", "granted")], "the guest who waited comes in with the host"


async def test_an_escort_by_profile_brings_anybody_in(stores: Stores) -> None:
    guard, guest = await stores.card("guard"), await stores.card("guest")
    await stores.put(Profile(id="e", name="Escorts", zones=(ZoneRight(zone="z"),), escort=True))
    await stores.roster.write(lambda tx: tx.put(msgspec.structs.replace(tx.get(Card, "card-guard"), profiles=("e",))))
    await stores.roster.write(
        lambda tx: tx.put(msgspec.structs.replace(tx.get(Customer, "customer-guest"), kind=PersonKind.CONTRACTOR))
    )
    await stores.do(EditZone(id="z", changes={"escort": True}))
    assert await reason(stores, guard) is R.GRANTED
    assert await reason(stores, guest, "in", 1000) is R.GRANTED


# ---------------------------------------------------------------------------------------------------- room, interlock, money, knowledge


async def test_a_zone_fills_up_and_empties(stores: Stores) -> None:
    codes = [await stores.card(name) for name in ("ada", "grace", "joan")]
    await stores.do(EditZone(id="z", changes={"capacity": 2}))
    assert [await reason(stores, code) for code in codes] == [R.GRANTED, R.GRANTED, R.ZONE_FULL]
    assert await reason(stores, codes[0], "out") is R.GRANTED
    assert await reason(stores, codes[2]) is R.GRANTED


async def test_the_second_door_of_an_interlock_waits_though_both_are_asked_for_at_once(stores: Stores) -> None:
    ada, grace = await stores.card("ada"), await stores.card("grace")
    await stores.put(AccessPoint(id="a-side", name="side", door="d2", to_zone="z", interlock=("d",)))
    await stores.do(EditAccessPoint(id="a-in", changes={"interlock": ["d2"]}))

    def shut(door: str) -> DoorWord:
        return DoorWord(closed=True)

    first, second = await stores.show(ada, "in", doors=shut), await stores.show(grace, "side", doors=shut)
    assert (first.decision.reason, second.decision.reason) == (R.GRANTED, R.INTERLOCK)
    assert (await stores.show(grace, "side", 3000, doors=shut)).decision.reason is R.GRANTED
    assert (await stores.show(ada, "in", 10_000, doors=no_fault)).decision.reason is R.INTERLOCK, "nobody knows whether it is shut"


async def test_what_a_visit_costs_is_due_on_the_way_out_and_kept_with_the_visit(stores: Stores) -> None:
    code = await stores.card("ada")
    await stores.put(Tariff(id="t", name="Day", currency="EUR", steps=(TariffStep(unit=60, price=200),), free_minutes=5))
    await stores.do(EditZone(id="z", changes={"tariff": "t"}))
    await stores.do(EditAccessPoint(id="a-out", changes={"pedestrian": False}))
    assert await reason(stores, code) is R.GRANTED
    assert await reason(stores, code, "out", 61 * MINUTE) is R.PAYMENT_DUE
    await stores.do(EditAccessPoint(id="a-out", changes={"pedestrian": True}))
    out = await stores.show(code, "out", 61 * MINUTE)
    assert (out.decision.granted, out.decision.alarms) == (True, (R.PAYMENT_DUE,))
    assert await stores.rows("SELECT total, paid FROM entry") == [(400, 0)]


async def test_a_permit_and_a_discount_make_it_cheaper(stores: Stores) -> None:
    code = await stores.card("ada")
    await stores.put(
        Tariff(id="t", name="Day", currency="EUR", steps=(TariffStep(unit=60, price=200),)),
        Profile(id="p", name="All hours", zones=(ZoneRight(zone="z"),), permit=True),
    )
    await stores.do(EditZone(id="z", changes={"tariff": "t"}))
    await stores.do(EditAccessPoint(id="a-out", changes={"pedestrian": False}))
    await reason(stores, code)
    assert await reason(stores, code, "out", 61 * MINUTE) is R.GRANTED
    assert await stores.rows("SELECT total FROM entry") == [(0,)]


async def test_cards_of_central_live_by_its_word_and_cards_of_the_house_do_not(stores: Stores) -> None:
    code, own = await stores.card("ada"), await stores.card("grace")
    await stores.do(EditAccessPoint(id="a-in", changes={"data_minutes": 60}))

    await stores.roster.write(lambda tx: tx.central.came(RosterOp(op="put", type="card", id="card-ada", ver=1), 0))
    assert await reason(stores, code) is R.DATA_TOO_OLD, "it was never heard"
    await stores.roster.write(lambda tx: tx.central.in_step(BEGIN))
    assert await reason(stores, code, "in", 60 * MINUTE) is R.GRANTED
    assert await reason(stores, code, "in", 60 * MINUTE + 1) is R.DATA_TOO_OLD
    assert await reason(stores, own, "in", 60 * MINUTE + 1) is R.GRANTED


# ---------------------------------------------------------------------------------------------------- modes


@pytest.mark.feature("X-21")
async def test_a_mode_is_set_for_an_access_point_a_zone_or_the_site_and_ends_by_itself(stores: Stores) -> None:
    code = await stores.card("ada")
    for target in ({"access_point": "a-in"}, {"zone": "z"}, {}):
        await stores.do(SetMode(mode=Mode.LOCKED_DOWN, reason="drill", until=BEGIN + MINUTE, **target))
        assert await reason(stores, code, "in", MINUTE - 1) is R.LOCKED_DOWN
        assert await reason(stores, code, "in", MINUTE) is R.GRANTED
        await stores.do(SetMode(mode=Mode.NORMAL, reason="drill is over", **target))
        assert await reason(stores, code) is R.GRANTED
    changes = await stores.rows("SELECT command, reason FROM change WHERE command = 'modes.set' ORDER BY rev LIMIT 1", of="roster")
    assert changes == [("modes.set", "drill")]


async def test_the_policy_of_the_site_is_one_row_with_defaults_until_the_first_change(stores: Stores) -> None:
    changed: SitePolicy = await stores.do(EditPolicy(changes={"pin_tries": 3}))
    assert (changed.id, changed.ver, changed.pin_tries, changed.pair_s) == ("site", 1, 3, 10)
    assert (await stores.do(EditPolicy(changes={"pair_s": 20}, ver=1))).pin_tries == 3


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (SetMode(mode=Mode.LOCKED_DOWN, access_point="a-in", zone="z", reason="r"), "zone"),
        (SetMode(mode=Mode.LOCKED_DOWN, reason=" "), "reason"),
        (SetMode(mode=Mode.LOCKED_DOWN, until=BEGIN, reason="r"), "until"),
        (EditPolicy(changes={"pin_tries": 0}), "pin_tries"),
        (EditPolicy(changes={"companion_s": 121}), "companion_s"),
        (EditPolicy(changes={"mode_hours": [{"mode": "locked_down", "schedule": "none"}]}), "mode_hours[0].schedule"),
        (EditZone(id="z", changes={"capacity": 0}), "capacity"),
        (EditZone(id="z", changes={"reserved": 1}), "reserved"),
        (EditZone(id="z", changes={"capacity": 5, "reserved": 6}), "reserved"),
        (EditZone(id="z", changes={"reserved": -1}), "reserved"),
        (EditZone(id="z", changes={"guardian_below": 0}), "guardian_below"),
        (EditZone(id="z", changes={"tariff": "none"}), "tariff"),
        (EditAccessPoint(id="a-in", changes={"plate_floor": 1.5}), "plate_floor"),
        (EditAccessPoint(id="a-in", changes={"pin_free": "x"}), "pin_free"),
        (EditAccessPoint(id="a-in", changes={"interlock": ["d"]}), "interlock"),
        (EditAccessPoint(id="a-in", changes={"data_minutes": 0}), "data_minutes"),
        (EditAccessPoint(id="a-in", changes={"accessible_strike_ms": 99}), "accessible_strike_ms"),
    ],
    ids=lambda v: v if isinstance(v, str) else type(v).__name__,
)
async def test_what_makes_no_sense_is_refused_when_it_is_saved(stores: Stores, command: Any, field: str) -> None:
    error: Any = await refused(lambda: stores.do(command))
    assert error.field == field
