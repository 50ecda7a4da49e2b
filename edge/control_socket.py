"""The Unix socket of the edge: frames in, answers out, who is at the other end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Protocol

import msgspec

from edge import logs
from edge.commands.wire import IN_FLIGHT, Answer, Deframer, Problem, Request, frame, problem_of, read_request
from edge.core.errors import HouseError, Invalid

log = logs.get("control")

SOCKET_MODE = 0o660
FLUSH_S = 1.0
"""How long a stop waits for answers to be read."""


class Does(Protocol):
    """Who does what is asked (Control.do). local: asked by root or by this very user. Raises HouseError."""

    def __call__(self, request: Request, *, local: bool) -> Awaitable[Any]: ...


class ControlSocket:
    """Serves the socket: what comes is handed over, at most IN_FLIGHT at once from a connection, and what it came to is answered."""

    def __init__(self, path: Path, do: Does) -> None:
        self._path, self._do = path, do
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self._path)
        self._path.chmod(SOCKET_MODE)

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            for writer in self._open:
                writer.close()
            try:
                async with asyncio.timeout(FLUSH_S):
                    await self._server.wait_closed()
            except TimeoutError:
                for writer in self._open:  # its peer does not read: what is unsent is not worth staying for
                    writer.transport.abort()
                await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        local = _is_local(writer.get_extra_info("socket"))
        deframer, running = Deframer(), set[asyncio.Task[None]]()
        self._open.add(writer)
        try:
            while data := await reader.read(65536):
                for body in deframer.feed(data):
                    if len(running) >= IN_FLIGHT:
                        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    task = asyncio.create_task(self._answer(body, local, writer), name="command")
                    running.add(task)
                    task.add_done_callback(running.discard)
        except Invalid as error:
            log.warning("connection dropped", why=error.message)
            writer.write(frame(Answer(id="", problem=problem_of(error))))
        except ConnectionError:
            pass  # the desk went away: nothing to say to anybody
        finally:
            if running:
                await asyncio.wait(running)
            self._open.discard(writer)
            writer.close()

    async def _answer(self, body: bytes, local: bool, writer: asyncio.StreamWriter) -> None:
        id = ""
        try:
            request = read_request(body)
            id = request.id
            answer = Answer(id=id, result=await self._do(request, local=local))
        except HouseError as error:
            answer = Answer(id=id or _id_of(body), problem=problem_of(error))
        except OverflowError:  # SQLite keeps whole numbers of 64 bits, and dates end in the year 9999
            answer = Answer(id=id, problem=problem_of(Invalid("a number is larger than any that is kept here")))
        except Exception as error:
            log.exception("command failed", id=id)
            answer = Answer(
                id=id, problem=Problem(code="internal", message=f"a fault of the house: {type(error).__name__}; it is logged")
            )
        try:
            said = frame(answer)
        except Invalid as error:
            said = frame(
                Answer(id=answer.id, problem=Problem(code="too_large", message=f"the answer is too large: {error.message}"))
            )
        if not writer.is_closing():
            writer.write(said)
            with contextlib.suppress(ConnectionError):
                await writer.drain()  # who does not read is asked nothing more: at most IN_FLIGHT answers wait


def _id_of(body: bytes) -> str:
    """The id of a request that does not decode, so that its sender hears about it; empty when there is none."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return ""
    return str(found.get("id", ""))[:64] if isinstance(found, dict) else ""


def _is_local(channel: socket.socket) -> bool:
    """Is the peer root or this very user (SO_PEERCRED, socket(7))."""
    _, uid, _ = struct.unpack("3i", channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return uid in (0, os.geteuid())
