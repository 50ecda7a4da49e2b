"""What takes more than one reading at the gate, over the wires: PINs typed after a card, doors that never opened, holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.commands.doors import HoldDoor, LockDoor
from edge.commands.passes import SetPin
from edge.commands.site import EditAccessPoint, EditPolicy
from edge.core.door import DoorState
from edge.core.errors import Invalid
from edge.core.judgement import Reason
from tests.support.facility import Facility, until
from tests.support.stores import refused
from tests.system.test_door import House


class Keypad(House):
    """A facility whose scanner has a keypad: lines that begin with P: are PINs."""

    def settings(self) -> str:
        return super().settings().replace('name = "scanner-in"', 'name = "scanner-in"\npin_prefix = "P:"')


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    found = Keypad(tmp_path)
    async with found.running():
        yield found
    await found.close()


async def test_a_pin_typed_after_the_card_completes_it(house: House) -> None:
    _, card, code = await house.customer_with_card("Ada")
    await house.do(EditAccessPoint(id=house.ids["North in"], changes={"pin": True}))
    await house.do(SetPin(id=card, pin="2468"))
    house.scanner.scan(code)
    house.scanner.scan("P:2468")
    (event,) = await until(house.events, "the decision")
    assert (event.code, event.card, event.credential) == ("granted", card, "qr")
    house.scanner.scan(code)
    house.scanner.scan("P:1111")
    await until(lambda: _count(house, 2), "the second decision")
    assert (await house.events())[1].code == "pin_wrong"


async def test_a_card_whose_pin_never_comes_is_refused_and_shown_as_such(house: House) -> None:
    _, card, code = await house.customer_with_card("Ada")
    await house.do(EditAccessPoint(id=house.ids["North in"], changes={"pin": True}))
    await house.do(EditPolicy(changes={"pair_s": 1}))
    await house.do(SetPin(id=card, pin="2468"))
    house.scanner.scan(code)
    (event,) = await until(house.events, "the decision")
    assert event.code == "pin_required"


async def test_the_next_card_at_the_reader_ends_the_wait_of_the_first(house: House) -> None:
    _, card, code = await house.customer_with_card("Ada")
    _, other, _ = await house.customer_with_card("Grace", code="GRACE-CODE-0001")
    await house.do(EditAccessPoint(id=house.ids["North in"], changes={"pin": True}))
    for one in (card, other):
        await house.do(SetPin(id=one, pin="2468"))
    house.scanner.scan(code)
    house.scanner.scan("GRACE-CODE-0001")
    house.scanner.scan("P:2468")
    await until(lambda: _count(house, 2), "both decisions")
    assert {(e.card, e.code) for e in await house.events()} == {(card, "pin_required"), (other, "granted")}


async def test_a_door_that_never_opened_gives_the_use_back(house: House) -> None:
    _, card, code = await house.customer_with_card("Ada", uses=1)
    await house.reaches(DoorState.LOCKED)
    assert await house.scan(code) is Reason.GRANTED
    (voided,) = await house.has("not_passed")
    assert (voided.card, voided.zone) == (card, house.ids["zone"])
    assert await house.scan(code) is Reason.GRANTED, "nobody went through: the use is still there"
    house.move(closed=False)
    await house.reaches(DoorState.OPENED)
    house.move(closed=True)
    await house.reaches(DoorState.LOCKED)
    assert await house.scan(code) is Reason.NO_USES_LEFT


async def test_the_use_stays_spent_where_the_site_wants_that(house: House) -> None:
    _, _, code = await house.customer_with_card("Ada", uses=1)
    await house.do(EditPolicy(changes={"give_back_unused": False}))
    await house.reaches(DoorState.LOCKED)
    assert await house.scan(code) is Reason.GRANTED
    await house.reaches(DoorState.UNLOCKED)
    await house.reaches(DoorState.LOCKED)
    assert await house.scan(code) is Reason.NO_USES_LEFT


@pytest.mark.feature("X-20")
async def test_an_operator_holds_the_door_open_and_locks_it_again_each_with_a_reason(house: House) -> None:
    point = house.ids["North in"]
    await house.reaches(DoorState.LOCKED)
    held = await house.do(HoldDoor(access_point=point, reason="moving house"), "hold-request")
    await house.reaches(DoorState.UNLOCKED)
    again = await house.do(HoldDoor(access_point=point, reason="moving house"), "hold-request")
    assert (held["again"], again["again"], again["event"]) == (False, True, held["event"])
    await house.do(LockDoor(access_point=point, reason="done"))
    await house.reaches(DoorState.LOCKED)
    lines = [(e.code, e.note, e.actor) for e in await house.events("operator")]
    assert lines == [("door_hold_ordered", "moving house", "command line"), ("door_lock_ordered", "done", "command line")]


async def test_a_hold_ends_at_its_time(house: House) -> None:
    await house.reaches(DoorState.LOCKED)
    now = house.edge.clock.now().wall
    await house.do(HoldDoor(access_point=house.ids["North in"], reason="delivery", until=now + 400))
    await house.reaches(DoorState.UNLOCKED)
    await house.reaches(DoorState.LOCKED)
    for wrong, field in (({"until": now}, "until"), ({"reason": " "}, "reason")):
        whole = {"access_point": house.ids["North in"], "reason": "r", **wrong}
        error = await refused(lambda whole=whole: house.do(HoldDoor(**whole)))
        assert isinstance(error, Invalid)
        assert error.field == field


async def _count(house: Facility, number: int) -> bool:
    return len(await house.events()) >= number
