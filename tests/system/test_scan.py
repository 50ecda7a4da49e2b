"""A scan from bytes on a line to a relay that moves and a line that stays: through the whole house."""

from __future__ import annotations

import pytest

from edge.commands.customers import EditCustomer
from edge.commands.doors import UnlockDoor
from edge.core.errors import HouseError
from edge.core.judgement import Reason
from edge.store.files import connect
from edge.store.journal import verify
from tests.support.facility import Facility, until


@pytest.mark.feature("S003-29")
async def test_a_card_at_the_scanner_opens_the_door_and_is_written_down(facility: Facility) -> None:
    _, card, code = await facility.customer_with_card("Ada")
    assert await facility.scan(code) is Reason.GRANTED
    assert [m.ms for m in facility.board.moves] == [200]
    (event,) = await facility.events()
    assert (event.card, event.customer_name, event.last4, event.reader) == (card, "Ada", code[-4:], "scanner-in")


@pytest.mark.feature("S003-18")
async def test_a_customer_set_inactive_is_refused_at_the_next_scan(facility: Facility) -> None:
    customer, _, code = await facility.customer_with_card("Ada")
    assert await facility.scan(code) is Reason.GRANTED
    await facility.do(EditCustomer(id=customer, changes={"status": "inactive"}))
    assert await facility.scan(code) is Reason.CUSTOMER_INACTIVE
    assert len(facility.board.moves) == 1


async def test_an_unknown_code_is_refused_and_nothing_moves(facility: Facility) -> None:
    assert await facility.scan("NOBODYS-CODE-1234") is Reason.UNKNOWN_CREDENTIAL
    (event,) = await facility.events()
    assert event.last4 == "1234"
    assert facility.board.moves == []


async def test_each_event_follows_from_the_one_before(facility: Facility) -> None:
    _, _, code = await facility.customer_with_card("Ada")
    for _ in range(3):
        await facility.scan(code)
    db = connect(facility.edge.files.journal, read_only=True)
    count, wrong = verify(db)
    db.close()
    assert count >= 4
    assert wrong == []


async def test_an_altered_event_is_found_by_its_hash(facility: Facility) -> None:
    _, _, code = await facility.customer_with_card("Ada")
    await facility.scan(code)
    db = connect(facility.edge.files.journal)
    (seq,) = db.execute("SELECT max(seq) FROM event WHERE kind = 'decision'").fetchone()
    db.execute("UPDATE event SET body = replace(body, 'granted', 'denied') WHERE seq = ?", (seq,))
    _, wrong = verify(db)
    db.close()
    assert any(f"event {seq}" in line for line in wrong)


async def test_garbage_endless_and_half_lines_cost_only_themselves(facility: Facility) -> None:
    _, _, code = await facility.customer_with_card("Ada")
    facility.scanner.send(b"\x00\xff\xfe" * 20)
    facility.scanner.send(b"A" * 3000)
    await until(lambda: "1024 bytes" in facility.detail("reader", "scanner-in"), "the endless line to be named")
    facility.scanner.send(b"\r\n")
    assert await facility.scan(code) is Reason.GRANTED
    facility.scanner.send(b"HALF-A-CODE")
    await until(lambda: "without an end" in facility.detail("reader", "scanner-in"), "the half line to be dropped")
    assert await facility.scan(code) is Reason.GRANTED


async def test_binary_data_that_ends_like_a_line_is_malformed(facility: Facility) -> None:
    assert await facility.scan("\x01\x02bad\x7f") is Reason.MALFORMED


async def test_a_code_of_seven_kilobytes_is_not_a_code(facility: Facility) -> None:
    _, _, code = await facility.customer_with_card("Ada")
    for _ in range(7):
        facility.scanner.send(b"Z" * 1000)
    facility.scanner.send(b"\r\n")
    assert await facility.scan(code) is Reason.GRANTED


async def test_a_scanner_unplugged_and_plugged_in_again_goes_on(facility: Facility) -> None:
    _, _, code = await facility.customer_with_card("Ada")
    assert await facility.scan(code) is Reason.GRANTED
    facility.scanner.unplug()
    await until(lambda: facility.part("reader", "scanner-in") == "down", "the loss to be seen")
    facility.scanner.plug_in()
    await until(lambda: facility.part("reader", "scanner-in") == "up", "the scanner to be back")
    assert await facility.scan(code) is Reason.GRANTED


async def test_a_door_whose_line_is_cut_is_out_of_service_until_it_is_back(facility: Facility) -> None:
    _, _, code = await facility.customer_with_card("Ada")
    port = facility.board.port
    await facility.board.stop()
    await until(lambda: facility.edge.doors["north"].fault, "the loss to be seen")
    assert await facility.scan(code) is Reason.OUT_OF_SERVICE
    await facility.board.start(port)
    await until(lambda: not facility.edge.doors["north"].fault, "the door to be back")
    assert await facility.scan(code) is Reason.GRANTED


async def test_a_board_that_hangs_is_told_and_alarmed(facility: Facility) -> None:
    _, _, code = await facility.customer_with_card("Ada")
    facility.board.silent = True
    assert await facility.scan(code) is Reason.GRANTED

    async def alarmed() -> bool:
        return any(e.code == "door_not_opened" for e in await facility.events("alarm"))

    await until(alarmed, "the alarm that the door did not open")


async def test_an_operators_opening_is_done_once_however_often_it_is_sent(facility: Facility) -> None:
    command = UnlockDoor(access_point=facility.ids["North in"], reason="delivery")
    first = await facility.do(command, "same-request-1")
    second = await facility.do(command, "same-request-1")
    assert first["opened"] is True
    assert second["again"] is True
    assert len(facility.board.moves) == 1
    (event,) = await facility.events("operator")
    assert (event.code, event.note, event.actor) == ("granted_by_operator", "delivery", "command line")


async def test_an_opening_without_a_reason_or_too_late_is_refused(facility: Facility) -> None:
    with pytest.raises(HouseError, match="say why"):
        await facility.do(UnlockDoor(access_point=facility.ids["North in"], reason="  "))
    with pytest.raises(HouseError, match="too late"):
        await facility.do(UnlockDoor(access_point=facility.ids["North in"], reason="x", not_after=1000))
    assert facility.board.moves == []


async def test_the_visit_opens_and_closes(facility: Facility) -> None:
    customer, _, code = await facility.customer_with_card("Ada")
    await facility.scan(code)
    await facility.scan(code, out=True)
    db = connect(facility.edge.files.journal, read_only=True)
    rows = db.execute("SELECT customer, label, out_at IS NOT NULL, flag FROM entry").fetchall()
    db.close()
    assert rows == [(customer, "Ada", 1, "")]
