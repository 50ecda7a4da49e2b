"""PINs, rotating codes, passes, and a card with a plate, from the tables to the decision: real records, real transactions."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from edge.commands.doors import Admission, Awaited
from edge.commands.passes import AddPassKey, EditPassKey, RevokePass, SetPin
from edge.commands.presence import UnlockPin
from edge.commands.site import EditAccessPoint
from edge.core.credential import rotating_master
from edge.core.errors import Invalid
from edge.core.judgement import Reason
from edge.core.model import Card, CredentialKind, Vehicle
from edge.core.place import PassKey
from edge.core.rotating import card_secret, make, slice_of
from edge.core.signed_pass import Pass, new_key
from edge.core.signed_pass import make as make_pass
from tests.support.at_the_door import reason, wait_or_decide
from tests.support.stores import BEGIN, KEY, Stores, refused

R = Reason
MINUTE = 60_000


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
