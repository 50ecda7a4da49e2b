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

    def take(self, key: str, what: str, *, per_minute: int = 0) -> None:
        """Take one. Raises TooMany naming what there was too much of, and how long to wait.

        per_minute: this key's own limit, as many at once too (0: that of all).
        """
        rate, burst = (per_minute / 60, per_minute) if per_minute else (self._rate, self._burst)
        now = self._clock()
        left, since = self._kept.pop(key, (float(burst), now))
        left = min(burst, left + (now - since) * rate)
        allowed = left >= 1
        self._kept[key] = (left - 1 if allowed else left, now)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        if not allowed:
            wait = math.ceil((1 - left) / rate)
            raise TooMany(f"too many {what}; try again in {wait} s", wait_s=wait)


class SignIns:
    """How often a password may be tried. Who knows only a name cannot keep its owner out by trying it.

    Each pair of address and name has its own bucket, and each address one over all names. A pair that has signed in before
    is bound by those alone; all others also share a bucket for the name (guessing from many addresses) and one in all.
    """

    def __init__(self, *, most: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._address = Buckets(30, 30, most=most, clock=clock)
        self._pair = Buckets(10, 10, most=most, clock=clock)
        self._name = Buckets(20, 20, most=most, clock=clock)
        self._all = Buckets(120, 120, most=1, clock=clock)
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._most = most

    def take(self, address: str, name: str) -> None:
        """Before a password is looked at. Raises TooMany."""
        self._address.take(address, "sign-ins from this address")
        self._pair.take(f"{address} {name}", "sign-ins with this name")
        if (address, name) not in self._known:
            self._name.take(name, "sign-ins with this name from addresses that are new to it")
            self._all.take("", "sign-ins from new addresses")

    def succeeded(self, address: str, name: str) -> None:
        """This name has signed in from this address; remembered until the desk stops."""
        self._known[address, name] = None
        self._known.move_to_end((address, name))
        if len(self._known) > self._most:
            self._known.popitem(last=False)


class Limits:
    """The desk's limits: sign-ins, requests by session, by API key (each has its own), and of nobody by address."""

    def __init__(self) -> None:
        self.sign_in = SignIns()
        self.session = Buckets(1800, 300)
        self.key = Buckets(600, 600)
        self.address = Buckets(1800, 300)
