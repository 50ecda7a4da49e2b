"""The statement of a customer or company for a period: entries, bookings, payments, and what it comes to. PDF."""

from __future__ import annotations

from dataclasses import replace
from typing import IO, Any

from admin_api.reports.areas import AREAS, Area
from admin_api.reports.as_pdf import MOST_ROWS, Sheet
from admin_api.reports.child import head_of
from admin_api.reports.columns import Clock, Column, Kind, Row, selected
from admin_api.reports.filters import of_the_scope
from admin_api.reports.order import Order, StatementOf
from admin_api.reports.reading import Reader, batches
from edge.core.errors import Invalid, NotFound
from edge.core.money import shown
from edge.core.saved import ExportArea
from edge.core.schedule import local

_HOLDS = "(SELECT id FROM roster.card WHERE company = ? UNION ALL SELECT id FROM roster.vehicle WHERE company = ?)"


def write(file: IO[bytes], reader: Reader, order: Order) -> int:
    """Write it; how many rows it has. Raises NotFound, and Invalid for more rows than a PDF holds."""
    of = order.statement
    if of is None:
        raise Invalid("name whose statement", field="customer")
    visitor, of_whom = _visitor(of)
    booked = ("t.customer = ?", (of.customer,)) if of.customer else ("u.company = ?", (of.company,))
    entries = _rows(
        reader, order, ExportArea.ENTRIES, (Column("", "n.total"), Column("", "n.currency")),
        [visitor, "n.flag <> 'void'", "n.in_at >= ?", "n.in_at < ?"], [*of_whom, of.since, of.until],
    )  # fmt: skip
    bookings = _rows(
        reader, order, ExportArea.BOOKINGS, (), [booked[0], "t.from_at < ?", "t.to_at > ?"], [*booked[1], of.until, of.since]
    )
    payments = _rows(
        reader, order, ExportArea.PAYMENTS,
        (Column("", "CASE p.state WHEN 'paid' THEN p.amount - p.refunded ELSE 0 END"), Column("", "p.currency")),
        [visitor, "p.taken_at >= ?", "p.taken_at < ?"], [*of_whom, of.since, of.until],
    )  # fmt: skip
    period = f"{_day(of.since, order.tz)} to {_day(of.until - 1, order.tz)}"
    head = replace(head_of(order, f"Statement: {_whose(reader, of)}", period))
    sheet = Sheet(file, head)
    sheet.heading()
    for title, area, rows in (
        ("Entries", ExportArea.ENTRIES, entries),
        ("Bookings", ExportArea.BOOKINGS, bookings),
        ("Payments", ExportArea.PAYMENTS, payments),
    ):
        sheet.section(title)
        columns = AREAS[area].paper
        sheet.table(columns, [row[: len(columns)] for row in rows])
    sheet.section("In all")
    sheet.line("Entries", str(len(entries)))
    sheet.line("Bookings", str(len(bookings)))
    charged, paid = _sums(entries), _sums(payments)
    for currency in sorted(charged.keys() | paid.keys()):
        sheet.line("Charged", shown(charged.get(currency, 0), currency))
        sheet.line("Paid, less what was given back", shown(paid.get(currency, 0), currency))
        sheet.line("Still open", shown(charged.get(currency, 0) - paid.get(currency, 0), currency), bold=True)
    sheet.save()
    return len(entries) + len(bookings) + len(payments)


def _visitor(of: StatementOf) -> tuple[str, tuple[str, ...]]:
    """Whose visit it was, as SQL with its values. A company's: of its people, and of its own cards and vehicles."""
    if of.customer:
        return "n.customer = ?", (of.customer,)
    return f"(u.company = ? OR n.holder IN {_HOLDS})", (of.company, of.company, of.company)


def _whose(reader: Reader, of: StatementOf) -> str:
    table, id = ("customer", of.customer) if of.customer else ("company", of.company)
    rows = reader.fetch(f"SELECT name FROM roster.{table} WHERE id = ?", (id,))
    if not rows:
        raise NotFound(f"there is no {table} {id[:80]}", field=table)
    return str(rows[0][0])


def _rows(
    reader: Reader, order: Order, which: ExportArea, more: tuple[Column, ...], terms: list[str], values: list[Any]
) -> list[Row]:
    """Oldest first; the columns on paper, and `more` behind them."""
    area: Area = AREAS[which]
    found: list[Row] = []
    seen, of_scope = of_the_scope(which, order.scope)
    terms, values = [*terms, *seen], [*values, *of_scope]
    select = selected((*area.paper, *more), Clock.TEXT, order.tz, order.now)
    for batch in batches(reader, area, select, terms, values):
        found += batch
        if len(found) > MOST_ROWS:
            raise Invalid(
                f"more than {MOST_ROWS} {which.value} in this time: take a shorter one, or the list as xlsx", field="from"
            )
    if area.down:
        found.reverse()
    else:
        at = next(i for i, c in enumerate(area.paper) if c.kind is Kind.TIME)
        found.sort(key=lambda row: row[at])
    return found


def _sums(rows: list[Row]) -> dict[str, int]:
    """Currency -> sum, from the last two columns."""
    found: dict[str, int] = {}
    for *_, amount, currency in rows:
        if amount and currency:
            found[currency] = found.get(currency, 0) + amount
    return found


def _day(ms: int, tz: str) -> str:
    return local(ms, tz).strftime("%Y-%m-%d")
