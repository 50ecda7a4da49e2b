"""One connection to the broker over aiomqtt, with all of its traps inside (house.md 6.5, measured.md).

A new client object for every connection (an old one would send again what failed before); refused PUBACKs are seen; a
publish never outlives its connection; a lost connection is LinkLost, everything else of the library's stays in here.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

import aiomqtt
from paho.mqtt.client import MQTT_ERR_SUCCESS
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.core.errors import HouseError
from edge.sync.wire import LARGEST

T = TypeVar("T")

KEEPALIVE_S = 20
PUBLISH_S = 10.0
LOOK_S = 0.5
"""How often a socket is looked at that says nothing."""
INCOMING_LIMIT = 1000
SESSION_S = 3600
AT_ONCE = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""Without it a small packet waits for the one before to be acknowledged, which the other end delays by 40 ms."""


class LinkLost(HouseError):
    """The broker is not there, refused us, or went away. Trying again helps."""

    code = "link_lost"
    retry = True


def _words(error: Exception) -> str:
    """What a library says of a fault, without the numbers of the system's errors."""
    text = re.sub(r"\[Errno -?\d+\] ?", "", str(error)).strip()
    return text[:1].lower() + text[1:] if text else "no reason given"


class _Client(aiomqtt.Client):
    """aiomqtt's client, telling two things apart: refused PUBACKs (0x80 and above), which it treats as success, and a connection that is
    lost before the broker has answered, for which it would wait until its time-out. It leaves its Will to the broker when it goes."""

    refused = 0
    lost = False
    """The connection that came about is gone again. The library forgets that when it happens before its own `__aenter__` is done."""

    def __init__(self, *where: Any, **how: Any) -> None:
        super().__init__(*where, **how)
        with_will = ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message")
        self._client.disconnect = functools.partial(self._client.disconnect, with_will)  # type: ignore[method-assign]

    def _on_publish(self, client: Any, userdata: Any, mid: int, reason_code: ReasonCode, properties: Properties) -> None:
        if reason_code.is_failure:
            self.refused += 1
        super()._on_publish(client, userdata, mid, reason_code, properties)

    def _on_disconnect(
        self, client: Any, userdata: Any, flags: Any, reason_code: ReasonCode, properties: Properties | None = None
    ) -> None:
        self._gone()
        super()._on_disconnect(client, userdata, flags, reason_code, properties)

    def _gone(self) -> None:
        self.lost = True
        if not self._connected.done():
            self._connected.set_exception(aiomqtt.MqttError("it was lost before the broker answered"))

    # Two traps of sockets that are reset. The library hands a socket's number to the loop for later, when it may be closed and the number
    # another's. And uvloop runs what reads once more and then stops watching, without a word: was there still something to read, the
    # reset is never seen.

    def _on_socket_open(self, client: Any, userdata: Any, sock: Any) -> None:
        self._loop.call_soon_threadsafe(self._listen, sock)

    def _on_socket_register_write(self, client: Any, userdata: Any, sock: Any) -> None:
        self._loop.call_soon_threadsafe(self._await_room, sock)

    def _listen(self, sock: Any) -> None:
        if sock.fileno() > -1:
            self._loop.add_reader(sock.fileno(), self._carry, self._read)
            self._misc_task = self._loop.create_task(self._misc_loop())

    def _await_room(self, sock: Any) -> None:
        if sock.fileno() > -1:
            try:
                self._loop.add_writer(sock.fileno(), self._carry, self._client.loop_write)
            except RuntimeError:  # it is watched no more: what is wrong with it is seen by reading
                self._carry(self._read)

    async def _misc_loop(self) -> None:
        while self._client.loop_misc() == MQTT_ERR_SUCCESS:
            await asyncio.sleep(LOOK_S)
            self._carry(self._read)

    def _read(self) -> None:
        self._client.loop_read()
        while (sock := self._client.socket()) is not None and isinstance(sock, ssl.SSLSocket) and sock.pending():
            self._client.loop_read()

    def _carry(self, bytes_: Callable[[], Any]) -> None:
        try:
            bytes_()
        except Exception as error:  # what a broken line or malformed bytes make of it: the connection is of no more use
            self._gone()
            if not self._disconnected.done():
                self._disconnected.set_exception(error)

    def give_up(self) -> None:
        """Close what a connection that did not come about leaves open: its socket, and the task that would keep it alive."""
        self._client.disconnect()


