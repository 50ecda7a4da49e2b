"""How often somebody may ask: token buckets in bounded memory."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from admin_api.errors import TooMany


class Buckets:
    """One bucket a key: `burst` at once, refilled at `per_minute`. At most `most` keys; the one unused longest is forgotten first."""

    def __init__(self, per_minute: float, burst: int, *, most: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._most, self._clock = per_minute / 60, burst, most, clock
        self._kept: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, what: str) -> None:
        """Take one. Raises TooMany naming what there was too much of, and how long to wait."""
        now = self._clock()
        left, since = self._kept.pop(key, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._rate)
        allowed = left >= 1
        self._kept[key] = (left - 1 if allowed else left, now)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        if not allowed:
            wait = math.ceil((1 - left) / self._rate)
            raise TooMany(f"too many {what}; try again in {wait} s", wait_s=wait)


class Limits:
    """The desk's limits: sign-ins by address and by name, requests by session, requests of nobody by address."""

    def __init__(self) -> None:
        self.sign_in_address = Buckets(10, 10)
        self.sign_in_login = Buckets(10, 10)
        self.session = Buckets(1800, 300)
        self.address = Buckets(1800, 300)
