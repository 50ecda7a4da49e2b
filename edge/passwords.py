"""Passwords: argon2id in one worker thread, before any transaction; a short queue, then "busy"; lock-out after wrong ones."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2

from edge.core.errors import Busy, NotSignedIn
from edge.store.secrets import Secrets

T = TypeVar("T")

WAITING_LIMIT = 8
WRONG_LIMIT, LOCKED_S, REMEMBERED = 5, 60.0, 1024
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$5yHnGZ2bmQ2yoRk9VHCYXkHsO6FZ5cFLP4ItCI6mDSU"


class Passwords:
    """Hashes in secrets.db under password:USER. Parameters: OWASP's argon2id minimum for 2026 (19 MiB, t=2, p=1)."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
        self._thread = ThreadPoolExecutor(1, "passwords", initializer=_step_back)
        self._waiting = 0
        self._wrong: dict[str, tuple[int, float]] = {}

    async def keep(self, user: str, password: str) -> None:
        """Hash and store, durable on return. Raises Busy."""
        hashed = await self._work(lambda: self._hasher.hash(password))
        await asyncio.to_thread(self._secrets.put, f"password:{user}", hashed.encode())

    def missing(self, user: str) -> bool:
        """A user who has no password yet (the power went between the two commits)."""
        return self._secrets.get(f"password:{user}") is None

    async def check(self, login: str, user: str | None, password: str) -> None:
        """Raises NotSignedIn when it is not this user's password (or there is no such user: takes as long), Busy, or when locked out.

        Wrong ones are forgotten by `right`, once all that signing in asks for was right.
        """
        now = asyncio.get_running_loop().time()
        _, until = self._wrong.get(login, (0, 0.0))
        if until > now:
            raise NotSignedIn(f"too many wrong passwords or codes for this name; try again in {until - now:.0f} s")
        kept = self._secrets.get(f"password:{user}") if user else None
        if await self._work(lambda: self._verify(kept.decode() if kept else _NOBODY, password)) and kept:
            return
        self.wrong(login)
        raise NotSignedIn("name or password is wrong")

    def right(self, login: str) -> None:
        """Somebody has signed in with this name."""
        self._wrong.pop(login, None)

    def wrong(self, login: str) -> None:
        """A wrong password or code for this name: after WRONG_LIMIT in a row it is locked for LOCKED_S after each."""
        now = asyncio.get_running_loop().time()
        count = self._wrong.get(login, (0, 0.0))[0] + 1  # others may have been wrong while this one was looked at
        if len(self._wrong) >= REMEMBERED:
            self._wrong.pop(next(iter(self._wrong)))
        self._wrong[login] = (count, now + LOCKED_S if count >= WRONG_LIMIT else 0.0)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False

    async def _work(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_LIMIT:
            raise Busy("too many people are signing in at once; try again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1


def _step_back() -> None:
    """Hashing takes a whole core for 45 ms; this thread alone is nice to the decisions beside it (Linux: nice is per thread). Not more than
    this: at 19 a core that something else keeps busy gives it a sixtieth, and a sign-in took 2 s instead of 0.3."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
