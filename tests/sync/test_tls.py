"""The broker's example configuration, run: TLS 1.3 with a certificate each, and nobody reads or writes what is not theirs."""

from __future__ import annotations

import asyncio
import datetime as dt
import getpass
import re
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest
from hw_sim.broker import Broker

from edge.clock import SystemClock
from edge.core.judgement import Reason
from edge.core.model import BUILT_AT
from edge.sync import wire
from tests.support.authority import FIRST, Authority
from tests.support.central import Site
from tests.support.facility import until

EXAMPLES = Path(__file__).parents[2] / "docs" / "broker"
MAY_NOT = 0x87
"""MQTT 5's reason code "not authorized"."""


def example(certificates: Path) -> str:
    """docs/broker/mosquitto.conf, with the paths and the port of this place."""
    text = (EXAMPLES / "mosquitto.conf").read_text().replace("{", "{{").replace("}", "}}")
    for there, here in (
        ("listener 8883", "listener {port} 127.0.0.1"),
        ("/etc/mosquitto/gatelatch/acl", str(EXAMPLES / "mosquitto.acl")),
        ("/etc/mosquitto/gatelatch", str(certificates)),
        ("/var/lib/mosquitto/", "{folder}/"),
    ):
        assert there in text
        text = text.replace(there, here)
    return text + f"log_dest file {{folder}}/mosquitto.log\nuser {getpass.getuser()}\n"


class Secured(Site):
    """A site whose broker is run by the example."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.authority = Authority(folder / "certificates")
        self.authority.issue("server")
        self.broker = Broker(folder / "broker", config=example(folder / "certificates"))
        self.tls_of_central = self.context("central")

    def context(self, user: str = "", authority: Authority | None = None) -> ssl.SSLContext:
        made = ssl.create_default_context(cafile=str(self.authority.file))
        if user:
            made.load_cert_chain(*(authority or self.authority).issue(user))
        return made

    def as_edge(self, name: str = "north") -> str:
        certificate, key = self.authority.issue(name)
        return f'ca_file = "{self.authority.file}"\ncertificate_file = "{certificate}"\nkey_file = "{key}"'

    def client(self, context: ssl.SSLContext) -> aiomqtt.Client:
        return aiomqtt.Client(
            "127.0.0.1",
            self.broker.port,
            protocol=aiomqtt.ProtocolVersion.V5,
            tls_context=context,
            timeout=5,
            identifier="somebody",
        )


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[Secured]:
    house = Secured(tmp_path)
    await house.broker.start()
    await house.open_central()
    yield house
    await house.central.stop()
    house.broker.stop()
    await house.close()


async def test_edge_and_central_speak_over_the_brokers_example(secured: Secured) -> None:
    secured.wire_up("mqtts", secured.as_edge())
    async with secured.running():
        _, _, code = await secured.customer_with_card("Ada")
        assert await secured.scan(code) is Reason.GRANTED
        await secured.in_step()
        await secured.central.edit([("put", "customer", "c-1", {"name": "Grace"})])
        await secured.rosters_alike()


async def test_an_edge_reads_and_writes_what_is_its_own_and_nothing_else(secured: Secured) -> None:
    north, south = wire.Topics("main", "north"), wire.Topics("main", "south")
    async with secured.client(secured.context("south")) as client:
        for topic in (
            north.up("events"),
            north.down("command"),
            south.down("command"),
            "gatelatch/1/main/north/up/state",
            "elsewhere",
        ):
            assert await puback(client, topic) == MAY_NOT, topic
        assert await puback(client, south.up("events")) < 0x80
        heard: list[str] = []

        async def listen() -> None:
            async for message in client.messages:
                heard.append(str(message.topic))

        for topic in ("#", "gatelatch/1/#", north.down("#"), south.down("#")):
            await client.subscribe(topic, qos=1)
        listening = asyncio.create_task(listen())
        for topics in (north, south):
            await secured.central.send_raw(topics.down("events-ack"), b"{}")
        await until(lambda: heard, "what is its own to be heard")
        assert set(heard) == {south.down("events-ack")}
        listening.cancel()


async def puback(client: aiomqtt.Client, topic: str) -> int:
    """The broker's answer to a message on this topic."""
    answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    usual = client._client.on_publish

    def on_publish(*told: object) -> None:
        usual(*told)  # type: ignore[misc]
        if not answered.done():
            answered.set_result(told[3].value)  # type: ignore[attr-defined]

    client._client.on_publish = on_publish
    await client.publish(topic, b"{}", 1)
    client._client.on_publish = usual
    return await answered


