"""The roster as an import would find it: read beside the edge, and nothing is kept. The commands' own handlers run over it, so that
what a preview says is what the edge will say."""

from __future__ import annotations

import itertools
from typing import Any, TypeVar

import msgspec

from admin_api.reports.reading import Reader
from edge.core.errors import NotFound
from edge.core.importing import by_name
from edge.core.model import Card, CredentialKind, Record, Vehicle
from edge.core.people import Customer
from edge.core.place import SitePolicy
from edge.core.searching import phone_key
from edge.store.tables import TABLES, from_row

R = TypeVar("R", bound=Record)


class DryRoster:
    """The part of ports.RosterTx that adding and changing customers, cards and vehicles asks for, and the look-ups of a preview."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._numbers = itertools.count(1)
        self._policy: SitePolicy | None = None
        self._identities: dict[tuple[str, str], str] | None = None

    # ------------------------------------------------------------------------------------------------ as a transaction

    def new_id(self) -> str:
        return f"new-{next(self._numbers)}"

    def new_code(self) -> str:
        return "0" * 20

    def next_customer_number(self) -> int:
        return 0

    def get(self, kind: type[R], id: str) -> R:
        found = self.find(kind, id=id)
        if found is None:
            raise NotFound(f"there is no {TABLES[kind].entity} {id}", field="id")
        return found

    def find(self, kind: type[R], **equal: str) -> R | None:
        ((column, value),) = equal.items()
        if kind is not SitePolicy:
            return self._first(kind, f"{column} = ?", (value,))
        if self._policy is None:  # asked for by every row
            self._policy = self._first(SitePolicy, f"{column} = ?", (value,)) or SitePolicy(id=value)
        return self._policy  # type: ignore[return-value]

    def same(self, customer: Customer, field: str) -> Customer | None:
        return self.by_email(customer.email, customer.id) if field == "email" else self.by_mobile(customer.mobile, customer.id)

    def names(self, kind: type[Record]) -> dict[str, str]:
        table = TABLES[kind]
        there = " WHERE deleted_at IS NULL" if "deleted_at" in table.columns else ""
        return by_name((id, name) for id, name in self._reader.fetch(f"SELECT id, name FROM roster.{table.name}{there}"))

    def card_of(self, kind: CredentialKind, code: str) -> Card | None:
        """Whose a code is, the edge alone knows: it looks when the row is applied."""
        return None

    def put(self, record: R, *, code: str | None = None) -> R:
        return msgspec.structs.replace(record, ver=record.ver + 1)

    def add(self, record: R, *, code: str | None = None) -> R:
        return self.put(record, code=code)

    # ------------------------------------------------------------------------------------------------ looking up

    def by_email(self, email: str, but: str = "") -> Customer | None:
        if not email:
            return None
        return self._first(
            Customer, "email = ? AND email <> '' AND deleted_at IS NULL AND id <> ?", (email.strip().casefold(), but)
        )

    def by_mobile(self, mobile: str, but: str = "") -> Customer | None:
        key = phone_key(mobile)
        if not key:
            return None
        return self._first(Customer, "mobile_key = ? AND mobile_key <> '' AND deleted_at IS NULL AND id <> ?", (key, but))

    def by_number(self, number: int) -> Customer | None:
        return self._first(Customer, "number = ? AND deleted_at IS NULL", (number,))

    def by_name(self, name: str) -> list[Customer]:
        """At most two: one is an answer, two are none."""
        return self._all(Customer, "name = ? COLLATE NOCASE AND deleted_at IS NULL LIMIT 2", (name,))

    def by_identity(self, system: str, id: str) -> Customer | None:
        if self._identities is None:  # there is no index of these: one walk for all rows of the file
            rows = self._reader.fetch(
                "SELECT u.id, i.value ->> '$.system', i.value ->> '$.id' FROM roster.customer u, json_each(u.identities) i"
                " WHERE u.identities <> '[]' AND u.deleted_at IS NULL"
            )
            self._identities = {(system, of): customer for customer, system, of in rows}
        found = self._identities.get((system, id))
        return self.find(Customer, id=found) if found else None

    def by_plate(self, key: str) -> Vehicle | None:
        return self._first(Vehicle, "plate_key = ?", (key,))

    def by_username(self, username: str, customer: str | None) -> list[Card]:
        """At most two."""
        whose, values = (" AND customer = ?", (username, customer)) if customer else ("", (username,))
        return self._all(Card, f"username = ?{whose} LIMIT 2", values)

    def _first(self, kind: type[R], met: str, values: tuple[Any, ...]) -> R | None:
        found = self._all(kind, f"{met} LIMIT 1", values)
        return found[0] if found else None

    def _all(self, kind: type[R], met: str, values: tuple[Any, ...]) -> list[R]:
        table = TABLES[kind]
        rows = self._reader.fetch(f"SELECT {', '.join(table.columns)} FROM roster.{table.name} WHERE {met}", values)
        return [from_row(self._reader.db, table, row, "roster") for row in rows]  # type: ignore[misc]