class Link:
    """An open connection: publish, and iterate over what comes down."""

    def __init__(self, client: _Client) -> None:
        self._client = client

    @property
    def refused(self) -> int:
        """How many of our messages the broker took note of and refused."""
        return self._client.refused

    async def publish(self, topic: str, payload: bytes, content_type: str, *, retain: bool = False) -> None:
        """Hand a message to the broker (QoS 1). Its PUBACK is no delivery: the caller waits for central's own word."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ContentType = content_type
        try:
            await before_disconnect(self._client, self._client.publish(topic, payload, 1, retain, properties, timeout=PUBLISH_S))
        except aiomqtt.MqttError as error:
            raise LinkLost(f"the broker did not take a message: {_words(error)}") from error

    async def messages(self) -> AsyncIterator[tuple[str, bytes, str]]:
        """(topic, payload, content type) as they come. Raises LinkLost at the end of the connection."""
        try:
            async for message in self._client.messages:
                payload = message.payload if isinstance(message.payload, bytes) else b""
                yield str(message.topic), payload, str(getattr(message.properties, "ContentType", "") or "")
        except aiomqtt.MqttError as error:
            raise LinkLost(f"the connection to the broker was lost: {_words(error)}") from error


async def apart(work: Coroutine[Any, Any, T]) -> T:
    """Await work in a task of its own: asyncio.wait_for, which the library uses, can swallow a cancellation, and then nobody would ever stop."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task})
        return task.result()
    finally:
        task.cancel()


async def before_disconnect(client: aiomqtt.Client, work: Coroutine[Any, Any, T]) -> T:
    """Await work, but no longer than the connection lives (a pending publish would wait for its own time-out), nor than
    we do (as `apart`). Raises LinkLost."""
    task = asyncio.ensure_future(work)
    either: set[asyncio.Future[Any]] = {task, client._disconnected}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise LinkLost("the connection to the broker was lost") from client._disconnected.exception()
        return task.result()
    finally:
        task.cancel()


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Run what serves one connection until the first of it ends, with what that raises; the rest is stopped."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def connect(
    host: str,
    port: int,
    *,
    identifier: str,
    subscribe: str,
    will: tuple[str, bytes],
    user: str = "",
    password: str = "",
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Link]:
    """A connection, subscribed. clean_start off: what comes down while we are away for a moment is kept by the broker."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_S
    properties.MaximumPacketSize = LARGEST
    client = _Client(
        host, port, username=user or None, password=password or None, identifier=identifier, protocol=aiomqtt.ProtocolVersion.V5,
        will=aiomqtt.Will(will[0], will[1], 1, True), timeout=PUBLISH_S, keepalive=KEEPALIVE_S, clean_start=False, properties=properties,
        max_queued_incoming_messages=INCOMING_LIMIT, max_inflight_messages=20, tls_context=tls, socket_options=AT_ONCE,
    )  # fmt: skip
    where = f"broker {host}:{port}"
    try:
        await apart(client.__aenter__())
    except asyncio.CancelledError:
        client.give_up()
        raise
    except aiomqtt.MqttError as error:
        client.give_up()
        raise LinkLost(f"{where}: no connection ({_words(error)}). The gate goes on; events wait in the journal.") from error
    if client.lost:
        client.give_up()
        raise LinkLost(f"{where}: the connection was lost as soon as it stood")
    try:
        try:
            codes = await before_disconnect(client, client.subscribe(subscribe, qos=1))
        except aiomqtt.MqttError as error:
            raise LinkLost(f"{where}: the subscription was not answered ({_words(error)})") from error
        if any(isinstance(c, ReasonCode) and c.is_failure for c in codes):
            raise LinkLost(f"{where}: we may not subscribe to {subscribe}. Check the broker's access list for {identifier}.")
        yield Link(client)
    finally:
        with contextlib.suppress(aiomqtt.MqttError):
            await apart(client.__aexit__(None, None, None))
        if client._disconnected.done() and not client._disconnected.cancelled():
            client._disconnected.exception()  # looked at: who used the link was told, asyncio need not warn of it
