"""Rotating cards from their making to the gate, and passes that the house signs itself, through a whole edge."""

from __future__ import annotations

import base64
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.commands.credentials import AddCard, EditCard
from edge.commands.customers import AddCustomer
from edge.commands.passes import AddPassKey, EditPassKey, RevokePass
from edge.commands.phones import EnrolPhone, IssuePass, RotatePassKey
from edge.core import base32, rotating, signed_pass
from edge.core.errors import Conflict, Invalid, NotFound
from edge.core.judgement import Reason
from edge.core.model import CredentialKind, Reading
from edge.store.files import connect
from tests.support.facility import Facility
from tests.support.stores import refused

HOUR = 3_600_000


@pytest.fixture
async def facility(tmp_path: Path) -> AsyncIterator[Facility]:
    house = Facility(tmp_path)
    try:
        async with house.running():
            yield house
    finally:
        await house.close()


async def shown(house: Facility, text: str) -> Reason:
    reading = Reading(reader="test", access_point="North in", kind=CredentialKind.QR, text=text)
    return (await house.edge.gate.serve(reading)).decision.reason


async def rotating_card(house: Facility, code: str = "") -> dict[str, Any]:
    holder = await house.do(AddCustomer(fields={"name": "Ada", "email": f"{time.time_ns()}@example.org"}))
    fields = {"customer": holder["id"], "kind": "rotating_qr", "profiles": [house.ids["profile"]]}
    made: dict[str, Any] = await house.do(AddCard(fields=fields, code=code))
    return made