@pytest.mark.parametrize("who", ["nobody", "a stranger", "one with TLS 1.2"])
async def test_without_a_certificate_of_the_sites_own_and_tls_1_3_nobody_is_let_in(secured: Secured, who: str) -> None:
    context = {
        "nobody": lambda: secured.context(),
        "a stranger": lambda: secured.context("north", Authority(secured.folder / "strangers", "other")),
        "one with TLS 1.2": lambda: secured.context("north"),
    }[who]()
    if who == "one with TLS 1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(aiomqtt.MqttError):
        async with secured.client(context):
            pass


# ---------------------------------------------------------------------------------------------------- dates


async def test_with_the_clock_at_1970_the_broker_is_reached_all_the_same(secured: Secured) -> None:
    secured.make_clock = lambda high: SystemClock(high, wall=lambda: 1000, trusted=lambda: False)
    secured.wire_up("mqtts", secured.as_edge())
    async with secured.running():
        await until(lambda: "central has everything" in secured.detail("sync", "central"), "central to have answered", 20)


@pytest.mark.parametrize("wall", [1000, BUILT_AT + 1000])
async def test_a_certificate_that_ran_out_before_this_version_was_made_is_refused_whatever_the_clock_says(
    tmp_path: Path, wall: int
) -> None:
    await _refused(tmp_path, (FIRST, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)), wall)


async def test_a_certificate_that_is_not_valid_yet_is_refused(tmp_path: Path) -> None:
    await _refused(tmp_path, (dt.datetime(2098, 1, 1, tzinfo=dt.UTC), dt.datetime(2099, 1, 1, tzinfo=dt.UTC)), BUILT_AT + 1000)


async def _refused(folder: Path, dates: tuple[dt.datetime, dt.datetime], wall: int) -> None:
    house = Secured(folder)
    house.authority.issue("server", *dates)
    await house.broker.start()
    await house.open_central()
    house.wire_up("mqtts", house.as_edge())
    house.make_clock = lambda high: SystemClock(high, wall=lambda: wall, trusted=lambda: False)
    async with house.running():
        said = await until(lambda: house.part("sync", "central") == "down" and house.detail("sync", "central"), "the refusal")
        assert "which is not now" in said
    await house.central.stop()
    house.broker.stop()
    await house.close()


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (lambda house: house.authority.file.unlink(), "sync.ca_file: .* cannot be read"),
        (lambda house: house.authority.file.write_text("no certificate"), "sync.ca_file: .* holds no certificate"),
        (
            lambda house: (house.folder / "certificates" / "north.key").write_text("no key"),
            "sync.certificate_file and sync.key_file",
        ),
    ],
)
async def test_a_file_that_cannot_be_used_is_named_and_the_gate_goes_on(secured: Secured, broken, says: str) -> None:  # type: ignore[no-untyped-def]
    secured.wire_up("mqtts", secured.as_edge())
    broken(secured)
    async with secured.running():
        said = await until(lambda: secured.part("sync", "central") == "down" and secured.detail("sync", "central"), "the fault")
        assert re.search(says, said), said
        _, _, code = await secured.customer_with_card("Ada")
        assert await secured.scan(code) is Reason.GRANTED
