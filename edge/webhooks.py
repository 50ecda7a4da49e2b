"""Telling webhooks what happened: from the journal, in order, at least once, one connection at a time, beside the gate.

A task of its own with a cursor for each webhook in journal.db. It waits for nobody else and nobody waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

import msgspec

from edge import __version__, logs
from edge.core.errors import Busy, StoreError
from edge.core.event import Event, EventKind
from edge.core.webhook import Cursor, Webhook, WebhookEvent, body, down_after, signature, told_of, wait_s
from edge.ports import Clock
from edge.store.journal import JournalTransaction
from edge.store.writer import Writer

log = logs.get("webhooks")

WITHIN_S = 10.0
"""For one delivery, from looking up the name to the first line of the answer."""
A_TURN = 50
"""Events one webhook is told of before the next one's turn."""
A_TURN_BYTES = 256 * 1024
REST_S = 0.2
IDLE_S = 30.0
DROPPED_AFTER_MS = 3 * 86_400_000
KEPT_EVERY = 500
"""Events that are for nobody, after which the cursor is kept all the same."""

_event = msgspec.json.Decoder(Event)


class Webhooks:
    """Bounded: A_TURN events in memory, one connection. What waits is in the journal, so a restart loses nothing."""

    def __init__(
        self, journal: Writer[JournalTransaction], clock: Clock, secret: Callable[[str], bytes], site: Callable[[], str]
    ) -> None:
        self._journal, self._clock, self._secret, self._site = journal, clock, secret, site
        self._happened = asyncio.Event()
        self._at: dict[str, Cursor] = {}
        self._not_before: dict[tuple[str, int], float] = {}
        """By webhook and its version: one that was changed is tried again at once."""
        self._secrets: dict[str, bytes] = {}
        self._tls: ssl.SSLContext | None = None
        self.on_event: Callable[[], None] = lambda: None

    def nudge(self) -> None:
        """The journal has grown. On a site without webhooks nobody looks."""
        if self._at:
            self._happened.set()

    def changed(self) -> None:
        """The roster was changed, and maybe a webhook."""
        self._happened.set()

    async def run(self) -> None:
        """For ever. A journal that cannot be read or written is health's to say; it is looked at again."""
        while True:
            self._happened.clear()
            wait = IDLE_S
            try:
                wait = await self._round()
            except (StoreError, Busy) as error:
                log.warning("webhooks not looked after", error=error.message)
            await asyncio.sleep(REST_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._happened.wait()

    async def _round(self) -> float:
        """A turn for each webhook that may try again. Returns for how long there is nothing to do (seconds)."""
        loop, wait = asyncio.get_running_loop(), IDLE_S
        known = await self._journal.write(lambda tx: tx.webhooks())
        ids = {webhook.id for webhook, _ in known}
        self._at = {id: cursor for id, cursor in self._at.items() if id in ids}
        self._secrets = {id: secret for id, secret in self._secrets.items() if id in ids}
        held = {(webhook.id, webhook.ver) for webhook, _ in known}
        self._not_before = {key: until for key, until in self._not_before.items() if key in held}
        for webhook, kept in known:
            begin = self._at.get(webhook.id) or kept or await self._begin(webhook)
            self._at.setdefault(webhook.id, begin)
            key = (webhook.id, webhook.ver)
            if self._not_before.get(key, 0.0) <= loop.time() and await self._turn(webhook, begin, kept):
                wait = 0.0
            elif key in self._not_before:
                wait = min(wait, max(0.0, self._not_before[key] - loop.time()))
        return wait

    async def _begin(self, webhook: Webhook) -> Cursor:
        """A new one is told of what happened since it was made."""
        begin = Cursor(seq=await self._journal.write(lambda tx: tx.webhook_begins(webhook.created_at)))
        await self._keep(webhook, begin)
        return begin

    async def _turn(self, webhook: Webhook, begin: Cursor, kept: Cursor | None) -> bool:
        """Tell it of the next events. True when there may be more at once."""
        log_id, events = await self._journal.write(lambda tx: (tx.log_id, tx.events_after(begin.seq, A_TURN, A_TURN_BYTES)[1]))
        at, told = begin, False
        for seq, text in events:
            event = _event.decode(text)
            for what in told_of(event, at.down):
                if what not in webhook.events:
                    continue
                told = True
                problem = await self._deliver(webhook, event, what, log_id)
                if problem:
                    return await self._failed(webhook, at, problem, events)
                self._not_before.pop((webhook.id, webhook.ver), None)
                at = Cursor(seq=at.seq, down=at.down)
            at = msgspec.structs.replace(at, seq=seq, down=down_after(event, at.down))
        self._at[webhook.id] = at
        if told or at.seq - (kept.seq if kept else 0) >= KEPT_EVERY or at.down != begin.down:
            await self._keep(webhook, at)
        return bool(events)

    async def _failed(self, webhook: Webhook, at: Cursor, problem: str, events: list[tuple[int, bytes]]) -> bool:
        """Later again; after three days without a success, what is older than that is dropped and said to be."""
        now, tries = self._clock.now(), at.tries + 1
        since = at.failing_since if at.failing_since is not None else now.wall
        at = msgspec.structs.replace(at, failing_since=since, tries=tries, problem=problem[:200])
        log.info("webhook not told", webhook=webhook.name, problem=problem, tries=tries)
        old = [e for e in (_event.decode(text) for _, text in events) if e.seq > at.seq and e.at <= now.wall - DROPPED_AFTER_MS]
        dropped = [e for e in old if any(what in webhook.events for what in told_of(e, at.down))]
        if not dropped or now.wall - since < DROPPED_AFTER_MS:
            self._not_before[webhook.id, webhook.ver] = asyncio.get_running_loop().time() + wait_s(tries)
            await self._keep(webhook, at)
            return False
        note = f"{webhook.name}: {len(dropped)} events from {dropped[0].seq} on were not taken for three days: {problem}"
        line = Event(at=now.wall, boot=now.boot, mono=now.mono, quality=now.quality, kind=EventKind.FAULT, code="webhook_dropped", note=note[:300])  # fmt: skip
        at = msgspec.structs.replace(at, seq=old[-1].seq)

        def drop(tx: JournalTransaction) -> None:
            tx.record(line)
            tx.keep_webhook(webhook.id, at)

        await self._journal.write(drop)
        self._at[webhook.id] = at
        self.on_event()
        return True

    async def _keep(self, webhook: Webhook, cursor: Cursor) -> None:
        self._at[webhook.id] = cursor
        await self._journal.write(lambda tx: tx.keep_webhook(webhook.id, cursor))

    # ------------------------------------------------------------------------------------------------ one delivery

    async def _deliver(self, webhook: Webhook, event: Event, what: WebhookEvent, log_id: str) -> str:
        """Why it was not taken, or nothing. Any answer but 2xx is a no; a redirect is not followed."""
        sent, stamp = body(event, what, log_id, self._site()), str(self._clock.now().wall // 1000)
        if webhook.id not in self._secrets:
            self._secrets[webhook.id] = await asyncio.to_thread(self._secret, webhook.id)
        to = urlsplit(webhook.url)
        head = (
            f"POST {to.path or '/'}{'?' + to.query if to.query else ''} HTTP/1.1\r\nHost: {to.netloc}\r\nConnection: close\r\n"
            f"User-Agent: Gatelatch/{__version__}\r\nContent-Type: application/json\r\nContent-Length: {len(sent)}\r\n"
            f"X-Gatelatch-Event: {what.value}\r\nX-Gatelatch-Timestamp: {stamp}\r\n"
            f"X-Gatelatch-Signature: {signature(self._secrets[webhook.id], stamp, sent)}\r\n\r\n"
        )
        try:
            async with asyncio.timeout(WITHIN_S):
                line = await self._exchange(to, head.encode() + sent)
        except TimeoutError:
            return f"no answer within {WITHIN_S:.0f} s"
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            return f"not reached: {error}"
        words = line.split(b" ")
        status = words[1].decode("ascii", "replace") if len(words) > 1 and words[0].startswith(b"HTTP/1.") else ""
        if status[:1] == "2" and len(status) == 3:
            return ""
        return "it answers with a redirect, which is not followed" if status[:1] == "3" else f"it answers {status or 'no HTTP'}"

    async def _exchange(self, to: SplitResult, request: bytes) -> bytes:
        """The first line of the answer; the rest of it is not read."""
        tls = None
        if to.scheme == "https":
            self._tls = tls = self._tls or await asyncio.to_thread(ssl.create_default_context)
        port = to.port or (443 if tls else 80)
        reader, writer = await asyncio.open_connection(to.hostname, port, ssl=tls, limit=8192)
        try:
            writer.write(request)
            await writer.drain()
            return await reader.readuntil(b"\r\n")
        finally:
            writer.transport.abort()