def on_the_phone(enrolled: dict[str, Any]) -> str:
    """The code that the phone shows now."""
    secret = base32.decode(enrolled["secret"])
    assert secret is not None
    return rotating.make(enrolled["number"], secret, rotating.slice_of(time.time_ns() // 1_000_000))


def audit(house: Facility, op: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(connect(house.edge.files.roster, read_only=True)) as db:
        sql = "SELECT actor, command, entity, entity_id, after, reason FROM change WHERE op = ? ORDER BY rev"
        return db.execute(sql, (op,)).fetchall()


# ---------------------------------------------------------------------------------------------------- rotating cards


@pytest.mark.feature("X-2")
async def test_a_rotating_card_is_made_put_on_a_phone_and_opens(facility: Facility) -> None:
    made = await rotating_card(facility)
    assert rotating.is_number(made["code"]) and len(made["code"]) == rotating.NUMBER_LENGTH
    enrolled = await facility.do(EnrolPhone(id=made["card"]["id"], reason="new phone"))
    assert (enrolled["number"], len(enrolled["secret"])) == (made["code"], 32)
    assert await shown(facility, on_the_phone(enrolled)) is Reason.GRANTED
    assert audit(facility, "enrol") == [("command line", "cards.enrol", "card", made["card"]["id"], None, "new phone")]


async def test_a_new_number_is_a_new_secret_and_ends_the_old_phone(facility: Facility) -> None:
    card = (await rotating_card(facility))["card"]["id"]
    old = await facility.do(EnrolPhone(id=card, reason="first phone"))
    await facility.do(EditCard(id=card, changes={"username": "ada"}))
    assert (await facility.do(EnrolPhone(id=card, reason="again")))["number"] == old["number"], "any other change keeps it"
    await facility.do(EditCard(id=card, changes={}, code=""))
    new = await facility.do(EnrolPhone(id=card, reason="phone stolen"))
    assert new["number"] != old["number"] and new["secret"] != old["secret"]
    assert await shown(facility, on_the_phone(old)) is Reason.UNKNOWN_CREDENTIAL
    assert await shown(facility, on_the_phone(new)) is Reason.GRANTED


async def test_a_printed_card_becomes_a_rotating_one_and_a_number_may_be_brought_along(facility: Facility) -> None:
    _, card, _ = await facility.customer_with_card("Ada")
    await facility.do(EditCard(id=card, changes={"kind": "rotating_qr"}))
    assert await shown(facility, on_the_phone(await facility.do(EnrolPhone(id=card, reason="moved to phone")))) is Reason.GRANTED
    assert (await rotating_card(facility, "7Q2M4XK9TB"))["code"] == "7Q2M4XK9TB"
    error = await refused(lambda: rotating_card(facility, "too short"))
    assert isinstance(error, Invalid) and "left empty" in error.message
    error = await refused(lambda: facility.do(EditCard(id=card, changes={"kind": "qr"})))
    assert isinstance(error, Invalid) and error.field == "code"


async def test_a_secret_is_said_for_rotating_cards_alone_with_a_reason_and_kept_nowhere(facility: Facility) -> None:
    made = await rotating_card(facility)
    _, printed, _ = await facility.customer_with_card("Grace")
    for command, field in (
        (EnrolPhone(id=printed, reason="r"), "id"),
        (EnrolPhone(id=made["card"]["id"], reason=" "), "reason"),
    ):
        error = await refused(lambda command=command: facility.do(command))
        assert isinstance(error, Invalid) and error.field == field
    assert isinstance(await refused(lambda: facility.do(EnrolPhone(id="nobody", reason="r"))), NotFound)
    command = EnrolPhone(id=made["card"]["id"], reason="new phone")
    first, again = await facility.do(command, "one-request"), await facility.do(command, "one-request")
    assert first == again and len(audit(facility, "enrol")) == 2, "it is asked again, and written down again"
    with contextlib.closing(connect(facility.edge.files.roster, read_only=True)) as db:
        dump = "\n".join(str(row) for table in ("request", "change") for row in db.execute(f"SELECT * FROM {table}"))
    assert first["secret"] not in dump and first["number"] not in dump


async def test_a_card_whose_number_is_not_kept_must_get_a_new_one(facility: Facility) -> None:
    card = (await rotating_card(facility))["card"]["id"]
    facility.edge.secrets.put_codes([(card, None)])
    error = await refused(lambda: facility.do(EnrolPhone(id=card, reason="new phone")))
    assert isinstance(error, Conflict) and "new one" in error.message


# ---------------------------------------------------------------------------------------------------- signed passes


def guest(house: Facility, **more: Any) -> IssuePass:
    now = time.time_ns() // 1_000_000
    return IssuePass(**{"name": "Grace", "zones": (house.ids["zone"],), "valid_from": now - HOUR, "valid_to": now + HOUR, **more})


async def test_a_pass_that_the_house_signs_opens_and_can_be_taken_back(facility: Facility) -> None:
    issued = await facility.do(guest(facility, uses=2, reason="visit of the auditor"))
    assert issued["text"].startswith("GS1-H1-")
    assert await shown(facility, issued["text"]) is Reason.GRANTED
    ((actor, command, entity, id, after, reason),) = audit(facility, "issue")
    assert (actor, command, entity, id, reason) == ("command line", "passes.issue", "pass", issued["id"], "visit of the auditor")
    said = msgspec.json.decode(after)
    assert (said["zones"], said["key"], said["uses"]) == ([facility.ids["zone"]], "H1", 2)
    assert "Grace" not in after
    await facility.do(RevokePass(pass_id=issued["id"], reason="sent home"))
    assert await shown(facility, issued["text"]) is Reason.PASS_REVOKED


async def test_a_retry_makes_no_second_pass_and_does_not_say_the_text_again(facility: Facility) -> None:
    command = guest(facility)
    first, again = await facility.do(command, "one-request"), await facility.do(command, "one-request")
    assert (again["id"], again["text"]) == (first["id"], "")
    assert len(audit(facility, "issue")) == 1


async def test_a_new_key_signs_from_now_on_and_the_old_one_is_good_until_it_is_revoked(facility: Facility) -> None:
    old = (await facility.do(guest(facility)))["text"]
    assert (await facility.do(RotatePassKey(reason="yearly")))["id"] == "H2"
    new = (await facility.do(guest(facility)))["text"]
    assert new.startswith("GS1-H2-")
    assert (await shown(facility, old), await shown(facility, new)) == (Reason.GRANTED, Reason.GRANTED)
    await facility.do(EditPassKey(id="H1", changes={"revoked": True}))
    assert await shown(facility, old) is Reason.BAD_SIGNATURE
    await facility.do(EditPassKey(id="H2", changes={"revoked": True}))
    assert (await facility.do(guest(facility)))["text"].startswith("GS1-H3-"), "no revoked key signs"


async def test_a_key_of_that_id_that_somebody_else_brought_is_not_signed_with(facility: Facility) -> None:
    theirs = base64.b64encode(signed_pass.new_key(b"x" * 32)[1]).decode()
    await facility.do(AddPassKey(key="H1", fields={"name": "Central", "public": theirs}))
    issued = await facility.do(guest(facility))
    assert issued["text"].startswith("GS1-H2-") and await shown(facility, issued["text"]) is Reason.GRANTED


async def test_the_private_half_is_with_the_edge_alone(facility: Facility) -> None:
    await facility.do(guest(facility))
    private = facility.edge.secrets.key("pass-key-H1")
    for path in facility.edge.files.folder.glob("*.db*"):
        if not path.name.startswith("secrets"):
            assert private not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"), ({"name": "x" * 41}, "name"), ({"zones": ()}, "zones"), ({"zones": ("nowhere",)}, "zones"),
        ({"valid_to": 1000}, "valid_to"), ({"uses": 0}, "uses"), ({"kind": "Guest!"}, "kind"),
    ],
)  # fmt: skip
async def test_passes_that_make_no_sense_are_refused(facility: Facility, wrong: dict[str, Any], field: str) -> None:
    error = await refused(lambda: facility.do(guest(facility, **wrong)))
    assert isinstance(error, Invalid) and error.field == field
    assert audit(facility, "issue") == []
