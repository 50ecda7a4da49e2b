"""The house's clock: wall time that never runs backwards while it is not trusted, and how far it can be trusted."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from edge.core.model import BUILT_AT, ClockQuality, Moment

JUMP_MS = 2000
"""A change of wall against monotonic time beyond this is a jump and written down."""
_TIME_ERROR = 5


class Jump(msgspec.Struct, frozen=True):
    """The wall clock was moved: by so many ms, and is it trusted now."""

    by_ms: int
    trusted: bool


def kernel_says_synchronised() -> bool:
    """adjtimex(2): is the kernel's clock disciplined by NTP (or PTP, or GPS)."""
    buffer = ctypes.create_string_buffer(512)
    state: int = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    return 0 <= state != _TIME_ERROR


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def mono_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def boot_id() -> str:
    """Which boot this is: eight hex digits of the kernel's own id, enough to tell the boots of one machine apart."""
    return Path("/proc/sys/kernel/random/boot_id").read_text("ascii")[:8]


class SystemClock:
    """ports.Clock. While untrusted, a wall clock behind what was already written is not believed: time goes on from there."""

    def __init__(
        self,
        high_water: int,
        *,
        wall: Callable[[], int] = wall_ms,
        mono: Callable[[], int] = mono_ms,
        trusted: Callable[[], bool] = kernel_says_synchronised,
        boot: str | None = None,
    ) -> None:
        self._wall, self._mono, self._trusted = wall, mono, trusted
        self.boot = boot if boot is not None else boot_id()
        self._last = high_water
        self._last_mono = mono()
        self._offset = wall() - self._last_mono
        self._is_trusted = trusted()
        self._ahead = max(0, high_water - wall()) if self._is_trusted else 0

    def now(self) -> Moment:
        wall, mono = self._wall(), self._mono()
        if self._is_trusted:
            quality = ClockQuality.NTP
        elif wall < self._last - JUMP_MS:
            wall, quality = self._last + max(0, mono - self._last_mono), ClockQuality.RESTORED
        else:
            quality = ClockQuality.RTC if wall >= BUILT_AT else ClockQuality.UNKNOWN
        if not self._is_trusted:
            wall = max(wall, self._last)
        self._last, self._last_mono = wall, mono
        return Moment(wall=wall, mono=mono, boot=self.boot, quality=quality)

    def look(self) -> Jump | None:
        """Has the wall clock been moved, or its trust changed, since the last look. Call it every second."""
        offset = self._wall() - self._mono()
        by, self._offset = offset - self._offset, offset
        was, self._is_trusted = self._is_trusted, self._trusted()
        if self._ahead > JUMP_MS and self._is_trusted:  # what was written before this start was ahead of the truth
            by, self._ahead = by - self._ahead, 0
        return Jump(by, self._is_trusted) if abs(by) > JUMP_MS or was is not self._is_trusted else None

    def doubt(self) -> None:
        """What this boot wrote last was written by a clock that was not set: that it is now will be news at the next look."""
        self._is_trusted = False

    @property
    def trusted(self) -> bool:
        return self._is_trusted
