"""The desk's one line to the edge: commands over the Unix socket, answers matched by id, down said in clear words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import msgspec

from admin_api.errors import error_of
from edge import logs
from edge.commands.base import Command
from edge.commands.catalog import WIRED
from edge.commands.wire import IN_FLIGHT, Answer, Deframer, Request, frame, read_answer
from edge.core.errors import Busy, HouseError, Unavailable

log = logs.get("edge_client")

ANSWER_WITHIN_S = 5.0
DOWN = (
    "the edge is not running, so nothing can be changed just now; what is shown is still right. Gates decide as soon as it is back"
)

T = TypeVar("T")


async def _nothing() -> None:
    """Nobody goes by settings."""


class EdgeClient:
    """Sends commands to edge. Connects when first needed and again after a loss; at most IN_FLIGHT commands at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._pending: dict[str, asyncio.Future[Answer]] = {}
        self._connecting = asyncio.Lock()
        self._closed = False
        self.on_wired: Callable[[], Awaitable[None]] = _nothing
        """Told when the edge has been wired or called otherwise, before anybody hears of it."""

    async def close(self) -> None:
        self._closed = True
        self._drop("the desk is stopping")
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def reachable(self) -> bool:
        """Is there an edge at the other end."""
        try:
            await self._connect()
        except Unavailable:
            return False
        return True

    async def ask(self, command: Command, result: type[T], *, token: str = "", request: str = "") -> T:
        """Send a command; its result as this type. A retry with the same request id gets the first result.

        Raises HouseError: the edge's own answer, or Unavailable when it is down or silent for five seconds.
        """
        answer = await self.send(command, token=token, request=request)
        return msgspec.convert(answer, result)

    async def send(self, command: Command, *, token: str = "", request: str = "") -> Any:
        """Like ask, with the result as plain values."""
        message = Request(id=request or uuid4().hex, token=token, command=command)
        try:
            answer = await self._exchange(message)
        except ConnectionError:
            # The line was stale (edge restarted). The same id goes again: edge does a command once, whatever was heard of it.
            try:
                answer = await self._exchange(message)
            except ConnectionError as error:
                raise Unavailable(DOWN) from error
        if answer.problem is not None:
            raise error_of(answer.problem.code, answer.problem.message, answer.problem.field)
        if isinstance(command, WIRED):
            await self.on_wired()
        return answer.result

    async def _exchange(self, message: Request) -> Answer:
        writer = await self._connect()
        if len(self._pending) >= IN_FLIGHT:
            raise Busy("too many changes at once; try again in a moment")
        if message.id in self._pending:
            raise Busy("this very request is still being done")
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._pending[message.id] = future
        try:
            writer.write(frame(message))
            await writer.drain()
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await future
        except TimeoutError as error:
            raise Unavailable(
                "the edge did not answer within five seconds; it may still do this: look before you try again"
            ) from error
        finally:
            self._pending.pop(message.id, None)

    async def _connect(self) -> asyncio.StreamWriter:
        async with self._connecting:
            if self._closed:
                raise Unavailable("the desk is stopping")
            if self._writer is not None:
                return self._writer
            try:
                reader, writer = await asyncio.open_unix_connection(self._path)
            except OSError as error:
                raise Unavailable(DOWN) from error
            self._writer = writer
            self._reading = asyncio.create_task(self._read(reader), name="edge answers")
            return writer

    async def _read(self, reader: asyncio.StreamReader) -> None:
        deframer = Deframer()
        try:
            while data := await reader.read(65536):
                for body in deframer.feed(data):
                    self._deliver(read_answer(body))
        except (OSError, HouseError, msgspec.MsgspecError) as error:
            log.warning("line to the edge lost", error=str(error))
        self._drop("the edge closed the line")

    def _deliver(self, answer: Answer) -> None:
        future = self._pending.get(answer.id)
        if future is not None and not future.done():
            future.set_result(answer)

    def _drop(self, why: str) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for future in self._pending.values():
            if not future.done():
                future.set_exception(ConnectionResetError(why))
