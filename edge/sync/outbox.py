"""What to send next, as a pure machine: the journal with a cursor is the outbox; only central's own ack moves the cursor.

The machine knows numbers and times, no network and no database. At most WINDOW batches are under way; what is not acked
within SILENCE_S is sent again from the cursor, and so is everything after a reconnect.
"""

from __future__ import annotations

WINDOW = 4
SILENCE_S = 2.0


class Outbox:
    """The cursor and what is under way behind it. Times are monotonic seconds."""

    def __init__(self, acked: int) -> None:
        self.acked = acked
        self._sent = acked
        self._under_way: list[int] = []
        self._quiet_since = 0.0
        self.resends = 0

    def connected(self, now: float) -> None:
        """A new connection: nothing is under way on it."""
        self._rewind()
        self._quiet_since = now

    def next_from(self, last_seq: int, now: float) -> int | None:
        """The seq after which to send the next batch, or None: nothing to send, or the window is full."""
        if self._under_way and now - self._quiet_since >= SILENCE_S:
            self.resends += 1
            self._rewind()
            self._quiet_since = now
        if self._sent >= last_seq or len(self._under_way) >= WINDOW:
            return None
        return self._sent

    def all_sent(self, last_seq: int) -> bool:
        """Nothing up to there waits to be sent for the first time."""
        return self._sent >= last_seq

    def all_acked(self, last_seq: int) -> bool:
        """Central has everything up to there."""
        return self.acked >= last_seq

    def sent(self, upto: int, now: float) -> None:
        """A batch that ends with this seq is under way."""
        if not self._under_way:
            self._quiet_since = now
        self._under_way.append(upto)
        self._sent = upto

    def acknowledged(self, upto: int, now: float) -> bool:
        """Central has everything up to here; True when the cursor moved and is to be kept. An ack from the past changes nothing."""
        self._quiet_since = now
        if upto <= self.acked:
            return False
        self.acked = upto
        self._under_way = [last for last in self._under_way if last > upto]
        self._sent = max(self._sent, upto)
        return True

    def wait(self, now: float) -> float | None:
        """Seconds until silence is to be acted on; None: nothing is under way."""
        return max(0.0, self._quiet_since + SILENCE_S - now) if self._under_way else None

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    def _rewind(self) -> None:
        self._under_way.clear()
        self._sent = self.acked
