"""Times, numbers and amounts as people here read them: in their zone and language, today's without a date, the clock of 24 hours."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency, format_decimal

from admin_api.console.language import SOURCE, _, locale, ngettext, spoken
from edge.core.errors import Invalid
from edge.core.money import minor_digits, shown
from edge.core.schedule import local, zone

DAY, DATE = "d MMM", "d MMM y"
"""The order of day, month and year is the same in all our languages; the names of months are each one's own."""

_AMOUNT = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]*))?")
UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


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

    def is_today(self, ms: int) -> bool:
        return self.at(ms).date() == self.at(self.now).date()

    def day(self, ms: int) -> str:
        if self.is_today(ms):
            return _("Today")
        at = self.at(ms)
        return format_date(at, DAY if at.year == self.at(self.now).year else DATE, locale())

    def date(self, ms: int | None) -> str:
        """ "22 Nov 2026"."""
        return format_date(self.at(ms), DATE, locale()) if ms else "–"

    def short(self, ms: int | None) -> str:
        """ "14:03" today, "21 Nov 14:03" otherwise; a dash for never."""
        if ms is None or not ms:
            return "–"
        clock = self.at(ms).strftime("%H:%M")
        return clock if self.is_today(ms) else f"{self.day(ms)} {clock}"

    def full(self, ms: int | None) -> str:
        return f"{self.date(ms)} {self.clock(ms)}" if ms else "–"

    def ago(self, ms: int) -> str:
        """How long ago, in one unit."""
        seconds = max(1000, self.now - ms) // 1000
        if spoken() == SOURCE:  # shorter than Babel has it ("2 hr. ago"), with the units that stand everywhere else here
            size, unit = next(((size, unit) for size, unit in UNITS if seconds >= size), UNITS[-1])
            return f"{seconds // size} {unit} ago"
        return format_timedelta(-timedelta(seconds=seconds), threshold=1, add_direction=True, format="short", locale=locale())

    def lasted(self, since: int, until: int | None) -> str:
        minutes = max(0, (until if until is not None else self.now) - since) // 60_000
        if minutes < 60:
            return _("%(minutes)s min") % {"minutes": minutes}
        return _("%(hours)s h %(minutes)s min") % {"hours": minutes // 60, "minutes": f"{minutes % 60:02}"}

    def number(self, value: float) -> str:
        """With the language's own point and groups."""
        return format_decimal(value, locale=locale())

    def field(self, ms: int | None) -> str:
        """For an input of type datetime-local."""
        return "" if ms is None else self.at(ms).strftime("%Y-%m-%dT%H:%M")

    def parse(self, text: str, field: str) -> int | None:
        """From such an input, in this zone. Raises Invalid."""
        if not text.strip():
            return None
        try:
            return int(datetime.fromisoformat(text.strip()).replace(tzinfo=zone(self.tz)).timestamp() * 1000)
        except (ValueError, OverflowError) as error:
            raise Invalid("a date and time such as 2026-05-01T08:00", field=field) from error


def day(text: str) -> str:
    """A date written YYYY-MM-DD, as people write it; what is none stays as it is."""
    try:
        return format_date(date.fromisoformat(text), DATE, locale())
    except ValueError:
        return text


def plain(amount: int, currency: str) -> str:
    """An amount without its code, as it stands in an input: "12.50"."""
    return shown(amount, currency).partition(" ")[0]


def minor_units(text: str, currency: str, field: str = "amount") -> int:
    """An amount as a person types it (a point or comma before the cents) in minor units. Raises Invalid."""
    digits = minor_digits(currency)
    found = _AMOUNT.fullmatch(text.strip())
    if found and len(found[2] or "") <= digits:
        return int(found[1] + (found[2] or "").ljust(digits, "0"))
    raise Invalid(f"an amount such as {plain(1250, currency)}", field=field)


def lasting(minutes: int) -> str:
    """A length of time: "30 min", "2 h", "3 days", "1 h 05 min"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": minutes}
    if rest:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": f"{rest:02}"}
    days = hours // 24
    return _("%(num)s h") % {"num": hours} if hours % 24 else ngettext("%(num)s day", "%(num)s days", days) % {"num": days}


def money(amount: int, currency: str) -> str:
    """An amount (in the currency's minor unit) as the language writes it, with the digits that the currency has.

    English is written in many countries, each with its own way: there the code stands behind, as on a receipt.
    """
    if spoken() == SOURCE:
        return shown(amount, currency)
    digits = minor_digits(currency)
    pattern = copy(locale().currency_formats["standard"])
    pattern.frac_prec = (digits, digits)  # CLDR's own say less for some (IQD none): that would show another amount than is due
    return format_currency(Decimal(amount).scaleb(-digits), currency, format=pattern, locale=locale(), currency_digits=False)
