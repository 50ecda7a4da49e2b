"""Building a desk: the application, its headers and errors, the server around it; opens in one order, stops in the mirror."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from admin_api import console, parts, rest, tls
from admin_api.auth import ANYBODY, Authentication, guard
from admin_api.console.language import speaking
from admin_api.headers import add_headers
from admin_api.pass_page import pass_page
from admin_api.respond import EXCEPTION_HANDLERS
from admin_api.rest.document import Document
from edge import __version__, logs
from edge.core.errors import Busy, SettingsError, Unavailable
from edge.settings import Settings, host_port

log = logs.get("desk")

LARGEST_BODY = 1_000_000
STOP_WITHIN_S = 2


def application(made: parts.Parts) -> Litestar:
    """The web application over these parts."""
    return Litestar(
        route_handlers=[rest.router(), console.router(), pass_page],
        middleware=[Authentication, speaking],
        guards=[guard],
        exception_handlers=EXCEPTION_HANDLERS,
        before_send=[add_headers],
        request_max_body_size=LARGEST_BODY,
        state=State({"parts": made}),
        openapi_config=OpenAPIConfig(
            title="Gatelatch",
            version=__version__,
            description="Customers, cards, vehicles, the site and its events. Errors are problem+json with a stable code.",
            use_handler_docstrings=True,
            components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
            security=[{"token": []}],
            render_plugins=[Document(path="/")],
            openapi_router=Router(path="/api/v1/openapi.json", route_handlers=[], opt=ANYBODY, include_in_schema=False),
        ),
        logging_config=None,
        pdb_on_exception=False,
    )


class _Server(uvicorn.Server):
    """uvicorn that leaves signals alone and ends the live streams before it waits for connections to close."""

    def __init__(self, config: uvicorn.Config, made: parts.Parts) -> None:
        super().__init__(config)
        self._made = made

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._made.hub.close()
        await super().shutdown(sockets)


class Desk:
    """A running desk: what the command line and tests hold on to."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.parts: parts.Parts
        self.app: Litestar
        self.url = ""
        self.authority: Path | None = None
        self.server: _Server

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Desk]:
        """Serving on entry, everything closed in the mirror on exit. Raises SettingsError when it cannot listen."""
        async with AsyncExitStack() as stack:
            host, port = host_port(self.settings.desk.listen)
            secure = not is_loopback(host)
            served = tls.certificates(self.settings) if secure else None
            self.authority = served.authority if served else None
            self.parts = parts.build(self.settings, secure=secure, authority=self.authority)
            stack.push_async_callback(self.parts.close)
            self.app = application(self.parts)
            channel = _listen(host, port)
            stack.callback(channel.close)
            config = uvicorn.Config(
                self.app, http="httptools", loop="none", lifespan="on", log_config=None, access_log=False, server_header=False,
                timeout_graceful_shutdown=STOP_WITHIN_S, timeout_keep_alive=20, limit_concurrency=500, h11_max_incomplete_event_size=16384,
            )  # fmt: skip
            config.load()
            if served:
                config.ssl = tls.context(served)
            self.server = _Server(config, self.parts)
            hub = asyncio.create_task(self.parts.hub.run(), name="live hub")
            stack.push_async_callback(_ended, hub)
            settings = asyncio.create_task(self.parts.current.run(), name="settings")
            stack.push_async_callback(_ended, settings)
            views = asyncio.create_task(self.parts.views.run(), name="views of personal data")
            stack.push_async_callback(_ended, views)
            serving = asyncio.create_task(self.server.serve([channel]), name="http server")
            stack.push_async_callback(self._stop, serving)
            await self._started(serving)
            shown = f"[{host}]" if ":" in host else host
            self.url = f"{'https' if secure else 'http'}://{shown}:{channel.getsockname()[1]}"
            for task in (
                asyncio.create_task(self.parts.exports.run(), name="exports"),
                asyncio.create_task(self.parts.calendar.run(), name="calendar"),
                asyncio.create_task(self.parts.imports.run(), name="imports"),
            ):
                stack.push_async_callback(_ended, task)
            life = asyncio.create_task(self._life(), name="signs of life")
            stack.push_async_callback(_ended, life)
            notify(f"READY=1\nSTATUS=console at {self.url}")
            log.info("ready", url=self.url, version=__version__)
            try:
                yield self
            finally:
                notify("STOPPING=1")

    async def _life(self) -> None:
        """WATCHDOG=1 while this loop turns and a read comes back in time. Files that are not there are an answer too."""
        every = watchdog_interval()
        if every is None:
            return
        while True:
            try:
                async with asyncio.timeout(every):
                    await self.parts.journal.head()
                notify("WATCHDOG=1")
            except Unavailable:
                notify("WATCHDOG=1")
            except (TimeoutError, Busy):
                log.warning("no read came back in time; no sign of life is given", within_s=every)
            await asyncio.sleep(every)

    async def _started(self, serving: asyncio.Task[None]) -> None:
        while not self.server.started:
            if serving.done():
                serving.result()
                raise SettingsError("the desk's web server ended as it started; its log says why")
            await asyncio.sleep(0.01)

    async def _stop(self, serving: asyncio.Task[None]) -> None:
        self.server.should_exit = True
        await serving


async def _ended(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def is_loopback(host: str) -> bool:
    """Is this address one that only this machine reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        channel = socket.create_server((host, port), family=family, backlog=256, reuse_port=False)
        # Connections inherit it; without it every answer in two writes waits 40 ms for the other side's delayed ACK.
        channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return channel
    except OSError as error:
        raise SettingsError(
            f"desk.listen: {host}:{port} cannot be used ({error.strerror}). Is another desk running?", field="desk.listen"
        ) from error


def watchdog_interval() -> float | None:
    """Seconds between two signs of life (a third of what systemd allows), or None when it asks this process for none."""
    micros, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not micros.isdecimal() or int(micros) == 0 or pid not in ("", str(os.getpid())):
        return None
    return int(micros) / 3e6


def notify(message: str) -> None:
    """Tell systemd (sd_notify(3)); nothing happens where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.sendall(message.encode())
