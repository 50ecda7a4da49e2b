"""What only some access points ask for, from the tables to the decision: real records, real transactions, one reading after the other."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from edge.commands.bookings import AddBooking, CancelBooking, EditBooking
from edge.commands.doors import Admission, Awaited, admit_or_wait
from edge.commands.passes import AddPassKey, EditPassKey, RevokePass, SetPin
from edge.commands.presence import UnlockPin
from edge.commands.site import EditAccessPoint, EditPolicy, EditZone, SetMode
from edge.core.credential import rotating_master
from edge.core.errors import Invalid
from edge.core.judgement import Reason
from edge.core.model import Card, CredentialKind, Customer, PersonKind, Vehicle
from edge.core.place import AccessPoint, Booking, BookingState, Mode, PassKey, Profile, SitePolicy, Zone, ZoneRight
from edge.core.rotating import card_secret, make, slice_of
from edge.core.signed_pass import Pass, new_key
from edge.core.signed_pass import make as make_pass
from edge.core.tariff import Tariff, TariffStep
from edge.ports import DoorWord
from tests.support.stores import BEGIN, KEY, Stores, at, no_fault, read, refused

R = Reason
MINUTE = 60_000


async def reason(stores: Stores, code: str, point: str = "in", ms: int = 0, **reading: Any) -> Reason:
    return (await stores.show(code, point, ms, **reading)).decision.reason


async def wait_or_decide(stores: Stores, code: str, **reading: Any) -> Admission | Awaited:
    shown = msgspec.structs.replace(read(code), **reading)
    return await stores.journal.write(lambda tx: admit_or_wait(tx, shown, now=at(), doors=no_fault))


# ---------------------------------------------------------------------------------------------------- PINs


async def with_pin(stores: Stores) -> str:
    code = await stores.card("ada")
    await stores.do(EditAccessPoint(id="a-in", changes={"pin": True}))
    await stores.do(SetPin(id="card-ada", pin="2468", duress="8642", reason="new card"))
    return code


async def test_a_pin_goes_with_its_card_alone(stores: Stores) -> None:
    code = await with_pin(stores)
    other = await stores.card("grace")
    await stores.do(SetPin(id="card-grace", pin="1357", reason="new card"))
    assert await reason(stores, code, pin="2468") is R.GRANTED
    assert await reason(stores, other, pin="2468") is R.PIN_WRONG
    assert await reason(stores, other, pin="1357") is R.GRANTED
    assert await reason(stores, code) is R.PIN_REQUIRED


async def test_pins_are_kept_as_keyed_hashes_and_are_in_no_line(stores: Stores) -> None:
    code = await with_pin(stores)
    await reason(stores, code, pin="2468")
    await reason(stores, code, pin="9999")
    for text, *_ in await stores.rows("SELECT body FROM event"):
        assert "2468" not in text
        assert "9999" not in text
    ((pin, duress),) = await stores.rows("SELECT pin, duress FROM card", of="roster")
    assert len({pin, duress}) == 2
    assert len(pin) == len(duress) == 16
    (changes,) = await stores.rows("SELECT group_concat(after) FROM change", of="roster")
    assert "2468" not in changes[0]


async def test_wrong_pins_are_counted_in_a_row_and_lock_until_the_time_is_over(stores: Stores) -> None:
    code = await with_pin(stores)
    for _ in range(4):
        assert await reason(stores, code, pin="1111") is R.PIN_WRONG
    assert await reason(stores, code, pin="2468") is R.GRANTED
    assert await stores.rows("SELECT * FROM pin_failure") == [], "a right one starts the count again"
    for _ in range(5):
        assert await reason(stores, code, "in", 1000, pin="1111") is R.PIN_WRONG
    locked = await stores.show(code, "in", 2000, pin="2468")
    assert (locked.decision.reason, locked.decision.alarms) == (R.PIN_LOCKED, (R.PIN_LOCKED,))
    assert await reason(stores, code, "in", 15 * MINUTE + 999, pin="2468") is R.PIN_LOCKED
    assert await reason(stores, code, "in", 15 * MINUTE + 1000, pin="2468") is R.GRANTED


async def test_locked_pins_can_be_unlocked_by_hand(stores: Stores) -> None:
    code = await with_pin(stores)
    for _ in range(5):
        await reason(stores, code, pin="1111")
    done = await stores.set_right(UnlockPin(card="card-ada", reason="knows it again"))
    assert await reason(stores, code, pin="2468") is R.GRANTED
    ((body,),) = await stores.rows("SELECT body FROM event WHERE seq = ?", done.event)
    assert '"code":"pin_unlocked"' in body


async def test_a_pin_of_duress_opens_and_alarms(stores: Stores) -> None:
    code = await with_pin(stores)
    shown = await stores.show(code, pin="8642")
    assert (shown.decision.granted, shown.decision.reason) == (True, R.GRANTED_DURESS)
    assert await stores.rows("SELECT code FROM event WHERE kind = 'alarm'") == [("granted_duress",)]


async def test_a_card_without_a_pin_is_asked_for_one_and_is_not_counted(stores: Stores) -> None:
    await with_pin(stores)
    code = await stores.card("grace")
    assert await reason(stores, code, pin="1234") is R.PIN_REQUIRED
    assert await stores.rows("SELECT * FROM pin_failure") == []


async def test_a_keypad_that_takes_pins_alone_locks_by_access_point(stores: Stores) -> None:
    await stores.card("ada")
    await stores.roster.write(
        lambda tx: tx.put(Card(id="k", kind=CredentialKind.PIN, customer="customer-ada", profiles=("p",)), code="73519")
    )
    assert await reason(stores, "73519", kind=CredentialKind.PIN) is R.GRANTED
    assert await reason(stores, "73519") is R.UNKNOWN_CREDENTIAL, "the same digits as a QR code are nobody's"
    for _ in range(5):
        assert await reason(stores, "00000", kind=CredentialKind.PIN) is R.UNKNOWN_CREDENTIAL
    assert await reason(stores, "73519", kind=CredentialKind.PIN) is R.PIN_LOCKED
    await stores.set_right(UnlockPin(access_point="a-in", reason="it was me"))
    assert await reason(stores, "73519", kind=CredentialKind.PIN) is R.GRANTED


async def test_a_card_waits_for_its_pin_and_leaves_no_line_meanwhile(stores: Stores) -> None:
    code = await with_pin(stores)
    waiting = await wait_or_decide(stores, code)
    assert isinstance(waiting, Awaited)
    assert (waiting.pin, waiting.plate, waiting.wait_s) == (True, False, 10)
    assert await stores.rows("SELECT count(*) FROM event") == [(0,)]
    assert isinstance(await wait_or_decide(stores, code, pin="2468"), Admission)


@pytest.mark.parametrize(
    ("pin", "duress", "field"), [("12", "", "pin"), ("abcd", "", "pin"), ("", "1234", "duress"), ("1234", "1234", "duress"), ("1234", "1", "duress")]
)  # fmt: skip
async def test_pins_that_make_no_sense_are_refused(stores: Stores, pin: str, duress: str, field: str) -> None:
    await stores.card("ada")
    error = await refused(lambda: stores.do(SetPin(id="card-ada", pin=pin, duress=duress, reason="r")))
    assert isinstance(error, Invalid)
    assert error.field == field


async def test_taking_a_pin_away_takes_the_one_of_duress_too(stores: Stores) -> None:
    await with_pin(stores)
    card = await stores.do(SetPin(id="card-ada", pin="", reason="no keypad any more"))
    assert not card.has_pin
    assert await stores.rows("SELECT pin, duress FROM card", of="roster") == [(None, None)]


# ---------------------------------------------------------------------------------------------------- rotating codes and passes


@pytest.mark.feature("X-2")
async def test_a_rotating_code_opens_once_at_each_access_point(stores: Stores) -> None:
    await stores.card("ada")
    number = "7Q2M4XK9TB"
    await stores.roster.write(
        lambda tx: tx.put(Card(id="r", kind=CredentialKind.ROTATING_QR, customer="customer-ada", profiles=("p",)), code=number)
    )
    secret = card_secret(rotating_master(KEY), number)
    code = make(number, secret, slice_of(BEGIN))
    assert await reason(stores, code) is R.GRANTED
    assert await reason(stores, code) is R.CODE_REPLAYED
    assert await reason(stores, code, "out") is R.GRANTED, "the other side counts for itself"
    assert await reason(stores, code, "in", 3 * 30_000) is R.CODE_EXPIRED
    assert await reason(stores, make(number, b"x" * 20, slice_of(BEGIN))) is R.BAD_SIGNATURE
    assert await reason(stores, number) is R.UNKNOWN_CREDENTIAL, "the number printed as a plain code is nobody's"
    assert await reason(stores, code[:-1]) is R.MALFORMED
    ((credential, last4),) = await stores.rows(
        "SELECT DISTINCT body ->> 'credential', body ->> 'last4' FROM event WHERE code = 'code_replayed'"
    )
    assert (credential, last4) == ("rotating_qr", "K9TB")


async def test_a_refused_rotating_code_is_still_good_once_the_refusal_is_repaired(stores: Stores) -> None:
    await stores.card("ada")
    number = "7Q2M4XK9TB"
    await stores.roster.write(
        lambda tx: tx.put(Card(id="r", kind=CredentialKind.ROTATING_QR, customer="customer-ada"), code=number)
    )
    code = make(number, card_secret(rotating_master(KEY), number), slice_of(BEGIN))
    assert await reason(stores, code) is R.ZONE_NOT_ALLOWED
    await stores.roster.write(lambda tx: tx.put(msgspec.structs.replace(tx.get(Card, "r"), profiles=("p",))))
    assert await reason(stores, code) is R.GRANTED


async def a_pass(stores: Stores, **says: Any) -> str:
    private, public = new_key(b"s" * 32)
    await stores.put(PassKey(id="2026A", public=base64.b64encode(public).decode()))
    whole = {
        "id": "visit-1",
        "name": "Visitor",
        "kind": "guest",
        "valid_from": BEGIN,
        "valid_to": BEGIN + 60 * MINUTE,
        "zones": ("z",),
        "uses": 2,
    }
    return make_pass(Pass(**{**whole, **says}), "2026A", private)


async def test_a_signed_pass_opens_with_nobody_on_record_until_it_is_spent(stores: Stores) -> None:
    code = await a_pass(stores)
    assert await reason(stores, code) is R.GRANTED
    assert await reason(stores, code, "out") is R.GRANTED
    assert await reason(stores, code) is R.GRANTED
    assert await reason(stores, code, "out") is R.GRANTED
    assert await reason(stores, code) is R.NO_USES_LEFT
    assert await reason(stores, code, "in", 60 * MINUTE) is R.CODE_EXPIRED
    ((name,),) = await stores.rows("SELECT DISTINCT label FROM entry")
    assert name == "Visitor"


async def test_a_pass_for_another_zone_opens_nothing_here(stores: Stores) -> None:
    assert await reason(stores, await a_pass(stores, zones=("elsewhere",))) is R.ZONE_NOT_ALLOWED


async def test_a_revoked_pass_and_a_revoked_key_open_nothing(stores: Stores) -> None:
    code = await a_pass(stores)
    other = await a_pass(stores, id="visit-2")
    await stores.do(RevokePass(pass_id="visit-1", reason="lost"))
    await stores.do(RevokePass(pass_id="visit-1", reason="said twice"))
    assert await reason(stores, code) is R.PASS_REVOKED
    assert await reason(stores, other) is R.GRANTED
    await stores.do(EditPassKey(id="2026A", changes={"revoked": True}))
    assert await reason(stores, other, "out") is R.BAD_SIGNATURE


async def test_keys_rotate_side_by_side_and_are_never_replaced(stores: Stores) -> None:
    code = await a_pass(stores)
    _, public = new_key(b"t" * 32)
    key = base64.b64encode(public).decode()
    await stores.do(AddPassKey(key="2027A", fields={"public": key, "name": "next year"}))
    assert await reason(stores, code) is R.GRANTED
    for command, field in (
        (AddPassKey(key="2027A", fields={"public": key}), "key"),
        (AddPassKey(key="lower", fields={"public": key}), "key"),
        (AddPassKey(key="2028A", fields={"public": "AAAA"}), "public"),
        (AddPassKey(key="2028A", fields={"public": "not base64!"}), "public"),
        (EditPassKey(id="2026A", changes={"public": key}), "public"),
    ):
        error = await refused(lambda command=command: stores.do(command))
        assert isinstance(error, Invalid)
        assert error.field == field


# ---------------------------------------------------------------------------------------------------- card and plate


async def test_card_and_plate_open_together_and_wait_for_each_other(stores: Stores) -> None:
    code = await stores.card("ada")
    await stores.card("grace")
    await stores.put(
        Vehicle(id="v1", plate="WX 1234", plate_key="WX1234", customer="customer-ada"),
        Vehicle(id="v2", plate="KR 777", plate_key="KR777", customer="customer-grace"),
    )
    await stores.do(EditAccessPoint(id="a-in", changes={"needs_plate": True}))
    assert await reason(stores, code) is R.VEHICLE_NOT_REGISTERED
    assert await reason(stores, code, beside=("WX1234",)) is R.GRANTED
    assert await reason(stores, code, beside=("WX123A", "WX1234")) is R.GRANTED, "a candidate of the reading explains it"
    assert await reason(stores, code, beside=("KR777",)) is R.VEHICLE_MISMATCH
    assert await reason(stores, code, beside=("ZZ999",)) is R.VEHICLE_NOT_REGISTERED
    alone = await wait_or_decide(stores, code)
    plate = await wait_or_decide(stores, "WX1234", kind=CredentialKind.PLATE)
    assert isinstance(alone, Awaited)
    assert isinstance(plate, Awaited)
    assert (alone.plate, plate.card) == (True, True)


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

    def from_central(tx: Any) -> None:
        tx.put_row(tx.get(Card, "card-ada"), None, central_ver=1)

    await stores.roster.write(from_central)
    assert await reason(stores, code) is R.DATA_TOO_OLD, "it was never heard"
    await stores.roster.write(lambda tx: tx.in_step(BEGIN))
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
