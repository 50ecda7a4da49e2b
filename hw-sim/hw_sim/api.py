"""The desk's REST API as a script would use it: sign in, ask, and follow the stream of events without losing or doubling one."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote, urlsplit


class ApiError(Exception):
    """The API said no, or nothing."""


class Api:
    """Calls to one desk. Each runs in a thread; a desk that is away is tried again for a while."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.token = ""

    async def sign_in(self, login: str, password: str) -> None:
        signed = await self.call("POST", "/sessions", {"login": login, "password": password})
        self.token = signed["token"]

    async def call(self, method: str, path: str, body: Any = None, *, patience_s: float = 15.0) -> Any:
        """The answer as JSON. Raises ApiError with the problem's own words."""
        return await asyncio.to_thread(self._call, method, path, body, patience_s)

    def _call(self, method: str, path: str, body: Any, patience_s: float) -> Any:
        end = time.monotonic() + patience_s
        while True:
            request = urllib.request.Request(  # noqa: S310 - the base is ours, on loopback
                f"{self.base}/api/v1{path}", method=method, data=None if body is None else json.dumps(body).encode(),
                headers={"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {}),
            )  # fmt: skip
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                    text = answer.read()
                    return json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                detail = error.read().decode("utf-8", "replace")[:500]
                if error.code != 503 or time.monotonic() > end:
                    raise ApiError(f"{method} {path}: {error.code} {detail}") from error
            except (urllib.error.URLError, ConnectionError, http.client.HTTPException, TimeoutError) as error:
                if time.monotonic() > end:
                    raise ApiError(f"{method} {path}: {error}") from error
            time.sleep(0.1)

    async def find(self, path: str, name: str) -> str | None:
        """The id of the record with this name, or None."""
        page = await self.call("GET", f"{path}?limit=200&q={quote(name)}")
        return next((r["id"] for r in page["items"] if r["name"] == name), None)


class EventStream:
    """Every event from a seq on, once and in order, over server-sent events; goes on behind the last one after every break."""

    def __init__(self, api: Api, after: int = 0) -> None:
        self._api = api
        self._last = after
        self._stop = False
        self.events: list[dict[str, Any]] = []
        self.doubled = 0
        self.breaks = 0
        self._grown = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="event stream", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop = True

    async def next(self, timeout_s: float) -> None:
        """Return when something has come, or the time is over."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._grown.wait()
        except TimeoutError:
            return
        self._grown.clear()

    def _run(self) -> None:
        url = urlsplit(self._api.base)
        while not self._stop:
            line = http.client.HTTPConnection(url.hostname or "", url.port, timeout=30)
            try:
                line.request(
                    "GET", f"/api/v1/events/stream?after={self._last}", headers={"Authorization": f"Bearer {self._api.token}"}
                )
                answer = line.getresponse()
                if answer.status == 200:
                    self._follow(answer)
            except (OSError, http.client.HTTPException):
                self.breaks += 1
            finally:
                line.close()
            time.sleep(0.2)

    def _follow(self, answer: http.client.HTTPResponse) -> None:
        for raw in answer:
            if self._stop:
                return
            if raw.startswith(b"data: "):
                event = json.loads(raw[6:])
                if event["seq"] <= self._last:
                    self.doubled += 1
                    continue
                self._last = event["seq"]
                self._loop.call_soon_threadsafe(self._take, event)

    def _take(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        self._grown.set()
