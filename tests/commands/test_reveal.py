"""Printing a card again needs its code: who may have it, for which cards, and that every one is written down."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from edge.commands.base import Command
from edge.commands.credentials import MOST_REVEALED, AddCard, DeleteCard, EditCard, RevealCards
from edge.commands.customers import AddCustomer
from edge.commands.users import DEFAULT_ROLES, AddRole, AddUser, SignIn
from edge.commands.wire import Request
from edge.core.errors import Forbidden, Invalid, NotFound
from edge.core.model import Permission
from edge.store.files import connect
from tests.support.facility import Facility
from tests.support.stores import refused

PASSWORD = "correct horse"


@pytest.fixture
async def facility(tmp_path: Path) -> AsyncIterator[Facility]:
    house = Facility(tmp_path)
    try:
        async with house.running():
            yield house
    finally:
        await house.close()


async def card(facility: Facility, code: str = "", kind: str = "qr") -> tuple[str, str]:
    """(id, code) of a new card."""
    holder = await facility.do(AddCustomer(fields={"name": "Ada", "email": f"{uuid4().hex}@example.org"}))
    made = await facility.do(AddCard(fields={"customer": holder["id"], "kind": kind}, code=code))
    return made["card"]["id"], made["code"]


async def codes(facility: Facility, *ids: str) -> list[str | None]:
    said = await facility.do(RevealCards(ids=ids, reason="lost its print"))
    return [each["code"] for each in said["cards"]]


def rows(facility: Facility, sql: str, *values: str) -> list[tuple[Any, ...]]:
    """What the roster holds, read beside its writer."""
    with contextlib.closing(connect(facility.edge.files.roster, read_only=True)) as db:
        return db.execute(sql, values).fetchall()


async def asked_by(facility: Facility, command: Command, token: str = "", id: str = "request-of-a-user") -> Any:
    return await facility.edge.control.do(Request(id=id, token=token, command=command))


@pytest.mark.feature("X-1")
async def test_a_card_says_its_present_code_once_more_and_it_is_written_down(facility: Facility) -> None:
    (made, made_code), (own, _) = await card(facility), await card(facility, code="5901234123457")
    assert await codes(facility, own, made, own) == ["5901234123457", made_code]
    await facility.do(EditCard(id=own, changes={}, code="NEW-PRINT-1"))
    assert await codes(facility, own) == ["NEW-PRINT-1"]
    lines = rows(
        facility, "SELECT actor, command, op, before, after, reason FROM change WHERE entity_id = ? AND op = 'reveal'", own
    )
    assert lines == [("command line", "cards.reveal", "reveal", None, None, "lost its print")] * 2


async def test_a_tag_is_a_hash_alone_and_a_deleted_card_leaves_nothing(facility: Facility) -> None:
    (tag, _), (made, _) = await card(facility, "04A2B3C4", "uid"), await card(facility)
    assert await codes(facility, tag) == [None]
    await facility.do(DeleteCard(id=made))
    assert isinstance(await refused(lambda: codes(facility, tag, made)), NotFound)
    assert facility.edge.secrets.code(made) is None


async def test_codes_are_said_after_a_restart_and_not_without_their_key(tmp_path: Path) -> None:
    house = Facility(tmp_path)
    try:
        async with house.running():
            made, code = await card(house)
        async with house.running():
            assert await codes(house, made) == [code]
        house.edge.files.codes_key.unlink()
        async with house.running():
            assert await codes(house, made) == [None]
            other, _ = await card(house, "OTHER")
            assert await codes(house, other) == ["OTHER"]
    finally:
        await house.close()


@pytest.mark.parametrize(
    ("ids", "reason", "field"), [((), "why", "ids"), (("x",) * 1, " ", "reason"), (("x",), "a" * 301, "reason")]
)
async def test_a_reason_and_some_cards_are_needed(facility: Facility, ids: tuple[str, ...], reason: str, field: str) -> None:
    error = await refused(lambda: facility.do(RevealCards(ids=ids, reason=reason)))
    assert isinstance(error, Invalid) and error.field == field


async def test_more_than_a_message_holds_is_refused_and_nothing_is_written_down(facility: Facility) -> None:
    error = await refused(lambda: facility.do(RevealCards(ids=tuple(map(str, range(MOST_REVEALED + 1))), reason="all")))
    assert isinstance(error, Invalid) and error.field == "ids"
    long = [(await card(facility, code=f"{n:03}" + "X" * 509))[0] for n in range(200)]
    error = await refused(lambda: codes(facility, *long))
    assert isinstance(error, Invalid) and error.field == "ids"
    assert rows(facility, "SELECT count(*) FROM change WHERE op = 'reveal'") == [(0,)]
    assert len(await codes(facility, *long[:150])) == 150


async def test_only_who_has_the_right_is_told_and_the_answer_is_kept_nowhere(facility: Facility) -> None:
    made, code = await card(facility)
    await facility.do(AddRole(fields={"name": "Printer", "rights": [Permission.CARDS_REVEAL.value]}))
    roles: dict[str, str] = dict(rows(facility, "SELECT name, id FROM role"))
    assert [name for name, rights in DEFAULT_ROLES.items() if Permission.CARDS_REVEAL in rights] == ["Administrator"]
    tokens = {}
    for role in ("Operator", "Printer"):
        await facility.do(AddUser(fields={"login": role.lower(), "name": role, "role": roles[role]}, password=PASSWORD))
        tokens[role] = (await asked_by(facility, SignIn(login=role.lower(), password=PASSWORD, client="test"))).token
    asked = RevealCards(ids=(made,), reason="reprint")
    assert isinstance(await refused(lambda: asked_by(facility, asked, tokens["Operator"])), Forbidden)
    for _ in range(2):
        said = await asked_by(facility, asked, tokens["Printer"])
        assert said["cards"][0]["code"] == code
    assert rows(facility, "SELECT count(*) FROM request WHERE result LIKE ?", f"%{code}%") == [(0,)]
    assert rows(facility, "SELECT actor FROM change WHERE op = 'reveal'") == [("printer",), ("printer",)]
