"""Rows from central: what one says, whether it makes sense, and whether it is newer than what is here."""

from __future__ import annotations

from typing import Any

import pytest

from edge.core.errors import Invalid
from edge.core.merge import SYNCED, RosterOp, is_news, kept_out, record_of
from edge.core.model import Card, CardStatus, CredentialKind, Status, Vehicle
from edge.core.people import Customer, Group
from edge.core.place import Booking, RevokedPass
from edge.core.tariff import Tariff


def op(type: str, **fields: Any) -> RosterOp:
    return RosterOp(op="put", type=type, id="x1", ver=7, fields=fields)


@pytest.mark.parametrize(("known", "news"), [(None, True), (6, True), (7, False), (8, False), (-1, True)])
def test_a_row_is_news_when_it_is_newer_than_what_central_sent_before(known: int | None, news: bool) -> None:
    assert is_news(op("group", name="Night"), known) is news


def test_a_row_becomes_a_record_with_centrals_id_and_version() -> None:
    assert record_of(op("group", name="Night")) == (Group(id="x1", ver=7, name="Night"), None)


def test_fields_that_this_version_does_not_know_are_left_out() -> None:
    record, _ = record_of(op("customer", name="Ada", shoe_size=38, id="other", ver=99))
    assert record == Customer(id="x1", ver=7, name="Ada")


def test_a_card_comes_with_its_code_in_the_form_it_is_looked_up() -> None:
    record, code = record_of(op("card", kind="uid", customer="c", code="04:a2:b3:c4"))
    assert (record, code) == (Card(id="x1", ver=7, kind=CredentialKind.UID, customer="c"), "04A2B3C4")


def test_a_vehicles_plate_key_is_worked_out_here() -> None:
    record, code = record_of(op("vehicle", plate="wx 12-34", plate_key="NONSENSE", customer="c"))
    assert isinstance(record, Vehicle)
    assert (record.plate, record.plate_key, code) == ("wx 12-34", "WX1234", None)


def test_bookings_tariffs_and_revocations_come_down_too_each_after_what_it_refers_to() -> None:
    assert isinstance(record_of(op("booking", customer="c", zone="z", from_at=1, to_at=2))[0], Booking)
    assert isinstance(record_of(op("tariff", name="Day", currency="EUR", steps=[{"unit": 60, "price": 1}]))[0], Tariff)
    assert isinstance(record_of(op("revokedpass"))[0], RevokedPass)
    order = list(SYNCED)
    for before, after in (
        ("tariff", "zone"),
        ("zone", "profile"),
        ("company", "customer"),
        ("customer", "card"),
        ("customer", "booking"),
    ):
        assert order.index(before) < order.index(after)


@pytest.mark.parametrize(
    ("row", "says", "field"),
    [
        (op("unicorn"), "central sent a 'unicorn', which this version does not know", "type"),
        (op("customer"), "customer x1 from central: Object missing required field `name`", ""),
        (op("customer", name=5), "customer x1 from central: Expected `str`, got `int` - at `$.name`", ""),
        (op("customer", name="Ada", number=1 << 63), "customer x1 from central: number is too large a number", "number"),
        (op("vehicle", plate="!"), "vehicle x1 from central: no plate", ""),
        (op("card", kind="uid", code="xyz"), "card x1 from central: no code that a reader could see", ""),
        (op("card", kind="qr"), "card x1 from central: no code that a reader could see", ""),
        (op("card", kind="signed_pass", code="GS1-1-ABC"), "card x1 from central: no code that a reader could see", ""),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_by_name(row: RosterOp, says: str, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        record_of(row)
    assert (refusal.value.message, refusal.value.field) == (says, field)


@pytest.mark.parametrize("number", [(1 << 63) - 1, -(1 << 63), 0])
def test_the_largest_and_smallest_numbers_a_table_holds_are_taken(number: int) -> None:
    assert record_of(op("customer", name="Ada", overdue_since=number))[0].overdue_since == number  # type: ignore[attr-defined]
    for beyond in ((1 << 63), -(1 << 63) - 1):
        with pytest.raises(Invalid):
            record_of(op("customer", name="Ada", overdue_since=beyond))


@pytest.mark.parametrize(
    ("record", "fields", "hold", "status"),
    [
        (Customer(id="c", name="Ada"), {"status": "inactive", "email": 7}, False, Status.INACTIVE),
        (Customer(id="c", name="Ada"), {"status": "gone for good"}, True, Status.INACTIVE),
        (Customer(id="c", name="Ada"), {"status": "gone for good"}, False, Status.ACTIVE),
        (Customer(id="c", name="Ada", status=Status.INVITED), {"status": "active", "email": 7}, True, Status.INVITED),
        (Card(id="k", customer="c"), {"status": "lost"}, False, CardStatus.LOST),
        (Card(id="k", customer="c"), {}, True, CardStatus.INACTIVE),
        (Vehicle(id="v", customer="c", plate="GD 1234A"), {"status": 7}, True, CardStatus.INACTIVE),
    ],
)  # fmt: skip
def test_of_a_row_that_cannot_be_taken_a_block_is(record: Any, fields: dict[str, Any], hold: bool, status: Any) -> None:
    kind = type(record).__name__.lower()
    assert kept_out(record, RosterOp(op="put", type=kind, id=record.id, ver=2, fields=fields, hold=hold)).status is status


def test_blocklisted_is_a_block_and_what_has_no_state_stays_as_it_is() -> None:
    ada, group = Customer(id="c", name="Ada"), Group(id="g", name="Swimmers")
    blocked = kept_out(ada, RosterOp(op="put", type="customer", id="c", ver=2, fields={"blocklisted": True, "email": 7}))
    assert isinstance(blocked, Customer) and blocked.blocklisted
    assert kept_out(group, RosterOp(op="put", type="group", id="g", ver=2, fields={"status": "inactive"}, hold=True)) == group
