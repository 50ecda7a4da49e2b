"""Reading what payments are about: a visit with its tariff and what was paid for it, and a payment by its number."""

from __future__ import annotations

import sqlite3

from edge.core.errors import NotFound
from edge.core.payment import Bill, Payment, PaymentMethod, PaymentState
from edge.core.tariff import FOR_EVER, Visit
from edge.store.facts import FactsReader


def bill(db: sqlite3.Connection, reader: FactsReader, entry: int, revs: tuple[int, int]) -> Bill:
    """A visit by the seq of its way in, with the holder's permit and discount as they are now. Raises NotFound."""
    row = db.execute(
        "SELECT holder, zone, in_at, out_at, flag, total, paid, settled_at, currency,"
        " (SELECT ifnull(sum(amount), 0) FROM payment WHERE entry = ?1 AND state = 'pending') FROM entry WHERE in_seq = ?1",
        (entry,),
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no entry {entry}", field="entry")
    holder, zone, in_at, out_at, flag, total, paid, settled_at, currency, pending = row
    site, found = reader.site(revs[1]), reader.who(holder, revs)
    held, given = site.zones.get(zone), site.rights.get(zone, {})
    permit = found is not None and any(right.permit for profile in found.profiles for right in given.get(profile, ()))
    visit = Visit(
        entered_at=in_at,
        left_at=out_at,
        permit_until=FOR_EVER if permit else None,
        discount=found.person.discount if found and found.person else 0,
        paid=paid,
        settled_at=settled_at,
    )
    return Bill(
        entry=entry,
        holder=holder,
        zone=zone,
        tariff=site.tariffs.get(held.tariff or "") if held else None,
        visit=visit,
        total=total,
        currency=currency,
        pending=pending,
        void=flag == "void",
    )


def payment(db: sqlite3.Connection, id: int) -> Payment:
    """Raises NotFound."""
    row = db.execute(f"SELECT {', '.join(Payment.__struct_fields__)} FROM payment WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NotFound(f"there is no payment {id}", field="id")
    fields = dict(zip(Payment.__struct_fields__, row, strict=True))
    return Payment(**{**fields, "method": PaymentMethod(fields["method"]), "state": PaymentState(fields["state"])})
