"""The control room: who asks, may they, and once only, over the real socket of a running edge."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from edge.commands.base import Command
from edge.commands.companies import AddGroup
from edge.commands.credentials import AddCard
from edge.commands.customers import AddCustomer, EditCustomer
from edge.commands.doors import GetHealth, UnlockDoor
from edge.commands.users import AddRole, AddUser, SignIn, SignOut
from edge.commands.wire import IN_FLIGHT, LARGEST, Answer, Deframer, Request, frame, read_answer
from edge.core.errors import Forbidden, Invalid, NotSignedIn
from edge.core.model import Permission
from edge.store.files import connect
from tests.support.facility import Facility, until
from tests.support.stores import refused


class Line:
    """A connection to the control socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._deframer = Deframer()
        self._kept: list[Answer] = []

    async def answers(self, count: int) -> list[Answer]:
        """The next answers; fewer when the other end closes the line."""
        async with asyncio.timeout(20):
            while len(self._kept) < count and (data := await self.reader.read(65536)):
                self._kept += map(read_answer, self._deframer.feed(data))
        found, self._kept = self._kept[:count], self._kept[count:]
        return found

    async def say(self, body: bytes) -> Answer:
        self.writer.write(len(body).to_bytes(4, "big") + body)
        (answer,) = await self.answers(1)
        return answer

    async def ask(self, command: Command, id: str = "request-0001", token: str = "@local") -> Answer:
        self.writer.write(frame(Request(id=id, token=token, command=command)))
        (answer,) = await self.answers(1)
        return answer


@contextlib.asynccontextmanager
async def line_to(facility: Facility) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_unix_connection(facility.edge.files.socket)
    yield Line(reader, writer)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def signed_in(facility: Facility, *rights: Permission) -> str:
    """The token of a user with these rights."""
    role = await facility.do(AddRole(fields={"name": f"Role {len(rights)}", "rights": [r.value for r in rights]}))
    await facility.do(AddUser(fields={"login": "ada", "role": role["id"]}, password="correct horse"))
    found = await facility.edge.control.do(Request(id="sign-in-1", command=SignIn(login=" Ada ", password="correct horse")))
    return str(found.token)


async def ask(facility: Facility, command: Command, token: str, id: str = "request-x-1") -> Any:
    return await facility.edge.control.do(Request(id=id, token=token, command=command))


async def test_a_command_needs_the_right_and_a_session_and_the_command_line_needs_this_machine(facility: Facility) -> None:
    token = await signed_in(facility, Permission.CUSTOMERS_ADD, Permission.DOORS_VIEW)
    assert (await ask(facility, AddCustomer(fields={"source": "walk_in", "name": "Ada"}), token))["name"] == "Ada"
    assert (await ask(facility, GetHealth(), token))["doors"][0]["name"] == "north"
    for command in (UnlockDoor(access_point=facility.ids["North in"], reason="x"), EditCustomer(id="x", changes={})):
        error = await refused(lambda command=command: ask(facility, command, token))
        assert isinstance(error, Forbidden)
        assert type(command).right.value in error.message  # type: ignore[union-attr]
    for wrong in ("", "nonsense", "@local"):
        assert isinstance(await refused(lambda wrong=wrong: ask(facility, GetHealth(), wrong)), NotSignedIn)
    await ask(facility, SignOut(), token)
    assert isinstance(await refused(lambda: ask(facility, GetHealth(), token)), NotSignedIn)
    assert facility.board.moves == []


async def test_a_request_sent_twice_is_done_once_and_gets_the_first_result(facility: Facility) -> None:
    command = AddCustomer(fields={"source": "walk_in", "name": "Ada"})
    first = await facility.do(command, "request-twice")
    assert await facility.do(command, "request-twice") == first
    both = await asyncio.gather(
        *(facility.do(AddCustomer(fields={"source": "walk_in", "name": "Eve"}), "request-at-once") for _ in range(5))
    )
    assert len({msgspec.json.encode(b) for b in both}) == 1
    with contextlib.closing(connect(facility.edge.files.roster, read_only=True)) as db:
        assert db.execute("SELECT count(*) FROM customer").fetchone() == (2,)


async def test_a_request_that_was_refused_may_be_mended_under_the_same_id(facility: Facility) -> None:
    assert isinstance(
        await refused(lambda: facility.do(AddCustomer(fields={"source": "walk_in", "name": ""}), "request-mend")), Invalid
    )
    assert (await facility.do(AddCustomer(fields={"source": "walk_in", "name": "Ada"}), "request-mend"))["name"] == "Ada"


async def test_the_code_of_a_new_card_is_said_once_and_kept_nowhere(facility: Facility) -> None:
    customer = await facility.do(AddCustomer(fields={"source": "walk_in", "name": "Ada"}))
    command = AddCard(fields={"customer": customer["id"]})
    first = await facility.do(command, "request-card")
    again = await facility.do(command, "request-card")
    assert len(first["code"]) == 20
    assert (again["card"], again["code"]) == (first["card"], "")
    for path in facility.edge.files.folder.iterdir():
        if path.is_file():
            assert first["code"].encode() not in path.read_bytes(), path.name


async def test_a_password_is_kept_nowhere_in_the_clear(facility: Facility) -> None:
    await signed_in(facility, Permission.DOORS_VIEW)
    for path in facility.edge.files.folder.iterdir():
        if path.is_file():
            assert b"correct horse" not in path.read_bytes(), path.name


