"""Which changes of the desk are under way, as a pure machine: one batch at a time, so that none overtakes another."""

from __future__ import annotations

from collections.abc import Iterable

SILENCE_S = 5.0
BATCH_CHANGES, BATCH_BYTES = 100, 32 * 1024


class Asked:
    """The batch that central has not decided yet. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._ids: frozenset[str] = frozenset()
        self._since = 0.0

    def sent(self, ids: Iterable[str], now: float) -> None:
        """These are under way, and nothing else is."""
        self._ids, self._since = frozenset(ids), now

    def decided(self, ids: Iterable[str]) -> None:
        """Central has said what becomes of these; what is not under way (said twice, or late) changes nothing."""
        self._ids -= frozenset(ids)

    def may_send(self, now: float) -> bool:
        """Nothing is under way, or it has been for too long: the same is sent again, and central answers it as it did."""
        return not self._ids or now - self._since >= SILENCE_S

    def wait(self, now: float) -> float | None:
        """Seconds until silence is to be acted on; None: nothing is under way."""
        return max(0.0, self._since + SILENCE_S - now) if self._ids else None
