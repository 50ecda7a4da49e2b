"""Webhooks over a real edge and a real server on loopback: signed, in order, again after failures, and never in the gate's way."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.clock import SystemClock
from edge.commands.webhooks import AddWebhook, DeleteWebhook, EditWebhook
from edge.core.errors import Invalid
from edge.core.judgement import Reason
from edge.core.model import Moment
from edge.core.webhook import wait_s
from edge.webhooks import DROPPED_AFTER_MS
from tests.support.facility import Facility, until
from tests.support.stores import refused


class Receiver:
    """Somebody else's server. answer: what it says next, by status; 0: nothing at all, until it is let go."""

    def __init__(self) -> None:
        self.answer = 200
        self.url = ""
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.taken: list[dict[str, Any]] = []
        self.at_once = self.most_at_once = 0
        self.let_go = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Receiver]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?site=7"
        try:
            yield self
        finally:
            self.let_go.set()
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.split("\r\n")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:] if line)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.got.append(({"": lines[0], **headers}, body))
            status = self.answer
            if status == 0:
                await self.let_go.wait()
                return
            if status == 200:
                self.taken.append(msgspec.json.decode(body))
            writer.write(f"HTTP/1.1 {status} X\r\nLocation: {self.url}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.at_once -= 1
            writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().running() as made:
        yield made


@pytest.fixture
async def facility(tmp_path: Path) -> AsyncIterator[Facility]:
    house = Facility(tmp_path / "house")
    try:
        async with house.running():
            yield house
    finally:
        await house.close()


async def hook(facility: Facility, receiver: Receiver, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = await facility.do(AddWebhook(fields={"name": "central desk", "url": receiver.url, **fields}))
    await until(lambda: kept(facility, made["webhook"]["id"]), "the webhook to have its place")
    return made


def kept(facility: Facility, id: str) -> tuple[Any, ...] | None:
    """(seq, failing_since, tries, problem) of a webhook."""
    with contextlib.closing(sqlite3.connect(facility.folder / "state/journal.db")) as db:
        row: tuple[Any, ...] | None = db.execute(
            "SELECT seq, failing_since, tries, problem FROM webhook_cursor WHERE webhook = ?", (id,)
        ).fetchone()
    return row


@pytest.mark.feature("X-23")
async def test_what_is_granted_and_denied_is_told_signed_and_in_order(facility: Facility, receiver: Receiver) -> None:
    _, _, code = await facility.customer_with_card("Ada")
    assert await facility.scan(code) is Reason.GRANTED
    made = await hook(facility, receiver, events=["access.granted", "access.denied"])
    assert await facility.scan("NOBODYS-CODE-1") is Reason.UNKNOWN_CREDENTIAL
    assert await facility.scan(code, out=True) is Reason.GRANTED
    await until(lambda: len(receiver.taken) == 2, "both to be told of")
    denied, granted = receiver.taken
    assert (denied["event"], denied["reason"], denied["site"]) == ("access.denied", "unknown_credential", "Test")
    assert (granted["event"], granted["customer_name"], granted["access_point"]) == ("access.granted", "Ada", "North out")
    journal = {e.seq: e.at for e in await facility.events()}
    assert [journal[told["seq"]] for told in receiver.taken] == [told["at"] for told in receiver.taken]
    headers, body = receiver.got[0]
    assert headers[""] == "POST /hook?site=7 HTTP/1.1" and headers["x-gatelatch-event"] == "access.denied"
    stamp, secret = headers["x-gatelatch-timestamp"], bytes.fromhex(made["secret"])
    assert headers["x-gatelatch-signature"] == "sha256=" + hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert made["secret"] not in (facility.folder / "state/roster.db").read_bytes().hex()
    await facility.do(DeleteWebhook(id=made["webhook"]["id"]))
    assert await facility.scan("NOBODYS-CODE-2") is Reason.UNKNOWN_CREDENTIAL
    assert len(receiver.got) == 2


@pytest.mark.feature("X-23")
async def test_a_server_that_fails_or_redirects_is_told_again_with_the_original_time(
    facility: Facility, receiver: Receiver
) -> None:
    made = await hook(facility, receiver, events=["access.denied"])
    id = made["webhook"]["id"]
    receiver.answer = 500
    assert await facility.scan("NOBODYS-CODE-1") is Reason.UNKNOWN_CREDENTIAL
    assert await facility.scan("NOBODYS-CODE-2") is Reason.UNKNOWN_CREDENTIAL
    await until(lambda: "answers 500" in (kept(facility, id) or ("",) * 4)[3], "the first failure to be kept")
    receiver.answer = 302
    await until(lambda: "redirect" in (kept(facility, id) or ("",) * 4)[3], "the redirect to be refused")
    assert receiver.taken == []
    receiver.answer = 200
    await until(lambda: len(receiver.taken) == 2, "both to be told of")
    first, second = receiver.taken
    assert first["seq"] < second["seq"], "nothing overtakes what is tried again"
    tried = [msgspec.json.decode(body) for _, body in receiver.got]
    assert [t for t in tried if t["id"] == first["id"]] == [first] * (len(tried) - 1), "the same each time, its time too"
    assert receiver.most_at_once == 1
    await until(lambda: (kept(facility, id) or (0, 1))[1] is None, "the failure to be over")


@pytest.mark.feature("X-23")
async def test_a_server_that_hangs_does_not_hold_up_the_gate(facility: Facility, receiver: Receiver) -> None:
    _, _, code = await facility.customer_with_card("Ada")
    made = await hook(facility, receiver)
    receiver.answer = 0
    assert await facility.scan("NOBODYS-CODE-1") is Reason.UNKNOWN_CREDENTIAL
    await until(lambda: receiver.got, "the server to be asked")
    async with asyncio.timeout(5):  # half of what a delivery may take
        assert await facility.scan(code) is Reason.GRANTED
        assert await facility.scan(code, out=True) is Reason.GRANTED
    receiver.answer = 200
    receiver.let_go.set()
    await until(
        lambda: [t["event"] for t in receiver.taken] == ["access.denied", "access.granted", "access.granted"], "all to be told of"
    )
    await until(lambda: (kept(facility, made["webhook"]["id"]) or (0, 1))[1] is None, "the failure to be over")


@pytest.mark.slow
@pytest.mark.feature("X-23")
async def test_a_server_that_hangs_is_given_up_after_ten_seconds_and_a_stop_waits_for_none(
    tmp_path: Path, receiver: Receiver
) -> None:
    house = Facility(tmp_path / "house")
    loop = asyncio.get_running_loop()
    async with house.running():
        id = (await hook(house, receiver, events=["access.denied"]))["webhook"]["id"]
        receiver.answer = 0
        assert await house.scan("NOBODYS-CODE-1") is Reason.UNKNOWN_CREDENTIAL
        await until(lambda: "no answer within 10 s" in (kept(house, id) or ("",) * 4)[3], "the delivery to be given up", 20)
        await until(lambda: len(receiver.got) == 2, "the second try")
        began = loop.time()
    assert loop.time() - began < 5
    await house.close()


@pytest.mark.feature("X-23")
async def test_a_restart_loses_nothing_and_a_changed_address_is_tried_at_once(tmp_path: Path, receiver: Receiver) -> None:
    house = Facility(tmp_path / "house")
    async with house.running():
        made = await hook(house, receiver, url="http://127.0.0.1:9/nobody", events=["access.denied"])
        assert await house.scan("NOBODYS-CODE-1") is Reason.UNKNOWN_CREDENTIAL
        await until(lambda: "not reached" in (kept(house, made["webhook"]["id"]) or ("",) * 4)[3], "the failure to be kept")
    async with house.running():
        assert receiver.taken == []
        await house.do(EditWebhook(id=made["webhook"]["id"], changes={"url": receiver.url}), request="edit-of-the-webhook")
        await until(lambda: len(receiver.taken) == 1, "what was written before the restart")
    await house.close()


@pytest.mark.feature("X-23")
async def test_after_three_days_it_is_dropped_and_said_to_be(tmp_path: Path, receiver: Receiver) -> None:
    ahead = 0

    class Later(SystemClock):
        def now(self) -> Moment:
            found = super().now()
            return msgspec.structs.replace(found, wall=found.wall + ahead)

    house = Facility(tmp_path / "house")
    house.make_clock = Later
    async with house.running():
        made = await hook(house, receiver, events=["access.denied"])
        receiver.answer = 500
        assert await house.scan("NOBODYS-CODE-1") is Reason.UNKNOWN_CREDENTIAL
        await until(lambda: (kept(house, made["webhook"]["id"]) or (0, None))[1], "the failure to be kept")
        ahead = DROPPED_AFTER_MS + 60_000
        assert await house.scan("NOBODYS-CODE-2") is Reason.UNKNOWN_CREDENTIAL

        async def dropped() -> list[str]:
            return [e.note for e in await house.events("fault") if e.code == "webhook_dropped"]

        (note,) = await until(dropped, "the drop to be written down")
        assert "central desk: 1 events" in note and "answers 500" in note
        receiver.answer = 200
        await until(lambda: len(receiver.taken) == 1, "what is not so old")
        assert receiver.taken[0]["at"] > 0 and len(await house.events()) == 2
    await house.close()


@pytest.mark.feature("X-23")
async def test_a_door_that_goes_off_line_and_comes_back_is_told_of(facility: Facility, receiver: Receiver) -> None:
    await hook(facility, receiver, events=["device.offline", "device.online"])
    port = facility.board.port
    await facility.board.stop()
    await until(lambda: [t["event"] for t in receiver.taken] == ["device.offline"], "the loss to be told of")
    await facility.board.start(port)
    await until(lambda: [t["event"] for t in receiver.taken] == ["device.offline", "device.online"], "the return to be told of")
    assert {t["device"] for t in receiver.taken} == {"north"}


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook", "ftp://example.org", "https://", "https://name:word@example.org/", "https://example.org/a b",
        "http://8.8.8.8/", "http://169.254.169.254/latest", "http://0.0.0.0/", "https://example.org/#x", "https://example.org:99999/",
        "https://example.org/\r\nX: y",
    ],
)  # fmt: skip
async def test_an_address_that_nothing_may_be_sent_to_is_refused(facility: Facility, url: str) -> None:
    error = await refused(lambda: facility.do(AddWebhook(fields={"name": "n", "url": url})))
    assert isinstance(error, Invalid) and error.field == "url"


def test_the_wait_doubles_up_to_ten_minutes() -> None:
    assert [wait_s(n) for n in (1, 2, 3, 10, 11, 500)] == [1, 2, 4, 512, 600, 600]
