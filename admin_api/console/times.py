"""Times as people at the site read them: the site's own zone, today's without a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edge.core.errors import Invalid
from edge.core.schedule import local, zone

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Times:
    """Formats instants (ms) in a zone, seen from `now` (ms)."""

    tz: str
    now: int

    def at(self, ms: int) -> datetime:
        return local(ms, self.tz)

    def iso(self, ms: int) -> str:
        return self.at(ms).isoformat(timespec="seconds")

    def clock(self, ms: int) -> str:
        return self.at(ms).strftime("%H:%M:%S")

    def today(self, ms: int) -> bool:
        return self.at(ms).date() == self.at(self.now).date()

    def day(self, ms: int) -> str:
        at, today = self.at(ms), self.at(self.now)
        if at.date() == today.date():
            return "Today"
        year = f" {at.year}" if at.year != today.year else ""
        return f"{at.day} {MONTHS[at.month - 1]}{year}"

    def date(self, ms: int | None) -> str:
        """ "22 Nov 2026"."""
        return f"{self.at(ms).day} {MONTHS[self.at(ms).month - 1]} {self.at(ms).year}" if ms else "–"

    def short(self, ms: int | None) -> str:
        """ "14:03" today, "21 Nov 14:03" otherwise; a dash for never."""
        if ms is None or not ms:
            return "–"
        clock = self.at(ms).strftime("%H:%M")
        day = self.day(ms)
        return clock if day == "Today" else f"{day} {clock}"

    def full(self, ms: int | None) -> str:
        if not ms:
            return "–"
        at = self.at(ms)
        return f"{at.day} {MONTHS[at.month - 1]} {at.year} {at.strftime('%H:%M:%S')}"

    def ago(self, ms: int) -> str:
        """How long since, in one unit."""
        s = max(0, self.now - ms) // 1000
        for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
            if s >= size:
                return f"{s // size} {unit}"
        return f"{s} s"

    def lasted(self, since: int, until: int | None) -> str:
        minutes = max(0, (until if until is not None else self.now) - since) // 60_000
        return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"

    def field(self, ms: int | None) -> str:
        """For an input of type datetime-local."""
        return "" if ms is None else self.at(ms).strftime("%Y-%m-%dT%H:%M")

    def parse(self, text: str, field: str) -> int | None:
        """From such an input, in the site's zone. Raises Invalid."""
        if not text.strip():
            return None
        try:
            return int(datetime.fromisoformat(text.strip()).replace(tzinfo=zone(self.tz)).timestamp() * 1000)
        except (ValueError, OverflowError) as error:
            raise Invalid("a date and time such as 2026-05-01T08:00", field=field) from error
