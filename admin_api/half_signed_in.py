"""Who has given name and password on the sign-in page and is asked for the code next.

The edge checks all three at once, so the desk keeps the first two meanwhile: in memory alone, for minutes, behind a random name.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

KEPT_S = 300.0
MOST = 200
"""Beyond it the oldest is forgotten, and has to sign in anew."""


class HalfSignedIn:
    """Name and password by the name of the step; each is taken once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[str, str, float]] = OrderedDict()

    def keep(self, login: str, password: str) -> str:
        """Returns the name of the step, for its form."""
        step = secrets.token_urlsafe(32)
        self._kept[step] = (login, password, self._clock() + KEPT_S)
        self._forget()
        return step

    def take(self, step: str) -> tuple[str, str] | None:
        """(login, password), or None when it is too late."""
        self._forget()
        found = self._kept.pop(step, None)
        return (found[0], found[1]) if found else None

    def _forget(self) -> None:
        now = self._clock()
        while self._kept and (len(self._kept) > MOST or next(iter(self._kept.values()))[2] <= now):
            self._kept.popitem(last=False)
