"""A small web page on the loopback: one GET, one POST, for whoever sits at this machine. What a button does comes from its page."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

_LIMIT = 16 * 1024
_TEXT, _JPEG = "text/plain; charset=utf-8", "image/jpeg"


class LittlePage:
    """page: the HTML at any time; do: does what a button asks for and says what became of it (KeyError and OSError are told);
    picture: a JPEG that the page shows, by what stands behind /picture? (None, KeyError, ValueError: there is none)."""

    def __init__(
        self,
        page: Callable[[], str],
        do: Callable[[dict[str, str]], Awaitable[str]],
        picture: Callable[[dict[str, str]], bytes | None] = lambda _: None,
    ) -> None:
        self._page, self._do, self._picture = page, do, picture
        self._server: asyncio.Server | None = None
        self.url = ""

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=_LIMIT)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"

    async def stop(self) -> None:
        if self._server:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, target, _ = head.split("\r\n", 1)[0].split(" ", 2)
            host = next((line[6:] for line in head.split("\r\n") if line.lower().startswith("host: ")), "")
            status, kind, body = await self._answer(method, target, host)
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
                f"Cache-Control: {'max-age=3600' if kind == _JPEG else 'no-store'}\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        except (ValueError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a browser that went away or said something that is no request
        finally:
            writer.close()

    async def _answer(self, method: str, target: str, host: str) -> tuple[str, str, bytes]:
        url = urlsplit(target)
        asked = {key: values[0] for key, values in parse_qs(url.query).items()}
        if host != urlsplit(self.url).netloc:  # another site's page must not press our buttons
            return "403 Forbidden", _TEXT, b"this page is for this machine"
        if method == "GET" and url.path == "/":
            return "200 OK", "text/html; charset=utf-8", self._page().encode()
        if method == "GET" and url.path == "/picture":
            with contextlib.suppress(KeyError, ValueError):
                if jpeg := self._picture(asked):
                    return "200 OK", _JPEG, jpeg
        if method == "POST" and url.path == "/do":
            try:
                said = await self._do(asked)
            except (KeyError, OSError) as error:
                return "400 Bad Request", _TEXT, str(error).encode()
            return "200 OK", _TEXT, said.encode()
        return "404 Not Found", _TEXT, b"not here"