@pytest.mark.parametrize("id", ["", "short", "x" * 65])
async def test_a_request_id_is_long_enough_to_be_its_own(facility: Facility, id: str) -> None:
    error = await refused(lambda: ask(facility, GetHealth(), "@local", id))
    assert isinstance(error, Invalid)
    assert error.field == "id"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"not json at all", "malformed"),
        (b'{"id":"request-9","command":{"type":"doors.explode"}}', "doors.explode"),
        (b'{"id":"request-9","command":{"type":"health.get","loud":true}}', "loud"),
        (b'{"id":"request-9","token":7,"command":{"type":"health.get"}}', "Expected `str`"),
        (b'{"id":"request-9","command":' + b'{"a":' * 40_000, ""),
        (b"", "truncated"),
    ],
)
async def test_a_frame_that_makes_no_sense_is_answered_and_the_line_goes_on(facility: Facility, body: bytes, says: str) -> None:
    async with line_to(facility) as line:
        answer = await line.say(body)
        assert answer.problem is not None
        assert answer.problem.code == "invalid"
        assert says in answer.problem.message
        if b"request-9" in body and not body.endswith(b'"a":'):
            assert answer.id == "request-9", "its sender hears which one it was"
        assert (await line.ask(GetHealth())).problem is None


async def test_a_frame_too_large_is_answered_and_costs_its_own_line_alone(facility: Facility) -> None:
    async with line_to(facility) as good, line_to(facility) as bad:
        bad.writer.write((LARGEST + 1).to_bytes(4, "big"))
        (answer,) = await bad.answers(1)
        assert answer.problem is not None
        assert "too large" in answer.problem.message
        assert await bad.answers(1) == []
        assert (await good.ask(GetHealth())).problem is None


async def test_an_answer_that_would_be_too_large_is_a_problem_not_a_silence(facility: Facility) -> None:
    async with line_to(facility) as line:
        body = frame(Request(id="request-big", token="@local", command=AddGroup(fields={"name": "G", "description": ""})))
        room = LARGEST - (len(body) - 4) - 2
        answer = await line.ask(AddGroup(fields={"name": "G", "description": "x" * room}), "request-big")
        assert answer.id == "request-big"
        assert answer.problem is None or answer.problem.code == "too_large"
        assert (await line.ask(GetHealth())).problem is None


async def test_hundreds_of_requests_at_once_on_one_line_are_all_answered(facility: Facility) -> None:
    count = 5 * IN_FLIGHT
    async with line_to(facility) as line:
        for n in range(count):
            line.writer.write(frame(Request(id=f"request-{n:06}", token="@local", command=GetHealth())))
        answers = await line.answers(count)
    assert sorted(a.id for a in answers) == [f"request-{n:06}" for n in range(count)]
    assert all(a.problem is None for a in answers)


async def test_who_asks_and_never_listens_holds_up_nobody_else(facility: Facility) -> None:
    async with line_to(facility) as deaf, line_to(facility) as good:
        deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]
        for n in range(3000):
            deaf.writer.write(frame(Request(id=f"request-{n:06}", token="@local", command=GetHealth())))
        for n in range(20):
            assert (await good.ask(GetHealth(), f"request-good-{n}")).problem is None
        _, _, code = await facility.customer_with_card("Ada")
        assert (await facility.scan(code)).value == "granted"
        deaf.writer.transport.abort()


async def test_a_line_that_is_cut_in_the_middle_of_a_frame_costs_itself(facility: Facility) -> None:
    async with line_to(facility) as line:
        line.writer.write(b"\x00\x00\x10\x00half a frame")
        await line.writer.drain()
    async with line_to(facility) as line:
        assert (await line.ask(GetHealth())).problem is None


async def test_after_five_wrong_passwords_even_the_right_one_waits(facility: Facility) -> None:
    await signed_in(facility, Permission.DOORS_VIEW)

    async def tried(password: str, login: str = "ada") -> str:
        try:
            await facility.edge.control.do(Request(id="request-in", command=SignIn(login=login, password=password)))
        except NotSignedIn as error:
            return error.message
        return "in"

    for _ in range(5):
        assert await tried("wrong horse") == "name or password is wrong"
    assert "too many wrong passwords" in await tried("correct horse")
    assert await tried("anything", "nobody") == "name or password is wrong"


async def test_wrong_passwords_tried_side_by_side_count_each(facility: Facility) -> None:
    await signed_in(facility, Permission.DOORS_VIEW)
    guess = Request(id="request-in", command=SignIn(login="ada", password="wrong horse"))
    await asyncio.gather(*(facility.edge.control.do(guess) for _ in range(8)), return_exceptions=True)
    error = await refused(
        lambda: facility.edge.control.do(Request(id="request-in", command=SignIn(login="ada", password="correct horse")))
    )
    assert isinstance(error, NotSignedIn)
    assert "too many wrong passwords" in error.message


async def test_too_many_signing_in_at_once_are_told_to_wait_and_the_gate_goes_on(facility: Facility) -> None:
    await signed_in(facility, Permission.DOORS_VIEW)
    tries = [
        asyncio.create_task(
            facility.edge.control.do(Request(id=f"request-in-{n}", command=SignIn(login=f"user{n}", password="wrong horse")))
        )
        for n in range(40)
    ]
    _, _, code = await facility.customer_with_card("Ada")
    assert (await facility.scan(code)).value == "granted"
    results = await asyncio.gather(*tries, return_exceptions=True)
    codes = [r.code for r in results]  # type: ignore[union-attr]
    assert set(codes) == {"busy", "not_signed_in"}
    assert all(r.retry for r in results if r.code == "busy")  # type: ignore[union-attr]
    await until(lambda: facility.part("reader", "scanner-in") == "up", "the scanner to be as before")
